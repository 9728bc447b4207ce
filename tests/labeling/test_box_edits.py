"""Edits of boxes: under ids of the page's making, undone and done again without trace, told whole in conflicts."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.boxes import Box, DrawnBox
from labeling.edit_types import Edit, EditAct, ImageChange
from labeling.edits import apply_edit
from labeling.models import AppliedEdit, Image, ImageTag, LabelSource, Region
from labeling.regions import ImageBox, add_regions
from labeling.snapshots import gather
from labeling.tagging import tag_images
from labeling.tags import delete_tag
from portal.actors import Actor
from portal.domains import GENERAL_DETECTION
from portal.models import AuditEntry, Project
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_project, make_tag, member
from tests.labeling.box_changes import change, drawn, label, live, record, refused, state, tags_of, version_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))


@pytest.fixture
def ana(project: Project) -> Actor:
    return member(project, Role.LABELER)


def test_boxes_come_under_the_pages_ids_and_bring_their_tags(project: Project, ana: Actor) -> None:
    (image,), can, cup = make_images(project, 1), make_tag(project), make_tag(project)
    boxes = [drawn(can), drawn(can, 0.5), replace(drawn(cup), is_suggested=True)]

    answer = apply_edit(ana, project, label(change(image, add=boxes)))

    plain = [*boxes[:2], replace(boxes[2], is_suggested=False)]
    assert answer["images"] == [state(image, 2, plain, 1)]
    assert answer["conflicts"] == []
    assert live(image) == [box.id for box in boxes]
    assert tags_of(image) == {can.pk, cup.pk}
    sources = {region.pk: (region.source, region.created_by) for region in Region.objects.filter(image=image)}
    assert sources == {
        boxes[0].id: (LabelSource.DRAWN, ana.name),
        boxes[1].id: (LabelSource.DRAWN, ana.name),
        boxes[2].id: (LabelSource.SUGGESTED, ana.name),
    }
    lines = AuditEntry.objects.filter(project_id=project.pk, act__endswith="regions")
    assert [(line.act, line.detail) for line in lines] == [("create_regions", {"created": 3, "image_count": 1})]


def test_a_move_an_undo_and_a_redo_leave_the_same_rows(project: Project, ana: Actor) -> None:
    (image,), can = make_images(project, 1), make_tag(project)
    first, other = drawn(can), drawn(can, 0.6)
    moved = drawn(can, 0.3, replaces=first.id)
    apply_edit(ana, project, label(change(image, add=[first, other])))
    tag_row = ImageTag.objects.get(image=image).pk

    def answer(add: DrawnBox, remove: DrawnBox) -> list[Any]:
        (told,) = apply_edit(ana, project, label(change(image, add=[add], remove=[remove])))["images"]
        return [box["id"] for box in told["boxes"]]

    assert answer(moved, first) == [str(other.id), str(moved.id)]
    assert Region.objects.get(pk=moved.id).replaces_id == first.id
    assert answer(first, moved) == [str(first.id), str(other.id)]
    assert answer(moved, first) == [str(other.id), str(moved.id)]
    assert answer(first, moved) == [str(first.id), str(other.id)]

    assert version_of(image) == 6
    assert set(Region.objects.filter(image=image).values_list("pk", flat=True)) == {first.id, other.id, moved.id}
    back = Region.objects.get(pk=first.id)
    assert (back.removed, back.removed_by, back.created_by) == (None, "", ana.name)
    assert Region.objects.get(pk=moved.id).removed_by == ana.name
    assert ImageTag.objects.get(image=image).pk == tag_row


def test_the_same_boxes_are_the_same_dataset_whatever_their_ids(project: Project, ana: Actor) -> None:
    (image,), can = make_images(project, 1), make_tag(project)
    boxes = [drawn(can), drawn(can, 0.5)]
    apply_edit(ana, project, label(change(image, add=boxes)))
    before = gather(project).digest()
    again = [replace(box, id=uuid4()) for box in boxes]
    apply_edit(ana, project, label(change(image, add=again[:1], remove=boxes)))
    assert gather(project).digest() != before
    apply_edit(ana, project, label(change(image, add=again[1:])))
    assert gather(project).digest() == before


def test_an_edit_sent_again_is_done_once_and_answered_the_same(project: Project, ana: Actor) -> None:
    (image,), can = make_images(project, 1), make_tag(project)
    first, second = drawn(can), drawn(can, 0.5)
    edit = label(change(image, add=[first]))
    answer = apply_edit(ana, project, edit)
    apply_edit(ana, project, label(change(image, add=[second], remove=[first])))

    assert apply_edit(ana, project, edit) == answer

    assert live(image) == [second.id]
    assert version_of(image) == 3
    # Also once the answer is forgotten: what is there already is done already, what changed since is told.
    AppliedEdit.objects.all().delete()
    assert apply_edit(ana, project, label(change(image, add=[second], remove=[first], version=1)))["images"] == [
        state(image, 3, [second], 3)
    ]
    (conflict,) = apply_edit(ana, project, edit)["conflicts"]
    assert conflict["theirs"] == state(image, 3, [second], 3)
    assert live(image) == [second.id]


def test_a_box_that_is_there_or_gone_already_changes_nothing(project: Project, ana: Actor) -> None:
    (image,), can = make_images(project, 1), make_tag(project)
    box = drawn(can)
    apply_edit(ana, project, label(change(image, add=[box])))
    lines = AuditEntry.objects.count()

    for edit in (label(change(image, add=[box])), label(change(image, remove=[drawn(can)], version=1))):
        answer = apply_edit(ana, project, edit)
        assert (answer["images"], answer["conflicts"]) == ([state(image, 2, [box], 2)], [])

    assert AuditEntry.objects.count() == lines
    half = drawn(can, 0.5)
    apply_edit(ana, project, label(change(image, add=[box, half], remove=[drawn(can)])))
    assert live(image) == [box.id, half.id]
    assert AuditEntry.objects.filter(act="create_regions").last().detail["created"] == 1  # type: ignore[union-attr]


def test_a_conflict_tells_both_states(project: Project, ana: Actor) -> None:
    (image,), can, cup = make_images(project, 1), make_tag(project), make_tag(project)
    ben = member(project, Role.LABELER)
    start, hers, his = drawn(can), drawn(can, 0.5), drawn(cup, 0.6)
    apply_edit(ana, project, label(change(image, add=[start])))
    seen = version_of(image)
    moved = replace(hers, replaces=start.id)
    apply_edit(ana, project, label(change(image, add=[moved], remove=[start])))

    edit = label(change(image, add=[his], remove=[start], version=seen, has_no_objects=False))
    answer = apply_edit(ben, project, edit)

    assert answer["images"] == []
    (conflict,) = answer["conflicts"]
    assert conflict["change"] == {
        "image": str(image.pk),
        "version": seen,
        "addTags": [],
        "removeTags": [],
        "addBoxes": [record(his)],
        "removeBoxes": [str(start.id)],
        "hasNoObjects": False,
    }
    assert conflict["theirs"] == state(image, 3, [moved], 3)
    assert (conflict["reason"], conflict["changedBy"]) == ("changed", ana.name)
    assert live(image) == [hers.id]


def test_the_api_and_a_page_conflict_as_well(project: Project, ana: Actor) -> None:
    (image,), can = make_images(project, 1), make_tag(project)
    seen = version_of(image)
    key = key_actor(project)
    add_regions(key, project, [ImageBox(image.pk, Box(can.pk, 0, 0, 0.5, 0.5))])
    (conflict,) = apply_edit(ana, project, label(change(image, has_no_objects=True, version=seen)))["conflicts"]
    assert conflict["changedBy"] == key.name
    assert len(conflict["theirs"]["boxes"]) == 1


def test_a_tag_goes_with_its_last_box_and_comes_back_with_it(project: Project, ana: Actor) -> None:
    (image,), can, cup = make_images(project, 1), make_tag(project), make_tag(project)
    boxes = [drawn(can), drawn(can, 0.5), drawn(cup)]
    apply_edit(ana, project, label(change(image, add=boxes)))
    apply_edit(ana, project, label(change(image, remove=boxes[:1])))
    assert tags_of(image) == {can.pk, cup.pk}
    apply_edit(ana, project, label(change(image, remove=boxes[1:2])))
    assert tags_of(image) == {cup.pk}
    assert ImageTag.objects.get(image=image, tag=can).removed_by == ana.name
    apply_edit(ana, project, label(change(image, add=boxes[:1], remove=boxes[2:])))
    assert tags_of(image) == {can.pk}
    assert live(image) == [boxes[0].id]


def test_a_box_may_change_its_tag(project: Project, ana: Actor) -> None:
    (image,), can, cup = make_images(project, 1), make_tag(project), make_tag(project)
    box = drawn(can)
    apply_edit(ana, project, label(change(image, add=[box])))
    renamed = drawn(cup, replaces=box.id)
    answer = apply_edit(ana, project, label(change(image, add=[renamed], remove=[box])))
    assert answer["images"] == [state(image, 3, [renamed], 2)]
    assert tags_of(image) == {cup.pk}


def test_what_a_box_replaces_is_a_box_of_the_image_or_nothing(project: Project, ana: Actor) -> None:
    image, other = make_images(project, 2)
    can = make_tag(project)
    theirs = drawn(can)
    apply_edit(ana, project, label(change(other, add=[theirs])))
    first = drawn(can)
    chain = [first, drawn(can, 0.2, replaces=first.id), drawn(can, 0.3, replaces=theirs.id), drawn(can, 0.4, uuid4())]
    itself = drawn(can, 0.5)
    chain.append(replace(itself, replaces=itself.id))
    apply_edit(ana, project, label(change(image, add=chain)))
    replaces = dict(Region.objects.filter(image=image).values_list("pk", "replaces_id"))
    assert [replaces[box.id] for box in chain] == [None, first.id, None, None, None]


def test_no_objects_is_said_and_ends_with_a_box(project: Project, ana: Actor) -> None:
    (image,), can = make_images(project, 1), make_tag(project)
    said = apply_edit(ana, project, label(change(image, has_no_objects=True)))
    assert said["images"] == [state(image, 2, [], 1, has_no_objects=True)]
    assert tags_of(image) == set()
    box = drawn(can)
    assert apply_edit(ana, project, label(change(image, add=[box])))["images"] == [state(image, 3, [box], 2)]
    # A person who clears the image of its boxes can say it in the same edit, and take it back.
    cleared = apply_edit(ana, project, label(change(image, remove=[box], has_no_objects=True)))
    assert cleared["images"] == [state(image, 4, [], 3, has_no_objects=True)]
    undone = apply_edit(ana, project, label(change(image, add=[box], has_no_objects=False)))
    assert undone["images"] == [state(image, 5, [box], 4)]
    marks = AuditEntry.objects.filter(project_id=project.pk, act="mark_no_objects").order_by("pk")
    assert [line.detail for line in marks] == [
        {"marked": 1, "unmarked": 0},
        {"marked": 0, "unmarked": 1},
        {"marked": 1, "unmarked": 0},
        {"marked": 0, "unmarked": 1},
    ]


def test_a_region_of_the_api_ends_no_objects(project: Project, ana: Actor) -> None:
    (image,), can = make_images(project, 1), make_tag(project)
    apply_edit(ana, project, label(change(image, has_no_objects=True)))
    add_regions(key_actor(project), project, [ImageBox(image.pk, Box(can.pk, 0, 0, 0.5, 0.5))])
    assert Image.objects.get(pk=image.pk).has_no_objects is False


def test_a_tag_without_a_box_goes_alone_and_comes_back(project: Project, ana: Actor) -> None:
    (image,), can = make_images(project, 1), make_tag(project)
    tag_images(key_actor(project), project, [(image.pk, can.pk)])
    apply_edit(ana, project, label(ImageChange(image.pk, version_of(image), remove_tags=(can.pk,))))
    assert tags_of(image) == set()
    apply_edit(ana, project, label(ImageChange(image.pk, version_of(image), add_tags=(can.pk,))))
    assert tags_of(image) == {can.pk}


def test_the_boxes_of_a_deleted_tag_do_not_come_back(project: Project, ana: Actor) -> None:
    (image,), can = make_images(project, 1), make_tag(project)
    box = drawn(can)
    apply_edit(ana, project, label(change(image, add=[box])))
    apply_edit(ana, project, label(change(image, remove=[box])))
    delete_tag(ana, can)
    assert refused(ana, project, label(change(image, add=[box]))) == "NotFoundTag"


def test_a_deleted_image_comes_back_with_its_boxes(project: Project, ana: Actor) -> None:
    (image,), can = make_images(project, 1), make_tag(project)
    box = drawn(can)
    apply_edit(ana, project, label(change(image, add=[box])))
    apply_edit(ana, project, Edit(uuid4(), EditAct.DELETE, (change(image),)))
    (conflict,) = apply_edit(ana, project, label(change(image, remove=[box])))["conflicts"]
    assert (conflict["reason"], conflict["theirs"]["boxes"]) == ("deleted", [record(box)])
    answer = apply_edit(ana, project, Edit(uuid4(), EditAct.RESTORE, (change(image),)))
    assert answer["images"] == [state(image, 2, [box], 2)]


def test_queries_are_the_same_for_one_box_and_for_many(project: Project, ana: Actor) -> None:
    can, cup = make_tag(project), make_tag(project)

    def queries(image_count: int, box_count: int) -> int:
        images = make_images(project, image_count)
        start = {image.pk: [drawn(can, n / 100) for n in range(box_count)] for image in images}
        apply_edit(ana, project, label(*(change(image, add=start[image.pk]) for image in images)))
        moves = [
            change(image, [drawn(cup, 0.5, replaces=box.id) for box in start[image.pk]], start[image.pk])
            for image in images
        ]
        with CaptureQueriesContext(connection) as captured:
            apply_edit(ana, project, label(*moves))
        return len(captured)

    assert queries(8, 8) == queries(1, 1)
