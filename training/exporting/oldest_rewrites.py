"""How operators are said below opset 12: bounds and sizes were attributes, axes counted from the first alone."""

from typing import Any

import numpy as np
from onnx import AttributeProto, NodeProto, TensorProto, helper, numpy_helper

from training.exporting.rewrites import CannotRewrite, Facts, Rewrite, attributes_of, constant, renewed


def clip(node: NodeProto, facts: Facts) -> list[NodeProto]:
    bounds: dict[str, Any] = {
        name: float(facts.constant(bound)) for name, bound in zip(("min", "max"), node.input[1:], strict=False) if bound
    }
    return [renewed(node, [node.input[0]], **bounds)]


def pad(node: NodeProto, facts: Facts) -> list[NodeProto]:
    attributes = attributes_of(node)
    attributes["pads"] = [int(side) for side in facts.constant(node.input[1])]
    if len(node.input) > 2 and node.input[2]:
        attributes["value"] = float(facts.constant(node.input[2]))
    return [renewed(node, [node.input[0]], **attributes)]


def not_less(node: NodeProto, facts: Facts) -> list[NodeProto]:
    """At least is not less; at most is not greater."""
    strict = {"GreaterOrEqual": "Less", "LessOrEqual": "Greater"}[node.op_type]
    opposite = f"{node.output[0]}_opposite"
    return [helper.make_node(strict, list(node.input), [opposite]), renewed(node, [opposite], "Not")]


def counted(node: NodeProto, facts: Facts) -> list[NodeProto]:
    """Range from 0 by 1: the places of that many ones."""
    start, limit, step = node.input
    if facts.constant(start).item() != 0 or facts.constant(step).item() != 1:
        raise CannotRewrite("Range does not count from 0")
    shape, ones, places = (f"{node.output[0]}_{part}" for part in ("shape", "ones", "places"))
    one = numpy_helper.from_array(np.ones(1, np.int64))
    return [
        helper.make_node("Unsqueeze", [limit], [shape], axes=[0]),
        helper.make_node("ConstantOfShape", [shape], [ones], value=one),
        helper.make_node("NonZero", [ones], [places]),
        renewed(node, [places], "Squeeze", axes=[0]),
    ]


def scatter(node: NodeProto, facts: Facts) -> list[NodeProto]:
    axis = facts.place(attributes_of(node).get("axis", 0), node.input[0])
    return [renewed(node, list(node.input), "Scatter", axis=axis)]


def gather(node: NodeProto, facts: Facts) -> list[NodeProto]:
    """Places counted from the first alone."""
    axis = facts.place(attributes_of(node).get("axis", 0), node.input[0])
    indices = facts.constants.get(node.input[1])
    if indices is None or not (indices < 0).any():
        return [renewed(node, list(node.input), axis=axis)]
    side = facts.shapes[node.input[0]][axis] if node.input[0] in facts.shapes else None
    if side is None:
        raise CannotRewrite("Gather counts from the end of a free side")
    places = f"{node.output[0]}_places"
    return [
        constant(places, np.where(indices < 0, indices + side, indices)),
        renewed(node, [node.input[0], places], axis=axis),
    ]


def axis_from_first(node: NodeProto, facts: Facts) -> list[NodeProto]:
    """Concat, Flatten, TopK and the like, one axis."""
    attributes = attributes_of(node)
    if attributes.get("axis", 0) >= 0:
        return [node]
    attributes["axis"] = facts.place(attributes["axis"], node.input[0])
    return [renewed(node, list(node.input), **attributes)]


def top_k(node: NodeProto, facts: Facts) -> list[NodeProto]:
    attributes = attributes_of(node)
    if not attributes.get("largest", 1) or not attributes.get("sorted", 1):
        raise CannotRewrite("TopK gives the smallest, or unsorted")
    return [renewed(node, list(node.input), axis=facts.place(attributes.get("axis", -1), node.input[0]))]


def axes_from_first(node: NodeProto, facts: Facts) -> list[NodeProto]:
    """Reductions over axes."""
    attributes = attributes_of(node)
    if "axes" in attributes:
        attributes["axes"] = sorted(facts.place(axis, node.input[0]) for axis in attributes["axes"])
    return [renewed(node, list(node.input), **attributes)]


def resize(node: NodeProto, facts: Facts) -> list[NodeProto]:
    """Nearest alone: it took the pixel before, as what PyTorch exports does."""
    attributes = attributes_of(node)
    how = (attributes.get("mode", b"nearest"), attributes.get("coordinate_transformation_mode", b"half_pixel"))
    if how != (b"nearest", b"asymmetric") or attributes.get("nearest_mode", b"round_prefer_floor") != b"floor":
        raise CannotRewrite(f"Resize is {b' '.join(how).decode()}")
    before, after = facts.shapes.get(node.input[0], [None]), facts.shapes.get(node.output[0], [None])
    sides = [(old, new) for old, new in zip(before, after, strict=True) if old is not None and new is not None]
    if len(sides) != len(before):
        raise CannotRewrite("Resize is to a size that is not known")
    scales = f"{node.output[0]}_scales"
    return [
        constant(scales, np.array([new / old for old, new in sides], np.float32)),
        renewed(node, [node.input[0], scales], mode="nearest"),
    ]


def largest_or_smallest(node: NodeProto, facts: Facts) -> list[NodeProto]:
    """Max and Min were for floats; those of whole numbers go through floats, exact up to 16 million."""
    whole = [facts.constants[name].dtype == np.int64 for name in node.input if name in facts.constants]
    if not any(whole):
        return [node]
    floats = [f"{node.output[0]}_float_{place}" for place in range(len(node.input) + 1)]
    casts = [
        helper.make_node("Cast", [name], [cast], to=TensorProto.FLOAT)
        for name, cast in zip(node.input, floats, strict=False)
    ]
    return [
        *casts,
        helper.make_node(node.op_type, floats[:-1], floats[-1:]),
        renewed(node, floats[-1:], "Cast", to=TensorProto.INT64),
    ]


def branches(node: NodeProto, facts: Facts) -> list[NodeProto]:
    """Both branches were taken to give the same shape: one that gives nothing must not say how much that is."""
    for branch in (each.g for each in node.attribute if each.type == AttributeProto.GRAPH):
        for output in branch.output:
            output.type.tensor_type.ClearField("shape")
            nothing = next((each for each in branch.initializer if each.name == output.name), None)
            if nothing is None or list(nothing.dims) != [0] or nothing.data_type != TensorProto.INT64:
                continue
            branch.initializer.remove(nothing)
            none, places = f"{output.name}_none", f"{output.name}_places"
            branch.node.extend(
                [
                    constant(none, np.empty(0, np.float32)),
                    helper.make_node("NonZero", [none], [places]),
                    helper.make_node("Squeeze", [places], [output.name], axes=[0]),
                ]
            )
    return [node]


REWRITES_BELOW_12: dict[str, tuple[int, Rewrite]] = {
    "Clip": (11, clip),
    "Pad": (11, pad),
    "GreaterOrEqual": (12, not_less),
    "LessOrEqual": (12, not_less),
    "Range": (11, counted),
    "If": (11, branches),
    "ScatterElements": (11, scatter),
    "Gather": (11, gather),
    "Concat": (11, axis_from_first),
    "Flatten": (11, axis_from_first),
    "TopK": (11, top_k),
    "Resize": (11, resize),
    "Max": (12, largest_or_smallest),
    "Min": (12, largest_or_smallest),
    **dict.fromkeys(("ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSum"), (11, axes_from_first)),
}
