"""The distinct elements of a vector, or slices of a tensor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

import numpy as np

from graphflow.core.build import apply_multi
from graphflow.core.dtypes import INDEX, REAL_NUMBER, DType, as_dtype, dtype_set, int32
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec, unknown_shape
from graphflow.ops._static import check_rank, checked_axis, invalid, known_ints, normalized_axis
from graphflow.ops.kernels.distinct import distinct

__all__ = [
    "ListDiff",
    "Unique",
    "UniqueV2",
    "UniqueWithCounts",
    "UniqueWithCountsV2",
    "setdiff1d",
    "unique",
    "unique_with_counts",
]

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
        return distinct(x, 0, self.out_idx)[:2]

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
    return UniqueResult(*apply_multi(Unique(_index_dtype(out_idx, "out_idx")), x, name=name))


def _index_dtype(dtype: Any, name: str) -> DType:
    """A dtype that positions may have."""
    wanted = as_dtype(dtype)
    if wanted not in INDEX:
        raise TypeError(f"{name} must be int32 or int64, not {wanted.name}")
    return wanted


class UniqueWithCountsResult(NamedTuple):
    """What `unique_with_counts` returns.

    Attributes:
      y: the distinct elements, in order of first appearance.
      idx: for each element of the input its position in `y`.
      count: how often each element of `y` occurs in the input.
    """

    y: Tensor
    idx: Tensor
    count: Tensor  # type: ignore[assignment]  # hides the method of tuples, as in TensorFlow


@register
class UniqueWithCounts(Op):
    """Distinct elements in order of first appearance, where each element went, and how many did."""

    out_idx: DType = int32

    inputs = "x: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER | dtype_set("bool string")}
    outputs = "y, idx, count"

    def infer(self, x: TensorSpec) -> tuple[TensorSpec, TensorSpec, TensorSpec]:
        shape = x.shape.with_rank(1)
        unknown = TensorShape([None])
        return (
            TensorSpec(unknown, x.dtype.base_dtype),
            TensorSpec(shape, self.out_idx),
            TensorSpec(unknown, self.out_idx),
        )

    def kernel(self, x: Array) -> tuple[Array, Array, Array]:
        return distinct(x, 0, self.out_idx)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.asarray([3, 1, 3, 7, 1, 0], np.int64))
        yield Sample.of(
            cls(as_dtype("int64")),
            np.asarray([2.5, np.nan, 2.5, np.nan], np.float32),
            gradient=(),
            note=_NO_GRADIENT,
        )
        yield Sample.of(cls(), np.asarray([b"b", b"a", b"b"], object))
        yield Sample.of(cls(), np.asarray([True, True]))
        yield Sample.of(cls(), np.zeros(0, np.int32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.ones((2, 3), np.float32),), "rank")


def unique_with_counts(
    x: Any, out_idx: Any = int32, name: str | None = None
) -> UniqueWithCountsResult:
    """Find the distinct elements of a vector, and how often each occurs.

    Args:
      x: [n], of any dtype.
      out_idx: the dtype of the positions and counts, int32 or int64.
      name: the operation's name.

    Returns:
      `y` [k], the distinct elements in order of first appearance, `idx` [n] with
      `y[idx[i]] == x[i]`, and `count` [k].

    Raises:
      TypeError: `out_idx` is no index dtype.

    >>> import graphflow as tf
    >>> y, idx, count = tf.unique_with_counts([7, 5, 7, 2])
    >>> tf.Session().run([y, count])
    [array([7, 5, 2], dtype=int32), array([2, 1, 1], dtype=int32)]
    """
    op = UniqueWithCounts(_index_dtype(out_idx, "out_idx"))
    return UniqueWithCountsResult(*apply_multi(op, x, name=name))


# -- slices ----------------------------------------------------------------------------------------


class _UniqueSlices(Op):
    """What UniqueV2 and UniqueWithCountsV2 share: distinct slices along an axis."""

    out_idx: DType = int32

    def _axis(self, axis: Array, rank: int) -> int:
        """The axis; a vector without elements stands for the only one."""
        if np.size(axis) > 1:
            raise invalid(f"axis must have one element at most, it is {axis.tolist()}")
        if not np.size(axis):
            if rank != 1:
                raise invalid(f"without an axis x must be a vector, it has rank {rank}")
            return 0
        return checked_axis(np.ravel(axis)[0], rank)

    def _specs(self, x: TensorSpec, axis: TensorSpec) -> tuple[TensorSpec, TensorSpec, TensorSpec]:
        check_rank("axis", axis, 1)
        dims, places = x.shape.as_tuple(), known_ints(axis)
        if places == () and dims is not None:
            x.shape.assert_has_rank(1)
            places = (0,)
        count: int | None = None
        shape = unknown_shape(x.shape.rank)
        if dims is not None and places is not None and len(places) == 1 and places[0] is not None:
            place = normalized_axis(places[0], len(dims))
            count = dims[place]
            shape = TensorShape.of((*dims[:place], None, *dims[place + 1 :]))
        return (
            TensorSpec(shape, x.dtype.base_dtype),
            TensorSpec(TensorShape.of((count,)), self.out_idx),
            TensorSpec(TensorShape.of((None,)), self.out_idx),
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        a = np.asarray([[1, 0, 0], [1, 0, 0], [2, 0, 0]], np.int32)
        zero, one = np.asarray([0], np.int64), np.asarray([1], np.int32)
        yield Sample.of(cls(), a, zero)
        yield Sample.of(make(as_dtype("int64")), a, one)
        yield Sample.of(cls(), np.stack([a, a], 1), np.asarray([-2], np.int32))
        yield Sample.of(cls(), np.asarray([b"b", b"a", b"b"], object), np.zeros(0, np.int64))
        yield Sample.of(cls(), a.astype(np.float32), zero, gradient=(), note=_NO_GRADIENT)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.int32)
        yield ErrorSample(cls(), (a, np.asarray([2], np.int64)), "axis 2 is out of range")
        yield ErrorSample(cls(), (a, np.int32(0)), "axis must be a vector")
        for axis, message in (([0, 1], "one element at most"),):
            yield ErrorSample(
                cls(), (a, np.asarray(axis, np.int64)), message,
                error=InvalidArgumentError, when="run",
            )  # fmt: skip


@register
class UniqueV2(_UniqueSlices):
    """Distinct slices in order of first appearance, and where each slice went."""

    out_idx: DType = int32

    inputs = "x: T, axis: Taxis"
    types: ClassVar[Any] = {"T": REAL_NUMBER | dtype_set("bool string"), "Taxis": INDEX}
    outputs = "y, idx"

    def infer(self, x: TensorSpec, axis: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        return self._specs(x, axis)[:2]

    def kernel(self, x: Array, axis: Array) -> tuple[Array, Array]:
        return distinct(x, self._axis(axis, x.ndim), self.out_idx)[:2]


@register
class UniqueWithCountsV2(_UniqueSlices):
    """Distinct slices in order of first appearance, where each slice went, and how many did."""

    out_idx: DType = int32

    inputs = "x: T, axis: Taxis"
    types: ClassVar[Any] = {"T": REAL_NUMBER | dtype_set("bool string"), "Taxis": INDEX}
    outputs = "y, idx, count"

    def infer(self, x: TensorSpec, axis: TensorSpec) -> tuple[TensorSpec, TensorSpec, TensorSpec]:
        return self._specs(x, axis)

    def kernel(self, x: Array, axis: Array) -> tuple[Array, Array, Array]:
        return distinct(x, self._axis(axis, x.ndim), self.out_idx)


# -- differences -----------------------------------------------------------------------------------


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
        yield Sample.of(cls(), np.asarray([b"b", b"", b"a"], object), np.asarray([b"b"], object))

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
    op = ListDiff(_index_dtype(index_dtype, "index_dtype"))
    return ListDiffResult(*apply_multi(op, x, y, name=name))
