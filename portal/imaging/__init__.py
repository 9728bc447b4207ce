"""Bytes to checked, upright, sRGB pixels: one rule for training, evaluation and serving.

A leaf: no Django, nothing else of Sightline. Call :func:`inspect` first; it refuses by bytes and header, before
any pixel is decoded. All functions raise :class:`ImageRejected`.
"""

from portal.imaging.copies import Copies, make_copies
from portal.imaging.decoding import decode_upright
from portal.imaging.inspection import ImageFacts, ImageLimits, inspect
from portal.imaging.model_input import RESIZE_RULE, decode_for_model
from portal.imaging.perceptual_hash import perceptual_hash
from portal.imaging.rejection import ImageRejected

__all__ = [
    "RESIZE_RULE",
    "Copies",
    "ImageFacts",
    "ImageLimits",
    "ImageRejected",
    "decode_for_model",
    "decode_upright",
    "inspect",
    "make_copies",
    "perceptual_hash",
]
