"""Average precision with its interval, and the mean over tags.

Each image moves the area under the precision-recall curve a little; the squares add up to its variance. Near 1 that
variance is small by luck just when the figure is high by luck, so the interval is of Wilson's kind: an end is the
farthest figure that would still give what was found, with the variance that it would have. Between figures t the
variance goes as t (1 - t)^1.3, which is what it does in the simulated populations. Of a tag on few images the
variance is a weighted mean of the images' and of what that many independent cases would have.

How it was chosen (simulated sets of 100 images as in benchmarks/evaluation.py, share of intervals that hold the truth,
the least and the most of six populations): plain variance on the logit scale 0.25 to 0.96; Wilson for the variance
0.82 to 0.97; that with the bias taken off by leaving an image out 0.80 to 0.96, for it adds more noise than it mends;
the variance in t (1 - t)^1.3 0.92 to 0.97, where 0.92 is a tag on five images.
Detectors take Student's t, with as many degrees of freedom as images carry the tag, less one.
On six populations that nothing was chosen on, again 100 images: 0.93 to 0.96 of a tag and 0.91 to 0.96 of the mean,
the least where the mean is low and some tags are on five images, for then the figure itself is too high.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training import detection_metrics, metrics
from training.statistics.answers import Answers
from training.statistics.estimates import Z_95, Estimate, Interval, student_95

FALL = 1.3
CASES_A_POSITIVE = 0.8
WEIGHT_OF_CASES = 4.0
# COCO reads precision at 101 recalls, so where recall ends it is off by up to a step.
_COCO_STEP_VARIANCE = 1 / (12 * 101**2)
_HALVINGS = 40


@dataclass(frozen=True)
class AveragePrecision(Estimate):
    """`variance` is that of `parts` with what few images cannot show; `carriers` counts images with the tag.

    `freedom` is the degrees of freedom of the variance; none where it is taken as known.
    """

    variance: float
    carriers: int
    cases: float
    freedom: float | None


def average_precision(truth: NDArray[np.bool_], scores: NDArray[np.floating]) -> AveragePrecision | None:
    """Of one tag of a classifier: [images] both; None without a positive."""
    value = metrics.average_precision(truth, scores)
    if value is None:
        return None
    positives = truth.astype(np.float64)
    return _of_tag(value, _moved(np.arange(len(truth)), scores, truth, positives), positives, is_clustered=False)


def box_average_precision(answers: Answers, tag: int) -> AveragePrecision | None:
    """COCO's, of one tag of a detector; None without a box."""
    boxes = answers.there[:, tag].astype(np.float64)
    own = np.flatnonzero(answers.tags == tag)
    own = own[np.argsort(-answers.scores[own], kind="stable")]
    scores, is_right = answers.scores[own], answers.is_right[own]
    value = detection_metrics.average_precision(detection_metrics.TagMatches(scores, is_right, int(boxes.sum())))
    if value is None:
        return None
    return _of_tag(value, _moved(answers.images[own], scores, is_right, boxes), boxes, is_clustered=True)


def mean_average_precision(tags: list[AveragePrecision | None]) -> Estimate | None:
    """The mean over the tags that have one; the same images move them all."""
    known = [each for each in tags if each is not None]
    if len(known) < 2:
        return known[0] if known else None
    count = len(known)
    value = sum(each.value for each in known) / count
    parts = np.sum([each.parts for each in known], axis=0) / count
    unseen = sum(_supposed_variance(each) - float(each.parts @ each.parts) for each in known) / count**2
    seen = float(parts @ parts)
    freedom = None
    if known[0].freedom is not None:
        # Satterthwaite's, of a sum of variances.
        shares = [_supposed_variance(each) for each in known]
        squares = sum(one**2 / (each.freedom or 1) for one, each in zip(shares, known, strict=True))
        freedom = sum(shares) ** 2 / squares if squares else 1.0
    cases = sum(each.cases for each in known)
    return Estimate(value, parts, _ends(value, max(seen + unseen, seen / 2), cases, freedom))


def _of_tag(
    value: float, parts: NDArray[np.float64], positives: NDArray[np.float64], *, is_clustered: bool
) -> AveragePrecision:
    """`positives` [images]: how many there are to find in each."""
    carriers = int((positives > 0).sum())
    total = float(positives.sum())
    # Between all of an image's boxes as one case, and each as one.
    cases = total / float(np.sqrt(positives @ positives / total))
    variance = float(parts @ parts) * carriers / max(carriers - 1, 0.5)
    if is_clustered:
        variance += _COCO_STEP_VARIANCE
    freedom = float(carriers - 1) if is_clustered else None
    weight = carriers / (carriers + WEIGHT_OF_CASES)
    blended = weight * variance + (1 - weight) * _fall(value) / (CASES_A_POSITIVE * cases)
    ends = _ends(value, blended, cases, freedom)
    return AveragePrecision(value, parts, ends, variance, carriers, cases, freedom)


def _supposed_variance(tag: AveragePrecision) -> float:
    """With a weight for what independent cases would vary, at a figure that is not quite 0 or 1."""
    drawn_in = (tag.value * tag.cases + 0.5) / (tag.cases + 1)
    weight = tag.carriers / (tag.carriers + WEIGHT_OF_CASES)
    return weight * tag.variance + (1 - weight) * _fall(drawn_in) / (CASES_A_POSITIVE * tag.cases)


def _fall(value: float) -> float:
    return float(value * max(0.0, 1 - value) ** FALL)


def _ends(value: float, variance: float, cases: float, freedom: float | None) -> Interval:
    """The farthest figures t with (value - t)^2 at most z^2 times the variance at t."""
    z = Z_95 if freedom is None else student_95(freedom)
    here = _fall(value)
    scale = z**2 * min(100.0, variance / here if here > 1e-9 else 1 / (CASES_A_POSITIVE * cases))

    def end(limit: float) -> float:
        inside, outside = value, limit
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            if (value - middle) ** 2 <= scale * _fall(middle):
                inside = middle
            else:
                outside = middle
        return inside

    return min(value, end(0.0)), max(value, end(1.0))


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
