"""The distinct elements of a vector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

import numpy as np

from graphflow.core.build import apply_multi
from graphflow.core.dtypes import INDEX, REAL_NUMBER, DType, as_dtype, dtype_set, int32
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec

__all__ = ["ListDiff", "Unique", "setdiff1d", "unique"]

_NO_GRADIENT = "TensorFlow has none either"


class UniqueResult(NamedTuple):
    """What `unique` returns.

    Attributes:
      y: the distinct elements, in order of first appearance.
      idx: for each element of the input its position in `y`.
    """

    y: Tensor
    idx: Tensor


@register
class Unique(Op):
    """Distinct elements in order of first appearance, and where each element went."""

    out_idx: DType = int32

    inputs = "x: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER | dtype_set("bool string")}
    outputs = "y, idx"

    def infer(self, x: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        shape = x.shape.with_rank(1)
        return TensorSpec(TensorShape([None]), x.dtype.base_dtype), TensorSpec(shape, self.out_idx)

    def kernel(self, x: Array) -> tuple[Array, Array]:
        _, first, inverse = np.unique(x, return_index=True, return_inverse=True)
        order = np.argsort(first, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(order.size)
        return x[first[order]], rank[inverse.ravel()].astype(self.out_idx.numpy)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.asarray([3, 1, 3, 7, 1, 0], np.int64))
        yield Sample.of(
            cls(as_dtype("int64")),
            np.asarray([2.5, -1.0, 2.5], np.float32),
            gradient=(),
            note=_NO_GRADIENT,
        )
        yield Sample.of(cls(), np.asarray([b"b", b"a", b"b"], object))
        yield Sample.of(cls(), np.zeros(0, np.int32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.ones((2, 3), np.float32),), "rank")


def unique(x: Any, out_idx: Any = int32, name: str | None = None) -> UniqueResult:
    """Find the distinct elements of a vector.

    Args:
      x: [n], of any dtype.
      out_idx: the dtype of the positions, int32 or int64.
      name: the operation's name.

    Returns:
      `y` [k], the distinct elements in order of first appearance, and `idx` [n] with
      `y[idx[i]] == x[i]`.

    Raises:
      TypeError: `out_idx` is no index dtype.

    >>> import graphflow as tf
    >>> y, idx = tf.Session().run(tf.unique([7, 5, 7, 2]))
    >>> y, idx
    (array([7, 5, 2], dtype=int32), array([0, 1, 0, 2], dtype=int32))
    """
    dtype = as_dtype(out_idx)
    if dtype not in INDEX:
        raise TypeError(f"out_idx must be int32 or int64, not {dtype.name}")
    return UniqueResult(*apply_multi(Unique(dtype), x, name=name))


class ListDiffResult(NamedTuple):
    """What `setdiff1d` returns.

    Attributes:
      out: the elements that remain, in their order.
      idx: where each stood in the input.
    """

    out: Tensor
    idx: Tensor


@register
class ListDiff(Op):
    """The elements of one vector that are not in another, and where they stood."""

    out_idx: DType = int32

    inputs = "x: T, y: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER | dtype_set("string")}
    outputs = "out, idx"

    def infer(self, x: TensorSpec, y: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        x.shape.with_rank(1)
        y.shape.with_rank(1)
        unknown = TensorShape([None])
        return TensorSpec(unknown, x.dtype.base_dtype), TensorSpec(unknown, self.out_idx)

    def kernel(self, x: Array, y: Array) -> tuple[Array, Array]:
        positions = np.nonzero(~np.isin(x, y))[0]
        return x[positions], positions.astype(self.out_idx.numpy)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.asarray([5, 2, 7, 2, 9], np.int32), np.asarray([7, 2], np.int32))
        yield Sample.of(
            cls(as_dtype("int64")),
            np.asarray([1.5, 2.5]),
            np.asarray([2.5]),
            gradient=(),
            note=_NO_GRADIENT,
        )
        yield Sample.of(cls(), np.asarray([4], np.int64), np.zeros(0, np.int64))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        matrix = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (matrix, matrix[0]), "rank")


def setdiff1d(x: Any, y: Any, index_dtype: Any = int32, name: str | None = None) -> ListDiffResult:
    """Find the elements of `x` that are not in `y`.

    Args:
      x: [n], of any dtype.
      y: [m], of the same dtype.
      index_dtype: the dtype of the positions, int32 or int64.
      name: the operation's name.

    Returns:
      `out` [k], the elements in their order, and `idx` [k] with `out[i] == x[idx[i]]`.

    Raises:
      TypeError: `index_dtype` is no index dtype.

    >>> import graphflow as tf
    >>> out, idx = tf.Session().run(tf.setdiff1d([5, 2, 7, 9], [7, 5]))
    >>> out, idx
    (array([2, 9], dtype=int32), array([1, 3], dtype=int32))
    """
    dtype = as_dtype(index_dtype)
    if dtype not in INDEX:
        raise TypeError(f"index_dtype must be int32 or int64, not {dtype.name}")
    return ListDiffResult(*apply_multi(ListDiff(dtype), x, y, name=name))
