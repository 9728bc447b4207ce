"""The dialogs that make, change and delete tags."""

import json

import pytest
from django.test import Client

from labeling.models import ImageTag, Tag, TagType
from portal.models import AuditEntry, Project, User
from portal.permissions import Role
from tests.builders import make_images, make_project, make_tag, member

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
CHANGED = {"close-dialog": True, "tags-changed": True}


def browser(project: Project, role: Role = Role.LABELER) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=member(project, role).id))
    return client


def test_a_tag_is_made_and_the_page_told() -> None:
    project = make_project()
    answer = browser(project).post(
        f"/projects/{project.pk}/tags", {"name": " cup ", "description": "with a handle"}, headers=HTMX
    )
    assert (answer.status_code, json.loads(answer.headers["HX-Trigger"])) == (204, CHANGED)
    assert list(Tag.objects.values_list("name", "description", "type", "color")) == [
        ("cup", "with a handle", "Regular", 1)
    ]


def test_a_script_gets_the_tag_that_it_made() -> None:
    project = make_project()
    make_tag(project, "can")
    answer = browser(project).post(
        f"/projects/{project.pk}/tags",
        {"name": "cup"},
        content_type="application/json",
        headers={"Accept": "application/json"},
    )
    tag = Tag.objects.get(name="cup")
    assert answer.json() == {
        "id": str(tag.pk),
        "name": "cup",
        "type": "Regular",
        "color": 2,
        "key": "2",
        "description": "",
        "imageCount": 0,
    }


def test_a_name_that_is_taken_keeps_the_dialog_open_with_the_reason() -> None:
    project = make_project()
    make_tag(project, "cup")
    answer = browser(project).post(f"/projects/{project.pk}/tags", {"name": "cup"}, headers=HTMX)
    assert answer.status_code == 422
    assert "This project already has a tag named cup; choose another name." in answer.content.decode()
    assert Tag.objects.count() == 1


def test_name_description_color_and_kind_are_changed_in_one_act() -> None:
    project = make_project()
    tag = make_tag(project, "cup")
    form = {"name": "mug", "description": "any mug", "color": "14", "is_negative": "on"}
    answer = browser(project).post(f"/projects/{project.pk}/tags/{tag.pk}", form, headers=HTMX)
    assert (answer.status_code, json.loads(answer.headers["HX-Trigger"])) == (204, CHANGED)
    tag.refresh_from_db()
    assert (tag.name, tag.description, tag.color, tag.type) == ("mug", "any mug", 14, TagType.NEGATIVE)
    assert AuditEntry.objects.filter(act="update_tag", object_id=str(tag.pk)).count() == 1


@pytest.mark.parametrize("color", ["0", "21"])
def test_a_color_that_is_none_of_the_twenty_changes_nothing(color: str) -> None:
    project = make_project()
    tag = make_tag(project, "cup")
    form = {"name": "mug", "color": color}
    assert browser(project).post(f"/projects/{project.pk}/tags/{tag.pk}", form, headers=HTMX).status_code == 422
    tag.refresh_from_db()
    assert (tag.name, tag.color) == ("cup", 1)


def test_a_tag_on_images_with_other_tags_cannot_become_negative() -> None:
    project = make_project()
    cup, can = make_tag(project, "cup"), make_tag(project, "can")
    make_images(project, 1, [cup, can])
    answer = browser(project).post(
        f"/projects/{project.pk}/tags/{cup.pk}", {"name": "cup", "is_negative": "on"}, headers=HTMX
    )
    assert answer.status_code == 422
    assert "a negative tag stands alone" in answer.content.decode()
    cup.refresh_from_db()
    assert cup.type == TagType.REGULAR


def test_deleting_asks_first_and_says_on_how_many_images_the_tag_is() -> None:
    project = make_project()
    tag = make_tag(project, "cup")
    make_images(project, 3, [tag])
    client = browser(project)
    address = f"/projects/{project.pk}/tags/{tag.pk}/delete"
    assert "It is taken off 3 images; the images stay." in client.get(address, headers=HTMX).content.decode()
    assert Tag.objects.filter(pk=tag.pk).exists()
    assert client.post(address, headers=HTMX).status_code == 204
    assert not Tag.objects.filter(pk=tag.pk).exists()
    assert not ImageTag.objects.exists()


def test_a_reader_changes_no_tag() -> None:
    project = make_project()
    tag = make_tag(project, "cup")
    client = browser(project, Role.READER)
    for address in ("tags", f"tags/{tag.pk}", f"tags/{tag.pk}/delete"):
        assert client.post(f"/projects/{project.pk}/{address}", {"name": "mug"}).status_code == 403
    assert list(Tag.objects.values_list("name", flat=True)) == ["cup"]
