"""A comparison in one plain sentence: better, worse or not to be told apart, and on what."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.comparing.comparison import FEWEST_IMAGES
from training.statistics.differences import Difference, Differences, Verdict

MOST_NAMED = 3
# The first is the headline of `training.statistics.differences`.
ORDER = ("f1", "accuracy", "ap", "recall", "precision")


@dataclass(frozen=True)
class MeasureRow:
    """One figure of both iterations. `tag` is the place of the tag that it is about; None for the overall one."""

    key: str
    name: str
    tag: int | None
    difference: Difference

    @property
    def verdict(self) -> Verdict:
        return self.difference.verdict


@dataclass(frozen=True)
class Sentence:
    """`verdict` is None where too few images remain to give one; `headline` stands out, `rest` follows."""

    verdict: Verdict | None
    headline: str
    rest: str


def measure_names(*, is_detection: bool) -> dict[str, str]:
    """What the figures are called on pages, in their order."""
    ap = "mAP" if is_detection else "AP"
    return {"f1": "F1", "accuracy": "Accuracy", "ap": ap, "recall": "Recall", "precision": "Precision"}


def overall_rows(differences: Differences, *, is_detection: bool, has_accuracy: bool) -> list[MeasureRow]:
    """The figures over all tags."""
    names = measure_names(is_detection=is_detection)
    return [
        MeasureRow(key, name, None, differences.overall[key])
        for key, name in names.items()
        if key in differences.overall and (has_accuracy or key != "accuracy")
    ]


def tag_rows(differences: Differences, tag_names: Sequence[str]) -> list[MeasureRow]:
    """The figures of each tag: those that differ first, and of these the largest change."""
    names = measure_names(is_detection=False)
    rows = [
        MeasureRow(key, f"{names[key]}, {tag_names[place]}", place, of_tag[key])
        for place, of_tag in enumerate(differences.per_tag)
        for key in ORDER
        if key in of_tag
    ]
    return sorted(rows, key=lambda row: (row.verdict is Verdict.CANNOT_TELL, -_size(row)))


def sentence(
    before: str, after: str, overall: Sequence[MeasureRow], by_tag: Sequence[MeasureRow], image_count: int,
    verdict: Verdict,
) -> Sentence:  # fmt: skip
    """`before` and `after` are the iterations' names."""
    images = f"{image_count:,} image{'' if image_count == 1 else 's'}"
    if image_count < FEWEST_IMAGES:
        rest = f"{FEWEST_IMAGES} are wanted for a verdict, 100 for a good one. The figures below are a first look."
        return Sentence(None, f"Too few images to judge: {images}.", rest)
    better = [row for row in overall if row.verdict is Verdict.BETTER]
    worse = [row for row in overall if row.verdict is Verdict.WORSE]
    open_ = [row for row in overall if row.verdict is Verdict.CANNOT_TELL]
    tags_better = [row for row in by_tag if row.verdict is Verdict.BETTER]
    tags_worse = [row for row in by_tag if row.verdict is Verdict.WORSE]
    parts: list[str] = []
    if verdict is Verdict.CANNOT_TELL:
        headline = f"{after} cannot be told from {before} with these {images}."
    else:
        headline = f"{after} is {verdict.value} than {before}."
    if better:
        parts.append(f"{_changes(better)}.")
    if worse:
        parts.append(f"{_changes(worse)}.")
    if open_ and verdict is not Verdict.CANNOT_TELL:
        parts.append(
            f"{_capital(_listed([_lower(row.name) for row in open_]))} cannot be told apart with these {images}."
        )
    parts.append(_by_tag(verdict, tags_better, tags_worse))
    return Sentence(verdict, headline, " ".join(part for part in parts if part))


def _changes(rows: Sequence[MeasureRow]) -> str:
    """ "mAP rises by 4.8 points and recall by 6.7": rows of one direction."""
    verb = "rises" if rows[0].verdict is Verdict.BETTER else "falls"
    first, *others = [(_lower(row.name), f"{_size(row):.1f}") for row in rows]
    said = [f"{first[0]} {verb} by {first[1]} points", *(f"{name} by {points}" for name, points in others)]
    return _capital(_listed(said))


def _by_tag(verdict: Verdict, better: Sequence[MeasureRow], worse: Sequence[MeasureRow]) -> str:
    """What differs tag by tag; first what goes against the verdict."""
    parts = []
    for rows, word in ((worse, "worse"), (better, "better")):
        if not rows:
            continue
        named = _listed([_with_size(row) for row in rows[:MOST_NAMED]])
        more = f", and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
        start = "One thing" if len(rows) == 1 else f"{len(rows)} things"
        parts.append(f"{start} by tag got {word}: {named}{more}.")
    if verdict is Verdict.WORSE:
        parts.reverse()
    return " ".join(parts)


def _with_size(row: MeasureRow) -> str:
    measure, _, tag = row.name.partition(", ")
    return f"{_lower(measure)} of {tag} by {_size(row):.1f}"


def _size(row: MeasureRow) -> float:
    return abs(row.difference.change or 0.0) * 100


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _lower(name: str) -> str:
    return name if name in ("mAP", "AP", "F1") else name.lower()


def _capital(text: str) -> str:
    return text if text.startswith("mAP") else text[:1].upper() + text[1:]
