"""Random edits of boxes by several people, against a model of a few lines."""

import random
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from labeling.boxes import Box, DrawnBox
from labeling.edit_types import Edit, EditAct, ImageChange
from labeling.edits import apply_edit
from labeling.models import Image, ImageTag, Region
from portal.domains import GENERAL_DETECTION
from portal.errors import Refusal
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import make_images, make_project, make_tag, member

pytestmark = pytest.mark.django_db

EDITS = 60


@dataclass
class Model:
    """What an image has, told in the simplest way."""

    version: int = 1
    boxes: dict[UUID, DrawnBox] = field(default_factory=dict)
    has_no_objects: bool = False

    def tags(self) -> set[UUID]:
        return {drawn.box.tag_id for drawn in self.boxes.values()}

    def holds(self, change: ImageChange) -> bool:
        return (
            all(drawn.id in self.boxes for drawn in change.add_boxes)
            and not self.boxes.keys() & set(change.remove_boxes)
            and change.has_no_objects in (None, self.has_no_objects)
        )

    def apply(self, change: ImageChange) -> str:
        """done, conflict or refused."""
        if self.holds(change):
            return "done"
        if change.version != self.version:
            return "conflict"
        after = {key: drawn for key, drawn in self.boxes.items() if key not in change.remove_boxes}
        after |= {drawn.id: drawn for drawn in change.add_boxes}
        if change.has_no_objects and after:
            return "refused"
        wanted = change.has_no_objects
        no_objects = wanted if wanted is not None else self.has_no_objects and not change.add_boxes
        self.version += 1
        self.boxes, self.has_no_objects = after, no_objects
        return "done"


@pytest.mark.parametrize("seed", range(8))
def test_the_server_does_what_a_simple_model_does(seed: int) -> None:
    chance = random.Random(seed)
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    tags = [make_tag(project) for _ in range(3)]
    people = [member(project, Role.LABELER) for _ in range(2)]
    images = make_images(project, 2)
    models = {image.pk: Model() for image in images}
    known: dict[UUID, list[DrawnBox]] = {image.pk: [] for image in images}
    sent: list[tuple[int, Edit, object]] = []
    outcomes = set()

    def a_change(image: Image) -> ImageChange:
        model, ever = models[image.pk], known[image.pk]
        version = model.version - (chance.random() < 0.2)
        live, gone = list(model.boxes.values()), [each for each in ever if each.id not in model.boxes]
        kind = chance.choice(["draw", "move", "remove", "back", "mark", "unmark"])
        add: list[DrawnBox] = []
        remove: list[DrawnBox] = []
        if kind == "draw" or (kind == "move" and not live):
            place = Box(chance.choice(tags).pk, chance.uniform(0, 0.5), chance.uniform(0, 0.5), 0.25, 0.25)
            add = [DrawnBox(uuid4(), place)]
        elif kind == "move":
            remove = [chance.choice(live)]
            place = Box(chance.choice(tags).pk, chance.uniform(0, 0.5), chance.uniform(0, 0.5), 0.25, 0.25)
            add = [DrawnBox(uuid4(), place, replaces=remove[0].id)]
        elif kind == "remove":
            remove = chance.sample(ever, min(len(ever), 2))
        elif kind == "back":
            add = chance.sample(gone, min(len(gone), 2))
        elif kind == "mark" and chance.random() < 0.5:
            remove = live
        marks = {"mark": True, "unmark": False}.get(kind)
        return ImageChange(
            image.pk,
            version,
            add_boxes=tuple(add),
            remove_boxes=tuple(each.id for each in remove),
            has_no_objects=marks,
        )

    for _ in range(EDITS):
        if sent and chance.random() < 0.15:
            who, edit, before = chance.choice(sent)
            assert apply_edit(people[who], project, edit) == before
            continue
        who, image = chance.randrange(2), chance.choice(images)
        edit = Edit(uuid4(), EditAct.LABEL, (a_change(image),))
        model = models[image.pk]
        outcome = model.apply(edit.changes[0])
        outcomes.add(outcome)
        try:
            answer = apply_edit(people[who], project, edit)
        except Refusal:
            assert outcome == "refused"
        else:
            sent.append((who, edit, answer))
            assert outcome == ("conflict" if answer["conflicts"] else "done")
            told = answer["conflicts"][0]["theirs"] if answer["conflicts"] else answer["images"][0]
            assert {UUID(box["id"]) for box in told["boxes"]} == set(model.boxes)
            assert (told["version"], told["hasNoObjects"]) == (model.version, model.has_no_objects)
            if outcome == "done":
                known[image.pk] += [each for each in edit.changes[0].add_boxes if each not in known[image.pk]]
        row = Image.objects.get(pk=image.pk)
        live = Region.objects.filter(image=image, removed__isnull=True)
        assert set(live.values_list("pk", flat=True)) == set(model.boxes)
        on_image = ImageTag.objects.filter(image=image, removed__isnull=True).values_list("tag_id", flat=True)
        assert sorted(on_image) == sorted(model.tags())
        assert (row.version, row.has_no_objects) == (model.version, model.has_no_objects)
        assert not (row.has_no_objects and model.boxes)
    assert outcomes >= {"done", "conflict"}
    places = {each.id: each.box for boxes in known.values() for each in boxes}
    for region in Region.objects.filter(image__project=project):
        assert Box(region.tag_id, region.left, region.top, region.width, region.height) == places[region.pk]
