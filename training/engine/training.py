"""From a prepared job to its artifact: probe, fine-tuning where asked for, choice, export."""

import shutil
import time
from dataclasses import dataclass, replace

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from training.engine.agreement import Reference
from training.engine.artifact import write_model, write_result, write_scores
from training.engine.backbones import Extractor, SharedExtractor, load_backbone
from training.engine.candidates import Candidate, best, held_out_probe_logits, make_candidate
from training.engine.checkpoints import checkpoints_of
from training.engine.finetuning import Tuned
from training.engine.graph import export_features
from training.engine.heldout import HeldOutTuning, Outcome
from training.engine.machine import device_name, device_of, peak_memory_mb
from training.engine.preparation import Plan, Prepared, prepare
from training.engine.probe import Head, fit_probe, soft_targets
from training.engine.progress import Progress
from training.engine.result import CandidateResult, ClassifierSchedule, TrainingResult
from training.engine.surroundings import processor, versions

# The larger input is tried where reading it should take no more than this share of the budget.
_READING_SHARE_OF_BUDGET = 0.25
TRAINED_LAYERS = {
    "probe": "The last layer; the backbone is as published.",
    "fine-tuned": "The last layer and the upper stages of the backbone; its first stages are as published.",
    "mean": "Two models are averaged: one with only the last layer trained, and one with the upper stages of the "
    "backbone trained too.",
}


@dataclass(frozen=True)
class _Trial:
    """One prepared input with its probe."""

    prepared: Prepared
    probe: Candidate


def train(prepared: Prepared, progress: Progress, started: float) -> TrainingResult:
    """Train and write all outputs; `started` is when the process did, by `time.monotonic`. Raises TrainingError."""
    job = prepared.plan.job
    device = device_of(job.device)
    torch.manual_seed(job.seed)
    torch.backends.cudnn.deterministic = True
    targets = soft_targets(prepared.truth, prepared.plan.task, prepared.plan.negative)
    trial = _probe_trial(prepared, targets)
    results = {"probe": trial.probe.result(prepared.truth, targets)}
    if job.training_type == "advanced":
        trial = _larger_trial(trial, targets, progress, started, results)
    prepared, plan = trial.prepared, trial.prepared.plan
    settled = job.settled
    outcome: Outcome | None = None
    chosen = trial.probe
    checkpoints = None
    # On a GPU fine-tuning costs seconds, so a quick training does it as well.
    is_tuned = job.training_type == "advanced" or device.type == "cuda"
    if settled.epochs > 0 if settled is not None else is_tuned:
        checkpoints = checkpoints_of(plan)
        outcome = HeldOutTuning(prepared, trial.probe, targets, device, checkpoints, progress, started).run()
        for candidate in outcome.judged:
            rows = outcome.judged_rows
            results[candidate.name] = candidate.result(prepared.truth[rows], targets[rows])
        chosen = best([trial.probe, *outcome.candidates], targets)
    progress.tell("Training the model on all images", 90)
    features, reference = _final(trial, chosen, outcome, targets)
    progress.tell("Checking the model", 93)
    model, agreement = write_model(prepared, features, reference)
    write_scores(prepared, chosen.scores)
    result = TrainingResult(
        shipped=chosen.name,
        recipe=f"{plan.recipe.domain_name} ({plan.recipe.domain_id})",
        backbone=plan.backbone.title,
        input_size=plan.size,
        weights_source=plan.weights.source,
        weights_sha256=plan.weights.sha256,
        trained_layers=TRAINED_LAYERS[chosen.name],
        image_count=len(prepared.images),
        skipped_images=tuple(image.id for image in prepared.features.unreadable),
        elapsed_seconds=round(time.monotonic() - started, 2),
        device=device_name(device),
        threads=plan.threads,
        seed=job.seed,
        schedule=ClassifierSchedule(
            larger_input=any(name.startswith("probe at") for name in results), epochs=outcome.epochs if outcome else 0
        ),
        temperature=chosen.temperature,
        held_out=chosen.held_out(prepared.truth),
        candidates=results,
        agreement=agreement,
        model=model,
        stopped_by=outcome.stopped_by if outcome else "finished",
        images_per_second=round(prepared.images_per_second, 1),
        peak_memory_mb=round(peak_memory_mb(), 1),
        notes=(*plan.notes, *_notes(prepared, device)),
        versions=versions(),
        processor=processor(),
    )
    write_result(plan.folder, result)
    if checkpoints is not None:
        checkpoints.remove()
    return result


def _probe_trial(prepared: Prepared, targets: NDArray[np.float32]) -> _Trial:
    task = prepared.plan.task
    logits = held_out_probe_logits(prepared.features.views, targets, prepared.folds, task, prepared.plan.blocks)
    return _Trial(prepared, make_candidate("probe", logits, targets, task))


def _larger_trial(
    trial: _Trial,
    targets: NDArray[np.float32],
    progress: Progress,
    started: float,
    results: dict[str, CandidateResult],
) -> _Trial:
    """The same images at the recipe's larger input, where it does better on the held-out folds."""
    plan = trial.prepared.plan
    size = plan.recipe.larger_size
    if size is None:
        return trial
    if plan.job.settled is not None:
        if not plan.job.settled.larger_input:
            return trial
    elif not _has_time_to_read(trial, size, started):
        return trial
    larger_plan = replace(plan, size=size, pooling=plan.recipe.larger_pooling)
    prepared = prepare(larger_plan, progress, 10, 20)
    if not np.array_equal(prepared.features.readable, trial.prepared.features.readable):
        return trial
    larger = _probe_trial(replace(prepared, folds=trial.prepared.folds), targets)
    results[f"probe at {size} px"] = larger.probe.result(prepared.truth, targets)
    return larger if best([trial.probe, larger.probe], targets) is larger.probe else trial


def _has_time_to_read(trial: _Trial, size: int, started: float) -> bool:
    """Whether reading all images at that size fits into the budget."""
    plan = trial.prepared.plan
    seconds = len(trial.prepared.images) / trial.prepared.images_per_second * (size / plan.size) ** 2
    budget = plan.job.budget_seconds
    return budget is None or seconds <= _READING_SHARE_OF_BUDGET * (budget - (time.monotonic() - started))


def _final(
    trial: _Trial, chosen: Candidate, outcome: Outcome | None, targets: NDArray[np.float32]
) -> tuple[onnx.ModelProto, Reference]:
    """The model that ships: its graph up to the features, and itself as PyTorch has it."""
    prepared, plan = trial.prepared, trial.prepared.plan
    task = plan.task
    network = load_backbone(plan.backbone, plan.weights.path)
    probe = fit_probe(prepared.features.views, targets, task, plan.blocks)
    if chosen.name == "probe":
        extractor = Extractor(network, plan.pooling)
        return prepared.features_graph, Reference(extractor, probe.scaled(1 / chosen.temperature), task)
    assert outcome is not None
    assert outcome.final is not None
    tuned: Tuned = outcome.final()
    if chosen.name == "fine-tuned":
        network.upper = tuned.upper
        return _export(Extractor(network, plan.pooling), plan), Reference(
            Extractor(network, plan.pooling), tuned.head.scaled(1 / chosen.temperature), task
        )
    tuned_candidate = next(candidate for candidate in outcome.candidates if candidate.name == "fine-tuned")
    head = _stacked(
        probe.scaled(0.5 / (trial.probe.temperature * chosen.temperature)),
        tuned.head.scaled(0.5 / (tuned_candidate.temperature * chosen.temperature)),
    )
    shared = SharedExtractor(network, tuned.upper, plan.pooling)
    return _export(shared, plan), Reference(shared, head, task)


def _stacked(first: Head, second: Head) -> Head:
    """The head over both models' features side by side whose logits are the sum of theirs."""
    return Head(np.concatenate([first.weights, second.weights]), first.biases + second.biases)


def _export(extractor: torch.nn.Module, plan: Plan) -> onnx.ModelProto:
    folder = plan.folder / "export"
    path = folder / "features.onnx"
    export_features(extractor.eval(), plan.size, path)
    model = onnx.load(str(path))
    shutil.rmtree(folder)
    return model


def _notes(prepared: Prepared, device: torch.device) -> list[str]:
    notes = []
    if device.type == "cuda":
        notes.append(f"Peak GPU memory: {torch.cuda.max_memory_allocated(device) / 1e6:.0f} MB.")
    skipped = len(prepared.features.unreadable)
    if skipped:
        notes.append(f"{skipped} of {skipped + len(prepared.images)} images could not be read and were left out.")
    names = [prepared.plan.job.tags[tag].name for tag in prepared.folds.split_tags]
    if names:
        notes.append(f"Many images of {', '.join(names)} look nearly the same: figures may flatter the model.")
    return notes
