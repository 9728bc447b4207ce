"""What is answered where no page is: an address that leads nowhere, a fault of the server's; and the small icon."""

import sys

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static

from portal.errors import Refusal
from portal.faults import ANY_FAULT, fault_words
from portal.pages.access import Access, PageRequest, is_htmx, page, refusal_page, wants_json
from portal.wire.errors import error_answer

API_PREFIX = "/customvision/"
ANY_FAULT_ON_A_PAGE = (
    "Something went wrong on the server, and its log has the details. Nothing that was saved before is lost."
    " Load the page again; if it comes back, tell an administrator when it happened."
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
    words = fault_words(sys.exc_info()[1])
    fault = Refusal("ErrorUnknown", ANY_FAULT_ON_A_PAGE if words == ANY_FAULT else words)
    if request.path.lower().startswith(API_PREFIX):
        return error_answer(fault.code, fault.message)
    if wants_json(request) or is_htmx(request):
        return refusal_page(request, fault)
    bare = HttpRequest()  # nobody is signed in on it: no session is read
    return render(bare, "portal/refused.html", {"refusal": fault}, status=fault.status)
