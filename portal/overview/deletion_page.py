"""Deleting a project: what goes with it, its name typed."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from inference.models import StoredPrediction
from labeling.selection import Selection, count_images
from portal.deletion import delete_project
from portal.errors import Refusal
from portal.models import Project
from portal.overview.new_project import went
from portal.pages.access import PageRequest, is_htmx, page
from portal.permissions import Right
from training.models import PublishedName


@page(Right.MANAGE_PROJECTS, methods=("GET", "POST"), is_for_parts=True)
def delete_project_page(request: PageRequest, project: Project) -> HttpResponse:
    published = list(PublishedName.objects.filter(project=project).select_related("iteration").order_by("name"))
    problem = ""
    if request.method == "POST":
        if request.POST.get("name", "").strip() != project.name:
            problem = "This is not the project's name. Type it as it stands above."
        else:
            try:
                delete_project(request.actor, project, unpublish=request.POST.get("unpublish") == "yes")
                return went(request, reverse("projects"))
            except Refusal as refusal:
                problem = refusal.message
    context = {
        "here": "projects",
        "project": project,
        "published": published,
        "problem": problem,
        "image_count": count_images(project, Selection()),
        "tag_count": project.tags.count(),
        "iteration_count": project.iterations.filter(deleted__isnull=True).count(),
        "prediction_count": StoredPrediction.objects.filter(project=project).count(),
    }
    template = "portal/delete_project_dialog.html" if is_htmx(request) else "portal/delete_project.html"
    return render(request, template, context, status=422 if problem else 200)
