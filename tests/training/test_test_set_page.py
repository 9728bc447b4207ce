"""The locked test set on the gallery's page: filter, marks, dialog, acts."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from labeling.locked_test_choice import put_into_test_set
from labeling.models import Image, LockedTestImage, TestChoice
from portal.jobs.models import Job, JobState
from portal.models import Project, User
from portal.permissions import Role
from tests.builders import key_actor, make_images, make_project, make_tag
from tests.training.locked_test.rows import put_in_test_set, trained_iteration
from tests.training.test_gallery import browser, order_of, page_of
from training.locked_test.scoring import ask_for_scores

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def post(client: Client, project: Project, name: str, **form: Any) -> Any:
    return client.post(f"/projects/{project.pk}/test-set/{name}", form)


def choose(client: Client, project: Project, images: list[Image], is_in: bool = True) -> Any:
    body = json.dumps({"images": [str(image.pk) for image in images], "isIn": is_in})
    return client.post(f"/projects/{project.pk}/test-set/images", body, content_type="application/json")


def in_set(project: Project) -> set[UUID]:
    return set(LockedTestImage.objects.filter(project=project).values_list("pk", flat=True))


def test_the_gallery_shows_what_is_in_it_and_what_is_not(project: Project) -> None:
    client = browser(project, Role.TRAINER)
    images = make_images(project, 5, [make_tag(project, "can")])
    assert 'data-parameter="test"' not in page_of(client, project)
    put_into_test_set(key_actor(project), project, [image.pk for image in images[:2]])
    inside, outside = {image.pk for image in images[:2]}, {image.pk for image in images[2:]}

    assert set(order_of(client, project, "?test=in")) == inside
    assert set(order_of(client, project, "?test=out")) == outside
    assert set(order_of(client, project, "?test=both")) == inside | outside
    page = page_of(client, project, "?test=in")
    assert "2 images in the locked test set" in page
    items = client.post(
        f"/projects/{project.pk}/images/items",
        json.dumps({"images": [str(image.pk) for image in images]}),
        content_type="application/json",
    ).json()["items"]
    assert {UUID(item["image"]) for item in items if item["isInTestSet"]} == inside
    state = client.get(f"/projects/{project.pk}/images/{images[0].pk}/state").json()
    assert state["testSet"] == TestChoice.HAND
    assert client.get(f"/projects/{project.pk}/images/{images[4].pk}/state").json()["testSet"] == ""


def test_selected_images_go_in_and_out_and_the_answer_says_which(project: Project) -> None:
    client = browser(project, Role.TRAINER)
    chosen, copy, other = make_images(project, 3)
    Image.objects.filter(pk__in=[chosen.pk, copy.pk]).update(perceptual_hash=5)

    answer = choose(client, project, [chosen, other]).json()

    words = "In the locked test set now: 2 images, and along with them 1 that looks nearly the same."
    assert answer["words"] == words
    assert set(map(UUID, answer["changed"])) == in_set(project) == {chosen.pk, copy.pk, other.pk}
    out = choose(client, project, [copy], is_in=False).json()
    assert out["words"] == "Out of the locked test set: 1 image. Trainings see them again."
    assert out["changed"] == [str(copy.pk)]
    assert in_set(project) == {chosen.pk, other.pk}
    for body in ("[]", '{"images": 3, "isIn": true}', '{"images": []}', '{"images": [], "isIn": true}'):
        path = f"/projects/{project.pk}/test-set/images"
        assert client.post(path, body, content_type="application/json").status_code == 400


def test_a_filter_is_locked_and_an_unfiltered_gallery_is_not(project: Project) -> None:
    client = browser(project, Role.TRAINER)
    can, cup = make_tag(project, "can"), make_tag(project, "cup")
    cans = make_images(project, 3, [can])
    make_images(project, 2, [cup])
    dialog = client.get(f"/projects/{project.pk}/test-set?tag={can.pk}").content.decode()
    assert "Lock 3 images" in dialog
    assert "No image is in it yet." in dialog

    answer = post(client, project, "filter", asked=f"tag={can.pk}", act="in")

    assert answer.headers["HX-Trigger"] == "test-set-changed"
    assert "In the locked test set now: 3 images." in answer.content.decode()
    assert in_set(project) == {image.pk for image in cans}
    assert set(LockedTestImage.objects.values_list("choice", flat=True)) == {TestChoice.FILTER}
    post(client, project, "filter", asked=f"tag={can.pk}&test=in", act="out")
    assert in_set(project) == set()
    refused = post(client, project, "filter", asked="", act="in")
    assert refused.status_code == 422
    assert "Filter it first" in refused.content.decode()
    assert in_set(project) == set()


def test_a_draw_of_a_number_or_a_share(project: Project) -> None:
    client = browser(project, Role.TRAINER)
    make_images(project, 20, [make_tag(project, "can")])
    answer = post(client, project, "draw", number="3", unit="images", seed="7", asked="")
    assert "In the locked test set now: 3 images." in answer.content.decode()
    post(client, project, "draw", number="10", unit="percent", seed="7", asked="")
    assert len(in_set(project)) == 5
    wrong = ({"number": "x"}, {"number": "2.5"}, {"number": "0"}, {"number": "99"}, {"number": "1", "seed": "-1"})
    for form in wrong:
        refused = post(client, project, "draw", **{"unit": "images", "seed": "7", "asked": "", **form})
        assert refused.status_code == 422, form
        assert "note bad" in refused.content.decode()
    assert len(in_set(project)) == 5


def test_a_labeler_sees_what_it_is_and_cannot_change_it(project: Project) -> None:
    (image,) = make_images(project, 1, [make_tag(project, "can")])
    put_into_test_set(key_actor(project), project, [image.pk])
    client = browser(project, Role.LABELER)
    dialog = client.get(f"/projects/{project.pk}/test-set").content.decode()
    assert "1 image</span> is in it" in dialog
    assert "<form" not in dialog
    assert 'data-act="lock"' not in page_of(client, project)
    assert choose(client, project, [image], is_in=False).status_code == 403
    assert post(client, project, "draw", number="1", unit="images", seed="1").status_code == 403
    assert post(client, project, "filter", asked="test=in", act="out").status_code == 403
    assert in_set(project) == {image.pk}
    assert 'data-act="lock"' in page_of(browser(project, Role.TRAINER), project)


def test_scoring_is_watched_stopped_and_begun_again(project: Project) -> None:
    client = browser(project, Role.TRAINER)
    tag = make_tag(project, "can")
    put_in_test_set(project, make_images(project, 4, [tag]))
    iteration = trained_iteration(project, [tag])
    ask_for_scores([iteration])
    path = f"/projects/{project.pk}/test-set/scoring"
    part = client.get(path).content.decode()
    assert f"{iteration.name} is being scored: 0 of 4 images." in part
    assert "every 2s" in part

    stopped = client.post(f"/projects/{project.pk}/iterations/{iteration.pk}/scoring/stop").content.decode()

    assert f"{iteration.name}: stopped at 0 of 4 images." in stopped
    assert "every 2s" not in stopped
    assert Job.objects.get(kind="score_locked_test").state == JobState.CANCELLED
    again = client.post(f"/projects/{project.pk}/iterations/{iteration.pk}/scoring/again").content.decode()
    assert "is being scored" in again
    job = Job.objects.filter(kind="score_locked_test", state=JobState.QUEUED).get()
    assert job.started_by == User.objects.get(pk=client.session["_auth_user_id"]).username
    labeler = browser(project, Role.LABELER)
    assert "Stop" not in labeler.get(path).content.decode()
    assert labeler.post(f"/projects/{project.pk}/iterations/{iteration.pk}/scoring/stop").status_code == 403
