"""Starting jobs, ringing for them, asking them to stop."""

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.utils import timezone

from portal.jobs.handlers import handler_for
from portal.jobs.leases import stop
from portal.jobs.models import FINISHED_STATES, Job, JobState

logger = logging.getLogger(__name__)

ONE_TRY = {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}
CONNECT_SECONDS = 2


def start_job(
    kind: str, started_by: str, *, project_id: UUID | None = None, due_at: datetime | None = None, **arguments: Any
) -> Job:
    """Record a job and ring for it when the caller's transaction commits. `arguments` are ids and plain values.

    One that is due later is rung for by the reaper.
    """
    handler = handler_for(kind)
    job = Job.objects.create(
        kind=kind,
        arguments=arguments,
        queue=handler.queue,
        project_id=project_id,
        started_by=started_by,
        max_attempts=handler.max_attempts,
        due_at=due_at or timezone.now(),
        stage="Waiting for a worker",
    )
    if due_at is None:
        transaction.on_commit(lambda: ring(job.pk, job.queue))
    return job


def ring(job_id: UUID, queue: str) -> None:
    """Tell the broker that the job is due. A broker that is away costs a delay: the reaper rings again."""
    try:
        with current_app.connection_for_write() as connection:
            # The defaults would hold up the caller, often a web request, for six seconds.
            connection.transport_options = {
                **connection.transport_options,
                **ONE_TRY,
                "socket_connect_timeout": CONNECT_SECONDS,
            }
            current_app.send_task(
                "portal.jobs.tasks.run_job", (str(job_id),), queue=queue, retry=False, connection=connection
            )
    except Exception as error:
        # Any transport raises errors of its own here; the row is the outbox, so none of them may reach the caller.
        logger.warning("broker unreachable, job %s waits for the reaper: %s", job_id, error)
        return
    Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(rung_at=timezone.now())


def request_cancel(job: Job, by: str) -> None:
    """Ask a job to stop: a waiting one ends at once, a running one within 2 s; a finished one stays."""
    Job.objects.filter(pk=job.pk, cancel_requested_at__isnull=True).exclude(state__in=FINISHED_STATES).update(
        cancel_requested_at=timezone.now(), cancel_requested_by=by
    )
    if not Job.objects.filter(pk=job.pk, state=JobState.RUNNING).exists():
        stop(job.pk, JobState.CANCELLED, cancelled_by(by))


def cancelled_by(name: str) -> str:
    """The sentence that a cancelled job carries."""
    return f"Cancelled by {name}."
