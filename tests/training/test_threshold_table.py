"""The table behind the threshold slider."""

import numpy as np
import pytest

from training.metrics import figures
from training.performance import Scores
from training.threshold_table import threshold_table


def some_scores() -> Scores:
    chance = np.random.default_rng(3)
    truth = chance.random((40, 3)) < 0.4
    # Whole percents among them, where at-or-above matters.
    probabilities = np.round(chance.random((40, 3)), 2).astype(np.float32)
    return Scores((), (), truth, probabilities)


@pytest.mark.parametrize("percent", [0, 1, 30, 50, 77, 100])
def test_each_row_counts_what_the_metrics_count(percent: int) -> None:
    scores = some_scores()
    table = threshold_table(scores)
    expected = figures(scores.truth, scores.probabilities, percent / 100).per_tag
    assert table.true_positives[percent] == [tag.true_positives for tag in expected]
    assert table.false_positives[percent] == [tag.false_positives for tag in expected]
    assert table.false_negatives[percent] == [tag.false_negatives for tag in expected]


def test_the_histogram_holds_every_score_once() -> None:
    scores = some_scores()
    table = threshold_table(scores)
    assert sum(table.right_scores) == int(scores.truth.sum())
    assert sum(table.wrong_scores) == int((~scores.truth).sum())
