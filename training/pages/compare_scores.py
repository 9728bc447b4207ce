"""Scores that a comparison waits for: asked for, how far they are, and the page again when they are there."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.pages.project_bar import rights_by_name
from portal.permissions import Right
from training.estimate import duration_words
from training.locked_test.scoring import ScoringState, ask_for_scores, scoring_progress
from training.models import LockedTestScoring
from training.pages.compare_query import CompareQuery, read_compare_query

UNDER_WAY = (ScoringState.OPEN, ScoringState.WAITING, ScoringState.RUNNING)
STOPPED = (ScoringState.FAILED, ScoringState.CANCELLED)


@page(Right.VIEW, methods=("GET", "POST"))
def compare_scores(request: PageRequest, project: Project) -> HttpResponse:
    """POST has the missing scores made, `again=1` also those whose job failed; both answer with how far they are.

    They are what the page is made from, so whoever may see it may have them made.
    """
    query = read_compare_query(project, request.GET)
    if request.method == "POST":
        ask_for_scores(query.choice.compared, is_again="again" in request.POST)
    context = {"project": project, "can": rights_by_name(request.actor, project), "query": query}
    context |= scoring_context(project, query, 0 if "small" in request.GET else None)
    return render(request, "training/compare_scores.html", {**context, "is_from_poll": True})


def scoring_context(project: Project, query: CompareQuery, waiting: int | None = None) -> dict[str, Any]:
    """How far the scores are. `waiting`: images that the comparison waits for, where the caller knows.

    `is_waiting`: the comparison is not to be shown before they are there; `is_open`: nobody has asked for them yet.
    """
    progress = scoring_progress(query.choice.compared)
    states = [each.state for each in progress]
    missing = sum(each.wanted - each.scored for each in progress)
    wanted = sum(each.wanted for each in progress)
    is_under_way = any(state in UNDER_WAY for state in states)
    is_missing = missing > 0 if waiting is None else waiting > 0
    small: dict[str, Any] = {} if is_missing else {"small": 1}
    every: dict[str, Any] = {"all": 1} if query.shows_all else {}
    names = {each.pk: each.name for each in query.choice.compared}
    return {
        "is_waiting": is_missing and is_under_way,
        "is_under_way": is_under_way,
        "is_open": ScoringState.OPEN in states,
        "is_running": ScoringState.RUNNING in states,
        "scored": wanted - missing,
        "wanted_scores": wanted,
        "scored_percent": round(100 * (wanted - missing) / wanted) if wanted else 100,
        "time_left": _time_left(query) if is_under_way else "",
        "stopped": [(names[each.iteration_id], each) for each in progress if each.state in STOPPED],
        "scores_address": query.address(project, "compare_scores", **small),
        "page_address": query.address(project, **every),
    }


def _time_left(query: CompareQuery) -> str:
    """What the jobs say themselves, one after another; empty before they know."""
    scorings = LockedTestScoring.objects.filter(
        iteration__in=[each.pk for each in query.choice.compared], job__finished__isnull=True
    )
    known = [seconds for seconds in scorings.values_list("job__seconds_left", flat=True) if seconds]
    return duration_words(sum(known)) if known else ""
