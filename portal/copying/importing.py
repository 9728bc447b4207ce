"""Importing a project: a new one is there at once, a job fills it."""

from uuid import UUID

from django.db import transaction

from labeling.removal import replace_thumbnail
from portal import audit
from portal.actors import SYSTEM, Actor, require_whole
from portal.copying.copy import TRY_AGAIN, Copy
from portal.copying.iterations import copied_iterations, copy_iteration
from portal.copying.tokens import read_import_token
from portal.copying.workspace import copy_images
from portal.errors import Refusal
from portal.imports import IMPORT_JOB
from portal.jobs.handlers import JobFailed, JobHandler
from portal.jobs.models import Job
from portal.jobs.queue import start_job
from portal.jobs.running import RunningJob
from portal.limits import NAME_CHARACTERS
from portal.models import Project, ProjectStatus, Resource
from portal.project_checks import valid_name
from portal.projects import may_create_in, require_room, unique_name
from portal.registry_version import bump_registry_version

IMAGES_PERCENT = 70.0
ATTEMPTS = 5


def import_project(actor: Actor, resource: Resource, token: str, name: str = "") -> Project:
    """Make a copy of the project that the token is for; it is `Importing` until the job is through.

    Without a name it gets the source's, with a number where that is taken. The token alone says what may be copied:
    the source may belong to another resource. Raises Refusal `BadRequestInvalidImportToken`, `BadRequestProjectName`,
    `BadRequestProjectNameNotUnique`, `BadRequestExceedProjectLimit`, `ForbiddenUserInsufficientCapability`.
    """
    if not may_create_in(actor, resource):
        raise Refusal(
            "ForbiddenUserInsufficientCapability", "Only an administrator makes projects here. Ask one to import it."
        )
    source = Project.objects.filter(pk=read_import_token(token), deleted__isnull=True).first()
    if source is None:
        raise Refusal("BadRequestInvalidImportToken", "The project that this token is for was deleted.")
    require_whole(source)
    require_room(resource)
    target = Project(
        resource=resource,
        name=valid_name(name) if name.strip() else _free_name(resource, source.name),
        description=source.description,
        domain_id=source.domain_id,
        classification_type=source.classification_type,
        target_export_platforms=source.target_export_platforms,
        augmentation_methods=source.augmentation_methods,
        status=ProjectStatus.IMPORTING,
    )
    with unique_name(target.name), transaction.atomic():
        target.save(force_insert=True)
        bump_registry_version()
        start_job(
            IMPORT_JOB,
            actor.name,
            project_id=target.pk,
            target_project_id=str(target.pk),
            source_project_id=str(source.pk),
        )
        audit.record(
            actor,
            "import_project",
            project_id=target.pk,
            object_id=target.pk,
            name=target.name,
            source=source.name,
            source_project_id=str(source.pk),
        )
    return target


def _free_name(resource: Resource, wanted: str) -> str:
    taken = set(resource.projects.filter(deleted__isnull=True).values_list("name", flat=True))
    name, number = wanted, 2
    while name in taken:
        ending = f" ({number})"
        name, number = f"{wanted[: NAME_CHARACTERS - len(ending)]}{ending}", number + 1
    return name


def fill_project(job: RunningJob) -> None:
    """The job: images with their labels, then iterations. Each step can be done again, and none is done twice."""
    target = Project.objects.filter(pk=_target_id(job), deleted__isnull=True).first()
    if target is None or target.status != ProjectStatus.IMPORTING:  # deleted meanwhile
        with job.commit():
            return
    source = Project.objects.filter(pk=UUID(job.arguments["source_project_id"])).first()
    if source is None:
        raise JobFailed("The project that was being copied was deleted.", TRY_AGAIN)
    copy = Copy(source, target, job.progress)
    iterations = copied_iterations(source)
    copy_images(copy, iterations, IMAGES_PERCENT)
    for number, iteration in enumerate(iterations):
        percent = IMAGES_PERCENT + (100 - IMAGES_PERCENT) * number / len(iterations)
        copy_iteration(copy, iteration, job.attempt, percent)
    job.check()
    with copy.writing(), job.commit():
        # Numbers go on where the source's are: names of iterations to come are the same in both.
        number = Project.objects.filter(pk=source.pk).values_list("iterations_started", flat=True).get()
        Project.objects.filter(pk=target.pk).update(status=ProjectStatus.SUCCEEDED, iterations_started=number)
        replace_thumbnail(target)
        audit.record(SYSTEM, "finish_import", project_id=target.pk, object_id=target.pk, name=target.name)


def import_stopped(job: Job) -> None:
    """The job ended without a whole project: the project says why."""
    cause = " ".join(part for part in (job.error, job.next_step) if part)
    importing = Project.objects.filter(pk=job.arguments["target_project_id"], status=ProjectStatus.IMPORTING)
    importing.update(status=ProjectStatus.FAILED, failure=cause)


def _target_id(job: RunningJob) -> UUID:
    return UUID(job.arguments["target_project_id"])


HANDLER = JobHandler(kind=IMPORT_JOB, queue="short", run=fill_project, on_stopped=import_stopped, max_attempts=ATTEMPTS)
