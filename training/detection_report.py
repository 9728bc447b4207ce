"""What the Performance page says of a detector: counted in boxes, at one overlap."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import numpy as np

from labeling.tag_keys import project_tags
from training.box_intervals import box_average_precision_intervals
from training.detection_metrics import (
    DetectionFigures,
    TagMatches,
    average_precision,
    mean_average_precision,
    tag_figures,
)
from training.detection_performance import (
    held_out_boxes,
    load_held_out_boxes,
    load_image_matches,
    matches_of,
)
from training.intervals import Interval
from training.models import Iteration
from training.report_parts import Measure, Report, TagRow, share
from training.threshold_table import HISTOGRAM_BINS, STEPS, ThresholdTable


@dataclass(frozen=True)
class OverlapFigures:
    """What depends on the overlap: the table behind the probability slider, and average precisions, 0..1.

    `per_tag` and `mean` have no interval where none was asked for.
    """

    table: ThresholdTable
    per_tag: tuple[Measure, ...]
    mean: Measure


def overlap_figures(iteration: Iteration, overlap_percent: int, *, with_intervals: bool) -> OverlapFigures:
    """A completed detector's figures at one overlap; intervals cost several times as much as the rest."""
    matches = matches_of(iteration, overlap_percent / 100)
    intervals: list[Interval | None] = [None] * len(matches)
    of_mean: Interval | None = None
    if with_intervals:
        intervals, of_mean = _intervals(iteration.pk, iteration.artifact_sha256, overlap_percent)
    return OverlapFigures(
        box_threshold_table(matches),
        tuple(Measure(average_precision(each), own) for each, own in zip(matches, intervals, strict=True)),
        Measure(mean_average_precision(matches), of_mean),
    )


def detection_report(iteration: Iteration, threshold_percent: int, overlap_percent: int) -> Report:
    """The report of a completed detector."""
    at_overlap = overlap_figures(iteration, overlap_percent, with_intervals=True)
    figures = [tag_figures(each, threshold_percent / 100) for each in matches_of(iteration, overlap_percent / 100)]
    right, false, missed = pooled(figures)
    boxes = held_out_boxes(iteration)
    now = {tag.id: tag for tag in project_tags(iteration.project)}
    return Report(
        threshold_percent=threshold_percent,
        overlap_percent=overlap_percent,
        precision=share(right, right + false),
        recall=share(right, right + missed),
        average_precision=at_overlap.mean,
        rows=tuple(
            TagRow(
                tag=tag,
                page_tag=now.get(tag.tag_id),
                precision=share(one.true_positives, one.true_positives + one.false_positives),
                recall=share(one.true_positives, one.true_positives + one.false_negatives),
                average_precision=average,
                wrong=one.false_positives + one.false_negatives,
                boxes=one.true_positives + one.false_negatives,
            )
            for tag, one, average in zip(boxes.tags, figures, at_overlap.per_tag, strict=True)
        ),
        table=at_overlap.table,
        scored_images=len(boxes.image_ids),
        boxes=right + missed,
    )


# A completed iteration never changes; its artifact's digest is in the key so that nothing stale can be met.
@lru_cache(maxsize=64)
def _intervals(
    iteration_id: UUID, artifact_sha256: str, overlap_percent: int
) -> tuple[list[Interval | None], Interval | None]:
    boxes = load_held_out_boxes(iteration_id, artifact_sha256)
    matches = load_image_matches(iteration_id, artifact_sha256, overlap_percent / 100)
    return box_average_precision_intervals(boxes.truth, boxes.found, matches, len(boxes.tags))


def pooled(figures: list[DetectionFigures]) -> tuple[int, int, int]:
    """Right and false detections and missed boxes over all tags."""
    return (
        sum(each.true_positives for each in figures),
        sum(each.false_positives for each in figures),
        sum(each.false_negatives for each in figures),
    )


def box_threshold_table(matches: list[TagMatches]) -> ThresholdTable:
    """The table behind the slider, with boxes for images: a box is predicted at or above the threshold."""
    thresholds = (np.arange(STEPS) / 100).astype(np.float32)
    right = [_at_or_above(each.scores[each.is_right], thresholds) for each in matches]
    false = [_at_or_above(each.scores[~each.is_right], thresholds) for each in matches]
    found = np.array(right, dtype=int).reshape(-1, STEPS).T
    boxes = np.array([each.box_count for each in matches], dtype=int)
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    all_right = np.concatenate([each.scores[each.is_right] for each in matches]) if matches else np.zeros(0)
    all_false = np.concatenate([each.scores[~each.is_right] for each in matches]) if matches else np.zeros(0)
    return ThresholdTable(
        found.tolist(),
        np.array(false, dtype=int).reshape(-1, STEPS).T.tolist(),
        (boxes[None, :] - found).tolist(),
        np.histogram(all_right, edges)[0].tolist(),
        np.histogram(all_false, edges)[0].tolist(),
    )


def _at_or_above(scores: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    ordered = np.sort(scores)
    return len(ordered) - np.searchsorted(ordered, thresholds, side="left")
