"""Artifact in, results out, over ONNX Runtime. A leaf: no Django, no torch."""

from inference.runtime.artifact import ArtifactMetadata, ArtifactRefused, Label
from inference.runtime.detection import DetectedBoxes, DetectedObject, DetectionModel
from inference.runtime.model import Model, Probability

__all__ = [
    "ArtifactMetadata",
    "ArtifactRefused",
    "DetectedBoxes",
    "DetectedObject",
    "DetectionModel",
    "Label",
    "Model",
    "Probability",
]
