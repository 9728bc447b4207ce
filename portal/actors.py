"""Who acts, and with which rights."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from portal.errors import Refusal
from portal.models import Membership, Project, ProjectStatus, Resource, User
from portal.permissions import RIGHTS_OF_ROLE, Right, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

ActorKind = Literal["user", "key", "system"]
NOT_WHOLE = "BadRequestWorkspaceCannotBeModified"
# What can be done with a project that is still being imported, or whose import failed: look at it, delete it.
RIGHTS_ON_A_PART = frozenset({Right.VIEW, Right.MANAGE_PROJECTS})


@dataclass(frozen=True)
class Actor:
    """A user, a training resource's key, or the system itself.

    `rights` maps a project's id to what the actor may do there; `resource_id` is set for a key and gives
    every right on that resource's projects; `is_administrator` gives every right everywhere.
    """

    kind: ActorKind
    id: str
    name: str
    resource_id: UUID | None = None
    is_administrator: bool = False
    rights: "Mapping[UUID, frozenset[Right]] | None" = None

    def may(self, right: Right, project: Project) -> bool:
        """Whether the actor has `right` on `project`."""
        if self.is_administrator:
            return True
        if self.resource_id is not None:
            return project.resource_id == self.resource_id
        return right in (self.rights or {}).get(project.pk, frozenset())


SYSTEM = Actor(kind="system", id="system", name="Sightline", is_administrator=True)


def actor_for_user(user: User) -> Actor:
    """The actor of a signed-in person, with the rights of each of their memberships (one query)."""
    memberships = Membership.objects.filter(user=user).values_list("project_id", "role")
    return Actor(
        kind="user",
        id=str(user.pk),
        name=user.get_username(),
        is_administrator=user.is_superuser,
        rights={project_id: RIGHTS_OF_ROLE[Role(role)] for project_id, role in memberships},
    )


def actor_for_training_key(resource: Resource) -> Actor:
    """The actor of a call that carries a training key."""
    return Actor(kind="key", id=str(resource.pk), name=resource.name, resource_id=resource.pk)


def require(actor: Actor, right: Right, project: Project) -> None:
    """Refuse unless the actor has the right, and the project is whole where the right is to change it.

    Raises Refusal `NotFoundProject` to who may not even see the project, so that ids cannot be probed,
    `ForbiddenUserInsufficientCapability` to who may see it but lacks this right, and
    `BadRequestWorkspaceCannotBeModified` while the project is being imported or where its import failed.
    """
    if actor.may(right, project):
        if right not in RIGHTS_ON_A_PART:
            require_whole(project)
        return
    if not actor.may(Right.VIEW, project):
        raise Refusal(
            "NotFoundProject", "There is no such project for this key or account. Check the id, and whose key it is."
        )
    raise Refusal(
        "ForbiddenUserInsufficientCapability", f"Your role in this project lacks the right to {right}. Ask for another."
    )


def require_whole(project: Project) -> None:
    """Raises Refusal `BadRequestWorkspaceCannotBeModified` unless the project has all that belongs to it."""
    if project.status == ProjectStatus.IMPORTING:
        raise Refusal(NOT_WHOLE, f"{project.name} is still being imported. Wait until its status is Succeeded.")
    if project.status == ProjectStatus.FAILED:
        raise Refusal(NOT_WHOLE, f"The import of {project.name} failed. Delete it and import again. {project.failure}")
