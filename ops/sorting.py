"""Sorting, and searching in what is sorted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import (
    INDEX,
    REAL_NUMBER,
    DType,
    as_dtype,
    float32 as _float32,
    int32 as _int32,
    int64 as _int64,
)
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank, f32, i32, i64, invalid, known_int, normalized_axis

__all__ = [
    "Bucketize",
    "LowerBound",
    "NthElement",
    "UpperBound",
    "argsort",
    "bucketize",
    "nth_element",
    "searchsorted",
    "sort",
]


# -- sorting ---------------------------------------------------------------------------------------


def sort(
    values: Any, axis: Any = -1, direction: str = "ASCENDING", name: str | None = None
) -> Tensor:
    """Sort the elements along an axis.

    Args:
      values: a tensor of real numbers with one axis or more.
      axis: constant int32 scalar, the last axis by default.
      direction: "ASCENDING" or "DESCENDING".
      name: the name scope.

    Returns:
      A tensor of the shape and dtype of `values`.

    Raises:
      ValueError: `axis` is no constant scalar, or there is no such direction.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.sort([[1, 10, 26], [9, 3, 8]], direction="DESCENDING"))
    array([[26, 10,  1],
           [ 9,  8,  3]], dtype=int32)
    """
    with name_scope(name, "sort", [values]):
        return _sorted(values, axis, direction, want_indices=False)


def argsort(
    values: Any,
    axis: Any = -1,
    direction: str = "ASCENDING",
    stable: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return the indices that sort the elements along an axis.

    Args:
      values: a tensor of real numbers with one axis or more.
      axis: constant int32 scalar, the last axis by default.
      direction: "ASCENDING" or "DESCENDING".
      stable: whether equal elements must stay in order; they always do here.
      name: the name scope.

    Returns:
      An int32 tensor of the shape of `values`.

    Raises:
      ValueError: `axis` is no constant scalar, or there is no such direction.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.argsort([[1, 10, 26], [9, 3, 8]]))
    array([[0, 1, 2],
           [1, 2, 0]], dtype=int32)
    """
    del stable
    with name_scope(name, "argsort", [values]):
        return _sorted(values, axis, direction, want_indices=True)


def _sorted(values: Any, axis: Any, direction: str, want_indices: bool) -> Tensor:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"direction must be 'ASCENDING' or 'DESCENDING', not {direction!r}")
    axis_tensor = convert_to_tensor(axis, name="axis")
    known = axis_tensor.constant_value()
    if known is None or axis_tensor.shape.rank != 0:
        raise ValueError(f"axis must be a constant scalar, not {axis!r}")
    values = convert_to_tensor(values, name="values")
    rank = values.shape.with_rank_at_least(1).rank
    place = int(known) if rank is None else normalized_axis(int(known), rank)
    return _sorted_along(values, place, rank, direction, want_indices)


def _sorted_along(
    values: Tensor, axis: int, rank: int | None, direction: str, want_indices: bool
) -> Tensor:
    is_last = axis == -1 or (rank is not None and axis == rank - 1)
    if is_last:
        return _sorted_last(values, direction, want_indices)
    order = _exchanged(values, axis, rank)
    result = _sorted_last(ops.transpose(values, order), direction, want_indices)
    return ops.transpose(result, order)


def _exchanged(values: Tensor, axis: int, rank: int | None) -> Any:
    """The axes in order, but the given one and the last exchanged."""
    if rank is not None:
        order = list(range(rank))
        order[axis], order[-1] = order[-1], order[axis]
        return order
    count = ops.rank(values)
    place = ops.floormod(axis, count)
    axes = ops.range(count)
    swapped = ops.where(ops.equal(axes, place), ops.fill([count], count - 1), axes)
    return ops.where(ops.equal(axes, count - 1), ops.fill([count], place), swapped)


def _sorted_last(values: Tensor, direction: str, want_indices: bool) -> Tensor:
    is_ascending = direction == "ASCENDING"
    keys = _reversed_order(values) if is_ascending else values
    best, indices = ops.top_k(keys, ops.shape(values)[-1])
    if want_indices:
        return indices
    return _reversed_order(best) if is_ascending else best


def _reversed_order(values: Tensor) -> Tensor:
    """Numbers in the opposite order; flipped bits do not overflow, as negative integers may."""
    return ops.invert(values) if values.dtype.is_integer else ops.negative(values)


# -- searching -------------------------------------------------------------------------------------


class _Bound(Op):
    """What LowerBound and UpperBound share: where values belong in sorted rows."""

    out_type: DType = _int32

    side: ClassVar[Any]

    def infer(self, sorted_inputs: TensorSpec, values: TensorSpec) -> TensorSpec:
        for name, spec in (("sorted_inputs", sorted_inputs), ("values", values)):
            check_rank(name, spec, 2)
        rows, size = sorted_inputs.shape.with_rank(2).as_tuple() or (None, None)
        if size is not None and size > self.out_type.max:
            raise ValueError(f"positions in rows of {size} elements exceed {self.out_type.name}")
        return TensorSpec(values.shape.merge_with([rows, None]), self.out_type)

    def kernel(self, sorted_inputs: Array, values: Array) -> Array:
        if len(sorted_inputs) == 1 and not _has_nan(values):
            found = np.searchsorted(sorted_inputs[0], values, self.side)
        else:
            found = _bisected(sorted_inputs, values, self.side)
        return found.astype(self.out_type.numpy, copy=False)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        rows = [[0, 3, 9, 9, 10], [1, 2, 3, 4, 5]]
        wanted = [[2, 4, 9, 11], [0, 2, 6, -3]]
        note = "positions have no derivative"
        for dtype in (np.float32, np.float64):
            x, y = np.asarray(rows, dtype), np.asarray(wanted, dtype)
            yield Sample.of(make(_int64), x, y, gradient=(), note=note)
        yield Sample.of(cls(), i32(rows), i32(wanted))
        yield Sample.of(cls(), i64(rows[:1]), i64(wanted[:1]))
        yield Sample.of(cls(), f32(rows), f32([[np.inf], [np.nan]]), gradient=(), note=note)
        yield Sample.of(cls(), f32(rows[:1]), f32([[np.nan, 3]]), gradient=(), note=note)
        yield Sample.of(cls(), np.zeros((2, 0), np.int32), i32(wanted))
        yield Sample.of(cls(), np.zeros((0, 3), np.int32), np.zeros((0, 2), np.int32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (i32([1, 2]), i32([[1]])), "sorted_inputs must be a matrix")
        yield ErrorSample(cls(), (i32([[1, 2]]), i32([[1], [2]])), "not compatible")


def _has_nan(values: Array) -> bool:
    return values.dtype.kind not in "iu" and bool((values != values).any())


def _bisected(rows: Array, values: Array, side: str) -> Array:
    """Search in all rows at once, halving the range of each value until it is empty."""
    low = np.zeros(values.shape, np.int64)
    high = np.full(values.shape, rows.shape[1])
    lines = np.arange(len(rows))[:, None]
    for _ in range(rows.shape[1].bit_length()):
        middle = (low + high) // 2
        is_open = low < high
        probed = rows[lines, np.where(is_open, middle, 0)]
        goes_right = probed < values if side == "left" else ~(values < probed)
        low = np.where(is_open & goes_right, middle + 1, low)
        high = np.where(is_open & ~goes_right, middle, high)
    return low


@register
class LowerBound(_Bound):
    """The first position where each value can be inserted so that its row stays sorted."""

    out_type: DType = _int32

    inputs = "sorted_inputs: T, values: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER}
    side = "left"


@register
class UpperBound(_Bound):
    """The last position where each value can be inserted so that its row stays sorted."""

    out_type: DType = _int32

    inputs = "sorted_inputs: T, values: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER}
    side = "right"


def searchsorted(
    sorted_sequence: Any,
    values: Any,
    side: str = "left",
    out_type: Any = _int32,
    name: str | None = None,
) -> Tensor:
    """Find where values belong in sorted sequences.

    Args:
      sorted_sequence: a tensor [..., n] of real numbers, sorted along the last axis.
      values: a tensor [..., m] of the same dtype, with the same first axes.
      side: "left" for the first position where a value can be inserted, "right" for the last.
      out_type: int32 or int64.
      name: the operation's name.

    Returns:
      A tensor of the shape of `values`, with numbers from 0 to n.

    Raises:
      ValueError: there is no such side, or the shapes do not fit.

    >>> import graphflow as tf
    >>> rows, values = [[0, 3, 9, 9, 10], [1, 2, 3, 4, 5]], [[2, 4, 9], [0, 2, 6]]
    >>> tf.Session().run(tf.searchsorted(rows, values, side="right"))
    array([[1, 2, 4],
           [0, 2, 5]], dtype=int32)
    """
    if side not in ("left", "right"):
        raise ValueError(f"side must be 'left' or 'right', not {side!r}")
    dtype = as_dtype(out_type)
    if dtype not in INDEX:
        raise TypeError(f"out_type must be int32 or int64, not {dtype.name}")
    op = LowerBound(dtype) if side == "left" else UpperBound(dtype)
    rows = convert_to_tensor(sorted_sequence, name="sorted_sequence")
    values = convert_to_tensor(values, rows.dtype.base_dtype, name="values")
    places = apply(op, _as_matrix(rows), _as_matrix(values), name=name)
    return ops.reshape(places, ops.shape(values))


def _as_matrix(x: Tensor) -> Tensor:
    """The rows along the last axis, also where there are none or they are empty."""
    sizes = ops.shape(x)
    return ops.reshape(x, ops.stack([ops.reduce_prod(sizes[:-1]), sizes[-1]]))


@register
class Bucketize(Op):
    """The number of boundaries that are not above each element."""

    boundaries: tuple[float, ...]

    inputs = "input: T"
    types: ClassVar[Any] = {"T": INDEX | {_float32, as_dtype("float64")}}
    differentiable = False

    def infer(self, input: TensorSpec) -> TensorSpec:
        if list(self.boundaries) != sorted(self.boundaries):
            raise ValueError(f"boundaries must be sorted, they are {list(self.boundaries)}")
        return TensorSpec(input.shape, _int32)

    def kernel(self, input: Array) -> Array:
        bounds = np.asarray(self.boundaries, np.float32)
        return np.asarray(np.searchsorted(bounds, input, "right"), np.int32)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        values = [[-5, 10000], [150, 10], [5, 100]]
        for dtype in sorted(cls.types["T"], key=lambda item: item.name):
            yield Sample.of(cls((0.0, 10.0, 100.0)), np.asarray(values, dtype.numpy))
        yield Sample.of(cls(()), np.float32(3))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls((1.0, 0.0)), (f32([1]),), "boundaries must be sorted")


def bucketize(input: Any, boundaries: Sequence[float], name: str | None = None) -> Tensor:
    """Return the number of the bucket that each element falls into.

    Args:
      input: a tensor of int32, int64, float32 or float64.
      boundaries: a sorted list of numbers; each belongs to the bucket above it.
      name: the operation's name.

    Returns:
      An int32 tensor of the shape of `input`, with numbers from 0 to `len(boundaries)`.

    Raises:
      ValueError: the boundaries are not sorted.

    >>> import graphflow as tf
    >>> from graphflow.ops import bucketize
    >>> tf.Session().run(bucketize([-5, 0, 50, 100], [0, 10, 100]))
    array([0, 1, 2, 3], dtype=int32)
    """
    return apply(Bucketize(tuple(map(float, boundaries))), input, name=name)


# -- the n-th smallest -----------------------------------------------------------------------------


@register
class NthElement(Op):
    """The n-th smallest (or largest) element along the last axis, from 0 on."""

    reverse: bool = False

    inputs = "input: T, n: int32"
    outputs = "values"
    types: ClassVar[Any] = {"T": REAL_NUMBER - {as_dtype("uint32"), as_dtype("uint64")}}

    def infer(self, input: TensorSpec, n: TensorSpec) -> TensorSpec:
        check_rank("n", n, 0)
        shape = input.shape.with_rank_at_least(1)
        place = known_int(n)
        if place is not None and place < 0:
            raise ValueError(f"n must not be negative, it is {place}")
        dims = shape.as_tuple()
        if dims is None:
            return TensorSpec(TensorShape.of(None), input.dtype.base_dtype)
        if place is not None and dims[-1] is not None and dims[-1] <= place:
            raise ValueError(f"n is {place}, but the last axis has only {dims[-1]} elements")
        return TensorSpec(TensorShape.of(dims[:-1]), input.dtype.base_dtype)

    def kernel(self, input: Array, n: Array) -> Array:
        size = input.shape[-1]
        if not 0 <= n < size:
            raise invalid(f"n is {n}, but the last axis has {size} elements")
        place = size - 1 - int(n) if self.reverse else int(n)
        return np.asarray(np.partition(input, place, axis=-1)[..., place], input.dtype)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        x, found = op.inputs[0], ops.expand_dims(op.outputs[0], -1)
        is_it = ops.cast(ops.equal(found, x), grad.dtype)
        count = ops.expand_dims(ops.reduce_sum(is_it, -1), -1)
        return ops.multiply(ops.divide(is_it, count), ops.expand_dims(grad, -1)), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.asarray([[3, 9, 2, 5], [8, 1, 7, 4]])
        for dtype in sorted(cls.types["T"], key=lambda item: item.name):
            yield Sample.of(cls(), a.astype(dtype.numpy), np.int32(1))
        yield Sample.of(cls(reverse=True), f32(a), np.int32(1))
        yield Sample.of(cls(), np.stack([a, a - 9]), np.int32(3))
        ties = "the derivative of a tie is shared, which differences do not show"
        yield Sample.of(cls(), f32([2, 5, 2]), np.int32(0), gradient=(), note=ties)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (f32([1, 2]), np.int32(2)), "n is 2")
        yield ErrorSample(cls(), (f32([1, 2]), np.int32(-1)), "must not be negative")
        yield ErrorSample(cls(), (np.float32(1), np.int32(0)), "must have rank 1 or more")


def nth_element(input: Any, n: Any, reverse: bool = False, name: str | None = None) -> Tensor:
    """Return the n-th smallest element along the last axis.

    Args:
      input: a tensor [..., m] of real numbers.
      n: int32 scalar, 0 for the smallest.
      reverse: whether to count from the largest.
      name: the operation's name.

    Returns:
      A tensor [...] of the same dtype.

    Raises:
      ValueError: there are not so many elements.

    >>> import graphflow as tf
    >>> from graphflow.ops import nth_element
    >>> tf.Session().run(nth_element([[3, 9, 2], [8, 1, 4]], 1))
    array([3, 4], dtype=int32)
    """
    return apply(NthElement(reverse), input, n, name=name)
