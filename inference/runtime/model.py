"""A loaded classifier."""

from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inference.runtime.artifact import DETECTION, ArtifactMetadata, ArtifactRefused, Label
from inference.runtime.predictions import Prediction
from inference.runtime.session import INPUT, check_input, open_session
from portal.imaging import decode_for_model

OUTPUT = "probabilities"
_LEVEL = np.float32(1 / 255)


class Model:
    """Runs an artifact. Safe to call from several threads, though one at a time is fastest on a CPU."""

    def __init__(self, session: "onnxruntime.InferenceSession", metadata: ArtifactMetadata) -> None:
        self._session = session
        self.metadata = metadata

    @classmethod
    def load(cls, path_or_bytes: str | Path | bytes, threads: int = 1) -> Self:
        """Load an artifact and run it once, so that the first caller does not wait for its buffers.

        Raises ArtifactRefused for what is not an artifact that this version runs, OSError for a missing file.
        """
        return cls.of(*open_session(path_or_bytes, threads))

    @classmethod
    def of(cls, session: "onnxruntime.InferenceSession", metadata: ArtifactMetadata) -> Self:
        """The model of a session, run once. Raises ArtifactRefused."""
        if metadata.task == DETECTION:
            raise ArtifactRefused("The artifact is a detector.")
        _check_graph(session, metadata)
        model = cls(session, metadata)
        model.classify(np.zeros((1, metadata.input_size, metadata.input_size, 3), np.uint8))
        return model

    def classify(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities, float32 [n, tags], of uint8 RGB pixels [n, S, S, 3].

        One graph call an image: on a CPU batches are no faster, and an answer never depends on its neighbors.
        """
        size = self.metadata.input_size
        if pixels.ndim != 4 or pixels.shape[1:] != (size, size, 3) or pixels.dtype != np.uint8:
            raise ValueError(f"pixels must be uint8 [n, {size}, {size}, 3], not {pixels.dtype} {pixels.shape}")
        probabilities = np.empty((len(pixels), len(self.metadata.labels)), np.float32)
        image = np.empty((1, 3, size, size), np.float32)
        for row, picture in zip(probabilities, pixels, strict=True):
            np.multiply(picture.transpose(2, 0, 1), _LEVEL, out=image[0])
            row[:] = self._session.run([OUTPUT], {INPUT: image})[0][0]
        return probabilities

    def rank(self, probabilities: NDArray[np.float32]) -> list[Prediction]:
        """One row of `classify` with its labels, most probable first; equals stay in label order."""
        labels = self.metadata.labels
        order = np.argsort(-probabilities, kind="stable")
        return [_prediction(labels[index], float(probabilities[index])) for index in order]

    def answer(self, pixels: NDArray[np.uint8]) -> list[Prediction]:
        """All tags of one image uint8 [S, S, 3], most probable first."""
        return self.rank(self.classify(pixels[np.newaxis])[0])

    def predict(self, data: bytes) -> list[Prediction]:
        """Decode an encoded image by the artifact's rule, run it and rank. Raises ImageRejected."""
        return self.answer(decode_for_model(data, self.metadata.input_size))


def _prediction(label: Label, probability: float) -> Prediction:
    return Prediction(label.id, label.name, label.type, probability)


def _check_graph(session: "onnxruntime.InferenceSession", metadata: ArtifactMetadata) -> None:
    check_input(session, metadata)
    outputs = {node.name: node for node in session.get_outputs()}
    if OUTPUT not in outputs or outputs[OUTPUT].shape[1:] != [len(metadata.labels)]:
        raise ArtifactRefused(f"The artifact's output {OUTPUT} does not have its {len(metadata.labels)} labels.")
