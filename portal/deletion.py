"""Deleting a project: out of sight at once, the rest in the background.

Top layer: it needs every app.
"""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.files.storage import Storage, default_storage
from django.db import models, transaction
from django.utils import timezone

from inference.models import StoredPrediction
from labeling.models import Image, ImageTag, Region, Tag
from labeling.snapshots import delete_snapshot_rows
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.imports import import_jobs
from portal.jobs.handlers import UNTIL_DONE, JobHandler
from portal.jobs.models import JobState
from portal.jobs.queue import request_cancel, start_job
from portal.jobs.running import RunningJob
from portal.jobs.turns import a_turn
from portal.models import Project
from portal.permissions import Right
from portal.registry_version import bump_registry_version
from training.models import UNFINISHED_STATES, Iteration, PublishedName
from training.publishing import unpublish_iteration
from training.removal_job import delete_scores

DELETE_JOB = "delete_project"
ROWS_PER_DELETE = 500
IMPORT_POLL_SECONDS = 0.2


def delete_project(actor: Actor, project: Project, *, unpublish: bool = False) -> None:
    """Remove a project with all it holds. A training in progress is cancelled.

    Raises Refusal `BadRequestIterationIsPublished` while an iteration is published, as Custom Vision does; with
    `unpublish`, its names are taken away first (which needs the right to).
    """
    require(actor, Right.MANAGE_PROJECTS, project)
    with transaction.atomic():
        if unpublish:
            for iteration in Iteration.objects.filter(project=project, published_name__isnull=False):
                unpublish_iteration(actor, iteration)
        published = PublishedName.objects.filter(project=project).select_related("iteration").first()
        if published is not None:
            raise Refusal(
                "BadRequestIterationIsPublished",
                f"{published.iteration.name} is published as {published.name}; unpublish it first.",
            )
        if not Project.objects.filter(pk=project.pk, deleted__isnull=True).update(deleted=timezone.now()):
            raise Refusal("NotFoundProject", "The project was just deleted; there is nothing left to do.")
        for iteration in Iteration.objects.filter(project=project, state__in=UNFINISHED_STATES).select_related("job"):
            if iteration.job is not None:
                request_cancel(iteration.job, actor.name)
        for job in import_jobs(project.pk):
            request_cancel(job, actor.name)
        start_job(DELETE_JOB, actor.name, project_id=project.pk, deleted_project_id=str(project.pk))
        bump_registry_version()
        audit.record(actor, "delete_project", project_id=project.pk, object_id=project.pk, name=project.name)


def remove_project(job: RunningJob) -> None:
    """Remove a deleted project's rows in short transactions, then its files, the project itself last."""
    project_id = UUID(job.arguments["deleted_project_id"])
    project = Project.objects.filter(pk=project_id, deleted__isnull=False).first()
    if project is not None:
        _await_end_of_import(job, project_id)
        iterations = list(Iteration.objects.filter(project=project))
        for number, iteration in enumerate(iterations):
            job.progress("Removing iterations", 30 * number / len(iterations))
            delete_scores(iteration)
            delete_snapshot_rows(iteration.pk)
        for number, rows in enumerate(
            (
                StoredPrediction.objects.filter(project_id=project_id),
                Region.objects.filter(image__project=project),
                ImageTag.objects.filter(image__project=project),
                Image.objects.filter(project=project),
                Tag.objects.filter(project=project),
            )
        ):
            _delete_in_batches(job, rows, "Removing images and tags", 30 + 8 * number)
        job.progress("Removing files", 70)
        _delete_folder(default_storage, f"projects/{project_id}", job.check)
        project.delete()
    with job.commit():
        pass


def _await_end_of_import(job: RunningJob, project_id: UUID) -> None:
    """An import that was told to stop may be putting a file down this moment: let it end first."""
    while import_jobs(project_id).filter(state=JobState.RUNNING, lease_until__gt=timezone.now()).exists():
        job.progress("Waiting for the import to stop", 0)
        time.sleep(IMPORT_POLL_SECONDS)


def _delete_in_batches(job: RunningJob, rows: "models.QuerySet[Any]", stage: str, percent: float) -> None:
    while keys := list(rows.values_list("pk", flat=True)[:ROWS_PER_DELETE]):
        job.progress(stage, percent)
        with a_turn(), transaction.atomic():
            rows.model._default_manager.filter(pk__in=keys).delete()


def _delete_folder(storage: Storage, folder: str, check: Callable[[], None]) -> None:
    """Remove all files below `folder`, and the folder where storage has such. `check` ends the work by raising."""
    check()
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        storage.delete(f"{folder}/{name}")
    for inner in folders:
        _delete_folder(storage, f"{folder}/{inner}", check)
    storage.delete(folder)


HANDLER = JobHandler(kind=DELETE_JOB, queue="short", run=remove_project, max_attempts=UNTIL_DONE)
