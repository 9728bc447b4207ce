"""Everything that the sliders of the Performance page need, reckoned once: sums at every threshold, and curves."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from training import detection_metrics
from training.box_confusion import box_confusion, box_stories
from training.box_pairs import pair_tag_matches
from training.confusion import tag_confusion
from training.judged import JudgedBoxes, JudgedScores, judged_matches
from training.reliability import Reliability, reliability, tag_reliability
from training.report_parts import Measure
from training.statistics.answers import tag_answers
from training.statistics.average_precisions import average_precision, box_average_precision, mean_average_precision
from training.statistics.estimates import Estimate
from training.threshold_table import ThresholdTable, box_answers_of, threshold_table

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
    confusion: NDArray[np.int32] | None
    reliability: Reliability
    has_boxes: bool


def slider_sums(judged: JudgedScores | JudgedBoxes, overlap_percent: int, *, with_intervals: bool = True) -> SliderSums:
    """Of what was judged; the overlap counts for detectors alone, whose AP intervals cost as much as the rest."""
    if isinstance(judged, JudgedScores):
        return _of_scores(judged)
    return _of_boxes(judged, overlap_percent, with_intervals)


@lru_cache(maxsize=8)
def _of_scores(judged: JudgedScores) -> SliderSums:
    truth, probabilities = judged.truth, judged.probabilities
    tags = range(len(judged.tags))
    averages = [average_precision(truth[:, tag], probabilities[:, tag]) for tag in tags]
    return SliderSums(
        table=threshold_table(tag_answers(truth, probabilities)),
        averages=tuple(map(_measure, averages)),
        mean=_measure(mean_average_precision(averages)),
        confusion=tag_confusion(judged).astype(np.int32) if len(tags) <= MOST_TAGS_IN_MATRIX else None,
        reliability=tag_reliability(judged),
        has_boxes=False,
    )


@lru_cache(maxsize=16)
def _of_boxes(judged: JudgedBoxes, overlap_percent: int, with_intervals: bool) -> SliderSums:
    tag_count = len(judged.tags)
    matches = judged_matches(judged, overlap_percent)
    answers = box_answers_of(judged.pairs, matches)
    by_tag = pair_tag_matches(judged.pairs, matches)
    if with_intervals:
        averages = [box_average_precision(answers, tag) for tag in range(tag_count)]
        measures, mean = tuple(map(_measure, averages)), _measure(mean_average_precision(averages))
    else:
        measures = tuple(Measure(detection_metrics.average_precision(each), None) for each in by_tag)
        mean = Measure(detection_metrics.mean_average_precision(by_tag), None)
    stories = box_stories(judged.pairs, matches, overlap_percent / 100)
    return SliderSums(
        table=threshold_table(answers),
        averages=measures,
        mean=mean,
        confusion=box_confusion(stories, tag_count).astype(np.int32) if tag_count <= MOST_TAGS_IN_MATRIX else None,
        reliability=reliability(answers.scores, answers.is_right),
        has_boxes=True,
    )


def _measure(estimate: Estimate | None) -> Measure:
    return Measure(estimate.value, estimate.interval) if estimate else Measure(None, None)
