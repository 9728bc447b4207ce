"""Storage notifications: messages about a project, posted as JSON to the address that it names.

Custom Vision puts them into a queue of Azure Storage; here `notificationQueueUri` is any HTTP address, and the message
is the body of a POST. Each is a job of its own, started in the transaction of what it tells: sent once that is
committed, tried again when the other side fails, and given up after some minutes without touching anything else.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from portal.fetching import FetchFailed, post_json
from portal.jobs.handlers import AttemptFailed, JobHandler
from portal.jobs.models import Job, JobState
from portal.jobs.queue import start_job
from portal.jobs.running import RunningJob
from portal.models import Project

NOTIFY_JOB = "notify"
VERSION = "1.0"
ATTEMPTS = 4  # spread over a minute and a half
logger = logging.getLogger(__name__)


def notify_connection(project: Project) -> None:
    """Send a test to the project's new address. Call it in the transaction that sets it."""
    _notify(project, "ConnectionTest", {})


def notify_training(project: Project, iteration_id: UUID, *, is_completed: bool) -> None:
    """Tell how a training ended. Call it in the transaction that ends it."""
    status = "TrainingCompleted" if is_completed else "TrainingFailed"
    _notify(project, "Training", {"iterationId": str(iteration_id), "trainingStatus": status})


def notify_export(project: Project, iteration_id: UUID, *, is_completed: bool, model_uri: str = "") -> None:
    """Tell how an export ended, and where its file is. Call it in the transaction that ends it."""
    status = "ExportCompleted" if is_completed else "ExportFailed"
    content = {"iterationId": str(iteration_id), "exportStatus": status, "modelUri": model_uri}
    _notify(project, "Export", content)


def _notify(project: Project, kind: str, content: dict[str, str]) -> None:
    """Start the job that sends a message, where the project has an address."""
    if not project.notification_uri:
        return
    start_job(
        NOTIFY_JOB,
        "Sightline",
        project_id=project.pk,
        address=project.notification_uri,
        message={"version": VERSION, "type": kind, "Content": {"projectId": str(project.pk), **content}},
    )


def send_notification(job: RunningJob) -> None:
    """The job: one post. A failure is tried again, and stays visible with the project."""
    message: dict[str, Any] = job.arguments["message"]
    job.progress(f"Sending {message['type']}", 0)
    try:
        post_json(job.arguments["address"], message, allow_private=settings.SIGHTLINE_ALLOW_PRIVATE_URLS)
    except FetchFailed as failed:
        logger.warning("notification %s of project %s: %s", message["type"], message["Content"]["projectId"], failed)
        raise AttemptFailed(str(failed), "Check the address and the program behind it.") from failed
    with job.commit():
        pass


@dataclass(frozen=True)
class LastNotification:
    """What became of the last message: `failure` is empty while it is on its way and once it was taken."""

    kind: str
    time: datetime
    is_sent: bool
    failure: str


def last_notification(project: Project) -> LastNotification | None:
    """The project's latest message; None where there was none."""
    job = Job.objects.filter(kind=NOTIFY_JOB, project_id=project.pk).order_by("-created").first()
    if job is None:
        return None
    return LastNotification(
        kind=job.arguments["message"]["type"],
        time=job.finished or job.created,
        is_sent=job.state == JobState.SUCCEEDED,
        failure=f"{job.error} {job.next_step}".strip() if job.state == JobState.FAILED else "",
    )


HANDLER = JobHandler(kind=NOTIFY_JOB, queue="short", run=send_notification, max_attempts=ATTEMPTS)
