"""Resource keys: made, shown, looked up, regenerated."""

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

from portal import audit
from portal.actors import Actor
from portal.errors import Refusal
from portal.models import Resource, ResourceKey, ResourceKind
from portal.registry_version import bump_registry_version

KEY_BYTES = 16  # 32 hex digits, the length of an Azure key


def secrets_newest_first() -> list[str]:
    """The secret keys of this install: the current one, then the fallbacks that old rows may still use."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


@lru_cache(maxsize=4)
def _cipher(secret_keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"sightline.resource-key:" + secret.encode()).digest()))
            for secret in secret_keys
        ]
    )


def key_digests(key: str) -> list[str]:
    """The digests under which `key` may be stored: one for each secret, the current one first."""
    return [
        hmac.new(b"sightline.key-digest:" + secret.encode(), key.encode(), hashlib.sha256).hexdigest()
        for secret in secrets_newest_first()
    ]


def make_key(resource: Resource, slot: int) -> str:
    """Write a fresh key into the slot, replacing what was there, and return it."""
    key = secrets.token_hex(KEY_BYTES)
    row, _ = ResourceKey.objects.update_or_create(
        resource=resource,
        slot=slot,
        defaults={
            "encrypted": _cipher(tuple(secrets_newest_first())).encrypt(key.encode()).decode(),
            "digest": key_digests(key)[0],
            "last_used": None,
        },
    )
    row.applications.all().delete()
    bump_registry_version()
    return key


def reveal(resource_key: ResourceKey) -> str:
    """The key in the clear. Raises cryptography.fernet.InvalidToken when the secret it was kept with is gone."""
    return _cipher(tuple(secrets_newest_first())).decrypt(resource_key.encrypted.encode()).decode()


def find_key(key: str, kind: ResourceKind) -> ResourceKey | None:
    """The row of the key, with its resource, or None where no resource of that kind has it."""
    candidates = ResourceKey.objects.select_related("resource").filter(digest__in=key_digests(key))
    for candidate in candidates:
        if candidate.resource.kind == kind:
            return candidate
    return None


def find_resource_of_key(key: str, kind: ResourceKind) -> Resource | None:
    """The resource of that kind that the key opens, or None."""
    found = find_key(key, kind)
    return found.resource if found is not None else None


def get_key(actor: Actor, resource: Resource, slot: int) -> ResourceKey:
    """One of a resource's two keys, still hidden. Administrators only. Raises Refusal `NotFoundKey`."""
    _require_administrator(actor, "see keys")
    found = ResourceKey.objects.filter(resource=resource, slot=slot).first()
    if found is None:
        raise Refusal("NotFoundKey", "A resource has a key 1 and a key 2: choose one of them.")
    return found


def reveal_key(actor: Actor, resource: Resource, slot: int) -> str:
    """Show one of the two keys to a person; that it was shown is in the log. Administrators only.

    Raises Refusal `NotFoundKey`, and `ConflictKeySecret` when the secret that it was kept with is gone.
    """
    try:
        key = reveal(get_key(actor, resource, slot))
    except InvalidToken as error:
        raise Refusal(
            "ConflictKeySecret",
            "This key was kept with another SIGHTLINE_SECRET_KEY. Add that one to SIGHTLINE_SECRET_KEY_FALLBACKS, or"
            " regenerate the key.",
        ) from error
    audit.record(actor, "reveal_key", object_id=resource.pk, resource=resource.name, slot=slot)
    return key


def regenerate_key(actor: Actor, resource: Resource, slot: int) -> str:
    """Replace one of the two keys; the other goes on working. Administrators only."""
    _require_administrator(actor, "regenerate keys")
    if slot not in (1, 2):
        raise Refusal("NotFoundKey", "A resource has a key 1 and a key 2: choose one of them.")
    with transaction.atomic():
        key = make_key(resource, slot)
        audit.record(actor, "regenerate_key", object_id=resource.pk, resource=resource.name, slot=slot)
    return key


def _require_administrator(actor: Actor, act: str) -> None:
    if not actor.is_administrator:
        raise Refusal("ForbiddenUserInsufficientCapability", f"Only an administrator can {act}.")
