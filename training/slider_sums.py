"""Everything that the sliders of the Performance page need, reckoned once: counts at every threshold, and curves."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from training.box_confusion import box_confusion, box_stories
from training.box_intervals import box_average_precision_intervals
from training.box_pairs import pair_tag_matches
from training.confusion import Counts, tag_confusion
from training.detection_metrics import average_precision as box_average_precision
from training.intervals import Interval, average_precision_intervals
from training.judged import JudgedBoxes, JudgedScores, judged_matches
from training.metrics import average_precision
from training.reliability import Reliability, reliability, tag_reliability
from training.report_parts import Measure
from training.threshold_table import ThresholdTable, box_threshold_table, threshold_table

# A matrix of more can be read by nobody, and would be tens of megabytes.
MOST_TAGS_IN_MATRIX = 100


@dataclass(frozen=True)
class SliderSums:
    """`confusion` [steps, tags + 1, tags + 1] is None with too many tags. Average precisions of a detector have no
    interval where none was asked for.
    """

    table: ThresholdTable
    averages: tuple[Measure, ...]
    mean: Measure
    confusion: Counts | None
    reliability: Reliability


def slider_sums(judged: JudgedScores | JudgedBoxes, overlap_percent: int, *, with_intervals: bool = True) -> SliderSums:
    """Of what was judged; the overlap counts for detectors alone, whose intervals cost several times the rest."""
    if isinstance(judged, JudgedScores):
        return _of_scores(judged)
    return _of_boxes(judged, overlap_percent, with_intervals)


@lru_cache(maxsize=8)
def _of_scores(judged: JudgedScores) -> SliderSums:
    truth, probabilities = judged.truth, judged.probabilities
    tags = range(len(judged.tags))
    per_tag, of_mean = average_precision_intervals(truth, probabilities)
    values = [average_precision(truth[:, tag], probabilities[:, tag]) for tag in tags]
    return SliderSums(
        table=threshold_table(judged),
        averages=tuple(Measure(*pair) for pair in zip(values, per_tag, strict=True)),
        mean=Measure(_mean(values), of_mean),
        confusion=tag_confusion(judged) if len(tags) <= MOST_TAGS_IN_MATRIX else None,
        reliability=tag_reliability(judged),
    )


@lru_cache(maxsize=32)
def _of_boxes(judged: JudgedBoxes, overlap_percent: int, with_intervals: bool) -> SliderSums:
    tag_count = len(judged.tags)
    matches = judged_matches(judged, overlap_percent)
    by_tag = pair_tag_matches(judged.pairs, matches)
    per_tag: list[Interval | None] = [None] * tag_count
    of_mean: Interval | None = None
    if with_intervals:
        per_tag, of_mean = box_average_precision_intervals(judged.truth, judged.found, matches, tag_count)
    values = [box_average_precision(each) for each in by_tag]
    stories = box_stories(judged.pairs, matches, overlap_percent / 100)
    is_right = np.concatenate([np.zeros(0, bool), *(each.is_right for each in by_tag)])
    return SliderSums(
        table=box_threshold_table(by_tag),
        averages=tuple(Measure(*pair) for pair in zip(values, per_tag, strict=True)),
        mean=Measure(_mean(values), of_mean),
        confusion=box_confusion(stories, tag_count) if tag_count <= MOST_TAGS_IN_MATRIX else None,
        reliability=reliability(np.concatenate([np.zeros(0, np.float32), *(each.scores for each in by_tag)]), is_right),
    )


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
