"""The address that pages send edits to."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from labeling.models import AppliedEdit, Image, ImageTag, Tag
from portal.models import Project, User
from portal.permissions import Role
from tests.builders import make_images, make_project, make_tag, member

pytestmark = pytest.mark.django_db


def signed_in(project: Project, role: Role = Role.LABELER) -> tuple[Client, User]:
    user = User.objects.get(pk=member(project, role).id)
    client = Client()
    client.force_login(user)
    return client, user


def tagging(image: Image, tag: Tag, **more: Any) -> dict[str, Any]:
    changes = [{"image": str(image.pk), "version": image.version, "addTags": [str(tag.pk)]}]
    return {"id": str(uuid4()), "act": "label", "changes": changes, **more}


def send(client: Client, project: Project, body: Any) -> Any:
    return client.post(
        f"/projects/{project.pk}/edits", body, content_type="application/json", headers={"Accept": "application/json"}
    )


def test_an_edit_is_done_and_answered() -> None:
    project = make_project()
    tag = make_tag(project)
    (image,) = make_images(project, 1)
    client, user = signed_in(project)
    answer = send(client, project, tagging(image, tag, person=str(user.pk)))
    assert answer.status_code == 200
    assert [(each["image"], each["version"], each["tags"]) for each in answer.json()["images"]] == [
        (str(image.pk), 2, [str(tag.pk)])
    ]
    assert ImageTag.objects.get(image=image).created_by == user.get_username()


def test_the_edit_of_another_person_waits_for_that_person() -> None:
    project = make_project()
    tag = make_tag(project)
    (image,) = make_images(project, 1)
    client, user = signed_in(project)
    answer = send(client, project, tagging(image, tag, person=str(uuid4())))
    assert answer.status_code == 401
    assert answer.json() == {
        "code": "UnauthorizedOtherPerson",
        "message": f"You are signed in as {user.get_username()}.",
    }
    assert not ImageTag.objects.filter(image=image).exists()
    assert not AppliedEdit.objects.exists()


def test_without_a_session_nothing_changes_and_the_page_is_told() -> None:
    project = make_project()
    (image,) = make_images(project, 1)
    answer = send(Client(), project, tagging(image, make_tag(project)))
    assert (answer.status_code, answer.json()["code"]) == (401, "Unauthorized")
    assert not ImageTag.objects.filter(image=image).exists()


def test_a_reader_is_refused() -> None:
    project = make_project()
    (image,) = make_images(project, 1)
    client, _ = signed_in(project, Role.READER)
    answer = send(client, project, tagging(image, make_tag(project)))
    assert (answer.status_code, answer.json()["code"]) == (403, "ForbiddenUserInsufficientCapability")
    assert not ImageTag.objects.filter(image=image).exists()


IMAGE = str(uuid4())
CHANGE = {"image": IMAGE, "version": 1}


@pytest.mark.parametrize(
    "body",
    [
        "not JSON",
        [],
        {},
        {"id": "1", "act": "label", "changes": [CHANGE]},
        {"id": 7, "act": "label", "changes": [CHANGE]},
        {"id": str(uuid4()), "act": "rename", "changes": [CHANGE]},
        {"id": str(uuid4()), "act": "label", "changes": []},
        {"id": str(uuid4()), "act": "label", "changes": "all"},
        {"id": str(uuid4()), "act": "label", "changes": [{"image": IMAGE}]},
        {"id": str(uuid4()), "act": "label", "changes": [{"image": IMAGE, "version": "1"}]},
        {"id": str(uuid4()), "act": "label", "changes": [{"image": IMAGE, "version": True}]},
        {"id": str(uuid4()), "act": "label", "changes": [{**CHANGE, "addTags": ["can"]}]},
        {"id": str(uuid4()), "act": "label", "changes": [{**CHANGE, "addTags": 3}]},
        {"id": str(uuid4()), "act": "label", "changes": [CHANGE, CHANGE]},
        {"id": str(uuid4()), "act": "label", "changes": [{**CHANGE, "addTags": [IMAGE], "removeTags": [IMAGE]}]},
    ],
)
def test_what_is_no_edit_is_refused(body: Any) -> None:
    project = make_project()
    client, _ = signed_in(project)
    answer = send(client, project, body)
    assert answer.status_code == 400
    assert answer.json()["code"].startswith("BadRequest")
    assert not AppliedEdit.objects.exists()
