"""The number that web processes watch."""

from django.db import connection
from django.db.models import F

from portal.models import RegistryVersion

# Each web process asks ten times a second, and the ORM puts the question together anew each time: 20 times the work.
_VERSION_NOW = "SELECT version FROM portal_registryversion WHERE id = 1"


def bump_registry_version() -> None:
    """Make every web process reload keys and published names. Call it in the transaction of the change."""
    if not RegistryVersion.objects.filter(pk=1).update(version=F("version") + 1):
        RegistryVersion.objects.get_or_create(pk=1)
        RegistryVersion.objects.filter(pk=1).update(version=F("version") + 1)


def current_registry_version() -> int:
    """The version now; 0 before the first change."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSION_NOW)
        row = cursor.fetchone()
    return int(row[0]) if row else 0
