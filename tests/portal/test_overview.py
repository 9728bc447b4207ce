"""Projects, new project, sample, settings, deletion: as a person meets them."""

import io
import time
from uuid import uuid4

import numpy as np
import PIL.Image
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.models import Image, ImageTag, Region
from portal.actors import actor_for_user
from portal.domains import GENERAL_DETECTION
from portal.models import AuditEntry, Membership, Project, User
from portal.permissions import Role
from portal.projects import ProjectSettings
from portal.sample.drawing import draw
from portal.sample.scenes import draw_scene
from tests.builders import make_images, make_iteration, make_project, make_resource, make_tag
from training.models import IterationState
from training.starting import TrainingRequest, refusal_to_train

pytestmark = pytest.mark.django_db


def member_client(project: Project, role: Role) -> Client:
    user = User.objects.create_user(f"{role}", password="x")
    Membership.objects.create(user=user, project=project, role=role)
    client = Client()
    client.force_login(user)
    return client


def fill(count: int) -> None:
    resource = make_resource()
    for number in range(count):
        project = make_project(resource)
        make_images(project, 4, [make_tag(project)])
        if number % 2:
            make_iteration(project)
        if number % 3 == 0:
            make_iteration(project, IterationState.QUEUED)


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_projects(admin_client: Client) -> None:
    fill(4)
    few = queries_of(admin_client, "/")
    fill(40)
    assert queries_of(admin_client, "/") == few
    assert few < 20


def test_no_projects_is_the_welcome(admin_client: Client) -> None:
    make_resource()
    assert b"Start with the sample" in admin_client.get("/").content


def test_search_finds_words_anywhere_and_says_when_there_is_nothing(admin_client: Client) -> None:
    project = make_project()
    Project.objects.filter(pk=project.pk).update(name="Sorting line 4")
    make_project()
    found = admin_client.get("/?search=line+sort").content.decode()
    assert "Sorting line 4" in found
    assert found.count("pcard") == 1
    assert "No project matches" in admin_client.get("/?search=nowhere").content.decode()


def test_a_person_sees_the_projects_of_their_roles_alone() -> None:
    mine, other = make_project(), make_project()
    page = member_client(mine, Role.READER).get("/").content.decode()
    assert mine.name in page
    assert f"/projects/{other.pk}/" not in page
    assert "New project" not in page


def test_a_new_project_is_made_with_what_was_chosen(admin_client: Client) -> None:
    resource = make_resource()
    fields = {
        "name": "Bolts",
        "resource": str(resource.pk),
        "type": "Classification",
        "classification_type": "Multilabel",
    }
    answer = admin_client.post("/projects/new", fields)
    project = Project.objects.get(name="Bolts")
    assert answer.headers["Location"] == f"/projects/{project.pk}/images"
    assert (project.resource, project.classification_type) == (resource, "Multilabel")


def test_a_name_that_is_taken_is_told_at_the_field_and_the_rest_is_kept(admin_client: Client) -> None:
    taken = make_project()
    fields = {"name": taken.name, "resource": str(taken.resource_id), "description": "kept words"}
    answer = admin_client.post("/projects/new", fields, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'aria-invalid="true"' in page
    assert "kept words" in page
    assert Project.objects.count() == 1


def test_who_may_not_create_is_told_and_creates_nothing() -> None:
    project = make_project()
    client = member_client(project, Role.TRAINER)
    assert "made by administrators" in client.get("/projects/new").content.decode()
    assert client.post("/projects/new", {"name": "x"}).status_code == 422
    assert client.post("/projects/sample").status_code == 403
    assert Project.objects.count() == 1


def test_the_sample_is_ready_to_train_within_seconds(admin_client: Client) -> None:
    make_resource()
    started = time.monotonic()
    answer = admin_client.post("/projects/sample")
    assert time.monotonic() - started < 15
    project = Project.objects.get()
    assert answer.headers["Location"] == f"/projects/{project.pk}/images"
    assert Image.objects.count() == 51
    counts = [ImageTag.objects.filter(tag=tag).count() for tag in project.tags.all()]
    assert counts == [10, 10, 10]
    assert "Ready to train" in admin_client.get("/").content.decode()


def test_the_sample_with_boxes_is_ready_to_train(admin_client: Client) -> None:
    make_resource()
    admin_client.post("/projects/sample", {"sample": "detection"})
    project = Project.objects.get()
    assert Image.objects.count() == 36
    assert Image.objects.filter(has_no_objects=True).count() == 4
    counts = [ImageTag.objects.filter(tag=tag).count() for tag in project.tags.all()]
    assert len(counts) == 3
    assert min(counts) >= 15
    assert Region.objects.count() == sum(2 + (number % 4 > 0) + (number % 4 == 3) for number in range(22))
    trainer = actor_for_user(User.objects.get(is_superuser=True))
    assert refusal_to_train(trainer, project, TrainingRequest()) is None


def test_a_detectors_card_says_what_it_lacks(admin_client: Client) -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    make_images(project, 1)
    assert "Make a tag, then draw boxes" in admin_client.get("/").content.decode()
    tag = make_tag(project)
    make_images(project, 14, [tag])
    assert "1 tag has boxes on fewer than 15 images" in admin_client.get("/").content.decode()
    make_images(project, 1, [tag])
    assert "Ready to train" in admin_client.get("/").content.decode()


def test_a_scenes_boxes_lie_on_its_fruits() -> None:
    data, fruits = draw_scene(3, 4)
    assert data == draw_scene(3, 4)[0]
    assert {each.kind for each in fruits} == {"apple", "banana", "orange"}
    with PIL.Image.open(io.BytesIO(data)) as opened:
        pixels = np.asarray(opened.convert("RGB")).astype(int)
    orange = next(each for each in fruits if each.kind == "orange")
    column = pixels[:, int((orange.left + orange.width / 2) * 384)]
    middle = column[int((orange.top + orange.height / 2) * 288)]
    assert middle[0] > middle[2] + 60


def test_the_same_number_draws_the_same_picture() -> None:
    assert draw("banana", 3) == draw("banana", 3)
    assert draw("banana", 3) != draw("banana", 4)


def test_settings_change_what_was_changed_and_the_log_says_so(admin_client: Client) -> None:
    project = make_project()
    address = f"/projects/{project.pk}/settings"
    assert (
        admin_client.post(
            address, {"name": "Nuts", "description": "small", "classification_type": "Multiclass"}
        ).status_code
        == 302
    )
    project.refresh_from_db()
    assert (project.name, project.description, project.classification_type) == ("Nuts", "small", "Multiclass")
    page = admin_client.get(address).content.decode()
    assert "changed the project&#x27;s settings" in page
    assert str(project.pk) in page
    assert admin_client.post(address, {"name": ""}).status_code == 422


def test_how_long_predictions_are_kept(admin_client: Client) -> None:
    project = make_project()
    address = f"/projects/{project.pk}/settings"

    def kept_after(days: str) -> tuple[int | None, int]:
        status = admin_client.post(address, {"prediction_days": days}).status_code
        project.refresh_from_db()
        return project.prediction_days, status

    assert "Empty: as on the whole server, 30 days." in admin_client.get(address).content.decode()
    assert [kept_after(days) for days in (" 7 ", "0", "3650", "")] == [(7, 302), (0, 302), (3650, 302), (None, 302)]
    for wrong in ("-1", "3651", "1.5", "soon", "9" * 9, "\u00b2"):
        assert kept_after(wrong) == (None, 422)
    page = admin_client.post(address, {"prediction_days": "3651"}).content.decode()
    assert 'value="3651"' in page
    assert page.count("Predictions are kept 1 to 3,650 whole days") == 1
    said = [entry.detail["days"] for entry in AuditEntry.objects.filter(act="keep_predictions").order_by("pk")]
    assert said == [7, 0, 3650, None]
    log = admin_client.get(address).content.decode()
    for words in ("for 7 days", "until somebody deletes them", "as long as the server keeps them"):
        assert f"had stored predictions kept {words}" in log


def test_a_reader_sees_settings_and_changes_nothing() -> None:
    project = make_project()
    client = member_client(project, Role.READER)
    address = f"/projects/{project.pk}/settings"
    assert "not change them" in client.get(address).content.decode()
    assert client.post(address, {"name": "Mine", "prediction_days": "1"}).status_code == 403
    assert Project.objects.get().prediction_days is None
    assert Project.objects.get().name == project.name


def test_every_audit_line_is_said_even_without_words_or_facts(admin_client: Client) -> None:
    project = make_project()
    for act in ("create_images", "made_up_act", "train_project"):
        AuditEntry.objects.create(actor_kind="user", actor_id="1", actor_name="Ana", act=act, project_id=project.pk)
    page = admin_client.get(f"/projects/{project.pk}/settings").content.decode()
    assert "made up act" in page
    assert "added some images" in page


def test_a_project_is_deleted_only_with_its_name(admin_client: Client) -> None:
    project = make_project()
    address = f"/projects/{project.pk}/delete"
    assert admin_client.post(address, {"name": "something else"}).status_code == 422
    assert Project.objects.get().deleted is None
    assert admin_client.post(address, {"name": project.name}).status_code == 302
    assert Project.objects.get().deleted is not None


def test_the_switcher_lists_projects(admin_client: Client) -> None:
    project, other = make_project(), make_project()
    page = admin_client.get(f"/projects/{project.pk}/switcher").content.decode()
    assert project.name in page
    assert other.name in page
    assert admin_client.get(f"/projects/{uuid4()}/switcher").status_code == 404
