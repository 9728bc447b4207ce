"""What the gallery says of the images it shows."""

from collections.abc import Sequence

from labeling.selection import TaggingStatus
from labeling.tag_keys import PageTag
from training.gallery_set import GalleryQuery, GallerySet, TestSetPart
from training.judged import JudgedOn
from training.models import Iteration
from training.performance import is_detection
from training.wrong_images import Wrong


def title(query: GalleryQuery, shown: GallerySet, iteration: Iteration | None) -> str:
    """The page's heading: how many images, and of what sort."""
    sort = {TaggingStatus.TAGGED: "tagged ", TaggingStatus.UNTAGGED: "untagged "}.get(query.tagging, "")
    if query.is_only_wrong and shown.is_judged:
        sort = "wrong "
    part = {TestSetPart.IN: " in the locked test set", TestSetPart.OUT: " outside the locked test set"}
    noun = "image" if shown.total == 1 else "images"
    of_iteration = f" of {iteration.name}" if iteration else ""
    return f"{shown.total:,} {sort}{noun}{of_iteration}{part.get(query.test_set, '')}"


def wrong_line(query: GalleryQuery, shown: GallerySet, chosen: Sequence[PageTag], iteration: Iteration | None) -> str:
    """How the iteration did on the chosen tags among the images shown."""
    names = " or ".join(tag.name for tag in chosen)
    if query.is_only_right and iteration is not None:
        return _right_line(query, names, iteration)
    if not shown.is_judged:
        return ""
    assert iteration is not None
    if is_detection(iteration):
        return _wrong_boxes_line(query, shown, names)
    at = f"at {query.threshold_percent}%"
    missed = sum(1 for each in shown.wrong.values() if each.kind is Wrong.MISSED)
    false = len(shown.wrong) - missed
    if not missed and not false:
        return f"No image here is wrong about {names} {at}."
    missed_words = f"{missed:,} missed ({names}, but not found)"
    false_words = f"{false:,} false (taken for {names})"
    return f"Framed in red {at}: {missed_words}, {false_words}."


def _right_line(query: GalleryQuery, names: str, iteration: Iteration) -> str:
    overlap = f" and an overlap of {query.overlap_percent}%" if is_detection(iteration) else ""
    images = "images of the locked test set" if query.judged_on is JudgedOn.LOCKED else "images that it had not seen"
    return f"{iteration.name} is right about {names or 'a tag'} at {query.threshold_percent}%{overlap}, on {images}."


def _wrong_boxes_line(query: GalleryQuery, shown: GallerySet, names: str) -> str:
    at = f"at {query.threshold_percent}% and an overlap of {query.overlap_percent}%"
    missed = sum(each.missed for each in shown.wrong.values())
    false = sum(each.false for each in shown.wrong.values())
    if not missed and not false:
        return f"No box of {names} here is wrong {at}, as far as images were held out."
    return f"Framed in red {at}: {missed:,} missed and {false:,} false boxes of {names}, on images it has not seen."
