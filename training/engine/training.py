"""From a prepared job to its artifact: probe, fine-tuning where asked for, choice, export."""

import resource
import sys
import time

import onnx
import torch

from training.engine.agreement import Reference
from training.engine.artifact import write_model, write_result, write_scores
from training.engine.backbones import Extractor, load_backbone
from training.engine.candidates import Candidate, held_out_probe_logits, make_candidate
from training.engine.preparation import Prepared
from training.engine.probe import fit_probe, soft_targets
from training.engine.progress import Progress
from training.engine.result import TrainingResult


def train(prepared: Prepared, progress: Progress, started: float) -> TrainingResult:
    """Train and write all outputs; `started` is when the process did, by `time.monotonic`."""
    plan, job = prepared.plan, prepared.plan.job
    torch.manual_seed(job.seed)
    targets = soft_targets(prepared.truth, job.task, plan.negative)
    views = prepared.features.views
    progress.tell("Training", 80)
    probe = make_candidate(
        "probe", held_out_probe_logits(views, targets, prepared.folds, job.task), targets, job.task
    )
    head = fit_probe(views, targets, job.task)
    chosen: Candidate = probe
    progress.tell("Checking the model", 93)
    network = load_backbone(plan.backbone, plan.weights.path)
    reference = Reference(Extractor(network, plan.pooling), head.scaled(1 / chosen.temperature), job.task)
    features: onnx.ModelProto = prepared.features_graph
    model, agreement = write_model(prepared, features, reference)
    write_scores(prepared, chosen.scores)
    result = TrainingResult(
        shipped=chosen.name,
        recipe=f"{plan.recipe.domain_name} ({plan.recipe.domain_id})",
        backbone=plan.backbone.title,
        input_size=plan.size,
        weights_source=plan.weights.source,
        weights_sha256=plan.weights.sha256,
        trained_layers="The last layer, on features of the backbone as published.",
        image_count=len(prepared.images),
        skipped_images=tuple(image.id for image in prepared.features.unreadable),
        elapsed_seconds=round(time.monotonic() - started, 2),
        device="cpu",
        threads=plan.threads,
        seed=job.seed,
        temperature=chosen.temperature,
        held_out=chosen.held_out(prepared.truth),
        candidates={"probe": probe.result(prepared.truth, targets)},
        agreement=agreement,
        model=model,
        stopped_by="finished",
        images_per_second=round(prepared.images_per_second, 1),
        peak_memory_mb=round(_peak_memory_mb(), 1),
        notes=plan.notes,
    )
    write_result(plan.folder, result)
    return result


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform == "linux" else peak / 1024**2
