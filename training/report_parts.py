"""What a report of an iteration is made of."""

from dataclasses import dataclass

from labeling.models import SnapshotTag
from labeling.tag_keys import PageTag
from training.intervals import Interval, wilson

RECOMMENDED_IMAGES = 50
# Below, an interval is wider than most differences that one looks for: 20 of which half are right say 30 to 70%.
FEW_JUDGED = 20


@dataclass(frozen=True)
class Measure:
    """A figure 0..1 and its 95% interval; None where there is nothing to measure."""

    value: float | None
    interval: Interval | None


@dataclass(frozen=True)
class Judgment:
    """Precision, recall and F1 with the counts that they come from: predictions of tags, or boxes."""

    precision: Measure
    recall: Measure
    f1: Measure
    right: int
    false: int
    missed: int

    @property
    def wrong(self) -> int:
        return self.false + self.missed

    @property
    def judged(self) -> int:
        """How many labels there were to find."""
        return self.right + self.missed

    @property
    def is_few(self) -> bool:
        """Too few to tell."""
        return self.judged < FEW_JUDGED

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


def judgment(right: int, false: int, missed: int) -> Judgment:
    """Of counts; `figures` of static/src/performance/figures.ts reckons the same."""
    return Judgment(
        precision=share(right, right + false),
        recall=share(right, right + missed),
        f1=f1_measure(right, false, missed),
        right=right,
        false=false,
        missed=missed,
    )


def share(right: int, total: int) -> Measure:
    """Zero where nothing was predicted, as the API says it, but then without an interval."""
    return Measure(right / total if total else 0.0, wilson(right, total))


def f1_measure(right: int, false: int, missed: int) -> Measure:
    """F1 rises with the share of right ones among right, false and missed: that share's interval gives its own."""
    interval = wilson(right, right + false + missed)
    if interval is None:
        return Measure(0.0, None)
    low, high = (2 * edge / (1 + edge) for edge in interval)
    return Measure(2 * right / (2 * right + false + missed), (low, high))
