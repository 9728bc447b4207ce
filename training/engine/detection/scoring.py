"""What a detector finds on a job's images, as PyTorch has it and as its artifact answers."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from inference.runtime import DetectionModel
from training.detection_metrics import Detections, overlaps
from training.engine.detection.graph import Served
from training.engine.detection.truth import Boxes
from training.engine.errors import TrainingError
from training.engine.images import Pixels
from training.engine.result import AgreementResult

TOLERANCE = 2e-3
# A box that two computations score nearly the same may be suppressed in one of them and not in the other.
_SMALLEST_SHARE = 0.98
_COMPARED_SCORE = 0.05


@dataclass(frozen=True)
class Compared:
    """The artifact's detections of some images, and how they agree with PyTorch's."""

    found: list[Detections]
    agreement: AgreementResult


def as_detections(boxes: Boxes) -> Detections:
    """Truth in the form of detections, with the score 1."""
    return Detections(boxes.corners, boxes.tags, np.ones(len(boxes), np.float32))


def torch_detections(served: Served, pixels: Pixels) -> Detections:
    """What `served` finds on one image uint8 [S, S, 3]."""
    with torch.inference_mode():
        image = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1))[None]).float() / 255
        corners, tags, scores = served(image)
    return Detections(corners[0].numpy(), tags[0].numpy(), scores[0].numpy())


def compare(
    model: DetectionModel, served: Served, pixels: Sequence[Callable[[], Pixels]], on_image: Callable[[int], None]
) -> Compared:
    """Run the artifact and PyTorch on each image. Raises TrainingError where they disagree."""
    found, largest, wanted, met = [], 0.0, 0, 0
    for count, read in enumerate(pixels, 1):
        image = read()
        boxes = model.detect(image)
        answer = Detections(boxes.corners, boxes.tags, boxes.scores)
        found.append(answer)
        for first, second in ((answer, expected := torch_detections(served, image)), (expected, answer)):
            seen = first.scores >= _COMPARED_SCORE
            wanted += int(seen.sum())
            difference = _differences(first, second)[seen]
            is_met = difference <= TOLERANCE
            met += int(is_met.sum())
            largest = max(largest, float(difference[is_met].max(initial=0.0)))
        on_image(count)
    if met < _SMALLEST_SHARE * wanted:
        raise TrainingError(
            f"The exported model disagrees with PyTorch: {wanted - met} of {wanted} boxes differ by more than"
            f" {TOLERANCE:g} on images of this project.",
            "Train again; if it happens again, report it with the iteration's details.",
        )
    return Compared(found, AgreementResult(images=len(found), largest_difference=largest, tolerance=TOLERANCE))


def _differences(first: Detections, second: Detections) -> np.ndarray:
    """For each box of `first`, the largest difference of a corner or score to the nearest of `second`: [m]."""
    if not len(first.tags):
        return np.zeros(0, np.float32)
    if not len(second.tags):
        return np.ones(len(first.tags), np.float32)
    pairs = overlaps(first.corners, second.corners)
    pairs[first.tags[:, None] != second.tags[None, :]] = -1
    nearest = pairs.argmax(axis=1)
    corners = np.abs(first.corners - second.corners[nearest]).max(axis=1)
    scores = np.abs(first.scores - second.scores[nearest])
    same_tag = first.tags == second.tags[nearest]
    return np.where(same_tag, np.maximum(corners, scores), 1.0).astype(np.float32)


def forward_ms(model: DetectionModel, read: Callable[[], np.ndarray]) -> float:
    """Milliseconds of one image, decoding left out: the fastest of some runs; the rest is noise."""
    pixels = read()
    durations = []
    for _ in range(9):
        started = time.perf_counter()
        model.detect(pixels)
        durations.append(time.perf_counter() - started)
    return min(durations[3:]) * 1000
