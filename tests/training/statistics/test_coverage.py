"""Intervals and verdicts over a few simulated sets; `bench evaluation` has the thousands that they are held to."""

import pytest

from benchmarks import _coverage
from benchmarks._coverage import coverage, false_alarms

SETS = 200


@pytest.fixture(autouse=True)
def small_populations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_coverage, "POPULATION", 20_000)


@pytest.mark.parametrize(("task", "model"), [("multilabel", "good"), ("detector", "mediocre")])
def test_intervals_hold_the_truth_about_95_times_of_100(task: str, model: str) -> None:
    found = coverage(task, model, 100, SETS, 1)
    assert set(found) == {"precision", "recall", "f1", "ap"}
    for measure in found.values():
        # Three standard errors of so few sets around what thousands have to reach.
        assert 0.89 <= measure["overall"] <= 1
        assert 0.92 <= measure["perTag"] <= 0.985


def test_equal_models_are_hardly_ever_told_apart() -> None:
    assert false_alarms("multiclass", "mediocre", 100, SETS, 1)["headline"] <= 0.11
