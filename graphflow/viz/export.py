"""Graphs for networkx: the one module that imports it."""

from __future__ import annotations

from typing import Any

from graphflow.core.extensions import provide
from graphflow.core.graph import Graph


@provide("to_networkx")
def to_networkx(graph: Graph) -> Any:
    """Return a graph as a `networkx.MultiDiGraph`: operations as nodes, tensors as edges.

    A node is the operation's name, with the attributes `type`, `device`, `user_line` and `id`, the
    order of creation.  An edge from producer to consumer has `tensor` (its name, None for a control
    edge), `shape` (a tuple with None for unknown sizes, or None), `dtype` (its name), `input` (the
    place among the consumer's inputs) and `control` (bool).

    Args:
      graph: the graph.

    Returns:
      A new `networkx.MultiDiGraph`.

    >>> import graphflow as tf
    >>> x = tf.constant([1.0, 2.0, 3.0], name="x")
    >>> y = tf.multiply(x, x, name="y")
    >>> exported = tf.get_default_graph().to_networkx()
    >>> list(exported.nodes), exported.nodes["y"]["type"], exported.number_of_edges("x", "y")
    (['x', 'y'], 'Mul', 2)
    """
    import networkx

    result: Any = networkx.MultiDiGraph()
    for operation in graph.get_operations():
        result.add_node(
            operation.name,
            type=operation.type,
            device=operation.device,
            user_line=operation.user_line,
            id=operation.id,
        )
    for operation in graph.get_operations():
        for index, tensor in enumerate(operation.inputs):
            result.add_edge(
                tensor.op.name,
                operation.name,
                tensor=tensor.name,
                shape=tensor.shape.as_tuple(),
                dtype=tensor.dtype.name,
                input=index,
                control=False,
            )
        for before in operation.control_inputs:
            result.add_edge(
                before.name, operation.name,
                tensor=None, shape=None, dtype=None, input=None, control=True,
            )  # fmt: skip
    return result
