"""The Prediction URL dialog: addresses, key, and calls to paste."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from portal.errors import Refusal
from portal.keys import reveal_key
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right
from training.iterations import get_iteration
from training.models import PublishedName
from training.prediction_examples import KEY_PLACEHOLDER, prediction_urls

SHOWN_KEY_SLOT = 1


@page(Right.VIEW)
def prediction_url(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """The dialog; the key is not in it until it is asked for."""
    published = _published(project, iteration_id)
    context = {
        "project": project,
        "published": published,
        "iteration": published.iteration,
        "urls": prediction_urls(published),
        "key_placeholder": KEY_PLACEHOLDER,
        "may_see_key": request.actor.is_administrator,
        "can_try": request.actor.may(Right.TRAIN, project),
    }
    return render(request, "training/prediction_url.html", context)


@page(Right.PUBLISH, methods=("POST",))
def prediction_key(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """The prediction resource's key, for the examples."""
    published = _published(project, iteration_id)
    answer = JsonResponse({"key": reveal_key(request.actor, published.resource, SHOWN_KEY_SLOT)})
    answer["Cache-Control"] = "no-store"
    return answer


def _published(project: Project, iteration_id: UUID) -> PublishedName:
    iteration = get_iteration(project, iteration_id)
    published = PublishedName.objects.filter(iteration=iteration).select_related("resource", "project").first()
    if published is None:
        raise Refusal("BadRequestIterationNotPublished", f"{iteration.name} is not published.")
    published.iteration = iteration
    return published
