"""What decoding will take, told by the header: a small file must not cost much memory or time."""

from PIL import Image, JpegImagePlugin

from portal.imaging.rejection import ImageRejected

# With the copies that are made then, a process stays below 300 MB. A JPEG that is decoded by DCT scale takes less.
MOST_DECODED_BYTES = 160 * 1024 * 1024
# libwebp holds two canvases, Pillow two copies of one, and a lossless file's decoder one of its own.
WEBP_BYTES_PER_PIXEL = 13
BYTES_PER_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}  # four in all other modes
# A progressive JPEG has about ten scans; each further one makes the decoder walk over all pixels again.
MOST_JPEG_SCANS = 100
MOST_SCANNED_PIXELS = 1024 * 1024 * 1024
COEFFICIENT_BYTES = 2
# Pillow unpacks run lengths in Python, pixel by pixel.
BMP_RUN_LENGTHS = (1, 2)
MOST_RUN_LENGTH_PIXELS = 4 * 1024 * 1024


def check_cost(format_name: str, image: Image.Image, data: bytes) -> None:
    """Raises ImageRejected `dimensions` or `format` for an image that takes too much to decode."""
    pixels = image.width * image.height
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        if not _has_one_scan(image, data):
            _check_scans(image, data)
        return
    if format_name == "BMP" and image.info.get("compression") in BMP_RUN_LENGTHS and pixels > MOST_RUN_LENGTH_PIXELS:
        raise ImageRejected("dimensions", f"A BMP with run lengths has at most {MOST_RUN_LENGTH_PIXELS} pixels.")
    per_pixel = WEBP_BYTES_PER_PIXEL if format_name == "WEBP" else BYTES_PER_PIXEL.get(image.mode, 4)
    if pixels * per_pixel > MOST_DECODED_BYTES:
        raise ImageRejected(
            "dimensions", f"A {format_name} of this kind has at most {MOST_DECODED_BYTES // per_pixel} pixels."
        )


def decoded_bytes(image: Image.Image) -> int:
    """What the pixels take once they are decoded in full."""
    return image.width * image.height * BYTES_PER_PIXEL.get(image.mode, 4)


def _check_scans(image: JpegImagePlugin.JpegImageFile, data: bytes) -> None:
    pixels = image.width * image.height
    scans = data.count(b"\xff\xda")
    if scans > MOST_JPEG_SCANS or scans * pixels > MOST_SCANNED_PIXELS:
        raise ImageRejected("format", f"The JPEG has {scans} scans: too many for its size.")
    samples = [(across * down) for _, across, down, _ in image.layer]
    widest = max((across for _, across, _, _ in image.layer), default=1)
    highest = max((down for _, _, down, _ in image.layer), default=1)
    # All coefficients are kept until the last scan.
    if pixels * sum(samples) * COEFFICIENT_BYTES > MOST_DECODED_BYTES * widest * highest:
        raise ImageRejected("dimensions", f"{image.width} x {image.height} is too large for a progressive JPEG.")


def _has_one_scan(image: JpegImagePlugin.JpegImageFile, data: bytes) -> bool:
    """Whether the first scan of a sequential JPEG holds all components: decoders then stop behind it."""
    if image.info.get("progressive"):
        return False
    # Pillow has read up to the end of the first scan's header: marker, length, count, two bytes a component, three.
    start = image.fp.tell() - 8 - 2 * image.layers if image.fp is not None else -1
    return start >= 0 and data[start : start + 2] == b"\xff\xda" and data[start + 4] == image.layers
