"""Quick Test and Predictions in the browser."""

import html
import json
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from inference.models import StoredPrediction
from portal.actors import SYSTEM
from portal.domains import GENERAL_DETECTION
from portal.models import Membership, Project, ResourceKind, User
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import make_iteration, make_project, make_resource, make_tag
from tests.inference.artifacts import make_detector
from tests.inference.serving import png
from tests.inference.test_quick_test import trained
from training.models import Iteration
from training.publishing import publish_iteration

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
    assert '"red"' in html.unescape(predictions)
    assert "Quick Test" in predictions


def detector(project: Project) -> Iteration:
    """Finds a tag at 90% in the upper left corner, and one that was deleted at 20%."""
    tag = make_tag(project, "fork")
    labels = ((str(tag.pk), "fork", "regular"), (str(uuid4()), "spoon", "regular"))
    boxes = [(0.1, 0.02, 0.5, 0.4, 0, 0.9), (0.6, 0.6, 1.0, 0.9, 1, 0.2)]
    iteration = make_iteration(project)
    name = f"projects/{project.pk}/iterations/{iteration.pk}/test.onnx"
    iteration.artifact = default_storage.save(name, ContentFile(make_detector(boxes, labels)))
    iteration.artifact_sha256 = ""
    iteration.save()
    return iteration


def test_a_detectors_boxes_are_listed_and_drawn() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    iteration = detector(project)
    client = client_of(project, Role.TRAINER)
    status, page = post(client, project, png())
    assert status == 200
    assert page.count('<tr tabindex="0" data-box=') == 2
    assert '<rect class="box" x="10.00%" y="2.00%" width="40.00%" height="38.00%"/>' in page
    assert page.count("data-word=") == 2
    assert "<span>spoon 20%</span>" in page
    publish_iteration(SYSTEM, iteration, "forks", make_resource(ResourceKind.PREDICTION).full_id)
    code = client.get(f"/projects/{project.pk}/quick-test").content.decode()
    assert f"/customvision/v3.0/Prediction/{project.pk}/detect/iterations/forks/image" in code


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
    assert "Train an iteration first" in client.get(f"/projects/{project.pk}/predictions").content.decode()


def test_a_labeler_may_not_quick_test() -> None:
    project = make_project()
    trained(project)
    assert post(client_of(project, Role.LABELER), project, png())[0] == 403
    assert StoredPrediction.objects.count() == 0
