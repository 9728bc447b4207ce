"""The graph around a head, and the check against PyTorch."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from inference.runtime import Model
from training.engine.agreement import Reference, check_agreement
from training.engine.config import JobConfig
from training.engine.errors import TrainingError
from training.engine.graph import Activation, artifact_metadata, classifier_graph, export_features
from training.engine.probe import Head

SIZE = 32


class ChannelMeans(nn.Module):
    """Images to their mean red, green and blue: features that can be worked out by hand."""

    def forward(self, images: Tensor) -> Tensor:
        return images.mean(dim=(2, 3))


HEAD = Head(np.array([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0]], np.float32), np.array([0.5, -0.5], np.float32))


def job(task: str) -> JobConfig:
    return JobConfig.model_validate(
        {
            "task": task,
            "recipe": "any",
            "tags": [{"id": "1", "name": "größer", "type": "regular"}, {"id": "2", "name": "None", "type": "negative"}],
            "images": [{"id": "i", "file": "i.jpg", "tags": ["1"]}],
        }
    )


def artifact(folder: Path, task: str = "multiclass", activation: Activation = "Softmax") -> bytes:
    export_features(ChannelMeans(), SIZE, folder / "features.onnx")
    features = onnx.load(str(folder / "features.onnx"))
    metadata = artifact_metadata(job(task), SIZE)
    return classifier_graph(features, HEAD.weights, HEAD.biases, activation, metadata).SerializeToString()


def pixels(*color: int) -> np.ndarray:
    return np.full((1, SIZE, SIZE, 3), color, dtype=np.uint8)


def test_softmax_of_the_head(tmp_path: Path) -> None:
    model = Model.load(artifact(tmp_path))
    logits = np.array([2 * 1.0 + 0.2 + 0.5, 3 * 0.4 + 0.2 - 0.5])
    expected = np.exp(logits) / np.exp(logits).sum()
    assert model.classify(pixels(255, 102, 51))[0] == pytest.approx(expected, abs=1e-5)


def test_sigmoid_of_the_head(tmp_path: Path) -> None:
    model = Model.load(artifact(tmp_path, "multilabel", "Sigmoid"))
    assert model.classify(pixels(0, 0, 0))[0] == pytest.approx([1 / (1 + np.exp(-0.5)), 1 / (1 + np.exp(0.5))])


def test_metadata_and_shapes(tmp_path: Path) -> None:
    graph = onnx.load_from_string(artifact(tmp_path))
    metadata = {entry.key: entry.value for entry in graph.metadata_props}
    assert metadata["sightline.schema"] == "1"
    assert metadata["sightline.task"] == "multiclass"
    assert metadata["sightline.input_size"] == "32"
    assert metadata["sightline.resize_rule"] == "dct-2x-bilinear-squash-1"
    assert json.loads(metadata["sightline.labels"]) == [
        {"id": "1", "name": "größer", "type": "regular"},
        {"id": "2", "name": "None", "type": "negative"},
    ]
    assert metadata["Image.NominalPixelRange"] == "Normalized_0_1"
    shapes = [
        [size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in (*graph.graph.input, *graph.graph.output)
    ]
    assert shapes == [[1, 3, 32, 32], [1, 2]]
    assert (graph.graph.input[0].name, graph.graph.output[0].name) == ("image", "probabilities")


def test_agreement_of_the_same_model(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)
    result = check_agreement(Model.load(artifact(tmp_path)), Reference(ChannelMeans(), HEAD, "multiclass"), images)
    assert (result.images, result.tolerance) == (3, 1e-3)
    assert result.largest_difference < 1e-5


@pytest.mark.parametrize("change", [0.02, float("nan")])
def test_disagreement_is_a_failure_with_its_cause(tmp_path: Path, change: float) -> None:
    changed = Head(HEAD.weights, HEAD.biases + np.array([change, 0], np.float32))
    with pytest.raises(TrainingError, match="The exported model disagrees with PyTorch: a probability differs by"):
        check_agreement(
            Model.load(artifact(tmp_path)), Reference(ChannelMeans(), changed, "multiclass"), pixels(9, 9, 9)
        )


def test_export_leaves_no_half_file(tmp_path: Path) -> None:
    class Broken(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            raise RuntimeError("no graph")

    with pytest.raises(RuntimeError, match="no graph"):
        export_features(Broken(), SIZE, tmp_path / "broken.onnx")
    assert list(tmp_path.iterdir()) == []
    assert torch.is_grad_enabled()
