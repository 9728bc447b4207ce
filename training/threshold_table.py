"""Counts at each whole percent of the probability threshold: what the slider reads."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from training.detection_metrics import TagMatches
from training.judged import JudgedScores
from training.performance import Scores

STEPS = 101
HISTOGRAM_BINS = 25


@dataclass(frozen=True)
class ThresholdTable:
    """For each threshold 0, 1 .. 100 percent (rows) and tag (columns): right, false and missed predictions.

    `right_scores` and `wrong_scores` count, in 25 bins of probability, tags on images that carry them and not.
    """

    true_positives: list[list[int]]
    false_positives: list[list[int]]
    false_negatives: list[list[int]]
    right_scores: list[int]
    wrong_scores: list[int]

    def as_json(self) -> dict[str, Any]:
        """For the page's script, under short names."""
        return {
            "truePositives": self.true_positives,
            "falsePositives": self.false_positives,
            "falseNegatives": self.false_negatives,
        }


def threshold_table(scores: Scores | JudgedScores) -> ThresholdTable:
    """The table of an iteration's held-out scores; a tag is predicted at or above the threshold, as everywhere."""
    probabilities, truth = scores.probabilities, scores.truth
    thresholds = (np.arange(STEPS) / 100).astype(probabilities.dtype)
    right, false = [], []
    for tag in range(truth.shape[1]):
        positive = np.sort(probabilities[truth[:, tag], tag])
        negative = np.sort(probabilities[~truth[:, tag], tag])
        right.append(len(positive) - np.searchsorted(positive, thresholds, side="left"))
        false.append(len(negative) - np.searchsorted(negative, thresholds, side="left"))
    true_positives = np.array(right, dtype=int).reshape(-1, STEPS).T
    false_positives = np.array(false, dtype=int).reshape(-1, STEPS).T
    missed = truth.sum(axis=0)[None, :] - true_positives
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    return ThresholdTable(
        true_positives.tolist(),
        false_positives.tolist(),
        missed.tolist(),
        np.histogram(probabilities[truth], edges)[0].tolist(),
        np.histogram(probabilities[~truth], edges)[0].tolist(),
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
