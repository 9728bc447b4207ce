"""What was right and wrong about each image, iteration by iteration, and what changed, in words."""

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from training.locked_test.common import CommonImages

Counts = NDArray[np.intp]


class AnswerChange(StrEnum):
    """How an image's answer changed. Right: every tag or box of it was given, and no other."""

    NOW_RIGHT = "now-right"
    NOW_WRONG = "now-wrong"
    FEWER = "fewer"
    MORE = "more"


@dataclass(frozen=True)
class SaidChange:
    """One thing about an image that changed: the place of the tag that it is about, and what, in words."""

    tag: int
    words: str


@dataclass(frozen=True)
class Answers(ABC):
    """Of all compared iterations, by their place."""

    common: CommonImages
    threshold: float

    @abstractmethod
    def mistakes(self, iteration: int) -> Counts:
        """Missed and false tags, or boxes, of each image: [images]."""

    @abstractmethod
    def weights(self, first: int, second: int) -> NDArray[np.floating]:
        """How much the answer to each image moved, to show the largest first: [images]."""

    @abstractmethod
    def said(self, row: int, first: int, second: int) -> list[SaidChange]:
        """What `second` says otherwise than `first` about an image."""

    def changed(self, first: int, second: int) -> dict[AnswerChange, list[int]]:
        """Rows of the images by how they changed, those that moved most first."""
        before, after = self.mistakes(first), self.mistakes(second)
        order = np.argsort(-self.weights(first, second), kind="stable")
        is_of = {
            AnswerChange.NOW_RIGHT: (before > 0) & (after == 0),
            AnswerChange.NOW_WRONG: (before == 0) & (after > 0),
            AnswerChange.FEWER: (after > 0) & (after < before),
            AnswerChange.MORE: (before > 0) & (after > before),
        }
        return {change: order[rows[order]].tolist() for change, rows in is_of.items()}

    def row_of(self, image_id: UUID) -> int | None:
        """The image's row; None where it is not among those compared."""
        return self._rows.get(image_id)

    @cached_property
    def _rows(self) -> dict[UUID, int]:
        return {image_id: row for row, image_id in enumerate(self.common.image_ids)}


def said_changes(
    names: list[str], found: Counter[int], gone: Counter[int], missed: Counter[int], extra: Counter[int]
) -> list[SaidChange]:
    """Words for tags, or boxes by tag: newly found, no longer falsely given, newly missed, newly false.

    Something found where another was said, and the reverse, is one change where there is one of each.
    """
    if sum(found.values()) == sum(gone.values()) == 1 and not missed and not extra:
        (right,), (wrong,) = found, gone
        return [SaidChange(right, f"{names[right]}, was {names[wrong]}")]
    if sum(missed.values()) == sum(extra.values()) == 1 and not found and not gone:
        (right,), (wrong,) = missed, extra
        return [SaidChange(right, f"{names[wrong]} instead of {names[right]}")]
    return [
        SaidChange(tag, words.format(_many(names[tag], count)))
        for counts, words in ((found, "{} found"), (missed, "{} missed"), (extra, "extra {}"), (gone, "extra {} gone"))
        for tag, count in counts.most_common()
    ]


def _many(name: str, count: int) -> str:
    return name if count == 1 else f"{count} {name}"
