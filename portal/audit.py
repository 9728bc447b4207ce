"""The audit line that every act writes."""

from typing import Any
from uuid import UUID

from portal.actors import Actor
from portal.models import AuditEntry


def record(actor: Actor, act: str, *, project_id: UUID | None = None, object_id: object = "", **detail: Any) -> None:
    """Write one audit line, in the caller's transaction. `detail` holds plain JSON values, never keys or images."""
    AuditEntry.objects.create(
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        act=act,
        project_id=project_id,
        object_id=str(object_id),
        detail=detail,
    )
