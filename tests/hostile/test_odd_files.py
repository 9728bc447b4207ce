"""Odd and hostile files, through every way in: taken and upright, or refused with the code that says why."""

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from pytest_django import Settings

from inference import front
from inference.image_urls import _fetcher as prediction_fetcher
from labeling.fetching import _fetcher as training_fetcher
from portal.limits import PREDICTION_IMAGE_BYTES
from tests.hostile import jpeg_files, other_files, png_files
from tests.hostile.odd_file import BLUE, GREEN, RED, TAKEN, YELLOW, OddFile
from tests.hostile.ways_in import Outcome, Ways, file_server
from tests.inference.serving import serving
from tests.wire.contract.conftest import WatcherInThisThread

pytestmark = [
    pytest.mark.django_db,
    # Pillow's words about odd files; the product passes over them.
    pytest.mark.filterwarnings("ignore:Corrupt EXIF"),
    pytest.mark.filterwarnings("ignore:Tag data larger than file"),
    pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO"),
]

FILES = [*jpeg_files.FILES, *png_files.FILES, *other_files.FILES]
CREATING = ("data", "files", "urls", "portal")
PREDICTING = ("prediction", "prediction_url", "quick_test", "quick_test_page")
# One of each kind runs always: each file takes each way in ten milliseconds, and that is half a minute in all.
OFTEN = ("data", "prediction_url", "quick_test_page")
IMAGE_STATUS = {
    "format": "ErrorImageFormat",
    "size": "ErrorImageSize",
    "dimensions": "ErrorImageDimensions",
    "aspect": "ErrorImageDimensions",
}
ERROR_CODE = {
    "format": "BadRequestImageFormat",
    "size": "BadRequestImageSizeBytes",
    "dimensions": "BadRequestImageDimensions",
    "aspect": "BadRequestImageDimensions",
}
COLORS = np.array([RED, GREEN, BLUE, YELLOW])
GRAYS = np.repeat(np.rint(COLORS @ (0.299, 0.587, 0.114))[:, None], 3, axis=1)
TOLERANCE = 14


@pytest.fixture
def ways(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ways]:
    monkeypatch.setattr(front, "RegistryWatcher", WatcherInThisThread)
    settings.SIGHTLINE_ALLOW_PRIVATE_URLS = True
    training_fetcher.cache_clear()
    prediction_fetcher.cache_clear()
    with serving() as served, file_server() as files:
        yield Ways(served, files)
    training_fetcher.cache_clear()
    prediction_fetcher.cache_clear()


@pytest.fixture(scope="module")
def contents() -> list[bytes]:
    return [file.make() for file in FILES]


def test_there_are_many_and_each_is_another(contents: list[bytes]) -> None:
    assert len(FILES) >= 150
    assert len({file.name for file in FILES}) == len(set(contents)) == len(FILES)
    assert {file.verdict for file in FILES} == {*TAKEN, *ERROR_CODE}


@pytest.mark.parametrize(
    "way",
    [way if way in OFTEN else pytest.param(way, marks=pytest.mark.slow) for way in (*CREATING, *PREDICTING)],
)
def test_each_file_is_taken_upright_or_refused_by_its_code(ways: Ways, contents: list[bytes], way: str) -> None:
    outcomes = getattr(ways, way)(contents)
    assert len(outcomes) == len(FILES)
    wrong = {
        file.name: outcome.told if outcome.told != expected else "not upright"
        for file, content, outcome in zip(FILES, contents, outcomes, strict=True)
        if outcome.told != (expected := expected_of(file, content, way)) or not is_seen_upright(file, outcome)
    }
    assert wrong == {}


def expected_of(file: OddFile, content: bytes, way: str) -> str:
    if way in CREATING:
        return IMAGE_STATUS.get(file.verdict, "OK")
    if way.startswith("prediction") and len(content) > PREDICTION_IMAGE_BYTES:
        return "BadRequestImageSizeBytes"
    return ERROR_CODE.get(file.verdict, "OK")


def is_seen_upright(file: OddFile, outcome: Outcome) -> bool:
    """Whether what people and models see of the file is what it shows; a model knows colors alone."""
    if file.verdict == "upright" and outcome.is_upright is False:
        return False
    wanted = {"upright": COLORS, "gray": GRAYS}.get(file.verdict)
    return wanted is None or all(np.abs(corners(look) - wanted).max() <= TOLERANCE for look in outcome.looks)


def corners(image: Image.Image) -> np.ndarray:
    pixels = np.asarray(image.convert("RGB")).astype(int)
    height, width = pixels.shape[:2]
    return np.array([pixels[y, x] for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)])


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("data", "ErrorImageFormat"),
        ("files", "ErrorImageFormat"),
        ("urls", "ErrorImageFormat"),
        ("portal", "ErrorImageFormat"),
        ("prediction", "BadRequestImageStream"),
        ("prediction_url", "BadRequestImageFormat"),
        ("quick_test", "BadRequestImageStream"),
        ("quick_test_page", "BadRequestImageStream"),
    ],
)
def test_no_bytes_at_all(ways: Ways, way: str, told: str) -> None:
    assert [outcome.told for outcome in getattr(ways, way)([b""])] == [told]
