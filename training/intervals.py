"""95% intervals of shares and of a classifier's average precisions."""

from training.metrics import Scores, Truth
from training.statistics import estimates
from training.statistics.average_precisions import average_precision, mean_average_precision
from training.statistics.estimates import Interval


def wilson(right: int, total: int) -> Interval | None:
    """Wilson's score interval of a share, 0..1; None without a case. Only where cases do not go together."""
    return estimates.wilson(right / total, total) if total else None


def average_precision_intervals(truth: Truth, scores: Scores) -> tuple[list[Interval | None], Interval | None]:
    """Of each tag's average precision and of their mean, [images, tags] both; None where no image has the tag."""
    per_tag = [average_precision(truth[:, tag], scores[:, tag]) for tag in range(truth.shape[1])]
    mean = mean_average_precision(per_tag)
    return [each and each.interval for each in per_tag], mean and mean.interval
