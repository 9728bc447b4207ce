"""An iteration's mistakes on images that it had not seen: by kind and by tags, the most confident ones first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from portal.actors import Actor, require
from portal.permissions import Right
from training.errors.box_mistakes import box_mistakes
from training.errors.mistakes import ErrorKind, Mistake
from training.errors.tag_mistakes import tag_mistakes
from training.judged import JudgedBoxes, JudgedOn, JudgedScores, judged
from training.models import Iteration

# Asked for as a tag: where no label is, or where nothing was said. A loose box counts there too, as in the matrix.
NOTHING = UUID(int=0)
# Asked for as a tag: any label that was missed, or anything said. The list then has as many as the figures count; more
# where an image has several tags, since each missed one is confused with each false one.
ANYTHING = UUID(int=1)
LISTS_IN_MEMORY = 8


@dataclass(frozen=True)
class ErrorQuery:
    """Which mistakes; None leaves them as they are. A tag may be `NOTHING` or `ANYTHING`."""

    kind: ErrorKind | None = None
    true_tag: UUID | None = None
    predicted_tag: UUID | None = None
    threshold_percent: int = 50
    overlap_percent: int = 30
    judged_on: JudgedOn = JudgedOn.UNSEEN
    is_least_sure_first: bool = False


@dataclass(frozen=True)
class ErrorList:
    """`mistakes` in order; `counts` of each kind among those with the tags asked for; `image_count` were judged."""

    mistakes: Sequence[Mistake]
    counts: Mapping[ErrorKind, int]
    image_count: int

    @property
    def all_count(self) -> int:
        return sum(self.counts.values())


def error_list(actor: Actor, iteration: Iteration, query: ErrorQuery) -> ErrorList:
    """The iteration's mistakes. Raises Refusal `BadRequestIterationIsNotTrained`."""
    require(actor, Right.VIEW, iteration.project)
    images = judged(iteration, query.judged_on)
    of_tags = [
        mistake
        for mistake in _mistakes(images, query.threshold_percent, query.overlap_percent)
        if _has_true_tag(mistake, query.true_tag) and _has_predicted_tag(mistake, query.predicted_tag)
    ]
    counts = Counter(mistake.kind for mistake in of_tags)
    shown = [mistake for mistake in of_tags if query.kind in (None, mistake.kind)]
    shown.sort(key=lambda mistake: mistake.confidence if query.is_least_sure_first else -mistake.confidence)
    return ErrorList(shown, {kind: counts[kind] for kind in ErrorKind}, len(images.image_ids))


def _has_true_tag(mistake: Mistake, asked: UUID | None) -> bool:
    if asked == NOTHING:
        return mistake.kind in (ErrorKind.FALSE, ErrorKind.LOOSE)
    if asked == ANYTHING:
        return mistake.true_tag is not None and not mistake.is_said_too
    return asked in (None, mistake.true_tag)


def _has_predicted_tag(mistake: Mistake, asked: UUID | None) -> bool:
    if asked == NOTHING:
        return mistake.kind in (ErrorKind.MISSED, ErrorKind.LOOSE)
    if asked == ANYTHING:
        return mistake.predicted_tag is not None
    return asked in (None, mistake.predicted_tag)


# Held-out images of a completed iteration never change, and the locked test set's key says what it was.
@lru_cache(maxsize=LISTS_IN_MEMORY)
def _mistakes(images: JudgedScores | JudgedBoxes, threshold_percent: int, overlap_percent: int) -> Sequence[Mistake]:
    if isinstance(images, JudgedBoxes):
        return box_mistakes(images, threshold_percent, overlap_percent)
    return tag_mistakes(images, threshold_percent / 100)
