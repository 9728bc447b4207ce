"""The administrator's page of people: who is here, invitations, disabling."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from portal.accounts import disable_person, enable_person, last_seen, make_administrator, unmake_administrator
from portal.errors import Refusal
from portal.invitations import PERSON_NAME_CHARACTERS, invite_person, reset_password_link
from portal.memberships import ROLE_WORDS, set_role
from portal.models import Invitation, User
from portal.pages.access import Access, PageRequest, is_htmx, page
from portal.permissions import Role
from portal.projects import get_project, visible_projects


@dataclass(frozen=True)
class PersonRow:
    """A line of the table."""

    person: User
    project_count: int
    seen: datetime | None
    link_until: datetime | None  # an unused link that still works
    is_self: bool

    @property
    def is_waiting(self) -> bool:
        """Whether the person never set a password."""
        return not self.person.has_usable_password()


@page(Access.ADMINISTRATOR)
def people(request: PageRequest) -> HttpResponse:
    template = "portal/people_list.html" if is_htmx(request) else "portal/people.html"
    return render(request, template, {"here": "people", "rows": person_rows(request.user)})


def person_rows(viewer: User) -> list[PersonRow]:
    """Everybody by name. One query."""
    found = (
        User.objects.select_related("invitation")
        .annotate(project_count=Count("memberships", filter=Q(memberships__project__deleted__isnull=True)))
        .order_by("username")
    )
    return [
        PersonRow(person, person.project_count, last_seen(person), _link_until(person), person.pk == viewer.pk)
        for person in found
    ]


def _link_until(person: User) -> datetime | None:
    invitation: Invitation | None = getattr(person, "invitation", None)
    return invitation.expires if invitation is not None and invitation.expires > timezone.now() else None


@page(Access.ADMINISTRATOR, methods=("GET", "POST"))
def invite(request: PageRequest) -> HttpResponse:
    fields = request.POST
    problem = ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                person, token = invite_person(request.actor, fields.get("name", ""), "is_administrator" in fields)
                if fields.get("project"):
                    project = get_project(request.actor, UUID(fields["project"]))
                    set_role(request.actor, project, person, fields.get("role", ""))
            return link_dialog(request, person, token, f"{person.username} is invited")
        except (Refusal, ValueError) as refusal:
            problem = refusal.message if isinstance(refusal, Refusal) else "There is no such project."
    context = {
        "problem": problem,
        "values": fields,
        "role": fields.get("role") or Role.LABELER,
        "roles": ROLE_WORDS.items(),
        "projects": visible_projects(request.actor).order_by("name"),
        "name_characters": PERSON_NAME_CHARACTERS,
    }
    return render(request, "portal/people_invite.html", context, status=422 if problem else 200)


@page(Access.ADMINISTRATOR, methods=("POST",))
def reset_password(request: PageRequest, person_id: UUID) -> HttpResponse:
    person = find_person(person_id)
    return link_dialog(request, person, reset_password_link(request.actor, person), "A link for a new password")


def link_dialog(request: PageRequest, person: User, token: str, title: str) -> HttpResponse:
    """The dialog that shows a link, this once."""
    context = {
        "title": title,
        "person": person,
        "link": settings.SIGHTLINE_PUBLIC_URL + reverse("invitation", args=[token]),
        "until": Invitation.objects.values_list("expires", flat=True).get(user=person),
    }
    answer = render(request, "portal/people_link.html", context)
    answer["HX-Trigger"] = "people-changed"
    answer["Cache-Control"] = "no-store"
    return answer


@page(Access.ADMINISTRATOR, methods=("POST",))
def disable(request: PageRequest, person_id: UUID) -> HttpResponse:
    disable_person(request.actor, find_person(person_id))
    return _list(request)


@page(Access.ADMINISTRATOR, methods=("POST",))
def enable(request: PageRequest, person_id: UUID) -> HttpResponse:
    enable_person(request.actor, find_person(person_id))
    return _list(request)


@page(Access.ADMINISTRATOR, methods=("POST",))
def give_administration(request: PageRequest, person_id: UUID) -> HttpResponse:
    make_administrator(request.actor, find_person(person_id))
    return _list(request)


@page(Access.ADMINISTRATOR, methods=("POST",))
def take_administration(request: PageRequest, person_id: UUID) -> HttpResponse:
    person = find_person(person_id)
    unmake_administrator(request.actor, person)
    if person.pk == request.user.pk:  # this page is no longer theirs
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = reverse("projects")
        return answer
    return _list(request)


def find_person(person_id: UUID | str) -> User:
    """Raises Refusal `NotFoundPerson`."""
    person = User.objects.filter(pk=person_id).first()
    if person is None:
        raise Refusal("NotFoundPerson", "There is no such person. Load the page again.")
    return person


def _list(request: PageRequest) -> HttpResponse:
    return render(request, "portal/people_list.html", {"rows": person_rows(request.user)})
