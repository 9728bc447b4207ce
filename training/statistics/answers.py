"""What a model said, in flat arrays: each tag of a classifier, or each box of a detector, with whether it was right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.detection_metrics import Detections
from training.statistics.ratios import Counts

# Below, no method that was tried holds the truth of a tag's figures 95 times of 100.
FEWEST_IMAGES = 10


@dataclass(frozen=True)
class Answers:
    """Each answer's image, tag, score and whether it was right: [answers]; `there` [images, tags] is what to find."""

    images: NDArray[np.intp]
    tags: NDArray[np.int64]
    scores: NDArray[np.float32]
    is_right: NDArray[np.bool_]
    there: NDArray[np.int64]


def too_few_to_tell(answers: Answers) -> NDArray[np.bool_]:
    """Of each tag, whether it is on so few images that its intervals say little: [tags]."""
    return np.asarray((answers.there > 0).sum(axis=0) < FEWEST_IMAGES)


def tag_answers(truth: NDArray[np.bool_], scores: NDArray[np.floating]) -> Answers:
    """A classifier's, [images, tags] both: it says something of every tag of every image."""
    image_count, tag_count = truth.shape
    return Answers(
        np.repeat(np.arange(image_count), tag_count),
        np.tile(np.arange(tag_count), image_count),
        scores.astype(np.float32, copy=False).ravel(),
        truth.ravel(),
        truth.astype(np.int64),
    )


def box_answers(
    truths: Sequence[Detections],
    founds: Sequence[Detections],
    matches: Sequence[NDArray[np.intp]],
    tag_count: int,
) -> Answers:
    """A detector's, from what `match_images` says; images in the same order in all three."""
    box_images = np.repeat(np.arange(len(truths)), [len(truth.tags) for truth in truths])
    box_tags = np.concatenate([np.zeros(0, np.int64), *(truth.tags for truth in truths)])
    boxes = np.bincount(box_images * tag_count + box_tags, minlength=len(truths) * tag_count)
    return Answers(
        np.repeat(np.arange(len(founds)), [len(found.tags) for found in founds]),
        np.concatenate([np.zeros(0, np.int64), *(found.tags for found in founds)]),
        np.concatenate([np.zeros(0, np.float32), *(found.scores for found in founds)]),
        np.concatenate([np.zeros(0, bool), *(each >= 0 for each in matches)]),
        boxes.reshape(len(truths), tag_count).astype(np.int64),
    )


def counts_of(answers: Answers, threshold: float) -> list[Counts]:
    """Of each tag; an answer counts at or above the threshold 0..1."""
    image_count, tag_count = answers.there.shape
    is_said = answers.scores >= np.float32(threshold)
    cells = answers.images * tag_count + answers.tags

    def count(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        counted = np.bincount(cells[chosen], minlength=image_count * tag_count)
        return counted.reshape(image_count, tag_count).T.astype(np.float64)

    right = count(is_said & answers.is_right)
    false = count(is_said & ~answers.is_right)
    return [Counts(*rows) for rows in zip(right, false, answers.there.T - right, strict=True)]
