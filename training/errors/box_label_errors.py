"""Which boxes are likely wrong or lacking, from detections on images that the detector had not seen.

The three doubts of ObjectLab (Tkachenko, Thyagarajan, Mueller 2023, "ObjectLab: automated diagnosis of mislabeled
images in object detection data"), from the paper:

- **overlooked**: a detection where no box is;
- **swapped**: a detection of another tag on a box;
- **badly placed**: a detection of the box's tag that shares little with it.

Only confident detections doubt a label: each tag's threshold is the mean probability of its right detections, at least
a half, so that the doubts of a tag of which the model is shy are not lost among those of one of which it is sure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from training.detection_metrics import Detections, match_images, overlaps
from training.errors.box_mistakes import corners_of
from training.errors.mistakes import SAME_PLACE, ErrorKind, Mistake

ELSEWHERE = 0.1
LEAST_CONFIDENCE = 0.5


def box_label_errors(
    tag_ids: Sequence[UUID], image_ids: Sequence[UUID], truths: Sequence[Detections], founds: Sequence[Detections]
) -> list[Mistake]:
    """The doubts about the boxes `truths` of the images, the most likely first; `founds` in falling score.

    An overlooked box is a false detection (`ErrorKind.FALSE`), a swapped one a confusion, a badly placed one loose.
    """
    matches = match_images(truths, founds, SAME_PLACE)
    limits = _limits(len(tag_ids), founds, matches)
    doubts: list[Mistake] = []
    for image_id, truth, found, matched in zip(image_ids, truths, founds, matches, strict=True):
        doubts += _of_image(tag_ids, image_id, truth, found, matched, limits)
    return sorted(doubts, key=lambda doubt: -doubt.confidence)


def _limits(tag_count: int, founds: Sequence[Detections], matches: Sequence[NDArray[np.intp]]) -> NDArray[np.float64]:
    right, count = np.zeros(tag_count), np.zeros(tag_count)
    for found, matched in zip(founds, matches, strict=True):
        is_right = matched >= 0
        np.add.at(right, found.tags[is_right], found.scores[is_right])
        np.add.at(count, found.tags[is_right], 1)
    return np.maximum(right / np.maximum(count, 1), LEAST_CONFIDENCE)


def _of_image(
    tag_ids: Sequence[UUID],
    image_id: UUID,
    truth: Detections,
    found: Detections,
    matched: NDArray[np.intp],
    limits: NDArray[np.float64],
) -> Iterator[Mistake]:
    common = overlaps(found.corners, truth.corners)
    is_open = np.ones(len(truth.tags), dtype=bool)
    # What is found where it stands, by the tag that it has, is not doubted.
    is_open[matched[(matched >= 0) & (found.scores >= LEAST_CONFIDENCE)]] = False
    for place in np.flatnonzero((matched < 0) & (found.scores >= limits[found.tags])).tolist():
        tag, score = int(found.tags[place]), float(found.scores[place])
        said = Mistake(
            image_id,
            ErrorKind.FALSE,
            confidence=score,
            predicted_tag=tag_ids[tag],
            probability=score,
            predicted_corners=corners_of(found, place),
        )
        shared = common[place]
        other = np.where(is_open & (truth.tags != tag), shared, -1)
        own = np.where(is_open & (truth.tags == tag), shared, -1)
        if len(other) and other.max() >= SAME_PLACE:
            partner, kind, confidence = int(other.argmax()), ErrorKind.CONFUSED, score
        elif len(own) and own.max() >= ELSEWHERE:
            partner, kind, confidence = int(own.argmax()), ErrorKind.LOOSE, score * (1 - float(own.max()))
        elif not len(shared) or shared.max() < ELSEWHERE:
            yield said
            continue
        else:
            continue
        is_open[partner] = False
        yield replace(
            said,
            kind=kind,
            confidence=confidence,
            true_tag=tag_ids[int(truth.tags[partner])],
            true_corners=corners_of(truth, partner),
            overlap=float(shared[partner]),
        )
