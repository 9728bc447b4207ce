"""Letting an iteration's own artifact look at the locked test set, and measuring how long that takes."""

import statistics
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

import numpy as np
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from inference.locked_test_job import QUEUE
from inference.runtime import ArtifactRefused, DetectionModel, Model, ServedModel
from inference.sessions import load_artifact, return_memory
from labeling.files import original_name
from labeling.models import Image, SnapshotTag
from portal.imaging import ImageRejected, decode_for_model
from portal.jobs.handlers import JobFailed
from portal.jobs.models import Job, JobState
from portal.jobs.running import JobCancelled, RunningJob
from portal.jobs.turns import a_turn
from portal.models import Project
from training.kept_detections import BOX
from training.locked_test.scoring import images_to_score, lock_iteration, start_scoring_job
from training.models import Iteration, LockedTestScore, LockedTestScoring

SECONDS_PER_TURN = 20.0
IMAGES_PER_BATCH = 16
MEASURED_IMAGES = 15
# Other work disturbs single looks: of each image the fastest of so many counts.
LOOKS_AT_EACH = 3
STAGE = "Scoring the locked test set"
GONE = "The iteration was deleted before its scoring was done."


def score_locked_test(job: RunningJob) -> None:
    """Score what is to be scored, in batches, and commit when nothing is left: killed anywhere, the next goes on."""
    try:
        _score_all(job)
    finally:
        return_memory()  # a worker lives long, and may not need a model again


def _score_all(job: RunningJob) -> None:
    iteration = _iteration(job)
    model = _model(iteration)
    tags = _tag_order(iteration, model)
    _measure(job, iteration, model)
    until = time.monotonic() + SECONDS_PER_TURN
    unreadable: set[UUID] = set()
    while True:
        wanted = [image_id for image_id in images_to_score(iteration) if image_id not in unreadable]
        if not wanted:
            if _finish(job, iteration, unreadable):
                return
            continue
        if not _score(job, iteration, model, tags, wanted, unreadable, until):
            _hand_over(job, iteration)
            return


def _score(
    job: RunningJob,
    iteration: Iteration,
    model: ServedModel,
    tags: Sequence[int],
    wanted: Sequence[UUID],
    unreadable: set[UUID],
    until: float,
) -> bool:
    """Score these images; False when the turn is over before they are, and others wait for theirs."""
    started, done = time.monotonic(), 0
    before = LockedTestScore.objects.filter(iteration=iteration).count()
    rest = iter(wanted)
    while batch := list(islice(rest, IMAGES_PER_BATCH)):
        images = list(Image.objects.filter(pk__in=batch, removed__isnull=True, locked_test__isnull=False))
        rows = []
        for image in images:
            job.check()
            try:
                rows.append(LockedTestScore(iteration=iteration, image=image, scores=_said(model, tags, _read(image))))
            except (FileNotFoundError, ImageRejected):
                unreadable.add(image.pk)
        _keep(iteration, rows)
        done += len(batch)
        left = (time.monotonic() - started) / done * (len(wanted) - done)
        job.progress(STAGE, 100 * (before + done) / (before + len(wanted)), left)
        if time.monotonic() > until and done < len(wanted) and _others_wait(job):
            return False
    return True


def _keep(iteration: Iteration, rows: Sequence[LockedTestScore]) -> None:
    """Only of images and an iteration that are still there: nothing holds them while they are looked at."""
    with a_turn(), transaction.atomic():
        if not lock_iteration(iteration.pk):
            raise JobFailed(GONE)
        ids = [row.image_id for row in rows]
        there = set(Image.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
        LockedTestScore.objects.bulk_create([row for row in rows if row.image_id in there], ignore_conflicts=True)


def _finish(job: RunningJob, iteration: Iteration, unreadable: set[UUID]) -> bool:
    """End the job; False where images came in since it was looked."""
    if unreadable:
        raise JobFailed(_unreadable_words(unreadable), "Delete it, or take it out of the locked test set.")
    with transaction.atomic():
        # Whoever changes the test set holds this lock: what comes in after it asks for a job of its own.
        Project.objects.select_for_update().filter(pk=iteration.project_id).exists()
        if images_to_score(iteration):
            return False
        with job.commit():
            pass
    return True


def _hand_over(job: RunningJob, iteration: Iteration) -> None:
    """Leave the rest to another job, which gets its turn after those that wait now."""
    told = Job.objects.filter(pk=job.id).values("stage", "percent", "seconds_left").get()
    with transaction.atomic():
        if not lock_iteration(iteration.pk):
            raise JobFailed(GONE)
        if Job.objects.filter(pk=job.id, cancel_requested_at__isnull=False).exists():
            raise JobCancelled
        with job.commit():
            rest = start_scoring_job(iteration, job.started_by)
            Job.objects.filter(pk=rest.pk).update(**told)


def _others_wait(job: RunningJob) -> bool:
    waiting = Job.objects.filter(queue=QUEUE, state=JobState.QUEUED, due_at__lte=timezone.now())
    return waiting.exclude(pk=job.id).exists()


def _iteration(job: RunningJob) -> Iteration:
    iteration = Iteration.objects.filter(
        pk=UUID(job.arguments["iteration_id"]), deleted__isnull=True, project__deleted__isnull=True
    ).first()
    if iteration is None:
        raise JobFailed(GONE)
    return iteration


def _model(iteration: Iteration) -> ServedModel:
    try:
        return load_artifact(iteration.artifact, iteration.artifact_sha256)
    except FileNotFoundError as error:
        raise JobFailed(
            f"The model of {iteration.name} is not in storage any more.", "Restore it from a backup, or train again."
        ) from error
    except ArtifactRefused as error:
        raise JobFailed(f"The model of {iteration.name} cannot be loaded: {error}", "Train it again.") from error


def _tag_order(iteration: Iteration, model: ServedModel) -> list[int]:
    """For each tag of the snapshot, in order, its place among the model's outputs."""
    place = {label.id: number for number, label in enumerate(model.metadata.labels)}
    tags = SnapshotTag.objects.filter(snapshot_id=iteration.pk).order_by("position").values_list("tag_id", flat=True)
    try:
        return [place[str(tag_id)] for tag_id in tags]
    except KeyError as missing:
        raise JobFailed(
            f"The model of {iteration.name} does not know the tag {missing}, which it was trained on.",
            "Train it again.",
        ) from missing


def _said(model: ServedModel, tags: Sequence[int], data: bytes) -> bytes:
    """What the model says of one encoded image, as a row keeps it."""
    pixels = decode_for_model(data, model.metadata.input_size)
    if isinstance(model, DetectionModel):
        found = model.detect(pixels)
        positions = np.full(len(model.metadata.labels), -1, dtype=np.int32)
        positions[tags] = np.arange(len(tags))
        boxes = np.empty(len(found.tags), BOX)
        boxes["tag"], boxes["score"], boxes["corners"] = positions[found.tags], found.scores, found.corners
        return boxes[boxes["tag"] >= 0].tobytes()
    assert isinstance(model, Model)
    return model.classify(pixels[np.newaxis])[0][tags].astype("<f4").tobytes()


def _measure(job: RunningJob, iteration: Iteration, model: ServedModel) -> None:
    """How long this machine takes for an image, decoded and run, and how large the model is; once for an iteration."""
    scoring, _ = LockedTestScoring.objects.get_or_create(pk=iteration.pk)
    if scoring.measured is not None:
        return
    job.progress("Measuring the time an image takes", 0)
    size = model.metadata.input_size
    milliseconds = []
    for data in islice(_pictures(iteration), MEASURED_IMAGES):
        looks = []
        for _ in range(LOOKS_AT_EACH):
            job.check()
            started = time.perf_counter()
            model.answer(decode_for_model(data, size))
            looks.append((time.perf_counter() - started) * 1000)
        milliseconds.append(min(looks))
    _write_measures(iteration, statistics.median(milliseconds) if milliseconds else None, timezone.now())


def _write_measures(iteration: Iteration, milliseconds: float | None, now: datetime) -> None:
    LockedTestScoring.objects.filter(pk=iteration.pk).update(
        image_milliseconds=milliseconds, artifact_bytes=default_storage.size(iteration.artifact), measured=now
    )


def _pictures(iteration: Iteration) -> Iterable[bytes]:
    """Images of the project, the same for each iteration: those of the test set first."""
    images = Image.objects.filter(project=iteration.project_id, removed__isnull=True)
    for chosen in (images.filter(locked_test__isnull=False), images.filter(locked_test__isnull=True)):
        for image in chosen.order_by("created", "pk")[: 2 * MEASURED_IMAGES]:
            try:
                data = _read(image)
                decode_for_model(data, 32)
            except (FileNotFoundError, ImageRejected):
                continue
            yield data


def _read(image: Image) -> bytes:
    with default_storage.open(original_name(image.project_id, image.sha256, image.media_type), "rb") as file:
        data: bytes = file.read()
    return data


def _unreadable_words(unreadable: set[UUID]) -> str:
    first = min(unreadable)
    if len(unreadable) == 1:
        return f"The file of image {first} of the locked test set cannot be read."
    return f"The files of {len(unreadable)} images of the locked test set cannot be read, {first} for one."
