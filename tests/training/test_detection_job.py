"""A detector's training job with the real engine: killed in the middle, continued once, and its boxes kept."""

import hashlib
import json
import signal
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from labeling.boxes import Box
from labeling.files import original_name
from labeling.models import Image
from labeling.regions import ImageBox, add_regions
from portal.domains import GENERAL_DETECTION
from portal.jobs.models import Job, JobState
from portal.jobs.queue import request_cancel
from portal.jobs.running import work_on
from portal.models import Project
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_project, make_tag
from tests.pictures import scene
from tests.training.test_training_job import engine_child, start
from training import job_folder
from training.curve import curve_of
from training.models import ImageDetections, Iteration, IterationState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(600)]

IMAGES = 16


@pytest.fixture(autouse=True)
def _small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few steps as there can be, on any machine."""
    monkeypatch.setattr(job_folder, "_budget_seconds", lambda iteration: 10)


def project_with_scenes() -> Project:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    tags = {shape: make_tag(project, shape) for shape in ("circle", "cross")}
    boxes = []
    for number in range(IMAGES):
        data, objects = scene(number, object_count=2)
        image = Image.objects.create(
            project=project,
            sha256=hashlib.sha256(data).hexdigest(),
            media_type="image/jpeg",
            size_bytes=len(data),
            width=320,
            height=320,
            created_by="test",
        )
        default_storage.save(original_name(project.pk, image.sha256, image.media_type), ContentFile(data))
        boxes += [
            ImageBox(image.pk, Box(tags[each.shape].pk, each.left, each.top, each.width, each.height))
            for each in objects
        ]
    add_regions(key_actor(project), project, boxes)
    return project


def kill_when_a_checkpoint_is_there(iteration: Iteration) -> threading.Thread:
    """Kill the engine as soon as it has written something that can be continued."""
    folder = Path(settings.SIGHTLINE_DATA) / "training" / str(iteration.pk) / "checkpoints"

    def watch() -> None:
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline:
            child = engine_child()
            if child is not None and list(folder.rglob("*.pt")):
                child.send_signal(signal.SIGKILL)
                return
            time.sleep(0.05)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def test_a_killed_training_is_continued_and_kept_once() -> None:
    iteration, job = start(project_with_scenes())
    watcher = kill_when_a_checkpoint_is_there(iteration)
    work_on(job.pk, "test")
    watcher.join()
    job.refresh_from_db()
    assert (job.state, job.attempt) == (JobState.QUEUED, 1)
    (schedule,) = (Path(settings.SIGHTLINE_DATA) / "training" / str(iteration.pk)).rglob("schedule.json")
    planned = json.loads(schedule.read_text())
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    work_on(job.pk, "test")
    job.refresh_from_db()
    iteration.refresh_from_db()
    assert (job.state, job.attempt, iteration.state) == (JobState.SUCCEEDED, 2, IterationState.COMPLETED)
    said = iteration.result["schedule"]
    assert (said["split_steps"], said["final_steps"]) == (planned["split_steps"], planned["final_steps"])
    assert ImageDetections.objects.filter(iteration=iteration).count() == iteration.result["held_out"]["images"]
    points = [(point.series, point.epoch) for point in curve_of(iteration)]
    assert len(points) == len(set(points))
    assert {series for series, _ in points} == {"Four fifths of the images", "All images"}
    assert not (Path(settings.SIGHTLINE_DATA) / "training" / str(iteration.pk)).exists()
    work_on(job.pk, "test")
    assert ImageDetections.objects.filter(iteration=iteration).count() == iteration.result["held_out"]["images"]


def test_a_cancelled_training_of_a_detector_keeps_nothing() -> None:
    iteration, job = start(project_with_scenes())

    def cancel() -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and engine_child() is None:
            time.sleep(0.05)
        request_cancel(job, "Ana")
        connection.close()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    work_on(job.pk, "test")
    canceller.join()
    iteration.refresh_from_db()
    assert (iteration.state, iteration.error) == (IterationState.CANCELLED, "Cancelled by Ana.")
    assert engine_child() is None
    assert ImageDetections.objects.count() == 0
    assert not (Path(settings.SIGHTLINE_DATA) / "training" / str(iteration.pk)).exists()
