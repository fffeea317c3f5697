"""`tensorflow.python.framework.ops`."""

from __future__ import annotations

from typing import Any

from graphflow.core.convert import IndexedSlices
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.core.sparse import SparseTensor
from graphflow.variables.base import Variable

# What `isinstance` tells of dense and sparse tensors and slices, but not of numbers.
_TensorLike = (Tensor, SparseTensor, IndexedSlices)


def is_dense_tensor_like(t: Any) -> bool:
    """Tell whether something is a tensor or variable.

    Args:
      t: anything.
    """
    return isinstance(t, (Tensor, Variable))


def _as_graph_element(obj: Any) -> Any:
    """Return the tensor or operation that an object says it stands for, None for others."""
    convert = getattr(obj, "_as_graph_element", None)
    return convert() if convert is not None else None


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
