"""The rows of labels: tags and boxes that images have, written and taken off under the project's lock."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils import timezone

from labeling.boxes import Box, DrawnBox
from labeling.models import Image, ImageTag, LabelSource, Region, Tag, TagType
from labeling.uploads import IngestStatus
from portal.actors import Actor
from portal.limits import REGIONS_PER_IMAGE, TAGS_PER_IMAGE
from portal.models import Project


@dataclass(frozen=True)
class Labels:
    """What one image is to get; a box's tag comes with it."""

    tag_ids: Collection[UUID] = ()
    boxes: Sequence[Box] = ()

    def all_tag_ids(self) -> set[UUID]:
        return {*self.tag_ids, *(box.tag_id for box in self.boxes)}


@dataclass
class CurrentLabels:
    """What an image has now."""

    tag_ids: set[UUID] = field(default_factory=set)
    # By id, in the order in which they were put on.
    drawn: dict[UUID, DrawnBox] = field(default_factory=dict)
    # The same without ids: what the API tells duplicates by.
    boxes: set[Box] = field(default_factory=set)


def tag_types(project: Project, tag_ids: Collection[UUID]) -> dict[UUID, str]:
    """Types of those of the ids that are tags of the project (one query)."""
    if not tag_ids:
        return {}
    return dict(Tag.objects.filter(project=project, pk__in=tag_ids).values_list("pk", "type"))


def current_labels(image_ids: Collection[UUID]) -> defaultdict[UUID, CurrentLabels]:
    """Tags and boxes on the images now (two queries)."""
    labels: defaultdict[UUID, CurrentLabels] = defaultdict(CurrentLabels)
    if not image_ids:
        return labels
    tags = ImageTag.objects.filter(image_id__in=image_ids, removed__isnull=True)
    for image_id, tag_id in tags.values_list("image_id", "tag_id"):
        labels[image_id].tag_ids.add(tag_id)
    regions = Region.objects.filter(image_id__in=image_ids, removed__isnull=True).order_by("created", "pk")
    columns = ("image_id", "pk", "replaces_id", "tag_id", "left", "top", "width", "height")
    for image_id, region_id, replaces, *place in regions.values_list(*columns):
        box = Box(*place)
        labels[image_id].boxes.add(box)
        labels[image_id].drawn[region_id] = DrawnBox(region_id, box, replaces)
    return labels


def label_problem(labels: Labels, types: Mapping[UUID, str], current: CurrentLabels) -> IngestStatus | None:
    """Why an image that has `current` cannot get `labels`; `types` is `tag_types` of all tags in question."""
    new = labels.all_tag_ids()
    if not new <= types.keys():
        return IngestStatus.ERROR_INVALID_TAG
    together = new | current.tag_ids
    negative = {tag_id for tag_id in together if types.get(tag_id) == TagType.NEGATIVE}
    if new and negative and together != negative:
        return IngestStatus.ERROR_NEGATIVE_AND_REGULAR
    if new - current.tag_ids and len(together) > TAGS_PER_IMAGE:
        return IngestStatus.ERROR_TAG_LIMIT
    new_boxes = set(labels.boxes) - current.boxes
    if new_boxes and len(new_boxes) + len(current.drawn) > REGIONS_PER_IMAGE:
        return IngestStatus.ERROR_REGION_LIMIT
    return None


def put_labels(
    actor: Actor,
    wanted: Mapping[UUID, Labels],
    current: Mapping[UUID, CurrentLabels],
    source: LabelSource,
    fresh: Collection[UUID] = (),
) -> int:
    """Write the tags and regions that the images lack and grow those images' versions; returns how many changed.

    Call it in the transaction that holds the project's lock, after `label_problem` found none. Images in `fresh`
    were made in this transaction: their version stays.
    """
    tag_ids = {image_id: dict.fromkeys((*each.tag_ids, *_tags(each.boxes))) for image_id, each in wanted.items()}
    changed = {image_id for image_id, _ in put_tags(actor, tag_ids, current, source)}
    regions: list[Region] = []
    for image_id, labels in wanted.items():
        has = current.get(image_id, CurrentLabels())
        new = [box for box in dict.fromkeys(labels.boxes) if box not in has.boxes]
        regions.extend(region_row(actor, image_id, box, source) for box in new)
    Region.objects.bulk_create(regions)
    changed.update(region.image_id for region in regions)
    grown = changed.difference(fresh)
    if grown:
        grow_versions(actor, Image.objects.filter(pk__in=grown), has_no_objects=False)
    return len(changed)


def put_tags(
    actor: Actor,
    wanted: Mapping[UUID, Iterable[UUID]],
    current: Mapping[UUID, CurrentLabels],
    source: LabelSource,
) -> list[tuple[UUID, UUID]]:
    """Write the tags that the images lack; gives the (image id, tag id) that are new. Versions stay."""
    rows = [
        ImageTag(image_id=image_id, tag_id=tag_id, source=source, created_by=actor.name)
        for image_id, tag_ids in wanted.items()
        for tag_id in tag_ids
        if image_id not in current or tag_id not in current[image_id].tag_ids
    ]
    ImageTag.objects.bulk_create(rows)
    return [(row.image_id, row.tag_id) for row in rows]


def region_row(actor: Actor, image_id: UUID, box: Box, source: LabelSource, **more: Any) -> Region:
    """A box's row, not written yet."""
    left, top, width, height = box.edges
    place = {"left": left, "top": top, "width": width, "height": height}
    return Region(image_id=image_id, tag_id=box.tag_id, source=source, created_by=actor.name, **place, **more)


def _tags(boxes: Iterable[Box]) -> Iterator[UUID]:
    return (box.tag_id for box in boxes)


def take_off_labels(actor: Actor, unwanted: Mapping[UUID, Collection[UUID]]) -> list[tuple[UUID, UUID]]:
    """Take each image's unwanted tags, with their regions, off it.

    Gives the (image id, tag id) that came off; rows stay as history, versions stay. Call it in the transaction that
    holds the project's lock.
    """
    here = {
        "image_id__in": unwanted.keys(),
        "tag_id__in": {tag_id for tag_ids in unwanted.values() for tag_id in tag_ids},
        "removed__isnull": True,
    }
    stamp = {"removed": timezone.now(), "removed_by": actor.name}
    came_off: list[tuple[UUID, UUID]] = []
    for model in (ImageTag, Region):
        rows = [
            row
            for row in model.objects.filter(**here).values_list("pk", "image_id", "tag_id")
            if row[2] in unwanted[row[1]]
        ]
        model.objects.filter(pk__in=[key for key, _, _ in rows]).update(**stamp)
        if model is ImageTag:
            came_off = [(image_id, tag_id) for _, image_id, tag_id in rows]
    return came_off


def take_off_boxes(
    actor: Actor, region_ids: Collection[UUID], coming: Collection[tuple[UUID, UUID]] = ()
) -> list[tuple[UUID, UUID]]:
    """Take boxes off images, and a tag with its last box there, unless another of its boxes is `coming`.

    Gives (image id, tag id) of each box that came off; `coming` names the same. Rows stay as history, versions stay.
    Call it in the transaction that holds the project's lock.
    """
    if not region_ids:
        return []
    stamp = {"removed": timezone.now(), "removed_by": actor.name}
    current = Region.objects.filter(removed__isnull=True)
    rows = list(current.filter(pk__in=region_ids).values_list("pk", "image_id", "tag_id"))
    Region.objects.filter(pk__in=[key for key, _, _ in rows]).update(**stamp)
    came_off = [(image_id, tag_id) for _, image_id, tag_id in rows]
    image_ids = {image_id for image_id, _ in came_off}
    left = set(current.filter(image_id__in=image_ids).values_list("image_id", "tag_id"))
    bare = set(came_off).difference(left, coming)
    tags = ImageTag.objects.filter(image_id__in=image_ids, removed__isnull=True)
    keys = [key for key, *pair in tags.values_list("pk", "image_id", "tag_id") if tuple(pair) in bare]
    ImageTag.objects.filter(pk__in=keys).update(**stamp)
    return came_off


def grow_versions(actor: Actor, images: QuerySet[Image], **changes: Any) -> int:
    """Count a change of the images' labels, with who made it; returns how many images."""
    return images.update(
        version=F("version") + 1, labels_changed=timezone.now(), labels_changed_by=actor.name, **changes
    )
