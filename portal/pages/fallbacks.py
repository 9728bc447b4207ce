"""What is answered where no page is: an address that leads nowhere, a fault of the server's; and the small icon."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static

from portal.errors import Refusal
from portal.pages.access import Access, PageRequest, is_htmx, page, refusal_page, wants_json
from portal.wire.errors import error_answer

API_PREFIX = "/customvision/"
SERVER_FAULT = Refusal(
    "ErrorUnknown",
    "Something went wrong on the server, and its log has the details. Nothing that was saved before is lost."
    " Load the page again; if it comes back, tell an administrator when it happened.",
)


@page(Access.PUBLIC)
def favicon(request: PageRequest) -> HttpResponse:
    """Where browsers look by themselves, for answers that are no page of ours."""
    return HttpResponseRedirect(static("mark.svg"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No route has this path."""
    return refusal_page(request, Refusal("NotFound", "There is no page at this address. It may have been mistyped."))


def server_fault(request: HttpRequest) -> HttpResponse:
    """A view failed; drawn without the database, which may be what failed."""
    if request.path.lower().startswith(API_PREFIX):
        return error_answer(SERVER_FAULT.code, SERVER_FAULT.message)
    if wants_json(request) or is_htmx(request):
        return refusal_page(request, SERVER_FAULT)
    bare = HttpRequest()  # nobody is signed in on it: no session is read
    return render(bare, "portal/refused.html", {"refusal": SERVER_FAULT}, status=SERVER_FAULT.status)
