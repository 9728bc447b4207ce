"""Edits of boxes that the rules forbid: refused by a code, and nothing changes."""

import math
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from labeling.boxes import Box, DrawnBox
from labeling.edit_types import ImageChange
from labeling.edits import apply_edit
from labeling.models import Image, Tag, TagType
from portal.actors import Actor
from portal.domains import GENERAL_DETECTION
from portal.limits import REGIONS_PER_IMAGE
from portal.models import Project
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_project, make_tag, member
from tests.labeling.box_changes import change, drawn, label, live, refused, version_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))


@pytest.fixture
def ana(project: Project) -> Actor:
    return member(project, Role.LABELER)


def _other_geometry(box: DrawnBox, image: Image, other: Image, can: Tag) -> ImageChange:
    return change(image, add=[replace(box, box=replace(box.box, left=0.5))])


REFUSED: dict[str, tuple[str, Callable[[DrawnBox, Image, Image, Tag], ImageChange]]] = {
    "other geometry": ("BadRequestInvalidIds", _other_geometry),
    "other image": ("BadRequestInvalidIds", lambda box, image, other, can: change(other, add=[box])),
    "no area": (
        "BadRequestImageRegions",
        lambda box, image, other, can: change(image, add=[DrawnBox(uuid4(), Box(can.pk, 0.1, 0.1, 0.0, 0.4))]),
    ),
    "outside": ("BadRequestImageRegions", lambda box, image, other, can: change(image, add=[drawn(can, 0.9)])),
    "not a number": (
        "BadRequestImageRegions",
        lambda box, image, other, can: change(image, add=[drawn(can, math.nan)]),
    ),
    "no such tag": ("NotFoundTag", lambda box, image, other, can: change(image, add=[drawn(Tag(pk=uuid4()))])),
    "negative tag": (
        "BadRequestImageRegions",
        lambda box, image, other, can: change(other, add=[drawn(make_tag(image.project, type=TagType.NEGATIVE))]),
    ),
    "too many": (
        "BadRequestImageRegions",
        lambda box, image, other, can: change(image, add=[drawn(can, n / 1000) for n in range(REGIONS_PER_IMAGE)]),
    ),
    "too many tags": (
        "BadRequestExceedTagPerImageLimit",
        lambda box, image, other, can: change(image, add=[drawn(make_tag(image.project)) for _ in range(100)]),
    ),
    "no objects beside a box": (
        "BadRequestInvalid",
        lambda box, image, other, can: change(image, has_no_objects=True),
    ),
    "no objects with a box": (
        "BadRequestInvalid",
        lambda box, image, other, can: change(other, add=[drawn(can)], has_no_objects=True),
    ),
    "a tag alone": (
        "BadRequestImageTags",
        lambda box, image, other, can: ImageChange(other.pk, version_of(other), add_tags=(can.pk,)),
    ),
    "the tag of a box": (
        "BadRequestImageTags",
        lambda box, image, other, can: ImageChange(image.pk, version_of(image), remove_tags=(can.pk,)),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_edit_that_the_rules_forbid_changes_nothing(project: Project, ana: Actor, case: str) -> None:
    (image, other, fine), can = make_images(project, 3), make_tag(project)
    box = drawn(can)
    apply_edit(ana, project, label(change(image, add=[box])))
    code, asked = REFUSED[case]
    edit = label(change(fine, add=[drawn(can)]), asked(box, image, other, can))
    assert refused(ana, project, edit) == code
    assert (live(image), live(other), live(fine)) == ([box.id], [], [])
    assert version_of(fine) == 1


def test_exactly_as_many_boxes_as_an_image_holds(project: Project, ana: Actor) -> None:
    (image,), can = make_images(project, 1), make_tag(project)
    boxes = [drawn(can, n / 1000) for n in range(REGIONS_PER_IMAGE)]
    apply_edit(ana, project, label(change(image, add=boxes)))
    assert len(live(image)) == REGIONS_PER_IMAGE
    assert refused(ana, project, label(change(image, add=[drawn(can, 0.5)]))) == "BadRequestImageRegions"
    moved = drawn(can, 0.5, replaces=boxes[0].id)
    apply_edit(ana, project, label(change(image, add=[moved], remove=boxes[:1])))
    assert len(live(image)) == REGIONS_PER_IMAGE


def test_boxes_belong_to_detection_projects() -> None:
    project = make_project()
    (image,), can = make_images(project, 1), make_tag(project)
    actor = key_actor(project)
    assert refused(actor, project, label(change(image, add=[drawn(can)]))) == "BadRequestImageRegions"
    assert refused(actor, project, label(change(image, has_no_objects=True))) == "BadRequestInvalid"
