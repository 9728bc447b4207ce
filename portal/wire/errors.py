"""Refusals as answers.

Two shapes: Custom Vision's own `{"code", "message"}`, and what its gateway says before a call reaches the
service (no valid key, no such route, too many calls).
"""

from django.http import HttpResponse, JsonResponse

from portal.errors import Refusal, http_status
from portal.throttle import RETRY_AFTER_SECONDS, TooManyCalls


class AccessDenied(Exception):
    """No key, or not a key of this kind. `message` names the likely cause."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def refusal_answer(refusal: Refusal) -> HttpResponse:
    """The answer to a call that a rule turned down."""
    return error_answer(refusal.code, refusal.message)


def error_answer(code: str, message: str) -> HttpResponse:
    """`{"code", "message"}` with the HTTP status of the code."""
    return JsonResponse({"code": code, "message": message}, status=http_status(code))


def access_denied_answer(denied: AccessDenied) -> HttpResponse:
    """401 as the gateway words it."""
    return JsonResponse({"error": {"code": "401", "message": denied.message}}, status=401, reason="Access Denied")


def too_many_calls_answer(too_many: TooManyCalls) -> HttpResponse:
    """429 of the gateway, with when to come back."""
    answer = JsonResponse({"error": {"code": "429", "message": too_many.message}}, status=429)
    answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def unknown_route_answer(advice: str = "") -> HttpResponse:
    """404 of the gateway: no operation has this method and path."""
    return JsonResponse({"statusCode": 404, "message": f"Resource not found{advice}"}, status=404)
