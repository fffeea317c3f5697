"""Merge common subexpressions: pure nodes of one op with the same inputs are computed once."""

from __future__ import annotations

from typing import Any

from graphflow.compiler.ir import Kind, Node, Program, Value

# Comparing constants costs their size; larger ones are equal only to themselves.
_MAX_COMPARED_BYTES = 1024


def merge_duplicates(program: Program) -> None:
    """Let users of a node use an earlier node that computes the same."""
    first: dict[Any, Node] = {}
    values: dict[Value, Value] = {}
    control: dict[Node, tuple[Node, ...]] = {}
    for node in program.nodes:
        node.inputs = [values.get(value, value) for value in node.inputs]
        key = _key(node)
        if key is None:
            continue
        twin = first.setdefault(key, node)
        if twin is node:
            continue
        control[node] = (twin,)
        for index in range(max(1, len(node.operation.outputs))):
            values[Value(node, index)] = Value(twin, index)
    program.replace_values(values)
    program.replace_control(dict(control))
    program.targets = list(
        dict.fromkeys(new for node in program.targets for new in control.get(node, (node,)))
    )
    program.drop_unused()


def _key(node: Node) -> Any:
    if node.kind is Kind.CONSTANT:
        value = node.value
        if value.dtype == object or value.nbytes > _MAX_COMPARED_BYTES:
            return None
        return value.dtype, value.shape, value.tobytes()
    op = node.operation.op
    if node.kind is not Kind.OPERATION or not node.is_pure or node.makes_objects:
        return None
    if op.needs_context or op.blocking:
        return None
    return op, tuple(node.inputs), frozenset(node.control)
