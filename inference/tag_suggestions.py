"""Tags, and boxes where it is a detector, that an iteration suggests for images which nobody has tagged."""

import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from inference.answers import predictions_json
from inference.models import Suggestion, SuggestionTag
from inference.predicting import predict
from inference.retention import SUGGESTION_LIFETIME
from inference.runtime import ArtifactRefused, ServedModel
from inference.sessions import process_models
from inference.tag_probabilities import answer_uncertainty, tag_probabilities
from labeling.files import original_name
from labeling.models import Image, ImageTag, Tag
from labeling.tagging import require_images
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.imaging import ImageLimits
from portal.limits import TRAINING_IMAGE_BYTES
from portal.models import Project
from portal.permissions import Right
from training.iterations import get_iteration
from training.models import Iteration, IterationState

MOST_IMAGES = 64
LIMITS = ImageLimits(max_bytes=TRAINING_IMAGE_BYTES)
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ImageSuggestion:
    """What an iteration says of an image, most probable first: as answered, of tags that the project has now."""

    image: Image
    iteration_id: UUID
    domain_id: UUID
    predictions: list[dict[str, Any]]
    uncertainty: float
    created: datetime


def suggest_tags(
    actor: Actor, project: Project, iteration_id: UUID, image_ids: Sequence[UUID]
) -> list[ImageSuggestion]:
    """What a trained iteration suggests for up to 64 images, in the order asked for; kept for 30 days.

    Images that have been tagged, or were said to have no objects, are passed over: somebody was faster. Raises Refusal
    `BadRequestRequiredParamIsNull`, `BadRequestExceededBatchSize`, `NotFoundIteration`, `NotFoundImage`,
    `BadRequestIterationIsNotTrained`, `ErrorPredictionModelNotFound`, `ErrorPrediction`.
    """
    require(actor, Right.EDIT_IMAGES, project)
    if not image_ids:
        raise Refusal("BadRequestRequiredParamIsNull", "Name the images to suggest tags for.")
    if len(image_ids) > MOST_IMAGES:
        raise Refusal(
            "BadRequestExceededBatchSize",
            f"Tags are suggested for {MOST_IMAGES} images a call at most: send the rest in another.",
        )
    iteration = trained_iteration(project, iteration_id)
    require_images(project, image_ids)
    images = {image.pk: image for image in open_images().filter(pk__in=image_ids)}
    missing = set(images) - set(_kept(iteration, images).values_list("image_id", flat=True))
    if missing:
        _suggest(actor, iteration, [image for image_id, image in images.items() if image_id in missing])
    rows = {row.image_id: row for row in _kept(iteration, images).select_related("image")}
    return shown(iteration, [rows[image_id] for image_id in dict.fromkeys(image_ids) if image_id in rows])


def trained_iteration(project: Project, iteration_id: UUID) -> Iteration:
    """Raises Refusal `NotFoundIteration`, `BadRequestIterationIsNotTrained`."""
    iteration = get_iteration(project, iteration_id)
    if iteration.state != IterationState.COMPLETED:
        raise Refusal(
            "BadRequestIterationIsNotTrained", f"{iteration.name} is not trained: choose one whose status is Completed."
        )
    return iteration


def open_images() -> QuerySet[Image]:
    """Images that wait for somebody to say what is on them, to be looked up by their ids.

    Of no project in particular: told the project too, SQLite would walk through all of its images.
    """
    here = Image.objects.filter(removed__isnull=True, has_no_objects=False)
    return here.filter(~Exists(ImageTag.objects.filter(image=OuterRef("pk"), removed__isnull=True)))


def shown(iteration: Iteration, rows: Iterable[Suggestion]) -> list[ImageSuggestion]:
    """The iteration's suggestions, their images loaded, by the tags that the project has now, under their names of now.

    One query.
    """
    here = Tag.objects.filter(project_id=iteration.project_id)
    tags = {str(pk): (name, kind) for pk, name, kind in here.values_list("pk", "name", "type")}
    return [
        ImageSuggestion(
            image=row.image,
            iteration_id=iteration.pk,
            domain_id=iteration.domain_id,
            predictions=_known(row.predictions, tags),
            uncertainty=row.uncertainty,
            created=row.created,
        )
        for row in rows
    ]


def _known(predictions: Iterable[Mapping[str, Any]], tags: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    found = [(each, tags[each["tagId"]]) for each in predictions if each["tagId"] in tags]
    return [{**each, "tagName": name, "tagType": kind} for each, (name, kind) in found]


def _kept(iteration: Iteration, image_ids: Collection[UUID]) -> QuerySet[Suggestion]:
    youngest = timezone.now() - SUGGESTION_LIFETIME
    return Suggestion.objects.filter(iteration=iteration, image_id__in=list(image_ids), created__gte=youngest)


def _suggest(actor: Actor, iteration: Iteration, images: Sequence[Image]) -> None:
    """Run the model on each image and keep what it says. One that cannot be read is told after the rest is kept."""
    try:
        model = process_models.get(iteration.artifact, iteration.artifact_sha256)
    except (ArtifactRefused, OSError) as error:
        raise Refusal(
            "ErrorPredictionModelNotFound", f"{iteration.name} cannot be loaded: {error} Train it again."
        ) from error
    rows, unreadable = [], None
    for image in images:
        try:
            rows.append(_row(iteration, image, model))
        except (Refusal, OSError):
            logger.exception("image %s cannot be read", image.pk)
            unreadable = unreadable or image.pk
    _keep(actor, iteration, rows)
    if unreadable is not None:
        raise Refusal("ErrorPrediction", f"The file of image {unreadable} cannot be read; leave it out, or delete it.")


def _row(iteration: Iteration, image: Image, model: ServedModel) -> Suggestion:
    with default_storage.open(original_name(image.project_id, image.sha256, image.media_type), "rb") as file:
        data: bytes = file.read()
    said = json.loads(predictions_json(predict(model, data, LIMITS).ranked))
    return Suggestion(
        # The same whoever asks: of two at once, the second one's row is the first one's.
        id=uuid5(iteration.pk, str(image.pk)),
        iteration=iteration,
        image=image,
        predictions=said,
        uncertainty=answer_uncertainty(said),
        created=timezone.now(),
    )


def _keep(actor: Actor, iteration: Iteration, rows: Sequence[Suggestion]) -> None:
    try:
        with transaction.atomic():
            ids = [row.image_id for row in rows]
            here = set(Image.objects.select_for_update().filter(pk__in=ids).values_list("pk", flat=True))
            kept = [row for row in rows if row.image_id in here]
            expired = timezone.now() - SUGGESTION_LIFETIME
            Suggestion.objects.filter(pk__in=[row.pk for row in kept], created__lt=expired).delete()
            Suggestion.objects.bulk_create(kept, ignore_conflicts=True)
            SuggestionTag.objects.bulk_create((tag for row in kept for tag in _tag_rows(row)), ignore_conflicts=True)
            audit.record(
                actor,
                "suggest_tags",
                project_id=iteration.project_id,
                object_id=iteration.pk,
                name=iteration.name,
                image_count=len(kept),
            )
    except IntegrityError as error:
        raise Refusal("NotFoundIteration", f"{iteration.name} was just deleted; choose another.") from error


def _tag_rows(row: Suggestion) -> Iterable[SuggestionTag]:
    for tag_id, probability in tag_probabilities(row.predictions).items():
        yield SuggestionTag(suggestion=row, iteration_id=row.iteration_id, tag_id=tag_id, probability=probability)
