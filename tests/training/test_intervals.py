"""95% intervals: known values, and how often they hold the truth."""

import numpy as np
import pytest

from training.intervals import average_precision_intervals, wilson
from training.metrics import average_precision


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


def two_tags(image_count: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(7)
    truth = np.zeros((image_count, 2), dtype=bool)
    truth[: image_count // 2, 0] = truth[image_count // 2 :, 1] = True
    scores = np.clip(truth + chance.normal(0, noise, truth.shape), -4, 4).astype(np.float32)
    return truth, scores


def test_the_interval_holds_the_figure_and_narrows_with_more_images() -> None:
    widths = []
    for image_count in (20, 400):
        truth, scores = two_tags(image_count, noise=0.7)
        per_tag, mean = average_precision_intervals(truth, scores)
        values = [average_precision(truth[:, tag], scores[:, tag]) for tag in range(2)]
        for value, interval in zip(values, per_tag, strict=True):
            assert value is not None
            assert interval is not None
            assert interval[0] <= value <= interval[1]
        assert mean is not None
        assert mean[0] <= np.mean([value for value in values if value is not None]) <= mean[1]
        widths.append(mean[1] - mean[0])
    assert widths[1] < widths[0] / 2


def test_the_same_scores_have_the_same_interval_each_time() -> None:
    truth, scores = two_tags(30, noise=1.0)
    assert average_precision_intervals(truth, scores) == average_precision_intervals(truth, scores)


def test_a_faultless_ranking_still_doubts_as_far_as_its_images_reach() -> None:
    truth, scores = two_tags(30, noise=0.0)
    per_tag, mean = average_precision_intervals(truth, scores)
    assert per_tag[0] == (pytest.approx(0.7961, abs=1e-4), 1.0)
    assert mean is not None
    assert per_tag[0] is not None
    assert per_tag[0][0] < mean[0] < mean[1] == 1.0


def test_a_tag_without_images_has_no_interval() -> None:
    truth, scores = two_tags(30, noise=0.0)
    truth[:, 1] = False
    per_tag, _ = average_precision_intervals(truth, scores)
    assert per_tag[1] is None


def test_without_images_there_is_no_interval() -> None:
    assert average_precision_intervals(np.zeros((0, 2), dtype=bool), np.zeros((0, 2), dtype=np.float32)) == (
        [None, None],
        None,
    )


def test_many_images_drawn_in_groups_give_the_interval_of_images_drawn_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    truth, scores = two_tags(900, noise=0.7)
    grouped = average_precision_intervals(truth, scores)[0]
    monkeypatch.setattr("training.intervals.IMAGES_DRAWN_ONE_BY_ONE", 900)
    one_by_one = average_precision_intervals(truth, scores)[0]
    for group, single, tag in zip(grouped, one_by_one, range(2), strict=True):
        assert group is not None
        assert single is not None
        assert group == pytest.approx(single, abs=0.012)
        assert group[0] < (average_precision(truth[:, tag], scores[:, tag]) or 0) < group[1]
