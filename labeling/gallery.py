"""Images as the gallery shows them: a few columns of each, for many at once."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, UUIDField, Value

from labeling.boxes import Box, DrawnBox
from labeling.files import resized_name, thumbnail_name
from labeling.models import Image, ImageTag, Region, SnapshotImage, SnapshotImageTag, SnapshotRegion
from portal.domains import DomainType
from portal.models import Project
from portal.projects import project_domain

SHOWN_AT_ONCE = 500
EDGES = ("left", "top", "width", "height")


@dataclass(frozen=True)
class GalleryImage:
    """What a tile needs; the file names are storage names of the small and the large copy."""

    id: UUID
    version: int
    tag_ids: tuple[UUID, ...]
    name: str
    width: int
    height: int
    thumbnail: str
    picture: str
    boxes: tuple[DrawnBox, ...] = ()
    has_no_objects: bool = False
    is_in_test_set: bool = False


@dataclass(frozen=True)
class LabelState:
    """What an edit of an image names, and what it changes."""

    id: UUID
    version: int
    tag_ids: tuple[UUID, ...]
    boxes: tuple[DrawnBox, ...] = ()
    has_no_objects: bool = False


@dataclass(frozen=True)
class TaggingCounts:
    """How many images there are, and on how many of them is a tag; those said to have no objects are done as well."""

    all: int
    tagged: int

    @property
    def untagged(self) -> int:
        return self.all - self.tagged


def gallery_images(project: Project, image_ids: Sequence[UUID], snapshot_id: UUID | None = None) -> list[GalleryImage]:
    """Those of the ids that the workspace, or the snapshot, holds, in the order given.

    Two queries, one more for the boxes of a detection project and another for what a snapshot says has no objects.
    """
    columns = ("pk", "has_no_objects", "version", "source_name", "sha256", "width", "height", "locked_test")
    rows = {row[0]: row for row in _held(project, image_ids, snapshot_id).values_list(*columns)}
    tags = _tags_of(rows.keys(), snapshot_id)
    boxes = _boxes_of(project, rows.keys(), snapshot_id)
    background = {key for key, row in rows.items() if row[1]}
    if snapshot_id is not None:
        background = _frozen_background(project, rows.keys(), snapshot_id)
    return [
        GalleryImage(
            id=image_id,
            version=version,
            tag_ids=tuple(tags[image_id]),
            name=_short_name(source_name),
            width=width,
            height=height,
            thumbnail=thumbnail_name(project.pk, sha256),
            picture=resized_name(project.pk, sha256),
            boxes=tuple(boxes[image_id]),
            has_no_objects=image_id in background,
            is_in_test_set=locked_test is not None,
        )
        for image_id, _, version, source_name, sha256, width, height, locked_test in (
            rows[each] for each in image_ids if each in rows
        )
    ]


def label_states(project: Project, image_ids: Collection[UUID]) -> list[LabelState]:
    """Versions and labels of those of the ids that the workspace holds (two queries; three in detection projects)."""
    rows = list(_held(project, image_ids, None).values_list("pk", "version", "has_no_objects"))
    held = [image_id for image_id, _, _ in rows]
    tags, boxes = _tags_of(held, None), _boxes_of(project, held, None)
    return [
        LabelState(image_id, version, tuple(tags[image_id]), tuple(boxes[image_id]), has_no_objects)
        for image_id, version, has_no_objects in rows
    ]


def tagging_counts(project: Project, snapshot_id: UUID | None = None) -> TaggingCounts:
    """Counts of the workspace or of a snapshot (one query)."""
    if snapshot_id is not None:
        frozen = SnapshotImage.objects.filter(snapshot_id=snapshot_id, snapshot__project=project)
        has_tag = Exists(SnapshotImageTag.objects.filter(snapshot_image=OuterRef("pk")))
        images: QuerySet[Any] = frozen
    else:
        has_tag = Exists(ImageTag.objects.filter(image=OuterRef("pk"), removed__isnull=True))
        images = Image.objects.filter(project=project, removed__isnull=True)
    is_done = Q(has_tag) | Q(has_no_objects=True)
    counts = images.aggregate(all=Count("pk"), tagged=Count("pk", filter=is_done))
    return TaggingCounts(counts["all"], counts["tagged"])


def _held(project: Project, image_ids: Collection[UUID], snapshot_id: UUID | None) -> QuerySet[Image]:
    images = Image.objects.filter(project=project, pk__in=image_ids)
    if snapshot_id is None:
        return images.filter(removed__isnull=True)
    return images.filter(pk__in=SnapshotImage.objects.filter(snapshot_id=snapshot_id).values("image_id"))


def _tags_of(image_ids: Collection[UUID], snapshot_id: UUID | None) -> defaultdict[UUID, list[UUID]]:
    pairs: QuerySet[ImageTag, tuple[UUID, UUID]] | QuerySet[SnapshotImageTag, tuple[UUID, UUID]]
    if snapshot_id is None:
        current = ImageTag.objects.filter(image_id__in=image_ids, removed__isnull=True).order_by("tag__position")
        pairs = current.values_list("image_id", "tag_id")
    else:
        frozen = SnapshotImageTag.objects.filter(
            snapshot_image__snapshot_id=snapshot_id, snapshot_image__image_id__in=image_ids
        ).order_by("snapshot_tag__position")
        pairs = frozen.values_list("snapshot_image__image_id", "snapshot_tag__tag_id")
    tags: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for image_id, tag_id in pairs:
        tags[image_id].append(tag_id)
    return tags


def _boxes_of(
    project: Project, image_ids: Collection[UUID], snapshot_id: UUID | None
) -> defaultdict[UUID, list[DrawnBox]]:
    boxes: defaultdict[UUID, list[DrawnBox]] = defaultdict(list)
    if project_domain(project).type is not DomainType.OBJECT_DETECTION:
        return boxes
    rows: QuerySet[Any, tuple[Any, ...]]
    if snapshot_id is None:
        current = Region.objects.filter(image_id__in=image_ids, removed__isnull=True).order_by("created", "pk")
        rows = current.values_list("image_id", "pk", "replaces_id", "tag_id", *EDGES)
    else:
        frozen = SnapshotRegion.objects.filter(
            snapshot_image__snapshot_id=snapshot_id, snapshot_image__image_id__in=image_ids
        ).order_by("created", "region_id")
        columns = ("snapshot_image__image_id", "region_id", Value(None, UUIDField()), "snapshot_tag__tag_id")
        rows = frozen.values_list(*columns, *EDGES)
    for image_id, region_id, replaces, *place in rows:
        boxes[image_id].append(DrawnBox(region_id, Box(*place), replaces))
    return boxes


def _frozen_background(project: Project, image_ids: Collection[UUID], snapshot_id: UUID) -> set[UUID]:
    if project_domain(project).type is not DomainType.OBJECT_DETECTION:
        return set()
    frozen = SnapshotImage.objects.filter(snapshot_id=snapshot_id, image_id__in=image_ids, has_no_objects=True)
    return set(frozen.values_list("image_id", flat=True))


def _short_name(source_name: str) -> str:
    """The file's name without folders or address; an image that came without one has none."""
    path = source_name.partition("?")[0] if "://" in source_name else source_name
    return path.rstrip("/").rpartition("/")[2] or source_name
