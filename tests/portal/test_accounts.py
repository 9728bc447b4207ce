"""Accounts: disabled at once, one administrator left, passwords changed by their owner."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts import (
    change_password,
    disable_person,
    enable_person,
    last_seen,
    make_administrator,
    note_seen,
    unmake_administrator,
)
from portal.actors import SYSTEM, actor_for_user
from portal.errors import Refusal
from portal.models import AuditEntry, User
from portal.supervisor.preparation import ensure_administrator

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
NEW = "another staple entirely"


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss", password=PASSWORD)


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana", password=PASSWORD)


def signed_in(name: str) -> Client:
    client = Client()
    assert client.post("/sign-in", {"username": name, "password": PASSWORD}).status_code == 302
    return client


def test_a_disabled_person_is_out_at_once_and_back_when_enabled(boss: User, ana: User) -> None:
    client = signed_in("ana")
    assert client.get("/account").status_code == 200
    disable_person(actor_for_user(boss), ana)
    assert client.get("/account").headers["Location"] == "/sign-in?next=/account"
    assert client.post("/sign-in", {"username": "ana", "password": PASSWORD}).status_code == 200
    enable_person(actor_for_user(boss), ana)
    signed_in("ana")
    acts = list(AuditEntry.objects.filter(object_id=str(ana.pk)).order_by("pk").values_list("act", "actor_name"))
    assert acts == [("disable_person", "boss"), ("enable_person", "boss")]


def test_nobody_disables_themselves(boss: User) -> None:
    User.objects.create_superuser("second", password=PASSWORD)
    with pytest.raises(Refusal, match="cannot disable yourself"):
        disable_person(actor_for_user(boss), boss)
    boss.refresh_from_db()
    assert boss.is_active


@pytest.mark.parametrize("act", [disable_person, unmake_administrator])
def test_the_last_administrator_who_can_sign_in_stays(boss: User, act: object) -> None:
    User.objects.create_superuser("disabled", password=PASSWORD, is_active=False)
    User.objects.create_superuser("not there yet", password=None)
    with pytest.raises(Refusal, match="boss is the only administrator"):
        act(SYSTEM, boss)  # type: ignore[operator]
    User.objects.create_superuser("second", password=PASSWORD)
    act(SYSTEM, boss)  # type: ignore[operator]


def test_an_administrator_is_made_and_unmade(boss: User, ana: User) -> None:
    make_administrator(actor_for_user(boss), ana)
    ana.refresh_from_db()
    assert actor_for_user(ana).is_administrator
    unmake_administrator(actor_for_user(ana), boss)
    boss.refresh_from_db()
    assert not actor_for_user(boss).is_administrator


@pytest.mark.parametrize("act", [disable_person, enable_person, make_administrator, unmake_administrator])
def test_only_administrators_change_accounts(boss: User, ana: User, act: object) -> None:
    before = list(User.objects.order_by("pk").values())
    with pytest.raises(Refusal) as refusal:
        act(actor_for_user(ana), boss)  # type: ignore[operator]
    assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    assert list(User.objects.order_by("pk").values()) == before
    assert not AuditEntry.objects.exists()


def test_a_password_is_changed_by_its_owner_who_knows_the_old_one(boss: User, ana: User) -> None:
    actor = actor_for_user(ana)
    for who, old, new, code in (
        (actor_for_user(boss), PASSWORD, NEW, "ForbiddenUserInsufficientCapability"),
        (actor, "wrong", NEW, "BadRequestWrongPassword"),
        (actor, PASSWORD, "short", "BadRequestPassword"),
        (actor, PASSWORD, "1234567890", "BadRequestPassword"),
    ):
        with pytest.raises(Refusal) as refusal:
            change_password(who, ana, old, new)
        assert refusal.value.code == code
    assert User.objects.get(pk=ana.pk).check_password(PASSWORD)
    change_password(actor, ana, PASSWORD, NEW)
    assert User.objects.get(pk=ana.pk).check_password(NEW)
    assert AuditEntry.objects.get(act="change_password").object_id == str(ana.pk)


def test_last_seen_is_written_once_in_five_minutes(ana: User, django_assert_num_queries: object) -> None:
    assert last_seen(ana) is None
    note_seen(ana)
    ana.refresh_from_db()
    first = last_seen(ana)
    assert first is not None
    with django_assert_num_queries(0):  # type: ignore[operator]
        note_seen(ana)
    User.objects.update(last_seen=first - timedelta(minutes=6))
    ana.refresh_from_db()
    note_seen(ana)
    ana.refresh_from_db()
    assert ana.last_seen is not None
    assert timezone.now() - ana.last_seen < timedelta(minutes=1)


def test_a_sign_in_counts_as_seen(ana: User) -> None:
    client = signed_in("ana")
    client.get("/account")
    ana.refresh_from_db()
    assert ana.last_seen is None
    assert last_seen(ana) == ana.last_login
    User.objects.update(last_login=timezone.now() - timedelta(minutes=6))
    client.get("/account")
    ana.refresh_from_db()
    assert ana.last_seen is not None


def test_a_password_that_was_made_up_is_changed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGHTLINE_ADMIN_PASSWORD", raising=False)
    first = ensure_administrator()
    assert first.password is not None
    client = Client()
    words = {"username": first.name, "password": first.password, "next": "/people"}
    assert client.post("/sign-in", words).headers["Location"] == "/account"
    assert "printed at the start" in client.get("/account").content.decode()
    change = {"old": first.password, "new": NEW, "again": NEW}
    assert client.post("/account", change).headers["Location"] == "/"
    assert "printed at the start" not in client.get("/account").content.decode()
    client.post("/sign-out")
    assert client.post("/sign-in", {**words, "password": NEW}).headers["Location"] == "/people"


def test_a_password_of_ones_own_need_not_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_ADMIN_PASSWORD", PASSWORD)
    first = ensure_administrator()
    words = {"username": first.name, "password": PASSWORD}
    assert Client().post("/sign-in", words).headers["Location"] == "/"
