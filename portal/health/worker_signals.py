"""Heartbeats of Celery's processes."""

from typing import TYPE_CHECKING, Any

from celery import Celery, bootsteps
from celery.signals import beat_init, worker_ready, worker_shutting_down

if TYPE_CHECKING:
    from portal.health.heartbeats import Heartbeat, SignOfLife

_sign_of_life: "SignOfLife | None" = None
_heartbeat: "Heartbeat | None" = None


class LoopIsAlive(bootsteps.StartStopStep):
    """A timer in the worker's own event loop: while the loop turns, the worker counts as alive."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._timer: Any = None

    def start(self, parent: Any) -> None:
        from portal.health.heartbeats import SignOfLife

        global _sign_of_life
        _sign_of_life = _sign_of_life or SignOfLife()
        _sign_of_life.renew()
        self._timer = parent.timer.call_repeatedly(2.0, _sign_of_life.renew)

    def stop(self, parent: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    shutdown = stop


def _worker_is_ready(sender: Any, **_: Any) -> None:
    """`sender` is the consumer; the worker's name, `kind@host`, was given to it by the supervisor."""
    from portal.health.heartbeats import Heartbeat

    global _heartbeat
    kind = str(sender.hostname).partition("@")[0]
    _heartbeat = Heartbeat(kind, lambda: _sign_of_life is None or _sign_of_life.is_fresh()).start()


def _worker_shuts_down(**_: Any) -> None:
    if _heartbeat is not None:
        _heartbeat.stop()


def _beat_starts(**_: Any) -> None:
    from portal.health.heartbeats import Heartbeat

    Heartbeat("beat").start()


def connect(app: Celery) -> None:
    """Make the workers and the beat of this application write heartbeats."""
    app.steps["consumer"].add(LoopIsAlive)
    worker_ready.connect(_worker_is_ready, weak=False)
    worker_shutting_down.connect(_worker_shuts_down, weak=False)
    beat_init.connect(_beat_starts, weak=False)
