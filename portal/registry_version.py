"""The number that web processes watch."""

from django.db.models import F

from portal.models import RegistryVersion


def bump_registry_version() -> None:
    """Make every web process reload keys and published names. Call it in the transaction of the change."""
    if not RegistryVersion.objects.filter(pk=1).update(version=F("version") + 1):
        RegistryVersion.objects.get_or_create(pk=1)
        RegistryVersion.objects.filter(pk=1).update(version=F("version") + 1)


def current_registry_version() -> int:
    """The version now; 0 before the first change."""
    return RegistryVersion.objects.filter(pk=1).values_list("version", flat=True).first() or 0
