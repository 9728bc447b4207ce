"""An exported model against the artifact that it was made from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime
from numpy.typing import NDArray

DETECTION_OUTPUTS = ["detected_boxes", "detected_classes", "detected_scores"]
# Boxes less probable than this are in nobody's answer.
LEAST_PROBABILITY = 0.1
Answer = list[NDArray[np.float32]]


@dataclass(frozen=True)
class Difference:
    """Of probabilities, and of boxes' sides as fractions; a box that one of them lacks counts as its probability."""

    largest: float
    mean: float


def difference(artifact: bytes, exported: bytes, images: Sequence[NDArray[np.uint8]]) -> Difference:
    """Between the answers for `images` uint8 [S, S, 3]."""
    ours, theirs = _session(artifact), _session(exported)
    all_of_them = [each for image in images for each in _differences(_answer(ours, image), _answer(theirs, image))]
    if not all_of_them:
        return Difference(0.0, 0.0)
    return Difference(float(np.max(all_of_them)), float(np.mean(all_of_them)))


def _session(model: bytes) -> "onnxruntime.InferenceSession":
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _answer(session: "onnxruntime.InferenceSession", image: NDArray[np.uint8]) -> Answer:
    pixels = np.ascontiguousarray(image.transpose(2, 0, 1)[np.newaxis], np.float32) / 255
    outputs = {output.name for output in session.get_outputs()}
    wanted = DETECTION_OUTPUTS if outputs == set(DETECTION_OUTPUTS) else None
    answer: Answer = session.run(wanted, {session.get_inputs()[0].name: pixels})
    return answer


def _differences(one: Answer, other: Answer) -> list[float]:
    if len(one) == 1:
        apart: list[float] = np.abs(one[0] - other[0]).ravel().tolist()
        return apart
    return [*_from_nearest(one, other), *_from_nearest(other, one)]


def _from_nearest(one: Answer, other: Answer) -> list[float]:
    """How far each box of one answer is from the nearest of its tag in the other."""
    found = []
    for corners, tag, score in zip(one[0][0], one[1][0], one[2][0], strict=True):
        if score < LEAST_PROBABILITY:
            continue
        same = other[1][0] == tag
        sides = np.abs(other[0][0][same] - corners).max(axis=1)
        scores = np.abs(other[2][0][same] - score)
        nearest = np.maximum(sides, scores).min() if same.any() else score
        found.append(float(min(nearest, score)))
    return found
