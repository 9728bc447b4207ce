"""Every trap a file can set: format, orientation, color, size."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from portal.imaging import (
    ImageLimits,
    ImageRejected,
    decode_for_model,
    decode_upright,
    inspect,
    make_copies,
)

LIMITS = ImageLimits(max_bytes=6 * 1024 * 1024)
RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 180, 40), (40, 60, 220), (230, 210, 30)


def quadrants(width: int = 96, height: int = 64) -> Image.Image:
    """Red top left, green top right, blue bottom left, yellow bottom right: no orientation looks like another."""
    image = Image.new("RGB", (width, height))
    half = (width // 2, height // 2)
    for color, corner in ((RED, (0, 0)), (GREEN, (half[0], 0)), (BLUE, (0, half[1])), (YELLOW, half)):
        image.paste(color, (*corner, corner[0] + half[0], corner[1] + half[1]))
    return image


def encode(image: Image.Image, format_name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def corners(pixels: np.ndarray) -> list[tuple[int, int, int]]:
    height, width = pixels.shape[:2]
    return [
        tuple(int(level) for level in pixels[y, x])
        for y in (height // 4, height * 3 // 4)
        for x in (width // 4, width * 3 // 4)
    ]


def assert_close(found: list[tuple[int, int, int]], wanted: list[tuple[int, int, int]], tolerance: int = 6) -> None:
    assert np.abs(np.array(found) - np.array(wanted)).max() <= tolerance, (found, wanted)


UPRIGHT_CORNERS = [RED, GREEN, BLUE, YELLOW]
STORED_AS = {
    1: lambda image: image,
    2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
    4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
    6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
    7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
    8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
}


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_seen_upright(format_name: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(STORED_AS[orientation](quadrants(480, 320)), format_name, exif=exif, quality=95)

    facts = inspect(data, LIMITS)
    assert (facts.width, facts.height, facts.orientation) == (480, 320, orientation)
    assert facts.has_exif_rotation is (orientation != 1)
    assert decode_upright(data).size == (480, 320)
    assert_close(corners(np.asarray(decode_upright(data))), UPRIGHT_CORNERS)
    assert_close(corners(decode_for_model(data, 32)), UPRIGHT_CORNERS)
    copies = make_copies(data)
    assert_close(corners(np.asarray(Image.open(io.BytesIO(copies.thumbnail_jpeg)))), UPRIGHT_CORNERS, 10)
    assert_close(corners(np.asarray(Image.open(io.BytesIO(copies.resized_jpeg)))), UPRIGHT_CORNERS, 10)
    assert Image.open(io.BytesIO(copies.resized_jpeg)).getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize(
    ("format_name", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("BMP", "image/bmp"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
    ],
)
def test_each_format_is_known_by_its_bytes(format_name: str, media_type: str) -> None:
    data = encode(quadrants(), format_name)
    facts = inspect(data, LIMITS)
    assert (facts.format, facts.media_type, facts.width, facts.height) == (format_name, media_type, 96, 64)
    assert facts.size_bytes == len(data)
    assert decode_for_model(data, 40).shape == (40, 40, 3)
    assert decode_for_model(data, 40).dtype == np.uint8
    assert_close(corners(decode_for_model(data, 40)), UPRIGHT_CORNERS, 14)


@pytest.mark.parametrize(
    "data",
    [b"", b"BM", b"hello, I am cat.jpg", b"\xff\xd8\xff", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a"],
)
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(ImageRejected) as refused:
        inspect(data, LIMITS)
    assert refused.value.reason == "format"


@pytest.mark.parametrize("format_name", ["TIFF", "ICO", "PPM", "TGA", "PCX"])
def test_other_formats_of_pillow_are_refused(format_name: str) -> None:
    for function in (lambda data: inspect(data, LIMITS), decode_upright, make_copies):
        with pytest.raises(ImageRejected) as refused:
            function(encode(quadrants(), format_name))
        assert refused.value.reason == "format"


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "BMP", "GIF", "WEBP"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_truncated_files_are_refused(format_name: str, kept: float) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8))
    data = encode(noise, format_name)
    for function in (decode_upright, make_copies, lambda cut: decode_for_model(cut, 64)):
        with pytest.raises(ImageRejected) as refused:
            function(data[: int(len(data) * kept)])
        assert refused.value.reason == "format"


def test_bytes_at_the_limit_are_taken_and_one_more_is_not() -> None:
    data = encode(quadrants(), "PNG")
    assert inspect(data, ImageLimits(max_bytes=len(data))).format == "PNG"
    with pytest.raises(ImageRejected) as refused:
        inspect(data, ImageLimits(max_bytes=len(data) - 1))
    assert refused.value.reason == "size"


@pytest.mark.parametrize(
    ("size", "reason"),
    [((10_241, 1000), "dimensions"), ((1000, 10_241), "dimensions"), ((26, 1), "aspect"), ((1, 26), "aspect")],
)
def test_sides_and_aspect_over_the_limit(size: tuple[int, int], reason: str) -> None:
    with pytest.raises(ImageRejected) as refused:
        inspect(encode(Image.new("1", size), "PNG"), LIMITS)
    assert refused.value.reason == reason


def test_sides_and_aspect_at_the_limit() -> None:
    assert inspect(encode(Image.new("1", (10_240, 410)), "PNG"), LIMITS).width == 10_240
    assert inspect(encode(Image.new("L", (25, 1)), "PNG"), LIMITS).height == 1
    assert inspect(encode(Image.new("RGB", (1, 1)), "PNG"), LIMITS).width == 1


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises `width` x `height` pixels and holds next to none."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_decompression_bombs_are_refused_before_decoding() -> None:
    for function in (lambda data: inspect(data, LIMITS), decode_upright, lambda data: decode_for_model(data, 32)):
        with pytest.raises(ImageRejected) as refused:
            function(png_header(60_000, 60_000))
        assert refused.value.reason == "dimensions"


def test_a_square_of_the_largest_side_is_more_than_we_decode() -> None:
    with pytest.raises(ImageRejected) as refused:
        inspect(png_header(10_240, 10_240), LIMITS)
    assert refused.value.reason == "dimensions"


def test_jpeg_with_thousands_of_scans_is_refused() -> None:
    data = encode(quadrants(), "JPEG", progressive=True)
    assert inspect(data, LIMITS).format == "JPEG"
    start = data.index(b"\xff\xda")
    with pytest.raises(ImageRejected) as refused:
        inspect(data[:start] + data[start:-2] * 200 + data[-2:], LIMITS)
    assert refused.value.reason == "format"


def test_a_sequential_jpeg_with_thousands_of_scans_is_refused() -> None:
    """Its first scan holds one component of three, so that decoders go on to all the others."""
    data = encode(quadrants(), "JPEG")
    start = data.index(b"\xff\xda")
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\x00"
    with pytest.raises(ImageRejected) as refused:
        inspect(data[:start] + scan * 200 + data[-2:], LIMITS)
    assert refused.value.reason == "format"
    ended = data[:-2] + b"\xff\xda" * 200 + data[-2:]
    assert inspect(ended, LIMITS).format == "JPEG"  # nobody decodes what comes behind the only scan


def test_facts_change_no_pixel() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for format_name in ("JPEG", "PNG", "WEBP"):
        data = encode(quadrants(300, 200), format_name, exif=exif)
        assert np.array_equal(decode_for_model(data, 48, inspect(data, LIMITS)), decode_for_model(data, 48))


def test_cmyk_jpeg() -> None:
    data = encode(quadrants().convert("CMYK"), "JPEG", quality=95)
    assert_close(corners(decode_for_model(data, 32)), UPRIGHT_CORNERS)
    assert_close(corners(np.asarray(decode_upright(data))), UPRIGHT_CORNERS)


def test_16_bit_gray_keeps_its_levels() -> None:
    levels = np.repeat(np.linspace(0, 65_535, 64).astype(np.uint16)[None, :], 64, axis=0)
    pixels = np.asarray(decode_upright(encode(Image.fromarray(levels), "PNG")))
    assert pixels[0, 0].tolist() == [0, 0, 0]
    assert pixels[0, 63].tolist() == [255, 255, 255]
    assert abs(int(pixels[0, 32, 0]) - 129) <= 2


def test_palette_with_transparency_lies_on_white() -> None:
    image = quadrants().quantize(8)
    background = image.getpixel((0, 0))
    data = encode(image, "PNG", transparency=background)
    assert_close(corners(np.asarray(decode_upright(data))), [(255, 255, 255), GREEN, BLUE, YELLOW])


def test_half_transparent_pixels_are_blended_with_white() -> None:
    image = quadrants()
    image.putalpha(128)
    for format_name in ("PNG", "WEBP"):
        found = corners(np.asarray(decode_upright(encode(image, format_name, lossless=True))))
        assert_close(found, [tuple(round(level * 128 / 255 + 127) for level in c) for c in UPRIGHT_CORNERS])


@pytest.mark.parametrize("format_name", ["GIF", "WEBP"])
def test_animation_shows_its_first_frame(format_name: str) -> None:
    frames = [quadrants(), Image.new("RGB", (96, 64), "black"), Image.new("RGB", (96, 64), "white")]
    data = encode(frames[0], format_name, save_all=True, append_images=frames[1:], duration=100)
    assert inspect(data, LIMITS).width == 96
    assert_close(corners(np.asarray(decode_upright(data))), UPRIGHT_CORNERS, 14)


def test_a_color_profile_is_applied() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    plain = quadrants(480, 320)
    with_srgb = encode(plain, "JPEG", quality=95, icc_profile=lab.tobytes())
    assert np.array_equal(decode_for_model(with_srgb, 32), decode_for_model(encode(plain, "JPEG", quality=95), 32))

    swapped = swapped_primaries_profile()
    for format_name in ("JPEG", "PNG"):
        data = encode(plain, format_name, quality=95, icc_profile=swapped)
        # In this profile the first channel is green's, the second red's.
        for found in (decode_for_model(data, 32), np.asarray(decode_upright(data))):
            red_corner, green_corner = corners(found)[:2]
            assert red_corner[1] > 150 > red_corner[0]
            assert green_corner[0] > 120 > green_corner[1]


def swapped_primaries_profile() -> bytes:
    """sRGB with the red and green columns exchanged and another name."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", data, 128)
    for entry in range(132, 132 + 12 * count, 12):
        name = bytes(data[entry : entry + 4])
        if name == b"rXYZ":
            data[entry : entry + 4] = b"gXYZ"
        elif name == b"gXYZ":
            data[entry : entry + 4] = b"rXYZ"
    name_as_stored = "sRGB".encode("utf-16-be")
    return bytes(data).replace(name_as_stored, "test".encode("utf-16-be"))


@pytest.mark.parametrize("profile", [b"garbage", b"\0" * 300])
def test_a_broken_profile_counts_as_none(profile: bytes) -> None:
    data = encode(quadrants(), "PNG", icc_profile=profile)
    assert_close(corners(np.asarray(decode_upright(data))), UPRIGHT_CORNERS)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_broken_exif_block_counts_as_none() -> None:
    data = encode(quadrants(), "JPEG", quality=95)
    block = b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\x12" * 20
    data = data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]
    assert inspect(data, LIMITS).orientation == 1
    assert_close(corners(decode_for_model(data, 32)), UPRIGHT_CORNERS)


def test_jpeg_pixels_are_close_to_a_full_decode() -> None:
    rng = np.random.default_rng(3)
    coarse = Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8))
    data = encode(coarse.resize((1600, 1200), Image.Resampling.BICUBIC), "JPEG", quality=90)
    full = Image.open(io.BytesIO(data)).resize((224, 224), Image.Resampling.BILINEAR)
    difference = np.abs(decode_for_model(data, 224).astype(int) - np.asarray(full).astype(int)).mean()
    assert difference < 1.0


def test_a_small_plain_jpeg_is_its_own_resized_copy() -> None:
    plain = encode(quadrants(1600, 1200), "JPEG")
    copies = make_copies(plain)
    assert copies.resized_jpeg is plain
    assert Image.open(io.BytesIO(copies.thumbnail_jpeg)).size == (256, 192)
    for other in (
        encode(quadrants(1602, 1200), "JPEG"),
        encode(quadrants(400, 300).convert("CMYK"), "JPEG"),
        encode(quadrants(400, 300), "JPEG", icc_profile=swapped_primaries_profile()),
        encode(quadrants(400, 300), "PNG"),
    ):
        resized = Image.open(io.BytesIO(make_copies(other).resized_jpeg))
        assert (resized.format, resized.mode, "icc_profile" in resized.info) == ("JPEG", "RGB", False)
        assert max(resized.size) <= 1600


def test_copies_never_grow_and_fit() -> None:
    small = make_copies(encode(quadrants(), "PNG"))
    assert Image.open(io.BytesIO(small.resized_jpeg)).size == (96, 64)
    assert Image.open(io.BytesIO(small.thumbnail_jpeg)).size == (96, 64)
    large = make_copies(encode(quadrants(4000, 3000), "JPEG"))
    assert Image.open(io.BytesIO(large.resized_jpeg)).size == (1600, 1200)
    assert Image.open(io.BytesIO(large.thumbnail_jpeg)).size == (256, 192)
    assert max(Image.open(io.BytesIO(make_copies(encode(quadrants(5000, 200), "PNG")).thumbnail_jpeg)).size) == 256
