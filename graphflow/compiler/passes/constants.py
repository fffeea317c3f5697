"""Fold constants: compute what depends on constants alone once, when the plan is made."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from graphflow.compiler.ir import Kind, Node, Program, Value
from graphflow.core.op import Array

# Folding must not make a plan much larger than its graph: tf.zeros of 64 MB stays an operation.
_MAX_BYTES = 1 << 22


def fold_constants(program: Program) -> None:
    """Replace pure nodes whose inputs are constants, or whose value shapes tell, by constants.

    What a shape was taken from need not be computed, but if it has effects they still happen: users
    of the constant wait for them.
    """
    replaced: dict[Value, Value] = {}
    folded: list[Node] = []
    guards: dict[Node, tuple[Node, ...]] = {}
    for node in program.nodes:
        lost = _guards_of((v.node for v in node.inputs if v in replaced), guards)
        guards[node] = _guards_of((v.node for v in node.inputs), guards)
        node.inputs = [replaced.get(value, value) for value in node.inputs]
        is_foldable = node.kind is Kind.OPERATION and node.is_pure and not node.control
        results = _evaluate(node, program.trusts_shapes) if is_foldable else None
        if results is None:
            node.control.extend(guard for guard in lost if guard not in node.control)
            if node.control or not node.is_pure:
                guards[node] = (node,)
            continue
        for index, result in enumerate(results):
            constant = Node(Kind.CONSTANT, node.operation, index=index, value=result)
            folded.append(constant)
            replaced[Value(node, index)] = Value(constant, 0)
    program.targets.extend(_guards_of((v.node for v in program.fetches if v in replaced), guards))
    program.nodes = folded + program.nodes
    program.replace_values(replaced)
    program.drop_unused()


def _guards_of(nodes: Iterable[Node], guards: dict[Node, tuple[Node, ...]]) -> tuple[Node, ...]:
    """The nearest nodes with effects, or that wait for some, on which these nodes depend."""
    return tuple(dict.fromkeys(guard for node in nodes for guard in guards.get(node, ())))


def _evaluate(node: Node, trusts_shapes: bool) -> tuple[Array, ...] | None:
    op = node.operation.op
    if op.needs_context or op.blocking or node.makes_objects:
        return None
    known = _known_from_shapes(node) if trusts_shapes else None
    if known is not None:
        return (known,)
    if any(value.node.kind is not Kind.CONSTANT for value in node.inputs):
        return None
    if op.type != "Const" and not _is_small(node):
        return None
    try:
        with np.errstate(all="ignore"):
            results = op.kernel(*[value.node.value for value in node.inputs])
    except Exception:  # the run reports what is wrong, with the node's name
        return None
    return tuple(results) if isinstance(results, (tuple, list)) else (results,)


def _known_from_shapes(node: Node) -> Array | None:
    """The value of an integer node such as Shape, if the static shapes of its inputs tell."""
    outputs = node.operation.outputs
    if len(outputs) != 1 or not outputs[0].dtype.is_integer or not node.inputs:
        return None
    known = node.operation.op.partial(*[tensor.spec for tensor in node.operation.inputs])
    if known is None or (isinstance(known, tuple) and None in known):
        return None
    return np.asarray(known, outputs[0].dtype.as_numpy_dtype)


def _is_small(node: Node) -> bool:
    size = 0
    for tensor in node.operation.outputs:
        elements = tensor.shape.num_elements()
        if elements is None:
            return False
        size += elements * tensor.dtype.size if tensor.dtype.name != "string" else 32 * elements
    return size <= _MAX_BYTES
