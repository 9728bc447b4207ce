"""One job mechanism: claim, lease, token, cancel, capped attempts, reaper."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from celery import current_app
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from portal.jobs import handlers, leases
from portal.jobs.handlers import AttemptFailed, JobFailed, JobHandler
from portal.jobs.models import Job, JobState
from portal.jobs.queue import request_cancel, ring, start_job
from portal.jobs.reaper import reap
from portal.jobs.reaper_clock import reap_once
from portal.jobs.running import RunningJob, work_on
from portal.models import AuditEntry

pytestmark = pytest.mark.django_db

KIND = "test_kind"
stopped: list[tuple[str, str]] = []


@pytest.fixture(autouse=True)
def kind() -> Iterator[None]:
    stopped.clear()
    _register(lambda job: _commit_nothing(job))
    yield
    handlers._handlers.pop(KIND)


def _register(run: object) -> None:
    handlers.register(
        JobHandler(
            KIND,
            queue="short",
            run=run,  # type: ignore[arg-type]
            on_stopped=lambda job: stopped.append((job.state, job.error)),
            max_attempts=2,
        )
    )


def _commit_nothing(job: RunningJob) -> None:
    with job.commit():
        pass


def _abandon(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_only_one_of_two_claims_gets_the_job() -> None:
    job = start_job(KIND, "someone")
    first, second = leases.claim(job.pk, "a"), leases.claim(job.pk, "b")
    job.refresh_from_db()
    assert first is not None
    assert second is None
    assert (job.state, job.attempt, job.worker) == (JobState.RUNNING, 1, "a")


def test_a_job_that_is_not_due_cannot_be_claimed() -> None:
    job = start_job(KIND, "someone")
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now() + timedelta(seconds=60))
    assert leases.claim(job.pk, "a") is None


def test_the_old_holder_can_write_nothing_after_another_took_over() -> None:
    job = start_job(KIND, "someone")
    old = leases.claim(job.pk, "a")
    assert old is not None
    _abandon(job)
    new = leases.claim(job.pk, "b")
    assert new is not None
    with pytest.raises(leases.LeaseLost):
        leases.renew(old)
    with pytest.raises(leases.LeaseLost):
        leases.report(old, "late", 50, None)
    with pytest.raises(leases.LeaseLost), leases.finishing(old):
        raise AssertionError("the old holder got into the transaction")
    assert not leases.stop(job.pk, JobState.FAILED, "late", lease=old)
    job.refresh_from_db()
    assert (job.state, job.worker, job.stage) == (JobState.RUNNING, "b", "Waiting for a worker")


def test_what_is_written_in_the_commit_falls_with_it() -> None:
    job = start_job(KIND, "someone")
    lease = leases.claim(job.pk, "a")
    assert lease is not None

    def write_and_fail() -> None:
        with transaction.atomic(), leases.finishing(lease):
            AuditEntry.objects.create(actor_kind="user", actor_id="1", actor_name="x", act="y")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    job.refresh_from_db()
    assert job.state == JobState.RUNNING
    assert AuditEntry.objects.count() == 0


def test_a_job_that_ran_is_done_and_its_bell_can_ring_again() -> None:
    job = start_job(KIND, "someone")
    work_on(job.pk, "a")
    work_on(job.pk, "a")
    job.refresh_from_db()
    assert (job.state, job.attempt, job.percent, job.token) == (JobState.SUCCEEDED, 1, 100, None)


def test_a_failure_with_a_cause_ends_the_job_at_once() -> None:
    def run(job: RunningJob) -> None:
        raise JobFailed("The disk is full.", "Free some space.")

    _register(run)
    job = start_job(KIND, "someone")
    work_on(job.pk, "a")
    job.refresh_from_db()
    assert (job.state, job.attempt, job.error, job.next_step) == (
        JobState.FAILED,
        1,
        "The disk is full.",
        "Free some space.",
    )
    assert stopped == [("failed", "The disk is full.")]


@pytest.mark.parametrize(
    ("error", "cause"), [(AttemptFailed("It died."), "It died."), (ValueError("odd"), "ValueError: odd")]
)
def test_a_passing_fault_is_tried_again_and_then_given_up(error: Exception, cause: str) -> None:
    def run(job: RunningJob) -> None:
        raise error

    _register(run)
    job = start_job(KIND, "someone")
    work_on(job.pk, "a")
    job.refresh_from_db()
    assert (job.state, job.attempt) == (JobState.QUEUED, 1)
    assert job.due_at > timezone.now()
    assert stopped == []
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    work_on(job.pk, "a")
    job.refresh_from_db()
    assert (job.state, job.attempt, job.error) == (JobState.FAILED, 2, cause)
    assert stopped == [("failed", cause)]


def test_cancelling_a_waiting_job_ends_it_at_once() -> None:
    job = start_job(KIND, "someone")
    request_cancel(job, "Ana")
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.CANCELLED, "Cancelled by Ana.")
    assert stopped == [("cancelled", "Cancelled by Ana.")]
    assert leases.claim(job.pk, "a") is None


def test_cancelling_a_running_job_is_heard_by_its_holder() -> None:
    job = start_job(KIND, "someone")
    lease = leases.claim(job.pk, "a")
    assert lease is not None
    assert leases.cancel_wanted(lease) is False
    request_cancel(job, "Ana")
    assert leases.cancel_wanted(lease) is True
    job.refresh_from_db()
    assert job.state == JobState.RUNNING


def test_cancelling_a_finished_job_changes_nothing() -> None:
    job = start_job(KIND, "someone")
    work_on(job.pk, "a")
    request_cancel(job, "Ana")
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED
    assert stopped == []


def test_the_reaper_rings_for_a_job_whose_worker_died() -> None:
    job = start_job(KIND, "someone")
    assert leases.claim(job.pk, "a") is not None
    _abandon(job)
    reap()
    job.refresh_from_db()
    assert job.rung_at is not None
    assert leases.claim(job.pk, "b") is not None


def test_the_reaper_gives_up_on_a_job_that_is_out_of_attempts() -> None:
    job = start_job(KIND, "someone")
    for worker in ("a", "b"):
        assert leases.claim(job.pk, worker) is not None
        _abandon(job)
    reap()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "stopped without a word 2 times" in job.error
    assert len(stopped) == 1
    assert leases.claim(job.pk, "c") is None


def test_the_reaper_leaves_a_job_in_work_alone() -> None:
    job = start_job(KIND, "someone")
    assert leases.claim(job.pk, "a") is not None
    reap()
    job.refresh_from_db()
    assert (job.state, job.rung_at) == (JobState.RUNNING, None)


def test_a_clock_that_was_set_back_by_an_hour_holds_no_job_up() -> None:
    hour = timedelta(hours=1)
    waiting, running = start_job(KIND, "someone"), start_job(KIND, "someone")
    put_off = start_job(KIND, "someone", due_at=timezone.now() + timedelta(minutes=10))
    assert leases.claim(running.pk, "a") is not None
    Job.objects.filter(pk=waiting.pk).update(due_at=F("due_at") + hour, rung_at=timezone.now() + hour)
    Job.objects.filter(pk=running.pk).update(lease_until=F("lease_until") + hour)
    assert leases.claim(waiting.pk, "a") is None
    reap()
    assert leases.claim(waiting.pk, "a") is not None
    assert leases.claim(put_off.pk, "a") is None
    running.refresh_from_db()
    assert running.lease_until is not None
    assert running.lease_until < timezone.now() + 2 * leases.LEASE


def test_a_bell_from_the_future_is_rung_again() -> None:
    job = start_job(KIND, "someone")
    Job.objects.filter(pk=job.pk).update(rung_at=timezone.now() + timedelta(minutes=59))
    reap()
    job.refresh_from_db()
    assert job.rung_at is not None
    assert job.rung_at <= timezone.now()


def test_the_reapers_clock_survives_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr("portal.jobs.reaper.reap", fail)
    reap_once()


def test_a_dead_workers_jobs_can_be_taken_over_at_once() -> None:
    job, other = start_job(KIND, "someone"), start_job(KIND, "someone")
    assert leases.claim(job.pk, "dead") is not None
    assert leases.claim(other.pk, "alive") is not None
    assert leases.expire_leases_of("dead") == 1
    assert leases.claim(job.pk, "b") is not None
    assert leases.claim(other.pk, "b") is None


def test_an_unknown_job_is_not_to_be_had() -> None:
    assert leases.claim(uuid4(), "a") is None


@contextmanager
def override_broker(address: str) -> Iterator[None]:
    before = current_app.conf.broker_url, current_app.conf.broker_write_url
    current_app.conf.broker_url = current_app.conf.broker_write_url = address
    try:
        yield
    finally:
        current_app.conf.broker_url, current_app.conf.broker_write_url = before


def test_a_broker_that_is_away_holds_nobody_up() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
        job = start_job(KIND, "someone")
        with override_broker(address):
            started = time.monotonic()
            ring(job.pk, job.queue)
            elapsed_seconds = time.monotonic() - started
    assert elapsed_seconds < 1
    job.refresh_from_db()
    assert (job.state, job.rung_at) == (JobState.QUEUED, None)
