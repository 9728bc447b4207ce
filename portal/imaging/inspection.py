"""Checks by bytes and header, before decoding."""

from dataclasses import dataclass, field

from PIL import Image

from portal.imaging.cost import check_cost
from portal.imaging.headers import MEDIA_TYPES, MOST_PIXELS, SWAPPED_SIDES, UPRIGHT, open_header, read_orientation
from portal.imaging.rejection import ImageRejected


@dataclass(frozen=True)
class ImageLimits:
    """What a caller takes. Sides and aspect are Custom Vision's; sizes in bytes and pixels."""

    max_bytes: int
    max_pixels: int = MOST_PIXELS
    max_side: int = 10_240
    max_aspect: float = 25.0


@dataclass(frozen=True)
class ImageFacts:
    """What the header says. `width` and `height` are of the upright image; `orientation` is EXIF's 1..8.

    `header` saves who decodes next from reading it again.
    """

    format: str
    media_type: str
    width: int
    height: int
    orientation: int
    size_bytes: int
    header: Image.Image | None = field(default=None, repr=False, compare=False)

    @property
    def has_exif_rotation(self) -> bool:
        """Whether the stored pixels are turned or mirrored before they are seen."""
        return self.orientation != UPRIGHT


def inspect(data: bytes, limits: ImageLimits) -> ImageFacts:
    """Check magic, byte size, pixels, sides and aspect without decoding a pixel.

    Raises ImageRejected. A body that is cut short passes here and is refused when it is decoded.
    """
    if len(data) > limits.max_bytes:
        raise ImageRejected("size", f"The image has {len(data)} bytes; at most {limits.max_bytes} are taken.")
    format_name, image = open_header(data)
    width, height = image.size
    if min(width, height) < 1:
        raise ImageRejected("format", "The image has no pixels.")
    if max(width, height) > limits.max_side:
        raise ImageRejected("dimensions", f"{width} x {height}: a side has at most {limits.max_side} pixels.")
    if width * height > limits.max_pixels:
        raise ImageRejected("dimensions", f"{width} x {height}: at most {limits.max_pixels} pixels are taken.")
    if max(width, height) > limits.max_aspect * min(width, height):
        raise ImageRejected("aspect", f"{width} x {height}: one side is over {limits.max_aspect:g} times the other.")
    check_cost(format_name, image, data)
    orientation = read_orientation(format_name, image, data)
    if orientation in SWAPPED_SIDES:
        width, height = height, width
    return ImageFacts(
        format=format_name,
        media_type=MEDIA_TYPES[format_name],
        width=width,
        height=height,
        orientation=orientation,
        size_bytes=len(data),
        header=image,
    )
