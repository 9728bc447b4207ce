"""Boxes that are to become regions: checked before anything is written."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from labeling.models import EDGE_TOLERANCE
from portal.domains import DomainType
from portal.errors import Refusal
from portal.models import Project
from portal.projects import project_domain


@dataclass(frozen=True)
class Box:
    """A tag's box: fractions 0..1 of the upright image, from its top left corner."""

    tag_id: UUID
    left: float
    top: float
    width: float
    height: float

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """left, top, width, height."""
        return self.left, self.top, self.width, self.height


@dataclass(frozen=True)
class DrawnBox:
    """A box with the id that it has, or is to get. `replaces` is the id that it had before it was moved.

    `is_suggested`: a model suggested it and a person accepted it; told of boxes that come, not of those that are there.
    """

    id: UUID
    box: Box
    replaces: UUID | None = None
    is_suggested: bool = False


def checked_boxes(project: Project, boxes: Iterable[Box], where: str) -> tuple[Box, ...]:
    """The boxes with rounding errors at the edges taken off; `where` names their image in a refusal.

    Raises Refusal `BadRequestImageRegions` for a box in a classification project, without area, or outside.
    """
    checked = tuple(_checked(box, f"{where}, region {number}") for number, box in enumerate(boxes, 1))
    if checked and project_domain(project).type is not DomainType.OBJECT_DETECTION:
        raise Refusal(
            "BadRequestImageRegions", f"{where}: regions belong to object detection projects; use tagIds here."
        )
    return checked


def _checked(box: Box, where: str) -> Box:
    if not all(math.isfinite(edge) for edge in box.edges):
        raise Refusal(
            "BadRequestImageRegions", f"{where}: left, top, width and height are numbers: send fractions, 0 to 1."
        )
    if box.width <= 0 or box.height <= 0:
        raise Refusal("BadRequestImageRegions", f"{where}: width and height are greater than 0: leave empty boxes out.")
    outside = max(-box.left, -box.top, box.left + box.width - 1, box.top + box.height - 1)
    if outside > EDGE_TOLERANCE:
        raise Refusal(
            "BadRequestImageRegions",
            f"{where}: the box reaches outside the image: send fractions of its width and height, 0 to 1.",
        )
    left, top = max(0.0, box.left), max(0.0, box.top)
    width, height = min(box.width, 1 - left), min(box.height, 1 - top)
    if width <= 0 or height <= 0:
        raise Refusal("BadRequestImageRegions", f"{where}: the box has no area inside the image: leave it out.")
    return replace(box, left=left, top=top, width=width, height=height)
