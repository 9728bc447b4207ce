"""What a one-time link opens: a page to set a password on."""

from django.contrib.auth import login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from portal.errors import Refusal
from portal.invitations import accept_invitation, find_invitation
from portal.pages.access import Access, PageRequest, page

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


@page(Access.PUBLIC, methods=("GET", "POST"))
@never_cache
def invitation(request: PageRequest, token: str) -> HttpResponse:
    found = find_invitation(token)
    problem = ""
    if request.method == "POST":
        password = request.POST.get("password", "")
        if password != request.POST.get("again", ""):
            problem = "The two passwords differ."
        else:
            try:
                login(request, accept_invitation(token, password), backend=MODEL_BACKEND)
                return redirect("projects")
            except Refusal as refusal:
                if refusal.code != "BadRequestPassword":
                    raise
                problem = refusal.message
    context = {"person": found.user, "is_new": not found.user.has_usable_password(), "problem": problem}
    return render(request, "portal/invitation.html", context, status=422 if problem else 200)
