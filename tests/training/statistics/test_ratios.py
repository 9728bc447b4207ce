"""Precision, recall and F1 from sums: the browser's own cases, and what the images change."""

import json
from pathlib import Path

import numpy as np
import pytest

from training.statistics.estimates import wilson
from training.statistics.ratios import (
    Counts,
    accuracy,
    classifier_counts,
    f1,
    f1_of,
    pooled,
    precision,
    precision_of,
    recall,
    recall_of,
    sums_of,
)

CASES = json.loads((Path(__file__).parents[3] / "static" / "tests" / "intervals_cases.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_browsers_cases(case: dict[str, object]) -> None:
    for name, of in (("precision", precision_of), ("recall", recall_of), ("f1", f1_of)):
        value, interval = case[name]
        found = of(case["sums"])
        assert found.value == pytest.approx(value, abs=1e-12)
        assert found.interval == (None if interval is None else pytest.approx(interval, abs=1e-12))


def counts(right: list[int], false: list[int], missed: list[int]) -> Counts:
    return Counts(*(np.array(each, dtype=np.float64) for each in (right, false, missed)))


def test_one_case_an_image_has_wilsons_interval() -> None:
    found = recall(counts([1] * 8 + [0] * 2, [0] * 10, [0] * 8 + [1] * 2))
    assert found is not None
    assert (found.value, found.interval) == (0.8, wilson(0.8, 10))


def test_many_boxes_of_a_hard_image_count_for_less_than_as_many_images() -> None:
    apart = recall(counts([1] * 80 + [0] * 20, [0] * 100, [0] * 80 + [1] * 20))
    together = recall(counts([10] * 8 + [0] * 2, [0] * 10, [0] * 8 + [10] * 2))
    assert apart is not None
    assert together is not None
    assert apart.value == together.value
    assert together.interval[1] - together.interval[0] > 2 * (apart.interval[1] - apart.interval[0])


def test_f1_is_the_harmonic_mean_and_lies_in_its_interval() -> None:
    answers = counts([3, 1, 0, 2], [0, 1, 1, 0], [1, 0, 0, 0])
    one, other, both = precision(answers), recall(answers), f1(answers)
    assert one is not None
    assert other is not None
    assert both is not None
    assert both.value == pytest.approx(2 * one.value * other.value / (one.value + other.value))
    assert both.interval[0] < both.value < both.interval[1]


def test_images_move_a_figure_as_much_as_leaving_them_out_does() -> None:
    chance = np.random.default_rng(2)
    right, false, missed = (chance.integers(0, 4, 400).astype(np.float64) for _ in range(3))
    for figure in (precision, recall, f1):
        whole = figure(Counts(right, false, missed))
        less = figure(Counts(right[1:], false[1:], missed[1:]))
        assert whole is not None
        assert less is not None
        assert whole.value - less.value == pytest.approx(whole.parts[0], rel=0.02)
        assert whole.parts.sum() == pytest.approx(0, abs=1e-12)


def test_without_a_case_there_is_no_figure() -> None:
    nothing = counts([0, 0], [0, 0], [0, 0])
    assert (precision(nothing), recall(nothing), f1(nothing)) == (None, None, None)
    assert accuracy(np.zeros(0, bool)) is None
    assert precision_of(sums_of(nothing)).value == 0


def test_pooled_counts_are_the_sum_over_tags() -> None:
    truth = np.array([[1, 1], [0, 1]], dtype=bool)
    scores = np.array([[0.9, 0.2], [0.6, 0.5]], dtype=np.float32)
    both = pooled(classifier_counts(truth, scores, 0.5), 2)
    assert (both.right.tolist(), both.false.tolist(), both.missed.tolist()) == ([1, 1], [0, 1], [1, 0])
