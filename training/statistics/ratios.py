"""Precision, recall and F1 with intervals, from sums over images.

Each is a share: of the cases (predictions, things to find, or both taken together) those that are wrong are counted.
An image's cases go together: several tags, or many boxes of which a hard image misses most. So images are what is
drawn, and the sums of squares say how many independent cases would vary as much; Wilson's interval is laid for that
many. Where images have at most one case each, as of one tag of a classifier, that is Wilson's interval itself.

How it was chosen, over 3,000 simulated sets of 100 images of detectors (benchmarks/evaluation.py): Wilson on pooled
counts held the truth in 70 to 96 of 100, with the images' variance in 91 to 96, with Student's t for as many degrees
of freedom as images carry cases in 93 to 97, and for at most five and twice the images that carry the wrong ones in
94 to 97. At 1,000 images they are as one.

F1 is 2 s / (1 + s) of the share s of right ones among all that was predicted or there to find, and so are its ends.
The browser has the same arithmetic in static/src/performance/intervals.ts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.statistics.estimates import Z_95, Estimate, Interval, Parts, student_95, wilson

# The nine sums over images of the right, false and missed answers of each, in this order everywhere.
SUMS = (
    "right", "false", "missed",
    "right_right", "false_false", "missed_missed", "right_false", "right_missed", "false_missed",
)  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """How many answers of each image were right, false and missed: [images] of one tag, or of all tags pooled."""

    right: Parts
    false: Parts
    missed: Parts


@dataclass(frozen=True)
class Cases:
    """Sums over images: cases, wrong ones among them, and the squares and the product of both."""

    cases: float
    wrong: float
    cases_squared: float
    wrong_squared: float
    product: float


@dataclass(frozen=True)
class Share:
    """A figure 0..1 and its interval; zero without an interval where there was no case."""

    value: float
    interval: Interval | None


def share(cases: Cases) -> Share:
    """How many of the cases are right."""
    if cases.cases == 0:
        return Share(0.0, None)
    wrong = cases.wrong / cases.cases
    carriers = cases.cases**2 / cases.cases_squared
    spread = cases.wrong_squared - 2 * wrong * cases.product + wrong**2 * cases.cases_squared
    is_one_each = cases.cases_squared <= cases.cases
    independent = cases.cases if is_one_each else carriers
    if 0 < wrong < 1 and not is_one_each:
        # Images that all say the same would claim to know without end.
        independent = wrong * (1 - wrong) / max(spread / cases.cases**2, wrong * (1 - wrong) / (2 * cases.cases))
    return Share(1 - wrong, wilson(1 - wrong, independent, Z_95 if is_one_each else _student(cases, carriers)))


def _student(cases: Cases, carriers: float) -> float:
    of_wrong = cases.wrong**2 / cases.wrong_squared if cases.wrong_squared else 0.0
    return student_95(min(carriers, 5 + 2 * of_wrong))


def precision_of(sums: Sequence[float]) -> Share:
    """Right predictions of all predictions, from the nine sums."""
    right, false, _, right_right, false_false, _, right_false, _, _ = sums
    return share(
        Cases(right + false, false, right_right + 2 * right_false + false_false, false_false, right_false + false_false)
    )


def recall_of(sums: Sequence[float]) -> Share:
    """Right predictions of all there was to find."""
    right, _, missed, right_right, _, missed_missed, _, right_missed, _ = sums
    return share(
        Cases(
            right + missed,
            missed,
            right_right + 2 * right_missed + missed_missed,
            missed_missed,
            right_missed + missed_missed,
        )
    )


def f1_of(sums: Sequence[float]) -> Share:
    """The harmonic mean of precision and recall."""
    right, false, missed, right_right, false_false, missed_missed, right_false, right_missed, false_missed = sums
    wrong_squared = false_false + missed_missed + 2 * false_missed
    right_wrong = right_false + right_missed
    found = share(
        Cases(
            right + false + missed,
            false + missed,
            right_right + 2 * right_wrong + wrong_squared,
            wrong_squared,
            right_wrong + wrong_squared,
        )
    )
    ends = found.interval
    return Share(_f1(found.value), ends and (_f1(ends[0]), _f1(ends[1])))


def _f1(right: float) -> float:
    return 2 * right / (1 + right)


def sums_of(counts: Counts) -> list[float]:
    """The nine sums."""
    right, false, missed = counts.right, counts.false, counts.missed
    pairs = ((right, right), (false, false), (missed, missed), (right, false), (right, missed), (false, missed))
    return [float(each.sum()) for each in (right, false, missed)] + [float(one @ other) for one, other in pairs]


def precision(counts: Counts) -> Estimate | None:
    """Right predictions of all predictions; None without one."""
    return _estimate(precision_of(sums_of(counts)), counts.right, counts.right + counts.false)


def recall(counts: Counts) -> Estimate | None:
    """Right predictions of all there was to find; None where there was nothing."""
    return _estimate(recall_of(sums_of(counts)), counts.right, counts.right + counts.missed)


def f1(counts: Counts) -> Estimate | None:
    """The harmonic mean of both; None where nothing was predicted nor to find."""
    return _estimate(f1_of(sums_of(counts)), 2 * counts.right, 2 * counts.right + counts.false + counts.missed)


def accuracy(is_right: NDArray[np.bool_]) -> Estimate | None:
    """The share of right images; None without images."""
    counts = Counts(*(each.astype(np.float64) for each in (is_right, ~is_right, np.zeros_like(is_right))))
    return precision(counts)


def _estimate(found: Share, part: Parts, whole: Parts) -> Estimate | None:
    if found.interval is None:
        return None
    return Estimate(found.value, (part - found.value * whole) / whole.sum(), found.interval)


def classifier_counts(truth: NDArray[np.bool_], scores: NDArray[np.floating], threshold: float) -> list[Counts]:
    """Of each tag; a tag is predicted at or above the threshold 0..1. [images, tags] both."""
    predicted = scores >= np.asarray(threshold, dtype=scores.dtype)
    answers = (truth & predicted, ~truth & predicted, truth & ~predicted)
    return [Counts(*rows) for rows in zip(*(each.T.astype(np.float64) for each in answers), strict=True)]


def pooled(per_tag: Sequence[Counts], image_count: int) -> Counts:
    """All tags together."""
    nothing = np.zeros(image_count)
    return Counts(
        sum((each.right for each in per_tag), nothing),
        sum((each.false for each in per_tag), nothing),
        sum((each.missed for each in per_tag), nothing),
    )
