"""A graph said again in an older opset, for runtimes that know no newer one."""

from collections.abc import Mapping

import onnx
from onnx import ModelProto, defs, helper, shape_inference

from training.exporting.errors import CannotExport
from training.exporting.folding import folded
from training.exporting.oldest_rewrites import REWRITES_BELOW_12
from training.exporting.rewrites import REWRITES_BELOW_17, CannotRewrite, Facts, Rewrite, gathered_facts

# What came out with the opset: old runtimes refuse a newer one.
IR_VERSIONS = {10: 5, 12: 7}


def lower_opset(model: ModelProto, opset: int) -> ModelProto:
    """The same function in `opset`, one of `IR_VERSIONS`. Raises CannotExport for what that opset cannot say."""
    lowered = shape_inference.infer_shapes(folded(model), data_prop=True)
    try:
        _rewrite(lowered.graph, opset, gathered_facts(lowered.graph))
    except CannotRewrite as error:
        raise _refusal(opset, str(error)) from error
    _drop_unused(lowered.graph)
    del lowered.opset_import[:]
    lowered.opset_import.append(helper.make_opsetid("", opset))
    lowered.ir_version = IR_VERSIONS[opset]
    try:
        onnx.checker.check_model(lowered, full_check=True)
    except (onnx.checker.ValidationError, shape_inference.InferenceError) as error:
        raise _refusal(opset, str(error)) from error
    return lowered


def _refusal(opset: int, cause: str) -> CannotExport:
    return CannotExport(
        f"This model cannot be said in opset {opset}: {cause}",
        "Export it as plain ONNX, or for a newer opset.",
    )


def _rewrite(graph: onnx.GraphProto, opset: int, facts: Facts) -> None:
    """Replace, in this graph and in those inside it, what came after `opset`. Raises CannotRewrite."""
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                _rewrite(attribute.g, opset, gathered_facts(attribute.g, facts))
        said = [node]
        for rewrites in (REWRITES_BELOW_17, REWRITES_BELOW_12):
            said = [each for one in said for each in _said_again(one, opset, facts, rewrites)]
        nodes += said
    unknown = sorted({node.op_type for node in nodes if not _is_known(node, opset)})
    if unknown:
        raise CannotRewrite(f"it has no {', '.join(unknown)}")
    del graph.node[:]
    graph.node.extend(nodes)
    # Shapes of values that are no longer there.
    del graph.value_info[:]


def _drop_unused(graph: onnx.GraphProto) -> None:
    """Constants that became attributes: runtimes warn of them."""
    used = _used(graph)
    kept = [each for each in graph.initializer if each.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _used(graph: onnx.GraphProto) -> set[str]:
    """Names that nodes of this graph, or of those inside it, take, and that it gives."""
    used = {output.name for output in graph.output}
    for node in graph.node:
        used.update(node.input)
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                _drop_unused(attribute.g)
                used |= _used(attribute.g)
    return used


def _said_again(
    node: onnx.NodeProto, opset: int, facts: Facts, rewrites: Mapping[str, tuple[int, Rewrite]]
) -> list[onnx.NodeProto]:
    since, rewrite = rewrites.get(node.op_type, (0, None))
    return [node] if rewrite is None or opset >= since else rewrite(node, facts)


def _is_known(node: onnx.NodeProto, opset: int) -> bool:
    return node.domain in ("", "ai.onnx") and defs.has(node.op_type, max_inclusive_version=opset, domain="")
