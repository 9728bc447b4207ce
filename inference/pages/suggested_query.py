"""The address of the suggested tags, read: iteration, tag, threshold, order."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.http import QueryDict

from inference.suggestion_query import SuggestionOrder, SuggestionQuestion
from labeling.models import SnapshotTag
from labeling.tag_keys import PageTag, project_tags
from portal.errors import Refusal
from portal.models import Project
from training.iterations import project_iterations
from training.models import Iteration, IterationState

DEFAULT_THRESHOLD_PERCENT = 50


class ShownOrder(StrEnum):
    """`NEXT` is what to label next: the most uncertain first, without what the iteration says."""

    SUREST = "surest"
    UNSURE = "unsure"
    NEXT = "next"


@dataclass(frozen=True)
class SuggestedQuery:
    """What the address asks for, as far as it is there: without an iteration, nothing can be shown.

    `tags` are the project's, `known` those of them that the iteration was trained on.
    """

    iterations: list[Iteration]
    iteration: Iteration | None
    tags: list[PageTag]
    known: list[PageTag]
    tag: PageTag | None
    threshold_percent: int
    order: ShownOrder

    @property
    def is_blind(self) -> bool:
        return self.order is ShownOrder.NEXT

    def question(self) -> SuggestionQuestion:
        if self.iteration is None:
            raise Refusal("NotFoundIteration", "This project has no trained iteration yet.")
        if self.is_blind:
            return SuggestionQuestion(self.iteration.pk, order=SuggestionOrder.MOST_UNCERTAIN)
        is_surest = self.order is ShownOrder.SUREST
        return SuggestionQuestion(
            self.iteration.pk,
            (self.tag.id,) if self.tag else (),
            self.threshold_percent / 100,
            SuggestionOrder.SUREST if is_surest else SuggestionOrder.MOST_UNCERTAIN,
        )


def read_query(project: Project, parameters: QueryDict) -> SuggestedQuery:
    """`?by=&tag=&threshold=&order=`; the last trained iteration where none is named (three queries).

    A tag or an iteration that was deleted since, or is not trained, counts as not named. Raises Refusal `BadRequest`.
    """
    iterations = list(project_iterations(project).filter(state=IterationState.COMPLETED))
    named = _id(parameters.get("by", ""))
    iteration = next((each for each in iterations if each.pk == named), iterations[0] if iterations else None)
    tags = project_tags(project)
    frozen = SnapshotTag.objects.filter(snapshot_id=iteration.pk) if iteration else SnapshotTag.objects.none()
    trained_on = set(frozen.values_list("tag_id", flat=True))
    known = [tag for tag in tags if tag.id in trained_on]
    tag_id = _id(parameters.get("tag", ""))
    order = parameters.get("order", "")
    return SuggestedQuery(
        iterations=iterations,
        iteration=iteration,
        tags=tags,
        known=known,
        tag=next((tag for tag in known if tag.id == tag_id), None),
        threshold_percent=_percent(parameters.get("threshold", "")),
        order=ShownOrder(order) if order in set(ShownOrder) else ShownOrder.SUREST,
    )


def _percent(text: str) -> int:
    if not text:
        return DEFAULT_THRESHOLD_PERCENT
    if not (text.isascii() and text.isdigit() and int(text) <= 100):
        raise Refusal("BadRequest", "threshold is a number from 0 to 100.")
    return int(text)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
