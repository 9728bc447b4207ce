"""Smaller JPEG copies for people."""

import io
from dataclasses import dataclass

from PIL import Image

from portal.imaging.decoding import decode_upright

RESIZED_LONG_SIDE = 1600
THUMBNAIL_LONG_SIDE = 256
RESIZED_QUALITY = 88
THUMBNAIL_QUALITY = 80


@dataclass(frozen=True)
class Copies:
    """Upright sRGB JPEG files without metadata; neither is larger than the image itself in pixels."""

    resized_jpeg: bytes
    thumbnail_jpeg: bytes


def make_copies(data: bytes) -> Copies:
    """Decode once and write both copies. Raises ImageRejected `format` for damaged or truncated data."""
    resized = _fit(decode_upright(data, at_least=RESIZED_LONG_SIDE), RESIZED_LONG_SIDE)
    thumbnail = _fit(resized, THUMBNAIL_LONG_SIDE)
    return Copies(_jpeg(resized, RESIZED_QUALITY), _jpeg(thumbnail, THUMBNAIL_QUALITY))


def _fit(image: Image.Image, long_side: int) -> Image.Image:
    scale = long_side / max(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
