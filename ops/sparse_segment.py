"""Reductions over segments of rows that indices pick from a tensor."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.dtypes import FLOATING, INDEX, REAL_NUMBER, dtype_set
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_in_range, check_rank, i32, i64, invalid, known_int
from graphflow.ops.kernels.arrays import widened
from graphflow.ops.kernels.segments import counts, sum_gathered_rows, sum_rows
from graphflow.ops.segment import check_sorted, inner_shape

__all__ = [
    "SparseSegmentMean",
    "SparseSegmentMeanGrad",
    "SparseSegmentMeanWithNumSegments",
    "SparseSegmentSqrtN",
    "SparseSegmentSqrtNGrad",
    "SparseSegmentSqrtNWithNumSegments",
    "SparseSegmentSum",
    "SparseSegmentSumWithNumSegments",
    "sparse_segment_mean",
    "sparse_segment_sqrt_n",
    "sparse_segment_sum",
]

_SAMPLED = dtype_set("bfloat16 float16 float32 float64 uint8 int32")


def _check_pair(indices: TensorSpec, segment_ids: TensorSpec) -> None:
    check_rank("indices", indices, 1)
    check_rank("segment_ids", segment_ids, 1)
    indices.shape.assert_is_compatible_with(segment_ids.shape)


def _first_size(spec: TensorSpec, name: str) -> int | None:
    """The first size of an output that a scalar input gives."""
    check_rank(name, spec, 0)
    size = known_int(spec)
    if size is not None and size < 0:
        raise ValueError(f"{name} must not be negative, but is {size}")
    return size


def _scale(rows: Array, sizes: Array, power: float) -> Array:
    """Divide the row of each segment by a power of the segment's size."""
    if not power:
        return rows
    by = np.maximum(sizes, 1).astype(rows.dtype) ** rows.dtype.type(power)
    return rows / by.reshape(-1, *[1] * (rows.ndim - 1))


class _SparseSegment(Op):
    """Sums over segments of picked rows, divided by a power of the number of rows."""

    inputs = "data: T, indices: Tidx, segment_ids: int32"
    types: ClassVar[Any] = {"T": FLOATING, "Tidx": INDEX}
    power: ClassVar[float]

    def infer(self, data: TensorSpec, indices: TensorSpec, segment_ids: TensorSpec) -> TensorSpec:
        _check_pair(indices, segment_ids)
        shape = TensorShape([None]).concatenate(inner_shape(data.shape))
        return TensorSpec(shape, data.dtype.base_dtype)

    def kernel(self, data: Array, indices: Array, segment_ids: Array) -> Array:
        count = int(segment_ids[-1]) + 1 if segment_ids.size else 0
        return self._reduced(data, indices, segment_ids, count)

    def _reduced(self, data: Array, indices: Array, ids: Array, count: int) -> Array:
        check_sorted(ids)
        check_in_range("indices", indices, len(data))
        sums = sum_gathered_rows(widened(data), indices, ids, count)
        if not self.power:
            return sums.astype(data.dtype, copy=False)
        return _scale(sums, counts(ids, count), self.power).astype(data.dtype, copy=False)

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        data, indices, segment_ids, *count = op.inputs
        size = ops.shape(data)[0]
        if self.power:
            grad_op = SparseSegmentMeanGrad() if self.power == 1 else SparseSegmentSqrtNGrad()
            slope = apply(grad_op, grad, indices, segment_ids, size)
        else:
            slope = ops.unsorted_segment_sum(ops.gather(grad, segment_ids), indices, size)
        return [slope, None, None, *[None for _ in count]]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        data = np.asarray([[1.5, 2.0], [3.0, -4.0], [0.5, 8.0], [-7.0, 2.0]])
        places, ids = i32([1, 3, 1, 0]), i32([0, 0, 2, 2])
        for dtype in sorted(cls.types["T"] & _SAMPLED, key=lambda item: item.name):
            rows = np.abs(data) if dtype.is_unsigned else data
            yield cls._sample(rows.astype(dtype.numpy), places, ids, np.int32(4))
        yield cls._sample(data[:, 0], places.astype(np.int64), i32([0, 1, 1, 1]), np.int64(2))
        yield cls._sample(data.reshape(2, 1, 2, 2), i32([1]), i32([1]), np.int32(3))
        none = np.zeros(0, np.int32)
        nothing = cls._sample(data.astype(np.float32), none, none, np.int32(0))
        note = "TensorFlow leaves the gradient uninitialized where no row is picked"
        yield dataclasses.replace(nothing, gradient=(), note=note)

    @classmethod
    def _sample(cls, data: Array, indices: Array, ids: Array, count: Array) -> Sample:
        del count
        return Sample.of(cls(), data, indices, ids)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        data, ids = np.ones((3, 2), np.float32), i32([0, 0, 1])
        rest = [np.int32(2)] * (len(cls.input_args()) - 3)
        yield ErrorSample(cls(), (data, i32([0, 1]), ids, *rest), "not compatible")
        yield ErrorSample(cls(), (data, ids[0], ids, *rest), "indices must be a vector")
        for places, segments, message in (
            ([0, 2, 3], ids, r"indices\[2\] = 3 is not in \[0, 3\)"),
            ([0, -1, 1], ids, r"indices\[1\] = -1 is not in"),
            ([0, 2, 1], [0, 1, 0], r"segment_ids\[2\] = 0 follows 1"),
            ([0, 2, 1], [-1, 1, 1], "the first is -1"),
        ):
            values = (data, i32(places), i32(segments), *rest)
            yield ErrorSample(cls(), values, message, InvalidArgumentError, "run")


class _SparseSegmentWithCount(_SparseSegment):
    """The same with a given number of segments."""

    inputs = "data: T, indices: Tidx, segment_ids: int32, num_segments: Tnumsegments"
    types: ClassVar[Any] = {"T": FLOATING, "Tidx": INDEX, "Tnumsegments": INDEX}

    def infer(
        self,
        data: TensorSpec,
        indices: TensorSpec,
        segment_ids: TensorSpec,
        *num_segments: TensorSpec,
    ) -> TensorSpec:
        _check_pair(indices, segment_ids)
        size = _first_size(num_segments[0], "num_segments")
        shape = TensorShape([size]).concatenate(inner_shape(data.shape))
        return TensorSpec(shape, data.dtype.base_dtype)

    def kernel(
        self, data: Array, indices: Array, segment_ids: Array, *num_segments: Array
    ) -> Array:
        count = int(num_segments[0])
        if segment_ids.size and segment_ids[-1] >= count:
            raise invalid(f"segment {segment_ids[-1]} is out of range [0, {count})")
        return self._reduced(data, indices, segment_ids, count)

    @classmethod
    def _sample(cls, data: Array, indices: Array, ids: Array, count: Array) -> Sample:
        return Sample.of(cls(), data, indices, ids, count)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from super().errors()
        data, ids = np.ones((3, 2), np.float32), i32([0, 0, 2])
        yield ErrorSample(
            cls(), (data, i64([0, 1, 1]), ids, np.int64(2)), "segment 2 is out of range",
            InvalidArgumentError, "run",
        )  # fmt: skip
        yield ErrorSample(cls(), (data, ids, ids, np.int32(-1)), "must not be negative, but is -1")


@register
class SparseSegmentSum(_SparseSegment):
    """Adds up the picked rows of each segment."""

    types: ClassVar[Any] = {"T": REAL_NUMBER, "Tidx": INDEX}
    power = 0.0


@register
class SparseSegmentSumWithNumSegments(_SparseSegmentWithCount):
    """Adds up the picked rows of each of a given number of segments."""

    types: ClassVar[Any] = {"T": REAL_NUMBER, "Tidx": INDEX, "Tnumsegments": INDEX}
    power = 0.0


@register
class SparseSegmentMean(_SparseSegment):
    """The mean of the picked rows of each segment."""

    power = 1.0


@register
class SparseSegmentMeanWithNumSegments(_SparseSegmentWithCount):
    """The mean of the picked rows of each of a given number of segments."""

    power = 1.0


@register
class SparseSegmentSqrtN(_SparseSegment):
    """The sum of the picked rows of each segment, divided by the square root of their number."""

    power = 0.5


@register
class SparseSegmentSqrtNWithNumSegments(_SparseSegmentWithCount):
    """The same for a given number of segments."""

    power = 0.5


class _SparseSegmentGrad(Op):
    """Gives each picked row its share of the gradient of its segment."""

    inputs = "grad: T, indices: Tidx, segment_ids: int32, output_dim0: int32"
    types: ClassVar[Any] = {"T": FLOATING, "Tidx": INDEX}
    power: ClassVar[float]
    forward: ClassVar[type[Op]]

    def infer(
        self,
        grad: TensorSpec,
        indices: TensorSpec,
        segment_ids: TensorSpec,
        output_dim0: TensorSpec,
    ) -> TensorSpec:
        _check_pair(indices, segment_ids)
        size = _first_size(output_dim0, "output_dim0")
        shape = TensorShape([size]).concatenate(inner_shape(grad.shape))
        return TensorSpec(shape, grad.dtype.base_dtype)

    def kernel(self, grad: Array, indices: Array, segment_ids: Array, output_dim0: Array) -> Array:
        check_in_range("segment_ids", segment_ids, len(grad))
        check_in_range("indices", indices, int(output_dim0))
        shares = _scale(widened(grad), counts(segment_ids, len(grad)), self.power)
        slopes = sum_rows(shares[segment_ids], indices, int(output_dim0))
        return slopes.astype(grad.dtype, copy=False)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None, None, None]:
        before, indices, segment_ids, _ = op.inputs
        size = ops.shape(before)[0]
        return apply(self.forward(), grad, indices, segment_ids, size), None, None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        grad = np.asarray([[1.5, 2.0], [3.0, -4.0], [0.5, 8.0]])
        places, ids = i32([1, 3, 1, 0]), i32([0, 0, 2, 2])
        for dtype in sorted(cls.types["T"], key=lambda item: item.name):
            yield Sample.of(cls(), grad.astype(dtype.numpy), places, ids, np.int32(5))
        yield Sample.of(cls(), grad[:, 0], i64([2, 0, 2]), i32([0, 1, 2]), np.int32(3))
        none = np.zeros(0, np.int32)
        note = "TensorFlow leaves the result uninitialized"
        yield Sample.of(cls(), grad[:0], none, none, np.int32(2), oracle=False, note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        grad, ids = np.ones((2, 2), np.float32), i32([0, 0, 1])
        yield ErrorSample(cls(), (grad, i32([0, 1]), ids, np.int32(3)), "not compatible")
        yield ErrorSample(cls(), (grad, ids, ids, np.int32(-1)), "must not be negative, but is -1")
        for places, segments, message in (
            ([0, 2, 3], ids, r"indices\[2\] = 3 is not in \[0, 3\)"),
            ([0, 2, 1], [0, 1, 2], r"segment_ids\[2\] = 2 is not in \[0, 2\)"),
        ):
            values = (grad, i32(places), i32(segments), np.int32(3))
            yield ErrorSample(cls(), values, message, InvalidArgumentError, "run")


@register
class SparseSegmentMeanGrad(_SparseSegmentGrad):
    """The gradient of a mean of picked rows."""

    power = 1.0
    forward = SparseSegmentMeanWithNumSegments


@register
class SparseSegmentSqrtNGrad(_SparseSegmentGrad):
    """The gradient of a sum of picked rows that was divided by the square root of their number."""

    power = 0.5
    forward = SparseSegmentSqrtNWithNumSegments


# -- public functions ------------------------------------------------------------------------------


def sparse_segment_sum(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Pick rows of a tensor and add up those of each segment.

    Args:
      data: real [m, ...].
      indices: int32 or int64 [n], the rows to pick.
      segment_ids: int32 [n], the segment of each picked row, in increasing order.
      name: the operation's name.
      num_segments: int32 or int64, the number of segments; by default up to the last one named.

    Returns:
      [number of segments, ...]; zeros for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) an index or segment is out of range, or segments
        are not in order.

    >>> import graphflow as tf
    >>> data = tf.constant([[1, 2], [3, 4], [5, 6]])
    >>> tf.Session().run(tf.sparse_segment_sum(data, [0, 2, 2], [0, 0, 1]))
    array([[6, 8],
           [5, 6]], dtype=int32)
    """
    if num_segments is None:
        return apply(SparseSegmentSum(), data, indices, segment_ids, name=name)
    op = SparseSegmentSumWithNumSegments()
    return apply(op, data, indices, segment_ids, num_segments, name=name)


def sparse_segment_mean(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Pick rows of a tensor and average those of each segment.

    Args:
      data: floating [m, ...].
      indices: int32 or int64 [n], the rows to pick.
      segment_ids: int32 [n], the segment of each picked row, in increasing order.
      name: the operation's name.
      num_segments: int32 or int64, the number of segments; by default up to the last one named.

    Returns:
      [number of segments, ...]; zeros for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) an index or segment is out of range, or segments
        are not in order.

    >>> import graphflow as tf
    >>> data = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]])
    >>> tf.Session().run(tf.sparse_segment_mean(data, [0, 2, 2], [0, 0, 1], num_segments=3))
    array([[3. , 4.5],
           [5. , 7. ],
           [0. , 0. ]], dtype=float32)
    """
    if num_segments is None:
        return apply(SparseSegmentMean(), data, indices, segment_ids, name=name)
    op = SparseSegmentMeanWithNumSegments()
    return apply(op, data, indices, segment_ids, num_segments, name=name)


def sparse_segment_sqrt_n(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Pick rows of a tensor, add up those of each segment, divide by the root of their number.

    Args:
      data: floating [m, ...].
      indices: int32 or int64 [n], the rows to pick.
      segment_ids: int32 [n], the segment of each picked row, in increasing order.
      name: the operation's name.
      num_segments: int32 or int64, the number of segments; by default up to the last one named.

    Returns:
      [number of segments, ...]; zeros for a segment without rows.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) an index or segment is out of range, or segments
        are not in order.

    >>> import graphflow as tf
    >>> data = tf.constant([[1.0], [3.0], [5.0]])
    >>> tf.Session().run(tf.sparse_segment_sqrt_n(data, [0, 2, 1, 1, 0], [0, 0, 0, 0, 1]))
    array([[6.],
           [1.]], dtype=float32)
    """
    if num_segments is None:
        return apply(SparseSegmentSqrtN(), data, indices, segment_ids, name=name)
    op = SparseSegmentSqrtNWithNumSegments()
    return apply(op, data, indices, segment_ids, num_segments, name=name)
