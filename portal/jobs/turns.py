"""Long work in batches, with pauses in which others write."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

SHORTEST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 1.0


@contextmanager
def a_turn() -> Iterator[None]:
    """One batch, and then a pause of the same length: SQLite admits one writer at a time and keeps no queue.

    Without it, whoever waits to write finds the database locked by the next batch, again and again, and gives up.
    """
    started = time.monotonic()
    yield
    time.sleep(min(LONGEST_PAUSE_SECONDS, max(SHORTEST_PAUSE_SECONDS, time.monotonic() - started)))
