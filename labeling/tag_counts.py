"""On how many images each tag is now."""

from collections import Counter
from uuid import UUID

from django.db.models import Count

from labeling.models import Image, ImageTag
from portal.models import Project


def image_counts(project: Project, *, only: UUID | None = None) -> Counter[UUID]:
    """By the id of the tag; those on no image count 0 (two queries).

    What is on deleted images, a few, is taken off from what is on all of them, which an index alone tells: to look at
    each image would take three times as long.
    """
    tagged = ImageTag.objects.filter(tag__project=project, removed__isnull=True)
    deleted = Image.objects.filter(project=project, removed__isnull=False).order_by().values("pk")
    on_deleted = ImageTag.objects.filter(image__in=deleted, removed__isnull=True)
    if only is not None:
        tagged, on_deleted = tagged.filter(tag=only), on_deleted.filter(tag=only)
    counts = Counter[UUID]()
    for rows, add in ((tagged, counts.update), (on_deleted, counts.subtract)):
        # Counted by a column of the index: counting the key would read each row.
        add(dict(rows.order_by().values_list("tag_id").annotate(count=Count("image"))))
    return counts
