"""Which images: the workspace's or a snapshot's, filtered, ordered, paged, with their labels."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from labeling.metadata_filter import parse_filter
from labeling.models import (
    Image,
    ImageTag,
    Region,
    Snapshot,
    SnapshotImage,
    SnapshotImageTag,
    SnapshotRegion,
)
from portal.errors import Refusal
from portal.models import Project

FAR_SKIP = 2000


class TaggingStatus(StrEnum):
    ALL = "All"
    TAGGED = "Tagged"
    UNTAGGED = "Untagged"


@dataclass(frozen=True)
class Selection:
    """What to look for. An image matches `tag_ids` when it has any of them, `name_part` anywhere in its file name.

    `is_background_tagged`: images said to have no objects count as tagged, since they are done. `is_in_test_set`: only
    those that are in today's locked test set, or only the others.
    """

    snapshot_id: UUID | None = None
    tagging: TaggingStatus = TaggingStatus.ALL
    tag_ids: Collection[UUID] = ()
    metadata_filter: str = ""
    name_part: str = ""
    is_background_tagged: bool = False
    is_in_test_set: bool | None = None


@dataclass(frozen=True)
class TagOnImage:
    """A tag that an image has, since when."""

    tag_id: UUID
    name: str
    created: datetime


@dataclass(frozen=True)
class RegionOnImage:
    """A box that an image has: fractions 0..1."""

    region_id: UUID
    tag_id: UUID
    tag_name: str
    created: datetime
    left: float
    top: float
    width: float
    height: float


@dataclass
class LabeledImage:
    """An image with its labels, of now or of a snapshot."""

    image: Image
    tags: list[TagOnImage] = field(default_factory=list)
    regions: list[RegionOnImage] = field(default_factory=list)


def select_images(
    project: Project, selection: Selection, *, is_oldest_first: bool = False, take: int, skip: int = 0
) -> list[LabeledImage]:
    """One page of the images that match, newest first unless told otherwise: a constant number of queries.

    Raises Refusal `NotFoundIteration` for a snapshot that the project has not, `BadRequest` for a filter.
    """
    if skip >= FAR_SKIP and selection == Selection():
        images = _far_page(project, is_oldest_first, take, skip)
    else:
        images = list(_matching(project, selection).order_by(*_order(is_oldest_first))[skip : skip + take])
    return with_labels(images, selection.snapshot_id)


def _far_page(project: Project, is_oldest_first: bool, take: int, skip: int) -> list[Image]:
    """A page of all images from whichever end is nearer: what is passed over is read, too, and counting is cheaper."""
    count = count_images(project, Selection())
    take = min(take, count - skip)
    if take <= 0:
        return []
    images = _matching(project, Selection())
    if skip <= count // 2:
        return list(images.order_by(*_order(is_oldest_first))[skip : skip + take])
    behind = count - skip - take
    return list(images.order_by(*_order(not is_oldest_first))[behind : behind + take])[::-1]


def select_ids(
    project: Project, selection: Selection, *, is_oldest_first: bool = False, take: int | None = None
) -> list[UUID]:
    """Ids of the first `take`, or of all, that match, in the order of `select_images`. Raises Refusal as it does."""
    images = _matching(project, selection).order_by(*_order(is_oldest_first))
    return list(images.values_list("pk", flat=True)[:take])


def _order(is_oldest_first: bool) -> tuple[str, str]:
    return ("created", "-id") if is_oldest_first else ("-created", "id")


def count_images(project: Project, selection: Selection) -> int:
    """How many images match. Raises Refusal as `select_images` does."""
    if selection == Selection():
        # Both are counted in small indexes: two thirds of the time that those without `removed` take.
        images = Image.objects.filter(project=project)
        return images.count() - images.filter(removed__isnull=False).count()
    return _matching(project, selection).count()


def images_by_ids(project: Project, image_ids: Sequence[UUID], snapshot_id: UUID | None = None) -> list[LabeledImage]:
    """Those of the ids that the project (or its snapshot) has, in the order given."""
    here = _matching(project, Selection(snapshot_id)).in_bulk(image_ids)
    return with_labels([here[image_id] for image_id in image_ids if image_id in here], snapshot_id)


def require_snapshot(project: Project, snapshot_id: UUID) -> None:
    """Raises Refusal `NotFoundIteration` when the project has no such snapshot."""
    if not Snapshot.objects.filter(pk=snapshot_id, project=project).exists():
        raise Refusal("NotFoundIteration", "This project has no such iteration; get_iterations lists them.")


def _matching(project: Project, selection: Selection) -> QuerySet[Image]:
    images = Image.objects.filter(project=project)
    labels: QuerySet[Any]
    if selection.snapshot_id is None:
        images = images.filter(removed__isnull=True)
        labels = ImageTag.objects.filter(image=OuterRef("pk"), removed__isnull=True)
        of_tags = Q(tag_id__in=selection.tag_ids)
        is_background = Q(has_no_objects=True)
    else:
        require_snapshot(project, selection.snapshot_id)
        in_snapshot = SnapshotImage.objects.filter(snapshot_id=selection.snapshot_id)
        images = images.filter(pk__in=in_snapshot.values("image_id"))
        labels = SnapshotImageTag.objects.filter(
            snapshot_image__image=OuterRef("pk"), snapshot_image__snapshot_id=selection.snapshot_id
        )
        of_tags = Q(snapshot_tag__tag_id__in=selection.tag_ids)
        is_background = Q(pk__in=in_snapshot.filter(has_no_objects=True).values("image_id"))
    is_tagged = Q(Exists(labels)) | is_background if selection.is_background_tagged else Q(Exists(labels))
    if selection.tagging == TaggingStatus.UNTAGGED:
        images = images.filter(~is_tagged)
    elif selection.tagging == TaggingStatus.TAGGED and not selection.tag_ids:
        images = images.filter(is_tagged)
    if selection.tag_ids:
        images = images.filter(Exists(labels.filter(of_tags)))
    if selection.is_in_test_set is not None:
        images = images.filter(locked_test__isnull=not selection.is_in_test_set)
    if selection.name_part:
        images = images.filter(source_name__icontains=selection.name_part)
    if selection.metadata_filter:
        images = images.filter(parse_filter(selection.metadata_filter, project))
    return images


def with_labels(images: Sequence[Image], snapshot_id: UUID | None = None) -> list[LabeledImage]:
    """The images with their labels (two queries)."""
    ids = [image.pk for image in images]
    tags = _snapshot_tags(ids, snapshot_id) if snapshot_id else _workspace_tags(ids)
    regions = _snapshot_regions(ids, snapshot_id) if snapshot_id else _workspace_regions(ids)
    return [LabeledImage(image, tags[image.pk], regions[image.pk]) for image in images]


def _workspace_tags(ids: Collection[UUID]) -> dict[UUID, list[TagOnImage]]:
    rows = ImageTag.objects.filter(image_id__in=ids, removed__isnull=True).order_by("tag__position")
    return _grouped(rows.values_list("image_id", "tag_id", "tag__name", "created"), TagOnImage)


def _snapshot_tags(ids: Collection[UUID], snapshot_id: UUID) -> dict[UUID, list[TagOnImage]]:
    rows = SnapshotImageTag.objects.filter(
        snapshot_image__snapshot_id=snapshot_id, snapshot_image__image_id__in=ids
    ).order_by("snapshot_tag__position")
    columns = ("snapshot_image__image_id", "snapshot_tag__tag_id", "snapshot_tag__name", "created")
    return _grouped(rows.values_list(*columns), TagOnImage)


def _workspace_regions(ids: Collection[UUID]) -> dict[UUID, list[RegionOnImage]]:
    rows = Region.objects.filter(image_id__in=ids, removed__isnull=True).order_by("created", "id")
    columns = ("image_id", "pk", "tag_id", "tag__name", "created", "left", "top", "width", "height")
    return _grouped(rows.values_list(*columns), RegionOnImage)


def _snapshot_regions(ids: Collection[UUID], snapshot_id: UUID) -> dict[UUID, list[RegionOnImage]]:
    rows = SnapshotRegion.objects.filter(
        snapshot_image__snapshot_id=snapshot_id, snapshot_image__image_id__in=ids
    ).order_by("created", "region_id")
    columns = (
        "snapshot_image__image_id",
        "region_id",
        "snapshot_tag__tag_id",
        "snapshot_tag__name",
        "created",
        "left",
        "top",
        "width",
        "height",
    )
    return _grouped(rows.values_list(*columns), RegionOnImage)


def _grouped(rows: "QuerySet[Any, tuple[Any, ...]]", record: Any) -> dict[UUID, list[Any]]:
    """Rows whose first column is the image, as records by image."""
    grouped: defaultdict[UUID, list[Any]] = defaultdict(list)
    for image_id, *values in rows:
        grouped[image_id].append(record(*values))
    return grouped
