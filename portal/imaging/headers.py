"""What the first bytes of an image say."""

import struct
import warnings
from collections.abc import Iterator

from PIL import ExifTags, Image, UnidentifiedImageError

from portal.imaging.rejection import ImageRejected
from portal.imaging.source import SourceBytes

MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "BMP": "image/bmp",
    "GIF": "image/gif",
    "WEBP": "image/webp",
}

# No image above this is ever decoded, whatever limits a caller set. What decoding takes decides too: see cost.py.
MOST_PIXELS = 64 * 1024 * 1024

# Ours is checked before any decode; Pillow's own would only add a warning on standard error.
Image.MAX_IMAGE_PIXELS = None
# Nor does standard error hear of every odd block in a stranger's file.
warnings.filterwarnings("ignore", module=r"PIL\.")

UPRIGHT = 1
ORIENTATIONS = range(1, 9)
SWAPPED_SIDES = (5, 6, 7, 8)
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def sniff(data: bytes) -> str | None:
    """The format that the magic bytes name, one of `MEDIA_TYPES`, or None."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(PNG_SIGNATURE):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith(b"BM"):
        return "BMP"
    return None


def open_header(data: bytes) -> tuple[str, Image.Image]:
    """The format and an image whose header is read and whose pixels are not.

    Raises ImageRejected `format` for anything but the five formats and `dimensions` above `MOST_PIXELS`.
    """
    format_name = sniff(data)
    if format_name is None:
        raise ImageRejected("format", "This is not a JPEG, PNG, BMP, GIF or WebP image.")
    try:
        image = Image.open(SourceBytes(data), formats=[format_name])
    except UnidentifiedImageError as error:
        raise ImageRejected("format", f"The {format_name} header cannot be read.") from error
    except Exception as error:  # hostile headers make Pillow's parsers raise nearly anything
        raise ImageRejected("format", f"The {format_name} header is damaged.") from error
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise ImageRejected("dimensions", f"{width} x {height} is more than {MOST_PIXELS} pixels.")
    return format_name, image


def read_orientation(format_name: str, image: Image.Image, data: bytes) -> int:
    """EXIF orientation 1..8; 1 when there is none or it makes no sense. Decodes no pixel."""
    if format_name == "PNG":
        # Pillow would decode the whole picture to look for a late eXIf chunk.
        exif_bytes = next((chunk for name, chunk in _png_chunks(data) if name == b"eXIf"), None)
    else:
        exif_bytes = image.info.get("exif")
    if not isinstance(exif_bytes, bytes) or not exif_bytes:
        return UPRIGHT
    exif = Image.Exif()
    try:
        exif.load(exif_bytes)
        orientation = exif.get(ExifTags.Base.Orientation, UPRIGHT)
    except Exception:  # damaged EXIF is common and harms nothing: the picture is as it is stored
        return UPRIGHT
    return orientation if isinstance(orientation, int) and orientation in ORIENTATIONS else UPRIGHT


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(PNG_SIGNATURE)
    while position + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        yield data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        position += length + 12
