"""The job that makes an export's file."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from numpy.typing import NDArray

from labeling.files import original_name, store
from labeling.models import SnapshotImage
from portal.domains import DOMAINS
from portal.imaging import ImageRejected, decode_for_model
from portal.jobs.handlers import JobFailed, JobHandler
from portal.jobs.leases import LeaseLost
from portal.jobs.models import Job
from portal.jobs.running import JobCancelled, RunningJob
from portal.notifications import notify_export
from portal.signed_files import signed_address
from training.exporting.errors import CannotExport
from training.exporting.flavors import PLAIN, Flavor, find_flavor
from training.exports import EXPORT_JOB, delete_export_files, exports_folder
from training.models import Export, ExportState, Iteration

if TYPE_CHECKING:
    from training.exporting.archive import Package, PackageFacts

COMPARED_IMAGES = 4
SEED = 7
LONGEST_TITLE = 80
GONE = "The iteration was deleted before its export was done."


def make_export(job: RunningJob) -> None:
    """Write the ZIP, put it into storage, and commit it; nothing is left of one whose iteration was deleted."""
    from training.exporting.archive import build_package  # with it comes onnx, which no web process needs

    export_id = UUID(job.arguments["export_id"])
    export = Export.objects.filter(pk=export_id, job_id=job.id).select_related("iteration__project").first()
    if export is None:
        raise JobFailed(GONE)
    iteration = export.iteration
    job.progress("Reading the model", 0)
    artifact = _artifact(iteration.artifact)
    job.progress("Writing the model, and comparing its answers", 10)
    flavor = find_flavor(export.flavor) or PLAIN
    try:
        package = build_package(artifact, flavor, _facts(export), lambda size: _images(iteration, size))
    except CannotExport as refused:
        raise JobFailed(refused.cause, refused.next_step) from refused
    job.progress("Storing", 90)
    name = _storage_name(job, export, flavor)
    try:
        store(name, package.content)
        with job.commit():
            _finish(export, name, package)
    except (JobCancelled, JobFailed, LeaseLost):
        # After any other error it may be that the database has it: the sweep can tell (training.orphans).
        default_storage.delete(name)
        raise
    # What killed attempts and earlier exporters left.
    delete_export_files(iteration.project_id, iteration.pk, export_id, keep=name)


def _finish(export: Export, name: str, package: "Package") -> None:
    alive = Export.objects.filter(
        pk=export.pk, iteration__deleted__isnull=True, iteration__project__deleted__isnull=True
    )
    if not alive.exists():
        raise JobFailed(GONE)
    Export.objects.filter(pk=export.pk).update(
        state=ExportState.DONE,
        file=name,
        size_bytes=len(package.content),
        largest_difference=package.largest_difference,
        error="",
        finished=timezone.now(),
    )
    notify_export(export.iteration.project, export.iteration_id, is_completed=True, model_uri=signed_address(name))


def _facts(export: Export) -> "PackageFacts":
    from training.exporting.archive import PackageFacts

    iteration = export.iteration
    return PackageFacts(
        project_name=iteration.project.name,
        iteration_id=iteration.pk,
        iteration_name=iteration.name,
        domain_type=DOMAINS[iteration.domain_id].type,
        platform=export.platform,
        flavor_name=export.flavor,
        backbone=str(iteration.result.get("backbone", "none are named")),
        exported=datetime.now(UTC),
    )


def _artifact(name: str) -> bytes:
    try:
        with default_storage.open(name, "rb") as file:
            return bytes(file.read())
    except FileNotFoundError as error:
        raise JobFailed(
            "The iteration's model is not in storage any more.", "Restore it from a backup, or train again."
        ) from error


def _images(iteration: Iteration, size: int) -> list[NDArray[np.uint8]]:
    """Noise, and some of the iteration's images: something to compare answers on."""
    images = [np.random.default_rng(SEED).integers(0, 256, (size, size, 3), dtype=np.uint8)]
    chosen = SnapshotImage.objects.filter(snapshot_id=iteration.pk).order_by("image_id")
    for sha256, media_type in chosen.values_list("image__sha256", "image__media_type")[:COMPARED_IMAGES]:
        try:
            with default_storage.open(original_name(iteration.project_id, sha256, media_type), "rb") as file:
                images.append(decode_for_model(file.read(), size))
        except (FileNotFoundError, ImageRejected):
            continue
    return images


def _storage_name(job: RunningJob, export: Export, flavor: Flavor) -> str:
    """A name of this attempt alone; its last part is what a browser saves the file as."""
    iteration = export.iteration
    words = [slugify(iteration.project.name), slugify(iteration.name)]
    title = "-".join(word for word in words if word)[:LONGEST_TITLE] or "model"
    folder = exports_folder(iteration.project_id, iteration.pk)
    return f"{folder}/{export.pk}-{str(job.id)[:8]}-{job.attempt}/{title}.{flavor.name or export.platform}.zip"


def export_stopped(job: Job) -> None:
    """The job ended without a file: the export says why, and nothing is left of what was written."""
    export_id, iteration_id = UUID(job.arguments["export_id"]), UUID(job.arguments["iteration_id"])
    export = Export.objects.filter(pk=export_id, job=job).select_related("iteration__project").first()
    if export is not None:
        Export.objects.filter(pk=export_id).update(
            state=ExportState.FAILED,
            error=" ".join(part for part in (job.error, job.next_step) if part),
            finished=timezone.now(),
        )
        if export.iteration.deleted is None and export.iteration.project.deleted is None:
            notify_export(export.iteration.project, iteration_id, is_completed=False)
    project_id = job.project_id
    if project_id is not None:
        transaction.on_commit(lambda: delete_export_files(project_id, iteration_id, export_id))


HANDLER = JobHandler(kind=EXPORT_JOB, queue="short", run=make_export, on_stopped=export_stopped)
