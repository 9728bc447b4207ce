"""Scores that mean what they say."""

import numpy as np
import pytest

from training.detection_metrics import TagMatches
from training.engine.detection.calibration import fit_scores


def matches(scores: np.ndarray, right: np.ndarray) -> TagMatches:
    return TagMatches(scores.astype(np.float32), right, int(right.sum()))


def test_scores_that_are_too_sure_are_made_less_sure() -> None:
    random = np.random.default_rng(1)
    honest = random.uniform(0.1, 0.9, 4000)
    logits = 2 * np.log(honest / (1 - honest))
    slope, shift = fit_scores([matches(1 / (1 + np.exp(-logits)), random.random(4000) < honest)])
    assert slope == pytest.approx(0.5, abs=0.08)
    assert shift == pytest.approx(0, abs=0.15)


def test_few_detections_move_nothing_much() -> None:
    slope, shift = fit_scores([matches(np.array([0.9, 0.8, 0.2]), np.array([False, False, True]))])
    assert abs(slope - 1) < 0.1
    assert abs(shift) < 0.1


def test_detections_that_are_all_right_or_absent_leave_the_scores() -> None:
    assert fit_scores([matches(np.array([0.9, 0.8]), np.array([True, True]))]) == (1.0, 0.0)
    assert fit_scores([matches(np.zeros(0), np.zeros(0, bool))]) == (1.0, 0.0)
