"""A person's own page: who they are, their roles, their password."""

from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render

from portal.accounts import change_password
from portal.errors import Refusal
from portal.memberships import ROLE_WORDS
from portal.models import Membership
from portal.pages.access import Access, PageRequest, page
from portal.permissions import Role


@page(Access.SIGNED_IN, methods=("GET", "POST"))
def account(request: PageRequest) -> HttpResponse:
    problems: dict[str, str] = {}
    is_first = request.user.must_change_password
    if request.method == "POST":
        problems = _changed_password(request)
        if not problems:
            return redirect("projects" if is_first else f"{request.path}?changed=1")
    memberships = Membership.objects.filter(user=request.user, project__deleted__isnull=True)
    context = {
        "here": "account",
        "problems": problems,
        "is_first": is_first,
        "is_changed": "changed" in request.GET,
        "roles": [
            (membership.project, membership.role, ROLE_WORDS[Role(membership.role)])
            for membership in memberships.select_related("project").order_by("project__name")
        ],
    }
    return render(request, "portal/account.html", context, status=422 if problems else 200)


def _changed_password(request: PageRequest) -> dict[str, str]:
    """Change the password, or say by field what is wrong."""
    new = request.POST.get("new", "")
    if new != request.POST.get("again", ""):
        return {"again": "The two new passwords differ."}
    try:
        change_password(request.actor, request.user, request.POST.get("old", ""), new)
    except Refusal as refusal:
        return {"old" if refusal.code == "BadRequestWrongPassword" else "new": refusal.message}
    update_session_auth_hash(request, request.user)
    return {}
