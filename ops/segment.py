"""Reductions over segments: groups of rows given by an index for each row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import INDEX, NUMERIC, REAL_NUMBER, as_dtype, dtype_set
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import are_in_range, check_rank, i32, i64, invalid, known_int
from graphflow.ops.kernels.segments import counts, reduce_rows, sum_rows

__all__ = [
    "SegmentMax",
    "SegmentMean",
    "SegmentMin",
    "SegmentProd",
    "SegmentSum",
    "UnsortedSegmentMax",
    "UnsortedSegmentMin",
    "UnsortedSegmentProd",
    "UnsortedSegmentSum",
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "unsorted_segment_max",
    "unsorted_segment_mean",
    "unsorted_segment_min",
    "unsorted_segment_prod",
    "unsorted_segment_sqrt_n",
    "unsorted_segment_sum",
]

_SAMPLED = dtype_set("bfloat16 float16 float32 float64 uint8 int32 int64 complex64")


def check_sorted(ids: Array) -> None:
    """Raise InvalidArgumentError unless segments are not negative and in increasing order."""
    if not ids.size:
        return
    if ids[0] < 0:
        raise invalid(f"segment_ids must not be negative, but the first is {ids[0]}")
    falls = ids[1:] < ids[:-1]
    if falls.any():
        at = int(np.argmax(falls)) + 1
        raise invalid(
            f"segment_ids must be in increasing order, but segment_ids[{at}] = {ids[at]} follows "
            f"{ids[at - 1]}; use an unsorted_segment function for such"
        )


def inner_shape(shape: TensorShape) -> TensorShape:
    """The shape of the rows of a tensor of at least rank 1."""
    return shape.with_rank_at_least(1)[1:]


def column(counted: Tensor, rows: Tensor) -> Tensor:
    """Bring a vector to the rank of the rows, so that it broadcasts against them."""
    ones = ops.ones_like(ops.range(ops.rank(rows) - 1))
    return ops.reshape(counted, ops.concat([ops.shape(counted), ones], 0))


# -- sorted segments -------------------------------------------------------------------------------


class _Segment(Op):
    """A reduction of rows whose segments are in increasing order."""

    inputs = "data: T, segment_ids: Tindices"
    types: ClassVar[Any] = {"T": NUMERIC, "Tindices": INDEX}

    def infer(self, data: TensorSpec, segment_ids: TensorSpec) -> TensorSpec:
        check_rank("segment_ids", segment_ids, 1)
        inner = inner_shape(data.shape)
        if data.shape.rank is not None:
            data.shape[:1].assert_is_compatible_with(segment_ids.shape)
        return TensorSpec(TensorShape([None]).concatenate(inner), data.dtype.base_dtype)

    def kernel(self, data: Array, segment_ids: Array) -> Array:
        check_sorted(segment_ids)
        count = int(segment_ids[-1]) + 1 if segment_ids.size else 0
        return self._reduced(data, segment_ids, count)

    def _reduced(self, rows: Array, ids: Array, count: int) -> Array:
        raise NotImplementedError

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        data = np.asarray([[1.5, 2.0], [3.0, -4.0], [0.5, 8.0], [-7.0, 2.0]])
        ids = i32([0, 0, 2, 2])
        for dtype in sorted(cls.types["T"] & _SAMPLED, key=lambda item: item.name):
            rows = np.abs(data) if dtype.is_unsigned else data
            yield Sample.of(cls(), rows.astype(dtype.numpy), ids)
        yield Sample.of(cls(), data[:, 0], i64([1, 2, 2, 4]))
        yield Sample.of(cls(), data.reshape(2, 1, 2, 2), i32([0, 1]))
        yield Sample.of(cls(), np.zeros((0, 3), np.float32), np.zeros(0, np.int32))
        yield Sample.of(cls(), np.zeros((2, 0), np.float32), i32([0, 1]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        data = np.ones((3, 2), np.float32)
        yield ErrorSample(cls(), (data, i32([0, 1])), "not compatible")
        yield ErrorSample(cls(), (data, i32([[0, 1, 2]])), "segment_ids must be a vector")
        yield ErrorSample(cls(), (np.float32(1), i32([0])), "rank")
        for ids, message in (
            ([0, 2, 1], r"segment_ids\[2\] = 1 follows 2"),
            ([-1, 0, 1], "the first is -1"),
        ):
            yield ErrorSample(cls(), (data, i32(ids)), message, InvalidArgumentError, "run")


@register
class SegmentSum(_Segment):
    """Adds up the rows of each segment."""

    makes_new = True

    def _reduced(self, rows: Array, ids: Array, count: int) -> Array:
        return sum_rows(rows, ids, count)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        return ops.gather(grad, op.inputs[1]), None


@register
class SegmentMean(_Segment):
    """The mean of the rows of each segment; that of integers is cut off."""

    makes_new = True

    def _reduced(self, rows: Array, ids: Array, count: int) -> Array:
        sizes = np.maximum(counts(ids, count), 1).reshape(-1, *[1] * (rows.ndim - 1))
        sums = sum_rows(rows, ids, count)
        if rows.dtype.kind in "iu":
            sizes = sizes.astype(rows.dtype)
            return (sums - np.fmod(sums, sizes)) // sizes
        return np.asarray(sums / sizes, rows.dtype)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        ids = op.inputs[1]
        sizes = ops.maximum(segment_sum(ops.ones_like(ids), ids), 1)
        share = ops.cast(column(sizes, grad), grad.dtype)
        return ops.gather(ops.divide(grad, share), ids), None


@register
class SegmentProd(_Segment):
    """The product of the rows of each segment."""

    makes_new = True

    def _reduced(self, rows: Array, ids: Array, count: int) -> Array:
        return reduce_rows(np.multiply, rows, ids, count, 1)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        data, ids = op.inputs
        slope = _product_slope(
            data,
            ids,
            grad,
            lambda rows: segment_prod(rows, ids),
            lambda rows: segment_sum(rows, ids),
        )
        return slope, None


class _SegmentExtreme(_Segment):
    types: ClassVar[Any] = {"T": REAL_NUMBER, "Tindices": INDEX}

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        data, ids = op.inputs
        is_chosen = ops.equal(data, ops.gather(op.outputs[0], ids))
        chosen = segment_sum(ops.cast(is_chosen, grad.dtype), ids)
        share = ops.gather(ops.divide(grad, ops.maximum(chosen, ops.ones_like(chosen))), ids)
        return ops.where(is_chosen, share, ops.zeros_like(share)), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        ties = np.asarray([2.0, 2.0, 1.0, 5.0], np.float32)
        yield Sample.of(cls(), ties, i32([0, 0, 1, 1]), gradient=(), note="bends where equal")


@register
class SegmentMin(_SegmentExtreme):
    """The smallest element of each segment, in each place of the rows."""

    makes_new = True

    def _reduced(self, rows: Array, ids: Array, count: int) -> Array:
        return reduce_rows(np.minimum, rows, ids, count, 0)


@register
class SegmentMax(_SegmentExtreme):
    """The largest element of each segment, in each place of the rows."""

    makes_new = True

    def _reduced(self, rows: Array, ids: Array, count: int) -> Array:
        return reduce_rows(np.maximum, rows, ids, count, 0)


def _product_slope(data: Tensor, ids: Tensor, grad: Tensor, product: Any, total: Any) -> Tensor:
    """The gradient for the factors of products over segments.

    For one factor it is the product of the others.  With a zero among these it is zero; for the
    only zero it is the product of all others.

    Args:
      data: the factors.
      ids: the segments.
      grad: the gradient for the products.
      product: multiplies the rows of each segment.
      total: adds up the rows of each segment.
    """
    is_zero = ops.equal(data, ops.zeros_like(data))
    zeros = total(ops.cast(is_zero, "int32"))
    grad = ops.where(ops.greater(zeros, ops.ones_like(zeros)), ops.zeros_like(grad), grad)
    factors = ops.where(is_zero, ops.ones_like(data), data)
    others = ops.where(
        is_zero,
        _gather_kept(product(factors), ids),
        ops.divide(_gather_kept(product(data), ids), factors),
    )
    return ops.multiply(_gather_kept(grad, ids), ops.conj(others))


# -- segments in any order -------------------------------------------------------------------------


class _UnsortedSegment(Op):
    """A reduction of rows by segment; rows with a negative segment are left out."""

    inputs = "data: T, segment_ids: Tindices, num_segments: Tnumsegments"
    types: ClassVar[Any] = {"T": NUMERIC, "Tindices": INDEX, "Tnumsegments": INDEX}
    # Whether the result for a segment without rows is the same number in all dtypes.
    has_fixed_empty: ClassVar[bool] = True

    def infer(
        self, data: TensorSpec, segment_ids: TensorSpec, num_segments: TensorSpec
    ) -> TensorSpec:
        check_rank("num_segments", num_segments, 0)
        dtype = data.dtype.base_dtype
        rank = segment_ids.shape.ndims
        if rank is None or data.shape.ndims is None:
            return TensorSpec(TensorShape(None), dtype)
        data.shape.with_rank_at_least(rank)
        data.shape[:rank].assert_is_compatible_with(segment_ids.shape)
        count = known_int(num_segments)
        if count is not None and count < 0:
            raise ValueError(f"num_segments must not be negative, but is {count}")
        return TensorSpec(TensorShape([count]).concatenate(data.shape[rank:]), dtype)

    def kernel(self, data: Array, segment_ids: Array, num_segments: Array) -> Array:
        ids = np.ravel(segment_ids)
        rows = data
        if np.ndim(segment_ids) != 1:
            rows = np.reshape(data, (ids.size, *np.shape(data)[np.ndim(segment_ids) :]))
        count = int(num_segments)
        if ids.size and not are_in_range(ids, count):
            if ids.max() >= count:
                raise invalid(f"segment {ids.max()} is out of range [0, {count})")
            kept = ids >= 0
            ids, rows = ids[kept], rows[kept]
        return self._reduced(rows, ids, count)

    def _reduced(self, rows: Array, ids: Array, count: int) -> Array:
        raise NotImplementedError

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        data = np.asarray([[1.5, 2.0], [3.0, -4.0], [0.5, 8.0]])
        for dtype in sorted(cls.types["T"] & _SAMPLED, key=lambda item: item.name):
            rows = (np.abs(data) if dtype.is_unsigned else data).astype(dtype.numpy)
            if dtype.is_integer or cls.has_fixed_empty:
                yield Sample.of(cls(), rows, i32([2, 0, 2]), np.int32(4))
            else:
                yield Sample.of(cls(), rows, i32([1, 0, 1]), np.int32(2))
        data = data.astype(np.float32)
        yield Sample.of(cls(), data, i64([1, -1, 0]), np.int64(2))
        yield Sample.of(cls(), data, i32([[0, 1], [1, 0], [0, 0]]), np.int32(2))
        yield Sample.of(cls(), np.float32(2.5), np.int32(0), np.int32(1))
        yield Sample.of(cls(), data[:0], np.zeros(0, np.int32), np.int32(0))
        yield Sample.of(cls(), data[:, :0], i32([2, 0, 2]), np.int32(3))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        data, ids = np.ones((3, 2), np.float32), i32([0, 1, 5])
        yield ErrorSample(
            cls(), (data, ids, np.int32(4)), "segment 5 is out of range", InvalidArgumentError,
            "run",
        )  # fmt: skip
        yield ErrorSample(cls(), (data, ids[:2], np.int32(4)), "3")
        yield ErrorSample(cls(), (data, ids, np.int32(-1)), "must not be negative, but is -1")
        yield ErrorSample(cls(), (data, ids, i32([4])), "num_segments must be a scalar")


def _gather_kept(rows: Tensor, ids: Tensor) -> Tensor:
    """Gather the row of each segment, and zeros for negative segments."""
    gathered = ops.gather(rows, ops.maximum(ids, ops.zeros_like(ids)))
    is_kept = _spread(ops.greater_equal(ids, 0), gathered)
    return ops.where(is_kept, gathered, ops.zeros_like(gathered))


def _spread(mask: Tensor, like: Tensor) -> Tensor:
    """Repeat a mask along the last axes of a tensor."""
    missing = ops.rank(like) - ops.rank(mask)
    ones = ops.ones_like(ops.range(missing))
    mask = ops.reshape(mask, ops.concat([ops.shape(mask), ones], 0))
    return ops.logical_and(mask, ops.ones_like(like, dtype="bool"))


@register
class UnsortedSegmentSum(_UnsortedSegment):
    """Adds up the rows of each segment."""

    makes_new = True

    def _reduced(self, rows: Array, ids: Array, count: int) -> Array:
        return sum_rows(rows, ids, count)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None, None]:
        return _gather_kept(grad, op.inputs[1]), None, None


@register
class UnsortedSegmentProd(_UnsortedSegment):
    """The product of the rows of each segment."""

    makes_new = True

    def _reduced(self, rows: Array, ids: Array, count: int) -> Array:
        return reduce_rows(np.multiply, rows, ids, count, 1)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None, None]:
        data, ids, count = op.inputs
        slope = _product_slope(
            data,
            ids,
            grad,
            lambda rows: unsorted_segment_prod(rows, ids, count),
            lambda rows: unsorted_segment_sum(rows, ids, count),
        )
        return slope, None, None


class _UnsortedSegmentExtreme(_UnsortedSegment):
    types: ClassVar[Any] = {"T": REAL_NUMBER, "Tindices": INDEX, "Tnumsegments": INDEX}
    has_fixed_empty = False

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None, None]:
        data, ids, count = op.inputs
        is_kept = _spread(ops.greater_equal(ids, 0), data)
        is_equal = ops.equal(data, _gather_kept(op.outputs[0], ids))
        is_chosen = ops.logical_and(is_equal, is_kept)
        chosen = unsorted_segment_sum(ops.cast(is_chosen, grad.dtype), ids, count)
        weights = ops.divide(grad, ops.maximum(chosen, ops.ones_like(chosen)))
        share = _gather_kept(weights, ids)
        return ops.where(is_chosen, share, ops.zeros_like(share)), None, None


@register
class UnsortedSegmentMin(_UnsortedSegmentExtreme):
    """The smallest element of each segment, in each place of the rows."""

    makes_new = True

    def _reduced(self, rows: Array, ids: Array, count: int) -> Array:
        return reduce_rows(np.minimum, rows, ids, count, as_dtype(rows.dtype).max)


@register
class UnsortedSegmentMax(_UnsortedSegmentExtreme):
    """The largest element of each segment, in each place of the rows."""

    makes_new = True

    def _reduced(self, rows: Array, ids: Array, count: int) -> Array:
        return reduce_rows(np.maximum, rows, ids, count, as_dtype(rows.dtype).min)


# -- public functions ------------------------------------------------------------------------------


def segment_sum(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Add up the rows of each segment, where rows of one segment follow one another.

    Args:
      data: numeric [n, ...].
      segment_ids: int32 or int64 [n], in increasing order.
      name: the operation's name.

    Returns:
      [last segment + 1, ...]; zeros for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) segments are negative or not in order.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.segment_sum([1.0, 2.0, 5.0], [0, 0, 2]))
    array([3., 0., 5.], dtype=float32)
    """
    return apply(SegmentSum(), data, segment_ids, name=name)


def segment_mean(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Average the rows of each segment, where rows of one segment follow one another.

    Args:
      data: numeric [n, ...]; means of integers are cut off towards zero.
      segment_ids: int32 or int64 [n], in increasing order.
      name: the operation's name.

    Returns:
      [last segment + 1, ...]; zeros for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) segments are negative or not in order.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.segment_mean([1.0, 2.0, 5.0], [0, 0, 2]))
    array([1.5, 0. , 5. ], dtype=float32)
    """
    return apply(SegmentMean(), data, segment_ids, name=name)


def segment_prod(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Multiply the rows of each segment, where rows of one segment follow one another.

    Args:
      data: numeric [n, ...].
      segment_ids: int32 or int64 [n], in increasing order.
      name: the operation's name.

    Returns:
      [last segment + 1, ...]; ones for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) segments are negative or not in order.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.segment_prod([3.0, 2.0, 5.0], [0, 0, 2]))
    array([6., 1., 5.], dtype=float32)
    """
    return apply(SegmentProd(), data, segment_ids, name=name)


def segment_min(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Take the smallest elements of each segment, where rows of one segment follow one another.

    Args:
      data: real [n, ...].
      segment_ids: int32 or int64 [n], in increasing order.
      name: the operation's name.

    Returns:
      [last segment + 1, ...]; zeros for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) segments are negative or not in order.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.segment_min([[3, 1], [2, 4], [7, 5]], [0, 0, 2]))
    array([[2, 1],
           [0, 0],
           [7, 5]], dtype=int32)
    """
    return apply(SegmentMin(), data, segment_ids, name=name)


def segment_max(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Take the largest elements of each segment, where rows of one segment follow one another.

    Args:
      data: real [n, ...].
      segment_ids: int32 or int64 [n], in increasing order.
      name: the operation's name.

    Returns:
      [last segment + 1, ...]; zeros for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) segments are negative or not in order.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.segment_max([[3, 1], [2, 4], [7, 5]], [0, 0, 2]))
    array([[3, 4],
           [0, 0],
           [7, 5]], dtype=int32)
    """
    return apply(SegmentMax(), data, segment_ids, name=name)


def unsorted_segment_sum(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Add up the rows of each segment.

    Args:
      data: numeric [d0, ..., dk-1, ...].
      segment_ids: int32 or int64 [d0, ..., dk-1], in [0, num_segments); negative ones are left out.
      num_segments: the number of segments.
      name: the operation's name.

    Returns:
      [num_segments, ...]; zeros for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) a segment is out of range.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.unsorted_segment_sum([1.0, 2.0, 5.0], [2, 0, 2], 4))
    array([2., 0., 6., 0.], dtype=float32)
    """
    return apply(UnsortedSegmentSum(), data, segment_ids, num_segments, name=name)


def unsorted_segment_prod(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Multiply the rows of each segment.

    Args:
      data: numeric [d0, ..., dk-1, ...].
      segment_ids: int32 or int64 [d0, ..., dk-1], in [0, num_segments); negative ones are left out.
      num_segments: the number of segments.
      name: the operation's name.

    Returns:
      [num_segments, ...]; ones for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) a segment is out of range.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.unsorted_segment_prod([3.0, 2.0, 5.0], [2, 0, 2], 4))
    array([ 2.,  1., 15.,  1.], dtype=float32)
    """
    return apply(UnsortedSegmentProd(), data, segment_ids, num_segments, name=name)


def unsorted_segment_min(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Take the smallest elements of each segment.

    Args:
      data: real [d0, ..., dk-1, ...].
      segment_ids: int32 or int64 [d0, ..., dk-1], in [0, num_segments); negative ones are left out.
      num_segments: the number of segments.
      name: the operation's name.

    Returns:
      [num_segments, ...]; the largest number of the dtype for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) a segment is out of range.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.unsorted_segment_min([3, 2, 5], [1, 0, 1], 3))
    array([         2,          3, 2147483647], dtype=int32)
    """
    return apply(UnsortedSegmentMin(), data, segment_ids, num_segments, name=name)


def unsorted_segment_max(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Take the largest elements of each segment.

    Args:
      data: real [d0, ..., dk-1, ...].
      segment_ids: int32 or int64 [d0, ..., dk-1], in [0, num_segments); negative ones are left out.
      num_segments: the number of segments.
      name: the operation's name.

    Returns:
      [num_segments, ...]; the smallest number of the dtype for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) a segment is out of range.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.unsorted_segment_max([3, 2, 5], [1, 0, 1], 3))
    array([          2,           5, -2147483648], dtype=int32)
    """
    return apply(UnsortedSegmentMax(), data, segment_ids, num_segments, name=name)


def unsorted_segment_mean(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Average the rows of each segment.

    Args:
      data: numeric [d0, ..., dk-1, ...].
      segment_ids: int32 or int64 [d0, ..., dk-1], in [0, num_segments); negative ones are left out.
      num_segments: the number of segments.
      name: the name scope.

    Returns:
      [num_segments, ...]; zeros for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) a segment is out of range.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.unsorted_segment_mean([1.0, 2.0, 5.0], [2, 0, 2], 4))
    array([2., 0., 3., 0.], dtype=float32)
    """
    with name_scope(name, "UnsortedSegmentMean", [data, segment_ids]):
        data, segment_ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        sizes = _segment_sizes(data, segment_ids, num_segments)
        return unsorted_segment_sum(data, segment_ids, num_segments) / sizes


def unsorted_segment_sqrt_n(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Add up the rows of each segment, and divide by the square root of their number.

    Args:
      data: floating or complex [d0, ..., dk-1, ...].
      segment_ids: int32 or int64 [d0, ..., dk-1], in [0, num_segments); negative ones are left out.
      num_segments: the number of segments.
      name: the name scope.

    Returns:
      [num_segments, ...]; zeros for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) a segment is out of range.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.unsorted_segment_sqrt_n([1.0, 2.0, 3.0, 4.0, 7.0], [1, 0, 1, 1, 1], 2))
    array([2. , 7.5], dtype=float32)
    """
    with name_scope(name, "UnsortedSegmentSqrtN", [data, segment_ids]):
        data, segment_ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        sizes = _segment_sizes(data, segment_ids, num_segments)
        return unsorted_segment_sum(data, segment_ids, num_segments) / ops.sqrt(sizes)


def _segment_sizes(data: Tensor, ids: Tensor, num_segments: Any) -> Tensor:
    """The number of rows of each segment, at least 1, shaped to divide the sums of the segments."""
    num_segments = convert_to_tensor(num_segments)
    ones = ops.ones(ops.shape(ids), dtype=data.dtype)
    sizes = unsorted_segment_sum(ones, ids, num_segments)
    inner = ops.ones([ops.rank(data) - ops.rank(ids)], dtype=num_segments.dtype)
    sizes = ops.reshape(sizes, ops.concat([num_segments[None], inner], axis=0))
    return ops.maximum(sizes, 1)
