"""A loaded detector."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inference.runtime.artifact import DETECTION, ArtifactMetadata, ArtifactRefused
from inference.runtime.predictions import BoundingBox, Prediction
from inference.runtime.session import INPUT, check_input, open_session, to_input
from portal.imaging import decode_for_model

BOXES, CLASSES, SCORES = "detected_boxes", "detected_classes", "detected_scores"
MOST_BOXES = 200


@dataclass(frozen=True)
class DetectedBoxes:
    """What is on one image, most probable first, at most 200.

    `corners` float32 [m, 4]: left, top, right, bottom as fractions 0..1; `tags` int64 [m]: places in the labels;
    `scores` float32 [m], 0..1.
    """

    corners: NDArray[np.float32]
    tags: NDArray[np.int64]
    scores: NDArray[np.float32]


class DetectionModel:
    """Runs a detection artifact."""

    def __init__(self, session: "onnxruntime.InferenceSession", metadata: ArtifactMetadata) -> None:
        self._session = session
        self.metadata = metadata

    @classmethod
    def load(cls, path_or_bytes: str | Path | bytes, threads: int = 1) -> Self:
        """Load an artifact and run it once. Raises ArtifactRefused, OSError for a missing file."""
        return cls.of(*open_session(path_or_bytes, threads))

    @classmethod
    def of(cls, session: "onnxruntime.InferenceSession", metadata: ArtifactMetadata) -> Self:
        """The model of a session, run once so that the first caller does not wait. Raises ArtifactRefused."""
        check_input(session, metadata)
        outputs = {node.name for node in session.get_outputs()}
        if metadata.task != DETECTION or outputs != {BOXES, CLASSES, SCORES}:
            raise ArtifactRefused(f"The artifact does not answer with {BOXES}, {CLASSES} and {SCORES}.")
        model = cls(session, metadata)
        model.detect(np.zeros((metadata.input_size, metadata.input_size, 3), np.uint8))
        return model

    def detect(self, pixels: NDArray[np.uint8]) -> DetectedBoxes:
        """What is on uint8 RGB pixels [S, S, 3]."""
        image = to_input(pixels, self.metadata.input_size)
        corners, tags, scores = self._session.run([BOXES, CLASSES, SCORES], {INPUT: image})
        order = np.argsort(-scores[0], kind="stable")[:MOST_BOXES]
        return DetectedBoxes(corners[0][order], tags[0][order].astype(np.int64), scores[0][order])

    def answer(self, pixels: NDArray[np.uint8]) -> list[Prediction]:
        """The boxes on one image uint8 [S, S, 3], most probable first."""
        found = self.detect(pixels)
        labels = self.metadata.labels
        rows = zip(found.corners.tolist(), found.tags.tolist(), found.scores.tolist(), strict=True)
        return [
            Prediction(
                id=labels[tag].id,
                name=labels[tag].name,
                type=labels[tag].type,
                probability=score,
                box=BoundingBox(left, top, right - left, bottom - top),
            )
            for (left, top, right, bottom), tag, score in rows
        ]

    def predict(self, data: bytes) -> list[Prediction]:
        """Decode an encoded image by the artifact's rule and run it. Raises ImageRejected."""
        return self.answer(decode_for_model(data, self.metadata.input_size))
