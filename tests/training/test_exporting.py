"""Graphs in older opsets and with half weights: the same function, for every backbone that a domain may have."""

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import ModelProto, TensorProto, defs, helper, numpy_helper

from inference.runtime.artifact import read_metadata
from tests.inference.artifacts import make_artifact
from training.engine.backbones import Extractor, load_backbone
from training.engine.config import JobConfig
from training.engine.detection.anchors import Anchors
from training.engine.detection.calibration import Calibration
from training.engine.detection.graph import Served, export_detector
from training.engine.detection.network import make_detector
from training.engine.detection.recipes import COCO_MOBILENET
from training.engine.graph import artifact_metadata, classifier_graph, export_features
from training.engine.recipes import CONVNEXT_TINY, EFFICIENTNET_V2_S, LITE0, RESNET50, Backbone
from training.exporting.agreement import difference
from training.exporting.archive import model_properties
from training.exporting.errors import CannotExport
from training.exporting.half import halve_weights
from training.exporting.interface import DETECTION_INPUT, has_one_image_input, with_reader_interface
from training.exporting.opsets import IR_VERSIONS, lower_opset

SIZE = 64
ANCHORS = Anchors(((8.0, 16.0), (24.0, 32.0), (40.0, 56.0)), (0.5, 1.0, 2.0))
SAME = 1e-5


def job(task: str) -> JobConfig:
    return JobConfig.model_validate(
        {
            "task": task,
            "recipe": "any",
            "tags": [{"id": "1", "name": "one", "type": "regular"}, {"id": "2", "name": "two", "type": "regular"}],
            "images": [{"id": "i", "file": "i.jpg", "tags": ["1"] if task != "detection" else []}],
        }
    )


@cache
def classifier(backbone: Backbone) -> ModelProto:
    """The artifact of an untrained backbone, under a head by which pictures differ nonetheless."""
    torch.manual_seed(1)
    network = load_backbone(backbone, None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features.onnx"
        export_features(Extractor(network, "mean+max").eval(), SIZE, path)
        features = onnx.load(str(path))
    session = onnxruntime.InferenceSession(features.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(None, {"image": as_input(np.stack(images()))})[0]
    head = np.random.default_rng(3).normal(0, 0.1, (found.shape[1], 2)) / (found.std(axis=0)[:, None] + 1e-12)
    bias = -found.mean(axis=0) @ head
    metadata = artifact_metadata(job("multiclass"), SIZE)
    return classifier_graph(features, head.astype(np.float32), bias.astype(np.float32), "Softmax", metadata)


@cache
def detector(backbone: Backbone) -> ModelProto:
    """The artifact of an untrained detector: it finds boxes by chance, and many."""
    torch.manual_seed(1)
    untrained = make_detector(backbone, None, 2, ANCHORS, SIZE)
    served = Served(untrained, SIZE, Calibration(0.8, (0.1, -0.1)))
    with tempfile.TemporaryDirectory() as folder:
        return export_detector(served, job("detection"), "test", Path(folder) / "detector.onnx")


def as_input(pictures: np.ndarray) -> np.ndarray:
    return pictures.transpose(0, 3, 1, 2).astype(np.float32) / 255


def images() -> list[np.ndarray]:
    random = np.random.default_rng(5)
    noise = [random.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8) for _ in range(3)]
    return [*noise, np.zeros((SIZE, SIZE, 3), np.uint8), np.full((SIZE, SIZE, 3), 255, np.uint8)]


def largest(model: ModelProto, other: ModelProto) -> float:
    return difference(model.SerializeToString(), other.SerializeToString(), images()).largest


MODELS: list[tuple[Callable[[Backbone], ModelProto], Backbone]] = [
    (classifier, LITE0),
    (detector, LITE0),
]
LARGER: list[tuple[Callable[[Backbone], ModelProto], Backbone]] = [
    (classifier, EFFICIENTNET_V2_S),
    (classifier, CONVNEXT_TINY),
    (classifier, RESNET50),
    (detector, COCO_MOBILENET),
]
ALL = [pytest.param(*each, id=f"{each[0].__name__}-{each[1].name}") for each in MODELS] + [
    pytest.param(*each, id=f"{each[0].__name__}-{each[1].name}", marks=pytest.mark.slow) for each in LARGER
]


@pytest.mark.parametrize(("make", "backbone"), ALL)
def test_a_model_of_any_backbone_is_the_same_in_older_opsets_and_close_with_half_weights(
    make: Callable[[Backbone], ModelProto], backbone: Backbone
) -> None:
    model = make(backbone)
    for opset, ir_version in IR_VERSIONS.items():
        lowered = lower_opset(model, opset)
        assert [(each.domain, each.version) for each in lowered.opset_import] == [("", opset)]
        assert lowered.ir_version == ir_version
        assert all(defs.has(node.op_type, max_inclusive_version=opset, domain="") for node in lowered.graph.node)
        assert largest(model, lowered) <= SAME
    halved = halve_weights(model)
    assert [each.domain for each in halved.opset_import] == [""]
    assert len(halved.SerializeToString()) < 0.56 * len(model.SerializeToString())
    apart = difference(model.SerializeToString(), halved.SerializeToString(), images())
    assert 0 < apart.mean < 0.02


def small_graph(nodes: list[onnx.NodeProto], constants: dict[str, np.ndarray]) -> ModelProto:
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.mark.parametrize("opset", IR_VERSIONS)
@pytest.mark.parametrize("shift", [True, False])
def test_operators_that_came_later_are_said_in_older_ones(opset: int, shift: bool) -> None:
    random = np.random.default_rng(1)
    constants = {"scale": random.random(SIZE, np.float32), "shift": random.random(SIZE, np.float32)}
    inputs = ["active", "scale", "shift"] if shift else ["active", "scale"]
    nodes = [
        helper.make_node("HardSwish", ["image"], ["active"]),
        helper.make_node("LayerNormalization", inputs, ["normal"], axis=-1, epsilon=1e-4),
        helper.make_node("ReduceMean", ["normal"], ["mean"], axes=[-1], keepdims=0),
        helper.make_node("Softmax", ["mean"], ["out"], axis=-1),
    ]
    model = small_graph(nodes, constants if shift else {"scale": constants["scale"]})
    assert largest(model, lower_opset(model, opset)) <= SAME


def test_what_an_older_opset_cannot_say_is_refused_in_words() -> None:
    softmax = small_graph([helper.make_node("Softmax", ["image"], ["out"], axis=1)], {})
    with pytest.raises(CannotExport) as refused:
        lower_opset(softmax, 12)
    assert "Softmax is not over the last axis" in refused.value.cause
    unknown = small_graph([helper.make_node("CumSum", ["image", "axis"], ["out"])], {"axis": np.array(1)})
    with pytest.raises(CannotExport) as refused:
        lower_opset(unknown, 10)
    assert "it has no CumSum" in refused.value.cause


def test_a_detector_takes_0_to_1_and_0_to_255_under_the_name_that_readers_use() -> None:
    model = detector(LITE0)
    kept = {each.key: each.value for each in model.metadata_props}
    written = with_reader_interface(model, read_metadata(kept), model_properties(kept))
    assert has_one_image_input(written)
    session = onnxruntime.InferenceSession(written.SerializeToString(), providers=["CPUExecutionProvider"])
    names = ["detected_boxes", "detected_classes", "detected_scores"]
    assert [each.name for each in session.get_inputs()] == [DETECTION_INPUT] == ["image_tensor"]
    pixels = as_input(images()[0][np.newaxis])
    one, other = (session.run(names, {DETECTION_INPUT: pixels * factor}) for factor in (1, np.float32(255)))
    assert one[2].shape[1] > 10
    assert [each.shape for each in one] == [each.shape for each in other]
    assert all(np.allclose(first, second, atol=1e-4) for first, second in zip(one, other, strict=True))
    assert largest(model, written) == 0


def test_metadata_says_how_to_read_a_picture() -> None:
    model = onnx.load_from_string(make_artifact())
    kept = {each.key: each.value for each in model.metadata_props}
    written = with_reader_interface(model, read_metadata(kept), model_properties(kept))
    found = {each.key: each.value for each in written.metadata_props}
    assert found["Image.BitmapPixelFormat"] == "Rgb8"
    assert found["Image.NominalPixelRange"] == "Normalized_0_1"
    assert found["sightline.resize_rule"] == kept["sightline.resize_rule"]
    assert "antialiased bilinear" in found["sightline.read.2_resize"]
