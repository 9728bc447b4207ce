"""Which iterations are being scored on the locked test set: progress, a stop, another try. A part of its dialog."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right
from training.iterations import get_iteration, project_iterations
from training.locked_test.scoring import ScoringState, ask_for_scores, cancel_scoring, scoring_progress
from training.models import IterationState

SHOWN = (ScoringState.WAITING, ScoringState.RUNNING, ScoringState.FAILED, ScoringState.CANCELLED)
LIVE = (ScoringState.WAITING, ScoringState.RUNNING)


@page(Right.VIEW)
def scoring(request: PageRequest, project: Project) -> HttpResponse:
    """Those that are at work, or stopped before they were done."""
    return _part(request, project)


@page(Right.TRAIN, methods=("POST",))
def stop(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """End the scoring; what was scored is kept."""
    cancel_scoring(request.actor, get_iteration(project, iteration_id))
    return _part(request, project)


@page(Right.TRAIN, methods=("POST",))
def again(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """Score what is left."""
    ask_for_scores([get_iteration(project, iteration_id)], request.actor, is_again=True)
    return _part(request, project)


def _part(request: PageRequest, project: Project) -> HttpResponse:
    iterations = list(project_iterations(project).filter(state=IterationState.COMPLETED))
    rows = [
        (iteration, progress, progress.state in LIVE)
        for iteration, progress in zip(iterations, scoring_progress(iterations), strict=True)
        if progress.state in SHOWN
    ]
    context = {
        "project": project,
        "rows": rows,
        "is_live": any(is_live for _, _, is_live in rows),
        "may_choose": request.actor.may(Right.TRAIN, project),
    }
    return render(request, "training/test_set_scoring.html", context)
