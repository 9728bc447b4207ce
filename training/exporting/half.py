"""Weights in half precision."""

import numpy as np
from onnx import GraphProto, ModelProto, TensorProto, helper, numpy_helper

from training.exporting.folding import folded

WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")
# Of a handful of numbers there is nothing to save.
LEAST_NUMBERS = 256


def halve_weights(model: ModelProto) -> ModelProto:
    """The model with the weights of its layers kept in 16 bits: half the file, computed in 32 bits as before.

    Places of boxes, and all else that has to be exact, stay as they are. A runtime casts the weights once, as it
    loads them, so that an answer takes no longer.
    """
    halved = folded(model)
    weights = _weights(halved.graph)
    casts = []
    for initializer in halved.graph.initializer:
        if initializer.name not in weights or initializer.data_type != TensorProto.FLOAT:
            continue
        full = numpy_helper.to_array(initializer)
        if full.size < LEAST_NUMBERS or np.abs(full).max() > np.finfo(np.float16).max:
            continue
        name = initializer.name
        half = f"{name}_half"
        initializer.CopyFrom(numpy_helper.from_array(full.astype(np.float16), half))
        casts.append(helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *halved.graph.node]
    del halved.graph.node[:]
    halved.graph.node.extend(nodes)
    return halved


def _weights(graph: GraphProto) -> set[str]:
    """Names of what layers multiply by."""
    return {name for node in graph.node if node.op_type in WEIGHTED for name in node.input[1:2]}
