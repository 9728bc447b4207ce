"""The coach's line, a part of other pages."""

from django.http import HttpResponse
from django.shortcuts import render

from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right
from training.coach import next_step


@page(Right.VIEW)
def coach(request: PageRequest, project: Project) -> HttpResponse:
    """What to do next."""
    return render(request, "training/coach.html", {"project": project, "step": next_step(project)})
