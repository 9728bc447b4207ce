"""Ringing again for jobs that nobody works on."""

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from portal.jobs.leases import LEASE, stop
from portal.jobs.models import Job, JobState
from portal.jobs.queue import cancelled_by, ring

RING_AGAIN_AFTER = timedelta(seconds=30)
# No job is put off for longer (an undo's ten minutes, a retry's), and no lease lasts longer: a clock was set back.
LONGEST_DELAY = timedelta(minutes=15)
BATCH = 200


def reap() -> None:
    """Ring for due jobs whose bell was lost and for jobs whose worker died; give up on those out of attempts."""
    now = timezone.now()
    _correct_times_of_a_clock_set_back(now)
    abandoned = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now)
    for job in abandoned.filter(Q(attempt__gte=F("max_attempts")) | Q(cancel_requested_at__isnull=False))[:BATCH]:
        if job.cancel_requested_at is not None:
            stop(job.pk, JobState.CANCELLED, cancelled_by(job.cancel_requested_by))
        else:
            stop(
                job.pk,
                JobState.FAILED,
                f"The worker stopped without a word {job.attempt} times"
                f" (last on {job.worker or 'an unknown worker'}, at: {job.stage or 'the start'}).",
                "Often the machine ran out of memory: see the worker's log, then try again.",
            )
    # A lost bell is rung for again; one that only waits behind other work is not, for a while.
    not_rung = Q(rung_at__isnull=True) | Q(rung_at__lt=now - RING_AGAIN_AFTER) | Q(rung_at__gt=now)
    due = Job.objects.filter(not_rung).filter(
        Q(state=JobState.QUEUED, due_at__lte=now)
        | Q(state=JobState.RUNNING, lease_until__lt=now, attempt__lt=F("max_attempts"))
    )
    for job_id, queue in due.order_by("due_at").values_list("pk", "queue")[:BATCH]:
        Job.objects.filter(pk=job_id).update(rung_at=now)
        ring(job_id, queue)


def _correct_times_of_a_clock_set_back(now: datetime) -> None:
    Job.objects.filter(state=JobState.QUEUED, due_at__gt=now + LONGEST_DELAY).update(due_at=now)
    Job.objects.filter(state=JobState.RUNNING, lease_until__gt=now + 2 * LEASE).update(lease_until=now + LEASE)
