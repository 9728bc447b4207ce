"""Who holds a job: claim, renew, give up, finish.

The database is the truth. A claim is one conditional UPDATE that sets a fresh token; every later write is
conditional on that token, so a worker that lost its lease can change nothing.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from portal.jobs.handlers import handler_for
from portal.jobs.models import Job, JobState

LEASE = timedelta(seconds=15)
RENEW_EVERY_SECONDS = LEASE.total_seconds() / 4
LOOK_FOR_CANCEL_EVERY_SECONDS = 1.0


class LeaseLost(Exception):
    """Another attempt holds the job, or it has ended: stop, and write nothing."""


@dataclass(frozen=True)
class Lease:
    """The right to work on a job."""

    job_id: uuid.UUID
    token: uuid.UUID


def claim(job_id: uuid.UUID, worker: str) -> Lease | None:
    """Take the job if it is due and nobody holds it; None when it is not to be had (a duplicate bell, say)."""
    now = timezone.now()
    token = uuid.uuid4()
    claimed = (
        Job.objects.filter(pk=job_id, attempt__lt=F("max_attempts"))
        .filter(Q(state=JobState.QUEUED, due_at__lte=now) | Q(state=JobState.RUNNING, lease_until__lt=now))
        .update(
            state=JobState.RUNNING,
            attempt=F("attempt") + 1,
            token=token,
            lease_until=now + LEASE,
            worker=worker,
            started=now,
            rung_at=None,
        )
    )
    return Lease(job_id, token) if claimed else None


def _held(lease: Lease) -> QuerySet[Job]:
    return Job.objects.filter(pk=lease.job_id, token=lease.token, state=JobState.RUNNING)


def renew(lease: Lease) -> None:
    """Hold the job for another lease. Raises LeaseLost."""
    if not _held(lease).update(lease_until=timezone.now() + LEASE):
        raise LeaseLost


def cancel_wanted(lease: Lease) -> bool:
    """Whether somebody asked for the job to stop."""
    return Job.objects.filter(pk=lease.job_id, cancel_requested_at__isnull=False).exists()


def report(lease: Lease, stage: str, percent: float, seconds_left: float | None) -> None:
    """Write progress (percent 0..100). Raises LeaseLost."""
    percent = min(100.0, max(0.0, percent))
    if not _held(lease).update(stage=stage, percent=percent, seconds_left=seconds_left):
        raise LeaseLost


@contextmanager
def finishing(lease: Lease) -> Iterator[None]:
    """Commit the work: what is written inside and the job's success stand or fall together. Raises LeaseLost."""
    with transaction.atomic():
        now = timezone.now()
        finished = _held(lease).update(
            state=JobState.SUCCEEDED, finished=now, percent=100, seconds_left=0, token=None, lease_until=None
        )
        if not finished:
            raise LeaseLost
        yield


def stop(job_id: uuid.UUID, state: JobState, error: str, next_step: str = "", *, lease: Lease | None = None) -> bool:
    """End a job as failed or cancelled, and what it worked on with it; False when it was not to be had.

    Without a lease only a job that nobody holds can be stopped: a queued one, or one whose lease has run out.
    """
    with transaction.atomic():
        now = timezone.now()
        if lease is not None:
            mine = _held(lease)
        else:
            mine = Job.objects.filter(pk=job_id).filter(
                Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
            )
        stopped = mine.update(
            state=state, finished=now, error=error, next_step=next_step, seconds_left=None, token=None, lease_until=None
        )
        if not stopped:
            return False
        job = Job.objects.get(pk=job_id)
        handler = handler_for(job.kind)
        if handler.on_stopped is not None:
            handler.on_stopped(job)
    return True


def give_back(lease: Lease, due_in_seconds: float) -> bool:
    """Queue the job again, to be tried after that many seconds (a passing fault, or a worker that shuts down)."""
    return bool(
        _held(lease).update(
            state=JobState.QUEUED,
            token=None,
            lease_until=None,
            rung_at=None,
            due_at=timezone.now() + timedelta(seconds=due_in_seconds),
        )
    )


def expire_leases_of(worker: str) -> int:
    """A supervisor saw this worker die: let its jobs be taken over at once. Returns how many."""
    long_ago = timezone.now() - timedelta(seconds=1)
    return Job.objects.filter(state=JobState.RUNNING, worker=worker).update(lease_until=long_ago)
