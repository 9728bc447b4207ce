"""The artifact against PyTorch, through the runtime that serves it."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inference.runtime import Model
from training.engine.calibration import probabilities
from training.engine.errors import TrainingError
from training.engine.images import Pixels
from training.engine.probe import Head, Task
from training.engine.result import AgreementResult

if TYPE_CHECKING:
    from torch import nn

TOLERANCE = 1e-3
AGREEMENT_IMAGES = 8
_TIMED_RUNS = 9
_WARM_UP_RUNS = 3


@dataclass(frozen=True)
class Reference:
    """The model as PyTorch has it: images to features by `extractor`, features to logits by `head`."""

    extractor: "nn.Module"
    head: Head
    task: Task


def check_agreement(model: Model, reference: Reference, pixels: Pixels) -> AgreementResult:
    """Score `pixels` uint8 [n, S, S, 3] both ways.

    Raises TrainingError where a probability differs by more than TOLERANCE, or is not a number.
    """
    import torch

    served = model.classify(pixels)
    with torch.inference_mode():
        images = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))).float() / 255
        features = reference.extractor.eval()(images).numpy()
    expected = probabilities(reference.head.logits(features), reference.task)
    difference = float(np.abs(served - expected).max())
    if not difference <= TOLERANCE:  # "not <=" so that NaN fails
        raise TrainingError(
            f"The exported model disagrees with PyTorch: a probability differs by {difference:.2g} on images "
            f"of this project, and {TOLERANCE:g} is allowed.",
            "Train again; if it happens again, report it with the iteration's details.",
        )
    return AgreementResult(images=len(pixels), largest_difference=difference, tolerance=TOLERANCE)


def forward_ms(model: Model, pixels: Pixels) -> float:
    """Milliseconds of one image, decoding left out: the fastest of some runs; the rest is noise."""
    durations = []
    for _ in range(_WARM_UP_RUNS + _TIMED_RUNS):
        started = time.perf_counter()
        model.classify(pixels[:1])
        durations.append(time.perf_counter() - started)
    return min(durations[_WARM_UP_RUNS:]) * 1000
