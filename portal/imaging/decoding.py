"""Any accepted image to upright RGB."""

from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from portal.imaging.color import to_srgb
from portal.imaging.cost import MOST_DECODED_BYTES, decoded_bytes
from portal.imaging.headers import SWAPPED_SIDES, open_header, read_orientation
from portal.imaging.rejection import ImageRejected
from portal.imaging.shrinking import shrink, turn_upright


def decode_upright(data: bytes) -> Image.Image:
    """The first frame as an RGB Pillow image in sRGB, EXIF orientation applied, transparency on white.

    Raises ImageRejected `format` for damaged or truncated data.
    """
    with _opened(data) as (image, orientation):
        _load_in_full(image)
        return turn_upright(to_srgb(image), orientation)


def decode_to_fit(data: bytes, long_side: int) -> Image.Image:
    """The same, its longer side at most `long_side`; a JPEG may be decoded at a smaller DCT scale first.

    Raises ImageRejected `format`.
    """
    with _opened(data) as (image, orientation):
        scale = min(1.0, long_side / max(image.size))
        image.draft(None, (round(image.width * scale), round(image.height * scale)))
        image.load()
        size = reversed(image.size) if orientation in SWAPPED_SIDES else image.size
        scale = long_side / max(image.size)
        if scale >= 1:
            return turn_upright(to_srgb(image), orientation)
        width, height = (max(1, round(side * scale)) for side in size)
        # Half the time of LANCZOS, and no further from it than the JPEG that is written next is from its pixels.
        return shrink(image, orientation, (width, height), Image.Resampling.HAMMING)


def decode_to_square(data: bytes, side: int) -> Image.Image:
    """The same, squashed to a square by Pillow's BILINEAR. Raises ImageRejected `format`."""
    with _opened(data) as (image, orientation):
        _load_in_full(image)
        return shrink(image, orientation, (side, side), Image.Resampling.BILINEAR)


@contextmanager
def _opened(data: bytes) -> Iterator[tuple[Image.Image, int]]:
    """An image with its header read, and its orientation; what goes wrong while it is decoded is its own fault."""
    format_name, image = open_header(data)
    orientation = read_orientation(format_name, image, data)
    try:
        yield image, orientation
    except MemoryError:
        raise
    except Exception as error:  # hostile pixel data makes Pillow's decoders raise nearly anything
        raise ImageRejected("format", f"The {format_name} image is damaged or incomplete.") from error


def _load_in_full(image: Image.Image) -> None:
    """Decode; a JPEG that would take too much, at half its size. No other format that does is taken."""
    if decoded_bytes(image) > MOST_DECODED_BYTES:
        image.draft(None, (image.width // 2, image.height // 2))
    image.load()
