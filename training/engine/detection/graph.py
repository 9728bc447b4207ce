"""A trained detector as one ONNX graph."""

import warnings
from pathlib import Path

import onnx
import torch
from onnx import helper
from torch import Tensor, nn

from training.engine.config import JobConfig
from training.engine.detection.base_model import LINEAGE
from training.engine.detection.calibration import Calibration
from training.engine.detection.network import Detector
from training.engine.graph import INPUT, OPSET, SCHEMA, artifact_metadata

BOXES, CLASSES, SCORES = "detected_boxes", "detected_classes", "detected_scores"
_SURE = 1e-6


class Served(nn.Module):
    """What the artifact does: image float [1, 3, S, S], RGB 0..1, to boxes as fractions, tags and scores.

    Scores are calibrated on their logits; boxes come in the order of their scores before that.
    """

    def __init__(self, detector: Detector, input_size: int, calibration: Calibration) -> None:
        super().__init__()
        self.detector = detector
        self.input_size = input_size
        self.slope = calibration.slope
        self.register_buffer("shifts", torch.tensor(calibration.shifts))
        self.eval()

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """`detected_boxes` [1, m, 4] left, top, right, bottom 0..1; `detected_classes` [1, m]; `detected_scores`."""
        corners, tags, scores = self.detector(images)
        sure = scores.clamp(_SURE, 1 - _SURE)
        calibrated = torch.sigmoid(self.slope * torch.log(sure / (1 - sure)) + self.get_buffer("shifts")[tags])
        fractions = (corners / self.input_size).clamp(0, 1)
        return fractions.unsqueeze(0), tags.unsqueeze(0), calibrated.unsqueeze(0)


def export_detector(served: Served, job: JobConfig, lineage: str, target: Path) -> onnx.ModelProto:
    """The graph with its metadata; `lineage` is `base_model.lineage`'s; `target` a place for the exporter's file."""
    size = served.input_size
    target.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the exporter that copes with torchvision's detectors is deprecated
        torch.onnx.export(
            served,
            (torch.zeros(1, 3, size, size),),
            str(target),
            dynamo=False,
            opset_version=OPSET,
            input_names=[INPUT],
            output_names=[BOXES, CLASSES, SCORES],
            dynamic_axes={BOXES: {1: "boxes"}, CLASSES: {1: "boxes"}, SCORES: {1: "boxes"}},
        )
    model = onnx.load(str(target))
    model.graph.name = "sightline-detector"
    del model.metadata_props[:]
    helper.set_model_props(model, {**artifact_metadata(job, size), LINEAGE: lineage})
    model.producer_name = "sightline"
    model.producer_version = SCHEMA
    onnx.checker.check_model(model)
    return model
