"""Who may open a page or send a form: one rule for each, read by the page and by the tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from portal.accounts import note_seen
from portal.actors import Actor, actor_for_user, require_whole
from portal.errors import Refusal
from portal.imports import import_progress
from portal.models import Project, ProjectStatus, User
from portal.permissions import Right
from portal.projects import get_project


class Access(StrEnum):
    """What a page outside any project asks for."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class PageRule:
    """Who may use a view, and with which methods. A `Right` is one on the project in the address."""

    needs: Access | Right
    methods: tuple[str, ...]
    is_for_parts: bool = False  # whether it can be opened while its project is being imported


class PageRequest(HttpRequest):
    """A request whose sender is known; `actor` is there on every page but public ones."""

    actor: Actor
    user: User


PageView = Callable[..., HttpResponseBase]


def page(
    needs: Access | Right, *, methods: Sequence[str] = ("GET",), is_for_parts: bool = False
) -> Callable[[PageView], PageView]:
    """Let only those in who may; a view that needs a `Right` gets `project` instead of `project_id`.

    A Refusal from the view becomes an answer in the form that the caller reads: JSON, a notice for htmx, a page.
    A project that is being imported, or whose import failed, shows how that stands instead of the view, unless
    `is_for_parts`.
    """
    rule = PageRule(needs, tuple(methods), is_for_parts)

    def decorate(view: PageView) -> PageView:
        @wraps(view)
        def guarded(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in allowed_methods(rule):
                return HttpResponseNotAllowed(allowed_methods(rule))
            if rule.needs is Access.PUBLIC:
                return _answered(request, view, *args, **kwargs)
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            request.actor = actor_for_user(request.user)
            return _answered(request, _admitted, view, rule, *args, **kwargs)

        guarded.page_rule = rule  # type: ignore[attr-defined]
        return cast("PageView", guarded)

    return decorate


def rule_of(view: object) -> PageRule | None:
    """The rule that `page` gave the view, if it did."""
    return getattr(view, "page_rule", None)


def allowed_methods(rule: PageRule) -> tuple[str, ...]:
    """The rule's methods; HEAD goes with GET."""
    return (*rule.methods, "HEAD") if "GET" in rule.methods else rule.methods


def _admitted(request: PageRequest, view: PageView, rule: PageRule, *args: Any, **kwargs: Any) -> HttpResponseBase:
    if rule.needs is Access.ADMINISTRATOR and not request.actor.is_administrator:
        raise Refusal("ForbiddenUserInsufficientCapability", "Only an administrator can do this.")
    if isinstance(rule.needs, Right):
        project = kwargs["project"] = get_project(request.actor, kwargs.pop("project_id"), rule.needs)
        if project.status != ProjectStatus.SUCCEEDED and not rule.is_for_parts:
            return _import_page(request, project)
    note_seen(request.user)
    return view(request, *args, **kwargs)


def _import_page(request: PageRequest, project: Project) -> HttpResponse:
    """How far an import is, or why it failed, for a page; for any other call the refusal."""
    if request.method != "GET" or wants_json(request):
        require_whole(project)
    context = {
        "here": "projects",
        "project": project,
        "is_importing": project.status == ProjectStatus.IMPORTING,
        "progress": import_progress(project),
        "may_delete": request.actor.may(Right.MANAGE_PROJECTS, project),
    }
    return render(request, "portal/importing.html", context)


def _answered(request: PageRequest, view: PageView, *args: Any, **kwargs: Any) -> HttpResponseBase:
    try:
        return view(request, *args, **kwargs)
    except Refusal as refusal:
        return refusal_page(request, refusal)


def wants_json(request: HttpRequest) -> bool:
    """Whether a script of ours asked, not a person's browser."""
    return request.headers.get("Accept", "").startswith("application/json")


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asked for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal for whoever asked: JSON, a notice in the page, or a page."""
    if wants_json(request):
        return JsonResponse({"code": refusal.code, "message": refusal.message}, status=refusal.status)
    context = {"refusal": refusal}
    if is_htmx(request):
        answer = render(request, "portal/notice.html", context, status=refusal.status)
        answer["HX-Retarget"] = "#notices"
        answer["HX-Reswap"] = "innerHTML"
        return answer
    return render(request, "portal/refused.html", context, status=refusal.status)


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a person whose session is over to the sign-in page, and back afterwards."""
    if wants_json(request):
        words = "Your session ended. Sign in, then this goes on."
        return JsonResponse({"code": "Unauthorized", "message": words}, status=401)
    sign_in = reverse(settings.LOGIN_URL)
    if is_htmx(request):
        page_path = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = f"{page_path.path}?{page_path.query}" if page_path.query else page_path.path
        answer = HttpResponse(status=401)
        answer["HX-Redirect"] = f"{sign_in}?{urlencode({'next': back or '/'}, safe='/')}"
        return answer
    back = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return HttpResponseRedirect(f"{sign_in}?{urlencode({'next': back}, safe='/')}")


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form or call without its token: most often a page that was left open over a sign-out."""
    words = "This page is older than your session. Load it again, then repeat what you did."
    return refusal_page(request, Refusal("ForbiddenStalePage", words))


def dialog_done(request: HttpRequest, address: str = "") -> HttpResponse:
    """Close the dialog that the form was in, and go to `address` or load the page again."""
    answer = HttpResponse(status=204)
    if address:
        answer["HX-Redirect"] = address
    else:
        answer["HX-Refresh"] = "true"
    return answer
