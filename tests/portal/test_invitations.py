"""One-time links: shown once, kept as a digest, used once, for seven days."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.accounts import disable_person
from portal.actors import SYSTEM, actor_for_user
from portal.errors import Refusal
from portal.invitations import accept_invitation, find_invitation, invite_person, reset_password_link
from portal.models import AuditEntry, Invitation, User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


def is_dead(token: str) -> bool:
    try:
        find_invitation(token)
    except Refusal as refusal:
        return refusal.code == "NotFoundInvitation"
    return False


def test_an_invited_person_sets_a_password_once() -> None:
    person, token = invite_person(SYSTEM, " ana ")
    assert (person.username, person.is_superuser, person.has_usable_password()) == ("ana", False, False)
    assert accept_invitation(token, PASSWORD) == person
    assert User.objects.get(username="ana").check_password(PASSWORD)
    assert is_dead(token)
    with pytest.raises(Refusal):
        accept_invitation(token, "something else entirely")
    assert User.objects.get(username="ana").check_password(PASSWORD)
    acts = list(AuditEntry.objects.order_by("pk").values_list("act", "actor_name"))
    assert acts == [("invite_person", "Sightline"), ("accept_invitation", "ana")]


def test_the_token_is_kept_nowhere() -> None:
    _, token = invite_person(SYSTEM, "ana")
    assert token not in str(list(Invitation.objects.values())) + str(list(AuditEntry.objects.values()))
    assert len(token) >= 43


def test_a_link_lasts_seven_days() -> None:
    person, token = invite_person(SYSTEM, "ana", is_administrator=True)
    assert person.is_superuser
    invitation = Invitation.objects.get(user=person)
    assert invitation.expires - invitation.created == timedelta(days=7)
    Invitation.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert is_dead(token)


def test_a_weak_password_leaves_the_link_open() -> None:
    _, token = invite_person(SYSTEM, "ana")
    with pytest.raises(Refusal) as refusal:
        accept_invitation(token, "short")
    assert refusal.value.code == "BadRequestPassword"
    assert not is_dead(token)
    assert not User.objects.get(username="ana").has_usable_password()


def test_a_newer_link_replaces_the_older_and_the_old_password_works_until_it_is_used() -> None:
    person, first = invite_person(SYSTEM, "ana")
    accept_invitation(first, PASSWORD)
    second = reset_password_link(SYSTEM, person)
    third = reset_password_link(SYSTEM, person)
    assert is_dead(second)
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)
    accept_invitation(third, "something else entirely")
    assert User.objects.get(pk=person.pk).check_password("something else entirely")


def test_disabling_kills_the_link_and_a_disabled_person_gets_none() -> None:
    person, token = invite_person(SYSTEM, "ana")
    disable_person(SYSTEM, person)
    assert is_dead(token)
    person.refresh_from_db()
    with pytest.raises(Refusal, match="ana is disabled"):
        reset_password_link(SYSTEM, person)
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "two words", "a" * 151, "nul\0", "ANA"])
def test_a_name_that_will_not_do_makes_nobody(name: str) -> None:
    User.objects.create_user("ana")
    with pytest.raises(Refusal) as refusal:
        invite_person(SYSTEM, name)
    assert refusal.value.code == "BadRequestPersonName"
    assert User.objects.count() == 1


def test_only_administrators_invite() -> None:
    ben = User.objects.create_user("ben")
    with pytest.raises(Refusal):
        invite_person(actor_for_user(ben), "ana")
    with pytest.raises(Refusal):
        reset_password_link(actor_for_user(ben), ben)
    assert (User.objects.count(), Invitation.objects.count(), AuditEntry.objects.count()) == (1, 0, 0)
