"""The members of a project: a part of its settings page."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from portal.errors import Refusal
from portal.memberships import ROLE_WORDS, members_of, people_to_add, remove_member, set_role
from portal.models import Project, User
from portal.pages.access import PageRequest, page
from portal.pages.people import find_person
from portal.permissions import Right, Role


@page(Right.VIEW)
def members(request: PageRequest, project: Project) -> HttpResponse:
    return _members(request, project)


@page(Right.MANAGE_PROJECTS, methods=("POST",))
def set_member(request: PageRequest, project: Project) -> HttpResponse:
    person = _named_person(request.POST.get("person", "").strip())
    set_role(request.actor, project, person, request.POST.get("role", ""))
    return _members(request, project)


def _named_person(text: str) -> User:
    """The person of that id, or of that name in any case."""
    try:
        return find_person(UUID(text))
    except ValueError:
        pass
    person = User.objects.filter(username__iexact=text).first()
    if person is None:
        words = f"Nobody here is called {text}. Choose a name of the list." if text else "Choose a person first."
        raise Refusal("BadRequest", words)
    return person


@page(Right.MANAGE_PROJECTS, methods=("POST",))
def drop_member(request: PageRequest, project: Project, person_id: UUID) -> HttpResponse:
    remove_member(request.actor, project, find_person(person_id))
    if person_id == request.user.pk and not request.actor.is_administrator:
        answer = HttpResponse(status=204)  # this project is no longer theirs to see
        answer["HX-Redirect"] = reverse("projects")
        return answer
    return _members(request, project, is_removed=True)


def members_context(request: PageRequest, project: Project) -> dict[str, Any]:
    """What portal/members.html shows besides the project (one or two queries)."""
    may_manage = request.actor.may(Right.MANAGE_PROJECTS, project)
    return {
        "members": members_of(project),
        "may_manage": may_manage,
        "roles": ROLE_WORDS.items(),
        "first_role": Role.LABELER,
        "people": people_to_add(project) if may_manage else [],
    }


def _members(request: PageRequest, project: Project, *, is_removed: bool = False) -> HttpResponse:
    context = {"project": project, "is_removed": is_removed, **members_context(request, project)}
    return render(request, "portal/members.html", context)
