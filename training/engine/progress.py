"""Progress as JSON lines on standard output."""

import json
import sys
import time
from typing import TextIO


class Progress:
    """Writes one JSON object a line, flushed at once.

    Percentages never go back, and no more than ten progress lines a second are written.
    """

    SHORTEST_INTERVAL_SECONDS = 0.1

    def __init__(self, output: TextIO | None = None) -> None:
        self._output = output if output is not None else sys.stdout
        self._stage = ""
        self._percent = 0.0
        self._written_at = 0.0

    def tell(self, stage: str, percent: float, seconds_left: float | None = None) -> None:
        """Say where the training is: `percent` 0..100 of the whole, `seconds_left` if known."""
        now = time.monotonic()
        is_new_stage = stage != self._stage
        if not is_new_stage and now - self._written_at < self.SHORTEST_INTERVAL_SECONDS:
            return
        self._stage = stage
        self._written_at = now
        self._percent = max(self._percent, min(100.0, percent))
        self._write(
            {
                "event": "progress",
                "stage": stage,
                "percent": round(self._percent, 1),
                "seconds_left": None if seconds_left is None else round(max(0.0, seconds_left), 1),
            }
        )

    def done(self) -> None:
        """The last line of a training that worked."""
        self._write({"event": "done"})

    def epoch(self, series: str, epoch: int, epochs: int, loss: float) -> None:
        """A point of the curve: the mean training loss of one epoch (1 ..), of so many, in one fine-tuning."""
        self._write({"event": "epoch", "series": series, "epoch": epoch, "epochs": epochs, "loss": round(loss, 5)})

    def failed(self, cause: str, next_step: str, kind: str = "", object_id: str = "") -> None:
        """The last line of a training that did not; `kind` and `object_id` as TrainingError has them."""
        event: dict[str, object] = {"event": "failed", "cause": cause, "next_step": next_step}
        if kind:
            event |= {"kind": kind, "object_id": object_id}
        self._write(event)

    def _write(self, event: dict[str, object]) -> None:
        self._output.write(json.dumps(event) + "\n")
        self._output.flush()
