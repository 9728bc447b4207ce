"""Connections to checked addresses, with one deadline for all they do."""

import ssl
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from portal.fetching.addresses import resolve_checked


class CheckedNetwork(httpcore.NetworkBackend):
    """Resolves a name, checks every address, and connects to the very address it checked.

    A second look-up could answer differently (DNS rebinding); there is none. TLS still verifies the name.
    """

    def __init__(self, deadline: float, *, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers."""
        seconds = _seconds_left(self._deadline, timeout, httpcore.ConnectTimeout)
        addresses = resolve_checked(host, port, allow_private=self._allow_private, seconds=seconds)
        for position, address in enumerate(addresses, 1):
            left = _seconds_left(self._deadline, timeout, httpcore.ConnectTimeout)
            try:
                stream = self._plain.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if position == len(addresses):
                    raise
            else:
                return _DeadlineStream(stream, self._deadline)
        raise httpcore.ConnectError(f"{host} has no address")


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """Verifies names and certificates; made once, since reading the authorities takes a while."""
    return httpx.create_ssl_context()


class _DeadlineStream(httpcore.NetworkStream):
    """A stream whose reads and writes together end by the deadline, however slowly the other side dribbles."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _seconds_left(self._deadline, timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _seconds_left(self._deadline, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _seconds_left(self._deadline, timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _seconds_left(deadline: float, timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("the time for this fetch is over")
    return left if timeout is None else min(left, timeout)
