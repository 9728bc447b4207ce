"""What clients really send: keys, paths, bodies and queries in every shape that was seen."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from labeling.models import Image, ImageTag, Tag
from portal.domains import GENERAL_CLASSIFICATION
from portal.keys import reveal
from portal.models import Project, ResourceKind
from tests.builders import make_images, make_iteration, make_project, make_resource, make_tag
from tests.wire.http import Api, ids, project_path
from training.models import Iteration

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("header", ["Training-Key", "Training-key", "training-key"])
def test_the_header_is_known_in_any_case(header: str) -> None:
    resource = make_resource()
    key = reveal(resource.keys.get(slot=2))
    answer = Client().get("/customvision/v3.3/training/projects", headers={header: key})
    assert (answer.status_code, answer.json()) == (200, [])


def test_a_call_without_a_valid_key_is_denied_with_the_cause() -> None:
    training, prediction = make_resource(), make_resource(ResourceKind.PREDICTION)
    training_key, prediction_key = (reveal(each.keys.get(slot=1)) for each in (training, prediction))
    for headers, cause in (
        ({}, "header is missing"),
        ({"Training-Key": "0" * 32}, "invalid subscription key or wrong endpoint"),
        ({"Training-Key": prediction_key}, "this is a prediction key"),
        ({"Prediction-Key": training_key}, "not Prediction-Key"),
    ):
        answer = Client().get("/customvision/v3.3/training/projects", headers=headers)
        assert answer.status_code == 401
        body = answer.json()
        assert body["error"]["code"] == "401"
        assert cause in body["error"]["message"]
        assert training_key not in body["error"]["message"]


@pytest.mark.parametrize("version", ["v3.0", "v3.1", "v3.2", "v3.3", "v3.4-preview", "V3.4"])
@pytest.mark.parametrize("word", ["training", "Training"])
def test_every_3_x_and_both_spellings_answer(version: str, word: str) -> None:
    project = make_project()
    api = Api(project.resource)
    api.base = f"/customvision/{version}/{word}"
    assert api.get(project_path(project)).json()["id"] == str(project.pk)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("GET", "/projects/not-an-id"), ("PUT", "/projects"), ("DELETE", "/projects"), ("GET", "/")],
)
def test_an_unknown_route_gets_the_gateway_s_answer(method: str, path: str) -> None:
    answer = Api(make_resource()).call(method, path)
    assert (answer.status_code, answer.json()) == (404, {"statusCode": 404, "message": "Resource not found"})


def test_ids_are_known_in_capitals_and_without_hyphens() -> None:
    project = make_project()
    api = Api(project.resource)
    for spelled in (str(project.pk).upper(), project.pk.hex):
        assert api.get(f"/projects/{spelled}").json()["id"] == str(project.pk)


def test_dates_are_utc_with_milliseconds() -> None:
    project = make_project()
    answer = Api(project.resource).get(project_path(project)).json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer["created"])


def test_an_empty_body_is_no_body() -> None:
    api = Api(make_resource())
    assert api.post("/projects?name=one").status_code == 200
    assert api.post("/projects?name=two", {}).status_code == 200
    assert api.post("/projects?name=three", b"null").status_code == 200
    assert [project["name"] for project in api.get("/projects").json()] == ["three", "two", "one"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "BadRequest"),
        (b"[1]", "application/json", 400, "BadRequest"),
        (b'"text"', "application/json", 400, "BadRequest"),
        (b"\xff\xfe\x00", "application/octet-stream", 415, "UnsupportedMediaType"),
        (b"[" * 100_000, "application/json", 400, "BadRequest"),
        (b'{"tags": [{"imageId": "x", "tagId": "y"}]}', "application/json", 400, "BadRequestInvalidIds"),
        (b'{"tags": [{"imageId": null}]}', "application/json", 400, "BadRequestRequiredParamIsNull"),
        (b'{"tags": 5}', "application/json", 400, "BadRequest"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(body: bytes, content_type: str, status: int, code: str) -> None:
    project = make_project()
    answer = Api(project.resource).post(f"{project_path(project)}/images/tags", body, content_type)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"code", "message"}


def test_names_in_json_match_in_any_case_and_unknown_ones_are_passed_over() -> None:
    project = make_project()
    tag = make_tag(project)
    (image,) = make_images(project, 1)
    body = {"Tags": [{"IMAGEID": str(image.pk).upper(), "tagid": tag.pk.hex, "Other": 1}], "more": {}}
    answer = Api(project.resource).post(f"{project_path(project)}/images/tags", body)
    assert answer.status_code == 200
    assert answer.json() == {
        "created": [{"imageId": str(image.pk), "tagId": str(tag.pk)}],
        "duplicated": [],
        "exceeded": [],
    }


def test_a_json_body_is_taken_whatever_its_type_says() -> None:
    project = make_project()
    tag = make_tag(project)
    (image,) = make_images(project, 1)
    body = f'\ufeff{{"tags": [{{"imageId": "{image.pk}", "tagId": "{tag.pk}"}}]}}'.encode()
    answer = Api(project.resource).post(
        f"{project_path(project)}/images/tags", body, "application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("query", ["", "tagIds=", "tagids=", "unknown=1&tagIds=&orderBy="])
def test_empty_and_unknown_parameters_are_absent(query: str) -> None:
    project = make_project()
    make_images(project, 2)
    assert len(Api(project.resource).get(f"{project_path(project)}/images?{query}").json()) == 2


def test_ids_in_the_query_are_joined_by_commas_encoded_or_not_or_repeated() -> None:
    project = make_project()
    first, second = make_tag(project), make_tag(project)
    make_images(project, 1, [first])
    make_images(project, 1, [second])
    api = Api(project.resource)
    for query in (
        f"tagIds={first.pk},{second.pk}",
        f"tagIds={first.pk}%2C{second.pk}",
        f"tagIds={first.pk}&tagIds={second.pk}",
        f"TAGIDS={first.pk},{second.pk},",
    ):
        assert api.get(f"{project_path(project)}/images/tagged/count?{query}").content == b"2"
    assert api.get(f"{project_path(project)}/images/tagged/count?tagIds={first.pk}").content == b"1"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("take=257", "BadRequest"),
        ("take=-1", "BadRequest"),
        ("take=many", "BadRequest"),
        ("skip=-1", "BadRequest"),
        ("orderBy=Sideways", "BadRequest"),
        ("taggingStatus=Perhaps", "BadRequest"),
        ("tagIds=abc", "BadRequestInvalidIds"),
        ("iterationId=abc", "BadRequestInvalidIds"),
        ("tagIds=" + ",".join(str(uuid4()) for _ in range(21)), "BadRequestExceededBatchSize"),
        ("$filter=site", "BadRequest"),
    ],
)
def test_a_parameter_outside_its_limits_is_refused(query: str, code: str) -> None:
    project = make_project()
    answer = Api(project.resource).get(f"{project_path(project)}/images?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(("take", "count"), [("0", 0), ("1", 1), ("256", 3)])
def test_take_is_0_to_256(take: str, count: int) -> None:
    project = make_project()
    make_images(project, 3)
    assert len(Api(project.resource).get(f"{project_path(project)}/images?take={take}").json()) == count


@pytest.mark.parametrize(("word", "status"), [("true", 202), ("True", 202), ("false", 400), ("yes", 400)])
def test_booleans_are_words(word: str, status: int) -> None:
    project = make_project()
    make_images(project, 1)
    assert Api(project.resource).delete(f"{project_path(project)}/images?allImages={word}").status_code == status
    assert Image.objects.filter(project=project, removed__isnull=True).count() == (0 if status == 202 else 1)


def calls_on(project: Project) -> list[tuple[str, str, Any]]:
    """Every operation on a project, as (method, path, body), with ids that exist in it."""
    base = project_path(project)
    tag = Tag.objects.filter(project=project).first()
    image = Image.objects.filter(project=project).first()
    iteration = Iteration.objects.filter(project=project).first()
    assert tag is not None
    assert image is not None
    assert iteration is not None
    pair = {"tags": [{"imageId": str(image.pk), "tagId": str(tag.pk)}]}
    return [
        ("GET", base, None),
        ("PATCH", base, {"name": "taken over"}),
        ("DELETE", base, None),
        ("GET", f"{base}/tags", None),
        ("POST", f"{base}/tags?name=new", None),
        ("GET", f"{base}/tags/{tag.pk}", None),
        ("PATCH", f"{base}/tags/{tag.pk}", {"name": "taken over"}),
        ("DELETE", f"{base}/tags/{tag.pk}", None),
        ("GET", f"{base}/images", None),
        ("POST", f"{base}/images", b"image"),
        ("DELETE", f"{base}/images?allImages=true", None),
        ("GET", f"{base}/images/count", None),
        ("POST", f"{base}/images/files", {"images": [{"contents": "aaaa"}]}),
        ("POST", f"{base}/images/urls", {"images": [{"url": "http://192.0.2.1/a.jpg"}]}),
        ("GET", f"{base}/images/id?imageIds={image.pk}", None),
        ("GET", f"{base}/images/tagged", None),
        ("GET", f"{base}/images/tagged/count", None),
        ("GET", f"{base}/images/untagged", None),
        ("GET", f"{base}/images/untagged/count", None),
        ("POST", f"{base}/images/tags", pair),
        ("DELETE", f"{base}/images/tags?imageIds={image.pk}&tagIds={tag.pk}", None),
        ("POST", f"{base}/train", None),
        ("GET", f"{base}/iterations", None),
        ("GET", f"{base}/iterations/{iteration.pk}", None),
        ("PATCH", f"{base}/iterations/{iteration.pk}", {"name": "taken over"}),
        ("DELETE", f"{base}/iterations/{iteration.pk}", None),
        ("GET", f"{base}/iterations/{iteration.pk}/performance", None),
        ("POST", f"{base}/iterations/{iteration.pk}/publish?publishName=a&predictionId=b", None),
        ("DELETE", f"{base}/iterations/{iteration.pk}/publish", None),
        ("POST", f"{base}/quicktest/image?iterationId={iteration.pk}", b"image"),
        ("POST", f"{base}/quicktest/url?iterationId={iteration.pk}", {"url": "http://192.0.2.1/a.jpg"}),
    ]


def test_projects_of_another_resource_are_not_found_and_not_changed() -> None:
    project = make_project()
    tag = make_tag(project)
    make_images(project, 2, [tag])
    make_iteration(project)
    stranger = Api(make_resource())

    def state() -> list[Any]:
        rows = (Project, Tag, Image, ImageTag, Iteration)
        return [list(model._default_manager.order_by("pk").values()) for model in rows]

    before = state()
    for method, path, body in calls_on(project):
        answer = stranger.call(
            method, path, body, "application/octet-stream" if isinstance(body, bytes) else "application/json"
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "NotFoundProject"), (method, path)
    assert state() == before
    assert stranger.get("/projects").json() == []


def test_a_project_of_its_own_resource_is_not_reached_through_another_project() -> None:
    project = make_project()
    other = make_project(project.resource)
    tag, theirs = make_tag(project), make_tag(other)
    (their_image,) = make_images(other, 1, [theirs])
    api = Api(project.resource)
    base = project_path(project)
    assert api.get(f"{base}/tags/{theirs.pk}").json()["code"] == "NotFoundTag"
    assert api.delete(f"{base}/tags/{theirs.pk}").json()["code"] == "NotFoundTag"
    assert api.get(f"{base}/images/id?imageIds={their_image.pk}").json() == []
    assert api.delete(f"{base}/images?imageIds={their_image.pk}").status_code == 204
    pair = {"tags": [{"imageId": str(their_image.pk), "tagId": str(tag.pk)}]}
    assert api.post(f"{base}/images/tags", pair).json()["code"] == "NotFoundImage"
    assert api.delete(f"{base}/images/tags?imageIds={their_image.pk}&tagIds={theirs.pk}").status_code == 204
    assert Image.objects.get(pk=their_image.pk).removed is None
    assert ImageTag.objects.filter(image=their_image, removed__isnull=True).count() == 1


def test_an_error_of_the_server_is_told_without_its_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("portal.projects.visible_projects", fail)
    answer = Api(make_resource()).get("/projects")
    assert (answer.status_code, answer.json()["code"]) == (500, "ErrorUnknown")
    assert "secret" not in answer.content.decode()


def test_images_by_ids_takes_256_ids() -> None:
    project = make_project()
    wanted = ids(*(uuid4() for _ in range(257)))
    answer = Api(project.resource).get(f"{project_path(project)}/images/id?imageIds={wanted}")
    assert answer.json()["code"] == "BadRequestExceededBatchSize"


def test_a_client_may_send_back_the_whole_project_and_tag() -> None:
    project = make_project()
    api = Api(project.resource)
    base = project_path(project)
    whole = api.get(base).json()
    whole |= {"id": str(uuid4()), "created": "2001-01-01T00:00:00Z", "description": "changed", "status": "Failed"}
    whole["settings"] |= {"useNegativeSet": False, "classificationType": "Multiclass"}
    changed = api.patch(base, whole).json()
    assert (changed["id"], changed["description"], changed["status"]) == (str(project.pk), "changed", "Succeeded")
    assert changed["settings"]["classificationType"] == "Multiclass"
    assert changed["settings"]["domainId"] == str(GENERAL_CLASSIFICATION)

    tag = api.post(f"{base}/tags?name=pine").json()
    tag |= {"imageCount": 99, "name": "fir", "description": None}
    assert api.patch(f"{base}/tags/{tag['id']}", tag).json() == tag | {"imageCount": 0, "description": ""}
