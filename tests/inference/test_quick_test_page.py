"""Quick Test and Predictions in the browser."""

import json

import pytest
from django.test import Client

from inference.models import StoredPrediction
from portal.models import Membership, Project, User
from portal.permissions import Role
from tests.builders import make_project
from tests.inference.serving import png
from tests.inference.test_quick_test import trained

pytestmark = pytest.mark.django_db


def client_of(project: Project, role: Role) -> Client:
    user = User.objects.create_user(f"{role}", password="x")
    Membership.objects.create(user=user, project=project, role=role)
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, project: Project, body: bytes, query: str = "", kind: str = "image") -> tuple[int, str]:
    address = f"/projects/{project.pk}/quick-test/{kind}{query}"
    content_type = "application/octet-stream" if kind == "image" else "application/json"
    answer = client.post(address, body, content_type, headers={"Accept": "application/json"})
    return answer.status_code, answer.content.decode()


def test_a_picture_is_tested_by_the_chosen_iteration_and_kept() -> None:
    project = make_project()
    first = trained(project, order=(1, 0, 2))
    trained(project)
    client = client_of(project, Role.TRAINER)
    assert "Same call from your app" in client.get(f"/projects/{project.pk}/quick-test").content.decode()
    status, page = post(client, project, png(), f"?iteration={first.pk}")
    assert status == 200
    assert "<h2>red, " in page
    row = StoredPrediction.objects.get()
    assert row.iteration_id == first.pk
    predictions = client.get(f"/projects/{project.pk}/predictions").content.decode()
    assert "red " in predictions
    assert "Quick Test" in predictions


def test_what_is_no_picture_is_refused_in_words() -> None:
    project = make_project()
    trained(project)
    client = client_of(project, Role.TRAINER)
    status, body = post(client, project, b"no picture")
    assert (status, json.loads(body)["code"]) == (400, "BadRequestImageFormat")
    status, body = post(client, project, b'{"url": "http://127.0.0.1:1/a.png"}', kind="address")
    assert (status, json.loads(body)["code"]) == (400, "BadRequestImageUrl")
    assert StoredPrediction.objects.count() == 0


def test_without_a_trained_iteration_the_page_says_so() -> None:
    project = make_project()
    client = client_of(project, Role.TRAINER)
    assert "Nothing is trained" in client.get(f"/projects/{project.pk}/quick-test").content.decode()
    assert post(client, project, png())[0] == 404
    assert "No predictions yet" in client.get(f"/projects/{project.pk}/predictions").content.decode()


def test_a_labeler_may_not_quick_test() -> None:
    project = make_project()
    trained(project)
    assert post(client_of(project, Role.LABELER), project, png())[0] == 403
    assert StoredPrediction.objects.count() == 0
