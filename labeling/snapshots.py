"""Snapshots: the frozen images and labels of an iteration.

`gather` reads the workspace once; what it returns is checked, compared and then written by `write_snapshot`, so
that the rules of training see exactly what is frozen.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from labeling.left_out import LeftOut, images_by_tag, left_out, trained_counter
from labeling.models import (
    Image,
    ImageTag,
    Region,
    Snapshot,
    SnapshotImage,
    SnapshotImageTag,
    SnapshotRegion,
    SnapshotTag,
    Tag,
)
from portal.domains import DomainType
from portal.jobs.turns import a_turn
from portal.models import Project
from portal.projects import project_domain

ROWS_PER_INSERT = 2000


@dataclass(frozen=True)
class GatheredRegion:
    """A box, fractions 0..1 of the upright image."""

    id: UUID
    tag_id: UUID
    left: float
    top: float
    width: float
    height: float
    created: datetime


@dataclass
class GatheredImage:
    """An image of the workspace with its labels."""

    id: UUID
    sha256: str
    has_no_objects: bool = False
    tags: dict[UUID, datetime] = field(default_factory=dict)
    regions: list[GatheredRegion] = field(default_factory=list)


@dataclass(frozen=True)
class Gathered:
    """What of a workspace can be trained at one moment: its tags in order, its labeled images in id order."""

    project: Project
    tags: list[Tag]
    images: list[GatheredImage]
    left_out: LeftOut = field(default_factory=LeftOut)

    def images_per_tag(self) -> Counter[UUID]:
        """How many images carry each tag; tags without images are absent."""
        return Counter(tag_id for image in self.images for tag_id in image.tags)

    def digest(self) -> str:
        """SHA-256 over tags, image contents and labels: the same workspace gives the same digest."""
        digest = hashlib.sha256()
        for tag in self.tags:
            digest.update(f"tag {tag.pk} {tag.type} {tag.name}\n".encode())
        for image in sorted(self.images, key=lambda image: image.sha256):
            tags = " ".join(sorted(str(tag_id) for tag_id in image.tags))
            digest.update(f"image {image.sha256} {image.has_no_objects} {tags}\n".encode())
            # Whatever their ids: a box that was moved and moved back is the same.
            for line in sorted(
                f"region {each.tag_id} {each.left!r} {each.top!r} {each.width!r} {each.height!r}\n"
                for each in image.regions
            ):
                digest.update(line.encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class LabelCounts:
    """What `gather` would bring, counted only: the tags that are on images, in order, and on how many each."""

    tags: list[Tag]
    images_per_tag: Counter[UUID]
    left_out: LeftOut = field(default_factory=LeftOut)


def count_labels(project: Project, only_tags: Collection[UUID] = ()) -> LabelCounts:
    """The counts of `gather` without reading the images (three queries; some more with a locked test set)."""
    is_detection = project_domain(project).type is DomainType.OBJECT_DETECTION
    labels = _regions(project, only_tags) if is_detection else _labels(project, only_tags)
    without = left_out(project)
    counts = trained_counter(labels, without, images_by_tag)
    tags = [tag for tag in Tag.objects.filter(project=project).order_by("position") if tag.pk in counts]
    return LabelCounts(tags, counts, without)


def _labels(project: Project, only_tags: Collection[UUID]) -> QuerySet[ImageTag]:
    labels = ImageTag.objects.filter(removed__isnull=True, image__project=project, image__removed__isnull=True)
    return labels.filter(tag_id__in=only_tags) if only_tags else labels


def _regions(project: Project, only_tags: Collection[UUID] = ()) -> QuerySet[Region]:
    regions = Region.objects.filter(removed__isnull=True, image__project=project, image__removed__isnull=True)
    return regions.filter(tag_id__in=only_tags) if only_tags else regions


def gather(project: Project, only_tags: Collection[UUID] = ()) -> Gathered:
    """Read tags, labeled images and their labels; with `only_tags`, other tags are left out.

    Tags that are on no image are left out: a model cannot learn them. In detection projects images said to hold
    no objects come along as background. The locked test set, and what looks nearly the same, is never trained on.
    """
    without = left_out(project)
    labels = _labels(project, only_tags).filter(image__locked_test__isnull=True)
    images: dict[UUID, GatheredImage] = {}
    for image_id, sha256, tag_id, created in labels.order_by("image_id", "tag__position").values_list(
        "image_id", "image__sha256", "tag_id", "created"
    ):
        images.setdefault(image_id, GatheredImage(image_id, sha256)).tags[tag_id] = created
    if project_domain(project).type is DomainType.OBJECT_DETECTION:
        images = _with_regions(project, images)
        background = Image.objects.filter(
            project=project, removed__isnull=True, has_no_objects=True, locked_test__isnull=True
        )
        for image_id, sha256 in background.values_list("pk", "sha256"):
            images.setdefault(image_id, GatheredImage(image_id, sha256)).has_no_objects = True
    for image_id in without.alike:
        images.pop(image_id, None)
    used = {tag_id for image in images.values() for tag_id in image.tags}
    tags = [tag for tag in Tag.objects.filter(project=project).order_by("position") if tag.pk in used]
    return Gathered(project, tags, sorted(images.values(), key=lambda image: str(image.id)), without)


def _with_regions(project: Project, images: dict[UUID, GatheredImage]) -> dict[UUID, GatheredImage]:
    """The images that have boxes, each with them and with their tags alone: a tag without a box shows no place."""
    for row in _regions(project).order_by("created", "id"):
        image = images.get(row.image_id)
        if image is not None and row.tag_id in image.tags:
            image.regions.append(
                GatheredRegion(row.pk, row.tag_id, row.left, row.top, row.width, row.height, row.created)
            )
    for image in images.values():
        boxed = {region.tag_id for region in image.regions}
        image.tags = {tag_id: created for tag_id, created in image.tags.items() if tag_id in boxed}
    return {image_id: image for image_id, image in images.items() if image.regions}


def write_snapshot(gathered: Gathered) -> Snapshot:
    """Freeze what was gathered. Call it in a transaction."""
    snapshot = Snapshot.objects.create(
        project=gathered.project, digest=gathered.digest(), image_count=len(gathered.images)
    )
    counts = gathered.images_per_tag()
    snapshot_tags = SnapshotTag.objects.bulk_create(
        SnapshotTag(
            snapshot=snapshot,
            tag_id=tag.pk,
            name=tag.name,
            description=tag.description,
            type=tag.type,
            position=position,
            image_count=counts[tag.pk],
        )
        for position, tag in enumerate(gathered.tags)
    )
    tag_keys = {tag.tag_id: tag.pk for tag in snapshot_tags}
    snapshot_images = SnapshotImage.objects.bulk_create(
        (
            SnapshotImage(snapshot=snapshot, image_id=image.id, has_no_objects=image.has_no_objects)
            for image in gathered.images
        ),
        batch_size=ROWS_PER_INSERT,
    )
    image_keys = {row.image_id: row.pk for row in snapshot_images}
    SnapshotImageTag.objects.bulk_create(
        (
            SnapshotImageTag(snapshot_image_id=image_keys[image.id], snapshot_tag_id=tag_keys[tag_id], created=created)
            for image in gathered.images
            for tag_id, created in image.tags.items()
        ),
        batch_size=ROWS_PER_INSERT,
    )
    SnapshotRegion.objects.bulk_create(
        (
            SnapshotRegion(
                snapshot_image_id=image_keys[image.id],
                snapshot_tag_id=tag_keys[region.tag_id],
                region_id=region.id,
                left=region.left,
                top=region.top,
                width=region.width,
                height=region.height,
                created=region.created,
            )
            for image in gathered.images
            for region in image.regions
        ),
        batch_size=ROWS_PER_INSERT,
    )
    return snapshot


@dataclass(frozen=True)
class FrozenImage:
    """An image of a snapshot, as training reads it: where its original lies, the ids of its tags, its boxes."""

    id: UUID
    sha256: str
    media_type: str
    tag_ids: tuple[UUID, ...]
    regions: tuple["FrozenRegion", ...]


@dataclass(frozen=True)
class FrozenRegion:
    """A box of a snapshot: fractions 0..1 of the upright image."""

    tag_id: UUID
    left: float
    top: float
    width: float
    height: float


def frozen_images(snapshot_id: UUID) -> list[FrozenImage]:
    """The snapshot's images in id order, with their labels (three queries)."""
    tags_of: defaultdict[int, list[UUID]] = defaultdict(list)
    labels = SnapshotImageTag.objects.filter(snapshot_image__snapshot_id=snapshot_id)
    for key, tag_id in labels.order_by("snapshot_tag__position").values_list(
        "snapshot_image_id", "snapshot_tag__tag_id"
    ):
        tags_of[key].append(tag_id)
    regions_of: defaultdict[int, list[FrozenRegion]] = defaultdict(list)
    boxes = SnapshotRegion.objects.filter(snapshot_image__snapshot_id=snapshot_id).order_by("pk")
    columns = ("snapshot_image_id", "snapshot_tag__tag_id", "left", "top", "width", "height")
    for key, tag_id, left, top, width, height in boxes.values_list(*columns):
        regions_of[key].append(FrozenRegion(tag_id, left, top, width, height))
    rows = SnapshotImage.objects.filter(snapshot_id=snapshot_id).order_by("image_id")
    return [
        FrozenImage(image_id, sha256, media_type, tuple(tags_of[key]), tuple(regions_of[key]))
        for key, image_id, sha256, media_type in rows.values_list(
            "pk", "image_id", "image__sha256", "image__media_type"
        )
    ]


def delete_snapshot_rows(snapshot_id: UUID) -> None:
    """Remove a snapshot's rows in batches, each a short transaction, the snapshot itself last; can run twice."""
    for model, path in (
        (SnapshotRegion, "snapshot_image__snapshot_id"),
        (SnapshotImageTag, "snapshot_image__snapshot_id"),
        (SnapshotImage, "snapshot_id"),
        (SnapshotTag, "snapshot_id"),
    ):
        rows = model.objects.filter(**{path: snapshot_id})
        while keys := list(rows.values_list("pk", flat=True)[:ROWS_PER_INSERT]):
            with a_turn(), transaction.atomic():
                model.objects.filter(pk__in=keys).delete()
    Snapshot.objects.filter(pk=snapshot_id).delete()
