"""Files that are small and become large, or keep a decoder busy."""

import struct
from collections.abc import Sequence

from PIL import Image

from tests.hostile.jpeg_files import jpeg, with_segments
from tests.hostile.odd_file import OddFile, bmp, encode, inflating_to, png
from tests.hostile.other_files import COLORS

LARGE = (8192, 8192)  # as many pixels as are ever decoded
PALETTE = (b"PLTE", bytes(range(48)))
EMPTY_CHUNK = (b"teSt", b"")


def flat_png(width: int, height: int, bits: int, color: int, before: Sequence[tuple[bytes, bytes]] = ()) -> bytes:
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    row_bytes = 1 + width * channels * bits // 8
    return png(width, height, bits=bits, color=color, before=before, data=inflating_to(row_bytes * height))


def flat(format_name: str, mode: str, size: tuple[int, int], **options: object) -> bytes:
    return encode(Image.new(mode, size), format_name, **options)


def with_scans(size: tuple[int, int], count: int) -> bytes:
    """A progressive JPEG that refines its last scan again and again."""
    data = flat("JPEG", "RGB", size, progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * count + data[-2:]


def many_profile_pieces() -> bytes:
    body = b"ICC_PROFILE\0\1\1" + bytes(65_000)
    return with_segments(*[b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body] * 85)


BOMBS = [
    OddFile("png of 60,000 x 60,000", lambda: png(60_000, 60_000, data=inflating_to(1_000_000)), "dimensions"),
    OddFile("png of 64 Mi pixels in color", lambda: flat_png(*LARGE, 8, 2), "dimensions"),
    OddFile("png of 40 Mi pixels and alpha", lambda: flat_png(8192, 5120, 8, 6), "taken"),
    OddFile("png of 24 Mi pixels, 16 bits and alpha", lambda: flat_png(6144, 4096, 16, 6), "taken"),
    OddFile("png of 64 Mi pixels, a palette and transparency",
            lambda: flat_png(*LARGE, 8, 3, [PALETTE, (b"tRNS", b"\0\x80")]), "taken"),
    OddFile("png of 64 Mi pixels of 16-bit gray", lambda: flat_png(*LARGE, 16, 0), "taken"),
    OddFile("png of 64 Mi pixels of 1 bit", lambda: flat_png(*LARGE, 1, 0), "taken"),
    OddFile("png pixel that unpacks to 100 MB", lambda: png(1, 1, data=inflating_to(100_000_000)), "taken"),
    OddFile("png texts of 60 MB",
            lambda: png(64, 64, before=[(b"zTXt", b"a\0\0" + inflating_to(2**20 - 9))] * 60), "taken"),
    OddFile("png in 480,000 pieces", lambda: png(64, 64, before=[EMPTY_CHUNK] * 480_000), "format"),
    OddFile("png with 480,000 pieces behind", lambda: png(64, 64, after=[EMPTY_CHUNK] * 480_000), "format"),
    OddFile("png in 45,000 pieces", lambda: png(64, 64, before=[EMPTY_CHUNK] * 45_000), "taken"),
    OddFile("gif of 64 Mi pixels", lambda: flat("GIF", "P", LARGE), "taken"),
    OddFile("webp of 64 Mi pixels",
            lambda: flat("WEBP", "RGB", LARGE, lossless=True, quality=0, method=0), "dimensions"),
    OddFile("webp of 12 Mi pixels and alpha",
            lambda: flat("WEBP", "RGBA", (4096, 3072), lossless=True, quality=0, method=0), "taken"),
    OddFile("jpeg of 64 Mi pixels", lambda: flat("JPEG", "RGB", LARGE), "taken"),
    OddFile("jpeg of 64 Mi pixels in CMYK", lambda: flat("JPEG", "CMYK", LARGE), "taken"),
    OddFile("jpeg of 64 Mi pixels, cut", lambda: flat("JPEG", "RGB", LARGE)[:-9000] + b"\xff\xd9", "taken"),
    OddFile("progressive jpeg of 64 Mi pixels", lambda: flat("JPEG", "RGB", LARGE, progressive=True), "dimensions"),
    OddFile("progressive jpeg of 48 Mi pixels", lambda: flat("JPEG", "RGB", (8192, 6144), progressive=True), "taken"),
    OddFile("progressive jpeg of 64 Mi pixels, 90 scans", lambda: with_scans(LARGE, 80), "format"),
    OddFile("progressive jpeg of 12 Mi pixels, 80 scans", lambda: with_scans((4096, 3072), 70), "taken"),
    OddFile("jpeg in a million pieces", lambda: with_segments(b"\xff\xe5\x00\x02" * 1_500_000), "format"),
    OddFile("jpeg of 5.9 MB fill bytes", lambda: with_segments(b"\xff" * 5_900_000), "format"),
    OddFile("jpeg of 5.9 MB junk", lambda: with_segments(b"\0" * 5_900_000), "format"),
    OddFile("jpeg profile of 85 pieces, all the first", many_profile_pieces, "taken"),
    OddFile("bmp of 64 Mi pixels", lambda: bmp(*LARGE, b"", bits=8, palette=COLORS), "format"),
    OddFile("bmp of run lengths, 64 Mi pixels",
            lambda: bmp(*LARGE, b"\1\0\0\0" * 8192, bits=8, compression=1, palette=COLORS), "dimensions"),
    OddFile("bmp of 4-bit run lengths, 64 Mi pixels",
            lambda: bmp(*LARGE, b"\xff\0" * 300_000, bits=4, compression=2, palette=COLORS), "dimensions"),
    OddFile("bmp of run lengths, 4 Mi pixels in empty rows",
            lambda: bmp(2048, 2048, b"\1\0\0\0" * 2048, bits=8, compression=1, palette=COLORS), "taken"),
    OddFile("bmp of run lengths that go nowhere",
            lambda: bmp(2048, 2048, b"\0\2\0\0" * 1_400_000, bits=8, compression=1, palette=COLORS), "format"),
    OddFile("jpeg with 80 jpegs within",
            lambda: with_segments(*[b"\xff\xe1\xff\xff" + (b"Exif\0\0" + jpeg()).ljust(65_533, b"\0")] * 80), "taken"),
]  # fmt: skip
