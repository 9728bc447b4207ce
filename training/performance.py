"""How good an iteration is: figures at any threshold, from scores of images its model had not seen."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from labeling.models import SnapshotImageTag, SnapshotTag
from labeling.selection import LabeledImage, Selection, select_images
from portal.actors import Actor, require
from portal.domains import DOMAINS, DomainType
from portal.errors import Refusal
from portal.permissions import Right
from training import detection_metrics, metrics
from training.detection_performance import held_out_boxes, matches_of
from training.models import ImageScore, Iteration, IterationState

DEFAULT_THRESHOLD = 0.5
DEFAULT_OVERLAP_THRESHOLD = 0.3
ITERATIONS_IN_MEMORY = 4


@dataclass(frozen=True)
class Scores:
    """All held-out scores of an iteration: rows are images, columns the snapshot's tags in order."""

    tags: tuple[SnapshotTag, ...]
    image_ids: tuple[UUID, ...]
    truth: NDArray[np.bool_]
    probabilities: NDArray[np.float32]

    @cached_property
    def row_of(self) -> dict[UUID, int]:
        """The row of each image."""
        return {image_id: row for row, image_id in enumerate(self.image_ids)}


@dataclass(frozen=True)
class TagPerformance:
    """Figures of one tag, 0..1; average precision is None where no scored image carries the tag."""

    tag: SnapshotTag
    precision: float
    recall: float
    average_precision: float | None


@dataclass(frozen=True)
class Performance:
    """Figures of an iteration, 0..1: precision and recall over all tags pooled, average precision their mean."""

    per_tag: tuple[TagPerformance, ...]
    precision: float
    recall: float
    average_precision: float | None


def iteration_performance(
    actor: Actor,
    iteration: Iteration,
    threshold: float = DEFAULT_THRESHOLD,
    overlap_threshold: float = DEFAULT_OVERLAP_THRESHOLD,
) -> Performance:
    """Precision, recall and AP at `threshold`. `overlap_threshold` counts for detection alone.

    Raises Refusal `BadRequest` for a threshold outside 0..1, `BadRequestIterationIsNotTrained`.
    """
    require(actor, Right.VIEW, iteration.project)
    for name, value in (("threshold", threshold), ("overlapThreshold", overlap_threshold)):
        if not 0 <= value <= 1:
            raise Refusal("BadRequest", f"{name} is a number from 0 to 1.")
    if is_detection(iteration):
        return _detection_performance(iteration, threshold, overlap_threshold)
    scores = scores_of(iteration)
    figures = metrics.figures(scores.truth, scores.probabilities, threshold)
    return Performance(
        per_tag=tuple(
            TagPerformance(tag, tag_figures.precision, tag_figures.recall, tag_figures.average_precision)
            for tag, tag_figures in zip(scores.tags, figures.per_tag, strict=True)
        ),
        precision=figures.precision,
        recall=figures.recall,
        average_precision=figures.average_precision,
    )


def is_detection(iteration: Iteration) -> bool:
    """Whether the iteration is a detector."""
    return DOMAINS[iteration.domain_id].type is DomainType.OBJECT_DETECTION


def _detection_performance(iteration: Iteration, threshold: float, overlap_threshold: float) -> Performance:
    require_trained(iteration)
    matches = matches_of(iteration, overlap_threshold)
    per_tag = [detection_metrics.tag_figures(each, threshold) for each in matches]
    right = sum(each.true_positives for each in per_tag)
    said = right + sum(each.false_positives for each in per_tag)
    boxes = right + sum(each.false_negatives for each in per_tag)
    return Performance(
        per_tag=tuple(
            TagPerformance(tag, each.precision, each.recall, each.average_precision)
            for tag, each in zip(held_out_boxes(iteration).tags, per_tag, strict=True)
        ),
        precision=right / said if said else 0.0,
        recall=right / boxes if boxes else 0.0,
        average_precision=detection_metrics.mean_average_precision(matches),
    )


@dataclass(frozen=True)
class TagProbability:
    """How probable a model that had not seen the image found one tag, 0..1; a detector says where.

    `corners`: left, top, right, bottom as fractions of the upright image.
    """

    tag: SnapshotTag
    probability: float
    corners: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class ImagePerformance:
    """An image of the snapshot with its labels, and what was predicted for it, most probable first."""

    labeled: LabeledImage
    predictions: tuple[TagProbability, ...]


def image_performances(
    actor: Actor, iteration: Iteration, tag_ids: Collection[UUID], *, is_oldest_first: bool, take: int, skip: int
) -> list[ImagePerformance]:
    """One page of the iteration's images with held-out predictions; with `tag_ids`, those that have any of the tags.

    Raises Refusal `BadRequestIterationIsNotTrained`.
    """
    require(actor, Right.VIEW, iteration.project)
    require_trained(iteration)
    page = select_images(
        iteration.project,
        Selection(snapshot_id=iteration.pk, tag_ids=tag_ids),
        is_oldest_first=is_oldest_first,
        take=take,
        skip=skip,
    )
    said = _detector_says if is_detection(iteration) else _classifier_says
    return [ImagePerformance(labeled, said(iteration, labeled.image.pk)) for labeled in page]


def _classifier_says(iteration: Iteration, image_id: UUID) -> tuple[TagProbability, ...]:
    scores = scores_of(iteration)
    row = scores.row_of.get(image_id)
    probabilities = [] if row is None else scores.probabilities[row].tolist()
    ranked = sorted(zip(scores.tags, probabilities, strict=False), key=lambda pair: -pair[1])
    return tuple(TagProbability(*pair) for pair in ranked)


def _detector_says(iteration: Iteration, image_id: UUID) -> tuple[TagProbability, ...]:
    boxes = held_out_boxes(iteration)
    row = boxes.row_of.get(image_id)
    if row is None:
        return ()
    found = boxes.found[row]
    return tuple(
        TagProbability(boxes.tags[tag], score, (left, top, right, bottom))
        for tag, score, (left, top, right, bottom) in zip(
            found.tags.tolist(), found.scores.tolist(), found.corners.tolist(), strict=True
        )
    )


def scores_of(iteration: Iteration) -> Scores:
    """The iteration's scores; kept in memory for the last few, since a completed iteration never changes.

    Raises Refusal `BadRequestIterationIsNotTrained`.
    """
    require_trained(iteration)
    return load_scores(iteration.pk, iteration.artifact_sha256)


def require_trained(iteration: Iteration) -> None:
    """Raises Refusal `BadRequestIterationIsNotTrained`."""
    if iteration.state != IterationState.COMPLETED:
        raise Refusal(
            "BadRequestIterationIsNotTrained",
            f"{iteration.name} is not trained: it has no figures yet. Wait for it, or choose another.",
        )


@lru_cache(maxsize=ITERATIONS_IN_MEMORY)
def load_scores(iteration_id: UUID, artifact_sha256: str) -> Scores:
    """Three queries; the artifact's digest is in the key so that nothing stale can be met."""
    tags = tuple(SnapshotTag.objects.filter(snapshot_id=iteration_id).order_by("position"))
    column = {tag.pk: index for index, tag in enumerate(tags)}
    columns_of_image: defaultdict[UUID, list[int]] = defaultdict(list)
    labels = SnapshotImageTag.objects.filter(snapshot_image__snapshot_id=iteration_id)
    for image_id, tag_key in labels.values_list("snapshot_image__image_id", "snapshot_tag_id"):
        columns_of_image[image_id].append(column[tag_key])
    scores = ImageScore.objects.filter(iteration_id=iteration_id).order_by("image_id")
    rows = list(scores.values_list("image_id", "probabilities"))
    probabilities = np.frombuffer(b"".join(bytes(row) for _, row in rows), dtype="<f4").reshape(len(rows), len(tags))
    truth = np.zeros((len(rows), len(tags)), dtype=bool)
    for index, (image_id, _) in enumerate(rows):
        truth[index, columns_of_image[image_id]] = True
    return Scores(tags, tuple(image_id for image_id, _ in rows), truth, probabilities.astype(np.float32))
