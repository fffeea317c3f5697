"""Make a frozen graph smaller and faster for inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphflow.core.deprecation import silence
from graphflow.interop import protos
from graphflow.interop.graph_util import emptied, node_of, remove_training_nodes
from graphflow.interop.tensor_proto import make_ndarray, make_tensor_proto
from graphflow.tools.strip_unused import strip_unused

# What the inputs of each kind of batch normalization are, after what is normalized.
_INPUTS = {
    "BatchNormWithGlobalNormalization": ("mean", "variance", "beta", "gamma"),
    "FusedBatchNorm": ("gamma", "beta", "mean", "variance"),
    "FusedBatchNormV3": ("gamma", "beta", "mean", "variance"),
}


def optimize_for_inference(
    input_graph_def: Any,
    input_node_names: Sequence[str],
    output_node_names: Sequence[str],
    placeholder_type_enum: Any,
    toco_compatible: bool = False,
) -> Any:
    """Return the part of a graph that inference needs, without what only training does.

    Checks, identities and batch normalization after a convolution go; images that are resized or
    padded before one stay as they are, for a plan of graphflow gains nothing there.

    Args:
      input_graph_def: a `GraphDef` without variables, see the tool `freeze_graph`.
      input_node_names: the names of the nodes that become placeholders.
      output_node_names: the names of the nodes to keep.
      placeholder_type_enum: the dtype of the placeholders, as in `DT_FLOAT`, or one for each.
      toco_compatible: accepted; the graph has no ops but those that it had.

    Returns:
      A `GraphDef`.
    """
    del toco_compatible
    part = strip_unused(input_graph_def, input_node_names, output_node_names, placeholder_type_enum)
    with silence():  # the function below is deprecated for users alone
        part = remove_training_nodes(part, output_node_names)
    return fold_batch_norms(part)


def fold_batch_norms(input_graph_def: Any) -> Any:
    """Return a graph whose convolutions do what batch normalization did after them.

    That is done where filters, moments, offsets and scales are constants, and nothing else needs
    what the convolution gave.

    Args:
      input_graph_def: a `GraphDef`.

    Returns:
      A `GraphDef`.
    """
    graph_def = protos.adopted(input_graph_def, "GraphDef")
    nodes = {node.name: node for node in graph_def.node}
    folded = {}
    for node in graph_def.node:
        if node.op in _INPUTS and (found := _folded(node, nodes, graph_def)) is not None:
            folded[node.name] = found
    # New nodes take the place of the convolutions too.
    gone = {node_of(nodes[name].input[0]) for name in folded}
    result = emptied(graph_def)
    for node in graph_def.node:
        if node.name not in gone:
            result.node.extend(folded.get(node.name, [node]))
    return result


def _folded(node: Any, nodes: Mapping[str, Any], graph_def: Any) -> list[Any] | None:
    """The nodes that stand for a convolution and its normalization, if they can."""
    convolution = nodes[node_of(node.input[0])]
    users = [
        other.name for other in graph_def.node
        if any(node_of(text) == convolution.name for text in other.input)
    ]  # fmt: skip
    if convolution.op not in ("Conv2D", "DepthwiseConv2dNative") or users != [node.name]:
        return None
    if node.attr["is_training"].b or node.attr["data_format"].s == b"NCHW":
        return None
    filters = nodes[node_of(convolution.input[1])]
    constants = [nodes[node_of(text)] for text in node.input[1:5]]
    if any(one.op != "Const" for one in (filters, *constants)):
        return None
    values = dict(zip(_INPUTS[node.op], map(_value, constants), strict=True))
    epsilon, is_scaled = _settings(node)
    factor = 1 / np.sqrt(values["variance"] + np.float32(epsilon))
    if is_scaled:
        factor = factor * values["gamma"]
    weights = _value(filters)
    per_output = factor.reshape(weights.shape[2:]) if convolution.op != "Conv2D" else factor
    return _convolution(
        node, convolution, filters.name, weights * per_output,
        values["beta"] - values["mean"] * factor,
    )  # fmt: skip


def _settings(node: Any) -> tuple[float, bool]:
    """What is added to the variance, and whether there is a scale."""
    if node.op == "BatchNormWithGlobalNormalization":
        return node.attr["variance_epsilon"].f, node.attr["scale_after_normalization"].b
    return node.attr["epsilon"].f, True


def _value(constant: Any) -> Any:
    return make_ndarray(constant.attr["value"].tensor)


def _convolution(node: Any, convolution: Any, filters: str, weights: Any, offset: Any) -> list[Any]:
    """A convolution and the addition of an offset, which has the name of the normalization."""
    scaled = protos.NodeDef.FromString(convolution.SerializeToString())
    scaled.name = f"{node.name}/convolution"
    scaled.input[1] = f"{node.name}/{filters.rpartition('/')[2]}_scaled"
    bias = protos.NodeDef(op="BiasAdd", name=node.name, device=node.device)
    bias.input.extend([scaled.name, f"{node.name}/offset"])
    bias.attr["T"].CopyFrom(convolution.attr["T"])
    constants = [_constant(scaled.input[1], weights), _constant(bias.input[1], offset)]
    return [*constants, scaled, bias]


def _constant(name: str, value: Any) -> Any:
    node = protos.NodeDef(op="Const", name=name)
    tensor = make_tensor_proto(np.asarray(value, np.float32))
    node.attr["dtype"].type = tensor.dtype
    node.attr["value"].tensor.CopyFrom(tensor)
    return node
