"""The part of a graph that a run executes, which TensorFlow calls the graph of a partition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphflow.compiler.plan import Plan
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.interop.graphdef import graph_def_with
from graphflow.interop.tensor_proto import shape_proto


def partition_graph(graph: Graph, plan: Plan) -> Any:
    """Return the operations that a run executes, and what they need, as a `GraphDef`.

    They are those of the user's graph; what is fed is a placeholder. What the compiler makes of
    them is not shown.

    Args:
      graph: the session's graph.
      plan: what the run executes.
    """
    fed = [source.tensor for source in plan.feeds]
    sources = [source.tensor.op for source in (*plan.constants, *plan.variables)]
    starts = [step.operation for step in plan.steps] + sources
    operations = _needed(starts, set(fed))
    result = graph_def_with(graph, operations)
    _feed(result, fed, {operation.name for operation in operations})
    return result


def _needed(starts: Iterable[Operation], fed: set[Tensor]) -> list[Operation]:
    """All that some operations need, in order of creation; nothing beyond what is fed."""
    found: set[Operation] = set()
    stack = list(starts)
    while stack:
        operation = stack.pop()
        if operation in found:
            continue
        found.add(operation)
        stack += [tensor.op for tensor in operation.inputs if tensor not in fed]
        stack += operation.control_inputs
    return sorted(found, key=lambda operation: operation.id)


def _feed(graph_def: Any, fed: Iterable[Tensor], taken: set[str]) -> None:
    """Let operations take placeholders for what is fed."""
    renamed = {}
    for tensor in fed:
        is_free = tensor.op.name not in taken and tensor.value_index == 0
        name = tensor.op.name if is_free else f"{tensor.op.name}_{tensor.value_index}_fed"
        renamed[tensor._as_node_def_input()] = name
        node = graph_def.node.add(name=name, op="Placeholder")
        node.attr["dtype"].type = tensor.dtype.base_dtype.as_datatype_enum
        node.attr["shape"].shape.CopyFrom(shape_proto(tensor.shape))
    for node in graph_def.node:
        for index, text in enumerate(node.input):
            node.input[index] = renamed.get(text, text)
