"""Labels put on and taken off in one act, each image in its own way."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from labeling.boxes import DrawnBox, checked_boxes
from labeling.drawing import Drawing
from labeling.label_rows import (
    CurrentLabels,
    Labels,
    grow_versions,
    label_problem,
    put_tags,
    tag_types,
    take_off_boxes,
    take_off_labels,
)
from labeling.models import Image, ImageTag, LabelSource, TagType
from labeling.regions import record_boxes_off, record_boxes_on
from labeling.tagging import record_tagging, record_untagging
from labeling.uploads import IngestStatus
from portal import audit
from portal.actors import Actor
from portal.domains import DomainType
from portal.errors import Refusal
from portal.limits import REGIONS_PER_IMAGE, TAGS_PER_IMAGE
from portal.models import Project
from portal.projects import project_domain


@dataclass(frozen=True)
class LabelChange:
    """What an image is to get and to lose; `has_no_objects` None leaves that as it is.

    Those of `add_tags` that are among `suggested_tags` are kept as suggested by a model.
    """

    add_tags: Collection[UUID] = ()
    remove_tags: Collection[UUID] = ()
    add_boxes: Sequence[DrawnBox] = ()
    remove_boxes: Collection[UUID] = ()
    has_no_objects: bool | None = None
    suggested_tags: Collection[UUID] = ()


REFUSALS = {
    IngestStatus.ERROR_INVALID_TAG: ("NotFoundTag", "The tag was deleted meanwhile, so it cannot be put on images."),
    IngestStatus.ERROR_NEGATIVE_AND_REGULAR: (
        "BadRequestNegativeAndRegularTagOnSameImage",
        "A negative tag and other tags cannot be on one image.",
    ),
    IngestStatus.ERROR_TAG_LIMIT: (
        "BadRequestExceedTagPerImageLimit",
        f"An image holds at most {TAGS_PER_IMAGE} tags: take one off first.",
    ),
    IngestStatus.ERROR_REGION_LIMIT: (
        "BadRequestImageRegions",
        f"An image holds at most {REGIONS_PER_IMAGE} boxes: take one off first.",
    ),
}


def change_labels(
    actor: Actor,
    project: Project,
    changes: Mapping[UUID, LabelChange],
    current: Mapping[UUID, CurrentLabels],
    source: LabelSource,
) -> None:
    """Take tags and boxes off images and put others on, with the audit lines.

    A box brings its tag, and the last box of a tag takes it along; a tag or a box ends an image's having no objects.
    Call it in the transaction that holds the project's lock, for images of the workspace with their `current`
    labels. Raises Refusal, with nothing changed: a code of `REFUSALS`; `BadRequestImageRegions` for a box that
    cannot be; `BadRequestInvalidIds` for a box's id that is another's; `BadRequestImageTags` for a tag without a box
    in a detection project; `BadRequestInvalid` for boxes on an image said to have no objects, and for saying that in
    a classification project.
    """
    if not changes:
        return
    changes = {image_id: _checked(project, change, current[image_id]) for image_id, change in changes.items()}
    after = {image_id: _kept(current[image_id], change) for image_id, change in changes.items()}
    _check_labels(project, changes, current, after)
    _check_kind(project, changes, current)
    drawing = Drawing({image_id: change.add_boxes for image_id, change in changes.items() if change.add_boxes})

    taken_off = _take_off(actor, project, changes)
    put_on = _put_on(actor, project, changes, after, drawing, source)
    marked = _mark(actor, project, changes, put_on)
    grow_versions(actor, Image.objects.filter(pk__in=taken_off | put_on | marked))


def _take_off(actor: Actor, project: Project, changes: Mapping[UUID, LabelChange]) -> set[UUID]:
    """Take off what is to go; gives the images that changed."""
    changed: set[UUID] = set()
    tags = {image_id: change.remove_tags for image_id, change in changes.items() if change.remove_tags}
    if tags:
        tags_off = take_off_labels(actor, tags)
        record_untagging(actor, project, tags_off)
        changed.update(image_id for image_id, _ in tags_off)
    box_ids = {box_id for change in changes.values() for box_id in change.remove_boxes}
    if box_ids:
        coming = {(image_id, tag_id) for image_id, change in changes.items() for tag_id in _tags(change.add_boxes)}
        boxes_off = take_off_boxes(actor, box_ids, coming)
        record_boxes_off(actor, project, boxes_off)
        changed.update(image_id for image_id, _ in boxes_off)
    return changed


def _put_on(
    actor: Actor,
    project: Project,
    changes: Mapping[UUID, LabelChange],
    after: Mapping[UUID, CurrentLabels],
    drawing: Drawing,
    source: LabelSource,
) -> set[UUID]:
    """Put on what is to come, on images that have `after` by now; gives those that changed."""
    changed: set[UUID] = set()
    tags = {image_id: change.add_tags for image_id, change in changes.items() if change.add_tags}
    if tags:
        given = {key: set(added).difference(changes[key].suggested_tags) for key, added in tags.items()}
        confirmed = {key: set(added).intersection(changes[key].suggested_tags) for key, added in tags.items()}
        tags_on = put_tags(actor, given, after, source) + put_tags(actor, confirmed, after, LabelSource.SUGGESTED)
        record_tagging(actor, project, tags_on)
        changed.update(image_id for image_id, _ in tags_on)
    brought = {image_id: _tags(change.add_boxes) for image_id, change in changes.items() if change.add_boxes}
    if brought:
        put_tags(actor, brought, after, source)
        boxes_on = drawing.put_on(actor)
        record_boxes_on(actor, project, boxes_on)
        changed.update(boxes_on)
    return changed


def _checked(project: Project, change: LabelChange, current: CurrentLabels) -> LabelChange:
    """The change without what the image lacks already, and with rounding errors off its boxes."""
    change = replace(change, remove_boxes=current.drawn.keys() & set(change.remove_boxes))
    if not change.add_boxes:
        return change
    boxes = checked_boxes(project, [drawn.box for drawn in change.add_boxes], "The image")
    drawn = [replace(each, box=box) for each, box in zip(change.add_boxes, boxes, strict=True)]
    return replace(change, add_boxes=drawn)


def _left(current: CurrentLabels, change: LabelChange) -> dict[UUID, DrawnBox]:
    """Boxes that are on the image and are not taken off by id."""
    gone = set(change.remove_boxes)
    return {box_id: drawn for box_id, drawn in current.drawn.items() if box_id not in gone}


def _kept(current: CurrentLabels, change: LabelChange) -> CurrentLabels:
    """What is left of an image's labels before others are put on."""
    left = _left(current, change)
    drawn = {box_id: each for box_id, each in left.items() if each.box.tag_id not in change.remove_tags}
    # A tag whose boxes all go stays where another box of it comes.
    bare = _tags(current.drawn.values()) - _tags(left.values()) - _tags(change.add_boxes)
    return CurrentLabels(current.tag_ids - bare - set(change.remove_tags), drawn)


def _tags(boxes: Iterable[DrawnBox]) -> set[UUID]:
    return {drawn.box.tag_id for drawn in boxes}


def _check_labels(
    project: Project,
    changes: Mapping[UUID, LabelChange],
    current: Mapping[UUID, CurrentLabels],
    after: Mapping[UUID, CurrentLabels],
) -> None:
    """What holds for every project: tags that are there, that go together, and how many of them and of boxes."""
    new = {image_id: Labels({*each.add_tags, *_tags(each.add_boxes)}) for image_id, each in changes.items()}
    asked = set[UUID]().union(*(labels.all_tag_ids() for labels in new.values()))
    types = tag_types(project, asked.union(*(current[image_id].tag_ids for image_id in changes)))
    for image_id, change in changes.items():
        if problem := label_problem(new[image_id], types, after[image_id]):
            raise Refusal(*REFUSALS[problem])
        if any(types[tag_id] == TagType.NEGATIVE for tag_id in _tags(change.add_boxes)):
            raise Refusal("BadRequestImageRegions", "A negative tag has no boxes.")
        box_ids = {*after[image_id].drawn, *(drawn.id for drawn in change.add_boxes)}
        if change.add_boxes and len(box_ids) > REGIONS_PER_IMAGE:
            raise Refusal(*REFUSALS[IngestStatus.ERROR_REGION_LIMIT])


def _check_kind(project: Project, changes: Mapping[UUID, LabelChange], current: Mapping[UUID, CurrentLabels]) -> None:
    """What holds for one kind of project. In detection, tags come and go with boxes.

    A tag that lies on an image without a box, as the API can put it there, can be taken off alone and come back.
    """
    is_detection = project_domain(project).type is DomainType.OBJECT_DETECTION
    for image_id, change in changes.items():
        boxes = (*_left(current[image_id], change).values(), *change.add_boxes)
        if change.has_no_objects and not is_detection:
            raise Refusal(
                "BadRequestInvalid",
                "Only in object detection projects can an image have no objects. Load the page again.",
            )
        if change.has_no_objects and boxes:
            raise Refusal(
                "BadRequestInvalid",
                "The image has boxes, so it cannot be said to have no objects: take them off first.",
            )
        if is_detection and _tags(boxes).intersection(change.remove_tags):
            raise Refusal(
                "BadRequestImageTags", "The tag has boxes on the image; take these off, and it goes with the last."
            )
    new = {(image_id, tag_id) for image_id, change in changes.items() for tag_id in change.add_tags}
    if is_detection and new:
        had = ImageTag.objects.filter(image_id__in=changes.keys(), tag_id__in={tag_id for _, tag_id in new})
        if not new <= set(had.values_list("image_id", "tag_id")):
            raise Refusal("BadRequestImageTags", "In object detection projects a tag comes with a box; draw one.")


def _mark(actor: Actor, project: Project, changes: Mapping[UUID, LabelChange], put_on: Collection[UUID]) -> set[UUID]:
    """Set which images have no objects; gives those that changed. What was `put_on` ends it."""
    on = {image_id for image_id, change in changes.items() if change.has_no_objects}
    off = {image_id for image_id, change in changes.items() if change.has_no_objects is False}.union(put_on) - on
    is_marked = Image.objects.filter(has_no_objects=True)
    was_on = set(is_marked.filter(pk__in=on | off).values_list("pk", flat=True))
    marked, unmarked = on - was_on, off & was_on
    if marked or unmarked:
        Image.objects.filter(pk__in=marked).update(has_no_objects=True)
        Image.objects.filter(pk__in=unmarked).update(has_no_objects=False)
        audit.record(actor, "mark_no_objects", project_id=project.pk, marked=len(marked), unmarked=len(unmarked))
    return marked | unmarked
