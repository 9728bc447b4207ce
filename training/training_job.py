"""The job that trains an iteration."""

import shutil
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from portal.jobs.handlers import JobHandler
from portal.jobs.leases import LeaseLost
from portal.jobs.models import Job, JobState
from portal.jobs.running import JobCancelled, RunningJob
from training.curve import CurveWriter
from training.engine.result import DetectionResult, TrainingResult, read_result
from training.engine_process import EngineDied, EngineFailed, Event, run_engine
from training.job_folder import prepare, training_folder
from training.kept_detections import detection_rows
from training.locked_test.scoring import score_what_was_trained
from training.models import UNFINISHED_STATES, ImageDetections, ImageScore, Iteration, IterationState
from training.notices import tell_training_ended
from training.orphans import sweep_training_folders
from training.starting import TRAIN_JOB

ROWS_PER_INSERT = 2000


def train_iteration(job: RunningJob) -> None:
    """Train, and commit artifact, scores and metrics in one transaction with the job's success."""
    started = time.monotonic()
    iteration = Iteration.objects.select_related("project", "job", "base_iteration").get(
        pk=UUID(job.arguments["iteration_id"])
    )
    Iteration.objects.filter(pk=iteration.pk, state__in=UNFINISHED_STATES).update(state=IterationState.TRAINING)
    job.progress("Reading images", 0)
    sweep_training_folders(timedelta())
    folder = prepare(iteration, job.attempt, job.check)

    curve = CurveWriter(iteration)

    def tell(event: Event) -> None:
        if event["event"] == "epoch":
            job.check()
            curve.add(event)
            return
        job.progress(str(event["stage"]), float(event["percent"]), event.get("seconds_left"))

    try:
        run_engine(folder, tell, job.check)
        _store(job, iteration, folder, started, curve)
    except (EngineFailed, EngineDied) as failure:
        Iteration.objects.filter(pk=iteration.pk, state__in=UNFINISHED_STATES).update(
            failure_kind=failure.kind, failure_object_id=failure.object_id
        )
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(training_folder(iteration.pk), ignore_errors=True)


def _store(job: RunningJob, iteration: Iteration, folder: Path, started: float, curve: CurveWriter) -> None:
    result = read_result((folder / "result.json").read_bytes())
    # The attempt is part of the name: an attempt that lost its lease may still be writing its own.
    name = f"projects/{iteration.project_id}/iterations/{iteration.pk}/attempt-{job.attempt}.onnx"
    default_storage.delete(name)
    with (folder / "model.onnx").open("rb") as artifact:
        stored_name = default_storage.save(name, File(artifact))
    try:
        _commit(job, iteration, folder, result, stored_name, started, curve)
    except (JobCancelled, LeaseLost):
        # After any other error it may be that the database has it: the sweep can tell (training.orphans).
        default_storage.delete(stored_name)
        raise


def _commit(
    job: RunningJob,
    iteration: Iteration,
    folder: Path,
    result: TrainingResult | DetectionResult,
    stored_name: str,
    started: float,
    curve: CurveWriter,
) -> None:
    rows = _score_rows(iteration, folder) if isinstance(result, TrainingResult) else []
    boxes = detection_rows(iteration, folder / "detections.npz") if isinstance(result, DetectionResult) else []
    now = timezone.now()
    with job.commit():
        ImageScore.objects.filter(iteration=iteration).delete()
        ImageScore.objects.bulk_create(rows, batch_size=ROWS_PER_INSERT)
        ImageDetections.objects.filter(iteration=iteration).delete()
        ImageDetections.objects.bulk_create(boxes, batch_size=ROWS_PER_INSERT)
        Iteration.objects.filter(pk=iteration.pk).update(
            state=IterationState.COMPLETED,
            artifact=stored_name,
            artifact_sha256=result.model.sha256,
            result=result.model_dump(mode="json"),
            error="",
            failure_kind="",
            failure_object_id="",
            curve=curve.points,
            trained=now,
            last_modified=now,
            training_seconds=time.monotonic() - started,
        )
        score_what_was_trained(iteration.pk)
        tell_training_ended(iteration.pk)


def _score_rows(iteration: Iteration, folder: Path) -> list[ImageScore]:
    with np.load(folder / "scores.npz", allow_pickle=False) as scores:
        return [
            ImageScore(iteration=iteration, image_id=UUID(str(image_id)), fold=int(fold), probabilities=row.tobytes())
            for image_id, fold, row in zip(
                scores["image_ids"], scores["fold"], scores["scores"].astype("<f4"), strict=True
            )
        ]


def training_stopped(job: Job) -> None:
    """The job ended without a model: the iteration says why."""
    now = timezone.now()
    iteration_id = UUID(job.arguments["iteration_id"])
    ended = Iteration.objects.filter(pk=iteration_id, state__in=UNFINISHED_STATES).update(
        state=IterationState.CANCELLED if job.state == JobState.CANCELLED else IterationState.FAILED,
        error=" ".join(part for part in (job.error, job.next_step) if part),
        last_modified=now,
    )
    if ended:
        tell_training_ended(iteration_id)
    # Checkpoints can be a gigabyte; nothing resumes from them any more.
    transaction.on_commit(lambda: shutil.rmtree(training_folder(iteration_id), ignore_errors=True))


HANDLER = JobHandler(kind=TRAIN_JOB, queue="training", run=train_iteration, on_stopped=training_stopped)
