"""What published names answer with, and answered with before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Subquery

from labeling.models import SnapshotTag, Tag
from training.models import Iteration, PublishedName, PublishEvent

PERIODS_A_PAGE = 25


@dataclass(frozen=True)
class Period:
    """How long an iteration stood behind a name: `began` and `ended` are the events; None while it still does.

    `iteration` is None once it was deleted. `thresholds` are what the name carried at the end, with the tags' names.
    """

    began: PublishEvent
    ended: PublishEvent | None
    iteration: Iteration | None
    thresholds: tuple[tuple[str, float], ...]


def name_history(project_id: UUID, name: str, page: str | None) -> tuple[Page[Any], list[Period]]:
    """One page of the project's periods, or of one name's, the newest first (seven queries)."""
    events = PublishEvent.objects.filter(project_id=project_id)
    next_one = events.filter(name=OuterRef("name"), pk__gt=OuterRef("pk")).order_by("pk").values("pk")[:1]
    began = events.filter(act="publish").annotate(next_event=Subquery(next_one)).select_related("resource")
    if name:
        began = began.filter(name=name)
    found = Paginator(began.order_by("-pk"), PERIODS_A_PAGE).get_page(page)
    return found, _periods(project_id, list(found))


def names_ever(project_id: UUID) -> list[str]:
    """Every name that an iteration of the project is or was published under."""
    names = PublishEvent.objects.filter(project_id=project_id).order_by("name").values_list("name", flat=True)
    return list(names.distinct())


def _periods(project_id: UUID, began: Sequence[Any]) -> list[Period]:
    next_events = {each.pk: each.next_event for each in began}
    ended = PublishEvent.objects.in_bulk([key for key in next_events.values() if key is not None])
    iterations = Iteration.objects.filter(project_id=project_id, deleted__isnull=True).select_related("published_name")
    there = iterations.in_bulk({each.iteration_id for each in began})
    tags = SnapshotTag.objects.filter(snapshot__in=there).order_by("position")
    names_now = {str(key): name for key, name in Tag.objects.filter(project=project_id).values_list("pk", "name")}
    tag_names: dict[UUID, dict[str, str]] = {}
    for snapshot_id, tag_id, tag_name in tags.values_list("snapshot_id", "tag_id", "name"):
        tag_names.setdefault(snapshot_id, {})[str(tag_id)] = tag_name
    periods = []
    for event in began:
        end = ended.get(next_events[event.pk] or 0)
        names = tag_names.get(event.iteration_id, {})
        carried = (end or event).thresholds
        thresholds = tuple(
            (names.get(tag_id) or names_now.get(tag_id, "a deleted tag"), value) for tag_id, value in carried.items()
        )
        periods.append(Period(event, end, there.get(event.iteration_id), thresholds))
    return periods


def holder_of(project_id: UUID, name: str) -> PublishedName | None:
    """The name as it answers now."""
    return (
        PublishedName.objects.filter(project_id=project_id, name=name).select_related("iteration", "resource").first()
    )


def former_iteration(project_id: UUID, name: str) -> Iteration | None:
    """The iteration behind the name; where it does not answer now, the last one behind it that is still there."""
    holder = holder_of(project_id, name)
    if holder is not None:
        return holder.iteration
    there = Iteration.objects.filter(project_id=project_id, deleted__isnull=True)
    events = PublishEvent.objects.filter(project_id=project_id, name=name, iteration_id__in=there.values("pk"))
    last = events.order_by("-pk").values_list("iteration_id", flat=True).first()
    return there.filter(pk=last).first() if last is not None else None


def last_thresholds(project_id: UUID, name: str) -> dict[str, float]:
    """What the name carries, or carried when it answered last."""
    holder = holder_of(project_id, name)
    if holder is not None:
        return dict(holder.thresholds)
    event = PublishEvent.objects.filter(project_id=project_id, name=name).order_by("-pk").first()
    return dict(event.thresholds) if event is not None else {}
