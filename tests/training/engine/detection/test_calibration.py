"""Scores that mean what they say."""

import numpy as np
import pytest

from training.detection_metrics import TagMatches
from training.engine.detection.calibration import fit_scores, uncalibrated


def matches(scores: np.ndarray, right: np.ndarray) -> TagMatches:
    return TagMatches(scores.astype(np.float32), right, int(right.sum()))


def test_scores_that_are_too_sure_are_made_less_sure() -> None:
    random = np.random.default_rng(1)
    honest = random.uniform(0.1, 0.9, 4000)
    logits = 2 * np.log(honest / (1 - honest))
    fitted = fit_scores([matches(1 / (1 + np.exp(-logits)), random.random(4000) < honest)])
    assert fitted.slope == pytest.approx(0.5, abs=0.08)
    assert fitted.shifts == (pytest.approx(0, abs=0.15),)


def test_a_tag_whose_scores_are_too_low_is_raised_alone() -> None:
    random = np.random.default_rng(2)
    honest = random.uniform(0.2, 0.8, 4000)
    is_right = random.random(4000) < honest
    logits = np.log(honest / (1 - honest)) - 1
    fitted = fit_scores([matches(honest, is_right), matches(1 / (1 + np.exp(-logits)), is_right)])
    assert fitted.slope == pytest.approx(1, abs=0.1)
    assert fitted.shifts == (pytest.approx(0, abs=0.15), pytest.approx(1, abs=0.15))
    raised = fitted.applied(np.array([0.5, 0.5], np.float32), np.array([0, 1]))
    assert raised == pytest.approx([0.5, 0.73], abs=0.04)


def test_few_detections_move_nothing_much() -> None:
    fitted = fit_scores([matches(np.array([0.9, 0.8, 0.2]), np.array([False, False, True]))])
    assert abs(fitted.slope - 1) < 0.1
    assert abs(fitted.shifts[0]) < 0.1


def test_detections_that_are_all_right_or_absent_leave_the_scores() -> None:
    assert fit_scores([matches(np.array([0.9, 0.8]), np.array([True, True]))]) == uncalibrated(1)
    assert fit_scores([matches(np.zeros(0), np.zeros(0, bool))]) == uncalibrated(1)
