"""The members of a project: a part of its settings page."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from portal.errors import Refusal
from portal.memberships import ROLE_WORDS, members_of, people_to_add, remove_member, set_role
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.pages.people import find_person
from portal.permissions import Right, Role


@page(Right.VIEW)
def members(request: PageRequest, project: Project) -> HttpResponse:
    return _members(request, project)


@page(Right.MANAGE_PROJECTS, methods=("POST",))
def set_member(request: PageRequest, project: Project) -> HttpResponse:
    try:
        person = find_person(UUID(request.POST.get("person", "")))
    except ValueError:
        raise Refusal("BadRequest", "Choose a person first.") from None
    set_role(request.actor, project, person, request.POST.get("role", ""))
    return _members(request, project)


@page(Right.MANAGE_PROJECTS, methods=("POST",))
def drop_member(request: PageRequest, project: Project, person_id: UUID) -> HttpResponse:
    remove_member(request.actor, project, find_person(person_id))
    if person_id == request.user.pk and not request.actor.is_administrator:
        answer = HttpResponse(status=204)  # this project is no longer theirs to see
        answer["HX-Redirect"] = reverse("projects")
        return answer
    return _members(request, project, is_removed=True)


def _members(request: PageRequest, project: Project, *, is_removed: bool = False) -> HttpResponse:
    may_manage = request.actor.may(Right.MANAGE_PROJECTS, project)
    context = {
        "project": project,
        "members": members_of(project),
        "may_manage": may_manage,
        "is_removed": is_removed,  # the button that had the focus is gone with its row
        "roles": ROLE_WORDS.items(),
        "first_role": Role.LABELER,
        "people": people_to_add(project) if may_manage else [],
    }
    return render(request, "portal/members.html", context)
