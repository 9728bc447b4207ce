"""The History view: which iteration answered under which name, going back, and the gates of the project."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from portal.domains import DomainType
from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, dialog_done, page
from portal.pages.project_bar import project_context
from portal.permissions import Right
from portal.projects import project_domain
from training.gate_judgment import judge_move
from training.gates import GateRule, add_gate, gate_words, project_gates, remove_gate
from training.iterations import project_iterations
from training.models import GateMeasure, Iteration, PublishedName, PublishEvent
from training.name_history import Period, name_history, names_ever
from training.rollback import go_back

# Of a number that no rule takes.
NO_NUMBER = -1
NO_TAG = UUID(int=0)


@page(Right.VIEW)
def history(request: PageRequest, project: Project) -> HttpResponse:
    """All of it, or of the name in `?name=`."""
    name = request.GET.get("name", "")
    found, periods = name_history(project.pk, name, request.GET.get("page"))
    answering = PublishedName.objects.filter(project=project).select_related("iteration", "resource").order_by("name")
    now = [published for published in answering if name in ("", published.name)]
    tag_names: dict[UUID, str] = dict(project.tags.values_list("pk", "name"))
    context = project_context(
        request,
        project,
        "performance",
        iteration=_shown_iteration(request, project),
        name=name,
        names=names_ever(project.pk),
        now=now,
        holders={published.name: published.iteration_id for published in answering},
        found=found,
        periods=[(period, _figures(period.iteration), _back(period)) for period in periods],
        gates=[(gate, gate_words(gate, tag_names)) for gate in project_gates(project.pk)],
    )
    return render(request, "training/history.html", context)


@page(Right.PUBLISH, methods=("POST",))
def back(request: PageRequest, project: Project, event_id: int) -> HttpResponse:
    """Go back at once; where a gate refuses, the dialog that asks for the reason."""
    reason = request.POST.get("override_reason", "")
    try:
        go_back(request.actor, project, event_id, reason)
    except Refusal as refusal:
        if refusal.code != "BadRequestPublishGate":
            raise
        event = PublishEvent.objects.get(project=project, pk=event_id)
        judgment = judge_move(Iteration.objects.select_related("project").get(pk=event.iteration_id), event.name)
        context = {"project": project, "event": event, "judgment": judgment, "refusal": refusal}
        return render(request, "training/go_back_dialog.html", context, status=422)
    return dialog_done(request)


@page(Right.MANAGE_PROJECTS, methods=("GET", "POST"))
def new_gate(request: PageRequest, project: Project) -> HttpResponse:
    """The dialog that sets a gate."""
    refusal = None
    if request.method == "POST":
        try:
            add_gate(request.actor, project, _rule(request))
            return dialog_done(request)
        except Refusal as refused:
            refusal = refused
    context = {
        "project": project,
        "refusal": refusal,
        "form": request.POST,
        "tags": project.tags.order_by("position"),
        "is_detection": project_domain(project).type is DomainType.OBJECT_DETECTION,
    }
    return render(request, "training/gate_dialog.html", context, status=422 if refusal else 200)


@page(Right.MANAGE_PROJECTS, methods=("POST",))
def drop_gate(request: PageRequest, project: Project, gate_id: UUID) -> HttpResponse:
    """Take a gate away."""
    remove_gate(request.actor, project, gate_id)
    return dialog_done(request)


def _shown_iteration(request: PageRequest, project: Project) -> Iteration | None:
    """Whose views stand beside this one: that of `?iteration=`, else the newest."""
    iterations = project_iterations(project)
    try:
        asked = iterations.filter(pk=UUID(request.GET.get("iteration", ""))).first()
    except ValueError:
        asked = None
    return asked or iterations.first()


def _figures(iteration: Iteration | None) -> list[tuple[str, float]]:
    """The key figures of an iteration as its training measured them, 0..1."""
    held_out: dict[str, Any] = iteration.result.get("held_out") or {} if iteration is not None else {}
    names = (
        ("precision", "Precision"),
        ("recall", "Recall"),
        ("average_precision", "AP"),
        ("mean_average_precision", "mAP"),
    )
    return [(words, held_out[key]) for key, words in names if held_out.get(key) is not None]


def _back(period: Period) -> str:
    """Why one cannot go back to it; empty where one can."""
    if period.ended is None:
        return "It answers now"
    if period.iteration is None:
        return f"{period.began.iteration_name} was deleted"
    published: PublishedName | None = getattr(period.iteration, "published_name", None)
    if published is not None:
        return f"{period.iteration.name} answers as {published.name} now"
    if period.began.resource is None:
        return f"The resource {period.began.resource_name} was deleted"
    return ""


def _rule(request: PageRequest) -> GateRule:
    fields = request.POST
    return GateRule(
        measure=fields.get("measure", GateMeasure.AVERAGE_PRECISION),
        tag_id=_tag_id(fields.get("tag", "")),
        threshold_percent=_whole(fields.get("threshold", "50")),
        overlap_percent=_whole(fields.get("overlap", "30")),
        most_fall_points=_points(fields.get("points", "0")),
    )


def _tag_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return NO_TAG


def _whole(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else NO_NUMBER


def _points(text: str) -> float:
    try:
        points = float(text.strip().replace(",", "."))
    except ValueError:
        return NO_NUMBER
    return points if points == points else NO_NUMBER
