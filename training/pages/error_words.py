"""What the Errors view says of mistakes."""

from collections.abc import Mapping
from dataclasses import dataclass

from labeling.tag_keys import PageTag
from training.errors.error_list import ErrorList, ErrorQuery
from training.errors.label_queue import LabelQueue
from training.errors.mistakes import ErrorKind, Mistake
from training.judged import JudgedOn


@dataclass(frozen=True)
class KindWords:
    """`one` and `many` in a sentence, `label` on the filter, `why` what it is."""

    label: str
    one: str
    many: str
    why: str


TAG_KINDS: Mapping[ErrorKind, KindWords] = {
    ErrorKind.CONFUSED: KindWords("Confused", "confused", "confused", "It said another tag than the image has."),
    ErrorKind.FALSE: KindWords("False", "false", "false", "It said a tag that the image has not."),
    ErrorKind.MISSED: KindWords("Missed", "missed", "missed", "It did not say a tag that the image has."),
}
BOX_KINDS: Mapping[ErrorKind, KindWords] = {
    ErrorKind.FALSE: KindWords("False", "false box", "false boxes", "It drew a box where none is."),
    ErrorKind.MISSED: KindWords("Missed", "missed", "missed", "It drew no box where one is."),
    ErrorKind.CONFUSED: KindWords("Confused", "confused", "confused", "It drew the box with another tag."),
    ErrorKind.LOOSE: KindWords("Loose", "loose box", "loose boxes", "Right tag, but the two boxes share too little."),
}


def kinds_of(*, is_detector: bool) -> Mapping[ErrorKind, KindWords]:
    """The kinds that there are, in the order of the filter."""
    return BOX_KINDS if is_detector else TAG_KINDS


def mistake_words(mistake: Mistake, true_tag: PageTag | None, predicted_tag: PageTag | None) -> str:
    """The line under a tile."""
    said = "" if mistake.probability is None else f"said {_name(predicted_tag)} {mistake.probability:.0%}"
    if mistake.kind is ErrorKind.CONFUSED:
        return f"{said}, labeled {_name(true_tag)}"
    if mistake.kind is ErrorKind.FALSE:
        return said
    if mistake.kind is ErrorKind.LOOSE:
        return f"{_name(true_tag)} {mistake.probability:.0%}, overlaps by {mistake.overlap or 0:.0%} only"
    if not mistake.true_probability:
        return f"labeled {_name(true_tag)}, nothing found"
    return f"labeled {_name(true_tag)}, got {mistake.true_probability:.0%} only"


def seen_words(mistake: Mistake, true_tag: PageTag | None, predicted_tag: PageTag | None, name: str) -> str:
    """What a tile's picture is to somebody who does not see it."""
    return f"{name or 'Image'}: {mistake.kind}, {mistake_words(mistake, true_tag, predicted_tag)}"


def summary(query: ErrorQuery, found: ErrorList, *, is_detector: bool) -> str:
    """The sentence over the grid."""
    images = f"{found.image_count:,} image{'' if found.image_count == 1 else 's'}"
    basis = f"{images} of the locked test set" if query.judged_on is JudgedOn.LOCKED else f"{images} it had not seen"
    at = f"at {query.threshold_percent}%"
    if is_detector:
        at += f" and an overlap of {query.overlap_percent}%"
    if not found.all_count:
        return f"No mistake here {at}, on {basis}."
    kinds = kinds_of(is_detector=is_detector)
    parts = [
        f"{found.counts[kind]:,} {words.one if found.counts[kind] == 1 else words.many}"
        for kind, words in kinds.items()
        if found.counts[kind]
    ]
    mistakes = "1 mistake" if found.all_count == 1 else f"{found.all_count:,} mistakes"
    return f"{mistakes} {at}, on {basis}: {', '.join(parts)}."


def queue_summary(queue: LabelQueue, *, is_detector: bool) -> str:
    """The sentence over the queue of label errors, after how many are decided."""
    if not queue.total:
        return "No label looks wrong to models that had not seen its image."
    what = "boxes" if is_detector else "labels"
    if not queue.open:
        return f"All {what} that were likely wrong are decided. Train again to use them."
    return f"Models that had not seen these images are sure of something else than their {what} say."


def _name(tag: PageTag | None) -> str:
    return tag.name if tag is not None else "a deleted tag"
