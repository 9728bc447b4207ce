"""What the gallery says of the images it shows."""

from collections import Counter
from collections.abc import Sequence

from labeling.selection import TaggingStatus
from labeling.tag_keys import PageTag
from training.gallery_set import GalleryQuery, GallerySet
from training.models import Iteration
from training.wrong_images import Wrong


def title(query: GalleryQuery, shown: GallerySet, iteration: Iteration | None) -> str:
    """The page's heading: how many images, and of what sort."""
    sort = {TaggingStatus.TAGGED: "tagged ", TaggingStatus.UNTAGGED: "untagged "}.get(query.tagging, "")
    if query.is_only_wrong and shown.is_judged:
        sort = "wrong "
    noun = "image" if shown.total == 1 else "images"
    of_iteration = f" of {iteration.name}" if iteration else ""
    return f"{shown.total:,} {sort}{noun}{of_iteration}"


def wrong_line(query: GalleryQuery, shown: GallerySet, chosen: Sequence[PageTag]) -> str:
    """How the iteration did on the chosen tags among the images shown."""
    if not shown.is_judged:
        return ""
    counts = Counter(shown.wrong.values())
    names = " or ".join(tag.name for tag in chosen)
    missed, false = counts[Wrong.MISSED], counts[Wrong.FALSE]
    at = f"at {query.threshold_percent}%"
    if not missed and not false:
        return f"No image here is wrong about {names} {at}."
    missed_words = f"{missed:,} missed ({names}, but not found)"
    false_words = f"{false:,} false (taken for {names})"
    return f"Framed in red {at}: {missed_words}, {false_words}."
