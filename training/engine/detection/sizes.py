"""The input size that a snapshot's boxes ask for."""

from collections.abc import Sequence

import numpy as np

from training.engine.detection.truth import Boxes

# Below this side, the square root of a box's area, recall falls quickly on a pyramid that starts at stride 8.
WANTED_PIXELS = 24.0
_SMALL_SHARE_PERCENT = 10


def small_side(boxes: Sequence[Boxes]) -> float:
    """The side, as a fraction of the image, that one box in ten is below; 1 without boxes."""
    sides = [np.sqrt(np.prod(each.corners[:, 2:] - each.corners[:, :2], axis=1)) for each in boxes if len(each)]
    return float(np.percentile(np.concatenate(sides), _SMALL_SHARE_PERCENT)) if sides else 1.0


def input_size(boxes: Sequence[Boxes], sizes: Sequence[int]) -> int:
    """The smallest of `sizes` (ascending, pixels) in which the small boxes have WANTED_PIXELS, else the largest."""
    side = small_side(boxes)
    return next((size for size in sizes if side * size >= WANTED_PIXELS), sizes[-1])
