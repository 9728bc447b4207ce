"""Tags: names and kinds, changes, deletion."""

import pytest

from labeling.models import Image, ImageTag, Region, Tag, TagType
from labeling.snapshots import gather, write_snapshot
from labeling.tags import CountedTag, TagChange, counted_tag, counted_tags, create_tag, delete_tag, get_tag, update_tag
from portal.actors import Actor
from portal.domains import GENERAL_DETECTION
from portal.errors import Refusal
from portal.models import AuditEntry, Project
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_project, make_tag, member

pytestmark = pytest.mark.django_db

EDITORS = [Role.CONTRIBUTOR, Role.TRAINER, Role.LABELER]
OTHERS = [Role.DEPLOYMENT, Role.READER]


def refused(code: str, actor: Actor, project: Project, *arguments: str) -> None:
    before = Tag.objects.count()
    with pytest.raises(Refusal) as refusal:
        create_tag(actor, project, *arguments)
    assert refusal.value.code == code
    assert Tag.objects.count() == before


def test_tags_keep_the_order_in_which_they_were_made() -> None:
    project = make_project()
    actor = key_actor(project)
    made = [create_tag(actor, project, name) for name in ("pine", "oak", "ash")]
    delete_tag(actor, made[1])
    create_tag(actor, project, "elm", "a tree")
    assert [(tag.name, tag.description, tag.type) for tag in counted_tags(project)] == [
        ("pine", "", "Regular"),
        ("ash", "", "Regular"),
        ("elm", "a tree", "Regular"),
    ]
    assert list(Tag.objects.filter(project=project).values_list("position", flat=True)) == [0, 2, 3]
    entry = AuditEntry.objects.filter(act="create_tag", project_id=project.pk).latest("id")
    assert entry.detail == {"name": "elm", "type": "Regular"}


def test_a_tag_is_refused_with_the_right_code() -> None:
    project = make_project()
    actor = key_actor(project)
    create_tag(actor, project, "pine")
    create_tag(actor, project, "nothing", "", "Negative")
    refused("BadRequestTagNameNotUnique", actor, project, " pine ")
    refused("BadRequestMultipleNegativeTag", actor, project, "none", "", "Negative")
    refused("BadRequestTagName", actor, project, "  ")
    refused("BadRequestTagName", actor, project, "n" * 257)
    refused("BadRequestTagDescription", actor, project, "oak", "d" * 4097)
    refused("BadRequestTagType", actor, project, "oak", "", "Odd")
    refused("BadRequestTagType", actor, project, "oak", "", "GeneralProduct")


def test_detection_has_general_products_and_no_negative_tag() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    actor = key_actor(project)
    create_tag(actor, project, "product", "", "GeneralProduct")
    refused("BadRequestMultipleGeneralProductTag", actor, project, "thing", "", "GeneralProduct")
    refused("BadRequestTagType", actor, project, "nothing", "", "Negative")


def test_a_project_has_so_many_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.tags.TAGS_PER_PROJECT", 2)
    project = make_project()
    make_tag(project)
    make_tag(project)
    refused("BadRequestExceedTagPerProjectLimit", key_actor(project), project, "third")


def test_update_changes_what_is_given_and_leaves_the_rest() -> None:
    project = make_project()
    actor = key_actor(project)
    tag = create_tag(actor, project, "pine", "a tree")
    update_tag(actor, get_tag(project, tag.pk), TagChange(name="fir"))
    assert counted_tag(project, tag.pk).name == "fir"
    assert counted_tag(project, tag.pk).description == "a tree"
    update_tag(actor, get_tag(project, tag.pk), TagChange(description="", type="Negative"))
    assert (counted_tag(project, tag.pk).description, counted_tag(project, tag.pk).type) == ("", "Negative")


def test_update_keeps_the_rules() -> None:
    project = make_project()
    actor = key_actor(project)
    pine, oak = create_tag(actor, project, "pine"), create_tag(actor, project, "oak")
    make_images(project, 1, [pine, oak])
    for change, code in (
        (TagChange(name="oak"), "BadRequestTagNameNotUnique"),
        (TagChange(type="Negative"), "BadRequestNegativeAndRegularTagOnSameImage"),
    ):
        with pytest.raises(Refusal) as refusal:
            update_tag(actor, get_tag(project, pine.pk), change)
        assert refusal.value.code == code
    assert get_tag(project, pine.pk).name == "pine"
    assert get_tag(project, pine.pk).type == TagType.REGULAR


def test_counts_are_of_images_that_are_there() -> None:
    project = make_project()
    tag = make_tag(project)
    images = make_images(project, 3, [tag])
    Image.objects.filter(pk=images[0].pk).update(removed="2026-01-01T00:00Z")
    ImageTag.objects.filter(image=images[1]).update(removed="2026-01-01T00:00Z")
    assert counted_tag(project, tag.pk).image_count == 1


def test_tags_of_a_snapshot_stay_as_they_were() -> None:
    project = make_project()
    actor = key_actor(project)
    tag = create_tag(actor, project, "pine")
    make_images(project, 2, [tag])
    snapshot = write_snapshot(gather(project))
    tag_id = tag.pk
    update_tag(actor, tag, TagChange(name="fir"))
    delete_tag(actor, tag)
    assert counted_tags(project) == []
    assert counted_tag(project, tag_id, snapshot.pk) == CountedTag(tag_id, "pine", "", "Regular", 2)


def test_deleting_a_tag_takes_it_and_its_regions_off_all_images() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    actor = key_actor(project)
    gone, kept = make_tag(project), make_tag(project)
    both, only_kept = make_images(project, 1, [gone, kept])[0], make_images(project, 1, [kept])[0]
    box = {"left": 0, "top": 0, "width": 0.5, "height": 0.5}
    old = Region.objects.create(image=both, tag=gone, **box)
    mine = Region.objects.create(image=both, tag=kept, replaces=old, **box)

    delete_tag(actor, gone)

    assert list(Tag.objects.filter(project=project)) == [kept]
    assert list(Region.objects.filter(image__project=project)) == [mine]
    mine.refresh_from_db()
    assert mine.replaces is None
    assert set(ImageTag.objects.filter(image__project=project).values_list("image_id", "tag_id")) == {
        (both.pk, kept.pk),
        (only_kept.pk, kept.pk),
    }
    assert Image.objects.get(pk=both.pk).version == 2
    assert Image.objects.get(pk=only_kept.pk).version == 1
    assert AuditEntry.objects.get(act="delete_tag", project_id=project.pk).detail["image_count"] == 1


@pytest.mark.parametrize("role", EDITORS)
def test_roles_that_edit_images_edit_tags(role: Role) -> None:
    project = make_project()
    actor = member(project, role)
    tag = create_tag(actor, project, "pine")
    update_tag(actor, tag, TagChange(name="fir"))
    delete_tag(actor, tag)


@pytest.mark.parametrize("role", OTHERS)
def test_roles_that_do_not_edit_images_change_no_tag(role: Role) -> None:
    project = make_project()
    actor = member(project, role)
    tag = make_tag(project, "pine")
    refused("ForbiddenUserInsufficientCapability", actor, project, "oak")
    for act in (lambda: update_tag(actor, tag, TagChange(name="fir")), lambda: delete_tag(actor, tag)):
        with pytest.raises(Refusal) as refusal:
            act()
        assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    assert [each.name for each in counted_tags(project)] == ["pine"]
    assert not AuditEntry.objects.filter(project_id=project.pk, act__contains="tag").exists()


def test_an_actor_of_another_project_sees_no_project() -> None:
    project, other = make_project(), make_project()
    refused("NotFoundProject", key_actor(other), project, "oak")
