"""Right, false and missed answers, image by image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.statistics.estimates import Estimate, Parts


@dataclass(frozen=True)
class Counts:
    """How many answers of each image were right, false and missed: [images] of one tag, or of all tags pooled."""

    right: Parts
    false: Parts
    missed: Parts


def precision(counts: Counts) -> Estimate | None:
    """Right predictions of all predictions; None without one."""
    return ratio(counts.right, counts.right + counts.false)


def recall(counts: Counts) -> Estimate | None:
    """Right predictions of all there was to find; None where there was nothing."""
    return ratio(counts.right, counts.right + counts.missed)


def f1(counts: Counts) -> Estimate | None:
    """The harmonic mean of both; None where nothing was predicted nor to find."""
    return ratio(2 * counts.right, 2 * counts.right + counts.false + counts.missed)


def ratio(part: Parts, whole: Parts) -> Estimate | None:
    """The sum of `part` by the sum of `whole`, linearized: images are drawn, and what they hold comes along."""
    total = float(whole.sum())
    if total == 0:
        return None
    value = float(part.sum()) / total
    units = total**2 / float(whole @ whole)
    return Estimate(value, (part - value * whole) / total, units, value)


def classifier_counts(truth: NDArray[np.bool_], scores: NDArray[np.floating], threshold: float) -> list[Counts]:
    """Of each tag; a tag is predicted at or above the threshold 0..1. [images, tags] both."""
    predicted = scores >= np.asarray(threshold, dtype=scores.dtype)
    right, false, missed = (
        each.T.astype(np.float64) for each in (truth & predicted, ~truth & predicted, truth & ~predicted)
    )
    return [Counts(*rows) for rows in zip(right, false, missed, strict=True)]


def pooled(per_tag: list[Counts], image_count: int) -> Counts:
    """All tags together."""
    nothing = np.zeros(image_count)
    return Counts(
        sum((each.right for each in per_tag), nothing),
        sum((each.false for each in per_tag), nothing),
        sum((each.missed for each in per_tag), nothing),
    )
