"""ONNX graphs: a feature extractor out of torch, and a classifier made by adding its head."""

import hashlib
import json
import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from portal.imaging import RESIZE_RULE
from training.engine.cache import atomic_path
from training.engine.config import JobConfig

if TYPE_CHECKING:
    from torch import nn

logger = logging.getLogger(__name__)

OPSET = 17
SCHEMA = "1"
INPUT = "image"
FEATURES = "features"
OUTPUT = "probabilities"
# Part of the cache key: raise it when what is exported changes.
_GRAPH_VERSION = 1

Activation = Literal["Softmax", "Sigmoid"]


def cached_features_path(cache: Path, weights_sha256: str, pooling: str, size: int) -> Path:
    """Where the exported extractor of these weights is kept between trainings."""
    key = hashlib.sha256(f"{_GRAPH_VERSION} {OPSET} {weights_sha256} {pooling} {size}".encode()).hexdigest()
    return cache / "graphs" / f"{key[:32]}.onnx"


def export_features(extractor: "nn.Module", size: int, target: Path) -> None:
    """Write `extractor` (images [n, 3, S, S] to features [n, f]) as ONNX with any batch size."""
    import torch

    with atomic_path(target) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that copes with all of these models is deprecated
        torch.onnx.export(
            extractor,
            (torch.zeros(1, 3, size, size),),
            str(temporary),
            dynamo=False,
            opset_version=OPSET,
            input_names=[INPUT],
            output_names=[FEATURES],
            dynamic_axes={INPUT: {0: "n"}, FEATURES: {0: "n"}},
        )
        onnx.checker.check_model(str(temporary))


def classifier_graph(
    features: onnx.ModelProto,
    weights: NDArray[np.float32],
    biases: NDArray[np.float32],
    activation: Activation,
    metadata: dict[str, str],
) -> onnx.ModelProto:
    """The whole model: `features` with a linear head ([f, tags], [tags]) and its activation.

    Input `image` [1, 3, S, S], output `probabilities` [1, tags].
    """
    model = onnx.ModelProto()
    model.CopyFrom(features)
    graph = model.graph
    graph.name = "sightline-classifier"
    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(weights), "head.weight"))
    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(biases), "head.bias"))
    graph.node.append(helper.make_node("Gemm", [FEATURES, "head.weight", "head.bias"], ["logits"], "head"))
    final = helper.make_node(activation, ["logits"], [OUTPUT], "activation")
    if activation == "Softmax":
        final.attribute.append(helper.make_attribute("axis", 1))
    graph.node.append(final)
    graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, len(biases)]))
    del model.metadata_props[:]
    helper.set_model_props(model, metadata)
    model.producer_name = "sightline"
    model.producer_version = SCHEMA
    onnx.checker.check_model(model)
    return model


def artifact_metadata(job: JobConfig, size: int) -> dict[str, str]:
    """What a reader of the artifact needs to know; the `Image.` keys are ONNX's own."""
    labels = [{"id": tag.id, "name": tag.name, "type": tag.type} for tag in job.tags]
    return {
        "sightline.schema": SCHEMA,
        "sightline.task": job.task,
        "sightline.input_size": str(size),
        "sightline.resize_rule": RESIZE_RULE,
        "sightline.labels": json.dumps(labels, ensure_ascii=False),
        "Image.BitmapPixelFormat": "Rgb8",
        "Image.ColorSpaceGamma": "SRGB",
        "Image.NominalPixelRange": "Normalized_0_1",
    }
