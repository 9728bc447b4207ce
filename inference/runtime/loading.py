"""Loading an artifact of whatever task."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.runtime.artifact import DETECTION, ArtifactMetadata
from inference.runtime.detection import DetectionModel
from inference.runtime.model import Model
from inference.runtime.predictions import Prediction
from inference.runtime.session import open_session


class ServedModel(Protocol):
    """What classifiers and detectors have in common."""

    metadata: ArtifactMetadata

    def answer(self, pixels: NDArray[np.uint8]) -> list[Prediction]: ...

    def predict(self, data: bytes) -> list[Prediction]: ...


def load_model(path_or_bytes: str | Path | bytes, threads: int = 1) -> ServedModel:
    """The model that its metadata says. Raises ArtifactRefused, OSError for a missing file."""
    session, metadata = open_session(path_or_bytes, threads)
    if metadata.task == DETECTION:
        return DetectionModel.of(session, metadata)
    return Model.of(session, metadata)
