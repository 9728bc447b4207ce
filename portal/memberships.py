"""Who has which role in a project."""

from dataclasses import dataclass

from django.db import transaction

from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.models import Membership, Project, User
from portal.permissions import Right, Role

ROLE_WORDS = {
    Role.CONTRIBUTOR: "does everything here, members and deletion included",
    Role.TRAINER: "does everything here but managing members and deleting",
    Role.LABELER: "adds, tags and deletes images, and manages tags",
    Role.DEPLOYMENT: "looks, publishes and exports",
    Role.READER: "looks and changes nothing",
}


@dataclass(frozen=True)
class Member:
    """A person in a project's list of members."""

    person: User
    role: Role

    @property
    def words(self) -> str:
        """What the role does, in half a sentence."""
        return ROLE_WORDS[self.role]


def members_of(project: Project) -> list[Member]:
    """The project's members by name, disabled ones included. One query."""
    memberships = Membership.objects.filter(project=project).select_related("user").order_by("user__username")
    return [Member(membership.user, Role(membership.role)) for membership in memberships]


def people_to_add(project: Project) -> list[User]:
    """Enabled people without a role here; administrators need none. One query."""
    people = User.objects.filter(is_active=True, is_superuser=False).exclude(memberships__project=project)
    return list(people.order_by("username"))


def set_role(actor: Actor, project: Project, person: User, role: str) -> None:
    """Give a person a role in the project, in place of the one they had.

    Raises Refusal `BadRequest` for an unknown role, `NotFoundProject` and `Forbidden...`.
    """
    require(actor, Right.MANAGE_PROJECTS, project)
    if role not in set(Role):
        raise Refusal("BadRequest", f"A role is one of {', '.join(Role)}.")
    with transaction.atomic():
        Membership.objects.update_or_create(user=person, project=project, defaults={"role": role})
        audit.record(actor, "set_role", project_id=project.pk, object_id=person.pk, name=person.username, role=role)


def remove_member(actor: Actor, project: Project, person: User) -> None:
    """Take a person's role in the project away; does nothing where there is none."""
    require(actor, Right.MANAGE_PROJECTS, project)
    with transaction.atomic():
        if Membership.objects.filter(user=person, project=project).delete()[0]:
            audit.record(actor, "remove_member", project_id=project.pk, object_id=person.pk, name=person.username)
