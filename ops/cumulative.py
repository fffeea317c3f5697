"""Running sums and products."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import FLOATING, INDEX, NUMERIC
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorSpec
from graphflow.ops._static import (
    check_rank,
    checked_axis,
    f32,
    five_axes,
    known_int,
    normalized_axis,
)
from graphflow.ops.kernels.arrays import dtype_of_sums

__all__ = [
    "Cumprod",
    "Cumsum",
    "CumulativeLogsumexp",
    "cumprod",
    "cumsum",
    "cumulative_logsumexp",
]


@dataclass(frozen=True, eq=False, repr=False)
class _Scan(Op):
    """What a function of two gives when it is applied along an axis, one element at a time."""

    exclusive: bool = False
    reverse: bool = False

    inputs = "x: T, axis: Tidx"
    outputs = "out"
    types: ClassVar[Any] = {"T": NUMERIC, "Tidx": INDEX}
    ufunc: ClassVar[np.ufunc]
    start: ClassVar[float]

    def infer(self, x: TensorSpec, axis: TensorSpec) -> TensorSpec:
        check_rank("axis", axis, 0)
        known = known_int(axis)
        if known is not None and x.shape.ndims is not None:
            normalized_axis(known, x.shape.ndims)
        return TensorSpec(x.shape, x.dtype.base_dtype)

    def kernel(self, x: Array, axis: Array) -> Array:
        position = checked_axis(axis, x.ndim)
        wide = dtype_of_sums(x.dtype)
        along = np.moveaxis(x, position, 0)
        along = along[::-1] if self.reverse else along
        result = np.empty(along.shape, x.dtype)
        if self.exclusive and len(along):
            result[0] = self.start
            result[1:] = self.ufunc.accumulate(along[:-1], axis=0, dtype=wide)
        else:
            result[...] = self.ufunc.accumulate(along, axis=0, dtype=wide)
        return np.moveaxis(result[::-1] if self.reverse else result, 0, position)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x = np.asarray([[1.5, -2.25, 0.75], [3.5, 0.5, -1.25]])
        for exclusive in (False, True):
            for reverse in (False, True):
                yield Sample.of(cls(exclusive, reverse), x, np.int32(1))
        for dtype in (np.float32, np.float16):
            yield Sample.of(cls(), x.astype(dtype), np.int64(-2))
        yield Sample.of(cls(exclusive=True), np.zeros((0, 3), np.float32), np.int32(0))
        yield Sample.of(cls(reverse=True), five_axes(np.float64) / 8 - 1.3, np.int32(-3))
        if cls.types["T"] == NUMERIC:
            odd = f32([[1, np.nan, 2], [np.inf, 1, -np.inf], [-np.inf, 0, 2]])
            yield Sample.of(cls(), odd, np.int32(1), gradient=(), note="special values")
            yield Sample.of(cls(), np.asarray([3, -1, 4, 2], np.int32), np.int32(0))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (x, np.int32(2)), "axis 2 is out of range for rank 2")
        yield ErrorSample(cls(), (x, np.zeros(1, np.int32)), "axis must be a scalar")


@register
class Cumsum(_Scan):
    """Running sums."""

    makes_new = True
    ufunc = np.add
    start = 0

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        return apply(Cumsum(self.exclusive, not self.reverse), grad, op.inputs[1]), None


@register
class Cumprod(_Scan):
    """Running products."""

    makes_new = True
    ufunc = np.multiply
    start = 1

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        """Give NaN where an element is 0, as TensorFlow does."""
        x, axis = op.inputs
        product = apply(Cumprod(self.exclusive, self.reverse), x, axis)
        scaled = apply(Cumsum(self.exclusive, not self.reverse), ops.multiply(product, grad), axis)
        return ops.realdiv(scaled, x), None


@register
class CumulativeLogsumexp(_Scan):
    """Running logarithms of sums of exponentials."""

    types: ClassVar[Any] = {"T": FLOATING, "Tidx": INDEX}
    ufunc = np.logaddexp
    start = -np.inf

    def kernel(self, x: Array, axis: Array) -> Array:
        if x.dtype.name != "bfloat16":
            return super().kernel(x, axis)
        return super().kernel(x.astype(np.float32), axis).astype(x.dtype)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        """Sum g·exp(x - y) over later elements, positive and negative g each in logarithms."""
        x, axis = op.inputs
        backwards = CumulativeLogsumexp(self.exclusive, not self.reverse)
        log_grad = ops.log(ops.abs(grad))
        lowest = ops.constant(x.dtype.min, dtype=x.dtype.base_dtype)
        parts = []
        for mask in (ops.greater(grad, ops.zeros_like(grad)), ops.less(grad, ops.zeros_like(grad))):
            weight = ops.where(mask, log_grad, ops.multiply(ops.ones_like(grad), lowest))
            total = apply(backwards, ops.subtract(weight, op.outputs[0]), axis)
            parts.append(ops.exp(ops.add_v2(total, x)))
        return ops.subtract(parts[0], parts[1]), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for sample in super().samples():
            exclusive = sample.op.attributes()["exclusive"]
            yield Sample(
                sample.op, sample.inputs, gradient=() if exclusive else None,
                note="starts at -inf" if exclusive else "",
            )  # fmt: skip


def cumsum(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """Compute running sums along an axis.

    Args:
      x: numeric.
      axis: int32 or int64 scalar.
      exclusive: whether each sum leaves its own element out.
      reverse: whether to sum from the end.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    Raises:
      ValueError: there is no such axis.

    >>> import graphflow as tf
    >>> sums = [tf.cumsum([2, 5, 1]), tf.cumsum([2, 5, 1], exclusive=True, reverse=True)]
    >>> tf.Session().run(sums)
    [array([2, 7, 8], dtype=int32), array([6, 1, 0], dtype=int32)]
    """
    with name_scope(name, "Cumsum", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return apply(Cumsum(bool(exclusive), bool(reverse)), x, axis, name=scope)


def cumprod(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """Compute running products along an axis.

    Args:
      x: numeric.
      axis: int32 or int64 scalar.
      exclusive: whether each product leaves its own element out.
      reverse: whether to multiply from the end.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    Raises:
      ValueError: there is no such axis.

    >>> import graphflow as tf
    >>> products = [tf.cumprod([2, 5, 3]), tf.cumprod([2, 5, 3], exclusive=True)]
    >>> tf.Session().run(products)
    [array([ 2, 10, 30], dtype=int32), array([ 1,  2, 10], dtype=int32)]
    """
    with name_scope(name, "Cumprod", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return apply(Cumprod(bool(exclusive), bool(reverse)), x, axis, name=scope)


def cumulative_logsumexp(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """Compute log(sum(exp(x))) of the elements so far along an axis, without overflow.

    Args:
      x: floating.
      axis: int32 or int64 scalar.
      exclusive: whether each sum leaves its own element out; the first one is then -inf.
      reverse: whether to start from the end.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    Raises:
      ValueError: there is no such axis.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.cumulative_logsumexp([1000.0, 1000.0, 0.0])).round(3)
    array([1000.   , 1000.693, 1000.693], dtype=float32)
    """
    with name_scope(name, "CumulativeLogsumexp", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return apply(CumulativeLogsumexp(bool(exclusive), bool(reverse)), x, axis, name=scope)
