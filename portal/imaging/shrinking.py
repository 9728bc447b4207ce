"""Large pictures made small, strip by strip."""

from PIL import Image

from portal.imaging.color import to_srgb
from portal.imaging.headers import SWAPPED_SIDES, UPRIGHT

# Below this a picture is turned and converted as a whole; above it that would take several copies of it.
MOST_WHOLE_PIXELS = 4 * 1024 * 1024
STRIP_PIXELS = 1024 * 1024

_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_FROM_THE_FAR_END = (3, 4, 7, 8)


def turn_upright(image: Image.Image, orientation: int) -> Image.Image:
    """Undo the EXIF orientation 1..8."""
    return image if orientation == UPRIGHT else image.transpose(_TURN[orientation])


def shrink(image: Image.Image, orientation: int, size: tuple[int, int], filter: Image.Resampling) -> Image.Image:
    """The upright sRGB picture of a decoded image at `size`.

    What `turn_upright(to_srgb(image), orientation).resize(size, filter)` gives. A large one is resized across strip
    by strip and then down; Pillow chooses which comes first, so a level may be rounded the other way.
    """
    width, height = reversed(image.size) if orientation in SWAPPED_SIDES else image.size
    if width * height <= MOST_WHOLE_PIXELS:
        return turn_upright(to_srgb(image), orientation).resize(size, filter)
    narrow = Image.new("RGB", (size[0], height))
    rows = max(1, STRIP_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        strip = turn_upright(to_srgb(image.crop(_stored_box(image, orientation, top, bottom))), orientation)
        narrow.paste(strip.resize((size[0], bottom - top), filter), (0, top))
    return narrow.resize(size, filter)


def _stored_box(image: Image.Image, orientation: int, top: int, bottom: int) -> tuple[int, int, int, int]:
    """Where the rows from `top` to `bottom` of the upright picture are stored."""
    length = image.width if orientation in SWAPPED_SIDES else image.height
    if orientation in _FROM_THE_FAR_END:
        top, bottom = length - bottom, length - top
    return (top, 0, bottom, image.height) if orientation in SWAPPED_SIDES else (0, top, image.width, bottom)
