"""Graphs as `GraphDef` messages and files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphflow.core.extensions import provide
from graphflow.core.graph import Graph, Operation
from graphflow.interop import protos
from graphflow.interop.attributes import attr_value, attribute_kinds
from graphflow.interop.functions import added_nodes, complete_node, library_of
from graphflow.interop.op_defs import implied_kinds

_MAX_BYTES = 2**31 - 1  # no protobuf message may be longer


@provide("graph_def_versions")
def graph_def_versions(graph: Graph) -> Any:
    """Return the versions of a graph as a `VersionDef`.

    Args:
      graph: the graph.

    Returns:
      A new message.
    """
    return protos.VersionDef(producer=graph._producer_version)


@provide("as_graph_def")
def graph_def_of(graph: Graph, from_version: int | None = None, add_shapes: bool = False) -> Any:
    """Return a graph as a `GraphDef`.

    Args:
      graph: the graph.
      from_version: leave out operations made before the graph had this version.
      add_shapes: whether to record static shapes in the attribute `_output_shapes`.

    Returns:
      A new message, with the nodes in order of creation.

    Raises:
      ValueError: the message would be larger than 2 GB.
      NotImplementedError: a function writes a reference variable.
    """
    return graph_def_with(graph, graph.get_operations()[from_version or 0 :], add_shapes)


def graph_def_with(graph: Graph, operations: Sequence[Operation], add_shapes: bool = False) -> Any:
    """Return some operations of a graph as a `GraphDef`.

    Args:
      graph: the graph.
      operations: the operations.
      add_shapes: whether to record static shapes in the attribute `_output_shapes`.

    Raises:
      ValueError: the message would be larger than 2 GB.
      NotImplementedError: a function writes a reference variable.
    """
    nodes = [
        node
        for operation in operations
        for node in (*added_nodes(operation), node_def(operation, add_shapes))
    ]
    graph_def = protos.GraphDef(node=nodes, versions=graph_def_versions(graph))
    library = library_of(operations, node_def)
    if library.function:
        graph_def.library.CopyFrom(library)
    if graph_def.ByteSize() > _MAX_BYTES:
        raise ValueError(
            "the GraphDef would be larger than 2 GB, which protobuf cannot write: replace large "
            "constants by variables or feeds"
        )
    return graph_def


@provide("node_def")
def node_def(operation: Operation, add_shapes: bool = False) -> Any:
    """Return an operation as a `NodeDef`.

    Args:
      operation: the operation.
      add_shapes: whether to record the outputs' static shapes in the attribute `_output_shapes`.

    Returns:
      A new message.
    """
    node = protos.NodeDef(name=operation.name, op=operation.type, device=operation.device)
    node.input.extend(tensor._as_node_def_input() for tensor in operation.inputs)
    node.input.extend(sorted(f"^{other.name}" for other in operation.control_inputs))
    op_class = type(operation.op)
    kinds = {**implied_kinds(op_class), **attribute_kinds(op_class)}
    attributes = operation.attributes()
    if add_shapes and operation.outputs:
        attributes["_output_shapes"] = [tensor.shape for tensor in operation.outputs]
    for name, value in attributes.items():
        if value is not None:
            node.attr[name].CopyFrom(attr_value(value, kinds.get(name)))
    complete_node(operation, node)
    return node


def write_graph(graph_or_graph_def: Any, logdir: Any, name: str, as_text: bool = True) -> str:
    """Write a graph to a file.

    Args:
      graph_or_graph_def: a `Graph` or a `GraphDef`.
      logdir: the folder; it is made if it does not exist.
      name: the name of the file.
      as_text: whether to write protobuf's text format instead of the binary one.

    Returns:
      The path of the file.

    >>> import pathlib, tempfile
    >>> path = write_graph(Graph(), tempfile.mkdtemp(), "empty.pbtxt")
    >>> print(pathlib.Path(path).read_text())
    versions {
      producer: 134
    }
    """
    is_graph = isinstance(graph_or_graph_def, Graph)
    message = graph_def_of(graph_or_graph_def) if is_graph else graph_or_graph_def
    data = protos.to_text(message).encode() if as_text else message.SerializeToString()
    os.makedirs(logdir, exist_ok=True)
    path = os.path.join(os.fspath(logdir), name)
    # Whoever waits for the file must not see half of it.
    unfinished = Path(f"{path}.{os.getpid()}.tmp")
    unfinished.write_bytes(data)
    os.replace(unfinished, path)
    return path
