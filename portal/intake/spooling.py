"""Bodies of unknown length, kept on disk until they are complete."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from portal.intake.body import PIECE_BYTES, RequestBody

IN_MEMORY_BYTES = 512 * 1024


class BodyTooLarge(Exception):
    """The body is over its ceiling."""


class SpoolFull(Exception):
    """All bodies together are over this process's ceiling."""


class SpoolBudget:
    """Counts what all spooled bodies of this process hold on disk."""

    def __init__(self, most_bytes: int) -> None:
        self._free_bytes = most_bytes
        self._lock = threading.Lock()

    def take(self, size: int) -> bool:
        """Reserve `size` bytes; False when there is no room."""
        with self._lock:
            if size > self._free_bytes:
                return False
            self._free_bytes -= size
            return True

    def give_back(self, size: int) -> None:
        """Return what was taken."""
        with self._lock:
            self._free_bytes += size


@contextmanager
def spooled(body: RequestBody, ceiling: int, budget: SpoolBudget) -> Iterator[tuple[IO[bytes], int]]:
    """The whole body as a file at its start, and its length; the file goes with the block.

    Raises BodyTooLarge, SpoolFull, BodyTimeout.
    """
    length = 0
    try:
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES, prefix="sightline-body-") as file:
            while piece := body.read(PIECE_BYTES):
                if length + len(piece) > ceiling:
                    raise BodyTooLarge
                if not budget.take(len(piece)):
                    raise SpoolFull
                length += len(piece)
                file.write(piece)
            file.seek(0)
            yield file, length
    finally:
        budget.give_back(length)
