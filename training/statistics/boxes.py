"""A detector's matched boxes in flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.detection_metrics import Detections
from training.statistics.ratios import Counts


@dataclass(frozen=True)
class MatchedBoxes:
    """Each detection's image, tag, score and whether it found a box: [detections]; and boxes [images, tags]."""

    images: NDArray[np.intp]
    tags: NDArray[np.int64]
    scores: NDArray[np.float32]
    is_right: NDArray[np.bool_]
    boxes: NDArray[np.int64]


def matched_boxes(
    truths: Sequence[Detections],
    founds: Sequence[Detections],
    matches: Sequence[NDArray[np.intp]],
    tag_count: int,
) -> MatchedBoxes:
    """From what `match_images` says, images in the same order in all three."""
    box_images = np.repeat(np.arange(len(truths)), [len(truth.tags) for truth in truths])
    box_tags = np.concatenate([np.zeros(0, np.int64), *(truth.tags for truth in truths)])
    boxes = np.bincount(box_images * tag_count + box_tags, minlength=len(truths) * tag_count)
    return MatchedBoxes(
        np.repeat(np.arange(len(founds)), [len(found.tags) for found in founds]),
        np.concatenate([np.zeros(0, np.int64), *(found.tags for found in founds)]),
        np.concatenate([np.zeros(0, np.float32), *(found.scores for found in founds)]),
        np.concatenate([np.zeros(0, bool), *(each >= 0 for each in matches)]),
        boxes.reshape(len(truths), tag_count),
    )


def box_counts(matched: MatchedBoxes, threshold: float) -> list[Counts]:
    """Of each tag; a box is predicted at or above the threshold 0..1."""
    image_count, tag_count = matched.boxes.shape
    is_said = matched.scores >= np.float32(threshold)
    cells = matched.images * tag_count + matched.tags

    def count(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        counted = np.bincount(cells[chosen], minlength=image_count * tag_count)
        return counted.reshape(image_count, tag_count).T.astype(np.float64)

    right = count(is_said & matched.is_right)
    false = count(is_said & ~matched.is_right)
    return [Counts(*rows) for rows in zip(right, false, matched.boxes.T - right, strict=True)]
