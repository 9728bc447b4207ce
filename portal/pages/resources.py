"""The administrator's page of resources: where the API is, its keys, what they open."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import Count
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from portal.errors import Refusal
from portal.health.readiness import part_states
from portal.keys import get_key, regenerate_key, reveal_key
from portal.models import KeyApplication, Resource, ResourceKey, ResourceKind
from portal.pages.access import Access, PageRequest, dialog_done, page, wants_json
from portal.resource_usage import Usage, usage_by_resource
from portal.resources import NOTES_CHARACTERS, create_resource, delete_resource, resource_contents, update_notes

PART_WORDS = {"short": "worker for short jobs", "training": "worker for training"}


@dataclass(frozen=True)
class ResourceCard:
    """A resource on the page."""

    resource: Resource
    keys: list[ResourceKey]
    usage: list[Usage]
    published_count: int

    @property
    def is_training(self) -> bool:
        """Whether it holds projects; else it answers predictions."""
        return self.resource.kind == ResourceKind.TRAINING


@page(Access.ADMINISTRATOR)
def resources(request: PageRequest) -> HttpResponse:
    parts = part_states()
    context = {
        "here": "resources",
        "endpoint": settings.SIGHTLINE_PUBLIC_URL,
        "cards": resource_cards(),
        "notes_characters": NOTES_CHARACTERS,
        "parts": [(PART_WORDS.get(part.name, part.name), part) for part in parts],
        "is_ready": all(part.is_ready for part in parts),
    }
    return render(request, "portal/resources.html", context)


def resource_cards() -> list[ResourceCard]:
    """Every resource, training first, the oldest first. As many queries for many as for one."""
    usage = usage_by_resource()
    found = (
        Resource.objects.annotate(published_count=Count("published_names"))
        .prefetch_related("keys")
        .order_by("-kind", "created")
    )
    return [
        ResourceCard(
            resource,
            sorted(resource.keys.all(), key=lambda key: key.slot),
            usage.get(resource.pk, []),
            resource.published_count,
        )
        for resource in found
    ]


@page(Access.ADMINISTRATOR, methods=("GET", "POST"))
def new_resource(request: PageRequest) -> HttpResponse:
    kind, problem = request.POST.get("kind", ResourceKind.TRAINING), ""
    if request.method == "POST":
        try:
            if kind not in ResourceKind.values:
                raise Refusal("BadRequest", "A resource is for training or for prediction.")
            create_resource(request.actor, ResourceKind(kind), request.POST.get("name", "").strip())
            return dialog_done(request, reverse("resources"))
        except Refusal as refusal:
            problem = refusal.message
    context = {"problem": problem, "name": request.POST.get("name", ""), "kind": kind}
    return render(request, "portal/resources_new.html", context, status=422 if problem else 200)


@page(Access.ADMINISTRATOR, methods=("POST",))
def notes(request: PageRequest, resource_id: UUID) -> HttpResponse:
    resource, problem = find_resource(resource_id), ""
    try:
        update_notes(request.actor, resource, request.POST.get("notes", ""))
    except Refusal as refusal:
        problem, resource.notes = refusal.message, request.POST.get("notes", "")
    context = {
        "resource": resource,
        "problem": problem,
        "is_saved": not problem,
        "notes_characters": NOTES_CHARACTERS,
    }
    return render(request, "portal/resources_notes.html", context, status=422 if problem else 200)


@page(Access.ADMINISTRATOR, methods=("GET", "POST"))
def delete(request: PageRequest, resource_id: UUID) -> HttpResponse:
    resource, problem = find_resource(resource_id), ""
    if request.method == "POST":
        try:
            delete_resource(request.actor, resource)
            return dialog_done(request, reverse("resources"))
        except Refusal as refusal:
            problem = refusal.message
    context = {
        "resource": resource,
        "contents": resource_contents(resource),
        "keys": resource.keys.order_by("slot"),
        "applications": KeyApplication.objects.filter(key__resource=resource).order_by("-last_used", "name"),
        "problem": problem,
    }
    return render(request, "portal/resources_delete.html", context, status=422 if problem else 200)


@page(Access.ADMINISTRATOR)
def hidden_key(request: PageRequest, resource_id: UUID, slot: int) -> HttpResponse:
    return _key_row(request, find_resource(resource_id), slot)


@page(Access.ADMINISTRATOR, methods=("POST",))
def shown_key(request: PageRequest, resource_id: UUID, slot: int) -> HttpResponse:
    resource = find_resource(resource_id)
    key = reveal_key(request.actor, resource, slot)
    if wants_json(request):
        answer: HttpResponse = JsonResponse({"key": key})
        answer["Cache-Control"] = "no-store"
        return answer
    return _key_row(request, resource, slot, key)


@page(Access.ADMINISTRATOR, methods=("GET", "POST"))
def fresh_key(request: PageRequest, resource_id: UUID, slot: int) -> HttpResponse:
    resource = find_resource(resource_id)
    if request.method != "POST":
        key = get_key(request.actor, resource, slot)
        applications = KeyApplication.objects.filter(key=key).order_by("-last_used", "name")
        context = {"resource": resource, "key": key, "applications": applications, "other_slot": 3 - slot}
        return render(request, "portal/resources_regenerate.html", context)
    answer = _key_row(request, resource, slot, regenerate_key(request.actor, resource, slot))
    answer["HX-Retarget"] = f"#key-{resource.pk}-{slot}"
    answer["HX-Reswap"] = "outerHTML"
    answer["HX-Trigger"] = "close-dialog"
    return answer


def _key_row(request: PageRequest, resource: Resource, slot: int, shown: str = "") -> HttpResponse:
    context = {"resource": resource, "key": get_key(request.actor, resource, slot), "shown": shown}
    answer = render(request, "portal/resources_key.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def find_resource(resource_id: UUID) -> Resource:
    """Raises Refusal `NotFoundResource`."""
    resource = Resource.objects.filter(pk=resource_id).first()
    if resource is None:
        raise Refusal("NotFoundResource", "There is no such resource. Load the page again.")
    return resource
