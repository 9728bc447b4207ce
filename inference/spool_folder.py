"""Where this host's spool lies."""

from pathlib import Path

from django.conf import settings


def spool_folder() -> Path:
    """The folder of all segments: on this host's own disk, whatever the storage is."""
    return Path(settings.SIGHTLINE_DATA) / "spool" / "predictions"
