"""Quick test through the training API."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse

from inference.models import StoredPrediction
from inference.quick_test import choose_iteration, quick_test
from labeling.models import Image
from portal.errors import Refusal
from portal.limits import TRAINING_IMAGE_BYTES
from portal.models import Project
from portal.permissions import Role
from portal.signed_files import signed_address
from tests.builders import make_iteration, make_project, make_resource, member
from tests.inference.artifacts import make_artifact
from tests.inference.serving import png
from tests.wire.http import Api, multipart, project_path
from training.models import Iteration, IterationState

pytestmark = pytest.mark.django_db


def trained(project: Project, **artifact: Any) -> Iteration:
    iteration = make_iteration(project)
    name = f"projects/{project.pk}/iterations/{iteration.pk}/test.onnx"
    iteration.artifact = default_storage.save(name, ContentFile(make_artifact(**artifact)))
    iteration.artifact_sha256 = ""
    iteration.save()
    return iteration


def post_image(project: Project, body: bytes, query: str = "", content_type: str = "") -> HttpResponse:
    path = f"{project_path(project)}/quicktest/image{query}"
    return Api(project.resource).post(path, body, content_type or "application/octet-stream")


def test_the_latest_trained_iteration_answers_and_the_image_is_kept() -> None:
    project = make_project()
    trained(project, order=(1, 0, 2))
    latest = trained(project)
    make_iteration(project, IterationState.FAILED)
    body, content_type = multipart(png())
    answer = post_image(project, body, content_type=content_type)
    assert answer.status_code == 200
    content = answer.json()
    assert (content["project"], content["iteration"]) == (str(project.pk), str(latest.pk))
    assert [entry["tagName"] for entry in content["predictions"]] == ["grün", "none", "red"]
    row = StoredPrediction.objects.get()
    assert row.pk == UUID(content["id"])
    assert (row.iteration_id, row.resource_id, row.published_name) == (latest.pk, None, "")
    assert row.predictions == content["predictions"]
    assert Image.objects.count() == 0


def test_a_named_iteration_without_keeping_anything() -> None:
    project = make_project()
    first = trained(project, order=(1, 0, 2))
    trained(project)
    answer = post_image(project, png(), f"?iterationId={first.pk}&store=false")
    assert answer.json()["predictions"][0]["tagName"] == "red"
    assert StoredPrediction.objects.count() == 0
    assert not default_storage.exists(f"projects/{project.pk}/predictions")


def test_an_image_by_its_address() -> None:
    project = make_project()
    iteration = trained(project)
    address = signed_address(default_storage.save("projects/p/a.png", ContentFile(png())))
    path = f"{project_path(project)}/quicktest/url?iterationId={iteration.pk}&store=true"
    answer = Api(project.resource).post(path, {"Url": address})
    assert answer.json()["predictions"][0]["tagName"] == "grün"
    assert StoredPrediction.objects.count() == 1
    refused = Api(project.resource).post(path, {"url": "http://127.0.0.1:1/a.png"})
    assert (refused.status_code, refused.json()["code"]) == (400, "BadRequestImageUrl")


def test_refusals() -> None:
    project = make_project()

    def code(answer: HttpResponse) -> tuple[int, str]:
        return answer.status_code, json.loads(answer.content)["code"]

    assert code(post_image(project, png())) == (404, "NotFoundProjectDefaultIteration")
    assert code(post_image(project, png(), f"?iterationId={uuid4()}")) == (404, "NotFoundIteration")
    untrained = make_iteration(project, IterationState.QUEUED)
    assert code(post_image(project, png(), f"?iterationId={untrained.pk}")) == (400, "BadRequestIterationIsNotTrained")
    trained(project)
    assert code(post_image(project, b"")) == (400, "BadRequestImageStream")
    assert code(post_image(project, b"text")) == (400, "BadRequestImageFormat")
    too_large = png(format="BMP").ljust(TRAINING_IMAGE_BYTES + 1, b"\0")
    assert code(post_image(project, too_large)) == (400, "BadRequestImageSizeBytes")
    assert post_image(project, too_large[:-1]).status_code == 200
    trained(project, properties={"sightline.resize_rule": "crop"})
    assert code(post_image(project, png())) == (500, "ErrorPredictionModelNotFound")
    assert StoredPrediction.objects.count() == 1


def test_another_resources_key_sees_no_project() -> None:
    project = make_project()
    trained(project)
    answer = Api(make_resource()).post(f"{project_path(project)}/quicktest/image", png(), "application/octet-stream")
    assert answer.json()["code"] == "NotFoundProject"


@pytest.mark.parametrize("role", list(Role))
def test_who_may_test(role: Role) -> None:
    project = make_project()
    iteration = trained(project)
    actor = member(project, role)
    if role in (Role.CONTRIBUTOR, Role.TRAINER):
        assert choose_iteration(actor, project, None) == iteration
        assert quick_test(actor, iteration, png(), is_stored=True).ranked[0].name == "grün"
        return
    with pytest.raises(Refusal) as refusal:
        choose_iteration(actor, project, None)
    assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    with pytest.raises(Refusal):
        quick_test(actor, iteration, png(), is_stored=True)
    assert StoredPrediction.objects.count() == 0
