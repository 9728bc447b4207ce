"""Small real artifacts: a linear classifier of the mean color."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from portal.imaging import RESIZE_RULE

Labels = Sequence[tuple[str, str, str]]

RED_GREEN_BLUE: Labels = (
    ("11111111-1111-4111-8111-111111111111", "red", "regular"),
    ("22222222-2222-4222-8222-222222222222", "grün", "regular"),
    ("33333333-3333-4333-8333-333333333333", "none", "negative"),
)


def make_artifact(
    labels: Labels = RED_GREEN_BLUE,
    size: int = 32,
    *,
    sharpness: float = 8.0,
    order: Sequence[int] = (0, 1, 2),
    properties: dict[str, str] | None = None,
) -> bytes:
    """ONNX bytes: the softmax over the image's mean red, green, blue, times `sharpness`.

    `order` says which channel each label answers to; `properties` replace metadata (a None value drops one).
    """
    weights = np.zeros((3, len(labels)), np.float32)
    for label, channel in enumerate(order):
        weights[channel, label] = sharpness
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, size, size])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, len(labels)])],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    metadata: dict[str, str | None] = {
        "sightline.schema": "1",
        "sightline.task": "multiclass",
        "sightline.input_size": str(size),
        "sightline.resize_rule": RESIZE_RULE,
        "sightline.labels": json.dumps([{"id": i, "name": n, "type": t} for i, n, t in labels]),
        **(properties or {}),
    }
    helper.set_model_props(model, {key: value for key, value in metadata.items() if value is not None})
    onnx.checker.check_model(model)
    return model.SerializeToString()


def write_artifact(path: Path, **options: object) -> Path:
    path.write_bytes(make_artifact(**options))
    return path


def make_detector(
    boxes: Sequence[tuple[float, float, float, float, int, float]], labels: Labels = RED_GREEN_BLUE, size: int = 32
) -> bytes:
    """ONNX bytes of a detector that finds the same boxes on every image: left, top, right, bottom, label, score."""
    corners = np.array([[box[:4] for box in boxes]], np.float32).reshape(1, -1, 4)
    classes = np.array([[box[4] for box in boxes]], np.int64)
    scores = np.array([[box[5] for box in boxes]], np.float32)
    nodes = [
        # The image goes into the answer as nothing, for a graph may leave no input unused.
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["scores", "nothing"], ["detected_scores"]),
        helper.make_node("Identity", ["corners"], ["detected_boxes"]),
        helper.make_node("Identity", ["classes"], ["detected_classes"]),
    ]
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, size, size])],
        [
            helper.make_tensor_value_info("detected_boxes", TensorProto.FLOAT, list(corners.shape)),
            helper.make_tensor_value_info("detected_classes", TensorProto.INT64, list(classes.shape)),
            helper.make_tensor_value_info("detected_scores", TensorProto.FLOAT, list(scores.shape)),
        ],
        [
            numpy_helper.from_array(np.zeros(1, np.float32), "zero"),
            numpy_helper.from_array(scores, "scores"),
            numpy_helper.from_array(corners, "corners"),
            numpy_helper.from_array(classes, "classes"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    properties = {
        "sightline.schema": "1",
        "sightline.task": "detection",
        "sightline.input_size": str(size),
        "sightline.resize_rule": RESIZE_RULE,
        "sightline.labels": json.dumps([{"id": i, "name": n, "type": t} for i, n, t in labels]),
    }
    helper.set_model_props(model, properties)
    onnx.checker.check_model(model)
    return model.SerializeToString()
