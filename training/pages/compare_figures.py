"""Numbers of the comparison's table and of its drawings, as the page and SVG attributes take them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from training.comparing.comparison import Comparison
from training.comparing.sentence import MeasureRow, Sentence, overall_rows, sentence, tag_rows
from training.statistics.differences import Difference, Verdict

WIDTH = 300
MIDDLE = WIDTH / 2
ROOM = MIDDLE - 10
# Narrower intervals would fill the drawing and look like much.
LEAST_SPAN = 0.05
MINUS = "\u2212"
NONE = "\u2013"
TAG_ROWS_SHOWN = 8
WORDS = {Verdict.BETTER: "Better", Verdict.WORSE: "Worse", Verdict.CANNOT_TELL: "Cannot tell"}
TONES = {Verdict.BETTER: "ok", Verdict.WORSE: "bad", Verdict.CANNOT_TELL: ""}


@dataclass(frozen=True)
class DrawnDifference:
    """A difference in words and as a whisker on the common zero line; `low` is None where nothing can be drawn."""

    second: str
    change: str
    interval: str
    word: str
    tone: str
    low: str | None
    high: str
    middle: str


@dataclass(frozen=True)
class DrawnRow:
    """A measure with its figure in the first iteration, then each other's."""

    name: str
    first: str
    others: tuple[DrawnDifference, ...]


@dataclass(frozen=True)
class Verdicts:
    """The table, the sentences of each iteration against the first; `left` rows of tags are not shown."""

    rows: tuple[DrawnRow, ...]
    sentences: tuple[Sentence, ...]
    left: int
    is_all: bool


def verdicts(comparison: Comparison, *, is_detection: bool, has_accuracy: bool, shows_all: bool) -> Verdicts:
    """Overall figures, then those of tags: the ones that differ, or all."""
    names = [tag.name for tag in comparison.common.tags]
    overall = [
        overall_rows(each, is_detection=is_detection, has_accuracy=has_accuracy) for each in comparison.differences
    ]
    by_tag = [tag_rows(each, names) for each in comparison.differences]
    first, *others = comparison.iterations
    sentences = tuple(
        sentence(first.name, other.name, over, tags, comparison.image_count, differences.verdict)
        for other, over, tags, differences in zip(others, overall, by_tag, comparison.differences, strict=True)
    )
    every, differing = _tag_keys(by_tag)
    shown = every if shows_all else differing[:TAG_ROWS_SHOWN]
    found = [{(row.key, row.tag): row for row in rows} for rows in by_tag]
    lines = [*zip(*overall, strict=True), *([rows[key] for rows in found] for key in shown)]
    span = _span(row.difference for line in lines for row in line)
    return Verdicts(tuple(_drawn(line, span) for line in lines), sentences, len(every) - len(shown), shows_all)


Key = tuple[str, int | None]


def _tag_keys(by_tag: Sequence[Sequence[MeasureRow]]) -> tuple[list[Key], list[Key]]:
    """Every tag's measures that have a figure, those in which any iteration differs first; and these alone."""
    rows = [row for of_iteration in by_tag for row in of_iteration if _has_figure(row)]
    differing = list(dict.fromkeys((row.key, row.tag) for row in rows if row.verdict is not Verdict.CANNOT_TELL))
    return list(dict.fromkeys([*differing, *((row.key, row.tag) for row in rows)])), differing


def _has_figure(row: MeasureRow) -> bool:
    return row.difference.first is not None or row.difference.second is not None


def _span(differences: Iterable[Difference]) -> float:
    ends = [abs(end) for each in differences if each.interval for end in each.interval]
    return max([LEAST_SPAN, *ends])


def _drawn(line: Sequence[MeasureRow], span: float) -> DrawnRow:
    first = line[0]
    others = tuple(_drawn_difference(row.difference, span) for row in line)
    return DrawnRow(first.name, figure(first.difference.first), others)


def _drawn_difference(difference: Difference, span: float) -> DrawnDifference:
    verdict = difference.verdict
    if difference.interval is None or difference.change is None:
        return DrawnDifference(figure(difference.second), NONE, "", WORDS[verdict], TONES[verdict], None, "", "")
    low, high = difference.interval
    return DrawnDifference(
        second=figure(difference.second),
        change=signed(difference.change, plus="+"),
        interval=f"{signed(low)} to {signed(high)}",
        word=WORDS[verdict],
        tone=TONES[verdict],
        low=_place(low, span),
        high=_place(high, span),
        middle=_place(difference.change, span),
    )


def _place(value: float, span: float) -> str:
    return f"{MIDDLE + value / span * ROOM:.1f}"


def figure(value: float | None) -> str:
    """A figure 0..1 as 94.6."""
    return NONE if value is None else f"{value * 100:.1f}"


def signed(value: float, plus: str = "") -> str:
    """A change in points: "+4.8", "-1.8" with the sign that is as wide as a plus."""
    points = f"{abs(value) * 100:.1f}"
    if points == "0.0":
        return points
    return f"{MINUS if value < 0 else plus}{points}"
