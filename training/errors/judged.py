"""What an iteration is judged on: images held out of its training, or the locked test set."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from training.detection_metrics import Detections
from training.detection_performance import held_out_boxes
from training.locked_test.scores import common_boxes, common_scores
from training.metrics import Scores, Truth
from training.models import Iteration
from training.performance import scores_of


class Judged(StrEnum):
    """In addresses: `judged=test` is the locked test set, anything else what was held out."""

    HELD_OUT = "held-out"
    TEST = "test"


@dataclass(frozen=True)
class JudgedScores:
    """Of a classifier: truth and probabilities [images, tags]."""

    tag_ids: tuple[UUID, ...]
    image_ids: tuple[UUID, ...]
    truth: Truth
    probabilities: Scores


@dataclass(frozen=True)
class JudgedBoxes:
    """Of a detector: true boxes and detections of each image, the most probable first."""

    tag_ids: tuple[UUID, ...]
    image_ids: tuple[UUID, ...]
    truth: Sequence[Detections]
    found: Sequence[Detections]


def judged_scores(iteration: Iteration, judged: Judged) -> JudgedScores:
    """A completed classifier's scores."""
    if judged is Judged.TEST:
        common = common_scores([iteration])
        tags = tuple(tag.tag_id for tag in common.tags)
        return JudgedScores(tags, common.image_ids, common.truth, common.probabilities[0])
    kept = scores_of(iteration)
    return JudgedScores(tuple(tag.tag_id for tag in kept.tags), kept.image_ids, kept.truth, kept.probabilities)


def judged_boxes(iteration: Iteration, judged: Judged) -> JudgedBoxes:
    """A completed detector's boxes."""
    if judged is Judged.TEST:
        common = common_boxes([iteration])
        tags = tuple(tag.tag_id for tag in common.tags)
        return JudgedBoxes(tags, common.image_ids, common.truth, common.found[0])
    kept = held_out_boxes(iteration)
    return JudgedBoxes(tuple(tag.tag_id for tag in kept.tags), kept.image_ids, kept.truth, kept.found)
