"""Drawing images at random, as many of each tag as its share is."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from labeling.models import Image, ImageTag
from labeling.selection import Selection, TaggingStatus, select_ids
from portal.errors import Refusal
from portal.models import Project

LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class Draw:
    """So many images, or so many percent of those there are to draw from; the seed says which."""

    seed: int
    count: int | None = None
    percent: float | None = None

    def record(self) -> dict[str, object]:
        """For the audit line."""
        asked = {"percent": self.percent} if self.percent is not None else {"wanted": self.count}
        return {"seed": self.seed, **asked}


def draw_images(project: Project, draw: Draw) -> list[UUID]:
    """Labeled images that are not in the locked test set, drawn by tag (three queries).

    Raises Refusal `BadRequest` for a number that cannot be drawn, or when there is nothing to draw from.
    """
    groups = _groups(project)
    there = sum(map(len, groups))
    if not there:
        raise Refusal("BadRequest", "There is no labeled image to draw from. Label images first.")
    return [image_id for group, share in zip(groups, _shares(groups, _wanted(draw, there)), strict=True)
            for image_id in _shuffled(group, draw.seed)[:share]]  # fmt: skip


def _wanted(draw: Draw, there: int) -> int:
    if not 0 <= draw.seed <= LARGEST_SEED:
        raise Refusal("BadRequest", f"The seed is a number from 0 to {LARGEST_SEED:,}.")
    if draw.percent is not None:
        if not 0 < draw.percent < 100:
            raise Refusal("BadRequest", "The share is more than 0 and less than 100 percent.")
        return max(1, round(there * draw.percent / 100))
    if draw.count is None or draw.count < 1:
        raise Refusal("BadRequest", "Say how many images to draw, or what share of them.")
    if draw.count > there:
        raise Refusal("BadRequest", f"Only {there:,} labeled images are there to draw from; ask for fewer.")
    return draw.count


def _groups(project: Project) -> list[list[UUID]]:
    """The images to draw from, each in the group of its rarest tag, so that no tag is forgotten; in a fixed order."""
    chosen = Selection(tagging=TaggingStatus.TAGGED, is_background_tagged=True)
    labeled = dict.fromkeys(select_ids(project, chosen, is_oldest_first=True))
    here = ImageTag.objects.filter(removed__isnull=True, image__project=project, image__removed__isnull=True).order_by()
    count_of = dict(here.values_list("tag_id").annotate(count=Count("image_id")))
    rarest: dict[UUID, UUID] = {}
    for image_id, tag_id in here.filter(image__locked_test__isnull=True).values_list("image_id", "tag_id"):
        best = rarest.get(image_id)
        if best is None or (count_of[tag_id], str(tag_id)) < (count_of[best], str(best)):
            rarest[image_id] = tag_id
    locked = set(Image.objects.filter(project=project, locked_test__isnull=False).values_list("pk", flat=True))
    groups: dict[UUID | None, list[UUID]] = {}
    for image_id in labeled:
        if image_id not in locked:
            groups.setdefault(rarest.get(image_id), []).append(image_id)
    return [groups[key] for key in sorted(groups, key=str)]


def _shares(groups: Sequence[Sequence[UUID]], wanted: int) -> list[int]:
    """How many of each group, as near to its share as whole numbers can be (by largest remainder)."""
    there = sum(map(len, groups))
    exact = [wanted * len(group) / there for group in groups]
    shares = [math.floor(each) for each in exact]
    by_remainder = sorted(range(len(groups)), key=lambda place: (shares[place] - exact[place], place))
    for place in by_remainder[: wanted - sum(shares)]:
        shares[place] += 1
    return shares


def _shuffled(images: Sequence[UUID], seed: int) -> list[UUID]:
    """By a digest of seed and id: the same on every machine, and whatever else is in the project."""
    return sorted(images, key=lambda image_id: hashlib.sha256(f"{seed} {image_id}".encode()).digest())
