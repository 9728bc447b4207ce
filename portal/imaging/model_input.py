"""What every model sees: square uint8 pixels."""

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from portal.imaging.color import apply_profile
from portal.imaging.decoding import decode_to_square
from portal.imaging.headers import open_header, read_orientation
from portal.imaging.inspection import ImageFacts
from portal.imaging.shrinking import turn_upright

# Written into every artifact. JPEG: decoded by libjpeg-turbo at the smallest DCT scale (n/8) that leaves both sides
# at least twice the input size, else in full; other formats in full. Then squashed to the square by Pillow's
# antialiased BILINEAR (above 4 Mi pixels in strips), EXIF orientation and sRGB applied. Change the name whenever the
# pixels would change.
RESIZE_RULE = "dct-2x-bilinear-squash-1"


def decode_for_model(data: bytes, size: int, facts: ImageFacts | None = None) -> NDArray[np.uint8]:
    """Pixels of the first frame by `RESIZE_RULE`: uint8 [size, size, 3], RGB in sRGB, upright.

    `facts` are what `inspect` said of the same bytes; they save reading the header again and change nothing.
    Raises ImageRejected `format` for damaged or truncated data.
    """
    if facts is not None and facts.header is not None:
        format_name, header, orientation = facts.format, facts.header, facts.orientation
    else:
        format_name, header = open_header(data)
        orientation = read_orientation(format_name, header, data)
    square = (size, size)
    if format_name == "JPEG" and (header.mode == "RGB" or (header.mode == "L" and "icc_profile" not in header.info)):
        scaled = _decode_scaled_jpeg(data, 2 * size)
        if scaled is not None:
            small = Image.fromarray(scaled).resize(square, Image.Resampling.BILINEAR)
            # Color and turn come after the resize: the same picture, a tenth of the work.
            small = apply_profile(small, header.info.get("icc_profile"))
            return np.array(turn_upright(small, orientation))
    return np.array(decode_to_square(data, size))


def _decode_scaled_jpeg(data: bytes, smallest_side: int) -> NDArray[np.uint8] | None:
    """uint8 [h, w, 3], or None where libjpeg-turbo complains; Pillow then has the last word on the file."""
    try:
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(
            data, "RGB", min_height=smallest_side, min_width=smallest_side
        )
    except ValueError:
        return None
    return pixels
