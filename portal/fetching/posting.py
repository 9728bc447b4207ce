"""A short JSON message to an address that somebody named."""

import json
import time

import httpcore
import httpx

from portal.fetching.failures import FetchFailed
from portal.fetching.network import CheckedNetwork, tls_context
from portal.fetching.urls import core_url, parse_url

TOTAL_SECONDS = 10.0
STEP_SECONDS = 5.0
WHOSE = "The address"


def check_post_address(url: str) -> httpx.URL:
    """The address, if a message could be sent there. Raises FetchFailed `url`."""
    return parse_url(url, WHOSE)


def post_json(url: str, content: object, *, allow_private: bool = False, total_seconds: float = TOTAL_SECONDS) -> None:
    """Post the content as JSON; any answer from 200 to 299 is a success. Raises FetchFailed.

    The same rules as for images: http and https, and only the very address that was checked. A redirect is no
    success, since a message that was taken is not sent again elsewhere.
    """
    address = check_post_address(url)
    network = CheckedNetwork(time.monotonic() + total_seconds, allow_private=allow_private)
    headers = [
        (b"Host", address.netloc),
        (b"User-Agent", b"Sightline"),
        (b"Content-Type", b"application/json"),
        (b"Connection", b"close"),
    ]
    timeouts = {"connect": STEP_SECONDS, "read": STEP_SECONDS, "write": STEP_SECONDS, "pool": STEP_SECONDS}
    body = json.dumps(content).encode()
    headers.append((b"Content-Length", str(len(body)).encode()))
    try:
        with (
            httpcore.ConnectionPool(tls_context(), max_connections=1, network_backend=network) as pool,
            pool.stream(
                "POST", core_url(address), headers=headers, content=body, extensions={"timeout": timeouts}
            ) as answer,
        ):
            status = answer.status
    except httpcore.TimeoutException as error:
        raise FetchFailed("timeout", f"{address.host} did not answer in time.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError, ValueError) as error:
        raise FetchFailed("connection", f"The connection to {address.host} failed.") from error
    if not 200 <= status <= 299:
        raise FetchFailed("status", f"{address.host} answered with status {status}.")
