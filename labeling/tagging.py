"""Tags and regions put on images and taken off."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from labeling.boxes import Box
from labeling.models import Image, ImageTag, LabelSource, Region, Tag, TagType
from labeling.uploads import IngestStatus
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.limits import REGIONS_PER_IMAGE, TAGS_PER_IMAGE
from portal.models import Project
from portal.permissions import Right
from portal.projects import lock_project

TAGGING_BATCH = 128
UNTAGGING_IMAGES = 64
UNTAGGING_TAGS = 20


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
    regions = Region.objects.filter(image_id__in=image_ids, removed__isnull=True)
    columns = ("image_id", "tag_id", "left", "top", "width", "height")
    for image_id, tag_id, left, top, width, height in regions.values_list(*columns):
        labels[image_id].boxes.add(Box(tag_id, left, top, width, height))
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
    if new_boxes and len(new_boxes) + len(current.boxes) > REGIONS_PER_IMAGE:
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
    image_tags: list[ImageTag] = []
    regions: list[Region] = []
    changed: set[UUID] = set()
    for image_id, labels in wanted.items():
        has = current.get(image_id, CurrentLabels())
        tag_ids = list(dict.fromkeys((*labels.tag_ids, *(box.tag_id for box in labels.boxes))))
        for tag_id in tag_ids:
            if tag_id not in has.tag_ids:
                image_tags.append(ImageTag(image_id=image_id, tag_id=tag_id, source=source, created_by=actor.name))
                changed.add(image_id)
        for box in dict.fromkeys(labels.boxes):
            if box not in has.boxes:
                left, top, width, height = box.edges
                regions.append(
                    Region(
                        image_id=image_id,
                        tag_id=box.tag_id,
                        left=left,
                        top=top,
                        width=width,
                        height=height,
                        source=source,
                        created_by=actor.name,
                    )
                )
                changed.add(image_id)
    ImageTag.objects.bulk_create(image_tags)
    Region.objects.bulk_create(regions)
    grown = changed.difference(fresh)
    if grown:
        grow_versions(actor, Image.objects.filter(pk__in=grown), has_no_objects=False)
    return len(changed)


def take_off_labels(actor: Actor, unwanted: Mapping[UUID, Collection[UUID]]) -> list[tuple[UUID, UUID]]:
    """Take each image's unwanted tags, with their regions, off it and grow those images' versions.

    Gives the (image id, tag id) that came off; rows stay as history. Call it in the transaction that holds the
    project's lock.
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
    grow_versions(actor, Image.objects.filter(pk__in={image_id for image_id, _ in came_off}))
    return came_off


def grow_versions(actor: Actor, images: QuerySet[Image], **changes: Any) -> int:
    """Count a change of the images' labels, with who made it; returns how many images."""
    return images.update(
        version=F("version") + 1, labels_changed=timezone.now(), labels_changed_by=actor.name, **changes
    )


@dataclass
class Tagging:
    """What became of each (image id, tag id) that was asked for."""

    created: list[tuple[UUID, UUID]] = field(default_factory=list)
    duplicated: list[tuple[UUID, UUID]] = field(default_factory=list)
    exceeded: list[tuple[UUID, UUID]] = field(default_factory=list)


def tag_images(
    actor: Actor,
    project: Project,
    pairs: Sequence[tuple[UUID, UUID]],
    source: LabelSource = LabelSource.API,
) -> Tagging:
    """Put tags on images: all pairs that can be, in one transaction.

    Raises Refusal `BadRequestExceededBatchSize`, `NotFoundImage`, `NotFoundTag`,
    `BadRequestNegativeAndRegularTagOnSameImage`; then nothing was changed.
    """
    require(actor, Right.EDIT_IMAGES, project)
    if len(pairs) > TAGGING_BATCH:
        raise Refusal("BadRequestExceededBatchSize", f"At most {TAGGING_BATCH} tags are put on images in one call.")
    pairs = list(dict.fromkeys(pairs))
    with transaction.atomic():
        lock_project(project)
        image_ids = {image_id for image_id, _ in pairs}
        require_images(project, image_ids)
        current = current_labels(image_ids)
        types = tag_types(
            project,
            {tag_id for _, tag_id in pairs} | {tag_id for labels in current.values() for tag_id in labels.tag_ids},
        )
        require_tags(types, {tag_id for _, tag_id in pairs})
        tagging, wanted = _plan(pairs, current, types)
        put_labels(actor, wanted, current, source)
        record_tagging(actor, project, tagging.created)
    return tagging


def record_tagging(actor: Actor, project: Project, created: Collection[tuple[UUID, UUID]]) -> None:
    """The audit line of (image id, tag id) that were put on."""
    image_count = len({image_id for image_id, _ in created})
    audit.record(actor, "tag_images", project_id=project.pk, created=len(created), image_count=image_count)


def _plan(
    pairs: Sequence[tuple[UUID, UUID]], current: Mapping[UUID, CurrentLabels], types: Mapping[UUID, str]
) -> tuple[Tagging, dict[UUID, Labels]]:
    tagging = Tagging()
    tags_after: dict[UUID, set[UUID]] = {}
    new: dict[UUID, list[UUID]] = {}
    for image_id, tag_id in pairs:
        after = tags_after.setdefault(image_id, set(current[image_id].tag_ids) if image_id in current else set())
        if tag_id in after:
            tagging.duplicated.append((image_id, tag_id))
        elif len(after) >= TAGS_PER_IMAGE:
            tagging.exceeded.append((image_id, tag_id))
        else:
            after.add(tag_id)
            new.setdefault(image_id, []).append(tag_id)
            tagging.created.append((image_id, tag_id))
    for image_id in new:
        after = tags_after[image_id]
        if len(after) > 1 and any(types.get(tag_id) == TagType.NEGATIVE for tag_id in after):
            raise Refusal(
                "BadRequestNegativeAndRegularTagOnSameImage",
                f"Image {image_id}: a negative tag and other tags cannot be on one image.",
            )
    return tagging, {image_id: Labels(tag_ids) for image_id, tag_ids in new.items()}


def untag_images(actor: Actor, project: Project, image_ids: Collection[UUID], tag_ids: Collection[UUID]) -> int:
    """Take each of the tags, with its regions, off each of the images; returns how many tags came off.

    What is not there is passed over, so that a repeated call does no harm. Rows stay as history.
    """
    require(actor, Right.EDIT_IMAGES, project)
    with transaction.atomic():
        lock_project(project)
        here = Image.objects.filter(pk__in=image_ids, project=project, removed__isnull=True)
        came_off = take_off_labels(actor, dict.fromkeys(here.values_list("pk", flat=True), tag_ids))
        record_untagging(actor, project, came_off)
    return len(came_off)


def record_untagging(actor: Actor, project: Project, came_off: Collection[tuple[UUID, UUID]]) -> None:
    """The audit line of (image id, tag id) that came off."""
    audit.record(actor, "untag_images", project_id=project.pk, removed=len(came_off))


def require_images(project: Project, image_ids: Iterable[UUID]) -> None:
    """Raises Refusal `NotFoundImage` unless all are images of the workspace."""
    wanted = set(image_ids)
    found = set(Image.objects.filter(project=project, pk__in=wanted, removed__isnull=True).values_list("pk", flat=True))
    if missing := wanted - found:
        raise Refusal("NotFoundImage", f"This project has no image {min(map(str, missing))}.")


def require_tags(types: Mapping[UUID, str], tag_ids: Iterable[UUID]) -> None:
    """Raises Refusal `NotFoundTag` unless all are in `types`, as `tag_types` gives them."""
    if missing := set(tag_ids) - types.keys():
        raise Refusal("NotFoundTag", f"This project has no tag {min(map(str, missing))}.")
