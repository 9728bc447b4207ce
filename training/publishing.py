"""Publishing: which iteration answers under which name."""

from django.db import IntegrityError, transaction

from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.limits import NAME_CHARACTERS
from portal.permissions import Right
from portal.registry_version import bump_registry_version
from portal.resources import find_prediction_resource
from training.models import Iteration, IterationState, PublishedName, PublishEvent
from training.sampling import Sampling, write_sampling


def publish_iteration(
    actor: Actor,
    iteration: Iteration,
    name: str,
    prediction_id: str,
    *,
    overwrite: bool = False,
    sampling: Sampling | None = None,
) -> PublishedName:
    """Let the iteration answer under `name` in the prediction resource with the full id `prediction_id`.

    With `overwrite`, a name that points at another iteration of the project moves to this one at once. An
    iteration has one name at most: unpublish it to rename, also with `overwrite` (as Custom Vision does).
    `sampling` says which predictions are stored; without it, what was said of the name before still holds.
    Raises Refusal `BadRequestIterationIsNotTrained`, `BadRequestIterationIsPublished`,
    `BadRequestInvalidPublishName`, `BadRequestInvalidPublishTarget`, `BadRequestSampling`.
    """
    require(actor, Right.PUBLISH, iteration.project)
    if iteration.state != IterationState.COMPLETED:
        raise Refusal(
            "BadRequestIterationIsNotTrained",
            f"{iteration.name} is not trained: publish it once its status is Completed.",
        )
    name = name.strip()
    if not name or len(name) > NAME_CHARACTERS or "\0" in name:
        raise Refusal(
            "BadRequestInvalidPublishName", f"A published name has 1 to {NAME_CHARACTERS} characters: choose another."
        )
    if name in (".", ".."):
        raise Refusal("BadRequestInvalidPublishName", "Clients take . and .. out of an address: choose another name.")
    resource = find_prediction_resource(prediction_id)
    published = PublishedName.objects.filter(iteration=iteration).first()
    if published is not None:
        raise Refusal(
            "BadRequestIterationIsPublished", f"Unpublish it first. Iteration is already published as: {published.name}"
        )
    try:
        with transaction.atomic():
            holder = PublishedName.objects.filter(project=iteration.project, name=name).select_related("iteration")
            taken = holder.first()
            if taken is not None:
                if not overwrite:
                    raise Refusal(
                        "BadRequestInvalidPublishName",
                        f"The name {name} points at {taken.iteration.name}; pass overwrite=true to move it.",
                    )
                _note(actor, taken, "unpublish")
                taken.delete()
            created = PublishedName.objects.create(
                project=iteration.project, name=name, iteration=iteration, resource=resource, published_by=actor.name
            )
            _note(actor, created, "publish")
            if sampling is not None:
                write_sampling(actor, created, sampling)
            bump_registry_version()
    except IntegrityError as error:
        raise Refusal(
            "BadRequestInvalidPublishName", f"The name {name} was just taken: choose another, or pass overwrite=true."
        ) from error
    return created


def unpublish_iteration(actor: Actor, iteration: Iteration) -> None:
    """Take the iteration's name away; calls to it answer 404 from then on. Raises `BadRequestIterationNotPublished`."""
    require(actor, Right.PUBLISH, iteration.project)
    with transaction.atomic():
        published = PublishedName.objects.filter(iteration=iteration).select_related("iteration", "resource").first()
        if published is None:
            raise Refusal(
                "BadRequestIterationNotPublished",
                f"{iteration.name} is not published, so there is nothing to unpublish.",
            )
        _note(actor, published, "unpublish")
        published.delete()
        bump_registry_version()


def _note(actor: Actor, published: PublishedName, act: str) -> None:
    """History of the name, and the audit line."""
    PublishEvent.objects.create(
        project_id=published.project_id,
        name=published.name,
        iteration_id=published.iteration_id,
        iteration_name=published.iteration.name,
        resource_name=published.resource.name,
        act=act,
        actor_name=actor.name,
    )
    audit.record(
        actor,
        f"{act}_iteration",
        project_id=published.project_id,
        object_id=published.iteration_id,
        name=published.name,
        resource=published.resource.name,
    )
