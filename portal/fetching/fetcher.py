"""Fetching an image by its URL."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import httpcore
import httpx

from portal.fetching.failures import FetchFailed
from portal.fetching.network import CheckedNetwork, tls_context
from portal.fetching.urls import core_url, parse_url

REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
HEADERS = {
    "User-Agent": "Sightline",
    "Accept": "image/*,*/*;q=0.5",
    "Accept-Encoding": "identity",
    "Connection": "close",
}

# Given a URL and a size limit: the bytes behind an address that this server signed itself, None for any other
# address. Raises FetchFailed for one of ours that is forged, expired or deleted.
OwnFileReader: TypeAlias = Callable[[str, int], bytes | None]


@dataclass(frozen=True)
class FetchLimits:
    """Times are seconds."""

    total_seconds: float = 20.0
    step_seconds: float = 10.0  # to connect, or for the next bytes
    waiting_seconds: float = 10.0  # for a free place among the concurrent fetches
    concurrent: int = 8
    waiting: int = 16  # more callers than these are told at once; each holds a thread that others need
    redirects: int = 3


class ImageFetcher:
    """Fetches by http and https, from public addresses alone unless `allow_private`. Safe to share by threads.

    Proxies named in the environment are not used: they would resolve names where nothing can be checked.
    """

    def __init__(
        self, *, allow_private: bool = False, read_own: OwnFileReader | None = None, limits: FetchLimits | None = None
    ) -> None:
        self._allow_private = allow_private
        self._read_own = read_own
        self._limits = limits or FetchLimits()
        self._places = threading.BoundedSemaphore(self._limits.concurrent)
        self._callers = threading.BoundedSemaphore(self._limits.concurrent + self._limits.waiting)

    def fetch(self, url: str, max_bytes: int) -> bytes:
        """The bytes behind `url`, at most `max_bytes`. Raises FetchFailed."""
        address = parse_url(url)
        if self._read_own is not None:
            own = self._read_own(url.strip(), max_bytes)
            if own is not None:
                return own
        if not self._callers.acquire(blocking=False):
            raise _busy()
        try:
            return self._fetch(address, max_bytes)
        finally:
            self._callers.release()

    def _fetch(self, address: httpx.URL, max_bytes: int) -> bytes:
        if not self._places.acquire(timeout=self._limits.waiting_seconds):
            raise _busy()
        try:
            return self._follow(address, max_bytes)
        except httpcore.TimeoutException as error:
            raise FetchFailed("timeout", f"{address.host} did not answer in time.") from error
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            OSError,
            ValueError,
        ) as error:
            raise FetchFailed("connection", f"The connection to {address.host} failed.") from error
        finally:
            self._places.release()

    def _follow(self, address: httpx.URL, max_bytes: int) -> bytes:
        deadline = time.monotonic() + self._limits.total_seconds
        for _ in range(self._limits.redirects + 1):
            network = CheckedNetwork(deadline, allow_private=self._allow_private)
            with httpcore.ConnectionPool(tls_context(), max_connections=1, network_backend=network) as pool:
                found = self._get(pool, address, max_bytes)
            if isinstance(found, bytes):
                return found
            address = found
        raise FetchFailed("redirects", f"The address redirects over {self._limits.redirects} times.")

    def _get(self, pool: httpcore.ConnectionPool, address: httpx.URL, max_bytes: int) -> bytes | httpx.URL:
        """The content, or where it is said to be."""
        step = self._limits.step_seconds
        timeouts = {"connect": step, "read": step, "write": step, "pool": step}
        headers = [(b"Host", address.netloc), *((name.encode(), text.encode()) for name, text in HEADERS.items())]
        with pool.stream("GET", core_url(address), headers=headers, extensions={"timeout": timeouts}) as answer:
            answered = {name.lower(): text for name, text in answer.headers}
            if answer.status in REDIRECT_STATUSES and b"location" in answered:
                return _redirected(address, answered[b"location"])
            if answer.status != 200:
                raise FetchFailed("status", f"{address.host} answered with status {answer.status}.")
            length = answered.get(b"content-length", b"")
            if length.isdigit() and int(length) > max_bytes:
                raise _too_large(max_bytes)
            content = bytearray()
            for chunk in answer.iter_stream():
                content += chunk
                if len(content) > max_bytes:
                    raise _too_large(max_bytes)
            return bytes(content)


def _redirected(address: httpx.URL, location: bytes) -> httpx.URL:
    try:
        return parse_url(str(address.join(location.decode("utf-8", "replace"))))
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchFailed("url", f"{address.host} redirects to what is not a URL.") from error


def _busy() -> FetchFailed:
    return FetchFailed("busy", "Too many images are being fetched; try again.")


def _too_large(max_bytes: int) -> FetchFailed:
    return FetchFailed("size", f"The image has more than {max_bytes} bytes.")
