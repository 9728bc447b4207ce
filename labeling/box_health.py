"""What about a detection project's boxes would make a worse model."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from labeling.models import Image, ImageTag, Region
from portal.models import Project

# Detectors see pictures at this size, larger where the domain allows it.
INPUT_PIXELS = 320
# Thinner has no pixel of its own and is not trained on; smaller than tiny is mostly missed.
THINNEST_PIXELS = 2
TINY_PIXELS = 8


@dataclass(frozen=True)
class BoxHealth:
    """Counts of current boxes; `thin_names` are those of images with boxes too thin to be seen.

    `unboxed` images have a tag and no box; `background` ones are said to have no objects.
    """

    boxes: int
    images: int
    thin: int
    tiny: int
    thin_names: tuple[str, ...]
    unboxed: int
    background: int


def box_health(project: Project) -> BoxHealth:
    """The health of the workspace's boxes (three queries, a fourth where boxes are too thin)."""
    regions = Region.objects.filter(removed__isnull=True, image__project=project, image__removed__isnull=True)
    thin = _thinner_than(THINNEST_PIXELS)
    counts = regions.aggregate(
        boxes=Count("pk"),
        images=Count("image_id", distinct=True),
        thin=Count("pk", filter=thin),
        tiny=Count("pk", filter=_thinner_than(TINY_PIXELS) & ~thin),
    )
    names: tuple[str, ...] = ()
    if counts["thin"]:
        found = regions.filter(thin).order_by("image__created", "image_id").values_list("image__source_name", flat=True)
        names = tuple(dict.fromkeys(name or "an image without a name" for name in found))
    current = Image.objects.filter(project=project, removed__isnull=True)
    has_tag = Exists(ImageTag.objects.filter(image=OuterRef("pk"), removed__isnull=True))
    has_box = Exists(Region.objects.filter(image=OuterRef("pk"), removed__isnull=True))
    return BoxHealth(
        **counts,
        thin_names=names,
        unboxed=current.filter(has_tag, ~has_box).count(),
        background=current.filter(has_no_objects=True).count(),
    )


def _thinner_than(pixels: float) -> Q:
    return Q(width__lt=pixels / INPUT_PIXELS) | Q(height__lt=pixels / INPUT_PIXELS)
