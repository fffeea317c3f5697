"""`tensorflow.python.keras.utils.tf_utils`."""

from __future__ import annotations

from typing import Any

from graphflow.core.convert import IndexedSlices
from graphflow.core.graph import Tensor
from graphflow.core.sparse import SparseTensor
from graphflow.variables.base import Variable

_symbolic_types: list[type] = []


def register_symbolic_tensor_type(cls: type) -> None:
    """Let `is_symbolic_tensor` say yes to values of a class.

    Args:
      cls: the class.
    """
    if not isinstance(cls, type):
        raise TypeError(f"{cls!r} is not a class")
    if cls not in _symbolic_types:
        _symbolic_types.append(cls)


def is_symbolic_tensor(tensor: Any) -> bool:
    """Tell whether something is a tensor of a graph, a variable, or registered as such.

    Args:
      tensor: anything.
    """
    return isinstance(tensor, (Tensor, SparseTensor, IndexedSlices, Variable, *_symbolic_types))
