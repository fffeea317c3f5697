"""Constants and placeholders: where values enter the graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from graphflow.core.build import apply
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.extensions import provide
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec, as_shape

__all__ = ["Const", "Placeholder", "constant", "placeholder"]


@register
class Const(Op):
    """A value that is part of the graph."""

    value: Array
    dtype: DType

    cheap = True

    def infer(self) -> TensorSpec:
        return TensorSpec(TensorShape.of(self.value.shape), self.dtype)

    def kernel(self) -> Array:
        return self.value

    def gradient(self, op: Any, grad: Tensor) -> list[Tensor | None]:
        return []

    def _key(self) -> tuple[Any, ...]:
        data = tuple(self.value.ravel()) if self.value.dtype == object else self.value.tobytes()
        return self.dtype, self.value.shape, data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(np.asarray([[1, 2, 3]], np.float32), as_dtype("float32")))
        yield Sample.of(cls(np.asarray(b"text", object), as_dtype("string")))


def constant(
    value: Any,
    dtype: Any = None,
    shape: Any = None,
    name: str | None = "Const",
    verify_shape: bool = False,
) -> Tensor:
    """Create a constant tensor.

    Args:
      value: a number, string, (nested) list of those, or numpy array.
      dtype: the dtype; by default it follows from the value (Python floats become float32, Python
        integers int32).
      shape: the shape; the last element of `value` is repeated to fill it.
      name: the operation's name.
      verify_shape: whether `value` must have exactly the shape `shape`.

    Returns:
      A constant tensor.

    Raises:
      TypeError: the value does not fit the dtype, or its shape differs and `verify_shape` is set.
      ValueError: it has more elements than `shape`, or is ragged.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.constant([5, 7], shape=[2, 3]))
    array([[5, 7, 7],
           [7, 7, 7]], dtype=int32)
    """
    array, of_dtype = to_array(value, None if dtype is None else as_dtype(dtype).base_dtype)
    if shape is not None:
        array = _fill_shape(array, as_shape(shape), verify_shape)
    array = array.copy()
    array.setflags(write=False)
    return apply(Const(array, of_dtype), name=name or "Const")


def to_array(value: Any, dtype: DType | None) -> tuple[np.ndarray[Any, Any], DType]:
    """Convert a Python value to the array that a tensor of `dtype` (None: natural dtype) holds.

    Raises:
      TypeError: the value does not fit the dtype.
      ValueError: a ragged list, or None inside.
    """
    raise NotImplementedError


def _fill_shape(array: Array, shape: TensorShape, verify: bool) -> Array:
    raise NotImplementedError


@provide("constant")
def _constant(value: Any, dtype: DType | None, shape: Any, name: str) -> Tensor:
    return constant(value, dtype=dtype, shape=shape, name=name)


@register
class Placeholder(Op):
    """A value that every run must feed."""

    dtype: DType
    shape: TensorShape = TensorShape(None)

    stateful = True

    def infer(self) -> TensorSpec:
        return TensorSpec(self.shape, self.dtype)

    def kernel(self) -> Array:
        raise InvalidArgumentError(
            None, None, f"you must feed a value for this placeholder: {self.dtype.name}{self.shape}"
        )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(
            cls(as_dtype("float32"), TensorShape([2, 3])), (), "must feed a value",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """Create a tensor whose value each run must supply through `feed_dict`.

    Args:
      dtype: the dtype of the values that will be fed.
      shape: their shape, possibly partly unknown; None for any.
      name: the operation's name.

    Returns:
      A tensor that can be fed and cannot be evaluated otherwise.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [None, 3], name="x")
    >>> tf.Session().run(x * 2.0, {x: [[1, 2, 3]]})
    array([[2., 4., 6.]], dtype=float32)
    """
    return apply(Placeholder(as_dtype(dtype), as_shape(shape)), name=name)
