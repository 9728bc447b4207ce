"""Files of predictions that no row names: left by whatever died beside writing or deleting the row."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils import timezone

from inference.files import predictions_folder
from inference.models import StoredPrediction
from labeling.files import is_older, listed
from labeling.orphans import UUID_TEXT, stored_projects
from portal.jobs.nightly import GRACE

logger = logging.getLogger(__name__)

FILES_PER_LOOK = 500


def sweep_orphan_predictions(grace: timedelta = GRACE) -> int:
    """Delete files older than `grace` of predictions that have no row; returns how many."""
    moment = timezone.now() - grace
    deleted = sum(
        _sweep_folder(f"{folder}/{shard}", moment)
        for folder in map(predictions_folder, stored_projects())
        for shard in listed(folder)[0]
    )
    if deleted:
        logger.info("deleted %s files of predictions without a row", deleted)
    return deleted


def _sweep_folder(folder: str, moment: datetime) -> int:
    files = listed(folder)[1]
    deleted = 0
    for start in range(0, len(files), FILES_PER_LOOK):
        names = files[start : start + FILES_PER_LOOK]
        # Asked before the files are looked at: one that the ingester stores again meanwhile is young.
        ids = {UUID(found[0]) for name in names if (found := UUID_TEXT.match(name))}
        known = {str(pk) for pk in StoredPrediction.objects.filter(pk__in=ids).values_list("pk", flat=True)}
        for name in names:
            if name[:36] not in known and is_older(f"{folder}/{name}", moment):
                default_storage.delete(f"{folder}/{name}")
                deleted += 1
    return deleted
