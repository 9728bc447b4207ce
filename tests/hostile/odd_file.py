"""A file that somebody may send, and what has to become of it."""

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PIL import Image

# `upright`: taken, and seen as `quadrants` are; `gray`: so too, without colors; `taken`: its look is not asked.
Verdict = Literal["upright", "gray", "taken", "format", "size", "dimensions", "aspect"]
TAKEN: Sequence[Verdict] = ("upright", "gray", "taken")
RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 180, 40), (40, 60, 220), (230, 210, 30)
Chunk = tuple[bytes, bytes]


@dataclass(frozen=True)
class OddFile:
    """One file, made when it is needed."""

    name: str
    make: Callable[[], bytes]
    verdict: Verdict

    def __str__(self) -> str:
        return self.name


def quadrants(width: int = 96, height: int = 64) -> Image.Image:
    """Red top left, green top right, blue bottom left, yellow bottom right: no orientation looks like another."""
    image = Image.new("RGB", (width, height), YELLOW)
    for color, corner in ((RED, (0, 0)), (GREEN, (width // 2, 0)), (BLUE, (0, height // 2))):
        image.paste(color, (*corner, corner[0] + width // 2, corner[1] + height // 2))
    return image


def encode(image: Image.Image, format_name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def stored_for(orientation: int, image: Image.Image) -> Image.Image:
    """The pixels that EXIF's orientation turns into this image."""
    turn = Image.Transpose
    turns = {
        2: turn.FLIP_LEFT_RIGHT,
        3: turn.ROTATE_180,
        4: turn.FLIP_TOP_BOTTOM,
        5: turn.TRANSPOSE,
        6: turn.ROTATE_90,
        7: turn.TRANSVERSE,
        8: turn.ROTATE_270,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def exif(orientation: int, order: str = "MM", type: int = 3, following: int = 0) -> bytes:
    """A TIFF block with one entry; `following` is where it says that the next directory is."""
    mark = ">" if order == "MM" else "<"
    value = struct.pack(f"{mark}HH", orientation, 0) if type == 3 else struct.pack(f"{mark}I", orientation)
    return (
        order.encode()
        + struct.pack(f"{mark}HIHHHI", 42, 8, 1, 0x0112, type, 1)
        + value
        + struct.pack(f"{mark}I", following)
    )


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int,
    height: int,
    rows: bytes | None = None,
    *,
    bits: int = 8,
    color: int = 2,
    before: Sequence[Chunk] = (),
    after: Sequence[Chunk] = (),
    data: bytes | None = None,
    interlace: int = 0,
) -> bytes:
    """A PNG from its parts: `rows` are packed and get filter 0; `data` is IDAT's content as it is."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(color, 1)
    row_bytes = (width * channels * bits + 7) // 8
    if data is None:
        rows = bytes(row_bytes * height) if rows is None else rows
        filtered = b"".join(b"\0" + rows[at : at + row_bytes] for at in range(0, len(rows), row_bytes))
        data = zlib.compress(filtered)
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, interlace)
    parts = [(b"IHDR", header), *before, (b"IDAT", data), *after, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def inflating_to(size: int) -> bytes:
    """zlib data that unpacks to so many zeros."""
    packer, zeros = zlib.compressobj(9), bytes(1024 * 1024)
    parts = [packer.compress(zeros[: min(len(zeros), size - done)]) for done in range(0, size, len(zeros))]
    return b"".join(parts) + packer.flush()


def bmp(
    width: int,
    height: int,
    data: bytes,
    *,
    bits: int = 24,
    compression: int = 0,
    header_bytes: int = 40,
    palette: Sequence[tuple[int, int, int]] = (),
    masks: bytes = b"",
) -> bytes:
    """A BMP from its parts."""
    colors = b"".join(bytes((blue, green, red, 0)) for red, green, blue in palette)
    rest = struct.pack("<iiHHIIiiII", width, height, 1, bits, compression, len(data), 0, 0, len(palette), 0)
    if header_bytes == 12:
        rest = struct.pack("<HHHH", width, height, 1, bits)
        colors = b"".join(bytes((blue, green, red)) for red, green, blue in palette)
    head = struct.pack("<I", header_bytes) + (rest + masks).ljust(header_bytes - 4, b"\0")
    if header_bytes == 40:
        head += masks
    start = 14 + len(head) + len(colors)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + head + colors + data
