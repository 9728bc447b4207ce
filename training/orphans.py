"""Models and exports that no row names: left by attempts that died between storing a file and committing it."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils import timezone

from labeling.files import is_older, listed
from labeling.orphans import stored_projects
from portal.jobs.nightly import GRACE
from training.models import Export, Iteration

logger = logging.getLogger(__name__)


def sweep_orphan_models(grace: timedelta = GRACE) -> int:
    """Delete files older than `grace` of iterations' that neither an iteration nor an export names; returns how many.

    Longer than any work takes between storing a file and committing it: minutes at most.
    """
    moment = timezone.now() - grace
    deleted = 0
    for project_id in stored_projects():
        names = list(files_below(f"projects/{project_id}/iterations"))
        known = _named(project_id) if names else set()
        for name in names:
            if name not in known and is_older(name, moment):
                default_storage.delete(name)
                deleted += 1
    if deleted:
        logger.info("deleted %s models and exports without a row", deleted)
    return deleted


def files_below(folder: str) -> Iterator[str]:
    """Storage names of all files in the folder and in those in it."""
    folders, names = listed(folder)
    yield from (f"{folder}/{name}" for name in names)
    for inner in folders:
        yield from files_below(f"{folder}/{inner}")


def _named(project_id: UUID) -> set[str]:
    artifacts = Iteration.objects.filter(project_id=project_id).values_list("artifact", flat=True)
    exports = Export.objects.filter(iteration__project_id=project_id).values_list("file", flat=True)
    return {*artifacts, *exports}
