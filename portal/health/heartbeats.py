"""Each process writes down that it lives; `/readyz` and the supervisor read it."""

import logging
import os
import threading
import time
from collections.abc import Callable

from django.db import Error, close_old_connections, connection
from django.utils import timezone

from portal.health.host_name import hostname
from portal.models import ProcessHeartbeat

logger = logging.getLogger(__name__)

BEAT_EVERY_SECONDS = 2.0
STALE_AFTER_SECONDS = 15.0


def heartbeat_name(kind: str) -> str:
    """`kind@host`, as Celery names its workers."""
    return f"{kind}@{hostname()}"


class Heartbeat:
    """Writes one row every two seconds from a thread of its own, for as long as `is_alive` says so."""

    def __init__(self, kind: str, is_alive: Callable[[], bool] = lambda: True) -> None:
        self.kind = kind
        self.name = heartbeat_name(kind)
        self._is_alive = is_alive
        self._started = timezone.now()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> "Heartbeat":
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop beating and take the row away, so that nobody waits for a process that left in order."""
        self._stopped.set()
        self._thread.join(5)
        ProcessHeartbeat.objects.filter(name=self.name, pid=os.getpid()).delete()

    def _beat(self) -> None:
        try:
            while True:
                if self._is_alive():
                    self._write()
                if self._stopped.wait(BEAT_EVERY_SECONDS):
                    return
        finally:
            connection.close()

    def _write(self) -> None:
        try:
            close_old_connections()
            ProcessHeartbeat.objects.update_or_create(
                name=self.name,
                defaults={
                    "kind": self.kind,
                    "host": hostname(),
                    "pid": os.getpid(),
                    "started": self._started,
                    "last_seen": timezone.now(),
                },
            )
        except Error as error:
            # A database that is away or not migrated yet: the silence itself is the message.
            logger.warning("heartbeat of %s not written: %s", self.name, error)


class SignOfLife:
    """A moment that a loop renews, so that a thread beside it can tell a live loop from a stuck one."""

    def __init__(self, patience_seconds: float = STALE_AFTER_SECONDS) -> None:
        self._patience_seconds = patience_seconds
        self._renewed = time.monotonic()

    def renew(self) -> None:
        self._renewed = time.monotonic()

    def is_fresh(self) -> bool:
        return time.monotonic() - self._renewed < self._patience_seconds
