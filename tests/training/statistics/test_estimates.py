"""Wilson's interval, Student's t, and the interval of a difference."""

import numpy as np
import pytest

from training.statistics.estimates import Estimate, difference_interval, student_95, wilson


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    # Computed by hand from Wilson's formula, z = 1.959964.
    [(0, 10, 0.0, 0.27753), (10, 10, 0.72247, 1.0), (5, 10, 0.23659, 0.76341), (81, 263, 0.25525, 0.36622)],
)
def test_wilson_has_the_known_values(right: int, total: int, low: float, high: float) -> None:
    assert wilson(right / total, total) == pytest.approx((low, high), abs=5e-4)


@pytest.mark.parametrize("share", [0.6, 0.9])
def test_wilson_holds_the_true_share_about_95_times_of_100(share: float) -> None:
    held = 0
    for right in np.random.default_rng(4).binomial(40, share, size=2000):
        low, high = wilson(right / 40, 40)
        held += low <= share <= high
    assert 0.93 <= held / 2000 <= 0.98


@pytest.mark.parametrize(
    ("freedom", "expected"), [(1, 12.706), (2, 4.303), (5, 2.571), (10, 2.228), (20, 2.086), (60, 2.000), (1e6, 1.960)]
)
def test_students_t_is_the_tables(freedom: float, expected: float) -> None:
    assert student_95(freedom) == pytest.approx(expected, abs=1e-3)


def test_students_t_falls_between_whole_degrees() -> None:
    values = [student_95(freedom) for freedom in np.arange(1, 15, 0.1)]
    assert values == sorted(values, reverse=True)


def estimate(value: float, parts: list[float]) -> Estimate:
    return Estimate(value, np.array(parts), (value - 0.1, value + 0.1))


def test_figures_that_move_alike_are_told_apart_sooner_than_those_that_move_by_themselves() -> None:
    first = estimate(0.5, [1, -1, 1, -1])
    alike, apart, against = (estimate(0.6, each) for each in ([1, -1, 1, -1], [1, 1, -1, -1], [-1, 1, -1, 1]))
    assert difference_interval(first, alike) == pytest.approx((0.1, 0.1))
    assert difference_interval(first, apart) == pytest.approx((0.1 - 0.02**0.5, 0.1 + 0.02**0.5))
    assert difference_interval(first, against) == pytest.approx((-0.1, 0.3))


def test_a_difference_stays_within_one() -> None:
    first, second = Estimate(0.05, np.zeros(2), (0.0, 0.9)), Estimate(0.95, np.zeros(2), (0.1, 1.0))
    assert difference_interval(first, second)[1] <= 1
