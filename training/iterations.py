"""Iterations: find, rename, cancel, delete."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.jobs.queue import request_cancel, start_job
from portal.limits import NAME_CHARACTERS
from portal.models import Project
from portal.permissions import Right
from portal.projects import lock_project
from training.exports import cancel_exports
from training.models import UNFINISHED_STATES, Iteration, PublishedName

DELETE_JOB = "delete_iteration"


def project_iterations(project: Project) -> QuerySet[Iteration]:
    """The project's iterations, newest first (clients take the first as the latest), with names and snapshots."""
    return (
        Iteration.objects.filter(project=project, deleted__isnull=True)
        .select_related("published_name__resource", "project", "job", "base_iteration")
        .order_by("-number")
    )


def get_iteration(project: Project, iteration_id: UUID) -> Iteration:
    """The project's iteration. Raises Refusal `NotFoundIteration`."""
    iteration = project_iterations(project).filter(pk=iteration_id).first()
    if iteration is None:
        raise Refusal("NotFoundIteration", "This project has no such iteration; get_iterations lists them.")
    return iteration


def rename_iteration(actor: Actor, iteration: Iteration, name: str) -> Iteration:
    """Give the iteration another name. Raises Refusal `BadRequestIterationName`, `...NameNotUnique`."""
    require(actor, Right.TRAIN, iteration.project)
    name = name.strip()
    if not name or len(name) > NAME_CHARACTERS or "\0" in name:
        raise Refusal(
            "BadRequestIterationName", f"An iteration's name has 1 to {NAME_CHARACTERS} characters: choose another."
        )
    iteration.name = name
    try:
        with transaction.atomic():
            iteration.save(update_fields=["name", "last_modified"])
            audit.record(actor, "rename_iteration", project_id=iteration.project_id, object_id=iteration.pk, name=name)
    except IntegrityError as error:
        raise Refusal(
            "BadRequestIterationNameNotUnique",
            f"This project already has an iteration named {name}; choose another name.",
        ) from error
    return iteration


def cancel_training(actor: Actor, iteration: Iteration) -> None:
    """Stop a training; it ends as cancelled within seconds and keeps nothing."""
    require(actor, Right.TRAIN, iteration.project)
    if iteration.state not in UNFINISHED_STATES or iteration.job is None:
        raise Refusal(
            "BadRequestIterationValidationFailed",
            f"{iteration.name} is not being trained, so there is nothing to cancel.",
        )
    with transaction.atomic():
        audit.record(actor, "cancel_training", project_id=iteration.project_id, object_id=iteration.pk)
        request_cancel(iteration.job, actor.name)


def delete_iteration(actor: Actor, iteration: Iteration) -> None:
    """Remove an iteration and the images that it alone holds: out of sight at once, the rest in the background.

    Raises Refusal `BadRequestIterationIsPublished`, `BadRequestTrainingAlreadyInProgress`.
    """
    require(actor, Right.TRAIN, iteration.project)
    with transaction.atomic():
        lock_project(iteration.project)
        published = PublishedName.objects.filter(iteration=iteration).first()
        if published is not None:
            raise Refusal(
                "BadRequestIterationIsPublished",
                f"{iteration.name} is published as {published.name}; unpublish it first.",
            )
        gone = (
            Iteration.objects.filter(pk=iteration.pk, deleted__isnull=True)
            .exclude(state__in=UNFINISHED_STATES)
            .update(deleted=timezone.now())
        )
        if not gone:
            raise Refusal("BadRequestTrainingAlreadyInProgress", f"{iteration.name} is being trained; cancel it first.")
        cancel_exports(iteration, actor.name)
        start_job(DELETE_JOB, actor.name, project_id=iteration.project_id, iteration_id=str(iteration.pk))
        audit.record(
            actor,
            "delete_iteration",
            project_id=iteration.project_id,
            object_id=iteration.pk,
            name=iteration.name,
        )
