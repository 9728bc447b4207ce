"""A large picture shrunk strip by strip looks as it does when it is shrunk as a whole."""

import numpy as np
import pytest
from PIL import Image

from portal.imaging import ImageLimits, ImageRejected, inspect, shrinking
from portal.imaging.color import to_srgb
from portal.imaging.shrinking import shrink, turn_upright
from tests.imaging.test_imaging import encode, swapped_primaries_profile

RANDOM = np.random.default_rng(7)
SIZE = (211, 143)


def noise(mode: str) -> Image.Image:
    width, height = SIZE
    if mode == "I;16":
        return Image.fromarray(RANDOM.integers(0, 65_536, (height, width), dtype=np.uint16))
    image = Image.fromarray(RANDOM.integers(0, 256, (height, width, 4), dtype=np.uint8), "RGBA")
    if mode == "profile":
        image = image.convert("RGB")
        image.info["icc_profile"] = swapped_primaries_profile()
        return image
    if mode == "transparent palette":
        image = image.convert("RGB").quantize(16)
        image.info["transparency"] = bytes(range(0, 256, 17))
        return image
    return image if mode == "RGBA" else image.convert("RGB").convert(mode)


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated")
@pytest.mark.parametrize("resample", [Image.Resampling.BILINEAR, Image.Resampling.HAMMING])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "1", "CMYK", "I;16", "transparent palette", "profile"])
def test_strips_change_no_level_by_more_than_rounding(
    mode: str, resample: Image.Resampling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shrinking, "MOST_WHOLE_PIXELS", 0)
    monkeypatch.setattr(shrinking, "STRIP_PIXELS", 2000)
    image = noise(mode)
    for orientation in range(1, 9):
        for size in ((32, 32), (50, 17), (211, 20), (20, 143)):
            whole = turn_upright(to_srgb(image), orientation).resize(size, resample)
            strips = shrink(image, orientation, size, resample)
            # One rounding, between across and down, may be in another place.
            assert np.abs(np.asarray(strips).astype(int) - np.asarray(whole)).max() <= 1


@pytest.mark.parametrize(
    ("mode", "size", "is_taken"),
    [
        ("RGB", (8192, 5120), True),
        ("RGB", (8192, 5121), False),
        ("P", (8192, 8192), True),
        ("L", (8192, 8192), True),
    ],
)
def test_the_most_pixels_go_by_what_one_takes(mode: str, size: tuple[int, int], is_taken: bool) -> None:
    data = encode(Image.new(mode, size), "PNG", compress_level=1)
    if is_taken:
        assert inspect(data, ImageLimits(max_bytes=len(data))).width == size[0]
        return
    with pytest.raises(ImageRejected) as refused:
        inspect(data, ImageLimits(max_bytes=len(data)))
    assert refused.value.reason == "dimensions"
