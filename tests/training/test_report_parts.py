"""Figures of counts, with what there is to warn of."""

import pytest

from training.report_parts import judgment
from training.statistics.ratios import Share


def sums(right: int, false: int, missed: int) -> list[int]:
    return [right, false, missed, right, false, missed, 0, 0, 0]


def test_f1_is_the_harmonic_mean_and_its_interval_holds_it() -> None:
    figures = judgment(sums(30, 10, 20), is_few=False)
    precision, recall = 30 / 40, 30 / 50
    assert (figures.precision.value, figures.recall.value) == (precision, recall)
    assert figures.f1.value == pytest.approx(2 * precision * recall / (precision + recall))
    assert figures.f1.interval is not None
    assert figures.f1.interval[0] < figures.f1.value < figures.f1.interval[1]
    assert figures.judged == 50


def test_nothing_predicted_is_told() -> None:
    silent = judgment(sums(0, 0, 30), is_few=True)
    assert (silent.is_silent, silent.precision, silent.is_few) == (True, Share(0.0, None), True)
