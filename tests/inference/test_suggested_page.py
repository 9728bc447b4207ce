"""The page of suggested tags: what each role and address shows, and what it costs."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inference.models import Suggestion
from labeling.models import Image, ImageTag, SnapshotTag, Tag
from portal.domains import GENERAL_DETECTION
from portal.models import Project
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import make_images, make_iteration, make_project, make_tag
from tests.inference.serving import png
from tests.inference.test_box_suggestions import detector, stored
from tests.inference.test_tag_suggestions import Set
from tests.training.test_gallery import browser, data_of
from training.models import Iteration, IterationState

pytestmark = pytest.mark.django_db


def trained_on(iteration: Iteration, *tags: Tag) -> None:
    SnapshotTag.objects.bulk_create(
        SnapshotTag(snapshot_id=iteration.pk, tag_id=tag.pk, name=tag.name, type=tag.type, position=position)
        for position, tag in enumerate(tags)
    )


@pytest.fixture
def made() -> Set:
    found = Set()
    trained_on(found.iteration, found.red, found.green, found.blue)
    return found


def page_of(client: Client, project: Project, query: str = "") -> str:
    answer = client.get(f"/projects/{project.pk}/images/suggested{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def first_of(client: Client, project: Project, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data_of(page_of(client, project, query), "first")
    return found


def order_of(client: Client, project: Project, query: str = "") -> list[UUID]:
    content = client.get(f"/projects/{project.pk}/images/suggested/order{query}").content
    return [UUID(bytes=content[start : start + 16]) for start in range(0, len(content), 16)]


def items_of(client: Client, project: Project, images: list[Image], query: str = "") -> Any:
    body = {"images": [str(image.pk) for image in images]}
    address = f"/projects/{project.pk}/images/suggested/items{query}"
    return client.post(address, body, content_type="application/json").json()["items"]


def test_before_a_trained_iteration_one_line_says_what_is_needed() -> None:
    project = make_project()
    make_images(project, 2)
    make_iteration(project, IterationState.TRAINING)
    client = browser(project)
    page = page_of(client, project)
    assert "Tag 5 images for each of two tags and train: the model then suggests the rest." in page
    assert first_of(client, project) == []
    detection = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    assert "Draw boxes on 15 images for a tag and train" in page_of(browser(detection), detection)


def test_without_untagged_images_and_before_a_look_it_says_so(made: Set) -> None:
    client = browser(made.project)
    made.put(made.red, made.image(250, 20, 20))
    assert "None of the 1 images is left to suggest tags for." in page_of(client, made.project)
    made.image(250, 20, 30)
    assert f"{made.iteration.name} has not looked at it yet." in page_of(client, made.project)


def test_a_look_shows_images_by_tag_threshold_and_uncertainty(made: Set) -> None:
    client = browser(made.project)
    sure, unsure, green = made.image(250, 20, 20), made.image(120, 110, 20), made.image(20, 250, 60)
    body = {"by": str(made.iteration.pk), "count": 64, "after": None}
    answer = client.post(f"/projects/{made.project.pk}/images/suggested/look", body, content_type="application/json")
    assert answer.json() == {"count": 3, "after": None, "trouble": ""}
    items = first_of(client, made.project, "?threshold=90")
    assert {item["image"] for item in items} == {str(sure.pk), str(green.pk)}
    (item,) = first_of(client, made.project, f"?tag={made.green.pk}")
    (said,) = item["suggested"]
    assert (item["image"], item["tags"], said["tag"]) == (str(green.pk), [], str(made.green.pk))
    assert said["probability"] == pytest.approx(Suggestion.objects.get(image=green).predictions[0]["probability"])
    surest = order_of(client, made.project, "?threshold=1")
    assert surest[-1] == unsure.pk
    assert order_of(client, made.project, "?threshold=1&order=unsure") == surest[::-1]
    page = page_of(client, made.project, f"?tag={made.green.pk}&threshold=1")
    assert f'value="{made.green.pk}" checked' in page


def test_images_are_counted_by_tag_and_in_all(made: Set) -> None:
    client = browser(made.project)
    tagged = made.image(250, 20, 60)
    made.suggest(made.image(250, 20, 20), made.image(20, 250, 60), made.image(120, 110, 20), tagged)
    made.put(made.blue, tagged)
    made.image(20, 20, 250)
    address = f"/projects/{made.project.pk}/images/suggested/counts"
    red, green, blue = (str(tag.pk) for tag in (made.red, made.green, made.blue))
    assert client.get(f"{address}?threshold=90").json() == {"tags": {red: 1, green: 1, blue: 0}, "lookedAt": 3}
    assert client.get(f"{address}?threshold=30").json()["tags"] == {red: 2, green: 2, blue: 0}
    other = make_project()
    assert browser(other).get(f"/projects/{other.pk}/images/suggested/counts").status_code == 404


def test_images_that_somebody_tagged_meanwhile_are_left_out(made: Set) -> None:
    client = browser(made.project)
    kept, tagged = made.image(250, 20, 20), made.image(250, 20, 40)
    made.suggest(kept, tagged)
    made.put(made.blue, tagged)
    assert order_of(client, made.project) == [kept.pk]
    assert [item["image"] for item in first_of(client, made.project)] == [str(kept.pk)]
    # Asked for by its id, as a page does that was drawn before: it comes with the tag that it has now.
    (item,) = items_of(client, made.project, [tagged])
    assert item["tags"] == [str(made.blue.pk)]


def test_tags_that_the_iteration_does_not_know_or_that_are_gone_are_never_offered(made: Set) -> None:
    client = browser(made.project)
    new = make_tag(made.project, "new since")
    image = made.image(20, 250, 60)
    made.suggest(image)
    made.green.delete()
    page = page_of(client, made.project, "?threshold=0")
    offered = {str(tag.pk) for tag in (made.red, made.green, made.blue, new) if f'tag-{tag.pk}"' in page}
    assert offered == {str(made.red.pk), str(made.blue.pk)}
    (item,) = first_of(client, made.project, "?threshold=0")
    assert {each["tag"] for each in item["suggested"]} == offered
    # An address of before the tag was deleted, or of a tag that nobody was trained on, shows every tag.
    for tag in (made.green, new):
        assert len(order_of(client, made.project, f"?threshold=0&tag={tag.pk}")) == 1


def test_what_to_label_next_is_shown_without_what_is_suggested(made: Set) -> None:
    client = browser(made.project)
    sure, unsure = made.image(250, 20, 20), made.image(120, 110, 20)
    made.suggest(sure, unsure)
    assert order_of(client, made.project, "?order=next") == [unsure.pk, sure.pk]
    page = page_of(client, made.project, "?order=next")
    assert [item["image"] for item in data_of(page, "first")] == [str(unsure.pk), str(sure.pk)]
    assert not any("suggested" in item for item in data_of(page, "first"))
    assert not any("suggested" in item for item in items_of(client, made.project, [unsure], "?order=next"))
    assert 'data-mode="blind"' in page
    assert 'name="tag"' not in page


def test_a_detectors_boxes_come_with_their_place() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    fork = make_tag(project, "fork")
    iteration = detector(make_iteration(project), fork, (0, -0.25, 0.5, 0.5, 0, 0.75), (0, 0, 1, 1, 0, 0.25))
    trained_on(iteration, fork)
    image = stored(project, png(format="JPEG"))
    client = browser(project)
    body = {"by": str(iteration.pk), "count": 1, "after": None}
    client.post(f"/projects/{project.pk}/images/suggested/look", body, content_type="application/json")
    (item,) = first_of(client, project)
    assert item["image"] == str(image.pk)
    (box,) = item["suggested"]
    assert box == {
        "tag": str(fork.pk),
        "probability": box["probability"],
        "left": 0,
        "top": 0,
        "width": 0.5,
        "height": 0.5,
    }
    assert 'data-mode="boxes"' in page_of(client, project)


def test_a_labeler_confirms_and_a_reader_only_looks(made: Set) -> None:
    image = made.image(250, 20, 20)
    made.suggest(image)
    labeler, reader = browser(made.project), browser(made.project, Role.READER)
    assert 'id="confirm-bar"' in page_of(labeler, made.project)
    page = page_of(reader, made.project)
    assert ('id="confirm-bar"' in page, 'id="look"' in page, "data-read-only" in page) == (False, False, True)
    assert [item["image"] for item in data_of(page, "first")] == [str(image.pk)]
    body = {"by": str(made.iteration.pk), "count": 1}
    refused = reader.post(
        f"/projects/{made.project.pk}/images/suggested/look", json.dumps(body), content_type="application/json"
    )
    assert refused.status_code == 403
    assert not ImageTag.objects.exists()


def test_a_look_that_says_nothing_sensible_is_refused(made: Set) -> None:
    client = browser(made.project)
    address = f"/projects/{made.project.pk}/images/suggested/look"
    for body in ({}, {"by": "x", "count": 1}, {"by": str(made.iteration.pk), "count": "many"}, []):
        answer = client.post(address, json.dumps(body), content_type="application/json")
        assert answer.status_code == 400


def test_the_page_costs_as_many_queries_whatever_it_shows(made: Set) -> None:
    client = browser(made.project)
    counted = []
    for step in range(3):
        made.suggest(*(made.image(250 - 40 * step, 20 + 10 * each, 20) for each in range(1 + 4 * step)))
        with CaptureQueriesContext(connection) as queries:
            assert len(first_of(client, made.project)) == (1, 6, 15)[step]
        counted.append(len(queries))
    assert counted[0] == counted[1] == counted[2]
