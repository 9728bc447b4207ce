"""The table behind the threshold slider."""

import numpy as np
import pytest

from tests.training.test_confusion import TAGS, some_boxes
from training.box_pairs import box_pairs, match_pairs
from training.metrics import figures
from training.statistics.answers import Answers, box_answers, tag_answers
from training.threshold_table import box_answers_of, threshold_table


def some_scores() -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(3)
    truth = chance.random((40, 3)) < 0.4
    # Whole percents among them, where at-or-above matters.
    return truth, np.round(chance.random((40, 3)), 2).astype(np.float32)


@pytest.mark.parametrize("percent", [0, 1, 30, 50, 77, 100])
def test_each_row_counts_what_the_metrics_count(percent: int) -> None:
    truth, probabilities = some_scores()
    table = threshold_table(tag_answers(truth, probabilities))
    expected = figures(truth, probabilities, percent / 100).per_tag
    assert table.true_positives[percent].tolist() == [tag.true_positives for tag in expected]
    assert table.false_positives[percent].tolist() == [tag.false_positives for tag in expected]
    assert table.false_negatives[percent].tolist() == [tag.false_negatives for tag in expected]


def test_the_histogram_holds_every_score_once() -> None:
    truth, probabilities = some_scores()
    table = threshold_table(tag_answers(truth, probabilities))
    assert sum(table.right_scores) == int(truth.sum())
    assert sum(table.wrong_scores) == int((~truth).sum())
    assert table.is_few == (False, False, False)


def test_answers_from_pairs_are_those_from_the_images() -> None:
    boxes = some_boxes()
    pairs = box_pairs(boxes.truth, boxes.found, TAGS)
    matches = match_pairs(pairs, boxes.truth, boxes.found, 0.3)
    own, expected = box_answers_of(pairs, matches), box_answers(boxes.truth, boxes.found, matches, TAGS)
    for name in Answers.__dataclass_fields__:
        assert getattr(own, name).tolist() == getattr(expected, name).tolist(), name
