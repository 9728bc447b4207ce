"""Putting tags on images and taking them off."""

from uuid import uuid4

import pytest

from labeling.models import Image, ImageTag, Region, TagType
from labeling.tagging import tag_images, untag_images
from portal.domains import GENERAL_DETECTION
from portal.errors import Refusal
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_project, make_tag, member

pytestmark = pytest.mark.django_db


def current_tags(image: Image) -> set[object]:
    return set(image.image_tags.filter(removed__isnull=True).values_list("tag_id", flat=True))


def test_tags_are_put_on_images_once() -> None:
    project = make_project()
    old, new = make_tag(project), make_tag(project)
    first, second = make_images(project, 2, [old])
    Image.objects.filter(pk=first.pk).update(has_no_objects=True)

    tagging = tag_images(
        key_actor(project), project, [(first.pk, new.pk), (first.pk, old.pk), (second.pk, old.pk), (first.pk, new.pk)]
    )

    assert tagging.created == [(first.pk, new.pk)]
    assert tagging.duplicated == [(first.pk, old.pk), (second.pk, old.pk)]
    assert tagging.exceeded == []
    assert current_tags(first) == {old.pk, new.pk}
    label = ImageTag.objects.get(image=first, tag=new)
    assert (label.created_by, label.source) == (project.resource.name, "api")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.version, second.version) == (2, 1)
    assert not first.has_no_objects


def test_an_image_takes_100_tags() -> None:
    project = make_project()
    tags = [make_tag(project) for _ in range(102)]
    (image,) = make_images(project, 1, tags[:99])
    tagging = tag_images(key_actor(project), project, [(image.pk, tag.pk) for tag in tags[99:]])
    assert tagging.created == [(image.pk, tags[99].pk)]
    assert tagging.exceeded == [(image.pk, tags[100].pk), (image.pk, tags[101].pk)]
    assert len(current_tags(image)) == 100


@pytest.mark.parametrize("case", ["negative first", "regular first", "together"])
def test_negative_and_regular_do_not_meet_on_an_image(case: str) -> None:
    project = make_project()
    regular, negative = make_tag(project), make_tag(project, type=TagType.NEGATIVE)
    has = {"negative first": [negative], "regular first": [regular], "together": []}[case]
    wants = {"negative first": [regular], "regular first": [negative], "together": [regular, negative]}[case]
    (image,) = make_images(project, 1, has)
    (untouched,) = make_images(project, 1)
    with pytest.raises(Refusal) as refusal:
        tag_images(key_actor(project), project, [(untouched.pk, regular.pk), *((image.pk, tag.pk) for tag in wants)])
    assert refusal.value.code == "BadRequestNegativeAndRegularTagOnSameImage"
    assert current_tags(image) == {tag.pk for tag in has}
    assert current_tags(untouched) == set()


def test_images_and_tags_of_other_projects_are_not_found() -> None:
    project, other = make_project(), make_project()
    tag, theirs = make_tag(project), make_tag(other)
    (image,) = make_images(project, 1)
    (their_image,) = make_images(other, 1)
    for pair, code in (
        ((their_image.pk, tag.pk), "NotFoundImage"),
        ((image.pk, theirs.pk), "NotFoundTag"),
        ((uuid4(), tag.pk), "NotFoundImage"),
    ):
        with pytest.raises(Refusal) as refusal:
            tag_images(key_actor(project), project, [(image.pk, tag.pk), pair])
        assert refusal.value.code == code
    assert not ImageTag.objects.filter(image__project__in=[project, other]).exists()


def test_a_call_takes_128_pairs() -> None:
    project = make_project()
    with pytest.raises(Refusal) as refusal:
        tag_images(key_actor(project), project, [(uuid4(), uuid4()) for _ in range(129)])
    assert refusal.value.code == "BadRequestExceededBatchSize"


def test_untagging_keeps_history_and_takes_the_regions_along() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    tag, kept = make_tag(project), make_tag(project)
    image, bare = make_images(project, 1, [tag, kept])[0], make_images(project, 1)[0]
    for each in (tag, kept):
        Region.objects.create(image=image, tag=each, left=0, top=0, width=1, height=1)

    removed = untag_images(key_actor(project), project, [image.pk, bare.pk, uuid4()], [tag.pk, uuid4()])

    assert removed == 1
    assert current_tags(image) == {kept.pk}
    history = ImageTag.objects.get(image=image, tag=tag)
    assert history.removed is not None
    assert history.removed_by == project.resource.name
    assert list(image.regions.filter(removed__isnull=True).values_list("tag_id", flat=True)) == [kept.pk]
    assert image.regions.count() == 2
    assert Image.objects.get(pk=image.pk).version == 2
    assert Image.objects.get(pk=bare.pk).version == 1
    assert untag_images(key_actor(project), project, [image.pk], [tag.pk]) == 0


def test_a_tag_taken_off_can_be_put_on_again() -> None:
    project = make_project()
    tag = make_tag(project)
    (image,) = make_images(project, 1, [tag])
    untag_images(key_actor(project), project, [image.pk], [tag.pk])
    assert tag_images(key_actor(project), project, [(image.pk, tag.pk)]).created == [(image.pk, tag.pk)]
    assert ImageTag.objects.filter(image=image).count() == 2


def test_untagging_leaves_other_projects_alone() -> None:
    project, other = make_project(), make_project()
    theirs = make_tag(other)
    (their_image,) = make_images(other, 1, [theirs])
    assert untag_images(key_actor(project), project, [their_image.pk], [theirs.pk]) == 0
    assert current_tags(their_image) == {theirs.pk}


@pytest.mark.parametrize("role", list(Role))
def test_only_roles_that_edit_images_tag_them(role: Role) -> None:
    project = make_project()
    old, new = make_tag(project), make_tag(project)
    (image,) = make_images(project, 1, [old])
    actor = member(project, role)
    acts = (
        lambda: tag_images(actor, project, [(image.pk, new.pk)]),
        lambda: untag_images(actor, project, [image.pk], [old.pk]),
    )
    if role in (Role.CONTRIBUTOR, Role.TRAINER, Role.LABELER):
        for act in acts:
            act()
        assert current_tags(image) == {new.pk}
        return
    for act in acts:
        with pytest.raises(Refusal) as refusal:
            act()
        assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    assert current_tags(image) == {old.pk}
