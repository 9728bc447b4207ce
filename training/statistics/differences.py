"""Two models on the same images: how far apart their figures are, and whether that can be told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from training.statistics.answers import Answers, counts_of
from training.statistics.average_precisions import (
    AveragePrecision,
    average_precision,
    box_average_precision,
    mean_average_precision,
)
from training.statistics.estimates import Z_95, Estimate, Interval, difference_interval
from training.statistics.ratios import Counts, accuracy, classifier_counts, f1, pooled, precision, recall

# At the threshold that the app uses, so what the app gets; and of the figures it sees a real change soonest: of models
# that differ by 2 to 10 points, at 100 images, F1 saw 0.29 to 1.0 and mean average precision 0.05 to 0.86.
HEADLINE = "f1"
_SURE = 0.05


class Verdict(Enum):
    """What can be said of the second model beside the first."""

    BETTER = "better"
    WORSE = "worse"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Difference:
    """A figure of both models, 0..1, and second less first with its 95% interval; None where one has no figure."""

    first: float | None
    second: float | None
    change: float | None
    interval: Interval | None
    verdict: Verdict


@dataclass(frozen=True)
class Differences:
    """By figure: "precision", "recall", "f1", "ap" (over all tags the mean), and "accuracy" where images have one tag.

    `verdict` is the headline, that of F1 over all tags. A figure over all tags is judged by its own interval. A tag's
    figures are many, and of twenty one differs by chance: their verdicts are Holm's, so that of all together one time
    in twenty one is wrong. So a tag's interval may lie beside zero without a verdict.
    """

    overall: dict[str, Difference]
    per_tag: tuple[dict[str, Difference], ...]
    verdict: Verdict


Estimates = Mapping[str, Estimate | None]


def difference(first: Estimate | None, second: Estimate | None) -> Difference:
    """One figure of both."""
    if first is None or second is None:
        return Difference(
            None if first is None else first.value,
            None if second is None else second.value,
            None,
            None,
            Verdict.CANNOT_TELL,
        )
    low, high = difference_interval(first, second)
    verdict = Verdict.BETTER if low > 0 else Verdict.WORSE if high < 0 else Verdict.CANNOT_TELL
    return Difference(first.value, second.value, second.value - first.value, (low, high), verdict)


def differences(first: list[Estimates], second: list[Estimates]) -> Differences:
    """Of what `classifier_estimates` or `detector_estimates` say of both."""
    overall, *per_tag = (
        {name: difference(one[name], other[name]) for name in one} for one, other in zip(first, second, strict=True)
    )
    return Differences(overall, _judged_together(per_tag), overall[HEADLINE].verdict)


def _judged_together(per_tag: list[dict[str, Difference]]) -> tuple[dict[str, Difference], ...]:
    """Holm, A simple sequentially rejective multiple test procedure (1979)."""
    chances = sorted((_chance(each), place, name) for place, row in enumerate(per_tag) for name, each in row.items())
    sure = set()
    for passed, (chance, place, name) in enumerate(chances):
        if chance > _SURE / (len(chances) - passed):
            break
        sure.add((place, name))
    return tuple(
        {
            name: each if (place, name) in sure else replace(each, verdict=Verdict.CANNOT_TELL)
            for name, each in row.items()
        }
        for place, row in enumerate(per_tag)
    )


def _chance(of: Difference) -> float:
    """How probable so large a difference is between equal models, by how far zero lies out of the interval."""
    if not of.change or of.interval is None:
        return 1.0
    reach = of.change - of.interval[0] if of.change > 0 else of.interval[1] - of.change
    return erfc(Z_95 * abs(of.change) / max(reach, 1e-12) / sqrt(2))


def classifier_estimates(truth: NDArray[np.bool_], scores: NDArray[np.floating], threshold: float) -> list[Estimates]:
    """One classifier's figures by name: over all tags, then each tag's; predicted at or above the threshold 0..1."""
    averages = [average_precision(truth[:, tag], scores[:, tag]) for tag in range(truth.shape[1])]
    estimates = _estimates(classifier_counts(truth, scores, threshold), averages, len(truth))
    if len(truth) and (truth.sum(axis=1) == 1).all():
        is_right = truth[np.arange(len(truth)), scores.argmax(axis=1)]
        estimates[0] = {**estimates[0], "accuracy": accuracy(is_right)}
    return estimates


def detector_estimates(answers: Answers, threshold: float) -> list[Estimates]:
    """The same of a detector, at the overlap that its boxes were matched at."""
    image_count, tag_count = answers.there.shape
    averages = [box_average_precision(answers, tag) for tag in range(tag_count)]
    return _estimates(counts_of(answers, threshold), averages, image_count)


def _estimates(counts: list[Counts], averages: list[AveragePrecision | None], image_count: int) -> list[Estimates]:
    overall = _of_counts(pooled(counts, image_count), mean_average_precision(averages))
    return [overall, *(_of_counts(*pair) for pair in zip(counts, averages, strict=True))]


def _of_counts(counts: Counts, average: Estimate | None) -> Estimates:
    return {"precision": precision(counts), "recall": recall(counts), "f1": f1(counts), "ap": average}
