"""The coach's line, a part of other pages."""

from django.http import HttpResponse
from django.shortcuts import render

from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right
from training.coach import next_step

PLACES = ("images", "performance")


@page(Right.VIEW)
def coach(request: PageRequest, project: Project) -> HttpResponse:
    """What to do next; a page that is itself the place to do it says so with `?here=`, and gets no link to itself."""
    here = request.GET.get("here", "")
    context = {"project": project, "step": next_step(project), "here": here if here in PLACES else ""}
    return render(request, "training/coach.html", context)
