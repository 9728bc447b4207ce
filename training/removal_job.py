"""The job that removes what a deleted iteration held."""

from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import QuerySet

from labeling.removal import remove_unheld_images
from labeling.snapshots import delete_snapshot_rows
from portal.jobs.handlers import UNTIL_DONE, JobHandler
from portal.jobs.running import RunningJob
from portal.jobs.turns import a_turn
from training.exports import delete_export_files
from training.iterations import DELETE_JOB
from training.models import ImageDetections, ImageScore, Iteration, LockedTestScore
from training.orphans import files_below

ROWS_PER_DELETE = 2000


def remove_iteration(job: RunningJob) -> None:
    """Remove files, scores, snapshot, and the images that no snapshot and no workspace holds any more.

    Files first, and the images whatever is found: killed anywhere, the next attempt ends the same. The snapshot of
    one that others started from stays as long as they do: it says which images they have seen.
    """
    iteration_id = UUID(job.arguments["iteration_id"])
    iteration = Iteration.objects.filter(pk=iteration_id).first()
    if iteration is not None:
        job.progress("Removing the model", 0)
        for name in files_below(f"projects/{iteration.project_id}/iterations/{iteration_id}"):
            default_storage.delete(name)
        delete_export_files(iteration.project_id, iteration_id)
        job.progress("Removing scores", 20)
        delete_scores(iteration)
        job.progress("Removing the snapshot", 30)
        _delete_snapshots(iteration)
    job.progress("Removing images", 60)
    if job.project_id is not None:
        remove_unheld_images(job.project_id)
    with job.commit():
        pass


def delete_scores(iteration: Iteration) -> None:
    """Remove an iteration's scores in batches."""
    _delete_in_batches(ImageScore.objects.filter(iteration=iteration))
    _delete_in_batches(ImageDetections.objects.filter(iteration=iteration))
    _delete_in_batches(LockedTestScore.objects.filter(iteration=iteration))


def _delete_in_batches(rows: "QuerySet[Any]") -> None:
    while keys := list(rows.values_list("pk", flat=True)[:ROWS_PER_DELETE]):
        with a_turn():
            rows.model._default_manager.filter(pk__in=keys).delete()


def _delete_snapshots(iteration: Iteration) -> None:
    """Its own, unless another started from it; and of those that it started from, what was kept for it alone."""
    going: Iteration | None = iteration
    while going is not None and going.deleted and not Iteration.objects.filter(base_iteration=going).exists():
        base = going.base_iteration
        delete_snapshot_rows(going.pk)
        going = base


HANDLER = JobHandler(kind=DELETE_JOB, queue="short", run=remove_iteration, max_attempts=UNTIL_DONE)
