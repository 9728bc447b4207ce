"""The Train button of a project's bar: a progress button while a training runs."""

import json
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.pages.project_bar import rights_by_name
from portal.permissions import Right
from training.models import UNFINISHED_STATES, Iteration, IterationState


@dataclass(frozen=True)
class TrainButton:
    """The training that runs now; without one, `iteration_id` is None."""

    iteration_id: UUID | None = None
    name: str = ""
    percent: int = 0
    stage: str = ""


def train_button_of(project: Project) -> TrainButton:
    """What the bar shows (one query)."""
    running = Iteration.objects.filter(project=project, state__in=UNFINISHED_STATES).select_related("job").first()
    if running is None:
        return TrainButton()
    job = running.job
    return TrainButton(running.pk, running.name, int(job.percent) if job else 0, job.stage if job else "")


@page(Right.VIEW)
def train_button(request: PageRequest, project: Project) -> HttpResponse:
    """The button as it is now; tells the page when the training that it showed is over."""
    state = train_button_of(project)
    can = rights_by_name(request.actor, project)
    context = {"project": project, "train": state, "can": can, "was": request.GET.get("was", "")}
    answer = render(request, "training/train_button.html", context)
    was = request.GET.get("was", "")
    if was and str(state.iteration_id) != was:
        answer["HX-Trigger"] = json.dumps({"training-ended": _outcome(project, was)})
    return answer


def _outcome(project: Project, iteration_id: str) -> dict[str, str]:
    try:
        ended = Iteration.objects.filter(project=project, pk=UUID(iteration_id), deleted__isnull=True).first()
    except ValueError:
        ended = None
    if ended is None:
        return {"words": "The training is over.", "url": reverse("performance", args=[project.pk])}
    words = {
        IterationState.COMPLETED: f"{ended.name} is trained.",
        IterationState.CANCELLED: f"The training of {ended.name} was cancelled.",
    }.get(IterationState(ended.state), f"{ended.name} could not be trained.")
    return {"words": words, "url": reverse("performance_of", args=[project.pk, ended.pk])}
