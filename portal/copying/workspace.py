"""Tags, images and their labels, from one project into another."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from labeling import files
from labeling.metadata import index_metadata
from labeling.models import ConfirmedLabels, Image, ImageTag, LockedTestImage, Region, SnapshotImage, Tag
from portal.copying.copy import TRY_AGAIN, Copy
from portal.copying.files import copy_file
from portal.jobs.handlers import JobFailed
from training.models import Iteration

IMAGES_PER_STEP = 200
STAGE = "Copying images"


def copy_tags(copy: Copy) -> set[UUID]:
    """Copy the tags with their order, colors and types; the ids in the source of those that are there now."""
    originals = list(Tag.objects.filter(project=copy.source))
    with copy.writing():
        Tag.objects.bulk_create(
            (
                Tag(
                    id=copy.id_of(tag.pk),
                    project=copy.target,
                    name=tag.name,
                    description=tag.description,
                    type=tag.type,
                    position=tag.position,
                    color=tag.color,
                    created=tag.created,
                )
                for tag in originals
            ),
            ignore_conflicts=True,
        )
    there = set(Tag.objects.filter(project=copy.target).values_list("pk", flat=True))
    return {tag.pk for tag in originals if copy.id_of(tag.pk) in there}


def copy_images(copy: Copy, iterations: Sequence[Iteration], after: UUID, until_percent: float) -> UUID | None:
    """Copy the images of the workspace and of the iterations: files first, then rows with their current labels.

    In id order, from the one after `after`; the last that was copied where the time was over, None at the end.
    """
    tags = copy_tags(copy)
    wanted = _wanted(copy, iterations)
    total, done = wanted.count(), wanted.filter(pk__lte=after).count()
    while images := list(wanted.filter(pk__gt=after).order_by("pk")[:IMAGES_PER_STEP]):
        copy.tell(STAGE, until_percent * done / max(total, 1))
        done += len(images)
        after = images[-1].pk
        ids = [copy.id_of(image.pk) for image in images]
        there = set(Image.objects.filter(pk__in=ids).values_list("pk", flat=True))
        missing = [image for image in images if copy.id_of(image.pk) not in there]
        if missing:
            tags = _copy_step(copy, missing, tags)
        if copy.is_time_over:
            return after
    return None


def _wanted(copy: Copy, iterations: Sequence[Iteration]) -> QuerySet[Image]:
    held = SnapshotImage.objects.filter(image=OuterRef("pk"), snapshot__in=[each.pk for each in iterations])
    return Image.objects.filter(Q(removed__isnull=True) | Exists(held), project=copy.source)


def _copy_step(copy: Copy, images: Sequence[Image], tags: set[UUID]) -> set[UUID]:
    kept = [image for image in images if _copy_files(copy, image)]
    keys = [image.pk for image in kept]
    labels = list(ImageTag.objects.filter(image__in=keys, removed__isnull=True))
    regions = list(Region.objects.filter(image__in=keys, removed__isnull=True))
    locked = list(LockedTestImage.objects.filter(image__in=keys))
    confirmed = list(ConfirmedLabels.objects.filter(image__in=keys))
    if not {label.tag_id for label in labels} | {region.tag_id for region in regions} <= tags:
        tags = copy_tags(copy)  # made since this copy began
    with copy.writing():
        rows = [_image(copy, image) for image in kept]
        Image.objects.bulk_create(rows, ignore_conflicts=True)
        # All but one whose bytes came in again, as another image, between two steps.
        there = set(Image.objects.filter(pk__in=[copy.id_of(key) for key in keys]).values_list("pk", flat=True))
        index_metadata(row for row in rows if row.pk in there)
        ImageTag.objects.bulk_create(
            (
                ImageTag(
                    id=copy.id_of(label.pk),
                    image_id=copy.id_of(label.image_id),
                    tag_id=copy.id_of(label.tag_id),
                    source=label.source,
                    created=label.created,
                    created_by=label.created_by,
                )
                for label in labels
                if label.tag_id in tags and copy.id_of(label.image_id) in there
            ),
            ignore_conflicts=True,
        )
        LockedTestImage.objects.bulk_create(
            (
                LockedTestImage(
                    image_id=copy.id_of(row.image_id),
                    project=copy.target,
                    choice=row.choice,
                    created=row.created,
                    created_by=row.created_by,
                )
                for row in locked
                if copy.id_of(row.image_id) in there
            ),
            ignore_conflicts=True,
        )
        ConfirmedLabels.objects.bulk_create(
            (
                ConfirmedLabels(
                    image_id=copy.id_of(row.image_id),
                    version=row.version,
                    created=row.created,
                    created_by=row.created_by,
                )
                for row in confirmed
                if copy.id_of(row.image_id) in there
            ),
            ignore_conflicts=True,
        )
        Region.objects.bulk_create(
            (
                _region(copy, region)
                for region in regions
                if region.tag_id in tags and copy.id_of(region.image_id) in there
            ),
            ignore_conflicts=True,
        )
    return tags


def _copy_files(copy: Copy, image: Image) -> bool:
    """Whether its files are there; False for an image that was deleted since this step began."""
    pairs = [
        (name(copy.source.pk, image.sha256, *more), name(copy.target.pk, image.sha256, *more))
        for name, more in (
            (files.original_name, (image.media_type,)),
            (files.resized_name, ()),
            (files.thumbnail_name, ()),
        )
    ]
    try:
        for source, target in pairs:
            copy_file(source, target)
    except FileNotFoundError as missing:
        copy.check_source()
        if not Image.objects.filter(pk=image.pk).exists():
            return False
        raise JobFailed(
            f"A file of the image {image.pk} is missing in storage.",
            f"Delete the image from {copy.source.name}. {TRY_AGAIN}",
        ) from missing
    return True


def _image(copy: Copy, image: Image) -> Image:
    return Image(
        id=copy.id_of(image.pk),
        project=copy.target,
        sha256=image.sha256,
        media_type=image.media_type,
        size_bytes=image.size_bytes,
        width=image.width,
        height=image.height,
        perceptual_hash=image.perceptual_hash,
        metadata=image.metadata,
        version=image.version,
        labels_changed=image.labels_changed,
        labels_changed_by=image.labels_changed_by,
        has_no_objects=image.has_no_objects,
        source=image.source,
        source_name=image.source_name,
        created=image.created,
        created_by=image.created_by,
        removed=image.removed,
        removed_by=image.removed_by,
    )


def _region(copy: Copy, region: Region) -> Region:
    return Region(
        id=copy.id_of(region.pk),
        image_id=copy.id_of(region.image_id),
        tag_id=copy.id_of(region.tag_id),
        left=region.left,
        top=region.top,
        width=region.width,
        height=region.height,
        source=region.source,
        created=region.created,
        created_by=region.created_by,
    )
