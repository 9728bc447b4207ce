"""One held-out image: its true boxes and a detector's over each other, each with what is right or wrong about it."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from labeling.models import SnapshotTag
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.permissions import Right
from training.detection_metrics import Detections, match_image, overlaps
from training.detection_performance import HeldOutBoxes, held_out_boxes, image_matches_of
from training.locked_test.scores import locked_boxes
from training.models import Iteration
from training.performance import is_detection, require_trained
from training.wrong_images import wrong_images

# Less in common is no near miss.
NEAR_MISS = 0.1


class Verdict(StrEnum):
    """Of a true box: found or missed. Of a predicted one: right or false."""

    FOUND = "found"
    MISSED = "missed"
    RIGHT = "right"
    FALSE = "false"


@dataclass(frozen=True)
class ReviewedBox:
    """A box: left, top, width and height as fractions 0..1; `probability` of a predicted one; `reason` in words."""

    tag: SnapshotTag
    edges: tuple[float, float, float, float]
    verdict: Verdict
    reason: str
    probability: float | None = None

    @property
    def is_truth(self) -> bool:
        return self.probability is None

    @property
    def is_wrong(self) -> bool:
        return self.verdict in (Verdict.MISSED, Verdict.FALSE)


@dataclass(frozen=True)
class ImageReview:
    """What is wrong first, then the rest; `weaker` counts predicted boxes below the threshold."""

    boxes: tuple[ReviewedBox, ...]
    weaker: int


def require_detector(iteration: Iteration) -> None:
    """Raises Refusal `BadRequestIterationIsNotTrained`, `NotFound` for a classifier."""
    require_trained(iteration)
    if not is_detection(iteration):
        raise Refusal("NotFound", "Only detectors have boxes to compare.")


def images_by_mistakes(
    actor: Actor, iteration: Iteration, tag_ids: Collection[UUID], threshold: float, overlap_threshold: float
) -> list[UUID]:
    """Held-out images that are wrong about any of the tags, those with the most mistakes first; no tags means all.

    Raises as `require_detector`.
    """
    require(actor, Right.VIEW, iteration.project)
    require_detector(iteration)
    wanted = tag_ids or [tag.tag_id for tag in held_out_boxes(iteration).tags]
    wrong = wrong_images(iteration, wanted, threshold, overlap_threshold)
    return sorted(wrong, key=lambda image_id: (-wrong[image_id].missed - wrong[image_id].false, str(image_id)))


def held_out_images(actor: Actor, iteration: Iteration) -> tuple[UUID, ...]:
    """The images that the scored model has not seen. Raises as `require_detector`."""
    require(actor, Right.VIEW, iteration.project)
    require_detector(iteration)
    return held_out_boxes(iteration).image_ids


def image_review(
    actor: Actor,
    iteration: Iteration,
    image_id: UUID,
    threshold: float,
    overlap_threshold: float,
    *,
    is_locked: bool = False,
) -> ImageReview | None:
    """The image's boxes at both thresholds 0..1; None where it was not held out. Raises as `require_detector`.

    `is_locked`: of the locked test set instead, against the labels of today.
    """
    require(actor, Right.VIEW, iteration.project)
    require_detector(iteration)
    kept = locked_boxes(iteration) if is_locked else held_out_boxes(iteration)
    row = kept.row_of.get(image_id)
    if row is None:
        return None
    if is_locked:
        matches = match_image(kept.truth[row], kept.found[row], overlap_threshold)
    else:
        matches = image_matches_of(iteration, overlap_threshold)[row]
    return _reviewed(kept, row, matches, threshold, overlap_threshold)


def _reviewed(
    kept: HeldOutBoxes, row: int, matches: NDArray[np.intp], threshold: float, overlap_threshold: float
) -> ImageReview:
    truth, found = kept.truth[row], kept.found[row]
    common = overlaps(found.corners, truth.corners)
    is_shown = found.scores >= np.float32(threshold)
    boxes = [_true_box(kept, place, row, matches, is_shown, common[:, place]) for place in range(len(truth.tags))]
    for place in np.flatnonzero(is_shown).tolist():
        match = int(matches[place])
        right = match >= 0
        shared = f"overlaps the true box by {common[place, match]:.0%}" if right else ""
        boxes.append(
            ReviewedBox(
                tag=kept.tags[found.tags[place]],
                edges=_edges(found.corners[place]),
                verdict=Verdict.RIGHT if right else Verdict.FALSE,
                reason=shared or _why_false(kept, truth, int(found.tags[place]), common[place], overlap_threshold),
                probability=float(found.scores[place]),
            )
        )
    order = [Verdict.MISSED, Verdict.FALSE, Verdict.FOUND, Verdict.RIGHT]
    boxes.sort(key=lambda box: (order.index(box.verdict), -(box.probability or 0)))
    return ImageReview(tuple(boxes), int((~is_shown).sum()))


def _true_box(
    kept: HeldOutBoxes,
    place: int,
    row: int,
    matches: NDArray[np.intp],
    is_shown: NDArray[np.bool_],
    common: NDArray[np.float32],
) -> ReviewedBox:
    """`common` [predicted boxes]: how much each overlaps the true one."""
    truth, found = kept.truth[row], kept.found[row]
    finders = np.flatnonzero(matches == place)
    near = common[is_shown & (matches < 0) & (found.tags == truth.tags[place])]
    verdict, reason = Verdict.MISSED, "nothing was found here"
    if len(finders) and is_shown[finders[0]]:
        verdict, reason = Verdict.FOUND, f"found with {found.scores[finders[0]]:.0%}"
    elif len(near) and near.max() >= NEAR_MISS:
        reason = f"the nearest box overlaps it by {near.max():.0%} only"
    elif len(finders):
        reason = f"found with {found.scores[finders[0]]:.0%} only, below the threshold"
    return ReviewedBox(kept.tags[truth.tags[place]], _edges(truth.corners[place]), verdict, reason)


def _why_false(
    kept: HeldOutBoxes, truth: Detections, tag: int, common: NDArray[np.float32], overlap_threshold: float
) -> str:
    """`common` [true boxes]: how much each overlaps the false one."""
    if not len(common):
        return "no box is there"
    own = np.where(truth.tags == tag, common, -1)
    other = np.where(truth.tags == tag, -1, common)
    enough = max(overlap_threshold, NEAR_MISS)
    if own.max() >= enough:
        return f"a second box on one {kept.tags[tag].name}"
    if other.max() >= enough:
        return f"{kept.tags[truth.tags[int(other.argmax())]].name} is there"
    if own.max() >= NEAR_MISS:
        return f"overlaps the true box by {own.max():.0%} only"
    return "no box is there"


def _edges(corners: NDArray[np.float32]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (min(1.0, max(0.0, float(edge))) for edge in corners)
    return left, top, right - left, bottom - top
