"""95% intervals of shares: known values, and how often they hold the truth."""

import numpy as np
import pytest

from training.intervals import wilson


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    # Computed by hand from Wilson's formula, z = 1.959964.
    [(0, 10, 0.0, 0.27753), (10, 10, 0.72247, 1.0), (5, 10, 0.23659, 0.76341), (81, 263, 0.25525, 0.36622)],
)
def test_wilson_has_the_known_values(right: int, total: int, low: float, high: float) -> None:
    found = wilson(right, total)
    assert found is not None
    assert found == pytest.approx((low, high), abs=5e-4)


def test_without_a_case_there_is_no_interval() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize("share", [0.6, 0.9])
def test_wilson_holds_the_true_share_about_95_times_of_100(share: float) -> None:
    chance = np.random.default_rng(4)
    held = 0
    for right in chance.binomial(40, share, size=2000):
        low, high = wilson(int(right), 40) or (1.0, 0.0)
        held += low <= share <= high
    assert 0.93 <= held / 2000 <= 0.98
