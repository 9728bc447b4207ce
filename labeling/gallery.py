"""Images as the gallery shows them: a few columns of each, for many at once."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from labeling.files import resized_name, thumbnail_name
from labeling.models import Image, ImageTag, SnapshotImage, SnapshotImageTag
from portal.models import Project

SHOWN_AT_ONCE = 500


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


@dataclass(frozen=True)
class LabelState:
    """What an edit of an image names, and what it changes."""

    id: UUID
    version: int
    tag_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class TaggingCounts:
    """How many images there are, and on how many of them is a tag."""

    all: int
    tagged: int

    @property
    def untagged(self) -> int:
        return self.all - self.tagged


def gallery_images(project: Project, image_ids: Sequence[UUID], snapshot_id: UUID | None = None) -> list[GalleryImage]:
    """Those of the ids that the workspace, or the snapshot, holds, in the order given (two queries)."""
    columns = ("pk", "version", "source_name", "sha256", "width", "height")
    rows = {row[0]: row for row in _held(project, image_ids, snapshot_id).values_list(*columns)}
    tags = _tags_of(rows.keys(), snapshot_id)
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
        )
        for image_id, version, source_name, sha256, width, height in (rows[each] for each in image_ids if each in rows)
    ]


def label_states(project: Project, image_ids: Collection[UUID]) -> list[LabelState]:
    """Versions and tags of those of the ids that the workspace holds (two queries)."""
    versions = dict(_held(project, image_ids, None).values_list("pk", "version"))
    tags = _tags_of(versions.keys(), None)
    return [LabelState(image_id, version, tuple(tags[image_id])) for image_id, version in versions.items()]


def tagging_counts(project: Project, snapshot_id: UUID | None = None) -> TaggingCounts:
    """Counts of the workspace or of a snapshot (one query)."""
    if snapshot_id is not None:
        frozen = SnapshotImage.objects.filter(snapshot_id=snapshot_id, snapshot__project=project)
        has_tag = Exists(SnapshotImageTag.objects.filter(snapshot_image=OuterRef("pk")))
        counts = frozen.aggregate(all=Count("pk"), tagged=Count("pk", filter=Q(has_tag)))
    else:
        has_tag = Exists(ImageTag.objects.filter(image=OuterRef("pk"), removed__isnull=True))
        workspace = Image.objects.filter(project=project, removed__isnull=True)
        counts = workspace.aggregate(all=Count("pk"), tagged=Count("pk", filter=Q(has_tag)))
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


def _short_name(source_name: str) -> str:
    """The file's name without folders or address; an image that came without one has none."""
    path = source_name.partition("?")[0] if "://" in source_name else source_name
    return path.rstrip("/").rpartition("/")[2] or source_name
