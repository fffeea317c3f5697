"""`SparseTensor`: three tensors that stand for one with few elements that are not zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from graphflow.core import dtypes
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.extensions import provided
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.core.op import Array
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, dimension_at_index


class SparseTensorValue(NamedTuple):
    """The value of a `SparseTensor`: what a session returns for one, and takes as its feed.

    Attributes:
      indices: int64 [n, rank].
      values: [n].
      dense_shape: int64 [rank].
    """

    indices: Array
    values: Array
    dense_shape: Array


class IndexedSlicesValue(NamedTuple):
    """The value of an `IndexedSlices`.

    Attributes:
      values: [n, ...].
      indices: [n].
      dense_shape: [rank], or None.
    """

    values: Array
    indices: Array
    dense_shape: Array | None


class SparseTensor:
    """A tensor given by its elements: `dense[indices[i]] = values[i]`, zero elsewhere.

    Args:
      indices: int64 [n, rank], the position of each element.
      values: [n], the elements.
      dense_shape: int64 [rank].

    Raises:
      ValueError: the shapes do not fit together.

    >>> import graphflow as tf
    >>> tf.SparseTensor(indices=[[0, 1], [2, 0]], values=[3.0, 4.0], dense_shape=[3, 5]).shape
    TensorShape([Dimension(3), Dimension(5)])
    """

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        with name_scope(None, "SparseTensor", [indices, values, dense_shape]):
            self._indices = convert_to_tensor(indices, name="indices", dtype=dtypes.int64)
            self._values = convert_to_tensor(values, name="values")
            self._dense_shape = convert_to_tensor(
                dense_shape, name="dense_shape", dtype=dtypes.int64
            )
        self._declared_shape: TensorShape | None = None
        self._check()

    def _check(self) -> None:
        try:
            indices = self._indices.shape.with_rank(2)
            values = self._values.shape.with_rank(1)
            dense = self._dense_shape.shape.with_rank(1)
            dimension_at_index(indices, 0).merge_with(dimension_at_index(values, 0))
            dimension_at_index(indices, 1).merge_with(dimension_at_index(dense, 0))
        except ValueError as error:
            raise ValueError(
                f"indices of shape {self._indices.shape}, values of shape {self._values.shape} and "
                f"dense_shape of shape {self._dense_shape.shape} make no sparse tensor: {error}; "
                "they have the shapes (n, rank), (n,) and (rank,)"
            ) from error

    @classmethod
    def from_value(cls, sparse_tensor_value: Any) -> SparseTensor:
        """Make a constant sparse tensor from a `SparseTensorValue` (or return a SparseTensor).

        Raises:
          TypeError: it is neither.
        """
        if isinstance(sparse_tensor_value, SparseTensor):
            return sparse_tensor_value
        if not isinstance(sparse_tensor_value, SparseTensorValue):
            raise TypeError(f"{sparse_tensor_value!r} is neither SparseTensor nor its value")
        return cls(*sparse_tensor_value)

    @property
    def indices(self) -> Tensor:
        """The positions, int64 [n, rank]."""
        return self._indices

    @property
    def values(self) -> Tensor:
        """The elements, [n]."""
        return self._values

    @property
    def dense_shape(self) -> Tensor:
        """The shape of the dense tensor, int64 [rank]."""
        return self._dense_shape

    @property
    def op(self) -> Operation:
        """The operation that makes the values."""
        return self._values.op

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._values.dtype

    @property
    def graph(self) -> Graph:
        """The graph of the three tensors."""
        return self._values.graph

    @property
    def shape(self) -> TensorShape:
        """What is statically known of the dense shape."""
        if self._declared_shape is not None:
            return self._declared_shape
        return self._dense_shape.spec.as_shape()

    def set_shape(self, shape: Any) -> None:
        """State what is known of the dense shape although `dense_shape` does not tell.

        Args:
          shape: anything that makes a shape.

        Raises:
          ValueError: it contradicts what `dense_shape` tells.
        """
        self._declared_shape = self.shape.merge_with(shape)

    def get_shape(self) -> TensorShape:
        """Return what is statically known of the dense shape."""
        return self.shape

    def consumers(self) -> list[Operation]:
        """Return the operations that take one of the three tensors."""
        tensors = (self._indices, self._values, self._dense_shape)
        return list(dict.fromkeys(op for tensor in tensors for op in tensor.consumers()))

    @staticmethod
    def _override_operator(operator: str, func: Callable[..., Any]) -> None:
        """Make `func` the operator method, a name such as `__mul__`."""
        setattr(SparseTensor, operator, func)

    def eval(self, feed_dict: Mapping[Any, Any] | None = None, session: Any = None) -> Any:
        """Compute the value in `session` (default: the default session).

        Returns:
          A `SparseTensorValue`.
        """
        return provided("eval_tensor")(self, feed_dict, session)

    def __repr__(self) -> str:
        return (
            f"SparseTensor(indices={self._indices}, values={self._values}, "
            f"dense_shape={self._dense_shape})"
        )


def convert_to_tensor_or_sparse_tensor(
    value: Any, dtype: Any = None, name: str | None = None
) -> Any:
    """Convert a value to a tensor, unless it is sparse.

    Args:
      value: a `SparseTensor`, a `SparseTensorValue`, or anything that makes a tensor.
      dtype: the dtype the result must have; by default it follows from the value.
      name: the name of a constant that is made.

    Returns:
      A `SparseTensor` or a `Tensor`.

    Raises:
      RuntimeError: a sparse tensor has another dtype than `dtype`.

    >>> import graphflow as tf
    >>> value = tf.SparseTensorValue(indices=[[0, 1]], values=[3.0], dense_shape=[2, 4])
    >>> tf.convert_to_tensor_or_sparse_tensor(value).shape.as_list()
    [2, 4]
    """
    if isinstance(value, SparseTensorValue):
        value = SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        return convert_to_tensor(value, dtype=dtype, name=name)
    if dtype is not None and not as_dtype(dtype).is_compatible_with(value.dtype):
        raise RuntimeError(
            f"{value} has dtype {value.dtype.name}, but {as_dtype(dtype).name} is required: "
            "convert it with tf.cast"
        )
    return value
