"""When keys were last used, and by which applications: noted in memory, written off the request path."""

import time
from datetime import UTC, datetime

from django.db.models import Q

from portal.models import KeyApplication, ResourceKey

MINUTE_SECONDS = 60
APPLICATIONS_NOTED = 1000  # a client that gives each call a name of its own must not fill the memory
APPLICATIONS_KEPT = 20

Use = tuple[str, str]  # a key's digest, and the application's name or ""


class KeyUse:
    """The minutes in which keys were used in this process, by the keys' digests.

    `note` costs a dictionary write; whoever watches the database in this process calls `flush` now and then.
    """

    def __init__(self) -> None:
        self._noted: dict[Use, int] = {}
        self._written: dict[Use, int] = {}

    def note(self, digest: str, application: str = "") -> None:
        """Remember that the key was used now, by an application of that name where it gives one."""
        minute = int(time.time()) // MINUTE_SECONDS
        self._noted[digest, ""] = minute
        if application and len(self._noted) < APPLICATIONS_NOTED:
            self._noted[digest, application] = minute

    def flush(self) -> None:
        """Write what is new: in this process, at most once a minute for each key and for each application."""
        for (digest, application), minute in list(self._noted.items()):
            if self._written.get((digest, application)) != minute:
                _write(digest, application, datetime.fromtimestamp(minute * MINUTE_SECONDS, UTC))
                self._written[digest, application] = minute
        this_minute = int(time.time()) // MINUTE_SECONDS
        for use, minute in list(self._written.items()):
            if minute < this_minute and self._noted.get(use) == minute:
                del self._noted[use], self._written[use]


def _write(digest: str, application: str, used: datetime) -> None:
    """Note a use; does nothing for a key that was regenerated meanwhile, or where a later use is known."""
    if not application:
        older = Q(last_used__isnull=True) | Q(last_used__lt=used)
        ResourceKey.objects.filter(older, digest=digest).update(last_used=used)
        return
    key_id = ResourceKey.objects.filter(digest=digest).values_list("pk", flat=True).first()
    if key_id is None:
        return
    known, is_new = KeyApplication.objects.get_or_create(key_id=key_id, name=application, defaults={"last_used": used})
    if is_new:
        newest = KeyApplication.objects.filter(key_id=key_id).order_by("-last_used", "-pk").values_list("pk", flat=True)
        KeyApplication.objects.filter(key_id=key_id).exclude(pk__in=list(newest[:APPLICATIONS_KEPT])).delete()
    elif known.last_used < used:
        KeyApplication.objects.filter(pk=known.pk, last_used__lt=used).update(last_used=used)


process_key_use = KeyUse()
