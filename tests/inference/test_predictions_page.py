"""The page of stored predictions."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inference.models import StoredPrediction
from inference.pages.predictions import PREDICTIONS_A_PAGE
from portal.domains import GENERAL_DETECTION
from portal.models import Membership, Project, User
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import make_iteration, make_project, make_tag

pytestmark = pytest.mark.django_db

NEWEST = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def reader(project: Project) -> Client:
    user = User.objects.create_user("reader", password="x")
    Membership.objects.create(user=user, project=project, role=Role.READER)
    client = Client()
    client.force_login(user)
    return client


def store(project: Project, iteration_id: UUID, count: int, published_name: str = "") -> None:
    """`count` predictions, one a minute back from NEWEST; the n-th newest has the application `app-n`."""
    tag = make_tag(project)
    StoredPrediction.objects.bulk_create(
        StoredPrediction(
            project=project,
            iteration_id=iteration_id,
            published_name=published_name,
            application=f"app-{number}",
            domain_id=project.domain_id,
            image_sha256="0" * 64,
            media_type="image/png",
            width=10,
            height=10,
            size_bytes=100,
            predictions=[{"tagId": str(tag.pk), "tagName": tag.name, "probability": 0.876, "tagType": "Regular"}],
            created=NEWEST - timedelta(minutes=number),
        )
        for number in range(count)
    )


def applications(page: str) -> list[int]:
    return [int(number) for number in re.findall(r"app-(\d+)", page)]


def test_the_newest_come_first_and_older_ones_on_the_next_page() -> None:
    project = make_project()
    store(project, make_iteration(project).pk, PREDICTIONS_A_PAGE + 2)
    client = reader(project)
    first = client.get(f"/projects/{project.pk}/predictions").content.decode()
    assert applications(first) == list(range(PREDICTIONS_A_PAGE))
    assert "Page 1 of 2" in first
    second = client.get(f"/projects/{project.pk}/predictions?page=2").content.decode()
    assert applications(second) == [PREDICTIONS_A_PAGE, PREDICTIONS_A_PAGE + 1]


def test_a_prediction_says_what_the_model_said_and_which_model() -> None:
    project = make_project()
    iteration = make_iteration(project)
    store(project, iteration.pk, 1, "trees")
    page = reader(project).get(f"/projects/{project.pk}/predictions").content.decode()
    assert f"{StoredPrediction.objects.get().predictions[0]['tagName']} 88%" in page
    assert f"{iteration.name}, trees, app-0" in page
    assert "Jan 2, 03:04 UTC" in page
    assert re.search(r'<img src="/files/[^"]+"', page)


def test_the_predictions_of_one_iteration_and_those_of_a_deleted_one() -> None:
    project = make_project()
    kept = make_iteration(project)
    store(project, kept.pk, 2)
    store(project, uuid4(), 3)
    client = reader(project)
    page = client.get(f"/projects/{project.pk}/predictions?iteration={kept.pk}").content.decode()
    assert applications(page) == [0, 1]
    everything = client.get(f"/projects/{project.pk}/predictions?iteration=nonsense").content.decode()
    assert len(applications(everything)) == 5
    assert everything.count("a deleted iteration, Quick Test") == 3


def test_another_projects_predictions_are_not_shown() -> None:
    project, other = make_project(), make_project()
    store(other, make_iteration(other).pk, 1)
    assert "No predictions yet" in reader(project).get(f"/projects/{project.pk}/predictions").content.decode()


def test_the_page_asks_a_constant_number_of_queries() -> None:
    project = make_project()
    client = reader(project)
    store(project, make_iteration(project).pk, 1)
    address = f"/projects/{project.pk}/predictions"
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _ in range(4):
        store(project, make_iteration(project).pk, 10)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)


def test_a_detectors_tiles_draw_and_count_the_probable_boxes() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    fork = make_tag(project, "fork")
    box = {"left": 0.1, "top": 0.2, "width": 0.5, "height": 0.25}
    found = [
        {"tagId": str(fork.pk), "tagName": "fork", "probability": probability, "boundingBox": box}
        for probability in (0.9, 0.5, 0.49)
    ]
    store(project, make_iteration(project).pk, 2)
    first, second = StoredPrediction.objects.order_by("-created")
    StoredPrediction.objects.filter(pk=first.pk).update(predictions=found, width=200, height=100)
    StoredPrediction.objects.filter(pk=second.pk).update(predictions=found[2:])
    page = reader(project).get(f"/projects/{project.pk}/predictions").content.decode()
    assert page.count('<rect class="box" x="20.0" y="20.0" width="100.0" height="25.0"/>') == 2
    assert "2 fork" in page
    assert page.count("No object at 50%") == 1
