"""Elements moved around: rolled, repeated; flat indices turned into coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import INDEX, int32 as _int32
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import (
    as_tuple,
    check_rank,
    checked_axis,
    f32,
    five_axes,
    i32,
    i64,
    invalid,
    normalized_axis,
)

__all__ = ["Roll", "UnravelIndex", "repeat", "roll", "unravel_index"]


# -- rolling ---------------------------------------------------------------------------------------


@register
class Roll(Op):
    """The elements moved along axes; those that leave at one end come in at the other."""

    inputs = "input: T, shift: Tshift, axis: Taxis"
    types = {"Tshift": INDEX, "Taxis": INDEX}

    def infer(self, input: TensorSpec, shift: TensorSpec, axis: TensorSpec) -> TensorSpec:
        input.shape.with_rank_at_least(1)
        for name, spec in (("shift", shift), ("axis", axis)):
            if spec.shape.rank not in (None, 0, 1):
                raise ValueError(f"{name} must be a scalar or a vector, it has shape {spec.shape}")
        shift.shape.merge_with(axis.shape)
        return TensorSpec(input.shape, input.dtype.base_dtype)

    def kernel(self, input: Array, shift: Array, axis: Array) -> Array:
        axes = tuple(checked_axis(place, input.ndim) for place in as_tuple(axis))
        return np.roll(input, as_tuple(shift), axes)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        _, shift, axis = op.inputs
        return roll(grad, ops.negative(shift), axis), None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes(), i32([1, -1]), i32([2, -1]))
        a = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
        yield Sample.of(cls(), a, np.int32(1), np.int64(1))
        yield Sample.of(cls(), a, i32([1, -2]), i32([0, -2]))
        yield Sample.of(cls(), a, i64([2, 5]), i64([1, 1]))
        yield Sample.of(cls(), i32([1, 2, 3, 4]), np.int32(-9), np.int32(0))
        yield Sample.of(cls(), np.asarray([b"a", b"bc", b"d"], object), i32([2]), i32([0]))
        yield Sample.of(cls(), np.zeros((0, 3), bool), np.int32(2), np.int32(0))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one, zero = np.int32(1), np.int32(0)
        yield ErrorSample(cls(), (f32(3), one, zero), "must have rank 1 or more")
        yield ErrorSample(cls(), (f32([3]), i32([[1]]), zero), "shift must be a scalar or a vector")
        yield ErrorSample(cls(), (f32([3]), i32([1, 2]), i32([0])), "not compatible")
        yield ErrorSample(
            cls(), (f32([3, 4]), one, one), "axis 1 is out of range",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """Move the elements along axes; those that leave at one end come in at the other.

    Args:
      input: a tensor of any dtype with one axis or more.
      shift: int32 or int64 scalar or vector, by how many places; negative ones to the front.
      axis: int32 or int64 scalar or vector of as many axes; shifts along one axis add up.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `input`.

    Raises:
      ValueError: `shift` and `axis` differ in shape, or `input` is a scalar.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.roll([[0, 1, 2, 3], [4, 5, 6, 7]], shift=[1, -1], axis=[0, 1]))
    array([[5, 6, 7, 4],
           [1, 2, 3, 0]], dtype=int32)
    """
    return apply(Roll(), input, shift, axis, name=name)


# -- repeating -------------------------------------------------------------------------------------


def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """Repeat the slices along an axis, each in place.

    Args:
      input: a tensor of any dtype.
      repeats: how often, int32 or int64: a scalar, or a vector with one number for each slice.
      axis: the axis; by default the elements of the flattened tensor are repeated.
      name: the name scope.

    Returns:
      A tensor of the rank of `input`, a vector without an axis.

    Raises:
      ValueError: there is no such axis, or `repeats` has another size.

    >>> import graphflow as tf
    >>> sess = tf.Session()
    >>> sess.run(tf.repeat([[1, 2], [3, 4]], [3, 1], axis=0))
    array([[1, 2],
           [1, 2],
           [1, 2],
           [3, 4]], dtype=int32)
    >>> sess.run(tf.repeat([5, 6], 2))
    array([5, 5, 6, 6], dtype=int32)
    """
    with name_scope(name, "Repeat", [input, repeats]):
        data = convert_to_tensor(input, name="input")
        if axis is None:
            data, axis = ops.reshape(data, [-1]), 0
        rank = data.shape.with_rank_at_least(1).rank
        size = None if rank is None else data.shape[normalized_axis(axis, rank)].value
        counts = _counts(repeats, size)
        if rank is not None and counts.shape.num_elements() == 1:
            return _repeated_alike(data, counts, normalized_axis(axis, rank))
        counts = ops.broadcast_to(counts, ops.stack([ops.shape(data)[axis]]))
        # The source of each place is the number of slices whose repetitions end before it.
        total = ops.reduce_sum(counts)
        ends = ops.cast(ops.cumsum(counts), _int32)
        is_end = apply(ops.Bincount(), ends, ops.cast(total, _int32), ops.constant([], _int32))
        return ops.gather(data, ops.cumsum(is_end), axis=axis)


def _repeated_alike(data: Tensor, count: Tensor, axis: int) -> Tensor:
    """All slices repeated equally often: along a new axis, then merged with the old one."""
    sizes = ops.shape(data)
    number = ops.cast(ops.reshape(count, [1]), _int32)
    before, after = sizes[: axis + 1], sizes[axis + 1 :]
    repeated = ops.broadcast_to(
        ops.expand_dims(data, axis + 1), ops.concat([before, number, after], 0)
    )
    merged = ops.multiply(before[axis:], number)
    return ops.reshape(repeated, ops.concat([sizes[:axis], merged, after], 0))


def _counts(repeats: Any, static_size: int | None) -> Tensor:
    """How often to repeat each slice, a scalar or vector; negative numbers count as 0."""
    counts = convert_to_tensor(repeats, name="repeats")
    if counts.dtype.base_dtype not in INDEX:
        raise TypeError(f"repeats are int32 or int64, not {counts.dtype.name}")
    if counts.shape.rank not in (None, 0, 1):
        raise ValueError(f"repeats must be a scalar or a vector, they have shape {counts.shape}")
    known = counts.shape.num_elements()
    if None not in (known, static_size) and known not in (1, static_size):
        raise ValueError(f"repeats has {known} elements, but there are {static_size} slices")
    return ops.maximum(counts, ops.zeros_like(counts))


# -- coordinates -----------------------------------------------------------------------------------


@register
class UnravelIndex(Op):
    """The coordinates of flat indices, one row for each axis."""

    inputs = "indices: Tidx, dims: Tidx"
    types = {"Tidx": INDEX}

    def infer(self, indices: TensorSpec, dims: TensorSpec) -> TensorSpec:
        check_rank("dims", dims, 1)
        if indices.shape.rank not in (None, 0, 1):
            raise ValueError(f"indices must be a scalar or a vector, not of shape {indices.shape}")
        rank = (dims.shape.as_tuple() or (None,))[0]
        dtype = indices.dtype.base_dtype
        return TensorSpec(TensorShape.of((rank,)).concatenate(indices.shape), dtype)

    def kernel(self, indices: Array, dims: Array) -> Array:
        if np.size(dims) and dims.min() < 1:
            raise invalid(f"dims must be positive: {dims.tolist()}")
        try:
            rows = np.unravel_index(np.asarray(indices), as_tuple(dims))
        except ValueError as error:
            raise invalid(f"an index lies outside of shape {as_tuple(dims)}: {error}") from error
        coordinates = np.asarray(rows, np.asarray(indices).dtype)
        return coordinates.reshape((len(rows), *np.shape(indices)))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), i32([22, 41, 37]), i32([7, 6]))
        yield Sample.of(cls(), i64([5, 0, 3, 11]), i64([2, 3, 2]))
        yield Sample.of(cls(), np.int32(1621), i32([6, 7, 8, 9]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (i32([1]), np.int32(3)), "dims must be a vector")
        yield ErrorSample(cls(), (i32([[1]]), i32([3])), "indices must be a scalar or a vector")
        for indices, dims, message in (([4], [2, 2], "lies outside"), ([0], [0], "be positive")):
            yield ErrorSample(
                cls(), (i32(indices), i32(dims)), message, error=InvalidArgumentError, when="run"
            )


def unravel_index(indices: Any, dims: Any, name: str | None = None) -> Tensor:
    """Turn flat indices into coordinates.

    Args:
      indices: int32 or int64 scalar or vector [n].
      dims: vector of the same dtype, the shape that the indices count through.
      name: the operation's name.

    Returns:
      A tensor [len(dims), n], or [len(dims)] for a scalar: the coordinates along each axis.

    Raises:
      InvalidArgumentError: (in the run) an index lies outside.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.unravel_index([22, 41], [7, 6]))
    array([[3, 6],
           [4, 5]], dtype=int32)
    """
    return apply(UnravelIndex(), indices, dims, name=name)
