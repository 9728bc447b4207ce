"""What a training would be given now, counted: for the dialog that starts it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from labeling.left_out import LeftOut, trained_count
from labeling.models import Image, ImageTag, Region
from labeling.snapshots import count_labels
from portal.domains import DomainType
from portal.models import Project
from portal.projects import project_domain


@dataclass(frozen=True)
class TrainFacts:
    """Of the chosen tags: `images` with labels, on how many each tag is, and for a detector `boxes`, `background`
    images without objects, and `unboxed` images that are tagged and have no box, so that they are left out; and what
    else is `left_out`."""

    images: int
    images_per_tag: dict[UUID, int]
    boxes: int = 0
    background: int = 0
    unboxed: int = 0
    left_out: LeftOut = field(default_factory=LeftOut)

    @property
    def trained_images(self) -> int:
        return self.images + self.background


def train_facts(project: Project, tag_ids: Collection[UUID]) -> TrainFacts:
    """The facts for these tags, none meaning all (four queries; seven for a detector; some more with a test set)."""
    counts = count_labels(project)
    without = counts.left_out
    per_tag = dict(counts.images_per_tag)
    wanted = {"tag_id__in": tag_ids} if tag_ids else {}
    tags = ImageTag.objects.filter(removed__isnull=True, image__project=project, image__removed__isnull=True, **wanted)
    if project_domain(project).type is not DomainType.OBJECT_DETECTION:
        return TrainFacts(trained_count(tags, without, _images), per_tag, left_out=without)
    regions = Region.objects.filter(removed__isnull=True, image__project=project, image__removed__isnull=True, **wanted)
    has_box = Exists(Region.objects.filter(image=OuterRef("image"), removed__isnull=True))
    background = Image.objects.filter(project=project, removed__isnull=True, has_no_objects=True)
    if without:
        background = background.filter(locked_test__isnull=True)
    return TrainFacts(
        images=trained_count(regions, without, _images),
        images_per_tag=per_tag,
        boxes=trained_count(regions, without, lambda rows: rows.count()),
        background=sum(1 for key in background.values_list("pk", flat=True) if key not in without.alike)
        if without.alike
        else background.count(),
        unboxed=trained_count(tags.filter(~has_box), without, _images),
        left_out=without,
    )


def _images(rows: "QuerySet[Any]") -> int:
    return rows.values("image_id").distinct().count()
