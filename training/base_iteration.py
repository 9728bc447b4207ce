"""The iteration whose weights a training starts from."""

from dataclasses import dataclass
from uuid import UUID

from portal.actors import Actor
from portal.domains import DOMAINS, DomainType
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Right
from training.models import Iteration, IterationState


@dataclass(frozen=True)
class BaseReference:
    """An iteration, of this project or of another that the actor may see."""

    project_id: UUID
    iteration_id: UUID


def find_base(actor: Actor, project: Project, reference: BaseReference | None) -> Iteration | None:
    """The iteration to start from; None where none was asked for.

    Raises Refusal: `BadRequestNotSupported` for a classifier, `NotFoundIteration`,
    `BadRequestCustomBaseModelIterationStatusNotCompleted`, `BadRequestCustomBaseModelDomainNotCompatible`.
    """
    if reference is None:
        return None
    if DOMAINS[project.domain_id].type is not DomainType.OBJECT_DETECTION:
        raise Refusal(
            "BadRequestNotSupported",
            "A classifier is always trained from the published weights, in seconds: leave customBaseModelInfo out.",
        )
    iterations = Iteration.objects.filter(project_id=reference.project_id, deleted__isnull=True)
    base = iterations.filter(pk=reference.iteration_id).select_related("project").first()
    if base is None or not actor.may(Right.VIEW, base.project):
        raise Refusal(
            "NotFoundIteration", "There is no such iteration to start from for this key or account. Check both ids."
        )
    if base.state != IterationState.COMPLETED:
        raise Refusal(
            "BadRequestCustomBaseModelIterationStatusNotCompleted",
            f"{base.name} has no model to start from: its training is not completed. Choose another.",
        )
    if base.domain_id != project.domain_id:
        raise Refusal(
            "BadRequestCustomBaseModelDomainNotCompatible",
            f"{base.name} was trained for the domain {DOMAINS[base.domain_id].name};"
            f" this project's is {DOMAINS[project.domain_id].name}. Choose another.",
        )
    return base
