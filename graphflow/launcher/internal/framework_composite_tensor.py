"""`tensorflow.python.framework.composite_tensor`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from graphflow.core.convert import IndexedSlices
from graphflow.core.sparse import SparseTensor


class CompositeTensor(ABC):
    """Base of values made of several tensors: sparse tensors, indexed slices and a program's own.

    >>> import graphflow as tf
    >>> isinstance(tf.SparseTensor([[0, 1]], [2.5], [4, 3]), CompositeTensor)
    True
    """

    @property
    @abstractmethod
    def _type_spec(self) -> Any:
        """The `TypeSpec` of the value."""

    def _to_components(self) -> Any:
        """Return the structure of tensors that the value is made of."""
        return self._type_spec._to_components(self)

    def consumers(self) -> list[Any]:
        """Return the operations that a tensor of the value goes into."""
        raise NotImplementedError(f"{type(self).__name__}.consumers")


CompositeTensor.register(SparseTensor)
CompositeTensor.register(IndexedSlices)
