"""What a training would be given now, counted: for the dialog that starts it."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef

from labeling.models import Image, ImageTag, Region
from labeling.snapshots import count_labels
from portal.domains import DomainType
from portal.models import Project
from portal.projects import project_domain


@dataclass(frozen=True)
class TrainFacts:
    """Of the chosen tags: `images` with labels, on how many each tag is, and for a detector `boxes`, `background`
    images without objects, and `unboxed` images that are tagged and have no box, so that they are left out."""

    images: int
    images_per_tag: dict[UUID, int]
    boxes: int = 0
    background: int = 0
    unboxed: int = 0

    @property
    def trained_images(self) -> int:
        return self.images + self.background


def train_facts(project: Project, tag_ids: Collection[UUID]) -> TrainFacts:
    """The facts for these tags, none meaning all (three queries; six for a detector)."""
    per_tag = dict(count_labels(project).images_per_tag)
    wanted = {"tag_id__in": tag_ids} if tag_ids else {}
    tags = ImageTag.objects.filter(removed__isnull=True, image__project=project, image__removed__isnull=True, **wanted)
    if project_domain(project).type is not DomainType.OBJECT_DETECTION:
        return TrainFacts(tags.values("image_id").distinct().count(), per_tag)
    regions = Region.objects.filter(removed__isnull=True, image__project=project, image__removed__isnull=True, **wanted)
    has_box = Exists(Region.objects.filter(image=OuterRef("image"), removed__isnull=True))
    return TrainFacts(
        images=regions.values("image_id").distinct().count(),
        images_per_tag=per_tag,
        boxes=regions.count(),
        background=Image.objects.filter(project=project, removed__isnull=True, has_no_objects=True).count(),
        unboxed=tags.filter(~has_box).values("image_id").distinct().count(),
    )
