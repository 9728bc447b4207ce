"""Whose X-Forwarded headers count."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from portal.pages.trusted_proxies import TrustedProxiesMiddleware


def seen(
    settings: Settings, trusted: list[str], peer: str, forwarded_for: str, proto: str = "https"
) -> tuple[str, str]:
    """Client address and scheme as the views would see them."""
    settings.SIGHTLINE_TRUSTED_PROXIES = trusted
    requests: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        requests.append(request)
        return HttpResponse()

    headers = {"HTTP_X_FORWARDED_FOR": forwarded_for, "HTTP_X_FORWARDED_PROTO": proto, "REMOTE_ADDR": peer}
    TrustedProxiesMiddleware(view)(RequestFactory().get("/", **headers))
    return requests[0].META["REMOTE_ADDR"], str(requests[0].scheme)


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded_for", "expected"),
    [
        ([], "10.0.0.1", "203.0.113.9", ("10.0.0.1", "http")),
        (["10.0.0.0/8"], "10.0.0.1", "203.0.113.9", ("203.0.113.9", "https")),
        (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", ("203.0.113.9", "https")),
        (["10.0.0.0/8"], "192.0.2.1", "203.0.113.9", ("192.0.2.1", "http")),
        (["10.0.0.0/8"], "10.0.0.1", "not an address", ("10.0.0.1", "https")),
    ],
)
def test_only_a_trusted_peer_is_believed(
    settings: Settings, trusted: list[str], peer: str, forwarded_for: str, expected: tuple[str, str]
) -> None:
    assert seen(settings, trusted, peer, forwarded_for) == expected
