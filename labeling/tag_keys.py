"""A tag's key and color: the same on every page."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from labeling.models import SnapshotTag, Tag, TagType
from labeling.tag_counts import image_counts
from portal.models import Project

COLOR_COUNT = 20
NEGATIVE_KEY = "–"  # noqa: RUF001
DELETED_KEY = "·"


@dataclass(frozen=True)
class PageTag:
    """A tag as pages show it. `key` is "1" to "9" (a keyboard key), "10" on (typed), or a dash for the negative one."""

    id: UUID
    name: str
    type: str
    color: int
    key: str
    description: str
    image_count: int

    @property
    def is_negative(self) -> bool:
        return self.type == TagType.NEGATIVE


def free_color(taken: Iterable[int]) -> int:
    """The first of the colors 1 to 20 that is used least."""
    uses = Counter(taken)
    return min(range(1, COLOR_COUNT + 1), key=lambda color: (uses[color], color))


def project_tags(project: Project) -> list[PageTag]:
    """The project's tags in order, with keys, colors and the number of images each is on now (three queries)."""
    counts = image_counts(project)
    tags = []
    number = 0
    for tag in Tag.objects.filter(project=project).order_by("position"):
        if tag.type != TagType.NEGATIVE:
            number += 1
        key = NEGATIVE_KEY if tag.type == TagType.NEGATIVE else str(number)
        tags.append(PageTag(tag.pk, tag.name, tag.type, tag.color, key, tag.description, counts[tag.pk]))
    return tags


def frozen_tags(project: Project, snapshot_id: UUID) -> list[PageTag]:
    """The tags of a snapshot with the names and counts of then, and the keys and colors of now (four queries).

    A tag that was deleted since has a dot for a key.
    """
    now = {tag.id: tag for tag in project_tags(project)}
    tags = []
    for frozen in SnapshotTag.objects.filter(snapshot_id=snapshot_id, snapshot__project=project).order_by("position"):
        tag = now.get(frozen.tag_id)
        color = tag.color if tag else frozen.position % COLOR_COUNT + 1
        key = tag.key if tag else DELETED_KEY
        tags.append(
            PageTag(frozen.tag_id, frozen.name, frozen.type, color, key, frozen.description, frozen.image_count)
        )
    return tags
