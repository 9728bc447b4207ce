"""Whose X-Forwarded-* headers count."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TrustedProxiesMiddleware:
    """Takes client address and scheme from X-Forwarded-* when the peer is one of SIGHTLINE_TRUSTED_PROXIES.

    From anybody else the headers are dropped, so that nothing behind can be misled by them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._trusted = [ipaddress.ip_network(entry, strict=False) for entry in settings.SIGHTLINE_TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded_for = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        forwarded_proto = request.META.pop("HTTP_X_FORWARDED_PROTO", "")
        request.META.pop("HTTP_X_FORWARDED_HOST", None)
        if self._is_trusted(request.META.get("REMOTE_ADDR", "")):
            client = self._client(forwarded_for)
            if client:
                request.META["REMOTE_ADDR"] = client
            if forwarded_proto.strip().lower() in ("http", "https"):
                request.META["wsgi.url_scheme"] = forwarded_proto.strip().lower()
        return self._get_response(request)

    def _client(self, forwarded_for: str) -> str:
        """The nearest address that is not a proxy of ours; those left of it were written by the client."""
        for entry in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
            try:
                ipaddress.ip_address(entry)
            except ValueError:
                return ""
            if not self._is_trusted(entry):
                return entry
        return ""

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)
