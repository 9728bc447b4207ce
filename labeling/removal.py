"""Removing images: out of the workspace, and out of storage when nothing holds them any more."""

from collections.abc import Callable, Collection
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from labeling.files import delete_files, thumbnail_name
from labeling.models import Image, SnapshotImage
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.jobs.handlers import UNTIL_DONE, JobHandler
from portal.jobs.queue import start_job
from portal.jobs.running import RunningJob
from portal.jobs.turns import a_turn
from portal.models import Project
from portal.permissions import Right
from portal.projects import lock_project

DELETE_JOB = "delete_images"
ROWS_PER_DELETE = 500
# Their files are deleted while the project, on SQLite the whole database, is locked.
IMAGES_PER_DELETE = 64
# How long a person can bring back what they deleted on a page. A deletion through the API is for good.
UNDO_WINDOW = timedelta(minutes=10)
IDS_PER_CALL = 256


def delete_images(
    actor: Actor,
    project: Project,
    image_ids: Collection[UUID] = (),
    *,
    are_all: bool = False,
    from_iterations: bool = False,
) -> int:
    """Take images, or all of them, out of the workspace at once; a job removes rows and files.

    What an iteration was trained on stays for it, unless `from_iterations`. Ids that the project does not have are
    passed over, so that a repeated call does no harm. Returns how many left the workspace.
    Raises Refusal `BadRequestRequiredParamIsNull`, `BadRequestExceededBatchSize`.
    """
    require(actor, Right.EDIT_IMAGES, project)
    if are_all == bool(image_ids):
        raise Refusal("BadRequestRequiredParamIsNull", "Name the images to delete, or all of them, not both.")
    if len(image_ids) > IDS_PER_CALL:
        raise Refusal(
            "BadRequestExceededBatchSize",
            f"At most {IDS_PER_CALL} images are named in one call: send the rest in another.",
        )
    return take_out(actor, project, image_ids, are_all=are_all, from_iterations=from_iterations)


def take_out(
    actor: Actor,
    project: Project,
    image_ids: Collection[UUID] = (),
    *,
    are_all: bool = False,
    from_iterations: bool = False,
    undo_window: timedelta = timedelta(0),
) -> int:
    """What `delete_images` does once it has checked; the images can be restored for as long as `undo_window`."""
    with transaction.atomic():
        lock_project(project)
        workspace = Image.objects.filter(project=project, removed__isnull=True)
        going = workspace if are_all else workspace.filter(pk__in=image_ids)
        now = timezone.now()
        kept_until = now + undo_window
        count = going.update(removed=now, removed_by=actor.name, kept_until=kept_until)
        replace_thumbnail(project)
        start_job(
            DELETE_JOB,
            actor.name,
            project_id=project.pk,
            due_at=kept_until if undo_window else None,
            of_project=str(project.pk),
            image_ids=sorted(str(image_id) for image_id in image_ids),
            from_iterations=from_iterations,
        )
        audit.record(
            actor,
            "delete_images",
            project_id=project.pk,
            count=count,
            image_ids=sorted(str(image_id) for image_id in image_ids),
            are_all=are_all,
            from_iterations=from_iterations,
        )
    return count


def replace_thumbnail(project: Project) -> None:
    """Give the project the picture of its oldest image, unless it shows one that it still has."""
    current = Project.objects.filter(pk=project.pk).values_list("thumbnail", flat=True).get()
    images = Image.objects.filter(project=project, removed__isnull=True)
    shown = current.rpartition("/")[2].partition(".")[0]
    if shown and images.filter(sha256=shown).exists():
        return
    oldest = images.order_by("created", "-id").values_list("sha256", flat=True).first()
    thumbnail = thumbnail_name(project.pk, oldest) if oldest else ""
    Project.objects.filter(pk=project.pk).update(thumbnail=thumbnail)


def remove_images(job: RunningJob) -> None:
    """The job behind `delete_images`."""
    project_id = UUID(job.arguments["of_project"])
    if job.arguments["from_iterations"]:
        held = SnapshotImage.objects.filter(image__project_id=project_id, image__removed__isnull=False)
        if job.arguments["image_ids"]:
            held = held.filter(image_id__in=job.arguments["image_ids"])
        while keys := list(held.values_list("pk", flat=True)[:ROWS_PER_DELETE]):
            job.progress("Removing images from iterations", 0)
            with a_turn():
                SnapshotImage.objects.filter(pk__in=keys).delete()
    remove_unheld_images(project_id, lambda: job.progress("Removing images", 50))
    with job.commit():
        pass


def remove_unheld_images(project_id: UUID, check: Callable[[], None] = lambda: None) -> None:
    """Delete rows and files of images that left the workspace and are in no snapshot; can run twice.

    Those that can still be restored are passed over: a job of their own comes for them later. Files go first: a crash
    between leaves a row that the next run finds again, never a file that nothing names. A file stays while another
    row of the project has the same bytes (removed, then uploaded again). `check` is called between batches and ends
    the work by raising.
    """
    unheld = Image.objects.filter(project_id=project_id, removed__isnull=False, snapshot_images__isnull=True).exclude(
        kept_until__gt=timezone.now()
    )
    while unheld.exists():
        check()
        with a_turn(), transaction.atomic():
            # The lock that uploads and restoring take: none can find these files there while they go.
            Project.objects.select_for_update().filter(pk=project_id).exists()
            rows = list(unheld.values_list("pk", "sha256", "media_type")[:IMAGES_PER_DELETE])
            keys = [key for key, _, _ in rows]
            shared = set(
                Image.objects.filter(project_id=project_id, sha256__in=[sha256 for _, sha256, _ in rows])
                .exclude(pk__in=keys)
                .values_list("sha256", flat=True)
            )
            delete_files(project_id, [(sha, media_type) for _, sha, media_type in rows if sha not in shared])
            Image.objects.filter(pk__in=keys).delete()


HANDLER = JobHandler(kind=DELETE_JOB, queue="short", run=remove_images, max_attempts=UNTIL_DONE)
