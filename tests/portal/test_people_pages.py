"""People, invitation, account and members as pages."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from portal.actors import SYSTEM
from portal.invitations import invite_person
from portal.memberships import set_role
from portal.models import Invitation, Membership, Project, User
from portal.permissions import Role
from tests.builders import make_project

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
NEW = "another staple entirely"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss", password=PASSWORD)


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana", password=PASSWORD)


@pytest.fixture
def project() -> Project:
    return make_project()


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_an_invitation_leads_to_a_signed_in_labeler_of_the_project(boss: User, project: Project) -> None:
    form = {"name": "ben", "project": str(project.pk), "role": "Labeler"}
    answer = browser(boss).post("/people/invite", form, headers=HTMX)
    link = re.search(r'id="one-time-link"[^>]*>https?://[^/]+(/invitations/[^<]+)<', answer.content.decode())
    assert answer.status_code == 200
    assert answer.headers["HX-Trigger"] == "people-changed"
    assert link is not None
    ben = Client()
    assert "Welcome, ben" in ben.get(link[1]).content.decode()
    assert ben.post(link[1], {"password": NEW, "again": "not the same"}).status_code == 422
    assert ben.post(link[1], {"password": "short", "again": "short"}).status_code == 422
    assert ben.post(link[1], {"password": NEW, "again": NEW}).headers["Location"] == "/"
    assert ben.get("/account").status_code == 200
    assert [(each.user.username, each.role) for each in Membership.objects.filter(project=project)] == [
        ("ben", "Labeler")
    ]
    assert ben.get(link[1]).status_code == 404


def test_a_refused_invitation_says_why_and_makes_nobody(boss: User, ana: User) -> None:
    client = browser(boss)
    answer = client.post("/people/invite", {"name": "Ana"}, headers=HTMX)
    assert answer.status_code == 422
    assert "There is already a person named Ana." in answer.content.decode()
    unknown = {"name": "ben", "project": "11111111-1111-1111-1111-111111111111", "role": "Labeler"}
    assert client.post("/people/invite", unknown, headers=HTMX).status_code == 422
    assert client.post("/people/invite", {**unknown, "project": "nonsense"}, headers=HTMX).status_code == 422
    assert set(User.objects.values_list("username", flat=True)) == {"boss", "ana"}


def test_the_table_tells_each_state(boss: User, ana: User, project: Project) -> None:
    set_role(SYSTEM, project, ana, Role.READER)
    invite_person(SYSTEM, "ben")
    User.objects.create_user("cleo", is_active=False)
    words = browser(boss).get("/people").content.decode()
    words = re.sub(r'<span class="narrow-only.*?</span>', "", words)
    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in re.findall(r"<tr>.*?</tr>", words, re.DOTALL)[1:]]
    facts = [" ".join(row.split()) for row in rows]
    assert facts[0].startswith("ana 1 project Never Active")
    assert facts[1].startswith("ben No project yet Never Invited until")
    assert facts[2].startswith("boss You Administrator everything just now Active")
    assert facts[3].startswith("cleo No project yet Never Disabled")


def test_the_queries_of_the_table_do_not_grow(boss: User, django_assert_num_queries: Callable[..., Any]) -> None:
    client = browser(boss)
    for count in (1, 30):
        for number in range(count):
            invite_person(SYSTEM, f"person-{count}-{number}")
        with django_assert_num_queries(4):  # session, user, roles, people
            client.get("/people")


def test_acts_change_the_table(boss: User, ana: User) -> None:
    client = browser(boss)
    assert "Disabled" in client.post(f"/people/{ana.pk}/disable", headers=HTMX).content.decode()
    assert "Disabled" not in client.post(f"/people/{ana.pk}/enable", headers=HTMX).content.decode()
    client.post(f"/people/{ana.pk}/make-administrator", headers=HTMX)
    assert User.objects.get(pk=ana.pk).is_superuser
    client.post(f"/people/{ana.pk}/unmake-administrator", headers=HTMX)
    assert not User.objects.get(pk=ana.pk).is_superuser
    refused = client.post(f"/people/{boss.pk}/disable", headers=HTMX)
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (400, "#notices")
    assert "cannot disable yourself" in refused.content.decode()


def test_a_reset_link_sets_a_new_password_and_ends_sessions(boss: User, ana: User) -> None:
    hers = browser(ana)
    answer = browser(boss).post(f"/people/{ana.pk}/reset-password", headers=HTMX).content.decode()
    link = re.search(r"/invitations/[^<]+", answer)
    assert link is not None
    assert "A new password for ana" in Client().get(link[0]).content.decode()
    Client().post(link[0], {"password": NEW, "again": NEW})
    assert hers.get("/account").status_code == 302
    assert not Invitation.objects.exists()


def test_a_changed_password_keeps_this_session_and_ends_the_other(ana: User) -> None:
    here, elsewhere = browser(ana), browser(ana)
    form = {"old": PASSWORD, "new": NEW, "again": NEW}
    for change, words in (
        ({"old": "wrong"}, "This is not your password now."),
        ({"again": "differs"}, "The two new passwords differ."),
        ({"new": "short", "again": "short"}, "too short"),
    ):
        answer = here.post("/account", {**form, **change})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert elsewhere.get("/account").status_code == 200
    assert here.post("/account", form).headers["Location"] == "/account?changed=1"
    assert "Your password is changed." in here.get("/account?changed=1").content.decode()
    assert elsewhere.get("/account").status_code == 302


def test_the_account_lists_roles_by_project(ana: User, project: Project) -> None:
    set_role(SYSTEM, project, ana, Role.TRAINER)
    words = browser(ana).get("/account").content.decode()
    assert project.name in words
    assert "Trainer" in words


def test_members_are_shown_to_all_and_changed_by_those_who_may(boss: User, ana: User, project: Project) -> None:
    address = f"/projects/{project.pk}/members"
    ben, cem = User.objects.create_user("ben"), User.objects.create_user("cem")
    chief, hers = browser(boss), browser(ana)
    assert "ana" in chief.post(f"{address}/set", {"person": str(ana.pk), "role": "Reader"}).content.decode()
    words = hers.get(address).content.decode()
    assert "Reader: looks and changes nothing" in words
    assert "<form" not in words
    assert hers.post(f"{address}/set", {"person": str(ben.pk), "role": "Reader"}).status_code == 403
    chief.post(f"{address}/set", {"person": str(ana.pk), "role": "Contributor"})
    assert "ben" in hers.post(f"{address}/set", {"person": str(ben.pk), "role": "Reader"}).content.decode()
    assert "cem" in hers.post(f"{address}/set", {"person": "CEM", "role": "Reader"}).content.decode()
    for nobody in ("", "dora"):
        assert hers.post(f"{address}/set", {"person": nobody, "role": "Reader"}).status_code == 400
    chief.post(f"{address}/{cem.pk}/remove")
    chief.post(f"{address}/{ben.pk}/remove")
    assert hers.post(f"{address}/{ana.pk}/remove").headers["HX-Redirect"] == "/"
    assert not Membership.objects.exists()
