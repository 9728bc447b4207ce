"""An address whose page is being written."""

from django.http import HttpResponse
from django.shortcuts import render

from portal.models import Project
from portal.pages.access import Access, PageRequest, PageView, page
from portal.pages.project_bar import project_context
from portal.permissions import Right


def pending_project_page(here: str) -> PageView:
    @page(Right.VIEW)
    def view(request: PageRequest, project: Project, **_: object) -> HttpResponse:
        return render(request, "portal/project.html", project_context(request, project, here))

    return view


@page(Access.SIGNED_IN)
def pending_page(request: PageRequest, **_: object) -> HttpResponse:
    return render(request, "portal/outside.html")
