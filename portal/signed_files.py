"""Addresses of stored files that need no key: absolute, signed, expiring.

The expiry is the end of the next day (UTC): everyone gets the same address all day long, so that browsers and
proxies can keep what it leads to, and an address lives for 24 to 48 hours.
"""

import hmac
from datetime import UTC, datetime, time
from functools import lru_cache
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from portal.fetching import FetchFailed
from portal.keys import secrets_newest_first

PATH = "/files/"
LIFETIME_DAYS = 2


class InvalidAddress(Exception):
    """An address of ours whose signature is wrong or whose time is over."""


def signed_address(storage_name: str) -> str:
    """The absolute address under which the stored file is served until the end of tomorrow (UTC)."""
    return f"{settings.SIGHTLINE_PUBLIC_URL}{signed_path(storage_name)}"


def signed_path(storage_name: str) -> str:
    """The same without the host, for our own pages: they are read under any name that this machine has."""
    today = timezone.now().astimezone(UTC).date()
    expires = _expiry(today.toordinal())
    signature = _signature(settings.SECRET_KEY, storage_name, expires)
    return f"{PATH}{quote(storage_name)}?expires={expires}&signature={signature}"


def verify(storage_name: str, expires: str, signature: str) -> None:
    """Raises InvalidAddress unless the signature fits and its time is not over."""
    expected = [_signature(secret, storage_name, expires) for secret in secrets_newest_first()]
    if not any(hmac.compare_digest(each.encode(), signature.encode()) for each in expected):
        raise InvalidAddress("The signature of this address is wrong.")
    if int(expires) <= timezone.now().timestamp():
        raise InvalidAddress("This address has expired; ask the API for a fresh one.")


def resolve(address: str) -> str | None:
    """The storage name behind an address of ours, or None for an address elsewhere. Raises InvalidAddress."""
    ours, parts = urlsplit(settings.SIGHTLINE_PUBLIC_URL + PATH), urlsplit(address)
    if _server(parts) != _server(ours) or not parts.path.startswith(ours.path):
        return None
    storage_name = unquote(parts.path.removeprefix(ours.path))
    query = parse_qs(parts.query)
    verify(storage_name, query.get("expires", [""])[0], query.get("signature", [""])[0])
    return storage_name


def read_own_file(address: str, max_bytes: int) -> bytes | None:
    """What a signed address of ours leads to, read from storage; None for an address elsewhere.

    For portal.fetching. Raises FetchFailed for one of ours that is forged, expired, deleted or too large.
    """
    try:
        storage_name = resolve(address)
        if storage_name is None:
            return None
        with default_storage.open(storage_name, "rb") as file:
            data = file.read(max_bytes + 1)
    except (InvalidAddress, ValueError) as error:
        raise FetchFailed("address", str(error)) from error
    except FileNotFoundError as error:
        raise FetchFailed("status", "The file behind this address was deleted.") from error
    if len(data) > max_bytes:
        raise FetchFailed("size", f"The file has more than {max_bytes} bytes.")
    return bytes(data)


def _server(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


@lru_cache(maxsize=4)
def _expiry(day: int) -> int:
    midnight = datetime.combine(datetime.fromordinal(day + LIFETIME_DAYS).date(), time(), tzinfo=UTC)
    return int(midnight.timestamp())


def _signature(secret: str, storage_name: str, expires: object) -> str:
    return hmac.digest(f"sightline.file:{secret}".encode(), f"{expires}:{storage_name}".encode(), "sha256").hex()[:40]
