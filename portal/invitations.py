"""One-time links with which a person sets a password."""

import hashlib
import secrets
from datetime import timedelta

from axes.utils import reset as forget_wrong_passwords
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal import audit
from portal.accounts import require_administrator, set_password
from portal.actors import Actor, actor_for_user
from portal.errors import Refusal
from portal.models import Invitation, User

LASTS = timedelta(days=7)
TOKEN_BYTES = 32
PERSON_NAME_CHARACTERS = 150


def invite_person(actor: Actor, name: str, is_administrator: bool = False) -> tuple[User, str]:
    """Make an account without a password, and the token of its link; the token is not kept. Administrators only.

    Raises Refusal `BadRequestPersonName`.
    """
    require_administrator(actor)
    name = _valid_name(name)
    person = User(username=name, is_superuser=is_administrator)
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save(force_insert=True)
            token = _new_token(person)
            audit.record(
                actor, "invite_person", object_id=person.pk, name=person.username, is_administrator=is_administrator
            )
    except IntegrityError as error:
        raise _taken(name) from error
    return person, token


def reset_password_link(actor: Actor, person: User) -> str:
    """The token of a link with which the person sets a new password; until then the old one works.

    A link that the person had before stops working. Raises Refusal `BadRequest` for a disabled account.
    """
    require_administrator(actor)
    if not person.is_active:
        raise Refusal("BadRequest", f"{person.username} is disabled. Enable the account first.")
    with transaction.atomic():
        token = _new_token(person)
        audit.record(actor, "reset_password_link", object_id=person.pk, name=person.username)
    return token


def find_invitation(token: str) -> Invitation:
    """The link's invitation. Raises Refusal `NotFoundInvitation` for one that was used, replaced or is too old."""
    invitation = (
        Invitation.objects.filter(digest=_digest(token), expires__gt=timezone.now(), user__is_active=True)
        .select_related("user")
        .first()
    )
    if invitation is None:
        raise Refusal(
            "NotFoundInvitation", "This link was used already or is too old. Ask an administrator for a new one."
        )
    return invitation


def accept_invitation(token: str, password: str) -> User:
    """Set the password of the link's person; the link is used up, and every session of the person ends.

    Raises Refusal `NotFoundInvitation` and `BadRequestPassword`.
    """
    with transaction.atomic():
        person = find_invitation(token).user
        set_password(person, password)
        if not Invitation.objects.filter(digest=_digest(token)).delete()[0]:
            raise Refusal("NotFoundInvitation", "This link was just used. Sign in, or ask for a new one.")
        audit.record(actor_for_user(person), "accept_invitation", object_id=person.pk, name=person.username)
    forget_wrong_passwords(username=person.username)
    return person


def _new_token(person: User) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = timezone.now()
    Invitation.objects.update_or_create(
        user=person, defaults={"digest": _digest(token), "created": now, "expires": now + LASTS}
    )
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _valid_name(name: str) -> str:
    name = User.normalize_username(name.strip())
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError:
        name = ""
    if not 0 < len(name) <= PERSON_NAME_CHARACTERS:
        raise Refusal(
            "BadRequestPersonName",
            f"A name has 1 to {PERSON_NAME_CHARACTERS} letters, digits and @ . + - _ , without spaces.",
        )
    if User.objects.filter(username__iexact=name).exists():
        raise _taken(name)
    return name


def _taken(name: str) -> Refusal:
    return Refusal("BadRequestPersonName", f"There is already a person named {name}.")
