"""Addresses of stored files that need no key: absolute, signed, expiring.

The expiry is the end of the next day (UTC): everyone gets the same address all day long, so that browsers and
proxies can keep what it leads to, and an address lives for 24 to 48 hours.
"""

import hmac
from datetime import UTC, datetime, time
from functools import lru_cache
from urllib.parse import parse_qs, quote, unquote, urlsplit

from django.conf import settings
from django.utils import timezone

from portal.keys import secrets_newest_first

PATH = "/files/"
LIFETIME_DAYS = 2


class InvalidAddress(Exception):
    """An address of ours whose signature is wrong or whose time is over."""


def signed_address(storage_name: str) -> str:
    """The absolute address under which the stored file is served until the end of tomorrow (UTC)."""
    today = timezone.now().astimezone(UTC).date()
    expires = _expiry(today.toordinal())
    signature = _signature(settings.SECRET_KEY, storage_name, expires)
    return f"{settings.SIGHTLINE_PUBLIC_URL}{PATH}{quote(storage_name)}?expires={expires}&signature={signature}"


def verify(storage_name: str, expires: str, signature: str) -> None:
    """Raises InvalidAddress unless the signature fits and its time is not over."""
    expected = [_signature(secret, storage_name, expires) for secret in secrets_newest_first()]
    if not any(hmac.compare_digest(each.encode(), signature.encode()) for each in expected):
        raise InvalidAddress("The signature of this address is wrong.")
    if int(expires) <= timezone.now().timestamp():
        raise InvalidAddress("This address has expired; ask the API for a fresh one.")


def resolve(address: str) -> str | None:
    """The storage name behind an address of ours, or None for an address elsewhere. Raises InvalidAddress."""
    prefix = settings.SIGHTLINE_PUBLIC_URL + PATH
    if not address.startswith(prefix):
        return None
    parts = urlsplit(address)
    storage_name = unquote(parts.path.removeprefix(urlsplit(prefix).path))
    query = parse_qs(parts.query)
    verify(storage_name, query.get("expires", [""])[0], query.get("signature", [""])[0])
    return storage_name


@lru_cache(maxsize=4)
def _expiry(day: int) -> int:
    midnight = datetime.combine(datetime.fromordinal(day + LIFETIME_DAYS).date(), time(), tzinfo=UTC)
    return int(midnight.timestamp())


def _signature(secret: str, storage_name: str, expires: object) -> str:
    return hmac.digest(f"sightline.file:{secret}".encode(), f"{expires}:{storage_name}".encode(), "sha256").hex()[:40]
