"""Exports: an iteration as a file for other programs."""

from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from labeling.files import listed
from portal import audit
from portal.actors import Actor, require
from portal.domains import EXPORT_PLATFORMS
from portal.errors import Refusal
from portal.jobs.queue import request_cancel, start_job
from portal.permissions import Right
from training.exporting.flavors import EXPORTER_VERSION, FLAVORS, find_flavor
from training.models import Export, ExportState, Iteration
from training.performance import require_trained

EXPORT_JOB = "export_iteration"
ONNX = "ONNX"
# What every iteration is exported to, whatever Custom Vision's table of domains says.
PLATFORMS = (ONNX,)


def export_iteration(actor: Actor, iteration: Iteration, platform: str, flavor: str = "") -> Export:
    """Begin to make the file, or give the one that is there; made again where a newer exporter would make another.

    Platform and flavor in any case. Raises Refusal `BadRequestIterationIsNotTrained`, `BadRequestNotSupported`,
    `BadRequestExportValidationFailed`, `BadRequestExportAlreadyInProgress`, `NotFoundIteration`.
    """
    require(actor, Right.PUBLISH, iteration.project)
    platform, flavor = _known_platform(platform), _known_flavor(flavor)
    require_trained(iteration)
    with transaction.atomic():
        # Two who ask at once wait for each other here.
        if not Iteration.objects.select_for_update().filter(pk=iteration.pk, deleted__isnull=True).exists():
            raise Refusal("NotFoundIteration", f"{iteration.name} was just deleted; choose another.")
        export = Export.objects.filter(iteration=iteration, platform=platform, flavor__iexact=flavor).first()
        if export is not None and export.state == ExportState.EXPORTING:
            raise Refusal(
                "BadRequestExportAlreadyInProgress",
                f"{iteration.name} is being exported as {export}; get_exports says when it is done.",
            )
        if export is not None and is_ready(export):
            # Clients look for the spelling that they asked for.
            Export.objects.filter(pk=export.pk).exclude(flavor=flavor).update(flavor=flavor)
            export.flavor = flavor
            return export
        return _begin(actor, export or Export(iteration=iteration, platform=platform), flavor)


def iteration_exports(actor: Actor, iteration: Iteration) -> list[Export]:
    """The iteration's exports, the first asked for first."""
    require(actor, Right.VIEW, iteration.project)
    return list(Export.objects.filter(iteration=iteration).select_related("job").order_by("created"))


def is_outdated(export: Export) -> bool:
    """Whether asking for it again would make another file."""
    return export.state == ExportState.DONE and export.exporter_version != EXPORTER_VERSION


def is_ready(export: Export) -> bool:
    """Whether its file can be given out: it is done, of this exporter, and in storage."""
    return export.state == ExportState.DONE and not is_outdated(export) and default_storage.exists(export.file)


def cancel_exports(iteration: Iteration, by: str) -> None:
    """Stop what is being exported of an iteration that goes."""
    running = Export.objects.filter(iteration=iteration, state=ExportState.EXPORTING, job__isnull=False)
    for export in running.select_related("job"):
        if export.job is not None:
            request_cancel(export.job, by)


def exports_folder(project_id: UUID, iteration_id: UUID) -> str:
    """Where in storage an iteration's exports lie, each attempt in a folder of its own."""
    return f"projects/{project_id}/iterations/{iteration_id}/exports"


def delete_export_files(project_id: UUID, iteration_id: UUID, export_id: UUID | None = None, keep: str = "") -> None:
    """Delete the files of an iteration's exports, or of one of them, but for the one named `keep`."""
    base = exports_folder(project_id, iteration_id)
    for folder in listed(base)[0]:
        if export_id is not None and not folder.startswith(str(export_id)):
            continue
        names = [f"{base}/{folder}/{name}" for name in listed(f"{base}/{folder}")[1]]
        for name in names:
            if name != keep:
                default_storage.delete(name)
        if keep not in names:
            default_storage.delete(f"{base}/{folder}")


def _begin(actor: Actor, export: Export, flavor: str) -> Export:
    iteration = export.iteration
    export.flavor = flavor
    export.state = ExportState.EXPORTING
    export.exporter_version = EXPORTER_VERSION
    export.file, export.size_bytes, export.largest_difference, export.error = "", 0, None, ""
    export.created, export.finished = timezone.now(), None
    export.job = start_job(
        EXPORT_JOB,
        actor.name,
        project_id=iteration.project_id,
        export_id=str(export.pk),
        iteration_id=str(iteration.pk),
    )
    export.save()
    audit.record(
        actor,
        "export_iteration",
        project_id=iteration.project_id,
        object_id=iteration.pk,
        name=iteration.name,
        platform=export.platform,
        flavor=flavor,
    )
    return export


def _known_platform(platform: str) -> str:
    known = {name.lower(): name for name in EXPORT_PLATFORMS}.get(platform.strip().lower())
    if known is None:
        raise Refusal(
            "BadRequestExportValidationFailed",
            f"There is no platform {platform.strip()[:64]}; ask for one of {', '.join(EXPORT_PLATFORMS)}.",
        )
    if known not in PLATFORMS:
        raise Refusal(
            "BadRequestNotSupported",
            f"{known} cannot be exported yet; ask for {ONNX}, which runs wherever ONNX Runtime does.",
        )
    return known


def _known_flavor(flavor: str) -> str:
    if find_flavor(flavor.strip()) is None:
        names = ", ".join(each.name for each in FLAVORS if each.name)
        raise Refusal(
            "BadRequestExportValidationFailed",
            f"{ONNX} has no flavor {flavor.strip()[:64]}; ask for one of {names}, or leave it out.",
        )
    return flavor.strip()
