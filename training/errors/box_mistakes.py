"""What a detector got wrong, as its confusion matrix counts it."""

import numpy as np
from numpy.typing import NDArray

from training.box_confusion import BoxStories, box_stories
from training.box_pairs import BoxPairs, Places
from training.detection_metrics import Detections, overlaps
from training.errors.mistakes import SAME_PLACE, Corners, ErrorKind, Mistake
from training.image_review import NEAR_MISS
from training.judged import JudgedBoxes, judged_matches


def box_mistakes(boxes: JudgedBoxes, threshold_percent: int, overlap_percent: int) -> list[Mistake]:
    """At both thresholds. A false box near a missed one of its own tag is loose, and no more in the matrix: there
    it is a false box and a missed one. The most probable box takes the missed one that it overlaps most.
    """
    matches = judged_matches(boxes, overlap_percent)
    return _Mistakes(boxes, matches, threshold_percent / 100, overlap_percent / 100).all()


class _Mistakes:
    """The stories of all boxes, at both thresholds."""

    def __init__(
        self,
        boxes: JudgedBoxes,
        matches: tuple[Places, ...],
        threshold: float,
        overlap_threshold: float,
    ) -> None:
        self._boxes, self._pairs = boxes, boxes.pairs
        self._stories: BoxStories = box_stories(boxes.pairs, matches, overlap_threshold)
        limit = np.float32(threshold)
        stories = self._stories
        self._is_missed = stories.found_by < limit
        self._is_false = (stories.score >= limit) & ~stories.is_right
        is_twin = self._pairs.is_same_tag & (self._pairs.overlap >= SAME_PLACE)
        self._twins = np.bincount(self._pairs.found[is_twin], minlength=len(stories.score))

    def all(self) -> list[Mistake]:
        stories = self._stories
        claims = np.flatnonzero(self._is_false & (stories.lies_on >= 0))
        claims = claims[self._is_missed[stories.lies_on[claims]]]
        confused = dict(zip(claims.tolist(), stories.lies_on[claims].tolist(), strict=True))
        loose = self._loose(confused)
        mistakes = [self._two_boxes(ErrorKind.CONFUSED, found, true) for found, true in confused.items()]
        mistakes += [self._two_boxes(ErrorKind.LOOSE, found, true) for found, true in loose.items()]
        alone = set(np.flatnonzero(self._is_false).tolist()) - confused.keys() - loose.keys()
        mistakes += [self._false(found) for found in sorted(alone)]
        missed = set(np.flatnonzero(self._is_missed).tolist()) - {*confused.values(), *loose.values()}
        return mistakes + [self._missed(true) for true in sorted(missed)]

    def _loose(self, confused: dict[int, int]) -> dict[int, int]:
        """Of false boxes the missed one of their tag that they lie near."""
        pairs = self._pairs
        free = self._is_missed.copy()
        free[list(confused.values())] = False
        is_near = (pairs.overlap >= NEAR_MISS) & pairs.is_same_tag & self._is_false[pairs.found]
        found, true = pairs.found[is_near], pairs.true[is_near]
        order = np.lexsort((-pairs.overlap[is_near], -pairs.scores[found]))
        loose: dict[int, int] = {}
        for one, other in zip(found[order].tolist(), true[order].tolist(), strict=True):
            if one not in confused and one not in loose and free[other]:
                loose[one] = other
                free[other] = False
        return loose

    def _two_boxes(self, kind: ErrorKind, found: int, true: int) -> Mistake:
        pairs = self._pairs
        score = float(pairs.scores[found])
        true_corners = _true(self._boxes, pairs, self._stories, true)
        found_corners = _found(self._boxes, pairs, self._stories, found)
        return Mistake(
            self._boxes.image_ids[int(self._stories.found_image[found])],
            kind,
            confidence=score,
            true_tag=self._boxes.tags[int(pairs.true_tags[true])].tag_id,
            predicted_tag=self._boxes.tags[int(pairs.found_tags[found])].tag_id,
            probability=score,
            true_corners=true_corners,
            predicted_corners=found_corners,
            overlap=float(overlaps(np.array([found_corners], np.float32), np.array([true_corners], np.float32))[0, 0]),
        )

    def _false(self, found: int) -> Mistake:
        score = float(self._pairs.scores[found])
        return Mistake(
            self._boxes.image_ids[int(self._stories.found_image[found])],
            ErrorKind.FALSE,
            confidence=score,
            predicted_tag=self._boxes.tags[int(self._pairs.found_tags[found])].tag_id,
            probability=score,
            predicted_corners=_found(self._boxes, self._pairs, self._stories, found),
            twins=int(self._twins[found]),
        )

    def _missed(self, true: int) -> Mistake:
        weaker = max(0.0, float(self._stories.found_by[true]))
        return Mistake(
            self._boxes.image_ids[int(self._stories.true_image[true])],
            ErrorKind.MISSED,
            confidence=1 - weaker,
            true_tag=self._boxes.tags[int(self._pairs.true_tags[true])].tag_id,
            true_probability=weaker,
            true_corners=_true(self._boxes, self._pairs, self._stories, true),
        )


def _true(boxes: JudgedBoxes, pairs: BoxPairs, stories: BoxStories, place: int) -> Corners:
    return _corners_at(boxes.truth, stories.true_image, pairs.true_starts, place)


def _found(boxes: JudgedBoxes, pairs: BoxPairs, stories: BoxStories, place: int) -> Corners:
    return _corners_at(boxes.found, stories.found_image, pairs.found_starts, place)


def _corners_at(boxes: tuple[Detections, ...], images: Places, starts: NDArray[np.intp], place: int) -> Corners:
    image = int(images[place])
    return corners_of(boxes[image], place - int(starts[image]))


def corners_of(boxes: Detections, place: int) -> Corners:
    """One box of an image, within the picture."""
    left, top, right, bottom = (min(1.0, max(0.0, float(edge))) for edge in boxes.corners[place])
    return left, top, right, bottom
