"""When keys were last used: noted in memory, written off the request path."""

import time
from datetime import UTC, datetime

from django.db.models import Q

from portal.models import ResourceKey

MINUTE_SECONDS = 60


class KeyUse:
    """The minutes in which keys were used in this process, by the keys' digests.

    `note` costs a dictionary write; whoever watches the database in this process calls `flush` now and then.
    """

    def __init__(self) -> None:
        self._noted: dict[str, int] = {}
        self._written: dict[str, int] = {}

    def note(self, digest: str) -> None:
        """Remember that the key was used now."""
        self._noted[digest] = int(time.time()) // MINUTE_SECONDS

    def flush(self) -> None:
        """Write what is new: at most one statement a minute for each key, in this process."""
        for digest, minute in list(self._noted.items()):
            if self._written.get(digest) == minute:
                continue
            used = datetime.fromtimestamp(minute * MINUTE_SECONDS, UTC)
            older = Q(last_used__isnull=True) | Q(last_used__lt=used)
            ResourceKey.objects.filter(older, digest=digest).update(last_used=used)
            self._written[digest] = minute


process_key_use = KeyUse()
