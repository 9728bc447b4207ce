"""The reaper's own clock, in the event loop of its worker.

Not beat: what rings again for lost bells must not hang on a broker that forgot everything, nor on a wall clock.
"""

import logging
from typing import Any

from celery import Celery, bootsteps

logger = logging.getLogger(__name__)

REAP_EVERY_SECONDS = 3.0
WORKER = "reaper"


class ReaperClock(bootsteps.StartStopStep):
    """Reaps every three seconds (of a clock that never jumps) in workers named `reaper@...`."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._timer: Any = None

    def start(self, parent: Any) -> None:
        if str(parent.hostname).startswith(f"{WORKER}@"):
            self._timer = parent.timer.call_repeatedly(REAP_EVERY_SECONDS, reap_once)

    def stop(self, parent: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    shutdown = stop


def reap_once() -> None:
    """Reap; a database that is away for a moment must not end the worker."""
    from django.db import close_old_connections

    from portal.jobs.reaper import reap

    close_old_connections()
    try:
        reap()
    except Exception:
        logger.exception("could not look for jobs that nobody works on; again in %s s", REAP_EVERY_SECONDS)
    finally:
        close_old_connections()


def connect(app: Celery) -> None:
    """Give the workers of this application the clock."""
    app.steps["consumer"].add(ReaperClock)
