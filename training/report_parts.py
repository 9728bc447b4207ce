"""What a report of an iteration is made of."""

from dataclasses import dataclass

from labeling.models import SnapshotTag
from labeling.tag_keys import PageTag
from training.intervals import Interval, wilson
from training.threshold_table import ThresholdTable

RECOMMENDED_IMAGES = 50


@dataclass(frozen=True)
class Measure:
    """A figure 0..1 and its 95% interval; None where there is nothing to measure."""

    value: float | None
    interval: Interval | None


@dataclass(frozen=True)
class TagRow:
    """One line of the table by tag. `page_tag` is the tag as it is now; None once it was deleted.

    `wrong` counts images that carry the tag and did not get it, and the reverse; of a detector, missed and false
    boxes. `boxes` is how many boxes of the tag were judged.
    """

    tag: SnapshotTag
    page_tag: PageTag | None
    precision: Measure
    recall: Measure
    average_precision: Measure
    wrong: int
    boxes: int = 0

    @property
    def images_wanted(self) -> int:
        """How many more images would bring the tag to the recommended number."""
        return max(0, RECOMMENDED_IMAGES - self.tag.image_count)


@dataclass(frozen=True)
class Report:
    """All of it, at one threshold and, of a detector, one overlap. `boxes` is how many boxes were judged."""

    threshold_percent: int
    precision: Measure
    recall: Measure
    average_precision: Measure
    rows: tuple[TagRow, ...]
    table: ThresholdTable
    scored_images: int
    overlap_percent: int | None = None
    boxes: int = 0


def share(right: int, total: int) -> Measure:
    """Zero where nothing was predicted, as the API says it, but then without an interval."""
    return Measure(right / total if total else 0.0, wilson(right, total))
