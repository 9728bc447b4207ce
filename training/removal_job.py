"""The job that removes what a deleted iteration held."""

from uuid import UUID

from django.core.files.storage import default_storage

from labeling.removal import remove_unheld_images
from labeling.snapshots import delete_snapshot_rows
from portal.jobs.handlers import JobHandler
from portal.jobs.running import RunningJob
from training.exports import delete_export_files
from training.iterations import DELETE_JOB
from training.models import ImageScore, Iteration

ROWS_PER_DELETE = 2000


def remove_iteration(job: RunningJob) -> None:
    """Remove scores, snapshot, artifact, exports, and the images that no snapshot and no workspace holds any more."""
    iteration = Iteration.objects.filter(pk=UUID(job.arguments["iteration_id"])).first()
    if iteration is not None:
        job.progress("Removing scores", 0)
        delete_scores(iteration)
        job.progress("Removing the snapshot", 30)
        artifact, project_id = iteration.artifact, iteration.project_id
        delete_snapshot_rows(iteration.pk)
        if artifact:
            default_storage.delete(artifact)
        delete_export_files(project_id, iteration.pk)
        job.progress("Removing images", 60)
        remove_unheld_images(project_id)
    with job.commit():
        pass


def delete_scores(iteration: Iteration) -> None:
    """Remove an iteration's scores in batches."""
    rows = ImageScore.objects.filter(iteration=iteration)
    while keys := list(rows.values_list("pk", flat=True)[:ROWS_PER_DELETE]):
        ImageScore.objects.filter(pk__in=keys).delete()


HANDLER = JobHandler(kind=DELETE_JOB, queue="short", run=remove_iteration)
