"""Random views of an image for fine-tuning: crop, mirror, brightness, contrast, color."""

import math

import numpy as np
from PIL import Image

from training.engine.images import Pixels

_SMALLEST_AREA = 0.6
_LARGEST_STRETCH = 4 / 3
_JITTER = 0.2
_GRAY_WEIGHTS = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def random_view(pixels: Pixels, size: int, random: np.random.Generator) -> Pixels:
    """A view uint8 [size, size, 3] of `pixels` uint8 [R, R, 3], best with R a little above `size`."""
    side = pixels.shape[0]
    area = side * side * random.uniform(_SMALLEST_AREA, 1.0)
    stretch = math.exp(random.uniform(-1, 1) * math.log(_LARGEST_STRETCH))
    width = min(float(side), math.sqrt(area * stretch))
    height = min(float(side), math.sqrt(area / stretch))
    left, top = random.uniform(0, side - width), random.uniform(0, side - height)
    box = (left, top, left + width, top + height)
    view = np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR, box=box))
    if random.random() < 0.5:
        view = view[:, ::-1]
    return jitter_color(view, random)


def jitter_color(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """The same picture in a slightly different light: brightness, saturation and contrast; uint8 [H, W, 3]."""
    brightness, contrast, saturation = random.uniform(1 - _JITTER, 1 + _JITTER, 3).astype(np.float32)
    levels = pixels.astype(np.float32) * brightness
    gray = (levels @ _GRAY_WEIGHTS)[..., None]
    levels = gray + (levels - gray) * saturation
    mean = gray.mean()
    levels = mean + (levels - mean) * contrast
    return np.ascontiguousarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8))
