"""What is left by attempts that died: models and exports that no row names, and folders of trainings that are over."""

import logging
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils import timezone

from labeling.files import is_older, listed
from labeling.orphans import stored_projects
from portal.jobs.nightly import GRACE
from training.job_folder import training_folders
from training.models import UNFINISHED_STATES, Export, Iteration

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


def sweep_training_folders(grace: timedelta = GRACE) -> int:
    """Delete this host's folders, older than `grace`, of trainings that nobody works on any more; returns how many.

    A worker killed between its commit and its clearing up leaves one, and so does a training cancelled from another
    host. Checkpoints and fetched images in it can be gigabytes.
    """
    youngest = time.time() - grace.total_seconds()
    try:
        folders = [folder for folder in training_folders().iterdir() if folder.stat().st_mtime < youngest]
    except FileNotFoundError:  # there was no training yet, or one of them ended just now
        return 0
    unfinished = Iteration.objects.filter(state__in=UNFINISHED_STATES).values_list("pk", flat=True)
    wanted = {str(iteration_id) for iteration_id in unfinished} if folders else set()
    left = [folder for folder in folders if folder.name not in wanted]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)


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
