"""What the image view is told of an image, of now and of an iteration."""

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.metadata import update_metadata
from labeling.models import Image, Region, SnapshotImage, SnapshotImageTag, SnapshotTag, Tag
from labeling.tagging import tag_images
from portal.models import Membership, Project, User
from portal.permissions import Role
from tests.builders import make_images, make_iteration, make_project, make_tag, member
from training.models import ImageScore, Iteration

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def reader(project: Project) -> Client:
    person = User.objects.create(username="reader")
    Membership.objects.create(user=person, project=project, role=Role.READER)
    client = Client(headers={"Accept": "application/json"})
    client.force_login(person)
    return client


def frozen(project: Project, image: Image, tags: list[Tag], probabilities: list[float]) -> Iteration:
    """An iteration that holds the image with the first of the tags, and its scores for all."""
    iteration = make_iteration(project)
    rows = [
        SnapshotTag.objects.create(
            snapshot_id=iteration.pk, tag_id=tag.pk, name=tag.name, type=tag.type, position=place
        )
        for place, tag in enumerate(tags)
    ]
    held = SnapshotImage.objects.create(snapshot_id=iteration.pk, image=image)
    SnapshotImageTag.objects.create(snapshot_image=held, snapshot_tag=rows[0], created=image.created)
    if probabilities:
        scores = np.array(probabilities, "<f4").tobytes()
        ImageScore.objects.create(iteration=iteration, image=image, fold=0, probabilities=scores)
    return iteration


def test_facts_tags_and_who_put_them_on(project: Project, reader: Client) -> None:
    image, can, ana = make_images(project, 1)[0], make_tag(project, "can"), member(project, Role.LABELER)
    update_metadata(ana, project, [image.pk], {"site": "north"})
    tag_images(ana, project, [(image.pk, can.pk)])
    state = reader.get(f"/projects/{project.pk}/images/{image.pk}/state").json()
    assert {name: state[name] for name in ("image", "width", "height", "sizeBytes", "mediaType", "addedBy")} == {
        "image": str(image.pk),
        "width": 320,
        "height": 240,
        "sizeBytes": 1000,
        "mediaType": "image/jpeg",
        "addedBy": "test",
    }
    assert [(tag["tag"], tag["name"], tag["by"]) for tag in state["tags"]] == [(str(can.pk), "can", ana.name)]
    assert (state["boxes"], state["metadata"]) == ([], {"site": "north"})


def test_boxes_are_fractions_of_the_image(project: Project, reader: Client) -> None:
    can = make_tag(project, "can")
    image = make_images(project, 1, [can])[0]
    box = Region.objects.create(image=image, tag=can, left=0.1, top=0.2, width=0.3, height=0.4, created_by="test")
    state = reader.get(f"/projects/{project.pk}/images/{image.pk}/state").json()
    place = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}
    assert state["boxes"] == [{"id": str(box.pk), "tag": str(can.pk), "name": "can", **place}]


def test_no_objects_and_the_version_are_those_of_now_or_of_the_iteration(project: Project, reader: Client) -> None:
    can = make_tag(project, "can")
    image = make_images(project, 1)[0]
    iteration = frozen(project, image, [can], [])
    Image.objects.filter(pk=image.pk).update(has_no_objects=True, version=7)
    address = f"/projects/{project.pk}/images/{image.pk}/state"
    now, then = reader.get(address).json(), reader.get(f"{address}?iteration={iteration.pk}").json()
    assert (now["version"], now["hasNoObjects"], then["hasNoObjects"]) == (7, True, False)
    SnapshotImage.objects.update(has_no_objects=True)
    assert reader.get(f"{address}?iteration={iteration.pk}").json()["hasNoObjects"] is True


def test_of_an_iteration_the_labels_are_the_frozen_ones(project: Project, reader: Client) -> None:
    can, cup = make_tag(project, "can"), make_tag(project, "cup")
    image = make_images(project, 1, [cup])[0]
    iteration = frozen(project, image, [can, cup], [])
    state = reader.get(f"/projects/{project.pk}/images/{image.pk}/state?iteration={iteration.pk}").json()
    assert [tag["name"] for tag in state["tags"]] == ["can"]


@pytest.mark.parametrize("query", ["?iteration=yesterday", "?iteration=00000000-0000-4000-8000-000000000000"])
def test_an_iteration_that_is_none_is_refused(project: Project, reader: Client, query: str) -> None:
    image = make_images(project, 1)[0]
    answer = reader.get(f"/projects/{project.pk}/images/{image.pk}/state{query}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NotFoundIteration")


def test_an_image_of_another_project_is_not_here(project: Project, reader: Client) -> None:
    image = make_images(make_project(), 1)[0]
    answer = reader.get(f"/projects/{project.pk}/images/{image.pk}/state")
    assert (answer.status_code, answer.json()["code"]) == (404, "NotFoundImage")
    assert reader.get(f"/projects/{image.project_id}/images/{image.pk}/state").status_code == 404


def test_queries_do_not_grow_with_the_labels(project: Project, reader: Client) -> None:
    few, many = make_images(project, 2)
    tags = [make_tag(project) for _ in range(20)]
    tag_images(member(project, Role.LABELER), project, [(many.pk, tag.pk) for tag in tags])
    counts = []
    for image in (few, many):
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(f"/projects/{project.pk}/images/{image.pk}/state").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_probabilities_of_an_iteration_come_most_probable_first(project: Project, reader: Client) -> None:
    can, cup = make_tag(project, "can"), make_tag(project, "cup")
    image = make_images(project, 1, [can])[0]
    iteration = frozen(project, image, [can, cup], [0.25, 0.75])
    answer = reader.get(f"/projects/{project.pk}/images/{image.pk}/scores/{iteration.pk}").json()
    assert answer == {
        "iteration": iteration.name,
        "scores": [
            {"tag": str(cup.pk), "name": "cup", "probability": 0.75},
            {"tag": str(can.pk), "name": "can", "probability": 0.25},
        ],
    }


def test_an_image_that_was_not_judged_has_no_probabilities(project: Project, reader: Client) -> None:
    image = make_images(project, 1)[0]
    iteration = make_iteration(project)
    answer = reader.get(f"/projects/{project.pk}/images/{image.pk}/scores/{iteration.pk}").json()
    assert answer["scores"] == []
    other = make_iteration(make_project())
    assert reader.get(f"/projects/{project.pk}/images/{image.pk}/scores/{other.pk}").status_code == 404
