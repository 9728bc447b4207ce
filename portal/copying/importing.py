"""Importing a project: a new one is there at once, a job fills it."""

import time
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
SECONDS_PER_JOB = 20.0
NAME_TAKEN = "BadRequestProjectNameNotUnique"
FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)


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
        raise Refusal("BadRequestInvalidImportToken", "The project that this token is for was deleted: export another.")
    require_whole(source)
    require_room(resource)
    if name.strip():
        return _begin(actor, resource, source, valid_name(name))
    while True:
        free = _free_name(resource, source.name)
        try:
            return _begin(actor, resource, source, free)
        except Refusal as refusal:
            if refusal.code != NAME_TAKEN:  # else somebody took it this moment
                raise


def _begin(actor: Actor, resource: Resource, source: Project, name: str) -> Project:
    """The empty project and its first job."""
    target = Project(
        resource=resource,
        name=name,
        description=source.description,
        domain_id=source.domain_id,
        classification_type=source.classification_type,
        target_export_platforms=source.target_export_platforms,
        augmentation_methods=source.augmentation_methods,
        prediction_days=source.prediction_days,
        status=ProjectStatus.IMPORTING,
    )
    with unique_name(target.name), transaction.atomic():
        target.save(force_insert=True)
        bump_registry_version()
        _start(source, target, actor.name, FIRST)
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
    target = Project.objects.filter(pk=UUID(job.arguments["target_project_id"]), deleted__isnull=True).first()
    if target is None or target.status != ProjectStatus.IMPORTING:  # deleted meanwhile
        with job.commit():
            return
    source = Project.objects.filter(pk=UUID(job.arguments["source_project_id"])).first()
    if source is None:
        raise JobFailed("The project that was being copied was deleted.", TRY_AGAIN)
    copy = Copy(source, target, job.progress, time.monotonic() + SECONDS_PER_JOB)
    iterations = copied_iterations(source)
    after = copy_images(copy, iterations, UUID(job.arguments["images_after"]), IMAGES_PERCENT)
    if after is not None:
        _go_on(job, copy, after)
        return
    for number, iteration in enumerate(iterations):
        if copy.is_time_over:
            _go_on(job, copy, LAST)
            return
        percent = IMAGES_PERCENT + (100 - IMAGES_PERCENT) * number / len(iterations)
        copy_iteration(copy, iteration, job.attempt, percent)
    job.check()
    with copy.writing(), job.commit():
        # Numbers go on where the source's are: names of iterations to come are the same in both.
        number = Project.objects.filter(pk=source.pk).values_list("iterations_started", flat=True).get()
        Project.objects.filter(pk=target.pk).update(status=ProjectStatus.SUCCEEDED, iterations_started=number)
        replace_thumbnail(target)
        audit.record(SYSTEM, "finish_import", project_id=target.pk, object_id=target.pk, name=target.name)


def _start(source: Project, target: Project, by: str, images_after: UUID) -> Job:
    """Start the job that goes on after that image. Call it in a transaction."""
    return start_job(
        IMPORT_JOB,
        by,
        project_id=target.pk,
        source_project_id=str(source.pk),
        target_project_id=str(target.pk),
        images_after=str(images_after),
    )


def _go_on(job: RunningJob, copy: Copy, images_after: UUID) -> None:
    """Leave the rest to another job, which gets its turn after those that wait now."""
    told = Job.objects.filter(pk=job.id).values("stage", "percent").get()
    with copy.writing(), job.commit():
        rest = _start(copy.source, copy.target, job.started_by, images_after)
        Job.objects.filter(pk=rest.pk).update(**told)


def import_stopped(job: Job) -> None:
    """The job ended without a whole project: the project says why."""
    cause = " ".join(part for part in (job.error, job.next_step) if part)
    importing = Project.objects.filter(pk=job.arguments["target_project_id"], status=ProjectStatus.IMPORTING)
    importing.update(status=ProjectStatus.FAILED, failure=cause)


HANDLER = JobHandler(kind=IMPORT_JOB, queue="short", run=fill_project, on_stopped=import_stopped, max_attempts=ATTEMPTS)
