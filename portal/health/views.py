"""What a load balancer asks."""

from django.http import HttpRequest, JsonResponse

from portal.health.readiness import part_states


def healthz(request: HttpRequest) -> JsonResponse:
    """This web process answers; nothing else is looked at."""
    return JsonResponse({"status": "alive"})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every part answers, else 503; either way the state of each part."""
    states = part_states()
    is_ready = all(state.is_ready for state in states)
    return JsonResponse(
        {
            "status": "ready" if is_ready else "not ready",
            "parts": {state.name: {"ready": state.is_ready, "detail": state.detail} for state in states},
        },
        status=200 if is_ready else 503,
        headers={"Cache-Control": "no-store"},
    )
