"""Random views keep boxes on their objects."""

import numpy as np
import pytest

from training.engine.detection.truth import NO_BOXES, Boxes
from training.engine.detection.views import random_view


def red_square(left: int, top: int, side: int, size: int = 320) -> tuple[np.ndarray, Boxes]:
    pixels = np.full((size, size, 3), 40, np.uint8)
    pixels[top : top + side, left : left + side] = (220, 30, 30)
    corners = np.array([[left, top, left + side, top + side]], np.float32) / size
    return pixels, Boxes(corners, np.array([1]))


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize(("input_size", "window"), [(320, 320), (640, 320)])
def test_the_box_goes_with_its_object(seed: int, input_size: int, window: int) -> None:
    pixels, boxes = red_square(100, 140, 80, input_size)
    view = random_view(pixels, boxes, input_size, window, np.random.default_rng(seed))
    assert view.pixels.shape == (window, window, 3)
    levels = view.pixels.astype(int)
    red = levels[..., 0] - levels[..., 1] > 60
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    if len(view.boxes) == 0:
        whole = 80 * 80 * (window / 320) ** 2 if input_size == window else 80 * 80
        assert red.sum() < 0.35 * 1.5**2 * whole
        return
    found = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) / window
    assert np.abs(view.boxes.corners[0] - found).max() < 3 / window
    assert view.boxes.tags.tolist() == [1]


def test_the_same_seed_gives_the_same_view() -> None:
    pixels, boxes = red_square(10, 10, 100)
    first = random_view(pixels, boxes, 320, 320, np.random.default_rng(5))
    again = random_view(pixels, boxes, 320, 320, np.random.default_rng(5))
    assert (first.pixels == again.pixels).all()
    assert (first.boxes.corners == again.boxes.corners).all()


def test_an_image_without_boxes_stays_without() -> None:
    pixels, _ = red_square(10, 10, 100)
    assert len(random_view(pixels, NO_BOXES, 640, 320, np.random.default_rng(1)).boxes) == 0
