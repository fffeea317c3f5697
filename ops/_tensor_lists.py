"""The value of a list of tensors, which a scalar tensor of dtype variant holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graphflow.core.dtypes import DType
from graphflow.core.op import Array
from graphflow.core.spec import TensorShape


class TensorList:
    """A list of tensors of one dtype, which is never changed.

    Args:
      items: the tensors' values.
      dtype: their dtype.
      shape: what is known of their shape.
    """

    def __init__(self, items: Sequence[Array], dtype: DType, shape: TensorShape) -> None:
        self.items = items
        self.dtype = dtype
        self.shape = shape

    def pop_back(self) -> tuple[TensorList, Array]:
        """Return the list without its last item, and that item."""
        return TensorList(self.items[:-1], self.dtype, self.shape), self.items[-1]

    def as_array(self) -> Array:
        """Return the list as the value of a scalar tensor."""
        array = np.empty((), object)
        array[()] = self
        return array


def list_in(value: Array) -> TensorList:
    """Return the list that a scalar tensor's value holds."""
    item = value.item()
    assert isinstance(item, TensorList)
    return item
