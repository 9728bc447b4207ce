"""The training job with the real engine: done, killed, cancelled, failed."""

import hashlib
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import onnx
import psutil
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from labeling.files import original_name
from labeling.models import Image, ImageTag
from portal.jobs.models import Job, JobState
from portal.jobs.queue import request_cancel
from portal.jobs.running import work_on
from portal.models import Project
from tests.builders import key_actor, make_project, make_tag
from tests.pictures import picture
from training.models import ImageScore, Iteration, IterationState
from training.notices import MAIL_JOB
from training.starting import TrainingRequest, train_project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def project_with_pictures(count: int = 8) -> Project:
    project = make_project()
    for shape in ("circle", "cross"):
        tag = make_tag(project, shape)
        for number in range(count):
            data = picture(shape, number)
            image = Image.objects.create(
                project=project,
                sha256=hashlib.sha256(data).hexdigest(),
                media_type="image/jpeg",
                size_bytes=len(data),
                width=96,
                height=96,
                created_by="test",
            )
            default_storage.save(original_name(project.pk, image.sha256, image.media_type), ContentFile(data))
            ImageTag.objects.create(image=image, tag=tag, created_by="test")
    return project


def start(project: Project) -> tuple[Iteration, Job]:
    iteration = train_project(key_actor(project), project, TrainingRequest(notification_email="ana@example.com"))
    assert iteration.job is not None
    return iteration, iteration.job


def engine_child() -> psutil.Process | None:
    for child in psutil.Process().children(recursive=True):
        try:
            if "training.engine" in child.cmdline():
                return child
        except psutil.NoSuchProcess:
            continue
    return None


def when_engine_runs(act: Callable[[psutil.Process], None]) -> threading.Thread:
    """Do something from another thread as soon as the engine's child process is there."""

    def watch() -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            child = engine_child()
            if child is not None:
                act(child)
                break
            time.sleep(0.05)
        connection.close()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def test_a_training_ends_with_an_artifact_and_a_score_for_each_image() -> None:
    iteration, job = start(project_with_pictures())
    work_on(job.pk, "test")
    iteration.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.SUCCEEDED, "")
    assert iteration.state == IterationState.COMPLETED
    assert ImageScore.objects.filter(iteration=iteration).count() == 16
    with default_storage.open(iteration.artifact) as file:
        data = file.read()
    assert hashlib.sha256(data).hexdigest() == iteration.artifact_sha256
    model = onnx.load_from_string(data)
    onnx.checker.check_model(model)
    assert [entry.name for entry in model.graph.output] == ["probabilities"]
    assert iteration.result["agreement"]["largest_difference"] <= iteration.result["agreement"]["tolerance"]
    assert not (Path(settings.SIGHTLINE_DATA) / "training" / str(iteration.pk)).exists()


def test_a_killed_child_is_tried_again_and_the_training_completes() -> None:
    iteration, job = start(project_with_pictures())
    watcher = when_engine_runs(lambda child: child.send_signal(signal.SIGKILL))
    work_on(job.pk, "test")
    watcher.join()
    iteration.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, job.attempt) == (JobState.QUEUED, 1)
    assert iteration.state == IterationState.TRAINING
    assert not Job.objects.filter(kind=MAIL_JOB).exists()
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    work_on(job.pk, "test")
    iteration.refresh_from_db()
    assert iteration.state == IterationState.COMPLETED
    assert Job.objects.filter(kind=MAIL_JOB).count() == 1


def test_a_cancelled_training_ends_its_child_and_says_who() -> None:
    iteration, job = start(project_with_pictures())
    watcher = when_engine_runs(lambda child: request_cancel(job, "Ana"))
    started = time.monotonic()
    work_on(job.pk, "test")
    watcher.join()
    iteration.refresh_from_db()
    job.refresh_from_db()
    if job.state == JobState.SUCCEEDED:
        pytest.fail("the training was over before its lease was renewed: make it longer")
    assert (job.state, iteration.state) == (JobState.CANCELLED, IterationState.CANCELLED)
    assert iteration.error == "Cancelled by Ana."
    assert time.monotonic() - started < 15
    assert engine_child() is None
    assert not (Path(settings.SIGHTLINE_DATA) / "training" / str(iteration.pk)).exists()
    assert ImageScore.objects.count() == 0


def test_a_file_that_is_gone_fails_the_iteration_with_its_cause() -> None:
    project = project_with_pictures()
    iteration, job = start(project)
    for image in project.images.all():
        default_storage.delete(original_name(project.pk, image.sha256, image.media_type))
    for _ in range(job.max_attempts):
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        work_on(job.pk, "test")
    iteration.refresh_from_db()
    assert iteration.state == IterationState.FAILED
    assert iteration.error != ""
    assert Job.objects.filter(kind=MAIL_JOB).count() == 1
