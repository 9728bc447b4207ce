"""What is told when a training has ended: by e-mail, and to the project's notification address."""

from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage

from portal.jobs.handlers import AttemptFailed, JobHandler
from portal.jobs.queue import start_job
from portal.jobs.running import RunningJob
from portal.notifications import notify_training
from training.models import Iteration, IterationState

MAIL_JOB = "mail_training"
ATTEMPTS = 5


def tell_training_ended(iteration_id: UUID) -> None:
    """Start the e-mail and the notification of an iteration that has just ended.

    Call it in the transaction that ends the iteration: then each is started exactly once, and never for an end
    that was rolled back.
    """
    iteration = Iteration.objects.select_related("project").get(pk=iteration_id)
    if iteration.project.deleted is not None:
        return
    notify_training(iteration.project, iteration.pk, is_completed=iteration.state == IterationState.COMPLETED)
    if iteration.notification_email:
        start_job(MAIL_JOB, "Sightline", project_id=iteration.project_id, iteration_id=str(iteration.pk))


def mail_training(job: RunningJob) -> None:
    """The job: one message to the address given when the training began. A mail server that is away is tried again."""
    job.progress("Sending the e-mail", 0)
    iteration = Iteration.objects.select_related("project").filter(pk=UUID(job.arguments["iteration_id"])).first()
    if iteration is not None:
        try:
            _message(iteration).send()
        except OSError as error:  # smtplib's errors are such too
            raise AttemptFailed(
                f"The e-mail about {iteration.name} was not sent: {error}", "Check EMAIL_URL and the mail server."
            ) from error
    with job.commit():
        pass


def _message(iteration: Iteration) -> EmailMessage:
    name, project = _line(iteration.name), _line(iteration.project.name)
    outcome = "is trained" if iteration.state == IterationState.COMPLETED else "was not trained"
    # Not by `reverse`: it would load every view into the worker.
    address = f"{settings.SIGHTLINE_PUBLIC_URL}/projects/{iteration.project_id}/performance"
    paragraphs = [f"{name} of the project {project} {outcome}.", iteration.error.strip(), address]
    # A worker that dies between sending and noting so sends again: the same id lets the mailbox tell.
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"
    return EmailMessage(
        subject=f"{project}: {name} {outcome}",
        body="\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n",
        to=[iteration.notification_email],
        headers={"Message-ID": f"<training-{iteration.pk}@{domain}>"},
    )


def _line(text: str) -> str:
    """On one line, as a subject has to be."""
    return " ".join(text.split())


HANDLER = JobHandler(kind=MAIL_JOB, queue="short", run=mail_training, max_attempts=ATTEMPTS)
