"""Regions through the training API: in every operation that creates images, and on images that are there."""

from typing import Any
from uuid import uuid4

import pytest

from labeling.models import Image, ImageTag, Region, Tag
from portal.domains import GENERAL_DETECTION
from portal.limits import REGIONS_PER_BATCH, REGIONS_PER_IMAGE
from portal.models import Project
from portal.projects import ProjectSettings
from tests.builders import make_images, make_project, make_tag
from tests.wire.http import Api, file_entry, ids, project_path
from tests.wire.test_image_calls import image_server, plain, statuses  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))


@pytest.fixture
def tag(project: Project) -> Tag:
    return make_tag(project, "fork")


def region(tag: Tag, left: float = 0.1, **more: Any) -> dict[str, Any]:
    return {"tagId": str(tag.pk), "left": left, "top": 0.25, "width": 0.25, "height": 0.5, **more}


def put(project: Project, *entries: dict[str, Any]) -> Any:
    return Api(project.resource).post(f"{project_path(project)}/images/regions", {"regions": list(entries)})


def take_off(project: Project, region_ids: str) -> Any:
    return Api(project.resource).delete(f"{project_path(project)}/images/regions?regionIds={region_ids}")


def test_images_by_address_bring_their_regions(project: Project, tag: Tag, image_server: str) -> None:  # noqa: F811
    body = {"images": [{"url": f"{image_server}/good.png", "regions": [region(tag), region(tag, 0.5)]}]}
    answer = Api(project.resource).post(f"{project_path(project)}/images/urls", body)
    assert (answer.status_code, statuses(answer.json())) == (200, ["OK"])
    image = answer.json()["images"][0]["image"]
    assert [(each["left"], each["height"], each["tagName"]) for each in image["regions"]] == [
        (0.1, 0.5, "fork"),
        (0.5, 0.5, "fork"),
    ]
    assert [each["tagId"] for each in image["tags"]] == [str(tag.pk)]


def test_a_file_sent_again_adds_its_new_regions_and_ends_no_objects(project: Project, tag: Tag) -> None:
    path = f"{project_path(project)}/images/files"
    Api(project.resource).post(path, {"images": [file_entry(plain())]})
    Image.objects.update(has_no_objects=True)
    again = Api(project.resource).post(path, {"images": [file_entry(plain(), regions=[region(tag)])]})
    assert statuses(again.json()) == ["OKDuplicate"]
    assert len(again.json()["images"][0]["image"]["regions"]) == 1
    assert Image.objects.get().has_no_objects is False


def test_more_regions_than_an_image_holds_leave_the_image_out(project: Project, tag: Tag) -> None:
    many = [region(tag, n / 1000) for n in range(REGIONS_PER_IMAGE + 1)]
    entries = [file_entry(plain(), regions=many), file_entry(plain(41), regions=many[1:])]
    answer = Api(project.resource).post(f"{project_path(project)}/images/files", {"images": entries})
    assert (answer.status_code, statuses(answer.json())) == (207, ["ErrorRegionLimitExceed", "OK"])
    assert Region.objects.count() == REGIONS_PER_IMAGE


@pytest.mark.parametrize("wrong", [{"left": 0.8}, {"width": 0}, {"height": -0.1}, {"top": 1.5}])
def test_a_region_that_cannot_be_is_refused_before_anything_is_stored(
    project: Project, tag: Tag, wrong: dict[str, float]
) -> None:
    entries = [file_entry(plain()), file_entry(plain(41), regions=[region(tag, **wrong)])]
    answer = Api(project.resource).post(f"{project_path(project)}/images/files", {"images": entries})
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestImageRegions")
    assert Image.objects.count() == 0


def test_regions_are_put_told_twice_and_past_the_limit(project: Project, tag: Tag) -> None:
    (image,) = make_images(project, 1)
    entry = region(tag, imageId=str(image.pk))
    made = put(project, entry)
    assert made.status_code == 200
    (created,) = made.json()["created"]
    assert {name: created[name] for name in entry} == entry
    assert (created["tagName"], created["regionId"]) == ("fork", str(Region.objects.get().pk))
    again = put(project, entry)
    assert (again.status_code, again.json()) == (200, {"created": [], "duplicated": [entry], "exceeded": []})
    Region.objects.bulk_create(
        Region(image=image, tag=tag, left=0, top=0, width=0.5, height=(n + 1) / 1000)
        for n in range(REGIONS_PER_IMAGE - 1)
    )
    more = put(project, entry, region(tag, 0.5, imageId=str(image.pk)))
    assert more.status_code == 207
    assert {name: len(found) for name, found in more.json().items()} == {"created": 0, "duplicated": 1, "exceeded": 1}


@pytest.mark.parametrize(
    ("case", "status", "code"),
    [
        ("too many", 400, "BadRequestExceededBatchSize"),
        ("outside", 400, "BadRequestImageRegions"),
        ("no such image", 404, "NotFoundImage"),
        ("no such tag", 404, "NotFoundTag"),
        ("classification", 400, "BadRequestImageRegions"),
    ],
)
def test_regions_that_cannot_be_put_change_nothing(
    project: Project, tag: Tag, case: str, status: int, code: str
) -> None:
    (image,) = make_images(project, 1)
    fine = region(tag, imageId=str(image.pk))
    wrong = {
        "too many": [region(tag, n / 100, imageId=str(image.pk)) for n in range(REGIONS_PER_BATCH)],
        "outside": [region(tag, 0.9, imageId=str(image.pk))],
        "no such image": [region(tag, imageId=str(uuid4()))],
        "no such tag": [region(tag, imageId=str(image.pk), tagId=str(uuid4()))],
        "classification": [],
    }[case]
    if case == "classification":
        project = make_project()
        (image,) = make_images(project, 1)
        fine = region(make_tag(project), imageId=str(image.pk))
    answer = put(project, fine, *wrong)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Region.objects.count() == 0


def test_regions_come_off_with_the_last_ones_tag(project: Project, tag: Tag) -> None:
    (image,) = make_images(project, 1)
    made = put(project, region(tag, imageId=str(image.pk)), region(tag, 0.5, imageId=str(image.pk))).json()["created"]
    first, second = (each["regionId"] for each in made)
    assert take_off(project, first).status_code == 204
    assert ImageTag.objects.filter(image=image, removed__isnull=True).count() == 1
    assert take_off(project, f"{first},{second},{uuid4()}").status_code == 204
    assert ImageTag.objects.filter(image=image, removed__isnull=True).count() == 0
    other = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    (kept,) = put(project, region(tag, imageId=str(image.pk))).json()["created"]
    assert take_off(other, kept["regionId"]).status_code == 204
    assert Region.objects.filter(removed__isnull=True).count() == 1


@pytest.mark.parametrize(
    ("region_ids", "code"),
    [
        (ids(*(uuid4() for _ in range(REGIONS_PER_BATCH + 1))), "BadRequestExceededBatchSize"),
        ("", "BadRequestRequiredParamIsNull"),
        ("a,b", "BadRequestInvalidIds"),
    ],
)
def test_region_ids_that_are_none_are_refused(project: Project, region_ids: str, code: str) -> None:
    answer = take_off(project, region_ids)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
