"""How many calls each resource made in this second: counted together in the broker's memory, or by each process.

Where the broker is a Valkey or Redis (the embedded one is), all web processes of all hosts count there. With another
broker, and while it is away, each process counts what it sees itself.
"""

import logging
import threading
import time
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

PATIENCE_SECONDS = 0.1
PAUSE_SECONDS = 1.0
KEPT_SECONDS = 2
logger = logging.getLogger(__name__)


class CallCounts(Protocol):
    """Counts calls by what they are counted under."""

    def count(self, name: str, second: int) -> int:
        """Count one more; how many that makes in this second."""


class OwnCounts:
    """What this process has seen. Safe to share by threads."""

    def __init__(self) -> None:
        self._second = 0
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def count(self, name: str, second: int) -> int:
        """Count one more; how many that makes in this second."""
        with self._lock:
            if second != self._second:
                self._second, self._counts = second, {}
            self._counts[name] = self._counts.get(name, 0) + 1
            return self._counts[name]


class SharedCounts:
    """What all processes have seen. A server that is away costs a tenth of a second, once a second."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client
        self._own = OwnCounts()
        self._away_until = 0.0

    def count(self, name: str, second: int) -> int:
        """Count one more; how many that makes in this second."""
        if time.monotonic() < self._away_until:
            return self._own.count(name, second)
        key = f"sightline:calls:{name}:{second}"
        try:
            with self._client.pipeline(transaction=False) as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, KEPT_SECONDS)
                counted, _ = pipeline.execute()
        except redis.RedisError as error:
            logger.warning("calls are counted by this process alone for a while: %s", error)
            self._away_until = time.monotonic() + PAUSE_SECONDS
            return self._own.count(name, second)
        return int(counted)


def counts_in(broker_url: str) -> CallCounts:
    """Counts in the broker with that address where it can hold them, else in this process."""
    parts = urlsplit(broker_url)
    options: dict[str, Any] = {
        "socket_timeout": PATIENCE_SECONDS,
        "socket_connect_timeout": PATIENCE_SECONDS,
        "retry": Retry(NoBackoff(), 0),  # the client's own tries would hold the caller up for seconds
    }
    if parts.scheme == "redis+socket":
        database = int(parse_qs(parts.query).get("virtual_host", ["0"])[0])
        return SharedCounts(redis.Redis(unix_socket_path=parts.path, db=database, **options))
    if parts.scheme in ("redis", "rediss"):
        return SharedCounts(redis.Redis.from_url(broker_url, **options))
    return OwnCounts()
