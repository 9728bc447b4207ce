"""Edits of pages: done once, whole or not at all, never over somebody else's change."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.edit_types import Edit, EditAct, ImageChange
from labeling.edits import apply_edit, forget_applied_edits
from labeling.models import AppliedEdit, Image, ImageTag, LabelSource, Tag, TagType
from labeling.tagging import tag_images, untag_images
from labeling.tags import delete_tag
from portal.actors import Actor
from portal.errors import Refusal
from portal.models import AuditEntry, Project
from portal.permissions import Role
from tests.builders import key_actor, make_images, make_project, make_tag, member

pytestmark = pytest.mark.django_db


def change(
    image: Image, add: Sequence[Tag] = (), remove: Sequence[Tag] = (), version: int | None = None
) -> ImageChange:
    seen = image.version if version is None else version
    return ImageChange(image.pk, seen, tuple(tag.pk for tag in add), tuple(tag.pk for tag in remove))


def label(*changes: ImageChange, edit_id: UUID | None = None) -> Edit:
    return Edit(edit_id or uuid4(), EditAct.LABEL, changes)


def tags_of(image: Image) -> set[UUID]:
    return set(ImageTag.objects.filter(image=image, removed__isnull=True).values_list("tag_id", flat=True))


def version_of(image: Image) -> int:
    return Image.objects.get(pk=image.pk).version


def state(image: Image, version: int, tags: Sequence[Tag], before: int, *, is_removed: bool = False) -> dict[str, Any]:
    return {
        "image": str(image.pk),
        "version": version,
        "tags": sorted(str(tag.pk) for tag in tags),
        "boxes": [],
        "hasNoObjects": False,
        "isRemoved": is_removed,
        "before": before,
    }


def refused(actor: Actor, project: Project, edit: Edit) -> str:
    with pytest.raises(Refusal) as refusal:
        apply_edit(actor, project, edit)
    assert not AppliedEdit.objects.filter(pk=edit.id).exists()
    return refusal.value.code


def test_an_edit_changes_each_image_in_its_own_way() -> None:
    project = make_project()
    can, cup = make_tag(project), make_tag(project)
    first, second = make_images(project, 1)[0], make_images(project, 1, [can])[0]
    actor = member(project, Role.LABELER)
    edit = label(change(first, add=[can, cup]), change(second, add=[cup], remove=[can]))

    answer = apply_edit(actor, project, edit)

    assert answer["id"] == str(edit.id)
    assert answer["conflicts"] == []
    assert answer["images"] == [state(first, 2, [can, cup], 1), state(second, 2, [cup], 1)]
    assert tags_of(first) == {can.pk, cup.pk}
    assert tags_of(second) == {cup.pk}
    new = ImageTag.objects.get(image=first, tag=can)
    assert (new.source, new.created_by) == (LabelSource.DRAWN, actor.name)
    assert ImageTag.objects.get(image=second, tag=can).removed_by == actor.name
    acts = AuditEntry.objects.filter(project_id=project.pk, act__in=["tag_images", "untag_images"])
    assert sorted(acts.values_list("act", flat=True)) == ["tag_images", "untag_images"]
    assert acts.get(act="tag_images").detail == {"created": 3, "image_count": 2}


def test_an_edit_sent_again_is_done_once_and_answered_the_same() -> None:
    project = make_project()
    can = make_tag(project)
    (image,) = make_images(project, 1)
    actor = member(project, Role.LABELER)
    edit = label(change(image, add=[can]))
    first = apply_edit(actor, project, edit)
    untag_images(key_actor(project), project, [image.pk], [can.pk])

    assert apply_edit(actor, project, edit) == first

    assert tags_of(image) == set()
    assert version_of(image) == 3
    assert ImageTag.objects.filter(image=image).count() == 1


def test_an_id_belongs_to_who_used_it_first() -> None:
    project, other = make_project(), make_project()
    can = make_tag(project)
    (image,) = make_images(project, 1)
    (their_image,) = make_images(other, 1)
    edit = label(change(image, add=[can]))
    apply_edit(key_actor(project), project, edit)
    for actor, where, changes in (
        (member(project, Role.LABELER), project, edit.changes),
        (key_actor(other), other, (change(their_image),)),
    ):
        with pytest.raises(Refusal) as refusal:
            apply_edit(actor, where, label(*changes, edit_id=edit.id))
        assert refusal.value.code == "BadRequestInvalidIds"


def test_an_image_that_somebody_else_changed_is_left_alone_and_told() -> None:
    project = make_project()
    can, cup = make_tag(project), make_tag(project)
    contested, free = make_images(project, 2)
    ana, ben = member(project, Role.LABELER), member(project, Role.LABELER)
    apply_edit(ana, project, label(change(contested, add=[can])))

    answer = apply_edit(ben, project, label(change(contested, add=[cup]), change(free, add=[cup])))

    assert answer["images"] == [state(free, 2, [cup], 1)]
    (conflict,) = answer["conflicts"]
    changed = Image.objects.get(pk=contested.pk).labels_changed
    assert changed is not None
    assert conflict == {
        "change": {"image": str(contested.pk), "version": 1, "addTags": [str(cup.pk)], "removeTags": []},
        "theirs": state(contested, 2, [can], 2),
        "reason": "changed",
        "changedBy": ana.name,
        "changedAt": changed.isoformat(),
    }
    assert tags_of(contested) == {can.pk}
    again = label(change(contested, add=[cup], remove=[can], version=2))
    assert apply_edit(ben, project, again)["conflicts"] == []
    assert tags_of(contested) == {cup.pk}


@pytest.mark.parametrize("how", ["API put on", "API took off", "tag deleted"])
def test_every_way_of_changing_labels_counts_and_names_who(how: str) -> None:
    project = make_project()
    can, cup = make_tag(project), make_tag(project)
    (image,) = make_images(project, 1, [can])
    key = key_actor(project)
    if how == "API put on":
        tag_images(key, project, [(image.pk, cup.pk)])
    elif how == "API took off":
        untag_images(key, project, [image.pk], [can.pk])
    else:
        delete_tag(key, can)
    other = make_tag(project)
    answer = apply_edit(member(project, Role.LABELER), project, label(change(image, add=[other])))
    assert [(each["reason"], each["changedBy"]) for each in answer["conflicts"]] == [("changed", key.name)]
    assert other.pk not in tags_of(image)


def test_what_is_wanted_and_there_already_is_no_conflict() -> None:
    project = make_project()
    can, cup = make_tag(project), make_tag(project)
    (image,) = make_images(project, 1, [cup])
    ana, ben = member(project, Role.LABELER), member(project, Role.LABELER)
    apply_edit(ana, project, label(change(image, add=[can], remove=[cup])))
    now = version_of(image)

    answer = apply_edit(ben, project, label(change(image, add=[can], remove=[cup])))

    assert answer["conflicts"] == []
    assert answer["images"] == [state(image, now, [can], now)]
    assert version_of(image) == now


def test_two_people_who_delete_and_label_are_told() -> None:
    project = make_project()
    can = make_tag(project)
    labeled, deleted = make_images(project, 2)
    ana, ben = member(project, Role.LABELER), member(project, Role.LABELER)
    apply_edit(ana, project, label(change(labeled, add=[can])))
    apply_edit(ana, project, Edit(uuid4(), EditAct.DELETE, (change(deleted),)))

    deletion = apply_edit(ben, project, Edit(uuid4(), EditAct.DELETE, (change(labeled), change(deleted))))
    labels = apply_edit(ben, project, label(change(deleted, add=[can]), ImageChange(uuid4(), 1, (can.pk,))))

    assert [each["reason"] for each in deletion["conflicts"]] == ["changed"]
    assert deletion["images"] == [state(deleted, 1, [], 1, is_removed=True)]
    assert Image.objects.get(pk=labeled.pk).removed is None
    assert [(each["reason"], each["changedBy"]) for each in labels["conflicts"]] == [
        ("deleted", ana.name),
        ("gone", ""),
    ]
    assert labels["conflicts"][0]["theirs"]["isRemoved"] is True
    assert tags_of(deleted) == set()


def test_images_of_other_projects_are_not_touched() -> None:
    project, other = make_project(), make_project()
    can, theirs = make_tag(project), make_tag(other)
    (image,) = make_images(other, 1, [theirs])
    actor = key_actor(project)
    for edit in (
        label(change(image, add=[can])),
        label(change(image, remove=[theirs])),
        Edit(uuid4(), EditAct.RESTORE, (change(image),)),
    ):
        assert [each["reason"] for each in apply_edit(actor, project, edit)["conflicts"]] == ["gone"]
    apply_edit(actor, project, Edit(uuid4(), EditAct.DELETE, (change(image),)))
    assert tags_of(image) == {theirs.pk}
    assert Image.objects.get(pk=image.pk).removed is None


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("tag deleted", "NotFoundTag"),
        ("another project's tag", "NotFoundTag"),
        ("negative and regular", "BadRequestNegativeAndRegularTagOnSameImage"),
        ("too many tags", "BadRequestExceedTagPerImageLimit"),
    ],
)
def test_an_edit_that_the_rules_forbid_changes_nothing(case: str, code: str) -> None:
    project = make_project()
    regular, negative = make_tag(project), make_tag(project, type=TagType.NEGATIVE)
    (image,) = make_images(project, 1, [regular])
    (fine,) = make_images(project, 1)
    added = {
        "tag deleted": [make_tag(project)],
        "another project's tag": [make_tag(make_project())],
        "negative and regular": [negative],
        "too many tags": [make_tag(project) for _ in range(100)],
    }[case]
    if case == "tag deleted":
        added[0].delete()
        added[0].pk = uuid4()
    lines = AuditEntry.objects.count()
    edit = label(change(fine, add=[regular]), change(image, add=added))
    assert refused(member(project, Role.LABELER), project, edit) == code
    assert tags_of(image) == {regular.pk}
    assert tags_of(fine) == set()
    assert AuditEntry.objects.count() == lines


def test_a_negative_tag_replaces_regular_ones_in_one_edit() -> None:
    project = make_project()
    regular, negative = make_tag(project), make_tag(project, type=TagType.NEGATIVE)
    (image,) = make_images(project, 1, [regular])
    apply_edit(key_actor(project), project, label(change(image, add=[negative], remove=[regular])))
    assert tags_of(image) == {negative.pk}


@pytest.mark.parametrize("act", list(EditAct))
@pytest.mark.parametrize("role", list(Role))
def test_only_roles_that_edit_images_edit(role: Role, act: EditAct) -> None:
    project = make_project()
    can = make_tag(project)
    (image,) = make_images(project, 1)
    actor = member(project, role)
    edit = Edit(uuid4(), act, (change(image, add=[can] if act is EditAct.LABEL else []),))
    if role in (Role.CONTRIBUTOR, Role.TRAINER, Role.LABELER):
        assert apply_edit(actor, project, edit)["conflicts"] == []
        return
    assert refused(actor, project, edit) == "ForbiddenUserInsufficientCapability"
    assert tags_of(image) == set()
    assert Image.objects.get(pk=image.pk).removed is None


def test_queries_are_the_same_for_one_image_and_for_many() -> None:
    project = make_project()
    can, cup = make_tag(project), make_tag(project)
    actor = key_actor(project)

    def queries(count: int) -> int:
        images = make_images(project, count, [cup])
        with CaptureQueriesContext(
            connection,
        ) as captured:
            apply_edit(actor, project, label(*(change(image, add=[can], remove=[cup]) for image in images)))
        return len(captured)

    assert queries(40) == queries(1)


def test_edits_are_forgotten_after_30_days() -> None:
    project = make_project()
    images = make_images(project, 2)
    edits = [label(change(image)) for image in images]
    for edit in edits:
        apply_edit(key_actor(project), project, edit)
    old = AppliedEdit.objects.filter(pk=edits[0].id)
    old.update(created=timezone.now() - timedelta(days=30, minutes=1))
    assert forget_applied_edits() == 1
    assert list(AppliedEdit.objects.values_list("pk", flat=True)) == [edits[1].id]


def test_a_tag_that_a_model_suggested_is_kept_as_suggested() -> None:
    project = make_project()
    can, cup = make_tag(project), make_tag(project)
    (image,) = make_images(project, 1)
    edit = label(ImageChange(image.pk, image.version, (can.pk, cup.pk), suggested_tags=(can.pk,)))
    apply_edit(member(project, Role.LABELER), project, edit)
    sources = dict(ImageTag.objects.filter(image=image).values_list("tag_id", "source"))
    assert sources == {can.pk: LabelSource.SUGGESTED, cup.pk: LabelSource.DRAWN}
    (line,) = AuditEntry.objects.filter(act="tag_images")
    assert line.detail == {"created": 2, "image_count": 1}


def test_what_a_model_suggested_is_told_back_with_a_conflict() -> None:
    project = make_project()
    can, cup = make_tag(project), make_tag(project)
    (image,) = make_images(project, 1)
    tag_images(key_actor(project), project, [(image.pk, cup.pk)])
    edit = label(ImageChange(image.pk, image.version, (can.pk,), suggested_tags=(can.pk,)))
    answer = apply_edit(member(project, Role.LABELER), project, edit)
    (conflict,) = answer["conflicts"]
    assert conflict["change"]["suggestedTags"] == [str(can.pk)]
    assert tags_of(image) == {cup.pk}
