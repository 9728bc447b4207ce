"""Stored predictions that become training images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.core.files.storage import default_storage

from inference.files import delete_prediction_files, original_name
from inference.stored_predictions import delete_rows_of, media_types_of
from labeling.boxes import Box
from labeling.ingest import check_batch, ingest
from labeling.ingest_plan import Ingested
from labeling.label_changes import LabelChange, change_labels
from labeling.label_rows import current_labels
from labeling.models import LabelSource
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
    # Said by a person of a detection project's picture; passed over where it has labels.
    has_no_objects: bool = False


def images_from_predictions(
    actor: Actor,
    project: Project,
    wanted: Sequence[WantedImage],
    tag_ids: Sequence[UUID] = (),
    metadata: Mapping[str, str] | None = None,
    source: LabelSource = LabelSource.API,
) -> list[Ingested]:
    """Take the images of stored predictions in, in the order given; a prediction whose image went in is removed.

    One that is not there, or whose file is not, is told as `ErrorSource`. The prediction's row goes in the transaction
    in which the image's is written: each is in one place, whenever this is cut off. Raises Refusal as `ingest` does.
    """
    require(actor, Right.EDIT_IMAGES, project)
    uploads = [Upload(str(each.prediction_id), tag_ids=each.tag_ids, boxes=each.boxes) for each in wanted]
    batch = Batch(uploads, tuple(tag_ids), dict(metadata or {}))
    check_batch(project, batch)
    ids = {each.prediction_id for each in wanted}
    media_types = media_types_of(project, ids)
    moved: dict[UUID, str] = {}

    def take_away(results: Sequence[Ingested]) -> None:
        pairs = zip(wanted, results, strict=True)
        went_in = {each.prediction_id for each, result in pairs if result.status.is_success}
        moved.update((pk, media_type) for pk, media_type in media_types.items() if pk in went_in)
        _say_no_objects(actor, project, wanted, results, source)
        if moved:
            delete_rows_of(actor, project, moved)

    with upload_folder() as folder:
        for number, (each, upload) in enumerate(zip(wanted, uploads, strict=True)):
            _copy(project, each.prediction_id, media_types.get(each.prediction_id), upload, folder / str(number))
        results = ingest(actor, project, batch, source=source, also=take_away)
    delete_prediction_files(project.pk, moved.items())
    return results


def _say_no_objects(
    actor: Actor, project: Project, wanted: Sequence[WantedImage], results: Sequence[Ingested], source: LabelSource
) -> None:
    pairs = zip(wanted, results, strict=True)
    said = {result.image_id for each, result in pairs if each.has_no_objects and result.image_id is not None}
    labels = current_labels(said)
    bare = {image_id: LabelChange(has_no_objects=True) for image_id in said if not labels[image_id].tag_ids}
    change_labels(actor, project, bare, labels, source)


def _copy(project: Project, prediction_id: UUID, media_type: str | None, upload: Upload, path: Path) -> None:
    if media_type is None:
        upload.problem, upload.message = IngestStatus.ERROR_SOURCE, "This project has no such stored prediction."
        return
    try:
        with default_storage.open(original_name(project.pk, prediction_id, media_type), "rb") as file:
            spool(upload, file.chunks(), path)
    except OSError:
        upload.problem, upload.message = IngestStatus.ERROR_SOURCE, "The prediction's image cannot be read."
