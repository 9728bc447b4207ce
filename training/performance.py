"""How good an iteration is: figures at any threshold, from scores of images its model had not seen."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from labeling.models import SnapshotImageTag, SnapshotTag
from labeling.selection import LabeledImage, Selection, select_images
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.permissions import Right
from training import metrics
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


@dataclass(frozen=True)
class TagProbability:
    """How probable a model that had not seen the image found one tag, 0..1."""

    tag: SnapshotTag
    probability: float


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
    scores = scores_of(iteration)
    page = select_images(
        iteration.project,
        Selection(snapshot_id=iteration.pk, tag_ids=tag_ids),
        is_oldest_first=is_oldest_first,
        take=take,
        skip=skip,
    )
    row_of = {image_id: row for row, image_id in enumerate(scores.image_ids)}
    performances = []
    for labeled in page:
        row = row_of.get(labeled.image.pk)
        probabilities = [] if row is None else scores.probabilities[row].tolist()
        ranked = sorted(zip(scores.tags, probabilities, strict=False), key=lambda pair: -pair[1])
        performances.append(ImagePerformance(labeled, tuple(TagProbability(*pair) for pair in ranked)))
    return performances


def scores_of(iteration: Iteration) -> Scores:
    """The iteration's scores; kept in memory for the last few, since a completed iteration never changes.

    Raises Refusal `BadRequestIterationIsNotTrained`.
    """
    if iteration.state != IterationState.COMPLETED:
        raise Refusal("BadRequestIterationIsNotTrained", f"{iteration.name} is not trained: it has no figures yet.")
    return load_scores(iteration.pk, iteration.artifact_sha256)


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
