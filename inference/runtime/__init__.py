"""Artifact in, results out, over ONNX Runtime. A leaf: no Django, no torch."""

from inference.runtime.artifact import ArtifactMetadata, ArtifactRefused, Label
from inference.runtime.model import Model, Probability

__all__ = ["ArtifactMetadata", "ArtifactRefused", "Label", "Model", "Probability"]
