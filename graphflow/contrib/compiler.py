"""`tf.xla.experimental` and `tf.contrib.compiler`: which operations to compile together.

All of a plan is compiled as graphflow sees fit: what is asked for here is recorded in the graph,
for other readers of it, and changes no values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Operation, Tensor, get_default_graph

# The collection in which a graph counts its scopes.
_COUNTER = ("__xla_scope",)


class _Scopes:
    """How many scopes a graph has had, and how deep in them it is."""

    def __init__(self) -> None:
        self.count = self.depth = 0


@contextmanager
def jit_scope(
    compile_ops: bool = True, separate_compiled_gradients: bool = False
) -> Iterator[None]:
    """Mark the operations of the `with` block to be compiled together, or not.

    Args:
      compile_ops: whether to compile them.
      separate_compiled_gradients: whether their gradients form groups of their own.

    Raises:
      NotImplementedError: `compile_ops` is a function.

    >>> import graphflow as tf
    >>> with tf.xla.experimental.jit_scope():
    ...     y = tf.constant(3.0) * 5.0
    >>> y.op.get_attr("_XlaCompile"), y.op.get_attr("_XlaScope")
    (True, b'jit_scope_0')
    """
    if callable(compile_ops):
        raise NotImplementedError("jit_scope: compile_ops is True or False, no function")
    graph = get_default_graph()
    kept = graph.get_collection_ref(_COUNTER)
    if not kept:
        kept.append(_Scopes())
    scopes = kept[0]
    attributes: dict[str, Any] = {
        "_XlaCompile": bool(compile_ops),
        "_XlaSeparateCompiledGradients": bool(separate_compiled_gradients),
    }
    if scopes.depth == 0:  # what is inside belongs to the same group
        attributes["_XlaScope"] = f"jit_scope_{scopes.count}".encode()
        scopes.count += 1
    scopes.depth += 1
    try:
        with graph._attr_scope(attributes):
            yield
    finally:
        scopes.depth -= 1


def compile(computation: Callable[..., Any], inputs: Any = None) -> Any:
    """Build a computation whose operations belong together.

    Args:
      computation: a function of tensors. It returns tensors, and after them operations that run
        with each of them.
      inputs: a list of its arguments, structures of tensors.

    Returns:
      The tensors in the structure that the function returns; a tuple for a single one, and an
      operation if there is none.

    Raises:
      TypeError: a tensor comes after an operation.

    >>> import graphflow as tf
    >>> total, = tf.xla.experimental.compile(lambda a, b: a + 2 * b, [3.0, 5.0])
    >>> tf.Session().run(total)
    np.float32(13.0)
    """
    arguments = nest.map_structure(convert_to_tensor, list(inputs or []))
    with jit_scope():
        arguments = nest.map_structure(ops.identity, arguments)
        result = computation(*arguments)
    if result is None:
        result = ()
    atoms = nest.flatten(result)
    operations = [atom for atom in atoms if isinstance(atom, Operation)]
    values = [atom for atom in atoms if not isinstance(atom, Operation)]
    if any(isinstance(atom, Operation) for atom in atoms[: len(values)]):
        raise TypeError("compile: a computation returns its tensors first, then operations")
    with control_dependencies(operations):
        if not values:
            return ops.no_op(name="output_no_op")
        outputs: list[Tensor] = [ops.identity(convert_to_tensor(value)) for value in values]
    if nest.is_nested(result) and not operations:
        return nest.pack_sequence_as(result, outputs)
    return tuple(outputs)
