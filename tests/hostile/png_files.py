"""PNG files of every kind that the format knows, and of some that it does not."""

import struct
import zlib

import numpy as np
from PIL import Image

from tests.hostile.jpeg_files import srgb
from tests.hostile.odd_file import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    OddFile,
    chunk,
    encode,
    exif,
    inflating_to,
    png,
    quadrants,
    stored_for,
)

WIDTH, HEIGHT = 96, 64
PALETTE = (b"PLTE", bytes(RED + GREEN + BLUE + YELLOW))
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def whole(**options: object) -> bytes:
    return encode(quadrants(WIDTH, HEIGHT), "PNG", **options)


def rgb_rows() -> bytes:
    return quadrants(WIDTH, HEIGHT).tobytes()


def indexed(bits: int, *before: tuple[bytes, bytes]) -> bytes:
    """The four colors as numbers of so many bits."""
    numbers = np.zeros((HEIGHT, WIDTH), np.uint8)
    numbers[:32, 48:], numbers[32:, :48], numbers[32:, 48:] = 1, 2, 3
    spread = np.unpackbits(numbers[..., None], axis=2)[..., 8 - bits :]
    rows = np.packbits(spread.reshape(HEIGHT, -1), axis=1).tobytes()
    return png(WIDTH, HEIGHT, rows, bits=bits, color=3, before=before)


def gray(bits: int, *, has_alpha: bool = False, before: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    """Gray levels of the four colors in 8 or 16 bits."""
    levels = np.asarray(quadrants(WIDTH, HEIGHT).convert("L")).astype(np.uint32)
    if bits == 16:
        levels *= 257
    planes = [levels, np.full_like(levels, 2**bits - 1)] if has_alpha else [levels]
    rows = np.stack(planes, axis=-1).astype(">u2" if bits == 16 else np.uint8)
    return png(WIDTH, HEIGHT, rows.tobytes(), bits=bits, color=4 if has_alpha else 0, before=before)


def few_grays(bits: int) -> bytes:
    return png(WIDTH, HEIGHT, b"\x5a" * (WIDTH * bits // 8 * HEIGHT), bits=bits, color=0)


def color_16(*, has_alpha: bool = False) -> bytes:
    levels = np.asarray(quadrants(WIDTH, HEIGHT)).astype(np.uint32) * 257
    if has_alpha:
        levels = np.concatenate([levels, np.full((HEIGHT, WIDTH, 1), 65_535, np.uint32)], axis=-1)
    return png(WIDTH, HEIGHT, levels.astype(">u2").tobytes(), bits=16, color=6 if has_alpha else 2)


def interlaced() -> bytes:
    pixels = np.asarray(quadrants(WIDTH, HEIGHT))
    passes = (pixels[top::down, left::across] for left, top, across, down in ADAM7)
    data = b"".join(b"\0" + row.tobytes() for rows in passes for row in rows)
    return png(WIDTH, HEIGHT, data=zlib.compress(data), interlace=1)


def spoiled(name: bytes) -> bytes:
    """A chunk's check sum is wrong."""
    data = bytearray(whole())
    at = data.index(name)
    (length,) = struct.unpack_from(">I", data, at - 4)
    data[at + 4 + length] ^= 0xFF
    return bytes(data)


def without(name: bytes) -> bytes:
    data = whole()
    at = data.index(name)
    (length,) = struct.unpack_from(">I", data, at - 4)
    return data[: at - 4] + data[at + 8 + length :]


def turned(orientation: int, *, is_late: bool) -> bytes:
    stored = stored_for(orientation, quadrants(WIDTH, HEIGHT))
    block = [(b"eXIf", exif(orientation))]
    return png(*stored.size, stored.tobytes(), before=[] if is_late else block, after=block if is_late else [])


def animated() -> bytes:
    frames = [Image.new("RGB", (WIDTH, HEIGHT), color) for color in ("black", "white")]
    return encode(quadrants(WIDTH, HEIGHT), "PNG", save_all=True, append_images=frames)


def see_through(mode: str) -> bytes:
    """Half of it is not there at all, and the other half is white."""
    image = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    image.paste(quadrants(WIDTH, HEIGHT))
    return encode(image.convert(mode), "PNG")


def text(size: int, count: int = 1) -> bytes:
    block = (b"zTXt", b"Comment\0\0" + inflating_to(size))
    return png(WIDTH, HEIGHT, rgb_rows(), before=[block] * count)


FILES = [
    *(OddFile(f"png palette of {bits} bits", lambda bits=bits: indexed(bits, PALETTE), "upright")  # type: ignore[misc]
      for bits in (2, 4, 8)),
    OddFile("png palette of 1 bit", lambda: png(WIDTH, HEIGHT, b"\x0f" * 12 * HEIGHT, bits=1, color=3,
                                                before=[PALETTE]), "taken"),
    OddFile("png palette half transparent", lambda: indexed(8, PALETTE, (b"tRNS", b"\xff\xff\xff\x00")), "taken"),
    OddFile("png palette with more transparency than colors", lambda: indexed(8, PALETTE, (b"tRNS", b"\xff" * 256)),
            "upright"),
    OddFile("png palette missing", lambda: indexed(8), "format"),
    OddFile("png palette shorter than its numbers", lambda: indexed(8, (b"PLTE", bytes(RED))), "taken"),
    *(OddFile(f"png gray of {bits} bits", lambda bits=bits: few_grays(bits), "taken") for bits in (1, 2, 4)),  # type: ignore[misc]
    OddFile("png gray of 8 bits", lambda: gray(8), "gray"),
    OddFile("png gray of 16 bits", lambda: gray(16), "gray"),
    OddFile("png gray of 16 bits with a transparent level",
            lambda: gray(16, before=((b"tRNS", b"\x12\x34"),)), "gray"),
    OddFile("png gray of 8 bits with alpha", lambda: gray(8, has_alpha=True), "gray"),
    OddFile("png gray of 16 bits with alpha", lambda: gray(16, has_alpha=True), "gray"),
    OddFile("png of 16 bits", color_16, "upright"),
    OddFile("png of 16 bits with alpha", lambda: color_16(has_alpha=True), "upright"),
    OddFile("png with alpha", lambda: see_through("RGBA"), "upright"),
    OddFile("png gray with alpha", lambda: see_through("LA"), "gray"),
    OddFile("png with a transparent color",
            lambda: png(WIDTH, HEIGHT, rgb_rows(), before=[(b"tRNS", bytes(6))]), "upright"),
    OddFile("png interlaced", interlaced, "upright"),
    OddFile("png animated", animated, "upright"),
    OddFile("png turned by an early block", lambda: turned(6, is_late=False), "upright"),
    OddFile("png turned by a late block", lambda: turned(8, is_late=True), "upright"),
    OddFile("png exif of 5 MB", lambda: png(WIDTH, HEIGHT, rgb_rows(), before=[(b"eXIf", b"MM\0*" + bytes(5_000_000))]),
            "upright"),
    OddFile("png profile sRGB", lambda: whole(icc_profile=srgb()), "upright"),
    OddFile("png profile of nonsense", lambda: whole(icc_profile=b"nonsense" * 40), "upright"),
    OddFile("png profile that is not packed",
            lambda: png(WIDTH, HEIGHT, rgb_rows(), before=[(b"iCCP", b"a\0\0nonsense")]), "upright"),
    OddFile("png profile that unpacks to 100 MB",
            lambda: png(WIDTH, HEIGHT, rgb_rows(), before=[(b"iCCP", b"a\0\0" + inflating_to(100_000_000))]), "format"),
    OddFile("png text of 1 kB", lambda: text(1000), "upright"),
    OddFile("png text that unpacks to 100 MB", lambda: text(100_000_000), "format"),
    OddFile("png text that unpacks to 80 times 1 MB", lambda: text(1_000_000, 80), "format"),
    OddFile("png odd gamma", lambda: png(WIDTH, HEIGHT, rgb_rows(), before=[(b"gAMA", b"\xff" * 4)]), "upright"),
    OddFile("png with an unknown chunk", lambda: png(WIDTH, HEIGHT, rgb_rows(), before=[(b"abCd", b"x" * 99)]),
            "upright"),
    OddFile("png and an archive behind it", lambda: whole() + b"PK\x03\x04" + bytes(100), "upright"),
    OddFile("png pixels that unpack to more than there are",
            lambda: png(WIDTH, HEIGHT, data=zlib.compress(bytes(5_000_000))), "taken"),
    OddFile("png header spoiled", lambda: spoiled(b"IHDR"), "format"),
    OddFile("png check sum of the pixels spoiled", lambda: spoiled(b"IDAT"), "upright"),
    OddFile("png without pixels", lambda: without(b"IDAT"), "format"),
    OddFile("png without a header", lambda: without(b"IHDR"), "format"),
    OddFile("png cut in the middle", lambda: whole()[:120], "format"),
    OddFile("png of its mark alone", lambda: b"\x89PNG\r\n\x1a\n", "format"),
    OddFile("png two headers", lambda: png(60_000, 60_000, data=b"",
                                           before=[(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0))]), "format"),
    OddFile("png without width", lambda: png(0, 64, data=b""), "format"),
    OddFile("png of color type 5", lambda: png(WIDTH, HEIGHT, color=5, data=b""), "format"),
    OddFile("png of 3 bits", lambda: png(WIDTH, HEIGHT, bits=3, data=b""), "format"),
    OddFile("png with Apple's mark", lambda: whole()[:8] + chunk(b"CgBI", bytes(4)) + whole()[8:], "upright"),
    OddFile("png of 1 x 1", lambda: png(1, 1, bytes(RED)), "taken"),
    OddFile("png of 25 x 1", lambda: png(25, 1), "taken"),
    OddFile("png of 26 x 1", lambda: png(26, 1), "aspect"),
    OddFile("png of 1 x 26", lambda: png(1, 26), "aspect"),
    OddFile("png of 65,535 x 1", lambda: png(65_535, 1), "dimensions"),
    OddFile("png of 10,241 x 500", lambda: png(10_241, 500, bits=1, color=0), "dimensions"),
    OddFile("png of 10,240 x 410", lambda: png(10_240, 410, bits=1, color=0), "taken"),
    OddFile("png that says 2,147,483,647 x 2,147,483,647", lambda: png(2**31 - 1, 2**31 - 1, data=b""), "dimensions"),
    OddFile("png that says 4,294,967,295 x 1", lambda: png(2**32 - 1, 1, data=b""), "dimensions"),
]  # fmt: skip
