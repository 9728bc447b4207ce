"""The dialogs that publish and unpublish an iteration."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import slugify

from portal.errors import Refusal
from portal.models import Project, Resource, ResourceKind
from portal.pages.access import PageRequest, dialog_done, page
from portal.permissions import Right
from training.gate_judgment import judge_move
from training.gates import project_gates
from training.iterations import get_iteration
from training.models import Iteration, PublishedName, PublishEvent
from training.name_history import holder_of
from training.pages.publish_thresholds import chosen_thresholds, thresholds_context
from training.pages.sampling import chosen_sampling, sampling_context
from training.publishing import publish_iteration, unpublish_iteration
from training.sampling import Sampling, sampling_of

FALLBACK_NAME = "model"


@page(Right.PUBLISH, methods=("GET", "POST"))
def publish(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """The dialog; a name that points at another iteration moves only after the dialog has said so."""
    iteration = get_iteration(project, iteration_id)
    if request.method == "GET":
        usual = _usual_name(project)
        return _dialog(request, iteration, usual, sampling=sampling_of(project.pk, usual))
    name = request.POST.get("name", "").strip()
    resource_id = request.POST.get("resource", "")
    # The dialog spoke of one name; another that was typed over it must not move unannounced.
    was_said = request.POST.get("overwrite") == name
    before = sampling_of(project.pk, name)
    sampling = chosen_sampling(request.POST, before)
    reason = request.POST.get("override_reason", "")
    try:
        publish_iteration(
            request.actor,
            iteration,
            name,
            resource_id,
            overwrite=was_said,
            sampling=sampling,
            thresholds=chosen_thresholds(request.actor, iteration, request.POST),
            override_reason=reason,
        )
    except Refusal as refusal:
        return _dialog(request, iteration, name, resource_id, refusal, sampling=sampling or before, was_said=was_said)
    return dialog_done(request)


@page(Right.PUBLISH)
def publish_move(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """What publishing under the name in `?name=` would move, and what the gates say of it.

    It asks again by itself while the test set is scored.
    """
    iteration = get_iteration(project, iteration_id)
    name = request.GET.get("name", "").strip()
    context = {
        "project": project,
        "iteration": iteration,
        "holder": holder_of(project.pk, name),
        "has_gates": bool(project_gates(project.pk)),
        "judgment": judge_move(iteration, name),
        "reason": "",
    }
    return render(request, "training/publish_move.html", context)


@page(Right.PUBLISH, methods=("GET", "POST"))
def unpublish(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """The dialog that says which name stops answering."""
    iteration = get_iteration(project, iteration_id)
    if request.method == "POST":
        unpublish_iteration(request.actor, iteration)
        return dialog_done(request)
    published = PublishedName.objects.filter(iteration=iteration).select_related("resource").first()
    context = {"project": project, "iteration": iteration, "published": published}
    return render(request, "training/unpublish_dialog.html", context)


def _usual_name(project: Project) -> str:
    """The name that the project's apps call now, or called last; else one made of the project's name."""
    current = PublishedName.objects.filter(project=project).order_by("-published").values_list("name", flat=True)
    last = PublishEvent.objects.filter(project=project).order_by("-pk").values_list("name", flat=True)
    return current.first() or last.first() or slugify(project.name) or FALLBACK_NAME


def _dialog(
    request: PageRequest,
    iteration: Iteration,
    name: str,
    resource_id: str = "",
    refusal: Refusal | None = None,
    *,
    sampling: Sampling,
    was_said: bool = False,
) -> HttpResponse:
    """The form, with what went wrong; `was_said`: the form that came back had spoken of this name's move."""
    project = iteration.project
    names = PublishedName.objects.filter(project=project).select_related("iteration", "resource")
    holders = {published.name: published for published in names}
    holder = holders.get(name)
    is_gates_refusal = refusal is not None and refusal.code == "BadRequestPublishGate"
    context = {
        "project": project,
        "iteration": iteration,
        "has_gates": bool(project_gates(project.pk)),
        "judgment": judge_move(iteration, name) if is_gates_refusal else None,
        "is_gates_refusal": is_gates_refusal,
        "reason": request.POST.get("override_reason", ""),
        "own": next((published for published in names if published.iteration_id == iteration.pk), None),
        "name": name,
        "holder": holder,
        "others": sorted(holders),
        "resources": Resource.objects.filter(kind=ResourceKind.PREDICTION).order_by("created"),
        "resource_id": resource_id or (holder.resource.full_id if holder else ""),
        "refusal": refusal,
        "was_unsaid": refusal is not None and holder is not None and not was_said,
        **thresholds_context(request.actor, iteration, name, request.POST or request.GET),
        **sampling_context(project, sampling),
    }
    return render(request, "training/publish_dialog.html", context, status=422 if refusal else 200)
