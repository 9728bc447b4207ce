"""The Train dialog, and starting and cancelling a training."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from labeling.health import images_needed_per_tag
from labeling.tag_keys import PageTag, project_tags
from portal.domains import DomainType
from portal.errors import Refusal
from portal.limits import CLASSIFICATION_MINIMUM_TAGS
from portal.models import Project
from portal.pages.access import PageRequest, dialog_done, page
from portal.permissions import Right
from portal.projects import project_domain
from training.estimate import estimate_quick
from training.iterations import cancel_training, get_iteration
from training.models import TrainingType
from training.starting import (
    DEFAULT_ADVANCED_BUDGET_HOURS,
    LONGEST_BUDGET_HOURS,
    TrainingRequest,
    refusal_to_train,
    train_project,
)
from training.train_facts import train_facts


@page(Right.TRAIN, methods=("GET", "POST"))
def train_dialog(request: PageRequest, project: Project) -> HttpResponse:
    """The dialog; its POST starts the training and goes to it."""
    tags = [tag for tag in project_tags(project) if tag.image_count]
    if request.method == "POST":
        wanted = _wanted(request, tags)
        try:
            iteration = train_project(request.actor, project, wanted)
        except Refusal as refusal:
            return _dialog(request, project, tags, wanted, refusal, status=422)
        return dialog_done(request, reverse("performance_of", args=[project.pk, iteration.pk]))
    wanted = _asked_for(request)
    return _dialog(request, project, tags, wanted, refusal_to_train(request.actor, project, wanted))


@page(Right.TRAIN, methods=("POST",))
def cancel(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """Stop the training and show where it ended."""
    cancel_training(request.actor, get_iteration(project, iteration_id))
    return dialog_done(request)


def _asked_for(request: PageRequest) -> TrainingRequest:
    """What the address asks the dialog to begin with; Quick where it says nothing that can be."""
    if request.GET.get("training_type") != TrainingType.ADVANCED:
        return TrainingRequest()
    hours = request.GET.get("budget_hours", "")
    budget_hours = int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 3 else 0
    if budget_hours > LONGEST_BUDGET_HOURS:
        budget_hours = 0
    return TrainingRequest(training_type=TrainingType.ADVANCED, budget_hours=budget_hours)


def _wanted(request: PageRequest, tags: Sequence[PageTag]) -> TrainingRequest:
    """The form as the act takes it. All tags ticked means no selection, so that the API would say the same."""
    form = request.POST
    known = {str(tag.id) for tag in tags}
    ticked = {value for value in form.getlist("tag") if value in known}
    selected = [] if ticked == known or "tags_shown" not in form else [UUID(value) for value in sorted(ticked)]
    without = set(form.get("without", "").split(",")) & known
    if without:
        selected = [UUID(value) for value in sorted(known - without)]
    try:
        budget_hours = int(form.get("budget_hours") or 0)
    except ValueError:
        raise Refusal("BadRequest", "The budget is a whole number of hours.") from None
    return TrainingRequest(
        training_type=form.get("training_type", TrainingType.REGULAR),
        budget_hours=budget_hours,
        is_forced="is_forced" in form,
        notification_email=form.get("notification_email", "").strip(),
        selected_tags=selected,
    )


def _dialog(
    request: PageRequest,
    project: Project,
    tags: Sequence[PageTag],
    wanted: TrainingRequest,
    refusal: Refusal | None,
    *,
    status: int = 200,
) -> HttpResponse:
    selected = set(wanted.selected_tags) or {tag.id for tag in tags}
    domain = project_domain(project)
    is_detection = domain.type is DomainType.OBJECT_DETECTION
    facts = train_facts(project, wanted.selected_tags)
    needed = images_needed_per_tag(project)
    counts = {tag.id: facts.images_per_tag.get(tag.id, 0) for tag in tags}
    # A tag without any label is left out as it is; one with too few stands in the way.
    short = [tag for tag in tags if tag.id in selected and 0 < counts[tag.id] < needed]
    trainable = [tag for tag in tags if counts[tag.id] >= needed and not tag.is_negative]
    context = {
        "project": project,
        "tags": [(tag, tag.id in selected, counts[tag.id]) for tag in tags],
        "wanted": wanted,
        "budget_hours": wanted.budget_hours or DEFAULT_ADVANCED_BUDGET_HOURS,
        "refusal": refusal,
        "is_not_needed": refusal is not None and refusal.code == "BadRequestTrainingNotNeeded",
        "short_tags": short if len(trainable) >= (1 if is_detection else CLASSIFICATION_MINIMUM_TAGS) else [],
        "estimate": estimate_quick(project.domain_id, project.classification_type, facts.trained_images),
        "facts": facts,
        "is_detection": is_detection,
        "domain": domain,
    }
    return render(request, "training/train_dialog.html", context, status=status)
