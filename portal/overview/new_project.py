"""A new project: in a drawer or on a page of its own; and the sample."""

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from portal.domains import GENERAL_CLASSIFICATION, GENERAL_DETECTION, DomainType
from portal.errors import Refusal
from portal.limits import NAME_CHARACTERS
from portal.models import ClassificationType, Resource, ResourceKind
from portal.overview.domain_choices import domain_choices
from portal.pages.access import Access, PageRequest, dialog_done, is_htmx, page
from portal.projects import ProjectSettings, create_project, may_create_in
from portal.sample.creation import Sample, create_sample_project

DEFAULTS = {
    "type": DomainType.CLASSIFICATION.value,
    "classification_type": ClassificationType.MULTICLASS.value,
    "classification_domain": str(GENERAL_CLASSIFICATION),
    "detection_domain": str(GENERAL_DETECTION),
    "platforms": "",
}


@page(Access.SIGNED_IN, methods=("GET", "POST"))
def new_project(request: PageRequest) -> HttpResponse:
    resources = own_resources(request)
    if request.method != "POST":
        return _form(request, resources, DEFAULTS)
    try:
        resource = _chosen(resources, request.POST.get("resource", ""))
        project = create_project(
            request.actor,
            resource,
            request.POST.get("name", ""),
            request.POST.get("description", "").strip(),
            _settings(request.POST),
        )
    except Refusal as refusal:
        return _form(request, resources, {**DEFAULTS, **request.POST.dict()}, refusal)
    return went(request, reverse("images", args=[project.pk]))


@page(Access.SIGNED_IN, methods=("POST",))
def create_sample(request: PageRequest) -> HttpResponse:
    wanted = request.POST.get("sample", "")
    sample = Sample(wanted) if wanted in set(Sample) else Sample.CLASSIFICATION
    project = create_sample_project(request.actor, _chosen(own_resources(request), ""), sample)
    return went(request, reverse("images", args=[project.pk]))


def own_resources(request: PageRequest) -> list[Resource]:
    """Training resources in which the person may make projects."""
    found = Resource.objects.filter(kind=ResourceKind.TRAINING).order_by("created")
    return [resource for resource in found if may_create_in(request.actor, resource)]


def went(request: PageRequest, address: str) -> HttpResponse:
    """On to `address`, from a dialog or from a page."""
    return dialog_done(request, address) if is_htmx(request) else redirect(address)


def _chosen(resources: list[Resource], resource_id: str) -> Resource:
    for resource in resources:
        if resource_id in ("", str(resource.pk)):
            return resource
    raise Refusal(
        "ForbiddenUserInsufficientCapability",
        "You may not make projects here. Ask an administrator to make one and add you to it.",
    )


def _settings(fields: Mapping[str, str]) -> ProjectSettings:
    is_detection = fields.get("type") == DomainType.OBJECT_DETECTION.value
    name = "detection_domain" if is_detection else "classification_domain"
    try:
        domain_id = UUID(fields.get(name, "") or DEFAULTS[name])
    except ValueError:
        raise Refusal("BadRequestProjectUnknownDomain", "There is no such domain.") from None
    platforms = [fields["platforms"]] if fields.get("platforms") else []
    return ProjectSettings(domain_id, fields.get("classification_type") or None, platforms)


def _form(
    request: PageRequest, resources: list[Resource], values: Mapping[str, str], refusal: Refusal | None = None
) -> HttpResponse:
    context = {
        "here": "projects",
        "resources": resources,
        "values": values,
        "refusal": refusal,
        "is_name_wrong": refusal is not None and refusal.code.startswith("BadRequestProjectName"),
        "name_characters": NAME_CHARACTERS,
        "classification_domains": domain_choices(DomainType.CLASSIFICATION),
        "detection_domains": domain_choices(DomainType.OBJECT_DETECTION),
    }
    template = "portal/new_project_drawer.html" if is_htmx(request) else "portal/new_project.html"
    if refusal is not None and is_htmx(request):
        template = "portal/new_project_form.html"
    return render(request, template, context, status=200 if refusal is None else 422)
