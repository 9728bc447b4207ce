"""Programs that were written for exports of Custom Vision: ONNX Runtime, Pillow and NumPy, and nothing of ours.

They know the layouts and the `Image.` keys; a picture they open and resize as Pillow does when told nothing.
"""

import io
import zipfile
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image

DETECTION_OUTPUTS = ["detected_boxes", "detected_classes", "detected_scores"]


class PlainReader:
    """The model of a ZIP with its labels."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        model = archive.read("model.onnx")
        self.labels = [line.strip() for line in archive.read("labels.txt").decode().splitlines()]
        self.session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        (self.input,) = self.session.get_inputs()
        kind = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
        self.type = kind[self.input.type]
        keys = self.session.get_modelmeta().custom_metadata_map
        self.is_bgr = keys.get("Image.BitmapPixelFormat") == "Bgr8"
        self.is_levels = keys.get("Image.NominalPixelRange") == "NominalRange_0_255"

    def run(self, picture: bytes) -> list[Any]:
        """Its outputs: [probabilities], or boxes, classes and scores."""
        height, width = self.input.shape[2:]
        pixels = np.array(Image.open(io.BytesIO(picture)).resize((width, height)), np.float32)
        if self.is_bgr:
            pixels = pixels[:, :, ::-1]
        if not self.is_levels:
            pixels = pixels / 255
        names = [output.name for output in self.session.get_outputs()]
        wanted = DETECTION_OUTPUTS if set(names) == set(DETECTION_OUTPUTS) else names
        given = pixels.transpose(2, 0, 1)[np.newaxis].astype(self.type)
        outputs: list[Any] = self.session.run(wanted, {self.input.name: given})
        return outputs

    def classify(self, picture: bytes) -> dict[str, float]:
        """Probability of each tag."""
        (scores,) = self.run(picture)
        assert scores.shape == (1, len(self.labels))
        return dict(zip(self.labels, scores[0].tolist(), strict=True))

    def detect(self, picture: bytes) -> list[tuple[str, float, tuple[float, ...]]]:
        """Tag, probability and corners of each box, in the [S1] layout."""
        boxes, classes, scores = self.run(picture)
        count = scores.shape[1]
        assert (boxes.shape, classes.shape) == ((1, count, 4), (1, count))
        assert boxes.min(initial=0) >= 0
        assert boxes.max(initial=0) <= 1
        rows = zip(classes[0].tolist(), scores[0].tolist(), boxes[0].tolist(), strict=True)
        return [(self.labels[tag], score, tuple(box)) for tag, score, box in rows]
