"""95% intervals of a detector's average precisions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.detection_metrics import Detections
from training.statistics.answers import box_answers
from training.statistics.average_precisions import box_average_precision, mean_average_precision
from training.statistics.estimates import Interval


def box_average_precision_intervals(
    truths: Sequence[Detections],
    founds: Sequence[Detections],
    matches: Sequence[NDArray[np.intp]],
    tag_count: int,
) -> tuple[list[Interval | None], Interval | None]:
    """Of each tag's, at the overlap that `matches` stand for, and of their mean; None where a tag has no box."""
    answers = box_answers(truths, founds, matches, tag_count)
    per_tag = [box_average_precision(answers, tag) for tag in range(tag_count)]
    mean = mean_average_precision(per_tag)
    return [each and each.interval for each in per_tag], mean and mean.interval
