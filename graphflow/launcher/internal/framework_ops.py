"""`tensorflow.python.framework.ops`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph
from graphflow.core.sparse import SparseTensor
from graphflow.interop.meta_graph import register_proto_function as register_proto_function
from graphflow.variables.base import Variable

# What `isinstance` tells of dense and sparse tensors and slices, but not of numbers.
_TensorLike = (Tensor, SparseTensor, IndexedSlices)
_dense_types: list[type] = [Tensor, Variable]


def is_dense_tensor_like(t: Any) -> bool:
    """Tell whether something is a tensor or variable, or of another type registered as dense.

    Args:
      t: anything.
    """
    return isinstance(t, tuple(_dense_types))


def register_dense_tensor_like_type(tensor_type: type) -> None:
    """Let `is_dense_tensor_like` say yes to a type.

    Args:
      tensor_type: a class with the properties `name` and `dtype`.

    Raises:
      TypeError: it lacks one of them.
    """
    for name in ("name", "dtype"):
        if not isinstance(getattr(tensor_type, name, None), property):
            raise TypeError(f"{tensor_type.__name__} has no property {name!r}")
    _dense_types.append(tensor_type)


def _as_graph_element(obj: Any) -> Any:
    """Return the tensor or operation that an object says it stands for, None for others."""
    convert = getattr(obj, "_as_graph_element", None)
    return convert() if convert is not None else None


def _get_graph_from_inputs(op_input_list: Sequence[Any], graph: Graph | None = None) -> Graph:
    """Return the graph that tensors and operations are of.

    Args:
      op_input_list: tensors, operations, variables and other values.
      graph: the graph that all should be of, by default that of the first; the default graph if
        none has one.

    Raises:
      ValueError: two graphs meet.
    """
    for item in op_input_list:
        element = item if isinstance(item, (Operation, Tensor)) else _as_graph_element(item)
        if element is None:
            continue
        if graph is not None and element.graph is not graph:
            raise ValueError(f"{element.name!r} is of another graph than what is used with it")
        graph = element.graph
    return graph or get_default_graph()


_ids = itertools.count()


def uid() -> int:
    """Return a number that no other call in this process returns."""
    return next(_ids)


def internal_convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    as_ref: bool = False,
    preferred_dtype: Any = None,
    ctx: Any = None,
    accept_symbolic_tensors: bool = True,
    accept_composite_tensors: bool = False,
) -> Any:
    """Return a value as a tensor, see `tf.convert_to_tensor`.

    Args:
      value: the value.
      dtype: the dtype that it must have.
      name: the operation's name.
      as_ref: return the reference of a variable.
      preferred_dtype: the dtype that it gets if it can.
      ctx: accepted; a matter of eager execution.
      accept_symbolic_tensors: must be True.
      accept_composite_tensors: return a composite tensor, such as a sparse one, as it is.

    Raises:
      NotImplementedError: `accept_symbolic_tensors` is false.
    """
    del ctx
    if not accept_symbolic_tensors:
        raise NotImplementedError("internal_convert_to_tensor: accept_symbolic_tensors=False")
    if accept_composite_tensors and isinstance(value, SparseTensor):
        return value
    return convert_to_tensor(value, dtype, name, preferred_dtype, as_ref=as_ref)


def get_default_graph_name_scope() -> str:
    """Return the name scope that is open now."""
    return get_default_graph().get_name_scope()


def prepend_name_scope(name: str, import_scope: str | None) -> str:
    """Put a name into a scope.

    Args:
      name: a name of a node, "^name" of a control input or "loc:@name" of a colocation.
      import_scope: the scope, or None.

    >>> prepend_name_scope("^x", "a")
    '^a/x'
    """
    if not import_scope:
        return name
    mark, rest = _mark_of(name)
    return f"{mark}{import_scope}/{rest}"


def strip_name_scope(name: str, export_scope: str | None) -> str:
    """Take a name out of a scope.

    Args:
      name: a name of a node, "^name" of a control input or "loc:@name" of a colocation.
      export_scope: the scope, or None.

    >>> strip_name_scope("loc:@a/x", "a")
    'loc:@x'
    """
    if not export_scope:
        return name
    mark, rest = _mark_of(name)
    return mark + rest.removeprefix(export_scope.rstrip("/") + "/")


def _mark_of(name: str) -> tuple[str, str]:
    for mark in ("^", "loc:@"):
        if name.startswith(mark):
            return mark, name[len(mark) :]
    return "", name
