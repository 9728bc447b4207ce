"""A project's settings: what it is called, how it is trained, its ids, its usage, its log."""

from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from labeling.selection import Selection, count_images
from portal.domains import DomainType
from portal.errors import Refusal
from portal.limits import IMAGES_PER_PROJECT, ITERATIONS_PER_PROJECT, NAME_CHARACTERS, TAGS_PER_PROJECT
from portal.models import AuditEntry, Project
from portal.notifications import last_notification
from portal.overview.audit_words import audit_line
from portal.overview.domain_choices import domain_choices
from portal.overview.project_cards import type_words
from portal.pages.access import PageRequest, page
from portal.pages.members import members_context
from portal.pages.project_bar import project_context
from portal.permissions import Right
from portal.project_checks import MOST_PREDICTION_DAYS
from portal.projects import ProjectChange, project_domain, update_project

LINES_A_PAGE = 25


@page(Right.VIEW, methods=("GET", "POST"))
def project_settings(request: PageRequest, project: Project) -> HttpResponse:
    refusal = None
    if request.method == "POST":
        try:
            update_project(request.actor, project, _change(request))
            return redirect(f"{request.path}?saved=1")
        except Refusal as refused:
            if refused.status == 403:
                raise
            refusal = refused
    kind = project_domain(project).type
    context = project_context(
        request,
        project,
        "project_settings",
        refusal=refusal,
        is_name_wrong=refusal is not None and refusal.code.startswith("BadRequestProjectName"),
        days_wrong=request.POST.get("prediction_days") if _is_about_days(refusal) else None,
        install_days=settings.SIGHTLINE_PREDICTION_DAYS,
        most_days=MOST_PREDICTION_DAYS,
        is_saved="saved" in request.GET,
        name_characters=NAME_CHARACTERS,
        type_words=type_words(project),
        is_classification=kind is DomainType.CLASSIFICATION,
        domains=domain_choices(kind),
        is_compact=project_domain(project).is_exportable,
        endpoint=settings.SIGHTLINE_PUBLIC_URL,
        usage=_usage(project),
        last_notification=last_notification(project),
        **members_context(request, project),
    )
    if request.actor.may(Right.EDIT_PROJECT, project):
        entries = AuditEntry.objects.filter(project_id=project.pk).order_by("-pk")
        lines = Paginator(entries, LINES_A_PAGE).get_page(request.GET.get("page"))
        context |= {"audit_page": lines, "audit_lines": [audit_line(entry) for entry in lines]}
    return render(request, "portal/project_settings.html", context, status=422 if refusal else 200)


def _is_about_days(refusal: Refusal | None) -> bool:
    return refusal is not None and refusal.code == "BadRequestPredictionDays"


def _usage(project: Project) -> list[tuple[str, int, int, str]]:
    """What it holds against the limit: name, both numbers, and both in words."""
    counts = (
        ("Images", count_images(project, Selection()), IMAGES_PER_PROJECT),
        ("Tags", project.tags.count(), TAGS_PER_PROJECT),
        ("Iterations", project.iterations.filter(deleted__isnull=True).count(), ITERATIONS_PER_PROJECT),
    )
    return [(name, used, limit, f"{used:,} of {limit:,}") for name, used, limit in counts]


def _change(request: PageRequest) -> ProjectChange:
    fields = request.POST
    try:
        domain_id = UUID(fields["domain"]) if fields.get("domain") else None
    except ValueError:
        raise Refusal("BadRequestProjectUnknownDomain", "There is no such domain.") from None
    return ProjectChange(
        name=fields.get("name"),
        description=fields.get("description"),
        domain_id=domain_id,
        classification_type=fields.get("classification_type"),
        notification_uri=fields.get("notification_uri"),
        prediction_days=fields.get("prediction_days"),
        target_export_platforms=[each for each in [fields["platforms"]] if each] if "platforms" in fields else None,
    )
