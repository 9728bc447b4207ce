"""Boxes put on images and taken off."""

from uuid import uuid4

import pytest

from labeling.boxes import Box
from labeling.models import Image, ImageTag, Region
from labeling.regions import ImageBox, add_regions, delete_regions
from portal.domains import GENERAL_DETECTION
from portal.errors import Refusal
from portal.limits import REGIONS_PER_BATCH, REGIONS_PER_IMAGE
from portal.models import AuditEntry, Project
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_project, make_tag, member

pytestmark = pytest.mark.django_db


def detection_project() -> Project:
    return make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))


def box(tag_id: object, left: float = 0.1) -> Box:
    return Box(tag_id, left, 0.2, 0.3, 0.4)  # type: ignore[arg-type]


def test_a_box_brings_its_tag_and_grows_the_version() -> None:
    project = detection_project()
    (image,), tag = make_images(project, 1), make_tag(project)
    boxing = add_regions(key_actor(project), project, [ImageBox(image.pk, box(tag.pk))])
    (region,) = boxing.created
    assert (region.image_id, region.tag_id, region.left, region.height) == (image.pk, tag.pk, 0.1, 0.4)
    assert list(ImageTag.objects.filter(image=image, removed__isnull=True).values_list("tag_id", flat=True)) == [tag.pk]
    assert Image.objects.get(pk=image.pk).version == image.version + 1
    assert AuditEntry.objects.filter(act="create_regions", project_id=project.pk).exists()


def test_the_same_box_again_is_a_duplicate() -> None:
    project = detection_project()
    (image,), tag = make_images(project, 1), make_tag(project)
    wanted = [ImageBox(image.pk, box(tag.pk))]
    add_regions(key_actor(project), project, wanted)
    boxing = add_regions(key_actor(project), project, [*wanted, ImageBox(image.pk, box(tag.pk, 0.5))])
    assert (len(boxing.created), boxing.duplicated) == (1, wanted)
    assert Region.objects.filter(image=image).count() == 2


def test_past_the_limit_of_an_image_boxes_are_told_and_left_out() -> None:
    project = detection_project()
    (image,), tag = make_images(project, 1), make_tag(project)
    Region.objects.bulk_create(
        Region(image=image, tag=tag, left=0, top=0, width=0.5, height=(n + 1) / 1000)
        for n in range(REGIONS_PER_IMAGE - 1)
    )
    wanted = [ImageBox(image.pk, box(tag.pk, left)) for left in (0.1, 0.2)]
    boxing = add_regions(key_actor(project), project, wanted)
    assert (len(boxing.created), boxing.exceeded) == (1, wanted[1:])


@pytest.mark.parametrize("kind", ["image", "tag", "box", "batch", "classification"])
def test_what_cannot_be_changes_nothing(kind: str) -> None:
    project = make_project() if kind == "classification" else detection_project()
    (image,), tag = make_images(project, 1), make_tag(project)
    good = ImageBox(image.pk, box(tag.pk))
    wanted = {
        "image": [good, ImageBox(uuid4(), box(tag.pk))],
        "tag": [good, ImageBox(image.pk, box(uuid4()))],
        "box": [good, ImageBox(image.pk, box(tag.pk, 0.9))],
        "batch": [good] * (REGIONS_PER_BATCH + 1),
        "classification": [good],
    }[kind]
    code = {"image": "NotFoundImage", "tag": "NotFoundTag", "batch": "BadRequestExceededBatchSize"}
    with pytest.raises(Refusal) as refusal:
        add_regions(key_actor(project), project, wanted)
    assert refusal.value.code == code.get(kind, "BadRequestImageRegions")
    assert not Region.objects.filter(image=image).exists()


def test_a_tag_goes_with_its_last_box() -> None:
    project = detection_project()
    (image,), tag = make_images(project, 1), make_tag(project)
    actor = key_actor(project)
    first, second = add_regions(
        actor, project, [ImageBox(image.pk, box(tag.pk)), ImageBox(image.pk, box(tag.pk, 0.5))]
    ).created
    assert delete_regions(actor, project, [first.pk, uuid4()]) == 1
    assert ImageTag.objects.filter(image=image, removed__isnull=True).exists()
    assert delete_regions(actor, project, [first.pk, second.pk]) == 1
    assert not ImageTag.objects.filter(image=image, removed__isnull=True).exists()
    assert Region.objects.filter(image=image).count() == 2


def test_a_reader_may_not() -> None:
    project = detection_project()
    (image,), tag = make_images(project, 1), make_tag(project)
    reader = member(project, Role.READER)
    with pytest.raises(Refusal):
        add_regions(reader, project, [ImageBox(image.pk, box(tag.pk))])
    with pytest.raises(Refusal):
        delete_regions(reader, project, [uuid4()])
    assert not Region.objects.filter(image=image).exists()
