"""What a report of an iteration is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from labeling.models import SnapshotTag
from labeling.tag_keys import PageTag
from training.statistics.estimates import Interval
from training.statistics.ratios import Share, f1_of, precision_of, recall_of

RECOMMENDED_IMAGES = 50


@dataclass(frozen=True)
class Measure:
    """A figure 0..1 and its 95% interval; None where there is nothing to measure."""

    value: float | None
    interval: Interval | None


@dataclass(frozen=True)
class Judgment:
    """Precision, recall and F1 with the counts that they come from: predictions of tags, or boxes.

    `is_few`: on too few images to tell.
    """

    precision: Share
    recall: Share
    f1: Share
    right: int
    false: int
    missed: int
    is_few: bool

    @property
    def judged(self) -> int:
        """How many labels there were to find."""
        return self.right + self.missed

    @property
    def is_silent(self) -> bool:
        """Nothing was predicted at this threshold."""
        return self.right + self.false == 0


@dataclass(frozen=True)
class TagRow:
    """One line of the table by tag. `page_tag` is the tag as it is now; None once it was deleted."""

    tag: SnapshotTag
    page_tag: PageTag | None
    judgment: Judgment
    average_precision: Measure

    @property
    def images_wanted(self) -> int:
        """How many more images would bring the tag to the recommended number."""
        return max(0, RECOMMENDED_IMAGES - self.tag.image_count)


def judgment(sums: Sequence[int], *, is_few: bool) -> Judgment:
    """Of the nine sums at a threshold; a figure is 0 without an interval where nothing was counted, as in the API."""
    right, false, missed = sums[:3]
    return Judgment(precision_of(sums), recall_of(sums), f1_of(sums), right, false, missed, is_few)
