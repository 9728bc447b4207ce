"""BMP, GIF and WebP files, and what is no image that Sightline takes."""

import io
import struct
import zipfile

import numpy as np
from PIL import Image

from tests.hostile.jpeg_files import jpeg
from tests.hostile.odd_file import BLUE, GREEN, RED, YELLOW, OddFile, bmp, encode, exif, quadrants, stored_for

WIDTH, HEIGHT = 96, 64
COLORS = (RED, GREEN, BLUE, YELLOW)


def numbers() -> np.ndarray:
    """Each pixel as a number of COLORS, from the bottom row up as a BMP has them."""
    found = np.zeros((HEIGHT, WIDTH), np.uint8)
    found[:32, 48:], found[32:, :48], found[32:, 48:] = 1, 2, 3
    return found[::-1]


def packed(bits: int) -> bytes:
    spread = np.unpackbits(numbers()[..., None], axis=2)[..., 8 - bits :]
    return np.packbits(spread.reshape(HEIGHT, -1), axis=1).tobytes()


def run_lengths() -> bytes:
    rows = (b"".join(bytes((48, row[start])) for start in (0, 48)) + b"\0\0" for row in numbers())
    return b"".join(rows) + b"\0\1"


def bgr() -> bytes:
    return np.asarray(quadrants(WIDTH, HEIGHT))[::-1, :, ::-1].tobytes()


def bgr_565() -> bytes:
    red, green, blue = (np.asarray(quadrants(WIDTH, HEIGHT))[::-1, :, channel].astype("<u2") for channel in range(3))
    return ((red >> 3 << 11) | (green >> 2 << 5) | (blue >> 3)).astype("<u2").tobytes()


def gif(**options: object) -> bytes:
    return encode(quadrants(WIDTH, HEIGHT).quantize(8), "GIF", **({"interlace": 0} | options))


def moving(format_name: str) -> bytes:
    others = [Image.new("RGB", (WIDTH, HEIGHT), color) for color in ("black", "white")]
    return encode(quadrants(WIDTH, HEIGHT), format_name, save_all=True, append_images=others, duration=100)


def gif_head(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)


def gif_frame(left: int, top: int, width: int, height: int) -> bytes:
    return b"," + struct.pack("<HHHHB", left, top, width, height, 0) + b"\x02\x02\x44\x01\x00"


def webp(image: Image.Image | None = None, **options: object) -> bytes:
    return encode(image or quadrants(WIDTH, HEIGHT), "WEBP", **({"quality": 95} | options))


def webp_alpha() -> bytes:
    image = quadrants(WIDTH, HEIGHT)
    image.putalpha(255)
    image.putpixel((0, 0), (0, 0, 0, 0))
    return webp(image, lossless=True)


def webp_saying(width: int, height: int) -> bytes:
    """A lossless WebP's header, and nothing behind it."""
    size = struct.pack("<I", (width - 1) | ((height - 1) << 14))
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8L" + struct.pack("<I", 10) + b"\x2f" + size + bytes(5)


def tiff() -> bytes:
    return encode(quadrants(), "TIFF", save_all=True, append_images=[quadrants()])


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("a.jpg", jpeg())
    return file.getvalue()


HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)" width="9" height="9"/>'
ENTITIES = b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg>&b;</svg>'
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
MASKS_565 = struct.pack("<III", 0xF800, 0x07E0, 0x001F)

FILES = [
    OddFile("bmp of 24 bits", lambda: bmp(WIDTH, HEIGHT, bgr()), "upright"),
    OddFile("bmp from the top down", lambda: encode(quadrants(WIDTH, HEIGHT), "BMP"), "upright"),
    OddFile("bmp of negative height", lambda: bmp(WIDTH, -HEIGHT, np.asarray(quadrants(WIDTH, HEIGHT))[..., ::-1]
                                                  .tobytes()), "upright"),
    OddFile("bmp of OS/2", lambda: bmp(WIDTH, HEIGHT, bgr(), header_bytes=12), "upright"),
    OddFile("bmp of version 4", lambda: bmp(WIDTH, HEIGHT, bgr(), header_bytes=108), "upright"),
    OddFile("bmp of version 5", lambda: bmp(WIDTH, HEIGHT, bgr(), header_bytes=124), "upright"),
    OddFile("bmp of 16 bits",
            lambda: bmp(WIDTH, HEIGHT, bgr_565(), bits=16, compression=3, masks=MASKS_565), "upright"),
    OddFile("bmp of 32 bits", lambda: encode(quadrants(WIDTH, HEIGHT).convert("RGBA"), "BMP"), "upright"),
    OddFile("bmp of 1 bit", lambda: bmp(WIDTH, HEIGHT, b"\x0f" * 12 * HEIGHT, bits=1, palette=COLORS[:2]), "taken"),
    *(OddFile(f"bmp of {bits} bits and a palette",
              lambda bits=bits: bmp(WIDTH, HEIGHT, packed(bits), bits=bits, palette=COLORS), "upright")  # type: ignore[misc]
      for bits in (4, 8)),
    OddFile("bmp of run lengths", lambda: bmp(WIDTH, HEIGHT, run_lengths(), bits=8, compression=1, palette=COLORS),
            "upright"),
    OddFile("bmp of an unknown compression", lambda: bmp(WIDTH, HEIGHT, bgr(), compression=9), "format"),
    OddFile("bmp that holds a jpeg", lambda: bmp(WIDTH, HEIGHT, jpeg(), bits=0, compression=4), "format"),
    OddFile("bmp of negative width", lambda: bmp(-WIDTH, HEIGHT, bgr()), "dimensions"),
    OddFile("bmp of the lowest height there is", lambda: bmp(WIDTH, -(2**31), bgr()), "dimensions"),
    OddFile("bmp of 30,000 x 30,000", lambda: bmp(30_000, 30_000, bgr()), "dimensions"),
    OddFile("bmp without height", lambda: bmp(WIDTH, 0, b""), "format"),
    OddFile("bmp of 7 bits", lambda: bmp(WIDTH, HEIGHT, bgr(), bits=7), "format"),
    OddFile("bmp cut in the middle", lambda: bmp(WIDTH, HEIGHT, bgr())[:3000], "format"),
    OddFile("gif", gif, "upright"),
    OddFile("gif interlaced", lambda: gif(interlace=1), "upright"),
    OddFile("gif of 1989", lambda: b"GIF89a" + gif()[6:], "upright"),
    OddFile("gif with a comment", lambda: gif(comment=HTML * 50), "upright"),
    OddFile("gif animated", lambda: moving("GIF"), "taken"),
    OddFile("gif and an archive behind it", lambda: gif() + archive(), "upright"),
    OddFile("gif cut in the middle", lambda: gif()[:100], "format"),
    OddFile("gif without a picture", lambda: gif_head(9, 9) + b";", "format"),
    OddFile("gif with a picture beside the screen", lambda: gif_head(9, 9) + gif_frame(9, 9, 9, 9) + b";", "format"),
    OddFile("gif with a picture far larger than the screen",
            lambda: gif_head(9, 9) + gif_frame(0, 0, 65_535, 65_535) + b";", "dimensions"),
    OddFile("gif that says 65,535 x 65,535", lambda: gif_head(65_535, 65_535) + gif_frame(0, 0, 1, 1) + b";",
            "dimensions"),
    OddFile("gif of 0 x 0", lambda: gif_head(0, 0) + gif_frame(0, 0, 0, 0) + b";", "format"),
    OddFile("webp", webp, "upright"),
    OddFile("webp lossless", lambda: webp(lossless=True), "upright"),
    OddFile("webp with alpha", webp_alpha, "upright"),
    OddFile("webp animated", lambda: moving("WEBP"), "taken"),
    OddFile("webp turned",
            lambda: webp(stored_for(6, quadrants(WIDTH, HEIGHT)), exif=b"Exif\0\0" + exif(6)), "upright"),
    OddFile("webp cut in the middle", lambda: webp()[:60], "format"),
    OddFile("webp that says 16,384 x 16,384", lambda: webp_saying(16_384, 16_384), "dimensions"),
    OddFile("webp that says 10,000 x 2,000", lambda: webp_saying(10_000, 2_000), "dimensions"),
    OddFile("webp without content", lambda: webp_saying(9, 9), "format"),
    OddFile("tiff of two pages", tiff, "format"),
    OddFile("avif", lambda: encode(quadrants(), "AVIF"), "format"),
    OddFile("jpeg 2000", lambda: encode(quadrants(), "JPEG2000"), "format"),
    OddFile("heic", lambda: HEIC, "format"),
    OddFile("icon", lambda: encode(quadrants(64, 64), "ICO"), "format"),
    OddFile("ppm", lambda: encode(quadrants(), "PPM"), "format"),
    OddFile("svg", lambda: SVG, "format"),
    OddFile("svg of entities", lambda: ENTITIES, "format"),
    OddFile("page", lambda: HTML, "format"),
    OddFile("page that begins as a gif", lambda: b"GIF89a" + HTML, "format"),
    OddFile("page that begins as a bmp", lambda: b"BM" + HTML, "format"),
    OddFile("page that begins as a jpeg", lambda: b"\xff\xd8\xff" + HTML, "format"),
    OddFile("page that begins as a webp", lambda: b"RIFF" + b"\x30\0\0\0WEBPVP8 " + HTML, "format"),
    OddFile("pdf", lambda: b"%PDF-1.7\n" + jpeg(), "format"),
    OddFile("archive", archive, "format"),
    OddFile("program", lambda: b"\x7fELF\x02\x01\x01" + bytes(300), "format"),
    OddFile("one byte", lambda: b"\xff", "format"),
    OddFile("zeros", lambda: bytes(100_000), "format"),
    OddFile("text", lambda: b"an image", "format"),
]  # fmt: skip
