"""What is cleared up every night; each app registers its own."""

import logging
from collections.abc import Callable
from datetime import timedelta

logger = logging.getLogger(__name__)

# Longer than any upload takes: a file is always older than its row.
GRACE = timedelta(hours=24)
Sweep = Callable[[timedelta], object]
_sweeps: list[Sweep] = []


def register_nightly(sweep: Sweep) -> None:
    """Make a sweep known; apps do this in `AppConfig.ready`. It leaves alone what is younger than what it is given."""
    _sweeps.append(sweep)


def sweep_all(grace: timedelta = GRACE) -> None:
    """Run every sweep; one that fails does not keep the others from running."""
    for sweep in _sweeps:
        try:
            sweep(grace)
        except Exception:
            logger.exception("the sweep %s.%s failed; the next night's goes on", sweep.__module__, sweep.__qualname__)
