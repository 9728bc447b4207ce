"""The files that a training leaves: model, scores and result."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from inference.runtime import Model
from training.engine.agreement import AGREEMENT_IMAGES, Reference, check_agreement, forward_ms
from training.engine.cache import atomic_path
from training.engine.graph import artifact_metadata, classifier_graph
from training.engine.images import ImageReader, Pixels
from training.engine.preparation import Prepared
from training.engine.result import AgreementResult, DetectionResult, ModelResult, TrainingResult

MODEL_FILE = "model.onnx"
SCORES_FILE = "scores.npz"
RESULT_FILE = "result.json"


def write_model(
    prepared: Prepared, features: onnx.ModelProto, reference: Reference
) -> tuple[ModelResult, AgreementResult]:
    """Build, check against PyTorch, and only then write `model.onnx`. Raises TrainingError."""
    plan = prepared.plan
    model = classifier_graph(
        features,
        reference.head.weights,
        reference.head.biases,
        "Softmax" if reference.task == "multiclass" else "Sigmoid",
        artifact_metadata(plan.job, plan.size),
    )
    artifact = model.SerializeToString(deterministic=True)
    pixels = _sample(prepared)
    served = Model.load(artifact, threads=1)
    agreement = check_agreement(served, reference, pixels)
    write_file(plan.folder / MODEL_FILE, artifact)
    facts = ModelResult(
        file=MODEL_FILE,
        sha256=hashlib.sha256(artifact).hexdigest(),
        size_bytes=len(artifact),
        forward_ms=round(forward_ms(served, pixels), 2),
    )
    return facts, agreement


def write_scores(prepared: Prepared, scores: NDArray[np.float32]) -> None:
    """Write `scores.npz`: image_ids [n], held-out scores [n, tags], fold [n]."""
    with atomic_path(prepared.plan.folder / SCORES_FILE) as temporary:
        np.savez(
            temporary,
            image_ids=np.array([image.id for image in prepared.images]),
            scores=scores.astype(np.float32),
            fold=prepared.folds.fold,
        )


def write_result(folder: Path, result: TrainingResult | DetectionResult) -> None:
    """Write `result.json`."""
    write_file(folder / RESULT_FILE, result.model_dump_json(indent=1).encode())


def _sample(prepared: Prepared) -> Pixels:
    """Pixels of images spread over the job: uint8 [n, S, S, 3]."""
    plan = prepared.plan
    places = np.unique(np.linspace(0, len(prepared.images) - 1, AGREEMENT_IMAGES).astype(int))
    reader = ImageReader(plan.folder, plan.size, plan.threads)
    pixels = [pixels for _, pixels in reader.read([prepared.images[place] for place in places])]
    return np.stack([each for each in pixels if each is not None])


def write_file(target: Path, content: bytes) -> None:
    """Write whole or not at all."""
    with atomic_path(target) as temporary:
        temporary.write_bytes(content)
