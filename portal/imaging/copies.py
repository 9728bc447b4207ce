"""Smaller JPEG copies for people."""

import io
from dataclasses import dataclass

from PIL import Image

from portal.imaging.decoding import decode_to_fit
from portal.imaging.headers import UPRIGHT, open_header, read_orientation
from portal.imaging.perceptual_hash import perceptual_hash

RESIZED_LONG_SIDE = 1600
THUMBNAIL_LONG_SIDE = 256
RESIZED_QUALITY = 88
THUMBNAIL_QUALITY = 80


@dataclass(frozen=True)
class Copies:
    """Upright sRGB JPEG files; neither is larger than the image itself in pixels.

    `perceptual_hash` is how the image looks. `resized_jpeg` is the very file that came in where that is small enough
    and already such a JPEG.
    """

    resized_jpeg: bytes
    thumbnail_jpeg: bytes
    perceptual_hash: int | None


def make_copies(data: bytes) -> Copies:
    """Decode once and write both copies. Raises ImageRejected `format` for damaged or truncated data."""
    if _is_fit(data):
        thumbnail = decode_to_fit(data, THUMBNAIL_LONG_SIDE)
        return Copies(data, _jpeg(thumbnail, THUMBNAIL_QUALITY), perceptual_hash(thumbnail))
    resized = decode_to_fit(data, RESIZED_LONG_SIDE)
    thumbnail = _fit(resized, THUMBNAIL_LONG_SIDE)
    return Copies(_jpeg(resized, RESIZED_QUALITY), _jpeg(thumbnail, THUMBNAIL_QUALITY), perceptual_hash(thumbnail))


def _is_fit(data: bytes) -> bool:
    format_name, header = open_header(data)
    return (
        format_name == "JPEG"
        and max(header.size) <= RESIZED_LONG_SIDE
        and header.mode in ("RGB", "L")
        and "icc_profile" not in header.info
        and read_orientation(format_name, header, data) == UPRIGHT
    )


def _fit(image: Image.Image, long_side: int) -> Image.Image:
    scale = long_side / max(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.HAMMING, reducing_gap=2.0)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
