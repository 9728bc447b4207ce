"""What trainings leave out: the locked test set, and images that look nearly the same as one in it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Count, F, Max, QuerySet, Sum

from labeling.locked_test_set import images_in_test_set
from labeling.looks_alike import looks_alike
from labeling.models import Image, ImageTag
from labeling.tag_keys import PageTag
from portal.models import Project

IDS_PER_QUERY = 500
_FINGERPRINT = 1_000_003


@dataclass(frozen=True)
class LeftOut:
    """How many images the test set has, and the images outside of it that look nearly the same as one of them."""

    test_images: int = 0
    alike: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.test_images)

    @property
    def sentence(self) -> str:
        """Both counts, for a person; empty where nothing is left out."""
        if not self:
            return ""
        many = f"{self.test_images:,} images" if self.test_images > 1 else "1 image"
        if not self.alike:
            return f"{many} of the locked test set {'are' if self.test_images > 1 else 'is'} left out."
        looks = f"{len(self.alike):,} that look" if len(self.alike) > 1 else "1 that looks"
        return f"{many} of the locked test set, and {looks} nearly the same as one of them, are left out."


def left_out(project: Project) -> LeftOut:
    """One query without a test set; two with one, two more where images have changed since the last time."""
    test = images_in_test_set(project).aggregate(
        count=Count("pk"), sum=Sum(F("perceptual_hash") % _FINGERPRINT), newest=Max("locked_test__created")
    )
    if not test["count"]:
        return LeftOut()
    current = _with_looks(project.pk).aggregate(
        count=Count("pk"), sum=Sum(F("perceptual_hash") % _FINGERPRINT), newest=Max("created")
    )
    return LeftOut(test["count"], _alike(project.pk, *test.values(), *current.values()))


# Counts, sums and newest stand for the two sets of images.
@lru_cache(maxsize=64)
def _alike(
    project_id: UUID,
    _test_count: int,
    _test_sum: int | None,
    _test_newest: datetime | None,
    _count: int,
    _sum: int | None,
    _newest: datetime | None,
) -> frozenset[UUID]:
    images = _with_looks(project_id)
    test = np.array(_looks(images.filter(locked_test__isnull=False)), dtype=np.int64)
    others = np.array(_looks(images.filter(locked_test__isnull=True)), dtype=np.int64)
    near = np.unique(others[looks_alike(others, test)]).tolist()
    outside = images.filter(locked_test__isnull=True)
    return frozenset(
        image_id
        for batch in _batches(near)
        for image_id in outside.filter(perceptual_hash__in=batch).values_list("pk", flat=True)
    )


def trained_count(rows: "QuerySet[Any]", without: LeftOut, count: Callable[["QuerySet[Any]"], int]) -> int:
    """`count` of rows that name an image, without those of left-out images; it must add up image by image.

    A query can name only so many ids, so that what looks alike is counted apart.
    """
    return int(trained_counter(rows, without, lambda some: Counter({None: count(some)}))[None])


def trained_counter(
    rows: "QuerySet[Any]", without: LeftOut, count: Callable[["QuerySet[Any]"], "Counter[Any]"]
) -> "Counter[Any]":
    """The same of counts by something; what is on no trained image is absent."""
    if not without:
        return count(rows)
    counts = count(rows.filter(image__locked_test__isnull=True))
    for batch in _batches(sorted(without.alike)):
        counts.subtract(count(rows.filter(image__in=batch)))
    return +counts


def trainable(project: Project, tags: Sequence[PageTag], without: LeftOut) -> list[PageTag]:
    """The tags with the number of images that a training would get to see."""
    if not without:
        return list(tags)
    here = ImageTag.objects.filter(removed__isnull=True, image__project=project, image__removed__isnull=True)
    counts = trained_counter(here, without, images_by_tag)
    return [replace(tag, image_count=counts[tag.id]) for tag in tags]


def images_by_tag(rows: "QuerySet[Any]") -> "Counter[Any]":
    """On how many images each tag is, from rows that name both (one query)."""
    counted = rows.order_by().values("tag_id").annotate(count=Count("image_id", distinct=True))
    return Counter({row["tag_id"]: row["count"] for row in counted})


def _batches(ids: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(ids), IDS_PER_QUERY):
        yield ids[start : start + IDS_PER_QUERY]


def _with_looks(project_id: UUID) -> QuerySet[Image]:
    return Image.objects.filter(project=project_id, removed__isnull=True, perceptual_hash__isnull=False)


def _looks(images: QuerySet[Image]) -> list[int]:
    return [look for look in images.values_list("perceptual_hash", flat=True) if look is not None]
