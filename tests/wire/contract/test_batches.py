"""A call is checked before anything is written; in a batch of images each is told for itself."""

import base64
from typing import Any
from unittest.mock import Mock
from uuid import uuid4

import pytest

from labeling import ingest, ingest_plan
from labeling.models import Image, Tag
from portal.limits import REGIONS_PER_IMAGE, TAGS_PER_IMAGE, TRAINING_IMAGE_BYTES
from tests.inference.serving import png
from tests.pictures import picture
from tests.wire.contract.asker import Asker
from tests.wire.contract.conftest import House
from tests.wire.contract.error_table import OF_IMAGES
from tests.wire.contract.provocations import thin
from tests.wire.contract.state import changes

pytestmark = pytest.mark.django_db

# Custom Vision's word for a fault that it has no other for; nothing here comes to it.
NO_WAY_TO = "ErrorUnknown"
STATUSES = [row for row in OF_IMAGES.values() if row.name != NO_WAY_TO]
GOOD = picture("stripes", 500)


@pytest.fixture
def asker(house: House, monkeypatch: pytest.MonkeyPatch) -> Asker:
    return Asker(house, monkeypatch)


def entry(content: bytes, **more: Any) -> dict[str, Any]:
    return {"name": "a.jpg", "contents": base64.b64encode(content).decode(), **more}


def files(asker: Asker, *entries: dict[str, Any], **more: Any) -> Any:
    return asker.on(asker.c, "POST", "/images/files", {"images": [*entries], **more})


def boxes(asker: Asker, count: int) -> Any:
    places = [{"left": each / 1000, "top": 0.1, "width": 0.1, "height": 0.1} for each in range(count)]
    regions = [{"tagId": asker.d.tag, **place} for place in places]
    return asker.on(asker.d, "POST", "/images/files", {"images": [entry(picture("cross", 501), regions=regions)]})


def negative_beside_another(asker: Asker) -> Any:
    negative = asker.on(asker.c, "POST", "/tags?name=none&type=Negative").json()["id"]
    return files(asker, entry(picture("cross", 501), tagIds=[asker.c.tag, negative]))


def too_many_tags(asker: Asker) -> Any:
    numbers = range(100, 101 + TAGS_PER_IMAGE)
    tags = Tag.objects.bulk_create(Tag(project_id=asker.c.project, name=f"t{each}", position=each) for each in numbers)
    return files(asker, entry(picture("cross", 501), tagIds=[str(tag.pk) for tag in tags]))


def full_project(asker: Asker) -> Any:
    asker.patch.setattr(ingest_plan, "IMAGES_PER_PROJECT", 1)
    return files(asker, entry(picture("cross", 501)))


def broken_storage(asker: Asker, fault: Exception) -> Any:
    asker.patch.setattr(ingest.files, "store", Mock(side_effect=fault))
    return files(asker, entry(picture("cross", 501)))


PROVOKED: dict[str, Any] = {
    "OK": lambda a: files(a, entry(picture("cross", 501))),
    "OKDuplicate": lambda a: files(a, entry(picture("circle", 0))),
    "ErrorSource": lambda a: a.on(a.c, "POST", "/images/urls", {"images": [{"url": "http://192.0.2.1/a.jpg"}]}),
    "ErrorImageFormat": lambda a: files(a, entry(b"not an image")),
    "ErrorImageSize": lambda a: files(a, entry(b"\xff\xd8\xff" + bytes(TRAINING_IMAGE_BYTES))),
    "ErrorImageDimensions": lambda a: files(a, entry(thin())),
    "ErrorStorage": lambda a: broken_storage(a, OSError("No space left on device")),
    "ErrorLimitExceed": full_project,
    "ErrorTagLimitExceed": too_many_tags,
    "ErrorRegionLimitExceed": lambda a: boxes(a, REGIONS_PER_IMAGE + 1),
    "ErrorNegativeAndRegularTagOnSameImage": negative_beside_another,
    "ErrorInvalidTag": lambda a: files(a, entry(picture("cross", 501), tagIds=[str(uuid4())])),
}


@pytest.mark.parametrize("row", STATUSES, ids=lambda row: row.name)
def test_a_status_of_the_table(asker: Asker, row: Any) -> None:
    before = Image.objects.count()
    answer = PROVOKED[row.name](asker)
    (told,) = answer.json()["images"]
    is_success = row.second == "success"
    assert (told["status"], answer.status_code) == (row.name, 200 if is_success else 207)
    assert (answer.json()["isBatchSuccessful"], bool(told["image"])) == (is_success, is_success)
    assert Image.objects.count() - before == (row.name == "OK")


def test_one_that_fails_keeps_no_other_out(asker: Asker) -> None:
    entries = [
        entry(b"no image"),
        entry(GOOD, tagIds=[asker.c.tag]),
        entry(thin()),
        entry(picture("cross", 502), tagIds=[str(uuid4())]),
    ]
    answer = files(asker, *entries, metadata={"site": "south"})
    assert answer.status_code == 207
    told = answer.json()["images"]
    wanted = ["ErrorImageFormat", "OK", "ErrorImageDimensions", "ErrorInvalidTag"]
    assert [each["status"] for each in told] == wanted
    image = told[1]["image"]
    assert (image["metadata"], [tag["tagId"] for tag in image["tags"]]) == ({"site": "south"}, [asker.c.tag])


WHOLE_CALLS: dict[str, Any] = {
    "65 files": lambda a: files(a, *[entry(png((number, 1, 1))) for number in range(65)]),
    "21 tags": lambda a: files(a, entry(GOOD), tagIds=[str(uuid4()) for _ in range(21)]),
    "11 pairs": lambda a: files(a, entry(GOOD), metadata={str(number): "a" for number in range(11)}),
    "cut off": lambda a: a.on(a.c, "POST", "/images/files", b'{"images": [' + str(entry(GOOD)).encode()[:200]),
    "an id that is none": lambda a: files(a, entry(GOOD), entry(GOOD, tagIds=["abc"])),
    "an unknown image": lambda a: a.on(
        a.c,
        "POST",
        "/images/tags",
        {"tags": [{"imageId": each, "tagId": a.c.tag} for each in (a.c.untagged, str(uuid4()))]},
    ),
    "a box outside": lambda a: a.on(
        a.d,
        "POST",
        "/images/regions",
        {
            "regions": [
                {"imageId": a.d.untagged, "tagId": a.d.tag, "left": left, "top": 0.1, "width": 0.2, "height": 0.2}
                for left in (0.1, 0.95)
            ]
        },
    ),
    "settings that are half right": lambda a: a.on(
        a.c, "PATCH", "", {"name": "another", "settings": {"targetExportPlatforms": ["ONNX", "Mars"]}}
    ),
    "metadata that is too long": lambda a: a.on(
        a.c, "POST", f"/images/metadata?imageIds={a.c.image},{a.c.untagged}", {"site": "south", "x": "y" * 300}
    ),
    "an order that is none": lambda a: a.on(a.c, "DELETE", f"/images?imageIds={a.c.image},abc"),
}


@pytest.mark.parametrize("name", WHOLE_CALLS)
def test_what_is_wrong_with_a_call_refuses_it_whole(
    asker: Asker, house: House, untouched: dict[str, Any], name: str
) -> None:
    answer = WHOLE_CALLS[name](asker)
    assert answer.status_code in (400, 404)
    assert answer.json().keys() == {"code", "message"}
    assert changes(house.files, untouched) == set()
