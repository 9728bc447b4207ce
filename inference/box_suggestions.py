"""Boxes suggested for an image: by the project's last detector, else by a method that knows no classes."""

import logging
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.core.files.storage import default_storage

from inference.predicting import predict
from inference.runtime import ArtifactRefused
from inference.sessions import process_models
from labeling.files import original_name
from labeling.models import Image, Tag
from portal.actors import Actor, require
from portal.domains import DOMAINS, DomainType
from portal.errors import Refusal
from portal.imaging import ImageLimits, ImageRejected
from portal.limits import TRAINING_IMAGE_BYTES
from portal.models import Project
from portal.permissions import Right
from portal.projects import project_domain
from training.iterations import project_iterations
from training.models import Iteration, IterationState
from training.performance import iteration_performance

MOST_SUGGESTIONS = 20
LEAST_PROBABILITY = 0.3
OVERLAP = 0.5
LIMITS = ImageLimits(max_bytes=TRAINING_IMAGE_BYTES)
METHOD = "Shapes that stand out"
# Measured by `benchmarks/proposals.py` on the test parts of bccd and raccoon.
METHOD_NOTE = (
    "There is no trained detector yet, so these are shapes that stand out, without tags. Measured: among 20 such boxes"
    " one fits 51% of the blood cells in microscope pictures and 79% of the raccoons in photos (IoU 0.5)."
)
logger = logging.getLogger(__name__)


class SuggestionSource(StrEnum):
    ITERATION = "iteration"
    PROPOSALS = "proposals"
    NONE = "none"


@dataclass(frozen=True)
class SuggestedBox:
    """A box as fractions 0..1 of the upright image. The method without classes knows no tag.

    `confidence` 0..1 is the model's probability, or how often such a box fits an object.
    """

    tag_id: UUID | None
    confidence: float
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Suggestions:
    """Most likely boxes first. `by` names who suggests, `note` says how good that is, `reason` why there are none."""

    source: SuggestionSource
    by: str
    note: str
    reason: str
    boxes: tuple[SuggestedBox, ...]


def suggest_boxes(actor: Actor, project: Project, image_id: UUID) -> Suggestions:
    """At most 20 boxes for an image of the workspace.

    Raises Refusal `NotFoundImage`, `BadRequestNotSupported` in a classification project.
    """
    require(actor, Right.EDIT_IMAGES, project)
    if project_domain(project).type is not DomainType.OBJECT_DETECTION:
        raise Refusal(
            "BadRequestNotSupported",
            "Boxes are suggested in object detection projects alone: use suggest_tags_and_regions.",
        )
    image = Image.objects.filter(project=project, pk=image_id, removed__isnull=True).first()
    if image is None:
        raise Refusal("NotFoundImage", "This image is not in the project, or was deleted: choose another.")
    try:
        with default_storage.open(original_name(project.pk, image.sha256, image.media_type), "rb") as file:
            data: bytes = file.read()
    except OSError as error:
        raise Refusal(
            "ErrorRegionProposal", "The image's file cannot be read: delete the image and add it again."
        ) from error
    detector = _last_detector(project)
    if detector is not None:
        try:
            return _by_detector(actor, project, detector, data)
        except (ArtifactRefused, OSError):
            logger.exception("iteration %s cannot suggest boxes", detector.pk)
    return _by_shape(data)


def _last_detector(project: Project) -> Iteration | None:
    detection = [domain.id for domain in DOMAINS.values() if domain.type is DomainType.OBJECT_DETECTION]
    trained = project_iterations(project).filter(state=IterationState.COMPLETED, domain_id__in=detection)
    return trained.first()


def _by_detector(actor: Actor, project: Project, iteration: Iteration, data: bytes) -> Suggestions:
    model = process_models.get(iteration.artifact, iteration.artifact_sha256)
    predicted = predict(model, data, LIMITS)
    tag_ids = {str(tag_id): tag_id for tag_id in Tag.objects.filter(project=project).values_list("pk", flat=True)}
    boxes = [
        SuggestedBox(tag_ids[each.id], each.probability, each.box.left, each.box.top, each.box.width, each.box.height)
        for each in predicted.ranked
        if each.box is not None and each.id in tag_ids and each.probability >= LEAST_PROBABILITY
    ]
    reason = "" if boxes else f"{iteration.name} finds nothing here that is {LEAST_PROBABILITY:.0%} probable or more."
    return Suggestions(
        source=SuggestionSource.ITERATION,
        by=iteration.name,
        note=_detector_note(actor, iteration),
        reason=reason,
        boxes=tuple(boxes[:MOST_SUGGESTIONS]),
    )


def _detector_note(actor: Actor, iteration: Iteration) -> str:
    figures = iteration_performance(actor, iteration, LEAST_PROBABILITY, OVERLAP)
    return (
        f"{iteration.name} found {figures.recall:.0%} of the boxes on images that it had not seen, and"
        f" {figures.precision:.0%} of those it drew were right (from {LEAST_PROBABILITY:.0%} probability on;"
        f" mAP {figures.average_precision:.0%})."
    )


def _by_shape(data: bytes) -> Suggestions:
    # OpenCV takes 30 MB, and most web processes are never asked.
    from inference.proposals import propose

    try:
        found = propose(data, MOST_SUGGESTIONS)
    except ImageRejected as rejected:
        raise Refusal(
            "ErrorRegionProposal", f"The image cannot be read: {rejected} Delete it and add it again."
        ) from rejected
    if not found:
        reason = "There is no trained detector yet, and no shape stands out in this image."
        return Suggestions(SuggestionSource.NONE, "", "", reason, ())
    boxes = [SuggestedBox(None, each.confidence, each.left, each.top, each.width, each.height) for each in found]
    return Suggestions(SuggestionSource.PROPOSALS, METHOD, METHOD_NOTE, "", tuple(boxes))
