"""Anchors fitted to the boxes of a snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.engine.detection.truth import Boxes

LEVELS = 3
_SIZES_PER_LEVEL = 2
# What a photo's objects are like in a window of 320 px when nothing is known of them.
_USUAL_SIZES = (24.0, 48.0, 64.0, 96.0, 128.0, 224.0)
_USUAL_RATIOS = (0.5, 1.0, 2.0)
_SMALLEST_PIXELS = 8.0
# Training shows boxes at 0.6 to 1.5 times their size, so the ladder reaches a little past what was drawn.
_MARGIN = 1.25
_LOWEST_AND_HIGHEST = (3, 97)
# The ladder has to span this factor, or all of its steps would be the same box.
_NARROWEST_SPAN = 4.0
_LARGEST_RATIO = 5.0


@dataclass(frozen=True)
class Anchors:
    """Sizes in pixels for each pyramid level (strides 8, 16, 32), and height / width ratios that all levels share."""

    sizes: tuple[tuple[float, ...], ...]
    ratios: tuple[float, ...]


def _ladder(sizes: Sequence[float]) -> tuple[tuple[float, ...], ...]:
    steps = [round(float(size), 1) for size in sizes]
    return tuple(tuple(steps[level * _SIZES_PER_LEVEL : (level + 1) * _SIZES_PER_LEVEL]) for level in range(LEVELS))


USUAL = Anchors(_ladder(_USUAL_SIZES), _USUAL_RATIOS)


def fit_anchors(boxes: Sequence[Boxes], input_size: int) -> Anchors:
    """The usual anchors, or a ladder between the snapshot's own sizes and ratios where that fits its boxes better."""
    sides = [(each.corners[:, 2:] - each.corners[:, :2]) * input_size for each in boxes if len(each)]
    if not sides:
        return USUAL
    shapes = np.maximum(np.concatenate(sides).astype(np.float64), 1.0)
    fitted = _fitted(shapes)
    return fitted if fit(fitted, shapes) > fit(USUAL, shapes) else USUAL


def fit(anchors: Anchors, shapes: NDArray[np.float64]) -> float:
    """Mean over boxes of the best overlap (IoU, same center) that an anchor has with it; `shapes` [k, 2] in pixels."""
    sizes = np.array([size for level in anchors.sizes for size in level])
    ratios = np.sqrt(np.array(anchors.ratios))
    widths, heights = (sizes[:, None] / ratios).ravel(), (sizes[:, None] * ratios).ravel()
    common = np.minimum(shapes[:, :1], widths) * np.minimum(shapes[:, 1:], heights)
    union = shapes.prod(axis=1)[:, None] + widths * heights - common
    return float((common / union).max(axis=1).mean())


def _fitted(shapes: NDArray[np.float64]) -> Anchors:
    sides = np.sqrt(shapes.prod(axis=1))
    smallest, largest = np.percentile(sides, _LOWEST_AND_HIGHEST)
    smallest, largest = max(smallest / _MARGIN, _SMALLEST_PIXELS), largest * _MARGIN
    if largest / smallest < _NARROWEST_SPAN:
        middle = np.sqrt(smallest * largest)
        smallest, largest = middle / np.sqrt(_NARROWEST_SPAN), middle * np.sqrt(_NARROWEST_SPAN)
    ratios = np.percentile(shapes[:, 1] / shapes[:, 0], (15, 50, 85))
    ratios = np.clip(ratios, 1 / _LARGEST_RATIO, _LARGEST_RATIO)
    return Anchors(
        _ladder(np.geomspace(smallest, largest, LEVELS * _SIZES_PER_LEVEL).tolist()),
        tuple(round(float(ratio), 2) for ratio in ratios),
    )
