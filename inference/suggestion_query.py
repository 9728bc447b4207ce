"""Which suggestions are kept for images that nobody has tagged meanwhile, and how many there are of each tag."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from inference.models import Suggestion, SuggestionTag
from inference.paging import Page, PageToken, Place, checked_count, find_place, token_after
from inference.tag_suggestions import ImageSuggestion, open_images, shown, trained_iteration
from labeling.label_rows import tag_types
from labeling.models import Tag
from labeling.tagging import require_tags
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.limits import TAGS_PER_PROJECT
from portal.models import Project
from portal.permissions import Right
from training.models import Iteration

# As many are looked up by their ids; of more, a walk in order comes to a page's worth soon.
FEW = 2_000


class SuggestionOrder(StrEnum):
    """The surest first, to be confirmed many at a time; or those first whose labels teach most."""

    SUREST = "UncertaintyAscending"
    MOST_UNCERTAIN = "UncertaintyDescending"


@dataclass(frozen=True)
class SuggestionQuestion:
    """What to look for: images that have any of the tags (any tag at all, where none is named), that probable at least.

    Without tags and threshold, every image that the iteration has looked at. Below 1% no tag counts.
    """

    iteration_id: UUID
    tag_ids: tuple[UUID, ...] = ()
    threshold: float = 0.0
    order: SuggestionOrder = SuggestionOrder.SUREST


def query_suggestions(
    actor: Actor, project: Project, question: SuggestionQuestion, token: PageToken, count: int | None = None
) -> Page[ImageSuggestion]:
    """A page of what an iteration suggests. Images that were tagged or deleted meanwhile are left out.

    Raises Refusal `NotFoundIteration`, `BadRequestIterationIsNotTrained`, `NotFoundTag`,
    `BadRequestPredictionResultsExceededCount`, `BadRequestPredictionInvalidQueryParameters`,
    `BadRequestExceededBatchSize`.
    """
    require(actor, Right.VIEW, project)
    count = checked_count(count)
    iteration = _checked(project, question.iteration_id, question.tag_ids, question.threshold)
    place = find_place(token, question, is_by_time=False, newest=_newest)
    if place.is_end:
        return Page([], token)
    rows = list(_page(_matching(project, question), question.order, place)[: count + 1])
    last = (rows[count - 1].uncertainty, rows[count - 1].pk) if len(rows) > count else None
    return Page(shown(iteration, rows[:count]), token_after(place, question, last))


def suggested_ids(actor: Actor, project: Project, question: SuggestionQuestion, take: int) -> list[UUID]:
    """The first images of what `query_suggestions` would give, by their ids alone. Raises Refusal as it does."""
    require(actor, Right.VIEW, project)
    _checked(project, question.iteration_id, question.tag_ids, question.threshold)
    sign = "" if question.order == SuggestionOrder.SUREST else "-"
    rows = _matching(project, question).order_by(f"{sign}uncertainty", f"{sign}pk")
    return list(rows.values_list("image_id", flat=True)[:take])


def suggestions_for(
    actor: Actor, project: Project, iteration_id: UUID, image_ids: Collection[UUID]
) -> dict[UUID, ImageSuggestion]:
    """What the iteration said of those of the images that it has looked at. Raises Refusal as `query_suggestions`."""
    require(actor, Right.VIEW, project)
    iteration = trained_iteration(project, iteration_id)
    rows = Suggestion.objects.filter(iteration=iteration, image_id__in=image_ids, image__project=project)
    return {each.image.pk: each for each in shown(iteration, rows.select_related("image"))}


def count_suggestions(
    actor: Actor, project: Project, iteration_id: UUID, tag_ids: Sequence[UUID] = (), threshold: float = 0.0
) -> dict[UUID, int]:
    """On how many open images the iteration suggests each of the tags (or of all) with that probability or more.

    Raises Refusal as `query_suggestions` does.
    """
    require(actor, Right.VIEW, project)
    _checked(project, iteration_id, tag_ids, threshold)
    wanted = list(tag_ids) or list(Tag.objects.filter(project=project).values_list("pk", flat=True))
    suggested = SuggestionTag.objects.filter(
        Exists(open_images().filter(pk=OuterRef("suggestion__image_id"))),
        iteration_id=iteration_id,
        tag_id__in=wanted,
        probability__gte=threshold,
    )
    counts = dict(suggested.values_list("tag_id").annotate(count=Count("pk")).order_by())
    return {tag_id: counts.get(tag_id, 0) for tag_id in wanted}


def _checked(project: Project, iteration_id: UUID, tag_ids: Collection[UUID], threshold: float) -> Iteration:
    if len(tag_ids) > TAGS_PER_PROJECT:
        raise Refusal("BadRequestExceededBatchSize", f"tagIds holds at most {TAGS_PER_PROJECT} ids: send fewer.")
    if not 0 <= threshold <= 1:
        raise Refusal("BadRequestPredictionInvalidQueryParameters", f"threshold is 0 to 1, not {threshold}.")
    iteration = trained_iteration(project, iteration_id)
    if tag_ids:
        require_tags(tag_types(project, set(tag_ids)), tag_ids)
    return iteration


def _newest() -> datetime | None:
    """Of any project: one step into an index."""
    return Suggestion.objects.order_by("-created").values_list("created", flat=True).first()


def _matching(project: Project, question: SuggestionQuestion) -> QuerySet[Suggestion]:
    rows = Suggestion.objects.filter(
        Exists(open_images().filter(pk=OuterRef("image_id"))), iteration_id=question.iteration_id
    )
    if not question.tag_ids and not question.threshold:
        return rows
    tags = Tag.objects.filter(project=project)
    if question.tag_ids:
        tags = tags.filter(pk__in=question.tag_ids)
    probable = {"tag_id__in": tags.order_by().values("pk"), "probability__gte": question.threshold}
    of_iteration = SuggestionTag.objects.filter(iteration_id=question.iteration_id, **probable)
    few = list(of_iteration.values_list("suggestion_id", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        return rows.filter(pk__in=set(few))
    return rows.filter(Exists(SuggestionTag.objects.filter(suggestion=OuterRef("pk"), **probable)))


def _page(rows: QuerySet[Suggestion], order: SuggestionOrder, place: Place) -> QuerySet[Suggestion]:
    is_rising = order == SuggestionOrder.SUREST
    rows = rows.filter(created__lte=place.moment)
    if place.row_id is not None:
        further = "gt" if is_rising else "lt"
        # The first condition is what an index is entered by.
        rows = rows.filter(
            Q(**{f"uncertainty__{further}e": place.value}),
            Q(**{f"uncertainty__{further}": place.value}) | Q(**{f"pk__{further}": place.row_id}),
        )
    sign = "" if is_rising else "-"
    return rows.select_related("image").order_by(f"{sign}uncertainty", f"{sign}pk")
