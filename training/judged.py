"""What an iteration said of the images that it is judged on: its own unseen ones, or the locked test set."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from portal.models import ClassificationType
from training.detection_metrics import Detections
from training.detection_performance import held_out_boxes
from training.models import Iteration
from training.performance import is_detection, require_trained, scores_of


class JudgedOn(StrEnum):
    """Images of the snapshot that the scored model had not seen, or those of the locked test set."""

    UNSEEN = "unseen"
    LOCKED = "locked"


class JudgedTag(Protocol):
    """A tag as it was frozen, or as it is today."""

    @property
    def tag_id(self) -> UUID: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, eq=False)
class Judged:
    """Rows are images, tags by their place in `tags`. Two with the same `key` hold the same."""

    key: str
    tags: Sequence[JudgedTag]
    image_ids: tuple[UUID, ...]

    @cached_property
    def place_of(self) -> dict[UUID, int]:
        """The place of each tag."""
        return {tag.tag_id: place for place, tag in enumerate(self.tags)}

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


def judged(iteration: Iteration, judged_on: JudgedOn = JudgedOn.UNSEEN) -> JudgedScores | JudgedBoxes:
    """What a completed iteration is judged by. Raises Refusal `BadRequestIterationIsNotTrained`."""
    require_trained(iteration)
    key = f"{iteration.pk} {iteration.artifact_sha256}"
    if is_detection(iteration):
        boxes = held_out_boxes(iteration)
        return JudgedBoxes(key, boxes.tags, boxes.image_ids, boxes.truth, boxes.found)
    scores = scores_of(iteration)
    is_multiclass = iteration.classification_type == ClassificationType.MULTICLASS
    return JudgedScores(key, scores.tags, scores.image_ids, scores.truth, scores.probabilities, is_multiclass)
