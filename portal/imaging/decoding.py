"""Any accepted image to upright RGB."""

from PIL import Image

from portal.imaging.color import to_srgb
from portal.imaging.headers import UPRIGHT, open_header, read_orientation
from portal.imaging.rejection import ImageRejected

_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode_upright(data: bytes, *, long_side: int | None = None) -> Image.Image:
    """The first frame as an RGB Pillow image in sRGB, EXIF orientation applied, transparency on white.

    With `long_side`, a JPEG may be decoded at a smaller DCT scale whose longer side is no less than
    that many pixels. Raises ImageRejected `format` for damaged or truncated data.
    """
    format_name, image = open_header(data)
    orientation = read_orientation(format_name, image, data)
    try:
        if long_side is not None and format_name == "JPEG":
            scale = min(1.0, long_side / max(image.size))
            image.draft(None, (round(image.width * scale), round(image.height * scale)))
        image.load()
        upright = turn_upright(to_srgb(image), orientation)
    except MemoryError:
        raise
    except Exception as error:  # hostile pixel data makes Pillow's decoders raise nearly anything
        raise ImageRejected("format", f"The {format_name} image is damaged or incomplete.") from error
    return upright


def turn_upright(image: Image.Image, orientation: int) -> Image.Image:
    """Undo the EXIF orientation 1..8."""
    return image if orientation == UPRIGHT else image.transpose(_TURN[orientation])
