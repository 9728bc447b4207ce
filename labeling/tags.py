"""Tags: make, change, delete."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Max

from labeling.label_rows import grow_versions
from labeling.models import Image, ImageTag, Region, SnapshotTag, Tag, TagType
from labeling.tag_counts import image_counts
from labeling.tag_keys import COLOR_COUNT, free_color
from portal import audit
from portal.actors import Actor, require
from portal.domains import DomainType
from portal.errors import Refusal
from portal.limits import NAME_CHARACTERS, TAGS_PER_PROJECT
from portal.models import Project
from portal.permissions import Right
from portal.projects import lock_project, project_domain

DESCRIPTION_CHARACTERS = 4096


@dataclass(frozen=True)
class CountedTag:
    """A tag, and on how many images it is."""

    id: UUID
    name: str
    description: str
    type: str
    image_count: int


def counted_tags(project: Project, snapshot_id: UUID | None = None, *, only: UUID | None = None) -> list[CountedTag]:
    """The project's tags in order, or those of one of its snapshots as they were then."""
    if snapshot_id is not None:
        frozen = SnapshotTag.objects.filter(snapshot_id=snapshot_id, snapshot__project=project).order_by("position")
        if only is not None:
            frozen = frozen.filter(tag_id=only)
        return [CountedTag(tag.tag_id, tag.name, tag.description, tag.type, tag.image_count) for tag in frozen]
    tags = Tag.objects.filter(project=project).order_by("position")
    if only is not None:
        tags = tags.filter(pk=only)
    counts = image_counts(project, only=only)
    return [CountedTag(tag.pk, tag.name, tag.description, tag.type, counts[tag.pk]) for tag in tags]


def counted_tag(project: Project, tag_id: UUID, snapshot_id: UUID | None = None) -> CountedTag:
    """One of `counted_tags`. Raises Refusal `NotFoundTag`."""
    for tag in counted_tags(project, snapshot_id, only=tag_id):
        return tag
    raise _no_such_tag()


def get_tag(project: Project, tag_id: UUID) -> Tag:
    """The project's tag. Raises Refusal `NotFoundTag`."""
    tag = Tag.objects.filter(project=project, pk=tag_id).select_related("project").first()
    if tag is None:
        raise _no_such_tag()
    return tag


def create_tag(
    actor: Actor, project: Project, name: str, description: str = "", tag_type: str = TagType.REGULAR
) -> Tag:
    """Make a tag, last in order.

    Raises Refusal `BadRequestTagName`, `BadRequestTagNameNotUnique`, `BadRequestTagDescription`,
    `BadRequestTagType`, `BadRequestMultipleNegativeTag`, `BadRequestMultipleGeneralProductTag`,
    `BadRequestExceedTagPerProjectLimit`.
    """
    require(actor, Right.EDIT_IMAGES, project)
    tag = Tag(
        project=project,
        name=_valid_name(name),
        description=_valid_description(description),
        type=_valid_type(project, tag_type),
    )
    with _unique(project, tag), transaction.atomic():
        lock_project(project)
        others = Tag.objects.filter(project=project).aggregate(count=Count("pk"), last=Max("position"))
        if others["count"] >= TAGS_PER_PROJECT:
            raise Refusal(
                "BadRequestExceedTagPerProjectLimit",
                f"A project holds at most {TAGS_PER_PROJECT} tags: delete one first.",
            )
        tag.position = 0 if others["last"] is None else others["last"] + 1
        tag.color = free_color(Tag.objects.filter(project=project).values_list("color", flat=True))
        tag.save(force_insert=True)
        audit.record(actor, "create_tag", project_id=project.pk, object_id=tag.pk, name=tag.name, type=tag.type)
    return tag


@dataclass(frozen=True)
class TagChange:
    """What to change; None leaves a field as it is."""

    name: str | None = None
    description: str | None = None
    type: str | None = None
    color: int | None = None


def update_tag(actor: Actor, tag: Tag, change: TagChange) -> Tag:
    """Change a tag; iterations keep it as it was. Raises what `create_tag` raises, and
    `BadRequestNegativeAndRegularTagOnSameImage` when a tag becomes negative whose images have other tags,
    `BadRequestInvalid` for a color that is none of the twenty.
    """
    project = tag.project
    require(actor, Right.EDIT_IMAGES, project)
    if change.name is not None:
        tag.name = _valid_name(change.name)
    if change.description is not None:
        tag.description = _valid_description(change.description)
    if change.type is not None:
        tag.type = _valid_type(project, change.type)
    if change.color is not None:
        tag.color = _valid_color(change.color)
    with _unique(project, tag), transaction.atomic():
        lock_project(project)
        if tag.type == TagType.NEGATIVE and _shares_images(tag):
            raise Refusal(
                "BadRequestNegativeAndRegularTagOnSameImage",
                f"Images with {tag.name} have other tags as well; a negative tag stands alone. Take them off first.",
            )
        tag.save(force_update=True)
        audit.record(actor, "update_tag", project_id=project.pk, object_id=tag.pk, name=tag.name, type=tag.type)
    return tag


def delete_tag(actor: Actor, tag: Tag) -> None:
    """Delete a tag, and take it and its regions off all images; iterations keep it as it was."""
    project = tag.project
    require(actor, Right.EDIT_IMAGES, project)
    with transaction.atomic():
        lock_project(project)
        on_images = ImageTag.objects.filter(tag=tag, removed__isnull=True)
        image_count = grow_versions(
            actor, Image.objects.filter(pk__in=on_images.values("image_id"), removed__isnull=True)
        )
        # Django would load every region to follow `replaces`; two statements do the same.
        Region.objects.filter(replaces__tag=tag).update(replaces=None)
        Region.objects.filter(tag=tag)._raw_delete("default")
        tag.delete()
        audit.record(
            actor, "delete_tag", project_id=project.pk, object_id=tag.pk, name=tag.name, image_count=image_count
        )


def _shares_images(tag: Tag) -> bool:
    current = ImageTag.objects.filter(removed__isnull=True, image__removed__isnull=True)
    mine = current.filter(tag=tag).values("image_id")
    return current.exclude(tag=tag).filter(image_id__in=mine).exists()


@contextmanager
def _unique(project: Project, tag: Tag) -> Iterator[None]:
    """Turn the database's refusal of a second tag of that name or kind into Custom Vision's."""
    try:
        yield
    except IntegrityError as error:
        others = Tag.objects.filter(project=project).exclude(pk=tag.pk)
        if others.filter(name=tag.name).exists():
            raise Refusal(
                "BadRequestTagNameNotUnique", f"This project already has a tag named {tag.name}; choose another name."
            ) from error
        if tag.type == TagType.NEGATIVE:
            raise Refusal(
                "BadRequestMultipleNegativeTag", "This project already has a negative tag; use that one."
            ) from error
        if tag.type == TagType.GENERAL_PRODUCT:
            raise Refusal(
                "BadRequestMultipleGeneralProductTag", "This project already has a general product tag; use that one."
            ) from error
        raise


def _no_such_tag() -> Refusal:
    return Refusal("NotFoundTag", "This project has no such tag; get_tags lists them.")


def _valid_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > NAME_CHARACTERS or "\0" in name:
        raise Refusal("BadRequestTagName", f"A tag name has 1 to {NAME_CHARACTERS} characters: choose another.")
    return name


def _valid_description(description: str) -> str:
    if len(description) > DESCRIPTION_CHARACTERS or "\0" in description:
        raise Refusal(
            "BadRequestTagDescription", f"A description has at most {DESCRIPTION_CHARACTERS} characters: shorten it."
        )
    return description


def _valid_color(color: int) -> int:
    if not 1 <= color <= COLOR_COUNT:
        raise Refusal("BadRequestInvalid", f"A tag's color is a number from 1 to {COLOR_COUNT}.")
    return color


def _valid_type(project: Project, tag_type: str) -> str:
    if tag_type not in TagType.values:
        raise Refusal("BadRequestTagType", f"A tag's type is one of {', '.join(TagType.values)}: send one of them.")
    is_detection = project_domain(project).type is DomainType.OBJECT_DETECTION
    if tag_type == TagType.NEGATIVE and is_detection:
        raise Refusal(
            "BadRequestTagType",
            "Object detection has no negative tag: what lies outside the boxes is the negative. Leave it out.",
        )
    if tag_type == TagType.GENERAL_PRODUCT and not is_detection:
        raise Refusal(
            "BadRequestTagType", "General product tags belong to object detection projects: use a Regular one."
        )
    return tag_type
