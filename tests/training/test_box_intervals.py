"""Intervals of a detector's average precision."""

import numpy as np
import pytest

from training.box_intervals import box_average_precision_intervals
from training.detection_metrics import Detections, match_images, mean_average_precision, tag_matches

SQUARE = np.array([[0.1, 0.1, 0.4, 0.4]], np.float32)
ELSEWHERE = np.array([[0.6, 0.6, 0.9, 0.9]], np.float32)


def box(corners: np.ndarray, score: float, tag: int = 0) -> Detections:
    return Detections(corners, np.array([tag], np.int64), np.array([score], np.float32))


def intervals(founds: list[Detections], tags: int = 1) -> tuple[list[tuple[float, float] | None], float | None]:
    truths = [box(SQUARE, 1) for _ in founds]
    matches = match_images(truths, founds, 0.5)
    per_tag, of_mean = box_average_precision_intervals(truths, founds, matches, tags)
    assert of_mean == pytest.approx(per_tag[0])
    return per_tag, mean_average_precision(tag_matches(truths, founds, matches, tags))


def test_the_interval_holds_the_figure_and_narrows_with_the_images() -> None:
    chance = np.random.default_rng(1)
    widths = []
    for count in (10, 160):
        founds = [box(SQUARE if chance.random() < 0.7 else ELSEWHERE, float(chance.random())) for _ in range(count)]
        (interval,), figure = intervals(founds)
        assert interval is not None
        assert figure is not None
        assert interval[0] < figure < interval[1]
        widths.append(interval[1] - interval[0])
    assert widths[1] < widths[0] / 2


def test_a_perfect_detector_of_few_images_is_not_called_certain() -> None:
    (interval,), figure = intervals([box(SQUARE, 0.9) for _ in range(4)])
    assert figure == pytest.approx(1)
    assert interval == pytest.approx((0.51, 1.0), abs=0.01)


def test_a_tag_without_a_box_has_no_interval() -> None:
    per_tag, _ = intervals([box(SQUARE, 0.9), box(ELSEWHERE, 0.8)], tags=2)
    assert per_tag[1] is None
    assert box_average_precision_intervals([], [], [], 2) == ([None, None], None)


def test_many_detections_are_taken_in_groups_without_moving_the_figure() -> None:
    chance = np.random.default_rng(2)
    founds = []
    for _ in range(60):
        noise = chance.uniform(0, 0.5, (30, 2))
        corners = np.concatenate([SQUARE, np.concatenate([noise, noise + 0.1], axis=1)]).astype(np.float32)
        scores = np.concatenate([[chance.uniform(0.4, 1)], chance.uniform(0, 0.6, 30)]).astype(np.float32)
        order = np.argsort(-scores)
        founds.append(Detections(corners[order], np.zeros(31, np.int64), scores[order]))
    (interval,), figure = intervals(founds)
    assert interval is not None
    assert figure is not None
    assert interval[0] < figure < interval[1]
    assert interval[1] - interval[0] < 0.25
