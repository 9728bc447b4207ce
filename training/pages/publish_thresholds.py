"""Thresholds by tag in the publish dialog: which of them the name is to carry, and what they are."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from labeling.models import SnapshotTag
from portal.actors import Actor
from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right
from training.iterations import get_iteration
from training.models import Iteration
from training.name_history import last_thresholds
from training.name_thresholds import carried_thresholds
from training.pages.performance_query import read_performance_query
from training.thresholds import Aim, SuggestedBy, as_thresholds, suggested_thresholds


class ThresholdChoice(StrEnum):
    """What the name carries from then on."""

    KEEP = "keep"
    F1 = "f1"
    COST = "cost"
    NONE = "none"


@page(Right.PUBLISH)
def publish_thresholds(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """The thresholds that `?thresholds=` would put on the name `?name=`, tag by tag."""
    iteration = get_iteration(project, iteration_id)
    context = thresholds_context(request.actor, iteration, request.GET.get("name", "").strip(), request.GET)
    return render(request, "training/publish_thresholds.html", context)


def thresholds_context(actor: Actor, iteration: Iteration, name: str, form: Mapping[str, str]) -> dict[str, Any]:
    """What the choice needs, and the part that says what was chosen. Raises Refusal as `chosen_thresholds` does."""
    chosen = chosen_thresholds(actor, iteration, form)
    if chosen is None:
        chosen = carried_thresholds(iteration, last_thresholds(iteration.project_id, name))
    tags = SnapshotTag.objects.filter(snapshot_id=iteration.pk).order_by("position") if chosen else []
    return {
        "threshold_choice": _choice(form),
        "threshold_aim": Aim(),
        "chosen_thresholds": [(tag.name, chosen[str(tag.tag_id)]) for tag in tags if str(tag.tag_id) in chosen],
        "threshold_name": name,
        "overlap_percent": read_performance_query(form).overlap_percent,
    }


def chosen_thresholds(actor: Actor, iteration: Iteration, form: Mapping[str, str]) -> dict[str, float] | None:
    """By tag id, as `publish_iteration` takes them; None leaves those that the name carries.

    Raises Refusal `BadRequest` for a choice that there is not, `BadRequestIterationIsNotTrained`.
    """
    choice = _choice(form)
    if choice is ThresholdChoice.KEEP:
        return None
    if choice is ThresholdChoice.NONE:
        return {}
    aim = Aim(SuggestedBy(choice.value))
    overlap_percent = read_performance_query(form).overlap_percent
    suggested = as_thresholds(suggested_thresholds(actor, iteration, aim, overlap_percent))
    return {str(tag_id): value for tag_id, value in suggested.items()}


def _choice(form: Mapping[str, str]) -> ThresholdChoice:
    try:
        return ThresholdChoice(form.get("thresholds") or ThresholdChoice.KEEP)
    except ValueError:
        raise Refusal("BadRequest", "There is no such choice of thresholds: choose one of the list.") from None
