"""Metadata through the API: set, shown, filtered, refused."""

from typing import Any
from uuid import uuid4

import pytest

from labeling.models import Image
from portal.models import Project
from tests.builders import make_images, make_project
from tests.wire.http import Api, file_entry, ids, project_path

pytestmark = pytest.mark.django_db


def metadata_path(project: Project, *images: Image) -> str:
    return f"{project_path(project)}/images/metadata?imageIds={ids(*(image.pk for image in images))}"


def test_pairs_are_set_shown_and_filtered() -> None:
    project = make_project()
    api = Api(project.resource)
    first, second, _ = make_images(project, 3)
    answer = api.post(metadata_path(project, first, second), {"site": "the north", "Ort": "Köln"})
    expected = {"site": "the north", "Ort": "Köln"}
    assert answer.status_code == 200
    assert answer.json() == {
        "isBatchSuccessful": True,
        "images": [
            {"imageId": str(first.pk), "status": "OK", "metadata": expected},
            {"imageId": str(second.pk), "status": "OK", "metadata": expected},
        ],
    }
    base = project_path(project)
    shown = api.get(f"{base}/images/id?imageIds={first.pk}").json()[0]
    assert shown["metadata"] == expected
    assert api.get(f"{base}/images/count?$filter=site%20eq%20%27the%20north%27").json() == 2
    assert api.get(f"{base}/images/count?%24filter=site+ne+'the+north'+or+Ort+eq+'K%C3%B6ln'").json() == 3
    page = api.get(f"{base}/images?$filter=site eq 'the north'&orderBy=Oldest&take=1").json()
    assert [image["id"] for image in page] == [api.get(f"{base}/images?orderBy=Oldest").json()[0]["id"]]


def test_an_image_that_is_not_there_makes_the_answer_207() -> None:
    project = make_project()
    (image,) = make_images(project, 1)
    unknown = uuid4()
    path = f"{project_path(project)}/images/metadata?imageIds={ids(unknown, image.pk)}"
    answer = Api(project.resource).post(path, {"a": "b"})
    assert (answer.status_code, answer.json()["isBatchSuccessful"]) == (207, False)
    assert [(each["status"], each["metadata"]) for each in answer.json()["images"]] == [
        ("ErrorImageNotFound", None),
        ("OK", {"a": "b"}),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "BadRequestRequiredParamIsNull"),
        (["a"], "BadRequest"),
        ({"a": 1}, "BadRequestImageMetadataValue"),
        ({"a": {"b": "c"}}, "BadRequestImageMetadataValue"),
        ({"": "b"}, "BadRequestImageMetadataKey"),
        (b"{", "BadRequest"),
    ],
)
def test_a_body_that_holds_no_pairs_of_text_is_refused(body: Any, code: str) -> None:
    project = make_project()
    (image,) = make_images(project, 1)
    answer = Api(project.resource).post(metadata_path(project, image), body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert Image.objects.get().metadata == {}


def test_a_text_that_no_database_can_hold_is_refused() -> None:
    project = make_project()
    (image,) = make_images(project, 1)
    api = Api(project.resource)
    for body in (b'{"a": "\\ud800"}', b'{"\\udfff": "a"}'):
        assert api.post(metadata_path(project, image), body).status_code == 400
    assert api.patch(f"{project_path(project)}", {"name": "\ud800"}).status_code == 400


def test_images_must_be_named() -> None:
    project = make_project()
    answer = Api(project.resource).post(f"{project_path(project)}/images/metadata", {"a": "b"})
    assert answer.json()["code"] == "BadRequestRequiredParamIsNull"
    answer = Api(project.resource).post(f"{project_path(project)}/images/metadata?imageIds=7", {"a": "b"})
    assert answer.json()["code"] == "BadRequestInvalidIds"


def test_a_filter_that_is_not_understood_names_the_position() -> None:
    project = make_project()
    for path in ("images", "images/count"):
        answer = Api(project.resource).get(f"{project_path(project)}/{path}?$filter=site%20is%20'x'")
        assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")
        assert "position 6: expected eq or ne after site, found is" in answer.json()["message"]


def test_files_bring_metadata_and_bad_metadata_stores_nothing() -> None:
    project = make_project()
    api = Api(project.resource)
    bad = {"images": [file_entry(b"no image")], "metadata": {"k" * 129: "x"}}
    answer = api.post(f"{project_path(project)}/images/files", bad)
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestImageMetadataKey")
    assert not Image.objects.exists()
