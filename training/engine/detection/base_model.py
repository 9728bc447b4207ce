"""An earlier detector that a training starts from, as its artifact keeps it. Imports no torch."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray
from onnx import numpy_helper

from training.engine.detection.anchors import Anchors
from training.engine.errors import TrainingError
from training.engine.weights import file_sha256

LINEAGE = "sightline.detector"


@dataclass(frozen=True)
class BaseModel:
    """Weights by their names in the graph; `anchors` that its proposals were trained on; ids of its tags, in order."""

    sha256: str
    backbone: str
    anchors: Anchors
    tag_ids: tuple[str, ...]
    weights: dict[str, NDArray[np.float32]]


def lineage(backbone: str, anchors: Anchors) -> str:
    """What an artifact says, as JSON, so that another training can start from it."""
    return json.dumps({"backbone": backbone, "anchor_sizes": anchors.sizes, "anchor_ratios": anchors.ratios})


def read_base(path: Path) -> BaseModel:
    """The detector in an artifact. Raises TrainingError where it cannot be started from."""
    try:
        model = onnx.load(str(path))
        properties = {each.key: each.value for each in model.metadata_props}
        said = json.loads(properties[LINEAGE])
        return BaseModel(
            sha256=file_sha256(path),
            backbone=str(said["backbone"]),
            anchors=Anchors(
                tuple(tuple(float(size) for size in level) for level in said["anchor_sizes"]),
                tuple(float(ratio) for ratio in said["anchor_ratios"]),
            ),
            tag_ids=tuple(str(label["id"]) for label in json.loads(properties["sightline.labels"])),
            weights=_weights(model.graph),
        )
    except (OSError, DecodeError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(
            "The model of the iteration that this training starts from cannot be read.",
            "Train that iteration again, or train without it.",
        ) from error


def _weights(graph: onnx.GraphProto) -> dict[str, NDArray[np.float32]]:
    weights = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    # Of equal weights the exporter keeps one, and names the others as identities of it.
    for node in graph.node:
        if node.op_type == "Identity" and node.input[0] in weights:
            weights[node.output[0]] = weights[node.input[0]]
    return weights
