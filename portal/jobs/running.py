"""A job in work: its lease kept alive, its progress told."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import DatabaseError, close_old_connections, connection

from portal.jobs import leases
from portal.jobs.handlers import AttemptFailed, JobFailed, handler_for
from portal.jobs.leases import Lease, LeaseLost
from portal.jobs.models import Job, JobState
from portal.jobs.queue import cancelled_by

logger = logging.getLogger(__name__)

PROGRESS_EVERY_SECONDS = 0.5
RETRY_AFTER_SECONDS = (1.0, 15.0, 60.0, 60.0, 600.0)
LONGEST_CAUSE = 2000


class JobCancelled(Exception):
    """Raised inside a handler at its next check after someone asked for the job to stop."""


class RunningJob:
    """What a handler gets: the arguments, and the ways to tell progress, to notice a stop, and to commit."""

    def __init__(self, job: Job, lease: Lease) -> None:
        self.id: UUID = job.pk
        self.attempt = job.attempt
        self.project_id = job.project_id
        self.arguments: dict[str, Any] = job.arguments
        self.started_by = job.started_by
        self._lease = lease
        self._cancelled = threading.Event()
        self._lost = threading.Event()
        self._ended = threading.Event()
        self._told_at = 0.0
        self._told_stage = ""
        self._renewer = threading.Thread(target=self._keep_lease, name="lease", daemon=True)

    def check(self) -> None:
        """Raise JobCancelled or LeaseLost when the work must stop; cheap, call it often."""
        if self._lost.is_set():
            raise LeaseLost
        if self._cancelled.is_set():
            raise JobCancelled

    def progress(self, stage: str, percent: float, seconds_left: float | None = None) -> None:
        """Tell how far the work is (percent 0..100); written at most twice a second. Raises as `check` does."""
        self.check()
        now = time.monotonic()
        if stage == self._told_stage and now - self._told_at < PROGRESS_EVERY_SECONDS:
            return
        self._told_at, self._told_stage = now, stage
        leases.report(self._lease, stage, percent, seconds_left)

    @contextmanager
    def commit(self) -> Iterator[None]:
        """The transaction of the last writes; only the token's holder gets through. Raises LeaseLost."""
        self.check()
        with leases.finishing(self._lease):
            yield

    def _keep_lease(self) -> None:
        renewed_at = time.monotonic()
        try:
            while not self._ended.wait(leases.LOOK_FOR_CANCEL_EVERY_SECONDS):
                try:
                    if leases.cancel_wanted(self._lease):
                        self._cancelled.set()
                    if time.monotonic() - renewed_at >= leases.RENEW_EVERY_SECONDS:
                        leases.renew(self._lease)
                        renewed_at = time.monotonic()
                except LeaseLost:
                    self._lost.set()
                    return
                except DatabaseError:
                    # A database that is away for a moment: keep trying; the lease may run out meanwhile.
                    logger.exception("could not renew the lease of job %s", self.id)
                    close_old_connections()
        finally:
            connection.close()

    @contextmanager
    def _lease_kept(self) -> Iterator[None]:
        self._renewer.start()
        try:
            yield
        finally:
            self._ended.set()
            self._renewer.join()


def work_on(job_id: UUID, worker: str) -> None:
    """Claim the job and do it; returns quietly when it is not to be had."""
    lease = leases.claim(job_id, worker)
    if lease is None:
        return
    job = Job.objects.get(pk=job_id)
    running = RunningJob(job, lease)
    try:
        with running._lease_kept():
            if job.cancel_requested_at is not None:
                raise JobCancelled
            handler_for(job.kind).run(running)
    except LeaseLost:
        logger.warning("job %s was taken over; this attempt wrote nothing", job_id)
    except JobCancelled:
        job.refresh_from_db()
        leases.stop(job_id, JobState.CANCELLED, cancelled_by(job.cancel_requested_by), lease=lease)
    except AttemptFailed as failure:
        logger.warning("job %s, attempt %s: %s", job_id, job.attempt, failure.cause)
        _retry_or_fail(job, lease, failure)
    except JobFailed as failure:
        leases.stop(job_id, JobState.FAILED, failure.cause, failure.next_step, lease=lease)
    except Exception as error:
        logger.exception("job %s, attempt %s", job_id, job.attempt)
        cause = f"{type(error).__name__}: {error}"[:LONGEST_CAUSE]
        _retry_or_fail(job, lease, AttemptFailed(cause, "Try again; the worker's log has the details."))


def _retry_or_fail(job: Job, lease: Lease, failure: AttemptFailed) -> None:
    if job.attempt < job.max_attempts:
        leases.give_back(lease, RETRY_AFTER_SECONDS[min(job.attempt, len(RETRY_AFTER_SECONDS)) - 1])
    else:
        leases.stop(job.pk, JobState.FAILED, failure.cause, failure.next_step, lease=lease)
