"""What an act costs the processor, and how slow this machine is today."""

import io
import time

from PIL import Image

# Of `_plain_work_seconds` on the machine that the limits of the tests were set on.
PLAIN_WORK_SECONDS = 0.09


class Soon:
    """Whether what is done within it cost the processor no more than so many seconds of a quick machine.

    Only this thread counts: others may be at work in the process too.
    """

    def __init__(self, most_seconds: float) -> None:
        self._most_seconds = most_seconds
        self.took_seconds = 0.0

    def __enter__(self) -> "Soon":
        self._started = time.thread_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.took_seconds = time.thread_time() - self._started

    def __bool__(self) -> bool:
        return self.took_seconds < self._most_seconds or self.took_seconds < self._most_seconds * slowness()

    def __repr__(self) -> str:
        return (
            f"took {self.took_seconds:.2f} s of at most {self._most_seconds:g} on a machine {slowness():.1f} x as slow"
        )


def slowness() -> float:
    """1 on a machine as quick as the one that limits were set on, or quicker; 2 on one of half the speed."""
    return max(1.0, min(_plain_work_seconds() for _ in range(3)) / PLAIN_WORK_SECONDS)


def _plain_work_seconds() -> float:
    """An honest photo's way: made, coded, decoded and made smaller."""
    started = time.thread_time()
    buffer = io.BytesIO()
    Image.effect_noise((1600, 1200), 60).save(buffer, "JPEG")
    Image.open(buffer).resize((400, 300), Image.Resampling.LANCZOS)
    return time.thread_time() - started
