"""What is told when a training has ended: once, with the cause where it failed."""

from email.message import EmailMessage

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from portal.jobs.models import Job, JobState
from portal.jobs.queue import request_cancel
from portal.jobs.running import work_on
from portal.models import Project
from tests.builders import key_actor, make_images, make_iteration, make_project, make_tag
from training.models import Iteration, IterationState
from training.notices import ATTEMPTS, MAIL_JOB, tell_training_ended
from training.starting import TrainingRequest, train_project

pytestmark = pytest.mark.django_db
ADDRESS = "ana@example.com"


def ended(state: IterationState, error: str = "", **more: str) -> Iteration:
    project = make_project()
    Project.objects.filter(pk=project.pk).update(name="Trees", **more)
    iteration = make_iteration(project, state)
    Iteration.objects.filter(pk=iteration.pk).update(notification_email=ADDRESS, error=error, name="Iteration 3")
    return iteration


def run_mail_jobs() -> None:
    for job in Job.objects.filter(kind=MAIL_JOB):
        work_on(job.pk, "test")


def sent() -> EmailMessage:
    assert len(mail.outbox) == 1
    return mail.outbox[0]  # type: ignore[return-value]


def test_the_end_of_a_training_is_mailed_once() -> None:
    iteration = ended(IterationState.COMPLETED)
    tell_training_ended(iteration.pk)
    assert mail.outbox == []
    run_mail_jobs()
    run_mail_jobs()
    message = sent()
    assert (message.to, message.subject) == ([ADDRESS], "Trees: Iteration 3 is trained")  # type: ignore[attr-defined]
    assert message.body == (  # type: ignore[attr-defined]
        "Iteration 3 of the project Trees is trained.\n\n"
        f"http://127.0.0.1:8000{reverse('performance', args=[iteration.project_id])}\n"
    )


def test_a_failure_is_mailed_with_its_cause() -> None:
    tell_training_ended(ended(IterationState.FAILED, "The tag oak has 3 images. Tag more.").pk)
    run_mail_jobs()
    message = sent()
    assert message.subject == "Trees: Iteration 3 was not trained"  # type: ignore[attr-defined]
    assert "The tag oak has 3 images. Tag more." in message.body  # type: ignore[attr-defined]


def test_a_name_cannot_break_out_of_the_subject() -> None:
    iteration = ended(IterationState.COMPLETED)
    Project.objects.filter(pk=iteration.project_id).update(name="Trees\r\nBcc: all@example.com")
    tell_training_ended(iteration.pk)
    run_mail_jobs()
    assert sent().subject == "Trees Bcc: all@example.com: Iteration 3 is trained"  # type: ignore[attr-defined]


def test_without_an_address_nobody_is_told() -> None:
    tell_training_ended(make_iteration(make_project()).pk)
    assert not Job.objects.exists()


def test_a_mail_server_that_is_away_is_tried_again_and_then_given_up(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    iteration = ended(IterationState.COMPLETED)
    tell_training_ended(iteration.pk)
    run_mail_jobs()
    assert Job.objects.get(kind=MAIL_JOB).state == JobState.QUEUED
    for _ in range(ATTEMPTS):
        Job.objects.update(due_at=timezone.now())
        run_mail_jobs()
    job = Job.objects.get(kind=MAIL_JOB)
    assert (job.state, job.attempt) == (JobState.FAILED, ATTEMPTS)
    assert job.error.startswith("The e-mail about Iteration 3 was not sent: ")
    assert Iteration.objects.get(pk=iteration.pk).state == IterationState.COMPLETED


def test_a_cancelled_training_is_told_once_by_mail_and_by_notification() -> None:
    project = make_project()
    Project.objects.filter(pk=project.pk).update(notification_uri="https://hooks.example/x")
    for _ in range(2):
        make_images(project, 5, [make_tag(project)])
    iteration = train_project(key_actor(project), project, TrainingRequest(notification_email=ADDRESS))
    assert iteration.job is not None
    request_cancel(iteration.job, "Ana")
    request_cancel(iteration.job, "Ana")
    run_mail_jobs()
    assert "was not trained.\n\nCancelled by Ana.\n" in sent().body  # type: ignore[attr-defined]
    message = Job.objects.get(kind="notify").arguments["message"]
    assert message["Content"] == {
        "projectId": str(project.pk),
        "iterationId": str(iteration.pk),
        "trainingStatus": "TrainingFailed",
    }


def test_a_deleted_project_tells_nobody() -> None:
    iteration = ended(IterationState.FAILED, notification_uri="https://hooks.example/x")
    Project.objects.filter(pk=iteration.project_id).update(deleted=timezone.now())
    tell_training_ended(iteration.pk)
    assert not Job.objects.exists()
