"""What the Performance page says of a detector: counted in boxes, at one overlap."""

import numpy as np

from training.detection_metrics import DetectionFigures, TagMatches
from training.threshold_table import HISTOGRAM_BINS, STEPS, ThresholdTable


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
