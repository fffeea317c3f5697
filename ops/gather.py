"""Gathering and scattering by index; indexed slices made dense."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import (
    IndexedSlices,
    convert_to_tensor,
    register_tensor_conversion_function,
)
from graphflow.core.dtypes import (
    INDEX,
    DType,
    int32 as _int32,
    int64 as _int64,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec, unknown_shape
from graphflow.ops._static import (
    Ints,
    check_in_range,
    check_rank,
    checked_axis,
    f32,
    five_axes,
    i32,
    i64,
    invalid,
    known_int,
    known_ints,
    normalized_axis,
)
from graphflow.ops.kernels.segments import sum_rows

__all__ = [
    "Gather",
    "GatherNd",
    "GatherV2",
    "ScatterNd",
    "batch_gather",
    "gather",
    "gather_nd",
    "scatter_nd",
]


# -- along one axis --------------------------------------------------------------------------------


class _Gathering(Op):
    """What the ops share that gather along one axis."""

    @staticmethod
    def _gathered_spec(
        params: TensorSpec, indices: TensorSpec, axis: int | None, batch_dims: int
    ) -> TensorSpec:
        dtype = params.dtype.base_dtype
        sizes, places = params.shape.as_tuple(), indices.shape.as_tuple()
        if places is not None and not -len(places) <= batch_dims <= len(places):
            raise ValueError(f"batch_dims {batch_dims} exceeds the rank {len(places)} of indices")
        if sizes is None or places is None:
            return TensorSpec(TensorShape.of(None), dtype)
        batch = batch_dims % len(places) if batch_dims < 0 else batch_dims
        if axis is None:
            return TensorSpec(unknown_shape(len(sizes) + len(places) - batch - 1), dtype)
        at = normalized_axis(axis, len(sizes))
        if at < batch:
            raise ValueError(f"axis {at} must not be below batch_dims {batch}")
        lead = TensorShape.of(sizes[:batch]).merge_with(TensorShape.of(places[:batch])).as_list()
        shape = (*lead, *sizes[batch:at], *places[batch:], *sizes[at + 1 :])
        return TensorSpec(TensorShape.of(shape), dtype)

    @staticmethod
    def _gathered(
        params: Array, indices: Array, axis: int, batch_dims: int, out: Array | None
    ) -> Array:
        params, indices = np.asarray(params), np.asarray(indices)
        check_in_range("indices", indices, params.shape[axis])
        if batch_dims:
            lead = batch_dims % indices.ndim if batch_dims < 0 else batch_dims
            return _batch_gathered(params, indices, axis, lead, out)
        result = np.take(params, indices, axis=axis, out=out, mode="clip")
        return result if isinstance(result, np.ndarray) else np.asarray(result, params.dtype)


def _batch_gathered(
    params: Array, indices: Array, axis: int, batch_dims: int, out: Array | None
) -> Array:
    """Gather where the first axes of params and indices run together."""
    lead, before, after = (
        params.shape[:batch_dims],
        params.shape[batch_dims:axis],
        params.shape[axis + 1 :],
    )
    count = int(np.prod(lead))
    flat = params.reshape(count, int(np.prod(before)), params.shape[axis], *after)
    places = indices.reshape(count, int(np.prod(indices.shape[batch_dims:])))
    rows = np.arange(count)[:, None]
    picked = np.moveaxis(flat[rows, :, places], 2, 1)
    result = picked.reshape(*lead, *before, *indices.shape[batch_dims:], *after)
    if out is None:
        return result
    out[...] = result
    return out


@register
class Gather(_Gathering):
    """Slices of a tensor along its first axis."""

    validate_indices: bool = True

    inputs = "params: Tparams, indices: Tindices"
    types = {"Tindices": INDEX}
    has_out = True

    def infer(self, params: TensorSpec, indices: TensorSpec) -> TensorSpec:
        return self._gathered_spec(params, indices, 0, 0)

    def kernel(self, params: Array, indices: Array, out: Array | None = None) -> Array:
        return self._gathered(params, indices, 0, 0, out)

    def gradient(self, op: Operation, grad: Any) -> Sequence[Any]:
        return _first_axis_gradient(op, grad), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.arange(6, dtype=np.float32).reshape(3, 2)
        yield Sample.of(cls(), a, i32([2, 0, 2]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.float32(1), i32([0])), "axis 0 is out of range")


@register
class GatherV2(_Gathering):
    """Slices of a tensor along an axis."""

    batch_dims: int = 0

    inputs = "params: Tparams, indices: Tindices, axis: Taxis"
    types = {"Tindices": INDEX, "Taxis": INDEX}
    has_out = True

    def infer(self, params: TensorSpec, indices: TensorSpec, axis: TensorSpec) -> TensorSpec:
        check_rank("axis", axis, 0)
        return self._gathered_spec(params, indices, known_int(axis), self.batch_dims)

    def partial(self, *specs: TensorSpec) -> Ints | int | None:
        params, indices, _ = specs
        values, places = known_ints(params), indices.value
        if params.shape.rank != 1 or not params.dtype.is_integer or self.batch_dims:
            return None
        if values is None or places is None or places.ndim > 1:
            return None
        if places.size and (places.min() < 0 or places.max() >= len(values)):
            return None
        picked = tuple(values[place] for place in places.reshape(-1).tolist())
        return picked if places.ndim else picked[0]

    def kernel(self, params: Array, indices: Array, axis: Array, out: Array | None = None) -> Array:
        at = checked_axis(axis, np.ndim(params))
        return self._gathered(params, indices, at, self.batch_dims, out)

    def gradient(self, op: Operation, grad: Any) -> Sequence[Any]:
        axis = op.inputs[2].constant_value()
        if axis is not None and axis == 0 and self.batch_dims == 0:
            return _first_axis_gradient(op, grad), None, None
        return _any_axis_gradient(op, grad, self.batch_dims), None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(1), five_axes(), i32([[2, 0], [1, 1]])[:, :1], np.int32(2))
        a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
        yield Sample.of(cls(), a, i32([1, 0, 1]), np.int32(0))
        yield Sample.of(cls(), a, i64([[2, 0], [0, 0]]), np.int32(1))
        yield Sample.of(cls(), a, np.int32(3), np.int64(-1))
        yield Sample.of(cls(1), a, i32([[2, 0], [0, 0]]), np.int32(1))
        yield Sample.of(cls(1), a, i32([[3], [1]]), np.int32(2))
        yield Sample.of(cls(), i64([5, 6, 7]), np.int32(1), np.int32(0))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        zero = np.int32(0)
        yield ErrorSample(cls(), (a, i32([0]), np.int32(2)), "axis 2 is out of range")
        yield ErrorSample(cls(2), (a, i32([0]), zero), "batch_dims 2 exceeds the rank 1")
        for index in (-1, 2):
            yield ErrorSample(
                cls(), (a, i32([0, index]), zero), rf"indices\[1\] = {index} is not in \[0, 2\)",
                error=InvalidArgumentError, when="run",
            )  # fmt: skip


def _first_axis_gradient(op: Operation, grad: Any) -> IndexedSlices:
    """The gradient of gathering along the first axis, as sparse as the indices."""
    params, indices = op.inputs[:2]
    with params.graph.colocate_with(params):
        sizes = ops.cast(ops.shape(params, out_type=_int64), _int32)
    count = ops.expand_dims(ops.size(indices), 0)
    values = ops.reshape(grad, ops.concat([count, sizes[1:]], 0))
    return IndexedSlices(values, ops.reshape(indices, count), sizes)


def _any_axis_gradient(op: Operation, grad: Any, batch_dims: int) -> Tensor:
    """The gradient of gathering along another axis: what went to each index is added up.

    With params [B, P, A, S] (batch axes, axes before the gathered one, that one, those after) and
    indices [B, I], `grad` is [B, P, I, S]. It is brought to [B I, P, S], summed by segments into
    [B A, P, S], and brought back to [B, P, A, S].
    """
    params, indices, axis = op.inputs
    sizes = ops.shape(params)
    rank, places = ops.rank(params), ops.rank(indices)
    batch = batch_dims if batch_dims >= 0 else ops.add(places, batch_dims)
    at = ops.floormod(ops.cast(axis, _int32), rank)
    inner = ops.subtract(places, batch)
    grad_rank = ops.subtract(ops.add(rank, inner), 1)
    span = ops.add(at, inner)
    order = [
        ops.range(batch),
        ops.range(at, span),
        ops.range(batch, at),
        ops.range(span, grad_rank),
    ]
    moved = ops.transpose(grad, ops.concat(order, 0))
    lead, before, after = sizes[:batch], sizes[batch:at], sizes[ops.add(at, 1) :]
    count, length = ops.reduce_prod(lead), sizes[at]
    values = ops.reshape(moved, ops.concat([[-1], before, after], 0))
    rows = ops.reshape(ops.cast(indices, _int32), ops.stack([count, -1]))
    offsets = ops.expand_dims(ops.multiply(ops.range(count), length), 1)
    segments = ops.reshape(ops.add(rows, offsets), [-1])
    sums = ops.unsorted_segment_sum(values, segments, ops.multiply(count, length))
    dense = ops.reshape(sums, ops.concat([lead, [length], before, after], 0))
    back = [
        ops.range(batch),
        ops.range(ops.add(batch, 1), ops.add(at, 1)),
        ops.reshape(batch, [1]),
        ops.range(ops.add(at, 1), rank),
    ]
    return ops.reshape(ops.transpose(dense, ops.concat(back, 0)), sizes)


def gather(
    params: Any,
    indices: Any,
    validate_indices: bool | None = None,
    name: str | None = None,
    axis: Any = None,
    batch_dims: int = 0,
) -> Tensor:
    """Return slices of a tensor along an axis.

    Args:
      params: a tensor or variable of any dtype.
      indices: int32 or int64 tensor.
      validate_indices: deprecated, without effect: indices are always checked.
      name: the operation's name.
      axis: int32 or int64 scalar; by default the first axis after the batch axes.
      batch_dims: the number of first axes along which `params` and `indices` run together.

    Returns:
      A tensor with `axis` of `params` replaced by the shape of `indices`; its gradient for
      `params` is an `IndexedSlices` for axis 0.

    Raises:
      ValueError: there is no such axis.
      InvalidArgumentError: (in the run) an index lies outside.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.gather([[1, 2], [3, 4], [5, 6]], [2, 0]))
    array([[5, 6],
           [1, 2]], dtype=int32)
    """
    del validate_indices  # as in TensorFlow
    if axis is None:
        axis = batch_dims
    is_first = not isinstance(axis, Tensor) and np.ndim(axis) == 0 and axis == 0
    if is_first and batch_dims == 0 and hasattr(params, "sparse_read"):
        return params.sparse_read(indices, name=name)  # type: ignore[no-any-return]
    return apply(GatherV2(batch_dims), params, indices, axis, name=name)


def batch_gather(params: Any, indices: Any, name: str | None = None) -> Tensor:
    """Return slices along the last axis of `indices`, for each index of its other axes.

    Args:
      params: a tensor [b..., n, ...].
      indices: int32 or int64 tensor [b..., m].
      name: the operation's name.

    Returns:
      A tensor [b..., m, ...].

    Raises:
      ValueError: the rank of `indices` is not known.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.batch_gather([[1, 2, 3], [4, 5, 6]], [[2], [0]]))
    array([[3],
           [4]], dtype=int32)
    """
    with name_scope(name, "BatchGather", [params, indices]):
        indices = convert_to_tensor(indices, name="indices")
        if indices.shape.rank is None:
            raise ValueError(f"batch_gather needs indices of known rank, not {indices!r}")
        return gather(params, indices, batch_dims=indices.shape.rank - 1)


# -- along several axes ----------------------------------------------------------------------------


@register
class GatherNd(Op):
    """Slices or elements of a tensor, each given by a vector of indices."""

    inputs = "params: Tparams, indices: Tindices"
    types = {"Tindices": INDEX}

    def infer(self, params: TensorSpec, indices: TensorSpec) -> TensorSpec:
        sizes = params.shape.as_tuple()
        places = indices.shape.with_rank_at_least(1).as_tuple()
        dtype = params.dtype.base_dtype
        depth = None if places is None else places[-1]
        if sizes is None or places is None or depth is None:
            return TensorSpec(TensorShape.of(None), dtype)
        if depth > len(sizes):
            raise ValueError(f"index vectors of length {depth} exceed the rank {len(sizes)}")
        return TensorSpec(TensorShape.of((*places[:-1], *sizes[depth:])), dtype)

    def kernel(self, params: Array, indices: Array) -> Array:
        params, depth = np.asarray(params), indices.shape[-1]
        if not depth:
            return np.broadcast_to(params, (*indices.shape[:-1], *params.shape))
        rows = params.reshape(math.prod(params.shape[:depth]), *params.shape[depth:])
        return np.asarray(rows.take(_flat_positions(indices, params.shape), axis=0))

    def gradient(self, op: Operation, grad: Any) -> Sequence[Any]:
        params, indices = op.inputs
        sizes = ops.shape(params, out_type=indices.dtype)
        dims = indices.shape.as_tuple()
        if dims is not None and len(dims) == 2 and dims[-1] == 1:
            return IndexedSlices(
                convert_to_tensor(grad), ops.squeeze(indices, axis=-1), sizes
            ), None
        return scatter_nd(indices, grad, sizes), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes(), i32([[1, 0, 2, 1, 0], [0, 0, 1, 0, 1]]))
        a = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
        for indices in ([[1], [0], [1]], [[0, 2], [1, 1]], [[[1, 2, 0]], [[0, 0, 1]]]):
            yield Sample.of(cls(), a, i32(indices))
        single = "TensorFlow's ScatterNd, which the gradient needs, refuses a single index"
        yield Sample.of(cls(), a, i32([1, 2]), oracle=False, note=single)
        yield Sample.of(cls(), np.asarray([b"a", b"bc"], object), i64([[1]]))
        whole = "TensorFlow's ScatterNd, which the gradient needs, refuses empty indices"
        yield Sample.of(cls(), a, np.zeros((2, 0), np.int32), oracle=False, note=whole)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (a, i32([[0, 0, 0]])), "length 3 exceed the rank 2")
        yield ErrorSample(
            cls(), (a, i32([[0, 1], [1, 3]])), r"indices\[1\] = \[1, 3\] lies outside",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


def _flat_positions(indices: Array, shape: Sequence[int]) -> Array:
    """The positions of vectors of indices, as if the axes that they index were one.

    Raises:
      InvalidArgumentError: one lies outside of the shape.
    """
    flat = np.zeros(indices.shape[:-1], np.intp)
    for column in range(indices.shape[-1]):
        part = indices[..., column]
        if part.size and not 0 <= part.min() <= part.max() < shape[column]:
            _check_vectors(indices, shape)
        flat *= shape[column]
        flat += part
    return flat


def _check_vectors(indices: Array, shape: Sequence[int]) -> None:
    """Raise InvalidArgumentError if a vector of indices lies outside of a shape."""
    limits = np.asarray(shape[: indices.shape[-1]], np.int64)
    bad = ((indices < 0) | (indices >= limits)).any(axis=-1)
    if not bad.any():
        return
    position = tuple(np.argwhere(bad)[0].tolist())
    where = "".join(f"[{i}]" for i in position)
    raise invalid(
        f"indices{where} = {indices[position].tolist()} lies outside of shape {tuple(shape)}"
    )


def gather_nd(params: Any, indices: Any, name: str | None = None, batch_dims: int = 0) -> Tensor:
    """Return the slices or elements of a tensor that vectors of indices point to.

    Args:
      params: a tensor of any dtype.
      indices: int32 or int64 tensor [..., k]; each vector of k indices gives a slice of `params`.
      name: the operation's name.
      batch_dims: the number of first axes along which `params` and `indices` run together.

    Returns:
      A tensor of shape `indices.shape[:-1] + params.shape[k:]`.

    Raises:
      ValueError: k exceeds the rank of `params`.
      InvalidArgumentError: (in the run) an index lies outside.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.gather_nd([[1, 2, 3], [4, 5, 6]], [[0, 2], [1, 0]]))
    array([3, 4], dtype=int32)
    """
    if batch_dims:
        with name_scope(name, "GatherNd", [params, indices]) as scope:
            params, indices = convert_to_tensor(params), convert_to_tensor(indices)
            return apply(GatherNd(), params, _with_batch_indices(indices, batch_dims), name=scope)
    return apply(GatherNd(), params, indices, name=name)


def _with_batch_indices(indices: Tensor, batch_dims: int) -> Tensor:
    """Put the position along the batch axes in front of each vector of indices."""
    rank = indices.shape.rank
    if rank is None or not 0 < batch_dims < rank:
        raise ValueError(f"batch_dims is {batch_dims}, but indices have shape {indices.shape}")
    sizes = ops.shape(indices, out_type=indices.dtype)
    vectors = ops.concat([sizes[:-1], [1]], 0)
    columns = []
    for axis in range(batch_dims):
        shape = [1] * rank
        shape[axis] = -1
        steps = ops.reshape(ops.range(sizes[axis]), shape)
        columns.append(ops.broadcast_to(steps, vectors))
    return ops.concat([*columns, indices], -1)


@register
class ScatterNd(Op):
    """Zeros with updates added where vectors of indices point to."""

    inputs = "indices: Tindices, updates: T, shape: Tindices"
    types = {"Tindices": INDEX}

    def infer(self, indices: TensorSpec, updates: TensorSpec, shape: TensorSpec) -> TensorSpec:
        check_rank("shape", shape, 1)
        result = shape.as_shape()
        places = indices.shape.with_rank_at_least(1).as_tuple()
        sizes = result.as_tuple()
        depth = None if places is None else places[-1]
        if places is not None and sizes is not None and depth is not None:
            if depth > len(sizes):
                raise ValueError(f"index vectors of length {depth} exceed the rank {len(sizes)}")
            updates.shape.merge_with(TensorShape.of((*places[:-1], *sizes[depth:])))
        return TensorSpec(result, updates.dtype.base_dtype)

    def kernel(self, indices: Array, updates: Array, shape: Array) -> Array:
        sizes = tuple(shape.tolist())
        if indices.size:
            _check_vectors(indices, sizes)
        depth = indices.shape[-1]
        updates = np.asarray(updates)
        vectors = indices.reshape(int(np.prod(indices.shape[:-1])), depth)
        flat = np.zeros(len(vectors), np.int64)
        for axis in range(depth):
            flat = flat * sizes[axis] + vectors[:, axis]
        rows = updates.reshape(len(vectors), *sizes[depth:])
        return sum_rows(rows, flat, math.prod(sizes[:depth])).reshape(sizes)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return None, gather_nd(grad, op.inputs[0]), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), i32([[4], [1], [4]]), f32([9, 10, 11]), i32([6]))
        yield Sample.of(cls(), i64([[0, 2], [1, 0]]), f32([[1, 2], [3, 4]]), i64([2, 3, 2]))
        yield Sample.of(
            cls(), np.zeros((0, 1), np.int32), np.zeros((0, 2), np.float32), i32([3, 2])
        )
        words = np.asarray([b"a", b"bc", b"d"], object)
        yield Sample.of(cls(), i32([[2], [0], [2]]), words, i32([4]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (i32([[0], [1]]), f32([1]), i32([3])), "not compatible")
        yield ErrorSample(
            cls(), (i32([[0], [3]]), f32([1, 2]), i32([3])), r"indices\[1\] = \[3\] lies outside",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> Tensor:
    """Add updates to a tensor of zeros where vectors of indices point to.

    Args:
      indices: int32 or int64 tensor [..., k].
      updates: a tensor of shape `indices.shape[:-1] + shape[k:]`.
      shape: vector of the dtype of `indices`, the shape of the result.
      name: the operation's name.

    Returns:
      A tensor of shape `shape`; updates to the same place add up.

    Raises:
      ValueError: the shapes do not fit together.
      InvalidArgumentError: (in the run) an index lies outside.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.scatter_nd([[4], [1], [4]], [9, 10, 11], [6]))
    array([ 0, 10,  0,  0, 20,  0], dtype=int32)
    """
    return apply(ScatterNd(), indices, updates, shape, name=name)


# -- indexed slices --------------------------------------------------------------------------------


def _dense(
    value: IndexedSlices, dtype: DType | None = None, name: str | None = None, as_ref: bool = False
) -> Any:
    """Convert indexed slices to the dense tensor that they stand for."""
    if as_ref or (dtype is not None and dtype is not value.dtype.base_dtype):
        return NotImplemented
    if value.dense_shape is None:
        raise ValueError(f"{value} has no dense_shape and cannot become a dense tensor")
    count = value.dense_shape[0]
    return ops.unsorted_segment_sum(value.values, value.indices, count, name=name)


register_tensor_conversion_function(IndexedSlices, _dense)
