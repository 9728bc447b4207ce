"""Images that an iteration got wrong about a tag, from the scores of models that had not seen them."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import numpy as np

from training.detection_performance import held_out_boxes, image_matches_of
from training.models import Iteration
from training.performance import is_detection, scores_of


class Wrong(StrEnum):
    """How: the image has the tag and it was not predicted, or it was predicted and the image has it not."""

    MISSED = "missed"
    FALSE = "false"


@dataclass(frozen=True)
class Mistakes:
    """What an iteration got wrong about an image: of a classifier counted in tags, of a detector in boxes."""

    missed: int
    false: int

    @property
    def kind(self) -> Wrong:
        """Missed counts before false."""
        return Wrong.MISSED if self.missed else Wrong.FALSE

    def __str__(self) -> str:
        return self.kind


def wrong_images(
    iteration: Iteration, tag_ids: Collection[UUID], threshold: float, overlap_threshold: float = 0.3
) -> dict[UUID, Mistakes]:
    """Which images are wrong about any of the tags at `threshold` 0..1, and how.

    Predicted means at or above the threshold, as in the figures; `overlap_threshold` counts for detectors alone.
    Raises Refusal `BadRequestIterationIsNotTrained`.
    """
    if is_detection(iteration):
        return _wrong_boxes(iteration, tag_ids, threshold, overlap_threshold)
    scores = scores_of(iteration)
    columns = [index for index, tag in enumerate(scores.tags) if tag.tag_id in tag_ids]
    truth = scores.truth[:, columns]
    predicted = scores.probabilities[:, columns] >= np.asarray(threshold, dtype=scores.probabilities.dtype)
    missed = (truth & ~predicted).sum(axis=1).tolist()
    false = (~truth & predicted).sum(axis=1).tolist()
    return _those_wrong(scores.image_ids, missed, false)


def _wrong_boxes(
    iteration: Iteration, tag_ids: Collection[UUID], threshold: float, overlap_threshold: float
) -> dict[UUID, Mistakes]:
    boxes = held_out_boxes(iteration)
    places = [index for index, tag in enumerate(boxes.tags) if tag.tag_id in tag_ids]
    missed, false = [], []
    for truth, found, matches in zip(
        boxes.truth, boxes.found, image_matches_of(iteration, overlap_threshold), strict=True
    ):
        is_shown = found.scores >= np.float32(threshold)
        is_found = np.zeros(len(truth.tags), dtype=bool)
        is_found[matches[is_shown & (matches >= 0)]] = True
        missed.append(int((~is_found & np.isin(truth.tags, places)).sum()))
        false.append(int((is_shown & (matches < 0) & np.isin(found.tags, places)).sum()))
    return _those_wrong(boxes.image_ids, missed, false)


def _those_wrong(image_ids: tuple[UUID, ...], missed: list[int], false: list[int]) -> dict[UUID, Mistakes]:
    counted = zip(image_ids, missed, false, strict=True)
    return {image_id: Mistakes(lacks, extra) for image_id, lacks, extra in counted if lacks or extra}
