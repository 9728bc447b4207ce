"""What a detector got wrong, from true boxes and detections."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from training.detection_metrics import Detections, match_image, overlaps
from training.errors.mistakes import Corners, ErrorKind, Mistake
from training.image_review import NEAR_MISS


def box_mistakes(
    tag_ids: Sequence[UUID],
    image_ids: Sequence[UUID],
    truths: Sequence[Detections],
    founds: Sequence[Detections],
    threshold: float,
    overlap_threshold: float,
) -> list[Mistake]:
    """Of each image's true and found boxes (these in falling score), in the images' order, at both thresholds 0..1.

    Boxes are matched as in the figures. A false box that lies on a missed one of another tag, by the overlap threshold
    or more, is a confusion with it; one near a missed box of its own tag is loose. Each missed box is in one mistake,
    with the most probable box that comes into question.
    """
    mistakes: list[Mistake] = []
    for image_id, truth, found in zip(image_ids, truths, founds, strict=True):
        mistakes += _of_image(tag_ids, image_id, truth, found, threshold, overlap_threshold)
    return mistakes


def _of_image(
    tag_ids: Sequence[UUID],
    image_id: UUID,
    truth: Detections,
    found: Detections,
    threshold: float,
    overlap_threshold: float,
) -> Iterator[Mistake]:
    matches = match_image(truth, found, overlap_threshold)
    is_said = found.scores >= np.float32(threshold)
    is_missed = np.ones(len(truth.tags), dtype=bool)
    is_missed[matches[is_said & (matches >= 0)]] = False
    common = overlaps(found.corners, truth.corners)
    for place in np.flatnonzero(is_said & (matches < 0)).tolist():
        kind, partner = _partner(truth, int(found.tags[place]), common[place], is_missed, overlap_threshold)
        probability = float(found.scores[place])
        if partner is not None:
            is_missed[partner] = False
        yield Mistake(
            image_id,
            kind,
            confidence=probability,
            true_tag=None if partner is None else tag_ids[int(truth.tags[partner])],
            predicted_tag=tag_ids[int(found.tags[place])],
            probability=probability,
            true_corners=None if partner is None else corners_of(truth, partner),
            predicted_corners=corners_of(found, place),
            overlap=None if partner is None else float(common[place, partner]),
        )
    for partner in np.flatnonzero(is_missed).tolist():
        weaker = found.scores[matches == partner]
        probability = float(weaker[0]) if len(weaker) else 0.0
        yield Mistake(
            image_id,
            ErrorKind.MISSED,
            confidence=1 - probability,
            true_tag=tag_ids[int(truth.tags[partner])],
            true_probability=probability,
            true_corners=corners_of(truth, partner),
        )


def _partner(
    truth: Detections, tag: int, common: NDArray[np.float32], is_missed: NDArray[np.bool_], overlap_threshold: float
) -> tuple[ErrorKind, int | None]:
    """The missed box that a false one stands for; `common` [true boxes] is how much each overlaps it."""
    other = np.where(is_missed & (truth.tags != tag), common, -1)
    if len(other) and other.max() >= max(overlap_threshold, NEAR_MISS):
        return ErrorKind.CONFUSED, int(other.argmax())
    own = np.where(is_missed & (truth.tags == tag), common, -1)
    if len(own) and own.max() >= NEAR_MISS:
        return ErrorKind.LOOSE, int(own.argmax())
    return ErrorKind.FALSE, None


def corners_of(boxes: Detections, place: int) -> Corners:
    """One box, within the picture."""
    left, top, right, bottom = (min(1.0, max(0.0, float(edge))) for edge in boxes.corners[place])
    return left, top, right, bottom
