"""Stored predictions that become training images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.core.files.storage import default_storage

from inference.files import original_name
from inference.stored_predictions import delete_predictions, media_types_of
from labeling.boxes import Box
from labeling.ingest import Ingested, check_batch, ingest
from labeling.uploads import Batch, IngestStatus, Upload, spool, upload_folder
from portal.actors import Actor, require
from portal.models import Project
from portal.permissions import Right


@dataclass(frozen=True)
class WantedImage:
    """A stored prediction's image, with the labels that it gets."""

    prediction_id: UUID
    tag_ids: tuple[UUID, ...] = ()
    boxes: tuple[Box, ...] = ()


def images_from_predictions(
    actor: Actor,
    project: Project,
    wanted: Sequence[WantedImage],
    tag_ids: Sequence[UUID] = (),
    metadata: Mapping[str, str] | None = None,
) -> list[Ingested]:
    """Take the images of stored predictions in, in the order given; a prediction whose image went in is removed.

    One that is not there, or whose file is not, is told as `ErrorSource`. The image goes in first: what is cut off
    between leaves the prediction, and another call removes it. Raises Refusal as `ingest` does.
    """
    require(actor, Right.EDIT_IMAGES, project)
    uploads = [Upload(str(each.prediction_id), tag_ids=each.tag_ids, boxes=each.boxes) for each in wanted]
    batch = Batch(uploads, tuple(tag_ids), dict(metadata or {}))
    check_batch(project, batch)
    ids = {each.prediction_id for each in wanted}
    media_types = media_types_of(project, ids)
    with upload_folder() as folder:
        for number, (each, upload) in enumerate(zip(wanted, uploads, strict=True)):
            _copy(project, each.prediction_id, media_types.get(each.prediction_id), upload, folder / str(number))
        results = ingest(actor, project, batch)
    moved = [each.prediction_id for each, result in zip(wanted, results, strict=True) if result.status.is_success]
    if moved:
        delete_predictions(actor, project, moved)
    return results


def _copy(project: Project, prediction_id: UUID, media_type: str | None, upload: Upload, path: Path) -> None:
    if media_type is None:
        upload.problem, upload.message = IngestStatus.ERROR_SOURCE, "This project has no such stored prediction."
        return
    try:
        with default_storage.open(original_name(project.pk, prediction_id, media_type), "rb") as file:
            spool(upload, file.chunks(), path)
    except OSError:
        upload.problem, upload.message = IngestStatus.ERROR_SOURCE, "The prediction's image cannot be read."
