"""Artifact in, results out, over ONNX Runtime. A leaf: no Django, no torch."""

from inference.runtime.artifact import ArtifactMetadata, ArtifactRefused, Label
from inference.runtime.detection import DetectedBoxes, DetectionModel
from inference.runtime.loading import ServedModel, load_model
from inference.runtime.model import Model
from inference.runtime.predictions import BoundingBox, Prediction

__all__ = [
    "ArtifactMetadata",
    "ArtifactRefused",
    "BoundingBox",
    "DetectedBoxes",
    "DetectionModel",
    "Label",
    "Model",
    "Prediction",
    "ServedModel",
    "load_model",
]
