"""Anchors fitted to boxes."""

import numpy as np

from training.engine.detection.anchors import USUAL, fit, fit_anchors
from training.engine.detection.truth import NO_BOXES, Boxes


def boxes_of_pixels(*sides: tuple[float, float], size: int = 320) -> Boxes:
    corners = [(0.1, 0.1, 0.1 + width / size, 0.1 + height / size) for width, height in sides]
    return Boxes(np.array(corners, np.float32), np.zeros(len(sides), np.int64))


def test_without_boxes_the_usual_anchors_stay() -> None:
    assert fit_anchors([NO_BOXES], 320) == USUAL


def test_long_small_boxes_get_anchors_of_their_own_shape() -> None:
    boxes = boxes_of_pixels(*[(60 + step, 14 + step / 4) for step in range(20)])
    fitted = fit_anchors([boxes], 320)
    shapes = np.array([(60 + step, 14 + step / 4) for step in range(20)])
    assert fitted != USUAL
    assert fit(fitted, shapes) > fit(USUAL, shapes) + 0.1
    assert max(fitted.ratios) < 0.5


def test_sizes_rise_from_level_to_level() -> None:
    boxes = boxes_of_pixels((20, 30), (40, 50), (90, 80), (200, 210), (30, 22), (60, 61))
    sizes = [size for level in fit_anchors([boxes], 320).sizes for size in level]
    assert len(sizes) == 6
    assert sizes == sorted(sizes)


def test_boxes_that_are_all_alike_still_span_a_ladder() -> None:
    fitted = fit_anchors([boxes_of_pixels(*[(40.0, 40.0)] * 30)], 320)
    sizes = [size for level in fitted.sizes for size in level]
    assert sizes[-1] / sizes[0] >= 3.9
