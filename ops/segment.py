"""Sums over segments: groups of rows given by an index for each row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.dtypes import INDEX, NUMERIC
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec

__all__ = ["UnsortedSegmentSum", "unsorted_segment_sum"]


@register
class UnsortedSegmentSum(Op):
    """Adds up the rows of each segment; rows with a negative segment are left out."""

    inputs = "data: T, segment_ids: Tindices, num_segments: Tnumsegments"
    types: ClassVar[Any] = {"T": NUMERIC, "Tindices": INDEX, "Tnumsegments": INDEX}

    def infer(
        self, data: TensorSpec, segment_ids: TensorSpec, num_segments: TensorSpec
    ) -> TensorSpec:
        num_segments.shape.assert_is_compatible_with([])
        dtype = data.dtype.base_dtype
        rank = segment_ids.shape.ndims
        if rank is None or data.shape.ndims is None:
            return TensorSpec(TensorShape(None), dtype)
        data.shape.with_rank_at_least(rank)
        data.shape[:rank].assert_is_compatible_with(segment_ids.shape)
        count = num_segments.value
        if count is not None and count < 0:
            raise ValueError(f"num_segments must not be negative, but is {count}")
        first = TensorShape([None if count is None else int(count)])
        return TensorSpec(first.concatenate(data.shape[rank:]), dtype)

    def kernel(self, data: Array, segment_ids: Array, num_segments: Array) -> Array:
        ids = np.ravel(segment_ids)
        inner = np.shape(data)[np.ndim(segment_ids) :]
        rows = np.reshape(data, (ids.size, *inner))
        if ids.size and ids.max() >= num_segments:
            raise InvalidArgumentError(
                None, None, f"segment {ids.max()} is out of range [0, {num_segments})"
            )
        kept = ids >= 0
        result = np.zeros((int(num_segments), *inner), data.dtype)
        np.add.at(result, ids[kept], rows[kept])
        return result

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None, None]:
        ids = op.inputs[1]
        rows = ops.gather(grad, ops.maximum(ids, ops.zeros_like(ids)))
        is_kept = ops.greater_equal(ids, 0)
        missing = ops.rank(rows) - ops.rank(is_kept)
        ones = ops.ones_like(ops.range(missing))
        is_kept = ops.reshape(is_kept, ops.concat([ops.shape(is_kept), ones], 0))
        mask = ops.logical_and(is_kept, ops.ones_like(rows, dtype="bool"))
        return ops.where(mask, rows, ops.zeros_like(rows)), None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        data = np.asarray([[1.5, 2.0], [3.0, -4.0], [0.5, 8.0]])
        ids = np.asarray([2, 0, 2], np.int32)
        for dtype in (np.float32, np.float64, np.int32):
            yield Sample.of(cls(), data.astype(dtype), ids, np.int32(4))
        yield Sample.of(
            cls(), data.astype(np.float32), np.asarray([1, -1, 0], np.int64), np.int64(2)
        )
        pairs = np.asarray([[0, 1], [1, 0], [0, 0]], np.int32)
        yield Sample.of(cls(), data.astype(np.float32), pairs, np.int32(2))
        yield Sample.of(cls(), np.zeros((0, 3), np.float32), np.zeros(0, np.int32), np.int32(2))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        data = np.ones((3, 2), np.float32)
        ids = np.asarray([0, 1, 5], np.int32)
        yield ErrorSample(
            cls(),
            (data, ids, np.int32(4)),
            "segment 5 is out of range",
            InvalidArgumentError,
            "run",
        )
        yield ErrorSample(cls(), (data, ids[:2], np.int32(4)), "3")


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
