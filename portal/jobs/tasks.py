"""Celery's side of jobs: ids in, nothing out."""

from uuid import UUID

from celery import Task, shared_task

from portal.jobs import nightly
from portal.jobs.running import work_on


@shared_task(bind=True)
def run_job(self: Task, job_id: str) -> None:
    work_on(UUID(job_id), self.request.hostname)


@shared_task
def sweep_nightly() -> None:
    nightly.sweep_all()
