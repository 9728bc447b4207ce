"""Which predictions a published name stores: the choices in a form, and the dialog to change them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from portal.domains import DomainType
from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, dialog_done, page
from portal.permissions import Right
from portal.projects import project_domain
from training.iterations import get_iteration
from training.models import PublishedName
from training.sampling import (
    LEAST_SURE_PERCENT,
    MOST_A_DAY,
    MOST_SURE_PERCENT,
    Sampling,
    sampling_of,
    set_sampling,
)

DIGITS = 9
# A number that no policy takes, for what is none.
NO_NUMBER = 0


@page(Right.PUBLISH, methods=("GET", "POST"))
def sampling(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """The dialog, where the iteration is published."""
    iteration = get_iteration(project, iteration_id)
    published = PublishedName.objects.filter(iteration=iteration).first()
    if published is None:
        raise Refusal("BadRequestIterationNotPublished", f"{iteration.name} is not published: publish it first.")
    now = sampling_of(project.pk, published.name)
    refusal = None
    if request.method == "POST":
        now = chosen_sampling(request.POST, now) or now
        try:
            set_sampling(request.actor, published, now)
            return dialog_done(request)
        except Refusal as refused:
            refusal = refused
    context = {"project": project, "iteration": iteration, "published": published, "refusal": refusal}
    context |= sampling_context(project, now)
    return render(request, "training/sampling_dialog.html", context, status=422 if refusal else 200)


def sampling_context(project: Project, chosen: Sampling) -> dict[str, Any]:
    """What the choices need."""
    return {
        "sampling": chosen,
        "sure_range": (LEAST_SURE_PERCENT, MOST_SURE_PERCENT),
        "most_a_day": MOST_A_DAY,
        "is_detection": project_domain(project).type is DomainType.OBJECT_DETECTION,
    }


def chosen_sampling(fields: Mapping[str, str], before: Sampling) -> Sampling | None:
    """What a form with the choices says; None where it has none. A number left out stays as it was."""
    if "sampling" not in fields:
        return None
    return Sampling(
        kind=fields["sampling"],
        sure_percent=_number(fields.get("sure_percent"), before.sure_percent),
        most_a_day=_number(fields.get("most_a_day"), before.most_a_day),
    )


def _number(text: str | None, before: int) -> int:
    if text is None:
        return before
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else NO_NUMBER
