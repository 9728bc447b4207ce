"""The base of every training API view."""

import logging
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from portal import throttle
from portal.actors import Actor
from portal.errors import Refusal
from portal.faults import fault_words
from portal.limits import CallKind
from portal.models import Resource
from portal.wire import routes  # noqa: F401  (path converters, for whoever has views)
from portal.wire.authentication import authenticate_training_key
from portal.wire.errors import (
    AccessDenied,
    access_denied_answer,
    error_answer,
    refusal_answer,
    too_many_calls_answer,
    unknown_route_answer,
)
from portal.wire.versions import fit_version, version_advice

logger = logging.getLogger(__name__)


class AnyAccept(BaseContentNegotiation):
    """Answers are JSON whatever the client says that it accepts, as Custom Vision's are."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class WireView(APIView):
    """A view that a training key opens: `self.actor` acts, `self.resource` is the key's.

    Refusals become Custom Vision's error body. Handlers get Django's request (`self.wire`), never DRF's parsers,
    which would read whole bodies into memory.
    """

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AnyAccept
    call_kind = CallKind.OTHER  # whose rate the call counts toward, where a tier is set

    actor: Actor
    resource: Resource
    wire: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.wire = request
        version = kwargs.pop("version", "")
        return fit_version(super().dispatch(request, *args, **kwargs), version)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.actor, self.resource = authenticate_training_key(self.wire)
        if throttle.process_throttle is not None:
            throttle.process_throttle.admit(self.resource.pk, self.call_kind)

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        if isinstance(exc, Refusal):
            return refusal_answer(exc)
        if isinstance(exc, AccessDenied):
            return access_denied_answer(exc)
        if isinstance(exc, throttle.TooManyCalls):
            return too_many_calls_answer(exc)
        if isinstance(exc, SuspiciousOperation):  # Django's: over a thousand parameters
            return error_answer("BadRequest", "The query holds too much: send what the operation asks for.")
        if isinstance(exc, MethodNotAllowed):
            return unknown_route_answer()
        logger.exception("%s %s", self.wire.method, self.wire.path)
        return error_answer("ErrorUnknown", fault_words(exc))


def unknown_route(request: HttpRequest, **_: Any) -> HttpResponse:
    """The answer to a path that no operation has."""
    return unknown_route_answer(version_advice(request.path))


unknown_route.csrf_exempt = True  # type: ignore[attr-defined]
