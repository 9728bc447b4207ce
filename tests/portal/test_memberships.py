"""Roles in a project: given, changed, taken, by those who may."""

import pytest

from portal.actors import SYSTEM, actor_for_user
from portal.errors import Refusal
from portal.memberships import members_of, people_to_add, remove_member, set_role
from portal.models import AuditEntry, Membership, User
from portal.permissions import RIGHTS_OF_ROLE, Right, Role
from tests.builders import make_project, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana")


def test_a_role_is_given_changed_and_taken(ana: User) -> None:
    project = make_project()
    set_role(SYSTEM, project, ana, Role.LABELER)
    assert actor_for_user(ana).may(Right.EDIT_IMAGES, project)
    set_role(SYSTEM, project, ana, Role.READER)
    assert [(each.person, each.role) for each in members_of(project)] == [(ana, Role.READER)]
    assert not actor_for_user(ana).may(Right.EDIT_IMAGES, project)
    remove_member(SYSTEM, project, ana)
    remove_member(SYSTEM, project, ana)
    assert members_of(project) == []
    acts = AuditEntry.objects.filter(project_id=project.pk, object_id=str(ana.pk)).order_by("pk")
    assert [entry.act for entry in acts] == ["set_role", "set_role", "remove_member"]


@pytest.mark.parametrize("role", Role)
def test_only_a_role_that_manages_changes_members(ana: User, role: Role) -> None:
    project = make_project()
    actor = member(project, role)
    if Right.MANAGE_PROJECTS in RIGHTS_OF_ROLE[role]:
        set_role(actor, project, ana, Role.READER)
        remove_member(actor, project, ana)
    else:
        for act in (lambda: set_role(actor, project, ana, Role.READER), lambda: remove_member(actor, project, ana)):
            with pytest.raises(Refusal) as refusal:
                act()
            assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    assert Membership.objects.count() == 1


def test_a_contributor_elsewhere_sees_no_such_project(ana: User) -> None:
    actor = member(make_project(), Role.CONTRIBUTOR)
    with pytest.raises(Refusal) as refusal:
        set_role(actor, make_project(), ana, Role.READER)
    assert refusal.value.code == "NotFoundProject"


def test_an_unknown_role_is_refused(ana: User) -> None:
    with pytest.raises(Refusal, match="Contributor"):
        set_role(SYSTEM, make_project(), ana, "Owner")
    assert not Membership.objects.exists()


def test_those_to_add_are_enabled_have_no_role_here_and_are_no_administrators(ana: User) -> None:
    project = make_project()
    User.objects.create_user("disabled", is_active=False)
    User.objects.create_superuser("boss")
    set_role(SYSTEM, make_project(), ana, Role.LABELER)
    set_role(SYSTEM, project, User.objects.create_user("here"), Role.LABELER)
    assert [person.username for person in people_to_add(project)] == ["ana"]
