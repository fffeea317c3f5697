"""Cut out of a graph the part between its inputs and outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphflow.files.names import path_of
from graphflow.interop import protos
from graphflow.interop.graph_util import emptied, sub_graph
from graphflow.interop.meta_graph import write_message
from graphflow.tools.arguments import read_message, split_names


def strip_unused(
    input_graph_def: Any,
    input_node_names: Sequence[str],
    output_node_names: Sequence[str],
    placeholder_type_enum: Any,
) -> Any:
    """Return the part of a graph that computes outputs from inputs, which become placeholders.

    Args:
      input_graph_def: a `GraphDef`.
      input_node_names: the names of the nodes that become placeholders.
      output_node_names: the names of the nodes to keep, with what they need.
      placeholder_type_enum: the dtype of the placeholders, as in `DT_FLOAT`, or one for each.

    Returns:
      A `GraphDef`.

    Raises:
      KeyError: the graph lacks one of the inputs.

    >>> import graphflow as tf
    >>> x = tf.constant(3.0, name="x")
    >>> y = tf.square(tf.sqrt(x, name="root"), name="y")
    >>> part = strip_unused(tf.get_default_graph().as_graph_def(), ["root"], ["y"], 1)
    >>> [(node.name, node.op) for node in part.node]
    [('root', 'Placeholder'), ('y', 'Square')]
    """
    graph_def = protos.adopted(input_graph_def, "GraphDef")
    names = {node.name for node in graph_def.node}
    if missing := sorted(set(input_node_names) - names):
        raise KeyError(f"the graph has no node {missing[0]!r} that could be an input")
    types = _types(input_node_names, placeholder_type_enum)
    replaced = emptied(graph_def)
    for node in graph_def.node:
        if node.name in types:
            replaced.node.append(_placeholder(node, types[node.name]))
        else:
            replaced.node.append(node)
    return sub_graph(replaced, list(output_node_names))


def _types(names: Sequence[str], enums: Any) -> dict[str, int]:
    several = [enums] * len(names) if isinstance(enums, int) else list(enums)
    if len(several) != len(names):
        raise ValueError(f"there are {len(names)} inputs, but {len(several)} dtypes")
    return dict(zip(names, several, strict=True))


def _placeholder(node: Any, dtype: int) -> Any:
    placeholder = protos.NodeDef(op="Placeholder", name=node.name, device=node.device)
    placeholder.attr["dtype"].type = dtype
    shape = placeholder.attr["shape"].shape
    if "_output_shapes" in node.attr:
        placeholder.attr["_output_shapes"].CopyFrom(node.attr["_output_shapes"])
        shape.CopyFrom(node.attr["_output_shapes"].list.shape[0])
    elif "shape" in node.attr:
        shape.CopyFrom(node.attr["shape"].shape)
    else:
        shape.unknown_rank = True
    return placeholder


def strip_unused_from_files(
    input_graph: Any,
    input_binary: bool,
    output_graph: Any,
    output_binary: bool,
    input_node_names: str,
    output_node_names: str,
    placeholder_type_enum: Any,
) -> None:
    """Write to a file the part of a graph in another one; see `strip_unused`.

    Args:
      input_graph: a file with a `GraphDef`.
      input_binary: whether it is in protobuf's binary format.
      output_graph: the file to write.
      output_binary: whether to write the binary format.
      input_node_names: the names of the nodes that become placeholders, separated by commas.
      output_node_names: the names of the nodes to keep, separated by commas.
      placeholder_type_enum: the dtype of the placeholders, or one for each.

    Raises:
      NotFoundError: there is no such file.
      ValueError: a name is missing.
    """
    if not input_node_names or not output_node_names:
        raise ValueError("strip_unused_from_files needs the names of inputs and of outputs")
    graph_def = read_message(input_graph, protos.GraphDef(), input_binary)
    inputs, outputs = split_names(input_node_names), split_names(output_node_names)
    part = strip_unused(graph_def, inputs, outputs, placeholder_type_enum)
    write_message(part, path_of(output_graph), as_text=not output_binary)
