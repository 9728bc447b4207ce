"""Answers of detectors: boxes from the threshold on, matched at the overlap as in the figures."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.comparing.answers import Answers, Counts, SaidChange, said_changes
from training.detection_metrics import Detections, in_falling_score, match_images, overlaps
from training.locked_test.common import CommonBoxes

# Less in common is no near miss.
NEAR_MISS = 0.1


@dataclass(frozen=True)
class FoundOnImage:
    """What an iteration drew on an image from the threshold on: `found` [true boxes], `false` as places in `boxes`."""

    boxes: Detections
    is_found: NDArray[np.bool_]
    false: NDArray[np.intp]


@dataclass(frozen=True)
class DetectorAnswers(Answers):
    """Boxes at or above the threshold."""

    common: CommonBoxes
    overlap: float

    @cached_property
    def ordered(self) -> list[list[Detections]]:
        """What each iteration found, in falling score."""
        return [[in_falling_score(each) for each in found] for found in self.common.found]

    @cached_property
    def matches(self) -> list[tuple[NDArray[np.intp], ...]]:
        """Of each iteration and image, as `match_images` gives them."""
        return [match_images(self.common.truth, found, self.overlap) for found in self.ordered]

    @cached_property
    def _on_images(self) -> list[list[FoundOnImage]]:
        return [
            [self._shown(*each) for each in zip(self.common.truth, found, matches, strict=True)]
            for found, matches in zip(self.ordered, self.matches, strict=True)
        ]

    def _shown(self, truth: Detections, found: Detections, matches: NDArray[np.intp]) -> FoundOnImage:
        count = int(np.searchsorted(-found.scores, -np.float32(self.threshold), side="right"))
        shown, own = Detections(found.corners[:count], found.tags[:count], found.scores[:count]), matches[:count]
        is_found = np.zeros(len(truth.tags), dtype=bool)
        is_found[own[own >= 0]] = True
        return FoundOnImage(shown, is_found, np.flatnonzero(own < 0))

    def on_image(self, row: int, iteration: int) -> FoundOnImage:
        """What the iteration drew on the image."""
        return self._on_images[iteration][row]

    def mistakes(self, iteration: int) -> Counts:
        return np.array(
            [len(each.is_found) - int(each.is_found.sum()) + len(each.false) for each in self._on_images[iteration]],
            dtype=np.intp,
        )

    def weights(self, first: int, second: int) -> NDArray[np.floating]:
        return np.abs(self.mistakes(second) - self.mistakes(first)).astype(np.float64)

    def said(self, row: int, first: int, second: int) -> list[SaidChange]:
        truth, names = self.common.truth[row], [tag.name for tag in self.common.tags]
        before, after = self.on_image(row, first), self.on_image(row, second)
        false_before, false_after = _false_tags(before), _false_tags(after)
        missed = np.flatnonzero(before.is_found & ~after.is_found)
        loose = [place for place in missed.tolist() if _has_near(truth, place, after)]
        said = said_changes(
            names,
            found=Counter(truth.tags[after.is_found & ~before.is_found].tolist()),
            gone=false_before - false_after,
            missed=Counter(truth.tags[missed].tolist()) - Counter(truth.tags[loose].tolist()),
            extra=false_after - false_before - Counter(truth.tags[loose].tolist()),
        )
        return [SaidChange(int(truth.tags[place]), f"{names[truth.tags[place]]} box off") for place in loose] + said


def _false_tags(on_image: FoundOnImage) -> Counter[int]:
    return Counter(on_image.boxes.tags[on_image.false].tolist())


def _has_near(truth: Detections, place: int, on_image: FoundOnImage) -> bool:
    """Whether a false box of the same tag lies near a true box: it was seen, and not framed well enough."""
    own = on_image.false[on_image.boxes.tags[on_image.false] == truth.tags[place]]
    near = overlaps(on_image.boxes.corners[own], truth.corners[place : place + 1])
    return bool(len(own)) and bool(near.max() >= NEAR_MISS)
