"""Boxes put on images and taken off."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from labeling.boxes import Box, checked_boxes
from labeling.label_rows import (
    CurrentLabels,
    Labels,
    current_labels,
    grow_versions,
    put_labels,
    tag_types,
    take_off_boxes,
)
from labeling.models import Image, LabelSource, Region
from labeling.tagging import require_images, require_tags
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.limits import REGIONS_PER_BATCH, REGIONS_PER_IMAGE, TAGS_PER_IMAGE
from portal.models import Project
from portal.permissions import Right
from portal.projects import lock_project


@dataclass(frozen=True)
class ImageBox:
    """A box for an image."""

    image_id: UUID
    box: Box


@dataclass
class Boxing:
    """What became of each box that was asked for."""

    created: list[Region] = field(default_factory=list)
    duplicated: list[ImageBox] = field(default_factory=list)
    exceeded: list[ImageBox] = field(default_factory=list)


def add_regions(
    actor: Actor, project: Project, wanted: Sequence[ImageBox], source: LabelSource = LabelSource.API
) -> Boxing:
    """Put boxes, with their tags, on images: all that the limits allow, in one transaction.

    Raises Refusal `BadRequestExceededBatchSize`, `BadRequestImageRegions`, `NotFoundImage`, `NotFoundTag`; then
    nothing was changed.
    """
    require(actor, Right.EDIT_IMAGES, project)
    if len(wanted) > REGIONS_PER_BATCH:
        raise Refusal(
            "BadRequestExceededBatchSize",
            f"At most {REGIONS_PER_BATCH} regions are created in one call: send the rest in another.",
        )
    boxes = checked_boxes(project, [each.box for each in wanted], "The batch")
    pairs = [ImageBox(each.image_id, box) for each, box in zip(wanted, boxes, strict=True)]
    with transaction.atomic():
        lock_project(project)
        image_ids = {each.image_id for each in pairs}
        require_images(project, image_ids)
        tag_ids = {each.box.tag_id for each in pairs}
        require_tags(tag_types(project, tag_ids), tag_ids)
        current = current_labels(image_ids)
        boxing, new = _plan(pairs, current)
        put_labels(actor, {image_id: Labels((), boxes) for image_id, boxes in new.items()}, current, source)
        boxing.created = _written(new)
        record_boxes_on(actor, project, [region.image_id for region in boxing.created])
    return boxing


def _plan(
    pairs: Sequence[ImageBox], current: "defaultdict[UUID, CurrentLabels]"
) -> tuple[Boxing, dict[UUID, list[Box]]]:
    boxing = Boxing()
    new: defaultdict[UUID, list[Box]] = defaultdict(list)
    for each in pairs:
        has, coming = current[each.image_id], new[each.image_id]
        tags = has.tag_ids | {box.tag_id for box in coming}
        if each.box in has.boxes or each.box in coming:
            boxing.duplicated.append(each)
        elif len(has.drawn) + len(coming) >= REGIONS_PER_IMAGE or (
            each.box.tag_id not in tags and len(tags) >= TAGS_PER_IMAGE
        ):
            boxing.exceeded.append(each)
        else:
            coming.append(each.box)
    return boxing, {image_id: boxes for image_id, boxes in new.items() if boxes}


def _written(new: dict[UUID, list[Box]]) -> list[Region]:
    """The rows of the new boxes, in the order in which they were asked for (one query)."""
    rows = Region.objects.filter(image_id__in=new.keys(), removed__isnull=True).select_related("tag")
    by_box = {(row.image_id, row.tag_id, row.left, row.top, row.width, row.height): row for row in rows}
    return [by_box[image_id, box.tag_id, *box.edges] for image_id, boxes in new.items() for box in boxes]


def delete_regions(actor: Actor, project: Project, region_ids: Collection[UUID]) -> int:
    """Take boxes off images, and a tag with its last box there; returns how many boxes came off.

    What is not there is passed over, so that a repeated call does no harm. Rows stay as history.
    """
    require(actor, Right.EDIT_IMAGES, project)
    with transaction.atomic():
        lock_project(project)
        here = Region.objects.filter(
            pk__in=region_ids, image__project=project, image__removed__isnull=True, removed__isnull=True
        )
        came_off = take_off_boxes(actor, list(here.values_list("pk", flat=True)))
        grow_versions(actor, Image.objects.filter(pk__in={image_id for image_id, _ in came_off}))
        record_boxes_off(actor, project, came_off)
    return len(came_off)


def record_boxes_off(actor: Actor, project: Project, came_off: Collection[tuple[UUID, UUID]]) -> None:
    """The audit line of the boxes, (image id, tag id), that came off."""
    audit.record(actor, "delete_regions", project_id=project.pk, removed=len(came_off))


def record_boxes_on(actor: Actor, project: Project, put_on: Collection[UUID]) -> None:
    """The audit line of boxes that were put on; `put_on` names the image of each."""
    count = len(set(put_on))
    audit.record(actor, "create_regions", project_id=project.pk, created=len(put_on), image_count=count)
