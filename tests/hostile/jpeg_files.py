"""JPEG files as cameras, editors and attackers write them."""

import struct

from PIL import Image, ImageCms

from tests.hostile.odd_file import OddFile, encode, exif, quadrants, stored_for

SIZE = (480, 320)


def jpeg(image: Image.Image | None = None, **options: object) -> bytes:
    return encode(image or quadrants(*SIZE), "JPEG", **({"quality": 95} | options))


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segments(*segments: bytes, image: Image.Image | None = None) -> bytes:
    """A JPEG with these behind its first marker."""
    data = jpeg(image)
    return data[:2] + b"".join(segments) + data[2:]


def turned(orientation: int, order: str = "MM", type: int = 3) -> bytes:
    block = segment(0xE1, b"Exif\0\0" + exif(orientation, order, type))
    return with_segments(block, image=stored_for(orientation, quadrants(*SIZE)))


def with_header(width: int, height: int, bits: int = 8, marker: int = 0xC0) -> bytes:
    """The frame header says this, whatever the scan holds."""
    data = bytearray(jpeg())
    at = data.index(b"\xff\xc0")
    data[at : at + 9] = struct.pack(">BBHBHH", 0xFF, marker, 17, bits, height, width)
    return bytes(data)


def profile(*pieces: tuple[int, int, bytes]) -> bytes:
    return with_segments(*(segment(0xE2, b"ICC_PROFILE\0" + bytes((at, of)) + body) for at, of, body in pieces))


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def lab() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:Description tiff:Orientation='6'/></x:xmpmeta>"
DEEP_XMP = b"http://ns.adobe.com/xap/1.0/\0" + b"<a>" * 20_000
MPF = b"MPF\0MM\0*\0\0\0\x08" + b"\0\x03" + b"\xb0\x01\0\x04\0\0\0\x01\xff\xff\xff\xff" * 3
# The second directory is the first again.
LOOP = b"Exif\0\0" + exif(1, following=8)
FAR = b"Exif\0\0MM\0*\xff\xff\xff\xf0" + b"\x12" * 20
MANY = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12\0\x03\xff\xff\xff\xff\0\x06\0\0" * 5000

FILES = [
    *(OddFile(f"jpeg turned {n} {order}", lambda n=n, order=order: turned(n, order), "upright")  # type: ignore[misc]
      for n in range(1, 9) for order in ("MM", "II")),
    *(OddFile(f"jpeg turned {n}, which makes no sense", lambda n=n: turned(n), "upright") for n in (0, 9, 65_535)),  # type: ignore[misc]
    OddFile("jpeg turned as a text", lambda: turned(1, type=2), "upright"),
    OddFile("jpeg turned by xmp alone", lambda: with_segments(segment(0xE1, XMP)), "upright"),
    OddFile("jpeg xmp of tags in tags", lambda: with_segments(segment(0xE1, DEEP_XMP)), "upright"),
    OddFile("jpeg exif that goes round", lambda: with_segments(segment(0xE1, LOOP)), "upright"),
    OddFile("jpeg exif beyond the end", lambda: with_segments(segment(0xE1, FAR)), "upright"),
    OddFile("jpeg exif of 65,535 entries", lambda: with_segments(segment(0xE1, MANY)), "upright"),
    OddFile("jpeg exif of 5 MB", lambda: with_segments(*[segment(0xE1, b"Exif\0\0" + bytes(65_000))] * 80), "upright"),
    OddFile("jpeg mpf of nonsense", lambda: with_segments(segment(0xE2, MPF)), "upright"),
    OddFile("jpeg 4:4:4", lambda: jpeg(subsampling=0), "upright"),
    OddFile("jpeg 4:2:2", lambda: jpeg(subsampling=1), "upright"),
    OddFile("jpeg worst quality", lambda: jpeg(quality=1), "taken"),
    OddFile("jpeg progressive", lambda: jpeg(progressive=True), "upright"),
    OddFile("jpeg gray", lambda: jpeg(quadrants(*SIZE).convert("L")), "gray"),
    OddFile("jpeg gray progressive", lambda: jpeg(quadrants(*SIZE).convert("L"), progressive=True), "gray"),
    OddFile("jpeg cmyk", lambda: jpeg(quadrants(*SIZE).convert("CMYK")), "upright"),
    OddFile("jpeg cmyk progressive", lambda: jpeg(quadrants(*SIZE).convert("CMYK"), progressive=True), "upright"),
    OddFile("jpeg with restart markers", lambda: jpeg(restart_marker_blocks=3), "upright"),
    OddFile("jpeg profile sRGB", lambda: jpeg(icc_profile=srgb()), "upright"),
    OddFile("jpeg profile in two pieces the wrong way round",
            lambda: profile((2, 2, srgb()[300:]), (1, 2, srgb()[:300])), "upright"),
    OddFile("jpeg profile with a piece missing", lambda: profile((1, 3, srgb()[:300])), "upright"),
    OddFile("jpeg profile of nonsense", lambda: jpeg(icc_profile=b"\xff" * 500), "upright"),
    OddFile("jpeg profile of another space", lambda: jpeg(icc_profile=lab()), "upright"),
    OddFile("jpeg profile cut short", lambda: jpeg(icc_profile=srgb()[:200]), "upright"),
    OddFile("jpeg with fill bytes", lambda: with_segments(b"\xff" * 300), "upright"),
    OddFile("jpeg comment of script", lambda: with_segments(segment(0xFE, b"<script>alert(1)</script>")), "upright"),
    OddFile("jpeg and a page behind it", lambda: jpeg() + b"<html><script>alert(1)</script></html>" * 100, "upright"),
    OddFile("jpeg and an archive behind it", lambda: jpeg() + b"PK\x03\x04" + bytes(500), "upright"),
    OddFile("jpeg and another behind it", lambda: jpeg() + turned(6), "upright"),
    OddFile("jpeg behind junk", lambda: b"junk" + jpeg(), "format"),
    OddFile("jpeg cut in the middle", lambda: jpeg()[:2000], "format"),
    OddFile("jpeg cut in the header", lambda: jpeg()[:100], "format"),
    OddFile("jpeg progressive cut in the middle", lambda: jpeg(progressive=True)[:1500], "format"),
    OddFile("jpeg of its mark alone", lambda: b"\xff\xd8\xff", "format"),
    OddFile("jpeg without height", lambda: with_header(480, 0), "format"),
    OddFile("jpeg without width", lambda: with_header(0, 320), "format"),
    OddFile("jpeg of 12 bits", lambda: with_header(480, 320, 12), "format"),
    OddFile("jpeg lossless", lambda: with_header(480, 320, 8, 0xC3), "format"),
    OddFile("jpeg that says 65,535 x 65,535", lambda: with_header(65_535, 65_535), "dimensions"),
    OddFile("jpeg that says 10,240 x 409", lambda: with_header(10_240, 409), "aspect"),
    OddFile("jpeg that says 4,000 x 3,000 and holds less", lambda: with_header(4_000, 3_000), "taken"),
    OddFile("jpeg of 65,500 x 1", lambda: jpeg(Image.new("L", (65_500, 1))), "dimensions"),
    OddFile("jpeg of over 6 MB", lambda: jpeg() + bytes(6 * 1024 * 1024), "size"),
]  # fmt: skip
