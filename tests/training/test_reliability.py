"""Bars of the reliability diagram, and the calibration error that they come to."""

import numpy as np
import pytest

from tests.training.test_confusion import some_scores, with_tags
from training.metrics import calibration_error
from training.reliability import reliability, tag_reliability


def test_predictions_of_one_bin_stand_in_one_bar() -> None:
    found = reliability(np.array([0.98, 0.96, 0.95, 0.03], np.float32), np.array([True, True, False, False]))
    assert [(bar.count, round(bar.right, 3), round(bar.probability, 3)) for bar in found.bars] == [
        (1, 0.0, 0.03),
        (3, 0.667, 0.963),
    ]
    assert found.predictions == 4
    assert found.error == pytest.approx((0.03 + 3 * (0.963333 - 2 / 3)) / 4, abs=1e-6)
    low, high = found.bars[1].interval
    assert low < 2 / 3 < high


@pytest.mark.parametrize("is_multiclass", [True, False])
def test_the_error_is_that_of_the_metrics(is_multiclass: bool) -> None:
    scores = with_tags(some_scores(is_multiclass=is_multiclass))
    found = tag_reliability(scores)
    assert found.error == pytest.approx(
        calibration_error(scores.truth, scores.probabilities, multiclass=is_multiclass), abs=1e-6
    )
    assert found.predictions == sum(bar.count for bar in found.bars) == (60 if is_multiclass else 240)


def test_no_predictions_have_no_error() -> None:
    nothing = reliability(np.zeros(0, np.float32), np.zeros(0, bool))
    assert (nothing.bars, nothing.error, nothing.predictions) == ((), None, 0)
