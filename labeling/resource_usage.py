"""How full a resource's fullest projects are."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count

from labeling.models import Image, Tag
from portal.limits import IMAGES_PER_PROJECT, TAGS_PER_PROJECT
from portal.resource_usage import Usage

Row = tuple[UUID, str, int]  # a training resource's id, the name of one of its projects, a count


def fullest_projects() -> dict[UUID, list[Usage]]:
    """For each training resource, the project with the most images and the one with the most tags (two queries)."""
    images = Image.objects.filter(removed__isnull=True, project__deleted__isnull=True)
    tags = Tag.objects.filter(project__deleted__isnull=True)
    found: dict[UUID, list[Usage]] = {}
    for noun, limit, rows in (
        ("Images", IMAGES_PER_PROJECT, images.order_by()),
        ("Tags", TAGS_PER_PROJECT, tags.order_by()),
    ):
        counted = rows.values_list("project__resource_id", "project__name").annotate(count=Count("pk"))
        for resource_id, (name, count) in _fullest(counted).items():
            found.setdefault(resource_id, []).append(Usage(f"{noun} in {name}, the fullest", count, limit))
    return found


def _fullest(rows: Iterable[Row]) -> dict[UUID, tuple[str, int]]:
    fullest: dict[UUID, tuple[str, int]] = {}
    for resource_id, name, count in rows:
        if resource_id not in fullest or count > fullest[resource_id][1]:
            fullest[resource_id] = (name, count)
    return fullest
