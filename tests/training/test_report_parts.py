"""Figures of counts: the page's script reckons the same, from the same cases."""

import json
from pathlib import Path

import pytest

from training.report_parts import FEW_JUDGED, Judgment, Measure, judgment

CASES = Path(__file__).parents[2] / "static" / "tests" / "figure_cases.json"


def as_record(counts: tuple[int, int, int]) -> dict[str, object]:
    figures = judgment(*counts)
    return {
        "counts": list(counts),
        "figures": {
            name: {"value": measure.value, "interval": measure.interval and list(measure.interval)}
            for name, measure in (("precision", figures.precision), ("recall", figures.recall), ("f1", figures.f1))
        },
    }


@pytest.mark.parametrize("case", json.loads(CASES.read_text()), ids=lambda case: str(case["counts"]))
def test_figures_and_intervals_are_those_of_the_shared_cases(case: dict[str, object]) -> None:
    right, false, missed = case["counts"]  # type: ignore[misc]
    assert as_record((right, false, missed)) == {
        "counts": [right, false, missed],
        "figures": {
            name: {
                "value": pytest.approx(each["value"]),
                "interval": each["interval"] and pytest.approx(each["interval"]),
            }
            for name, each in case["figures"].items()  # type: ignore[attr-defined]
        },
    }


def test_f1_is_the_harmonic_mean_and_its_interval_holds_it() -> None:
    figures = judgment(30, 10, 20)
    precision, recall = 30 / 40, 30 / 50
    assert figures.f1.value == pytest.approx(2 * precision * recall / (precision + recall))
    assert figures.f1.interval is not None
    assert figures.f1.interval[0] < figures.f1.value < figures.f1.interval[1]


def test_few_and_nothing_predicted_are_told() -> None:
    assert judgment(0, 0, FEW_JUDGED - 1).is_few
    assert not judgment(1, 0, FEW_JUDGED - 1).is_few
    silent = judgment(0, 0, 30)
    assert (silent.is_silent, silent.precision) == (True, Measure(0.0, None))
    assert isinstance(silent, Judgment)
