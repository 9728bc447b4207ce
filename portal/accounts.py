"""People's accounts: state, administrators, passwords, last seen."""

from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal import audit
from portal.actors import Actor
from portal.errors import Refusal
from portal.models import Invitation, User

SEEN_EVERY = timedelta(minutes=5)
UNUSABLE_PASSWORD = "!"  # what Django's unusable passwords begin with


def require_administrator(actor: Actor) -> None:
    """Raises Refusal `ForbiddenUserInsufficientCapability` unless the actor is one."""
    if not actor.is_administrator:
        raise Refusal("ForbiddenUserInsufficientCapability", "Only an administrator can do this.")


def disable_person(actor: Actor, person: User) -> None:
    """Close an account: its sessions end with their next request, its link no longer works, its work stays.

    Raises Refusal `BadRequest` for the actor themselves and for the last administrator who can sign in.
    """
    require_administrator(actor)
    if actor.id == str(person.pk):
        raise Refusal("BadRequest", "You cannot disable yourself; another administrator can.")
    with transaction.atomic():
        _keep_one_administrator(person)
        if not User.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
            return
        Invitation.objects.filter(user=person).delete()
        audit.record(actor, "disable_person", object_id=person.pk, name=person.username)


def enable_person(actor: Actor, person: User) -> None:
    """Open a closed account again; the password is the one it had."""
    require_administrator(actor)
    with transaction.atomic():
        if User.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
            audit.record(actor, "enable_person", object_id=person.pk, name=person.username)


def make_administrator(actor: Actor, person: User) -> None:
    """Give a person every right everywhere."""
    require_administrator(actor)
    with transaction.atomic():
        if User.objects.filter(pk=person.pk, is_superuser=False).update(is_superuser=True):
            audit.record(actor, "make_administrator", object_id=person.pk, name=person.username)


def unmake_administrator(actor: Actor, person: User) -> None:
    """Leave a person with their roles alone. Raises Refusal `BadRequest` for the last who can sign in."""
    require_administrator(actor)
    with transaction.atomic():
        _keep_one_administrator(person)
        if User.objects.filter(pk=person.pk, is_superuser=True).update(is_superuser=False):
            audit.record(actor, "unmake_administrator", object_id=person.pk, name=person.username)


def _keep_one_administrator(person: User) -> None:
    """Refuse what would leave nobody to administer. Locks the administrators until the transaction ends."""
    able = User.objects.filter(is_superuser=True, is_active=True).exclude(password__startswith=UNUSABLE_PASSWORD)
    if [user.pk for user in able.select_for_update().order_by("pk")] == [person.pk]:
        raise Refusal("BadRequest", f"{person.username} is the only administrator. Make another person one first.")


def change_password(actor: Actor, person: User, old: str, new: str) -> None:
    """Change one's own password. Every session that was signed in with the old one ends.

    Raises Refusal `BadRequestWrongPassword` when `old` is not it, `BadRequestPassword` when `new` will not do.
    """
    if actor.id != str(person.pk):
        raise Refusal("ForbiddenUserInsufficientCapability", "A password is changed by its owner alone.")
    if not person.check_password(old):
        raise Refusal("BadRequestWrongPassword", "This is not your password now. Type it again, or ask for a link.")
    set_password(person, new)
    audit.record(actor, "change_password", object_id=person.pk, name=person.username)


def set_password(person: User, password: str) -> None:
    """Write a person's password. Raises Refusal `BadRequestPassword` with every reason why it will not do."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Refusal("BadRequestPassword", " ".join(error.messages)) from error
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])


def note_seen(person: User) -> None:
    """Remember that the person is here; writes at most once in five minutes, and not right after a sign-in."""
    now = timezone.now()
    due = now - SEEN_EVERY
    seen = last_seen(person)
    if seen is None or seen < due:
        User.objects.filter(Q(last_seen__isnull=True) | Q(last_seen__lt=due), pk=person.pk).update(last_seen=now)


def last_seen(person: User) -> datetime | None:
    """When the person last opened a page, to five minutes; None before the first sign-in."""
    return max((time for time in (person.last_seen, person.last_login) if time is not None), default=None)
