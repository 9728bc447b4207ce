"""Average precision, and how much each image moves it."""

import numpy as np
from numpy.typing import NDArray

from training import detection_metrics, metrics
from training.statistics.boxes import MatchedBoxes
from training.statistics.estimates import Estimate


def average_precision(truth: NDArray[np.bool_], scores: NDArray[np.floating]) -> Estimate | None:
    """Of one tag of a classifier: [images] both; None without a positive."""
    value = metrics.average_precision(truth, scores)
    if value is None:
        return None
    moved = _moved(np.arange(len(truth)), scores, truth, truth.astype(np.float64))
    return Estimate(value, moved, float(truth.sum()), value)


def box_average_precision(matched: MatchedBoxes, tag: int) -> Estimate | None:
    """COCO's, of one tag of a detector; None without a box."""
    boxes = matched.boxes[:, tag].astype(np.float64)
    is_own = matched.tags == tag
    scores, is_right = matched.scores[is_own], matched.is_right[is_own]
    order = np.argsort(-scores, kind="stable")
    value = detection_metrics.average_precision(
        detection_metrics.TagMatches(scores[order], is_right[order], int(boxes.sum()))
    )
    if value is None:
        return None
    moved = _moved(matched.images[is_own], scores, is_right, boxes)
    return Estimate(value, moved, boxes.sum() ** 2 / float(boxes @ boxes), value)


def mean(estimates: list[Estimate | None]) -> Estimate | None:
    """The mean over the tags that have one; the same images move them all."""
    known = [each for each in estimates if each is not None]
    if not known:
        return None
    parts = np.sum([each.parts for each in known], axis=0) / len(known)
    value = sum(each.value for each in known) / len(known)
    center = sum(each.center for each in known) / len(known)
    return Estimate(value, parts, sum(each.units for each in known), center)


def _moved(
    images: NDArray[np.intp], scores: NDArray[np.floating], is_right: NDArray[np.bool_], positives: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The derivative of the area under the precision-recall curve by each image's weight, [images].

    `images`, `scores`, `is_right` [answers]; `positives` [images] is how many there are to find.
    """
    total = positives.sum()
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    is_last = np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)]
    last = np.flatnonzero(is_last)
    group = np.cumsum(np.append(0, is_last[:-1])) if len(ranked) else np.zeros(0, np.intp)
    right = is_right[order].astype(np.float64)
    found = np.cumsum(right)[last]
    said = last + 1.0
    precisions = found / said
    gained = np.diff(found, prepend=0.0)
    # An answer moves the precision of every right one that ranks no higher.
    by_right = np.cumsum((gained / said)[::-1])[::-1]
    by_any = np.cumsum((gained * precisions / said)[::-1])[::-1]
    moved = np.zeros(len(scores))
    moved[order] = right * (precisions + by_right)[group] - by_any[group]
    area = float(gained @ precisions) / total
    return (np.bincount(images, weights=moved, minlength=len(positives)) - area * positives) / total
