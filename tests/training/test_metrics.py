"""Figures from scores, against values worked out by hand."""

import subprocess
import sys

import numpy as np
import pytest

from training import metrics

TRUTH = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=bool)
SCORES = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.5, 0.5]], dtype=np.float32)


def test_figures_at_one_half() -> None:
    figures = metrics.figures(TRUTH, SCORES, 0.5)
    # First tag is predicted for images 1 and 4, second for 2, 3 and 4.
    first, second = figures.per_tag
    assert (first.true_positives, first.false_positives, first.false_negatives) == (1, 1, 1)
    assert (second.true_positives, second.false_positives, second.false_negatives) == (2, 1, 0)
    assert (first.precision, first.recall) == (0.5, 0.5)
    assert (second.precision, second.recall) == (2 / 3, 1.0)
    assert (figures.precision, figures.recall) == (3 / 5, 3 / 4)


def test_figures_at_the_ends() -> None:
    lowest = metrics.figures(TRUTH, SCORES, 0.0)
    assert (lowest.precision, lowest.recall) == (0.5, 1.0)
    highest = metrics.figures(TRUTH, SCORES, 1.0)
    assert (highest.precision, highest.recall) == (0.0, 0.0)


def test_a_score_at_the_threshold_counts() -> None:
    scores = np.array([[0.3, 0.7]], dtype=np.float32)
    assert metrics.figures(np.array([[True, False]]), scores, 0.3).per_tag[0].true_positives == 1


def test_average_precision_of_a_ranking() -> None:
    truth = np.array([1, 0, 1, 0, 1], dtype=bool)
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    assert metrics.average_precision(truth, scores) == pytest.approx((1 / 1 + 2 / 3 + 3 / 5) / 3)


def test_average_precision_takes_equal_scores_together() -> None:
    truth = np.array([1, 0, 0, 1], dtype=bool)
    assert metrics.average_precision(truth, np.full(4, 0.5)) == 0.5
    assert metrics.average_precision(truth, np.array([0.9, 0.9, 0.1, 0.1])) == pytest.approx(0.5 * 0.5 + 0.5 * 0.5)


def test_a_tag_without_positives_has_no_average_precision() -> None:
    truth = np.array([[True, False], [False, False]])
    scores = np.array([[0.9, 0.5], [0.1, 0.5]])
    figures = metrics.figures(truth, scores, 0.5)
    assert figures.per_tag[1].average_precision is None
    assert figures.per_tag[1].recall == 0.0
    assert figures.average_precision == 1.0
    assert metrics.mean_average_precision(np.zeros((2, 2), dtype=bool), scores) is None


def test_accuracy_takes_any_of_an_images_tags() -> None:
    truth = np.array([[1, 1, 0], [0, 0, 1]], dtype=bool)
    assert metrics.accuracy(truth, np.array([[0.1, 0.8, 0.1], [0.6, 0.1, 0.3]])) == 0.5


def test_calibration_error_of_a_multiclass_model() -> None:
    # Two images at 0.9, one right; two at 0.6, both right: (|1 - 1.8| + |2 - 1.2|) / 4.
    truth = np.array([[1, 0], [0, 1], [1, 0], [1, 0]], dtype=bool)
    scores = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.6, 0.4]])
    assert metrics.calibration_error(truth, scores, multiclass=True) == pytest.approx(0.4)


def test_calibration_error_of_a_multilabel_model_counts_every_probability() -> None:
    truth = np.array([[1, 0], [0, 0]], dtype=bool)
    scores = np.array([[1.0, 0.0], [0.5, 0.5]])
    assert metrics.calibration_error(truth, scores, multiclass=False) == pytest.approx(0.25)


def test_no_images_are_no_error() -> None:
    nothing = np.zeros((0, 2), dtype=bool)
    assert metrics.calibration_error(nothing, np.zeros((0, 2)), multiclass=True) == 0.0
    assert metrics.accuracy(nothing, np.zeros((0, 2))) == 0.0
    assert metrics.figures(nothing, np.zeros((0, 2)), 0.5).average_precision is None


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match=r"truth is \(2, 2\) and scores are \(2, 3\)"):
        metrics.figures(np.zeros((2, 2), dtype=bool), np.zeros((2, 3)), 0.5)


def test_metrics_recipes_and_records_need_no_torch() -> None:
    modules = "training.metrics, training.engine.config, training.engine.recipes"
    code = f"import {modules}, sys; assert 'torch' not in sys.modules and 'onnx' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
