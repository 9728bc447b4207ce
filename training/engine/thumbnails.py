"""Thumbnails that tell near-duplicates."""

import numpy as np
from numpy.typing import NDArray

from training.engine.images import Pixels

THUMBNAIL_SIDE = 16


def thumbnail(pixels: Pixels) -> NDArray[np.float32]:
    """Gray block means, centered and of unit length, so that a dot product is a correlation."""
    size = pixels.shape[0] - pixels.shape[0] % THUMBNAIL_SIDE
    gray = pixels[:size, :size].mean(axis=2, dtype=np.float32)
    block = size // THUMBNAIL_SIDE
    means = gray.reshape(THUMBNAIL_SIDE, block, THUMBNAIL_SIDE, block).mean(axis=(1, 3)).ravel()
    means -= means.mean()
    return (means / max(float(np.linalg.norm(means)), 1e-6)).astype(np.float32)
