"""Addresses as strangers write them."""

import httpcore
import httpx

from portal.fetching.failures import FetchFailed

LONGEST_URL = 8192


def parse_url(text: str, whose: str = "The image's address") -> httpx.URL:
    """An absolute http or https URL without credentials. Raises FetchFailed `url`; `whose` begins its message."""
    try:
        address = httpx.URL(text.strip())
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise FetchFailed("url", f"{whose} is not a URL.") from error
    if address.scheme not in ("http", "https") or not address.host or len(text) > LONGEST_URL:
        raise FetchFailed("url", f"{whose} must start with http:// or https:// and name a host.")
    if address.port is not None and not 0 < address.port < 65536:
        raise FetchFailed("url", f"{whose} names a port that there is not.")
    if address.userinfo:
        raise FetchFailed("url", f"{whose} may not hold a user name or password.")
    return address


def core_url(address: httpx.URL) -> httpcore.URL:
    """The same for httpcore."""
    return httpcore.URL(scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path)
