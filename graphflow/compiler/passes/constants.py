"""Fold constants: compute what depends on constants alone once, when the plan is made."""

from __future__ import annotations

import numpy as np

from graphflow.compiler.ir import Kind, Node, Program, Value
from graphflow.core.op import Array

# Folding must not make a plan much larger than its graph: tf.zeros of 64 MB stays an operation.
_MAX_BYTES = 1 << 22


def fold_constants(program: Program) -> None:
    """Replace pure nodes whose inputs are constants, or whose value shapes tell, by constants."""
    replaced: dict[Value, Value] = {}
    folded: list[Node] = []
    for node in program.nodes:
        node.inputs = [replaced.get(value, value) for value in node.inputs]
        if node.kind is not Kind.OPERATION or not node.is_pure or node.control:
            continue
        results = _evaluate(node, program.trusts_shapes)
        if results is None:
            continue
        for index, result in enumerate(results):
            constant = Node(Kind.CONSTANT, node.operation, index=index, value=result)
            folded.append(constant)
            replaced[Value(node, index)] = Value(constant, 0)
    program.nodes = folded + program.nodes
    program.replace_values(replaced)
    program.drop_unused()


def _evaluate(node: Node, trusts_shapes: bool) -> tuple[Array, ...] | None:
    op = node.operation.op
    if op.needs_context or op.blocking:
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
