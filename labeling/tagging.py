"""Tags put on images and taken off."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from labeling.label_rows import (
    CurrentLabels,
    Labels,
    current_labels,
    grow_versions,
    put_labels,
    tag_types,
    take_off_labels,
)
from labeling.models import Image, LabelSource, TagType
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.limits import TAGS_PER_IMAGE
from portal.models import Project
from portal.permissions import Right
from portal.projects import lock_project

TAGGING_BATCH = 128
UNTAGGING_IMAGES = 64
UNTAGGING_TAGS = 20


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
        raise Refusal(
            "BadRequestExceededBatchSize",
            f"At most {TAGGING_BATCH} tags are put on images in one call: send the rest in another.",
        )
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
                f"Image {image_id}: a negative tag and other tags cannot be on one image: take one off.",
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
        grow_versions(actor, Image.objects.filter(pk__in={image_id for image_id, _ in came_off}))
        record_untagging(actor, project, came_off)
    return len(came_off)


def record_untagging(actor: Actor, project: Project, came_off: Collection[tuple[UUID, UUID]]) -> None:
    """The audit line of (image id, tag id) that came off."""
    audit.record(actor, "untag_images", project_id=project.pk, removed=len(came_off))


def require_images(project: Project, image_ids: Iterable[UUID]) -> None:
    """Raises Refusal `NotFoundImage` unless all are images of the workspace."""
    wanted = set(image_ids)
    # Looked up by their ids alone: told the project too, SQLite would walk through all of its images.
    owners = Image.objects.filter(pk__in=wanted, removed__isnull=True).values_list("pk", "project_id")
    found = {pk for pk, owner_id in owners if owner_id == project.pk}
    if missing := wanted - found:
        raise Refusal("NotFoundImage", f"This project has no image {min(map(str, missing))}; it may have been deleted.")


def require_tags(types: Mapping[UUID, str], tag_ids: Iterable[UUID]) -> None:
    """Raises Refusal `NotFoundTag` unless all are in `types`, as `tag_types` gives them."""
    if missing := set(tag_ids) - types.keys():
        raise Refusal("NotFoundTag", f"This project has no tag {min(map(str, missing))}; get_tags lists them.")
