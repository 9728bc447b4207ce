"""How a picture looks, in 64 bits."""

import numpy as np
from PIL import Image

SIDE = 32
FREQUENCIES = 8
# Below this spread of gray levels (0 to 255) noise would decide.
LEAST_CONTRAST = 2.0

_places = np.arange(SIDE)
_COSINES = np.cos(np.pi * (2 * _places[None, :] + 1) * np.arange(FREQUENCIES)[:, None] / (2 * SIDE))


def perceptual_hash(image: Image.Image) -> int | None:
    """One bit for each of the 8 x 8 lowest frequencies: whether it is above their median. Signed, 64 bits.

    Copies of a picture differ in few bits, however they were scaled, compressed or brightened. None for a picture
    without contrast: it looks like every other such picture.
    """
    levels = np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float64)
    if levels.std() < LEAST_CONTRAST:
        return None
    waves = (_COSINES @ levels @ _COSINES.T).ravel()
    return int.from_bytes(np.packbits(waves > np.median(waves[1:])).tobytes(), "big", signed=True)
