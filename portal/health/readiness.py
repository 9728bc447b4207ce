"""Is every part there? Read from the database, so that any web process can answer for all hosts."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone
from kombu import Connection

from portal.health.heartbeats import STALE_AFTER_SECONDS
from portal.models import ProcessHeartbeat

EXPECTED_KINDS = ("short", "training", "reaper", "beat", "ingester")
BROKER_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True)
class PartState:
    """One part of the install; `detail` is for people."""

    name: str
    is_ready: bool
    detail: str


def part_states() -> list[PartState]:
    """Web, database, broker, and each kind of process that must live somewhere."""
    database, kinds = database_state(), []
    if database.is_ready:
        try:
            kinds = process_states()
        except Error as error:  # it went away between the two questions, or its tables are not made yet
            database = _unready("database", error)
    return [PartState("web", True, "answers"), database, broker_state(), *kinds]


def _unready(name: str, error: Exception) -> PartState:
    return PartState(name, False, f"{type(error).__name__}: {error}")


def database_state() -> PartState:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Error as error:
        return _unready("database", error)
    return PartState("database", True, connection.vendor)


def broker_state() -> PartState:
    try:
        with Connection(
            settings.CELERY_BROKER_URL,
            connect_timeout=BROKER_PATIENCE_SECONDS,
            transport_options={
                "socket_timeout": BROKER_PATIENCE_SECONDS,
                "socket_connect_timeout": BROKER_PATIENCE_SECONDS,
            },
        ) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_PATIENCE_SECONDS)
    except Exception as error:  # each transport raises errors of its own
        return _unready("broker", error)
    return PartState("broker", True, "answers")


def process_states() -> list[PartState]:
    """For each kind: on how many hosts it lives, or since when it has been silent."""
    now = timezone.now()
    fresh, soon = now - timedelta(seconds=STALE_AFTER_SECONDS), now + timedelta(seconds=STALE_AFTER_SECONDS)
    rows = list(ProcessHeartbeat.objects.filter(kind__in=EXPECTED_KINDS).order_by("-last_seen"))
    states = []
    for kind in EXPECTED_KINDS:
        seen = [row.last_seen for row in rows if row.kind == kind]
        # One from the future was written before the clock was set back: whoever wrote it may be dead.
        living = sum(fresh <= moment <= soon for moment in seen)
        if living:
            states.append(PartState(kind, True, f"{living} alive"))
        elif seen:
            states.append(PartState(kind, False, f"silent for {(now - seen[0]).total_seconds():.0f} s"))
        else:
            states.append(PartState(kind, False, "never seen"))
    return states
