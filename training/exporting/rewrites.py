"""How operators are said in older opsets: for each, the opset that has it as it is, and what stands for it below."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, helper, numpy_helper


class CannotRewrite(Exception):
    """An older opset has no way to say this."""


@dataclass(frozen=True)
class Facts:
    """What is known of a graph's values: constants, and the shapes that were inferred (None where a side is free)."""

    constants: dict[str, NDArray[Any]]
    shapes: dict[str, list[int | None]]

    def constant(self, name: str) -> NDArray[Any]:
        if name not in self.constants:
            raise CannotRewrite(f"{name} is computed, and has to be constant")
        return self.constants[name]

    def rank(self, name: str) -> int:
        if name not in self.shapes:
            raise CannotRewrite(f"the rank of {name} is not known")
        return len(self.shapes[name])

    def place(self, axis: int, name: str) -> int:
        """The axis of that value, counted from its first."""
        return axis if axis >= 0 else axis + self.rank(name)


def gathered_facts(graph: GraphProto, outer: Facts | None = None) -> Facts:
    """The facts of a graph; one inside another sees that one's too."""
    constants = dict(outer.constants) if outer else {}
    shapes = dict(outer.shapes) if outer else {}
    constants |= {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    for node in graph.node:
        values = [each for each in node.attribute if each.name == "value"]
        if node.op_type == "Constant" and values:
            constants[node.output[0]] = numpy_helper.to_array(values[0].t)
    shapes |= {name: list(value.shape) for name, value in constants.items()}
    for info in (*graph.value_info, *graph.input, *graph.output):
        if info.type.tensor_type.HasField("shape"):
            sides = info.type.tensor_type.shape.dim
            shapes[info.name] = [side.dim_value if side.HasField("dim_value") else None for side in sides]
    return Facts(constants, shapes)


def attributes_of(node: NodeProto) -> dict[str, Any]:
    return {each.name: helper.get_attribute_value(each) for each in node.attribute}


def renewed(node: NodeProto, inputs: list[str], op_type: str = "", **attributes: Any) -> NodeProto:
    """The node with other inputs and attributes, its name and outputs kept."""
    return helper.make_node(op_type or node.op_type, inputs, list(node.output), node.name, **attributes)


def constant(name: str, value: NDArray[Any]) -> NodeProto:
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value))


def axes_to_attribute(node: NodeProto, facts: Facts) -> list[NodeProto]:
    """Squeeze, Unsqueeze: axes were an attribute."""
    if len(node.input) < 2 or not node.input[1]:
        return [node]
    axes = [int(axis) for axis in facts.constant(node.input[1])]
    # A new axis counts in the result.
    value = node.output[0] if node.op_type == "Unsqueeze" else node.input[0]
    if min(axes) < 0:
        axes = sorted(facts.place(axis, value) for axis in axes)
    return [renewed(node, [node.input[0]], axes=axes)]


def split(node: NodeProto, facts: Facts) -> list[NodeProto]:
    attributes = attributes_of(node)
    axis = facts.place(attributes.get("axis", 0), node.input[0])
    if len(node.input) < 2:
        return [renewed(node, [node.input[0]], axis=axis)]
    return [renewed(node, [node.input[0]], axis=axis, split=[int(part) for part in facts.constant(node.input[1])])]


def softmax(node: NodeProto, facts: Facts) -> list[NodeProto]:
    """It flattened all axes from its own on; over the last axis that is the same."""
    axis = facts.place(attributes_of(node).get("axis", -1), node.input[0])
    if axis != facts.rank(node.input[0]) - 1:
        raise CannotRewrite("Softmax is not over the last axis")
    return [renewed(node, list(node.input), axis=axis)]


def reshape(node: NodeProto, facts: Facts) -> list[NodeProto]:
    if attributes_of(node).get("allowzero", 0):
        raise CannotRewrite("Reshape takes 0 as a side")
    return [renewed(node, list(node.input))]


def shape(node: NodeProto, facts: Facts) -> list[NodeProto]:
    """All sides, then those that were asked for."""
    attributes = attributes_of(node)
    start, end = attributes.get("start", 0), attributes.get("end")
    if start == 0 and end is None:
        return [renewed(node, list(node.input))]
    sides, first, last = (f"{node.output[0]}_{part}" for part in ("sides", "first", "last"))
    return [
        helper.make_node("Shape", list(node.input), [sides]),
        constant(first, np.array([start])),
        constant(last, np.array([np.iinfo(np.int64).max if end is None else end])),
        renewed(node, [sides, first, last], "Slice"),
    ]


def resize(node: NodeProto, facts: Facts) -> list[NodeProto]:
    """What is not asked for was an empty value, not an absent one."""
    nothing = f"{node.output[0]}_nothing"
    inputs = [name or nothing for name in (*node.input, "", "")[: max(3, len(node.input))]]
    return [constant(nothing, np.empty(0, np.float32)), renewed(node, inputs, **attributes_of(node))]


def roi_align(node: NodeProto, facts: Facts) -> list[NodeProto]:
    attributes = attributes_of(node)
    if attributes.pop("coordinate_transformation_mode", b"half_pixel") != b"output_half_pixel":
        raise CannotRewrite("RoiAlign is shifted by half a pixel")
    return [renewed(node, list(node.input), **attributes)]


def scatter(node: NodeProto, facts: Facts) -> list[NodeProto]:
    attributes = attributes_of(node)
    if attributes.pop("reduction", b"none") != b"none":
        raise CannotRewrite("ScatterElements adds up")
    return [renewed(node, list(node.input), **attributes)]


def hard_swish(node: NodeProto, facts: Facts) -> list[NodeProto]:
    gate = f"{node.output[0]}_gate"
    return [
        helper.make_node("HardSigmoid", [node.input[0]], [gate], alpha=1 / 6, beta=0.5),
        renewed(node, [node.input[0], gate], "Mul"),
    ]


def layer_normalization(node: NodeProto, facts: Facts) -> list[NodeProto]:
    """Mean and spread over the last axes, then scale and shift."""
    if len(node.output) > 1:
        raise CannotRewrite("LayerNormalization gives its mean away")
    attributes = attributes_of(node)
    rank = facts.rank(node.input[0])
    axes = list(range(facts.place(attributes.get("axis", -1), node.input[0]), rank))
    value, scale = node.input[0], node.input[1]
    part = [f"{node.output[0]}_{number}" for number in range(8)]
    least = np.array(attributes.get("epsilon", 1e-5), np.float32)
    shift = list(node.input[2:3])
    nodes = [
        helper.make_node("ReduceMean", [value], [part[0]], axes=axes, keepdims=1),
        helper.make_node("Sub", [value, part[0]], [part[1]]),
        helper.make_node("Mul", [part[1], part[1]], [part[2]]),
        helper.make_node("ReduceMean", [part[2]], [part[3]], axes=axes, keepdims=1),
        constant(part[4], least),
        helper.make_node("Add", [part[3], part[4]], [part[5]]),
        helper.make_node("Sqrt", [part[5]], [part[6]]),
        helper.make_node("Div", [part[1], part[6]], [part[7]]),
    ]
    if not shift:
        return [*nodes, renewed(node, [part[7], scale], "Mul")]
    scaled = f"{node.output[0]}_scaled"
    return [*nodes, helper.make_node("Mul", [part[7], scale], [scaled]), renewed(node, [scaled, *shift], "Add")]


Rewrite = Callable[[NodeProto, Facts], list[NodeProto]]
REWRITES_BELOW_17: dict[str, tuple[int, Rewrite]] = {
    "Reshape": (14, reshape),
    "Shape": (15, shape),
    "Resize": (13, resize),
    "Squeeze": (13, axes_to_attribute),
    "Unsqueeze": (13, axes_to_attribute),
    "Split": (13, split),
    "Softmax": (13, softmax),
    "RoiAlign": (16, roi_align),
    "ScatterElements": (16, scatter),
    "HardSwish": (14, hard_swish),
    "LayerNormalization": (17, layer_normalization),
}
