"""Random views of an image with its boxes: scale, place, mirror, color."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from training.engine.augmentation import jitter_color
from training.engine.detection.truth import Boxes
from training.engine.images import Pixels

_SCALES = (0.6, 1.5)
_LARGEST_STRETCH = 1.15
# A box of which less than this is left inside the view is not asked for.
_SMALLEST_REST = 0.3
_THINNEST_PIXELS = 2.0
_ROOM_AROUND = 127
# How often a view that cannot show the whole image is laid over one of its boxes.
_LOOK_AT_A_BOX = 0.7


@dataclass(frozen=True)
class View:
    """Pixels uint8 [W, W, 3] and the boxes in them, fractions of the view."""

    pixels: Pixels
    boxes: Boxes


def random_view(pixels: Pixels, boxes: Boxes, input_size: int, window: int, random: np.random.Generator) -> View:
    """A window of `window` pixels out of the image as it is at `input_size` times a random scale.

    `pixels` uint8 [R, R, 3] is the whole image, best with R near `input_size`. What lies outside the image is gray.
    """
    scale = math.exp(random.uniform(math.log(_SCALES[0]), math.log(_SCALES[1])))
    stretch = math.exp(random.uniform(-1, 1) * math.log(_LARGEST_STRETCH))
    # Sides of the window as fractions of the image.
    sides = np.array([window / (input_size * scale * stretch), window / (input_size * scale / stretch)])
    corner = _corner(boxes, sides, random)
    seen = _cut(pixels, corner, sides, window)
    inside = _inside(boxes, corner, sides, window)
    if random.random() < 0.5:
        seen = seen[:, ::-1]
        mirrored = inside.corners.copy()
        mirrored[:, [0, 2]] = 1 - inside.corners[:, [2, 0]]
        inside = Boxes(mirrored, inside.tags)
    return View(jitter_color(seen, random), inside)


def _corner(boxes: Boxes, sides: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Left and top of the window, fractions of the image."""
    if sides.max() < 1 and len(boxes) and random.random() < _LOOK_AT_A_BOX:
        box = boxes.corners[random.integers(len(boxes))]
        center = (box[:2] + box[2:]) / 2
        corner = center - sides * random.uniform(0.2, 0.8, 2)
        return np.clip(corner, np.minimum(0, 1 - sides), np.maximum(0, 1 - sides))
    return np.minimum(0, 1 - sides) + np.abs(1 - sides) * random.random(2)


def _cut(pixels: Pixels, corner: np.ndarray, sides: np.ndarray, window: int) -> Pixels:
    read = pixels.shape[0]
    start, end = np.clip(corner, 0, 1), np.clip(corner + sides, 0, 1)
    first = np.rint((start - corner) / sides * window).astype(int)
    last = np.maximum(np.rint((end - corner) / sides * window).astype(int), first + 1)
    left, top, right, bottom = (float(edge) * read for edge in (*start, *end))
    part = Image.fromarray(pixels).resize(
        (int(last[0] - first[0]), int(last[1] - first[1])), Image.Resampling.BILINEAR, box=(left, top, right, bottom)
    )
    canvas = np.full((window, window, 3), _ROOM_AROUND, np.uint8)
    canvas[first[1] : last[1], first[0] : last[0]] = np.asarray(part)
    return canvas


def _inside(boxes: Boxes, corner: np.ndarray, sides: np.ndarray, window: int) -> Boxes:
    if not len(boxes):
        return boxes
    shift, by = np.tile(corner, 2), np.tile(sides, 2)
    moved = (boxes.corners - shift) / by
    clipped = np.clip(moved, 0, 1)
    before = np.prod(moved[:, 2:] - moved[:, :2], axis=1)
    after_sides = clipped[:, 2:] - clipped[:, :2]
    is_kept = (after_sides.prod(axis=1) >= _SMALLEST_REST * before) & (
        after_sides.min(axis=1) * window >= _THINNEST_PIXELS
    )
    return Boxes(clipped[is_kept].astype(np.float32), boxes.tags[is_kept])
