"""What an iteration said of the images that it is judged on: its own unseen ones, or the locked test set."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from labeling.models import SnapshotTag
from portal.models import ClassificationType
from training.box_pairs import BoxPairs, Places, box_pairs, match_pairs
from training.detection_metrics import Detections
from training.detection_performance import ITERATIONS_IN_MEMORY, OVERLAPS_IN_MEMORY, HeldOutBoxes, held_out_boxes
from training.locked_test.scores import locked_boxes, locked_scores
from training.models import Iteration
from training.performance import Scores, is_detection, require_trained, scores_of


class JudgedOn(StrEnum):
    """Images of the snapshot that the scored model had not seen, or those of the locked test set."""

    UNSEEN = "unseen"
    LOCKED = "locked"


@dataclass(frozen=True, eq=False)
class Judged:
    """Rows are images, tags by their place in `tags`. Two with the same `key` hold the same."""

    key: str
    tags: Sequence[SnapshotTag]
    image_ids: tuple[UUID, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Judged) and other.key == self.key

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True, eq=False)
class JudgedScores(Judged):
    """Of a classifier: `truth` and `probabilities` [images, tags]."""

    truth: NDArray[np.bool_]
    probabilities: NDArray[np.float32]
    is_multiclass: bool


@dataclass(frozen=True, eq=False)
class JudgedBoxes(Judged):
    """Of a detector: boxes of each image; those that were found are most probable first."""

    truth: tuple[Detections, ...]
    found: tuple[Detections, ...]
    source: HeldOutBoxes | None = None

    @cached_property
    def pairs(self) -> BoxPairs:
        """Which boxes overlap, worked out once."""
        return self.source.pairs if self.source else box_pairs(self.truth, self.found, len(self.tags))


def judged(iteration: Iteration, judged_on: JudgedOn = JudgedOn.UNSEEN) -> JudgedScores | JudgedBoxes:
    """What a completed iteration is judged by. Raises Refusal `BadRequestIterationIsNotTrained`."""
    require_trained(iteration)
    is_locked = judged_on is JudgedOn.LOCKED
    # A completed iteration never changes; the labels of the test set do.
    key = f"{iteration.pk} {iteration.artifact_sha256}"
    if is_detection(iteration):
        boxes = locked_boxes(iteration) if is_locked else held_out_boxes(iteration)
        key += f" {_digest_of_boxes(boxes)}" if is_locked else ""
        return _kept(JudgedBoxes(key, boxes.tags, boxes.image_ids, boxes.truth, boxes.found, boxes))
    scores = locked_scores(iteration) if is_locked else scores_of(iteration)
    key += f" {_digest_of_scores(scores)}" if is_locked else ""
    is_multiclass = iteration.classification_type == ClassificationType.MULTICLASS
    return JudgedScores(key, scores.tags, scores.image_ids, scores.truth, scores.probabilities, is_multiclass)


@lru_cache(maxsize=ITERATIONS_IN_MEMORY)
def _kept(boxes: JudgedBoxes) -> JudgedBoxes:
    """The first of those that hold the same: its pairs are there already."""
    return boxes


@lru_cache(maxsize=OVERLAPS_IN_MEMORY)
def judged_matches(boxes: JudgedBoxes, overlap_percent: int) -> tuple[Places, ...]:
    """Of each image, for each box that was found, the place of the true one that it finds, or -1."""
    return match_pairs(boxes.pairs, boxes.truth, boxes.found, overlap_percent / 100)


def _digest_of_scores(scores: Scores) -> str:
    parts = [_ids(scores.image_ids), scores.truth.tobytes(), scores.probabilities.tobytes()]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _digest_of_boxes(boxes: HeldOutBoxes) -> str:
    digest = hashlib.sha256(_ids(boxes.image_ids))
    for each in (*boxes.truth, *boxes.found):
        digest.update(np.array([len(each.tags)]).tobytes())
        digest.update(each.corners.tobytes() + each.tags.tobytes() + each.scores.tobytes())
    return digest.hexdigest()


def _ids(image_ids: tuple[UUID, ...]) -> bytes:
    return b"".join(image_id.bytes for image_id in image_ids)
