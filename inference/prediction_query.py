"""Which stored predictions: filtered, ordered, page by page, in a fixed number of queries whatever is asked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from inference.models import PredictionTag, StoredPrediction
from inference.paging import Page, PageToken, Place, checked_count, find_place, token_after
from inference.stored_facts import checked_application
from labeling.models import SnapshotTag, Tag
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Right
from training.models import Iteration

MOST_TAGS = 2
Rows = QuerySet[Any, Any]


class PredictionOrder(StrEnum):
    """`Suggested`: those first whose labels are expected to teach most, which are the most uncertain."""

    NEWEST = "Newest"
    OLDEST = "Oldest"
    SUGGESTED = "Suggested"


COLUMN_OF_ORDER = {
    PredictionOrder.NEWEST: "created",
    PredictionOrder.OLDEST: "created",
    PredictionOrder.SUGGESTED: "uncertainty",
}


@dataclass(frozen=True)
class TagRange:
    """How probable a tag is, both ends included.

    What counts is its most probable box, or its probability as a whole; below 1%, and where the iteration does not
    know the tag, that is 0.
    """

    tag_id: UUID
    least: float = 0.0
    most: float = 1.0

    @property
    def includes_absence(self) -> bool:
        """Whether predictions without the tag match, too."""
        return self.least <= 0.0


@dataclass(frozen=True)
class PredictionQuestion:
    """What to look for: all of it at once, both ends of a time range included."""

    order: PredictionOrder = PredictionOrder.NEWEST
    tags: tuple[TagRange, ...] = ()
    iteration_id: UUID | None = None
    start: datetime | None = None
    end: datetime | None = None
    application: str = ""
    # "" is Quick Test, which has none; the API asks for no published name.
    published_name: str | None = None


def query_predictions(
    actor: Actor, project: Project, question: PredictionQuestion, token: PageToken, count: int | None = None
) -> Page[StoredPrediction]:
    """A page of the project's stored predictions. Those that come in while somebody pages are in none of their pages.

    Raises Refusal `BadRequestPredictionResultsExceededCount`, `...TagsExceededCount`, `...InvalidApplicationName`,
    `...InvalidQueryParameters`, `NotFoundIteration`, `NotFoundTag`.
    """
    require(actor, Right.VIEW, project)
    count = checked_count(count)
    _check(project, question)
    column = COLUMN_OF_ORDER[question.order]
    place = find_place(token, question, is_by_time=column == "created", newest=lambda: _newest(project))
    if place.is_end:
        return Page([], token)
    found = list(_page(_matching(project, question), question.order, place)[: count + 1])
    ids = [row_id for row_id, _ in found[:count]]
    # By the ids alone: told the project too, SQLite would walk through all of its predictions.
    rows = StoredPrediction.objects.in_bulk(ids)
    last = (found[count - 1][1], found[count - 1][0]) if len(found) > count else None
    return Page([rows[row_id] for row_id in ids if row_id in rows], token_after(place, question, last))


def count_predictions(actor: Actor, project: Project, question: PredictionQuestion, most: int) -> int:
    """How many stored predictions match, up to `most`, which is where counting stops. Raises as `query_predictions`."""
    require(actor, Right.VIEW, project)
    _check(project, question)
    return _matching(project, question).order_by().values("key")[:most].count()


def _check(project: Project, question: PredictionQuestion) -> None:
    if len(question.tags) > MOST_TAGS:
        raise Refusal(
            "BadRequestPredictionTagsExceededCount",
            f"At most {MOST_TAGS} tags are combined in a query: leave the others out.",
        )
    for each in question.tags:
        if not 0 <= each.least <= each.most <= 1:
            raise _invalid("minThreshold and maxThreshold are 0 to 1, the first the smaller one.")
    if question.start and question.end and question.start > question.end:
        raise _invalid("startTime is later than endTime.")
    checked_application(question.application)
    if question.iteration_id is not None:
        _require_iteration(project, question.iteration_id)
    if question.tags:
        _require_tags(project, {each.tag_id for each in question.tags})


def _require_iteration(project: Project, iteration_id: UUID) -> None:
    """Also one that was deleted, as long as there are predictions by it."""
    is_here = Iteration.objects.filter(project=project, pk=iteration_id)
    if not is_here.exists() and not _of_project(project).filter(iteration_id=iteration_id).exists():
        raise Refusal("NotFoundIteration", "This project has no such iteration; get_iterations lists them.")


def _require_tags(project: Project, tag_ids: set[UUID]) -> None:
    """Also ones that were deleted, as long as an iteration knows them."""
    known = Tag.objects.filter(project=project, pk__in=tag_ids).order_by().values_list("pk")
    frozen = SnapshotTag.objects.filter(snapshot__project=project, tag_id__in=tag_ids)
    trained = frozen.order_by().values_list("tag_id")
    if missing := tag_ids - {tag_id for (tag_id,) in known.union(trained)}:
        raise Refusal("NotFoundTag", f"This project has no tag {min(map(str, missing))}; get_tags lists them.")


def _newest(project: Project) -> datetime | None:
    return _of_project(project).order_by("-created").values_list("created", flat=True).first()


def _of_project(project: Project) -> QuerySet[StoredPrediction]:
    return StoredPrediction.objects.filter(project=project)


def _matching(project: Project, question: PredictionQuestion) -> Rows:
    """Rows with the columns `key`, `created` and `uncertainty`, each of a prediction that matches.

    They come from the index of the first tag that has to be there, else from one of the predictions' own.
    """
    needed = [each for each in question.tags if not each.includes_absence]
    rows: Rows
    if needed:
        first, *others = needed
        rows = _of_tag(project, first).annotate(key=F("prediction_id"))
    else:
        others = []
        rows = _of_project(project).annotate(key=F("id"))
    for each in others:
        # A list made once; asked row by row, this would be a walk down an index for each.
        rows = rows.filter(key__in=_of_tag(project, each).values("prediction_id"))
    for each in question.tags:
        if each.includes_absence and each.most < 1:
            rows = rows.filter(~Exists(_same(each).filter(probability__gt=max(each.most, 0))))
    if question.iteration_id is not None:
        rows = rows.filter(iteration_id=question.iteration_id)
    if question.application:
        rows = rows.filter(application=question.application)
    if question.published_name is not None:
        rows = rows.filter(published_name=question.published_name)
    if question.start is not None:
        rows = rows.filter(created__gte=question.start)
    if question.end is not None:
        rows = rows.filter(created__lte=question.end)
    return rows


def _of_tag(project: Project, each: TagRange) -> QuerySet[PredictionTag]:
    rows = PredictionTag.objects.filter(project_id=project.pk, tag_id=each.tag_id)
    return rows.filter(probability__gte=each.least, probability__lte=each.most)


def _same(each: TagRange) -> QuerySet[PredictionTag]:
    return PredictionTag.objects.filter(prediction_id=OuterRef("key"), tag_id=each.tag_id)


def _page(rows: Rows, order: PredictionOrder, place: Place) -> Rows:
    """(id, value) in that order, from the place on."""
    column = COLUMN_OF_ORDER[order]
    is_rising = order == PredictionOrder.OLDEST
    rows = rows.filter(created__lte=place.moment)
    if place.row_id is not None:
        further = "gt" if is_rising else "lt"
        # The first condition is what an index is entered by.
        rows = rows.filter(
            Q(**{f"{column}__{further}e": place.value}),
            Q(**{f"{column}__{further}": place.value}) | Q(**{f"key__{further}": place.row_id}),
        )
    sign = "" if is_rising else "-"
    return rows.order_by(f"{sign}{column}", f"{sign}key").values_list("key", column)


def _invalid(what: str) -> Refusal:
    return Refusal("BadRequestPredictionInvalidQueryParameters", what)
