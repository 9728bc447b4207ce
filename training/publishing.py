"""Publishing: which iteration answers under which name."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.limits import NAME_CHARACTERS
from portal.models import Resource
from portal.permissions import Right
from portal.projects import lock_project
from portal.registry_version import bump_registry_version
from portal.resources import find_prediction_resource
from training.gate_judgment import Judgment, judge_move, refuse_against
from training.models import Iteration, IterationState, PublishedName, PublishEvent
from training.name_history import holder_of, last_thresholds
from training.name_thresholds import Thresholds, carried_thresholds, checked_thresholds
from training.sampling import Sampling, write_sampling

REASON_CHARACTERS = 500
# A name that moves so often while its gates are judged is fought over.
MOST_TRIES = 5


@dataclass(frozen=True)
class _Move:
    """What is asked for, checked as far as it can be before the project is locked."""

    iteration: Iteration
    name: str
    resource: Resource
    overwrite: bool
    sampling: Sampling | None
    thresholds: Thresholds | None
    override_reason: str


def publish_iteration(
    actor: Actor,
    iteration: Iteration,
    name: str,
    prediction_id: str,
    *,
    overwrite: bool = False,
    sampling: Sampling | None = None,
    thresholds: Thresholds | None = None,
    override_reason: str = "",
) -> PublishedName:
    """Let the iteration answer under `name` in the prediction resource with the full id `prediction_id`.

    With `overwrite`, a name that points at another iteration of the project moves to this one at once. An
    iteration has one name at most: unpublish it to rename, also with `overwrite` (as Custom Vision does).
    `sampling` says which predictions are stored, `thresholds` which the name carries, by tag id; without them, what
    was said of the name before still holds. A name that answers, or answered last, with another iteration
    moves only where the project's gates let it, or with an `override_reason`.
    Raises Refusal `BadRequestIterationIsNotTrained`, `BadRequestIterationIsPublished`,
    `BadRequestInvalidPublishName`, `BadRequestInvalidPublishTarget`, `BadRequestPublishGate`, `BadRequestSampling`,
    `BadRequest` for thresholds.
    """
    require(actor, Right.PUBLISH, iteration.project)
    if iteration.state != IterationState.COMPLETED:
        raise Refusal(
            "BadRequestIterationIsNotTrained",
            f"{iteration.name} is not trained: publish it once its status is Completed.",
        )
    name = _checked_name(name)
    resource = find_prediction_resource(prediction_id)
    reason = _checked_reason(override_reason)
    move = _Move(iteration, name, resource, overwrite, sampling, thresholds, reason)
    for _ in range(MOST_TRIES):
        _require_free(move)
        # Judged outside of the transaction, since it may take a second; the lock tells whether it still holds.
        judgment = judge_move(iteration, name, is_again=True)
        if not reason:
            refuse_against(judgment)
        try:
            with transaction.atomic():
                lock_project(iteration.project)
                _require_free(move)
                if judgment.still_holds(iteration.project_id, name):
                    return _publish(actor, move, judgment)
        except IntegrityError as error:
            raise Refusal(
                "BadRequestInvalidPublishName",
                f"The name {name} was just taken: choose another, or pass overwrite=true.",
            ) from error
    raise Refusal(
        "BadRequestInvalidPublishName",
        f"The name {name} was moved by others all the while: look at what it answers with, then publish again.",
    )


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > NAME_CHARACTERS or "\0" in name:
        raise Refusal(
            "BadRequestInvalidPublishName", f"A published name has 1 to {NAME_CHARACTERS} characters: choose another."
        )
    if name in (".", ".."):
        raise Refusal("BadRequestInvalidPublishName", "Clients take . and .. out of an address: choose another name.")
    return name


def _checked_reason(reason: str) -> str:
    reason = " ".join(reason.replace("\0", " ").split())
    if len(reason) > REASON_CHARACTERS:
        raise Refusal("BadRequest", f"overrideReason has at most {REASON_CHARACTERS} characters: shorten it.")
    return reason


def _require_free(move: _Move) -> None:
    """Raises Refusal where the iteration has a name or is gone, or the name is in use and may not move."""
    iteration = move.iteration
    if not Iteration.objects.filter(pk=iteration.pk, deleted__isnull=True).exists():
        raise Refusal("NotFoundIteration", f"{iteration.name} was just deleted: choose another.")
    published = PublishedName.objects.filter(iteration=iteration).first()
    if published is not None:
        raise Refusal(
            "BadRequestIterationIsPublished", f"Unpublish it first. Iteration is already published as: {published.name}"
        )
    taken = holder_of(iteration.project_id, move.name)
    if taken is not None and not move.overwrite:
        raise Refusal(
            "BadRequestInvalidPublishName",
            f"The name {move.name} points at {taken.iteration.name}; pass overwrite=true to move it.",
        )


def _publish(actor: Actor, move: _Move, judgment: Judgment) -> PublishedName:
    """Under the project's lock."""
    iteration = move.iteration
    if move.thresholds is None:
        carried = carried_thresholds(iteration, last_thresholds(iteration.project_id, move.name))
    else:
        carried = checked_thresholds(iteration, move.thresholds)
    taken = holder_of(iteration.project_id, move.name)
    if taken is not None:
        _note(actor, taken, "unpublish")
        taken.delete()
    created = PublishedName.objects.create(
        project=iteration.project,
        name=move.name,
        iteration=iteration,
        resource=move.resource,
        published_by=actor.name,
        thresholds=carried,
    )
    _note(actor, created, "publish", judgment, move.override_reason)
    if move.sampling is not None:
        write_sampling(actor, created, move.sampling)
    bump_registry_version()
    return created


def unpublish_iteration(actor: Actor, iteration: Iteration) -> None:
    """Take the iteration's name away; calls to it answer 404 from then on. Raises `BadRequestIterationNotPublished`."""
    require(actor, Right.PUBLISH, iteration.project)
    with transaction.atomic():
        lock_project(iteration.project)
        published = PublishedName.objects.filter(iteration=iteration).select_related("iteration", "resource").first()
        if published is None:
            raise Refusal(
                "BadRequestIterationNotPublished",
                f"{iteration.name} is not published, so there is nothing to unpublish.",
            )
        _note(actor, published, "unpublish")
        published.delete()
        bump_registry_version()


def _note(
    actor: Actor, published: PublishedName, act: str, judgment: Judgment | None = None, override_reason: str = ""
) -> None:
    """History of the name, and the audit line. A reason is kept where a gate was overridden with it."""
    overridden = [verdict.sentence for verdict in judgment.refusing] if judgment is not None else []
    PublishEvent.objects.create(
        project_id=published.project_id,
        name=published.name,
        iteration_id=published.iteration_id,
        iteration_name=published.iteration.name,
        resource=published.resource,
        resource_name=published.resource.name,
        thresholds=published.thresholds,
        override_reason=override_reason if overridden else "",
        act=act,
        actor_name=actor.name,
    )
    override = {"override_reason": override_reason, "overridden": overridden} if overridden else {}
    audit.record(
        actor,
        f"{act}_iteration",
        project_id=published.project_id,
        object_id=published.iteration_id,
        name=published.name,
        resource=published.resource.name,
        **override,
    )
