"""What a reader of an exported model sees: names, shapes, and facts in its metadata."""

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper

from inference.runtime.artifact import DETECTION, ArtifactMetadata
from training.exporting.rewrites import constant

# Readers that were written for Custom Vision's [S1] detectors name the input so, and send it levels of 0 to 255.
DETECTION_INPUT = "image_tensor"
_ONE_LEVEL_IS_SMALL = 1.5


def with_reader_interface(model: ModelProto, metadata: ArtifactMetadata, properties: dict[str, str]) -> ModelProto:
    """A copy with these properties in its metadata; a detector in the [S1] layout.

    A detector takes RGB of 0 to 1, as its metadata says, and of 0 to 255 as well: what is above 1 is brought down.
    """
    written = ModelProto()
    written.CopyFrom(model)
    if metadata.task == DETECTION:
        _take_both_ranges(written.graph)
    del written.metadata_props[:]
    helper.set_model_props(written, properties)
    return written


def _take_both_ranges(graph: onnx.GraphProto) -> None:
    image = graph.input[0].name
    graph.input[0].name = DETECTION_INPUT
    nodes = [
        constant("range_bound", np.array(_ONE_LEVEL_IS_SMALL, np.float32)),
        constant("range_one", np.array(1.0, np.float32)),
        constant("range_level", np.array(1 / 255, np.float32)),
        helper.make_node("ReduceMax", [DETECTION_INPUT], ["range_top"], keepdims=0),
        helper.make_node("Greater", ["range_top", "range_bound"], ["range_is_levels"]),
        helper.make_node("Where", ["range_is_levels", "range_level", "range_one"], ["range_factor"]),
        helper.make_node("Mul", [DETECTION_INPUT, "range_factor"], [image]),
    ]
    nodes += graph.node
    del graph.node[:]
    graph.node.extend(nodes)


def has_one_image_input(model: ModelProto) -> bool:
    """Whether the graph takes one image of a fixed size, as readers expect."""
    if len(model.graph.input) != 1:
        return False
    kind = model.graph.input[0].type.tensor_type
    sides = [side.dim_value for side in kind.shape.dim]
    return kind.elem_type == TensorProto.FLOAT and len(sides) == 4 and sides[:2] == [1, 3] and min(sides) > 0
