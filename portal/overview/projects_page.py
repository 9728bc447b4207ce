"""All projects; one card's state; the switcher in the bar."""

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import render

from portal.domains import GENERAL_DETECTION
from portal.imports import import_progress
from portal.limits import IMAGES_PER_PROJECT, PROJECTS_PER_RESOURCE
from portal.models import Project, ProjectStatus, Resource, ResourceKind
from portal.overview.project_cards import Order, found_projects, project_cards, type_words
from portal.pages.access import Access, PageRequest, dialog_done, page
from portal.permissions import Right
from portal.projects import may_create_in, visible_projects
from portal.sample.creation import BARE_SCENES, BOXED_SCENES
from training.estimate import estimate_quick

CARDS_A_PAGE = 60
SWITCHER_PROJECTS = 50
ORDER_WORDS = {Order.CHANGED: "Last changed", Order.NAME: "Name", Order.IMAGES: "Images"}


@page(Access.SIGNED_IN)
def projects(request: PageRequest) -> HttpResponse:
    search = request.GET.get("search", "").strip()
    order = Order(request.GET["order"]) if request.GET.get("order") in set(Order) else Order.CHANGED
    found = found_projects(request.actor, search, order)
    cards_page = Paginator(found, CARDS_A_PAGE).get_page(request.GET.get("page"))
    resources = list(Resource.objects.filter(kind=ResourceKind.TRAINING))
    if not search and not cards_page.paginator.count:
        return welcome_page(request, resources)
    total_images = found.aggregate(total=Sum("image_count"))["total"] or 0
    context = {
        "here": "projects",
        "cards": project_cards(request.actor, list(cards_page)),
        "cards_page": cards_page,
        "search": search,
        "order": order,
        "orders": [(each.value, words) for each, words in ORDER_WORDS.items()],
        "may_create": any(may_create_in(request.actor, resource) for resource in resources),
        "resource_count": len(resources),
        "project_limit": f"{PROJECTS_PER_RESOURCE * len(resources):,}",
        "image_limit": f"{IMAGES_PER_PROJECT:,}",
        "total_images": total_images,
        "total_words": f"{total_images:,}",
    }
    return render(request, "portal/projects.html", context)


@page(Access.SIGNED_IN)
def welcome(request: PageRequest) -> HttpResponse:
    return welcome_page(request, list(Resource.objects.filter(kind=ResourceKind.TRAINING)))


def welcome_page(request: PageRequest, resources: list[Resource]) -> HttpResponse:
    """The first run: the sample, or a project of one's own; or whom to ask."""
    may_create = any(may_create_in(request.actor, resource) for resource in resources)
    has_projects = visible_projects(request.actor).exists()
    context = {
        "here": "projects",
        "may_create": may_create,
        "has_projects": has_projects,
        "detection_time": estimate_quick(GENERAL_DETECTION, None, BOXED_SCENES + BARE_SCENES).words,
    }
    return render(request, "portal/welcome.html", context)


@page(Right.VIEW, is_for_parts=True)
def card_state(request: PageRequest, project: Project) -> HttpResponse:
    """The lower part of one card, asked for again while it trains."""
    found = found_projects(request.actor, "", Order.NAME).filter(pk=project.pk)
    return render(request, "portal/projects_state.html", {"card": project_cards(request.actor, list(found))[0]})


@page(Right.VIEW, is_for_parts=True)
def import_state(request: PageRequest, project: Project) -> HttpResponse:
    """How far an import is, asked for again while it runs; then the page is loaded anew."""
    if project.status != ProjectStatus.IMPORTING:
        return dialog_done(request)
    return render(request, "portal/importing_state.html", {"project": project, "progress": import_progress(project)})


@page(Right.VIEW, is_for_parts=True)
def switcher(request: PageRequest, project: Project) -> HttpResponse:
    others = list(visible_projects(request.actor).order_by("name")[: SWITCHER_PROJECTS + 1])
    context = {
        "project": project,
        "choices": [(each, type_words(each)) for each in others[:SWITCHER_PROJECTS]],
        "is_cut": len(others) > SWITCHER_PROJECTS,
    }
    return render(request, "portal/projects_switcher.html", context)
