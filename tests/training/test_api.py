"""The training operations over HTTP: shapes, names, codes. What they do is tested at the acts."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from portal.domains import DOMAINS, GENERAL_CLASSIFICATION, GENERAL_DETECTION
from portal.keys import reveal
from portal.models import Project, ResourceKind
from tests.builders import make_images, make_iteration, make_project, make_resource, make_tag
from tests.training.test_performance import scored_iteration
from training.models import Iteration, IterationState, PublishedName

pytestmark = pytest.mark.django_db


def call(project: Project, method: str, path: str, body: Any = None, version: str = "v3.4-preview") -> Any:
    """The answer of `projects/{id}/PATH`, or of a path that starts with a slash."""
    key = reveal(project.resource.keys.get(slot=2))
    address = path.removeprefix("/") if path.startswith("/") else f"projects/{project.pk}/{path}"
    return Client().generic(
        method,
        f"/customvision/{version}/training/{address}",
        "" if body is None else json.dumps(body),
        content_type="application/json; charset=utf-8",
        headers={"Training-Key": key},
    )


def code_of(answer: Any) -> tuple[int, str]:
    assert set(answer.json()) == {"code", "message"}
    return answer.status_code, answer.json()["code"]


def trainable() -> Project:
    project = make_project()
    for name in ("hemlock", "cherry"):
        make_images(project, 5, [make_tag(project, name)])
    return project


def test_all_domains_with_general_first_of_its_type() -> None:
    domains = call(make_project(), "GET", "/domains").json()
    assert {domain["id"] for domain in domains} == {str(domain_id) for domain_id in DOMAINS}
    by_type = {
        type: next(domain for domain in domains if domain["type"] == type)
        for type in ("Classification", "ObjectDetection")
    }
    assert by_type["Classification"]["id"] == str(GENERAL_CLASSIFICATION)
    assert by_type["ObjectDetection"]["id"] == str(GENERAL_DETECTION)
    assert set(domains[0]) == {
        "id", "name", "type", "exportable", "enabled", "exportablePlatforms", "modelInformation",
    }  # fmt: skip
    assert "EfficientNet-Lite0" in domains[0]["modelInformation"]["description"]


def test_an_unknown_domain_is_not_found() -> None:
    assert code_of(call(make_project(), "GET", f"/domains/{uuid4()}")) == (404, "NotFoundDomain")


@pytest.mark.parametrize("version", ["v3.0", "v3.3", "v3.4-preview", "V3.4-Preview"])
def test_training_answers_at_once_with_status_training(version: str) -> None:
    project = trainable()
    answer = call(project, "POST", "train?trainingType=Regular&reservedBudgetInHours=0&forceTrain=false", None, version)
    assert answer.status_code == 200
    iteration = answer.json()
    assert {name: iteration[name] for name in ("name", "status", "projectId", "trainingType", "trainedAt")} == {
        "name": "Iteration 1",
        "status": "Training",
        "projectId": str(project.pk),
        "trainingType": "Regular",
        "trainedAt": None,
    }
    again = call(project, "GET", f"iterations/{iteration['id']}", version=version).json()
    assert again == iteration


def test_selected_tags_come_in_the_body() -> None:
    project = trainable()
    make_images(project, 1, [make_tag(project, "oak")])
    selected = [str(tag.pk) for tag in project.tags.exclude(name="oak")]
    assert call(project, "POST", "train", {"SelectedTags": selected}).status_code == 200


def test_a_refused_training_says_why() -> None:
    answer = call(make_project(), "POST", "train")
    assert code_of(answer) == (400, "BadRequestClassificationTrainingValidationFailed")
    assert "at least 2 tags" in answer.json()["message"]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (IterationState.QUEUED, "Training"),
        (IterationState.TRAINING, "Training"),
        (IterationState.COMPLETED, "Completed"),
        (IterationState.FAILED, "Failed"),
        (IterationState.CANCELLED, "Failed"),
    ],
)
def test_words_of_the_wire_for_each_state(state: IterationState, status: str) -> None:
    iteration = make_iteration(make_project(), state)
    assert call(iteration.project, "GET", f"iterations/{iteration.pk}").json()["status"] == status


def test_iterations_come_newest_first() -> None:
    project = make_project()
    made = [make_iteration(project) for _ in range(3)]
    listed = call(project, "GET", "iterations").json()
    assert [iteration["id"] for iteration in listed] == [str(iteration.pk) for iteration in reversed(made)]


def test_the_whole_iteration_sent_back_changes_its_name_alone() -> None:
    iteration = make_iteration(make_project())
    body = call(iteration.project, "GET", f"iterations/{iteration.pk}").json()
    body |= {"name": "better", "status": "Failed", "domainId": str(uuid4())}
    answer = call(iteration.project, "PATCH", f"iterations/{iteration.pk}", body)
    assert (answer.status_code, answer.json()["name"], answer.json()["status"]) == (200, "better", "Completed")


def test_publish_answers_a_bare_true_and_shows_in_the_iteration() -> None:
    iteration = make_iteration(make_project())
    target = make_resource(ResourceKind.PREDICTION).full_id
    answer = call(
        iteration.project, "POST", f"iterations/{iteration.pk}/publish?publishName=my%20model&predictionId={target}"
    )
    assert (answer.status_code, answer.content) == (200, b"true")
    shown = call(iteration.project, "GET", f"iterations/{iteration.pk}").json()
    assert (shown["publishName"], shown["originalPublishResourceId"]) == ("my model", target)
    assert call(iteration.project, "DELETE", f"iterations/{iteration.pk}/publish").status_code == 204
    assert call(iteration.project, "GET", f"iterations/{iteration.pk}").json()["publishName"] is None


def test_publish_without_a_name_is_refused() -> None:
    iteration = make_iteration(make_project())
    target = make_resource(ResourceKind.PREDICTION).full_id
    answer = call(iteration.project, "POST", f"iterations/{iteration.pk}/publish?predictionId={target}")
    assert code_of(answer) == (400, "BadRequestRequiredParamIsNull")
    assert PublishedName.objects.count() == 0


def test_performance_at_the_default_and_at_another_threshold() -> None:
    iteration = scored_iteration()
    path = f"iterations/{iteration.pk}/performance"
    figures = call(iteration.project, "GET", path).json()
    assert (figures["precision"], figures["recall"], figures["precisionStdDeviation"]) == (0.5, 0.5, 0.0)
    assert [tag["name"] for tag in figures["perTagPerformance"]] == ["hemlock", "cherry"]
    assert call(iteration.project, "GET", f"{path}?threshold=0.75&overlapThreshold=0.3").json()["precision"] == 1.0
    assert code_of(call(iteration.project, "GET", f"{path}?threshold=2")) == (400, "BadRequest")


def test_performance_of_each_image() -> None:
    iteration = scored_iteration()
    path = f"iterations/{iteration.pk}/performance/images"
    images = call(iteration.project, "GET", f"{path}?take=50&skip=0").json()
    assert len(images) == 4
    assert all(image["predictions"][0]["probability"] >= image["predictions"][1]["probability"] for image in images)
    assert sorted(image["predictions"][0]["probability"] for image in images) == pytest.approx([0.6, 0.7, 0.8, 0.9])
    hemlock = images[0]["tags"][0]["tagId"]
    assert call(iteration.project, "GET", f"{path}/count").json() == 4
    assert call(iteration.project, "GET", f"{path}/count?tagIds={hemlock}").json() == 2
    assert len(call(iteration.project, "GET", f"{path}?tagIds={hemlock}").json()) == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/performance"),
        ("GET", "/performance/images"),
        ("GET", "/performance/images/count"),
        ("POST", "/publish?publishName=a&predictionId=b"),
        ("DELETE", "/publish"),
    ],
)
def test_an_iteration_is_found_in_its_own_project_alone(method: str, path: str) -> None:
    mine, other = make_iteration(make_project()), make_iteration(make_project())
    before = list(Iteration.objects.order_by("pk").values())
    answer = call(mine.project, method, f"iterations/{other.pk}{path}", {"name": "x"} if method == "PATCH" else None)
    assert code_of(answer) == (404, "NotFoundIteration")
    address = f"/projects/{other.project_id}/iterations/{other.pk}{path}"
    assert code_of(call(mine.project, method, address, {"name": "x"})) == (404, "NotFoundProject")
    assert list(Iteration.objects.order_by("pk").values()) == before


def test_a_deleted_iteration_is_not_found() -> None:
    iteration = make_iteration(make_project())
    assert call(iteration.project, "DELETE", f"iterations/{iteration.pk}").status_code == 204
    assert code_of(call(iteration.project, "GET", f"iterations/{iteration.pk}")) == (404, "NotFoundIteration")
