"""From a job with regions to a detector's artifact."""

import hashlib
import logging
import shutil
import time
from functools import partial

import numpy as np
import torch

from inference.runtime import DetectionModel
from training.detection_metrics import (
    Detections,
    TagMatches,
    match_tags,
    mean_average_precision,
    tag_figures,
)
from training.engine.artifact import MODEL_FILE, write_file, write_result
from training.engine.cache import atomic_path
from training.engine.detection.anchors import fit_anchors
from training.engine.detection.base_model import lineage
from training.engine.detection.calibration import Calibration, fit_scores, uncalibrated
from training.engine.detection.checkpoints import checkpoint_folder
from training.engine.detection.epochs import EpochLosses
from training.engine.detection.fitting import Examples, Fit, Fitted, fit, seconds_a_step
from training.engine.detection.graph import Served, export_detector
from training.engine.detection.network import Detector, freeze_first_stages, make_detector
from training.engine.detection.preparation import PreparedDetection
from training.engine.detection.recipes import detector_title
from training.engine.detection.schedule import (
    QUICK_BUDGET_SECONDS,
    Schedule,
    load_schedule,
    plan_schedule,
    save_schedule,
)
from training.engine.detection.scoring import as_detections, compare, forward_ms, torch_detections
from training.engine.detection.steps import BATCH_IMAGES
from training.engine.detection.truth import trainable
from training.engine.detection.warm_start import start_from
from training.engine.machine import device_name, device_of, peak_memory_mb
from training.engine.progress import Progress
from training.engine.result import (
    AgreementResult,
    DetectionHeldOutResult,
    DetectionResult,
    DetectionSchedule,
    ModelResult,
)
from training.engine.surroundings import processor, versions

logger = logging.getLogger(__name__)

DETECTIONS_FILE = "detections.npz"
_OVERLAP = 0.5
_COCO_OVERLAPS = np.arange(0.5, 1.0, 0.05)
_SECONDS_BETWEEN_CHECKPOINTS = 15.0
_TRAINED_LAYERS = "The detector's own layers and the upper stages of the backbone; its first stages are as published."


def train(prepared: PreparedDetection, progress: Progress, started: float) -> DetectionResult:
    """Train and write all outputs; `started` is when the process did, by `time.monotonic`. Raises TrainingError."""
    run = _Run(prepared, progress, started)
    split = run.fit_split()
    calibration, held_out = run.judge(split)
    shipped = split if prepared.ships_the_split else run.fit_all()
    served = Served(shipped.detector, prepared.plan.input_size, calibration)
    model, agreement, found = run.write_model(served)
    # What the artifact itself finds on the held-out images, where it is the judged model.
    kept = found if prepared.ships_the_split else held_out
    run.write_detections(kept)
    result = run.result(kept, calibration, model, agreement, min(split.images_at_once, shipped.images_at_once))
    write_result(prepared.plan.folder, result)
    shutil.rmtree(run.folder, ignore_errors=True)
    return result


class _Run:
    def __init__(self, prepared: PreparedDetection, progress: Progress, started: float) -> None:
        plan = prepared.plan
        self.prepared, self.progress, self.started = prepared, progress, started
        self.device = device_of(plan.job.device)
        torch.backends.cudnn.deterministic = True
        self.boxes, self.notes = trainable(prepared.images, prepared.boxes, plan.input_size)
        self.anchors = plan.base.anchors if plan.base is not None else fit_anchors(self.boxes, plan.input_size)
        self.folder = checkpoint_folder(plan)
        self.rows = list(range(len(prepared.images)))
        self.held_out = prepared.held_out.tolist()
        self.split_rows = [row for row in self.rows if row not in set(self.held_out)]
        self.seconds_a_step = 0.0
        self.schedule = self._schedule()
        self.steps_done = 0
        self.fitting_started = time.monotonic()

    def _new(self) -> Detector:
        plan = self.prepared.plan
        torch.manual_seed(plan.job.seed % (1 << 31))
        weights = plan.weights.path if plan.base is None else None
        most_boxes = max((len(each) for each in self.boxes), default=0)
        detector = make_detector(
            plan.weights.backbone, weights, len(plan.job.tags), self.anchors, plan.input_size, most_boxes
        )
        if plan.base is not None:
            start_from(detector, plan.base, [tag.id for tag in plan.job.tags])
        freeze_first_stages(detector, is_advanced=plan.job.training_type == "advanced")
        return detector

    def _examples(self, rows: list[int]) -> Examples:
        plan = self.prepared.plan
        return Examples(rows, self.prepared.source, self.boxes, plan.input_size, plan.window)

    def _schedule(self) -> Schedule:
        settled = self.prepared.plan.job.settled
        if settled is not None:
            self.seconds_a_step = 1.0
            return Schedule(settled.split_steps, settled.final_steps, is_shortened=False)
        path = self.folder / "schedule.json"
        saved = load_schedule(path)
        if saved is not None:
            self.seconds_a_step = 1.0
            return saved
        self.progress.tell("Timing a step", 5)
        plan = self.prepared.plan
        self.seconds_a_step = seconds_a_step(self._new(), self._examples(self.split_rows), plan.threads, self.device)
        is_advanced = plan.job.training_type == "advanced"
        budget = float(plan.job.budget_seconds or QUICK_BUDGET_SECONDS)
        schedule = plan_schedule(
            len(self.rows),
            len(self.held_out),
            is_advanced=is_advanced,
            ships_the_split=self.prepared.ships_the_split,
            windows_an_image=(plan.input_size / plan.window) ** 2,
            seconds_a_step=self.seconds_a_step,
            seconds_left=budget - (time.monotonic() - self.started),
        )
        logger.info("%.3f s a step: %s", self.seconds_a_step, schedule)
        save_schedule(path, schedule)
        return schedule

    def fit_split(self) -> Fitted:
        """Train on four fifths of the images."""
        words = "Training" if self.prepared.ships_the_split else "Training, first on four fifths of the images"
        return self._fit("split", self.split_rows, self.schedule.split_steps, words)

    def fit_all(self) -> Fitted:
        """Train on all images."""
        return self._fit("all", self.rows, self.schedule.final_steps, "Training on all images")

    def _fit(self, name: str, rows: list[int], steps: int, words: str) -> Fitted:
        plan = self.prepared.plan
        total = self.schedule.split_steps + self.schedule.final_steps
        before = self.steps_done
        begun = time.monotonic()
        first: list[int] = []
        series = "All images" if name == "all" else "Four fifths of the images"
        losses = EpochLosses(steps, len(rows), partial(self.progress.epoch, series))

        def on_step(step: int, loss: float) -> None:
            first.append(step) if not first else None
            self.steps_done = before + step + 1
            done_here = step + 1 - first[0]
            pace = (time.monotonic() - begun) / done_here
            self.progress.tell(words, 8 + 82 * self.steps_done / total, pace * (total - self.steps_done))
            losses.add(step, loss)

        wanted = Fit(
            name=name,
            steps=steps,
            seed=plan.job.seed,
            threads=plan.threads,
            device=self.device,
            checkpoint=self.folder / f"{name}.pt",
            steps_between_checkpoints=max(1, int(_SECONDS_BETWEEN_CHECKPOINTS / max(self.seconds_a_step, 0.05))),
        )
        return fit(self._new(), self._examples(rows), wanted, on_step)

    def judge(self, split: Fitted) -> tuple[Calibration, list[Detections]]:
        """How scores are calibrated, and the held-out detections so."""
        self.progress.tell("Judging the model", 91)
        plan = self.prepared.plan
        served = Served(split.detector, plan.input_size, uncalibrated(len(plan.job.tags)))
        found = [torch_detections(served, self.prepared.source(row)) for row in self.held_out]
        calibration = fit_scores(self._matches(found))
        return calibration, [
            Detections(each.corners, each.tags, calibration.applied(each.scores, each.tags)) for each in found
        ]

    def write_model(self, served: Served) -> tuple[ModelResult, AgreementResult, list[Detections]]:
        """Export, compare with PyTorch on every held-out image, and only then write `model.onnx`."""
        plan = self.prepared.plan
        self.progress.tell("Checking the model", 94)
        temporary = plan.folder / "export" / "detector.onnx"
        said = lineage(plan.weights.backbone.name, self.anchors)
        artifact = export_detector(served, plan.job, said, temporary).SerializeToString(deterministic=True)
        shutil.rmtree(temporary.parent)
        model = DetectionModel.load(artifact, threads=1)
        reads = [partial(self.prepared.source, row) for row in self.held_out]
        count = len(reads)
        compared = compare(
            model, served, reads, lambda done: self.progress.tell("Checking the model", 94 + 5 * done / count)
        )
        write_file(plan.folder / MODEL_FILE, artifact)
        facts = ModelResult(
            file=MODEL_FILE,
            sha256=hashlib.sha256(artifact).hexdigest(),
            size_bytes=len(artifact),
            forward_ms=round(forward_ms(model, reads[0]), 2),
        )
        return facts, compared.agreement, compared.found

    def write_detections(self, found: list[Detections]) -> None:
        """Write `detections.npz`: image_ids [n], counts [n], corners [m, 4], tags [m], scores [m]."""
        with atomic_path(self.prepared.plan.folder / DETECTIONS_FILE) as temporary:
            np.savez(
                temporary,
                image_ids=np.array([self.prepared.images[row].id for row in self.held_out]),
                counts=np.array([len(each.tags) for each in found], dtype=np.int64),
                corners=np.concatenate([each.corners for each in found]).astype(np.float32),
                tags=np.concatenate([each.tags for each in found]).astype(np.int64),
                scores=np.concatenate([each.scores for each in found]).astype(np.float32),
            )

    def _matches(self, found: list[Detections], overlap: float = _OVERLAP) -> list[TagMatches]:
        truths = [as_detections(self.prepared.boxes[row]) for row in self.held_out]
        return match_tags(truths, found, len(self.prepared.plan.job.tags), overlap)

    def _held_out(self, found: list[Detections]) -> DetectionHeldOutResult:
        matches = self._matches(found)
        figures = [tag_figures(each, 0.5) for each in matches]
        right = sum(each.true_positives for each in figures)
        false = sum(each.false_positives for each in figures)
        missed = sum(each.false_negatives for each in figures)
        all_overlaps = [mean_average_precision(self._matches(found, float(overlap))) for overlap in _COCO_OVERLAPS]
        known = [value for value in all_overlaps if value is not None]
        return DetectionHeldOutResult(
            images=len(self.held_out),
            precision=right / (right + false) if right + false else 0.0,
            recall=right / (right + missed) if right + missed else 0.0,
            mean_average_precision=mean_average_precision(matches),
            mean_average_precision_all=sum(known) / len(known) if known else None,
        )

    def result(
        self,
        found: list[Detections],
        calibration: Calibration,
        model: ModelResult,
        agreement: AgreementResult,
        images_at_once: int,
    ) -> DetectionResult:
        """The record of the training."""
        prepared, plan = self.prepared, self.prepared.plan
        steps = self.schedule.split_steps if prepared.ships_the_split else self.schedule.final_steps
        shown_of = len(self.split_rows) if prepared.ships_the_split else len(self.rows)
        notes = [*plan.notes, *self.notes]
        if images_at_once < BATCH_IMAGES:
            notes.append(
                f"The graphics card ran out of memory: {images_at_once} images at once instead of {BATCH_IMAGES}."
            )
        if prepared.skipped:
            notes.append(f"{len(prepared.skipped)} images could not be read and were left out.")
        return DetectionResult(
            shipped="split" if prepared.ships_the_split else "all",
            recipe=f"{plan.recipe.domain_name} ({plan.recipe.domain_id})",
            backbone=detector_title(plan.weights.backbone),
            input_size=plan.input_size,
            weights_source=plan.weights.source,
            weights_sha256=plan.weights.sha256,
            trained_layers=_TRAINED_LAYERS,
            image_count=len(prepared.images),
            skipped_images=tuple(image.id for image in prepared.skipped),
            elapsed_seconds=round(time.monotonic() - self.started, 2),
            device=device_name(self.device),
            threads=plan.threads,
            seed=plan.job.seed,
            schedule=DetectionSchedule(
                split_steps=self.schedule.split_steps,
                final_steps=self.schedule.final_steps,
                batch_images=BATCH_IMAGES,
                window_pixels=plan.window,
                anchor_sizes=self.anchors.sizes,
                anchor_ratios=self.anchors.ratios,
            ),
            epochs=round(steps * BATCH_IMAGES / shown_of, 1),
            score_slope=calibration.slope,
            score_shifts=calibration.shifts,
            held_out=self._held_out(found),
            agreement=agreement,
            model=model,
            stopped_by="the budget shortened the schedule" if self.schedule.is_shortened else "finished",
            images_per_second=round(prepared.images_per_second, 1),
            peak_memory_mb=round(peak_memory_mb(), 1),
            notes=tuple(notes),
            versions=versions(),
            processor=processor(),
        )
