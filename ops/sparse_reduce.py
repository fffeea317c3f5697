"""Reductions of sparse tensors over axes, and softmax over their last axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import NUMERIC, REAL_NUMBER, dtype_set, int64 as _int64
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._sparse import (
    check_inside,
    check_parts,
    groups,
    known_sizes,
    part_specs,
    parts_of,
    picked,
    row_major,
    to_sparse,
)
from graphflow.ops._static import Ints, f32, i32, i64, invalid, normalized_axis
from graphflow.ops.kernels.arrays import widened
from graphflow.ops.kernels.segments import reduce_rows, sum_rows

__all__ = [
    "SparseReduceMax",
    "SparseReduceMaxSparse",
    "SparseReduceSum",
    "SparseReduceSumSparse",
    "SparseSoftmax",
    "sparse_reduce_max",
    "sparse_reduce_max_sparse",
    "sparse_reduce_sum",
    "sparse_reduce_sum_sparse",
    "sparse_softmax",
]


def _reduced_axes(axes: Array, rank: int) -> list[int]:
    """The axes to reduce, counted from the front."""
    return sorted({normalized_axis(int(axis), rank, "reduction axis") for axis in np.ravel(axes)})


def _reduced_sizes(shape: TensorSpec, axes: TensorSpec, keep_dims: bool) -> Ints | None:
    """The sizes that remain, None for unknown ones; None if their number is not known."""
    sizes, known = known_sizes(shape), axes.value
    if sizes is None:
        return None
    if known is None:
        return (None,) * len(sizes) if keep_dims else None
    reduced = _reduced_axes(known, len(sizes))
    if keep_dims:
        return tuple(1 if axis in reduced else size for axis, size in enumerate(sizes))
    return tuple(size for axis, size in enumerate(sizes) if axis not in reduced)


@dataclass(frozen=True, eq=False, repr=False)
class _Reduce(Op):
    """A reduction of a sparse tensor over some of its axes."""

    keep_dims: bool = False

    inputs = "input_indices: int64, input_values: T, input_shape: int64, reduction_axes: int32"

    def _check(self, *specs: TensorSpec) -> Ints | None:
        check_parts(specs[:3], "input_")
        if specs[3].shape.rank not in (None, 0, 1):
            raise ValueError(f"reduction_axes must be a vector, not {specs[3]}")
        return _reduced_sizes(specs[2], specs[3], self.keep_dims)

    def _reduced(
        self, indices: Array, values: Array, shape: Array, axes: Array
    ) -> tuple[Array, Array, Array]:
        """The places that remain, in order, with the reduced elements; the remaining shape."""
        try:
            reduced = _reduced_axes(axes, len(shape))
        except ValueError as error:
            raise invalid(str(error)) from error
        kept = [axis for axis in range(len(shape)) if axis not in reduced]
        check_inside(indices, shape)
        numbers, firsts = groups(row_major(indices[:, kept], shape[kept]))
        results = self._combined(values, numbers, len(firsts))
        if not self.keep_dims:
            return picked(indices, firsts)[:, kept], results, shape[kept]
        places, sizes = picked(indices, firsts), shape.copy()
        places[:, reduced], sizes[reduced] = 0, 1
        return places, results, sizes

    def _combined(self, values: Array, numbers: Array, count: int) -> Array:
        raise NotImplementedError

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        indices, shape = i64([[0, 1], [1, 0], [1, 3]]), i64([3, 4])
        values = np.asarray([1.5, -2.0, 3.25])
        for dtype in sorted(cls.types["T"] & _SAMPLED, key=lambda item: item.name):
            yield Sample.of(cls(), indices, values.astype(dtype.numpy), shape, i32([1]))
        for keep_dims in (False, True):
            for axes in (i32([0]), i32([-1, 0]), np.int32(-1)):
                yield Sample.of(cls(keep_dims), indices, values, shape, axes)
        deep = i64([[1, 0, 2], [0, 1, 0], [1, 1, 2], [1, 0, 0]])
        more = np.asarray([1.5, -2.0, 3.25, 0.5])
        yield Sample.of(cls(), deep, more, i64([2, 2, 3]), i32([1]))
        yield Sample.of(cls(), deep, more, i64([2, 2, 3]), np.zeros(0, np.int32))
        yield Sample.of(cls(), indices[:0], values[:0], shape, i32([1]), gradient=(), note=_EMPTY)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        indices, values, shape = i64([[0, 1], [1, 0]]), f32([1, 2]), i64([2, 3])
        bad = (indices, values, shape, i32([[0]]))
        yield ErrorSample(cls(), bad, "reduction_axes must be a vector")
        for axis in (2, -3):
            bad = (indices, values, shape, i32([axis]))
            yield ErrorSample(cls(), bad, "out of range for rank 2", when="run")
        for axis in (0, 1):
            bad = (indices + i64([0, 2]), values, shape, i32([axis]))
            yield ErrorSample(cls(), bad, "lies outside", InvalidArgumentError, "run")


_SAMPLED = dtype_set("bfloat16 float16 float32 float64 uint8 int32 int64 complex64")
_EMPTY = "TensorFlow's GatherNd, which the gradient needs, refuses to have no indices"


class _ReduceToDense(_Reduce):
    def infer(self, *specs: TensorSpec) -> TensorSpec:
        sizes = self._check(*specs)
        return TensorSpec(TensorShape.of(sizes), specs[1].dtype.base_dtype)

    def kernel(
        self, input_indices: Array, input_values: Array, input_shape: Array, reduction_axes: Array
    ) -> Array:
        places, values, shape = self._reduced(
            input_indices, input_values, input_shape, reduction_axes
        )
        dense = np.zeros(shape.tolist(), values.dtype)
        dense.reshape(-1)[row_major(places, shape)] = values
        return dense


class _ReduceToSparse(_Reduce):
    outputs = "output_indices, output_values, output_shape"

    def infer(self, *specs: TensorSpec) -> list[TensorSpec]:
        sizes = self._check(*specs)
        rank = None if sizes is None else len(sizes)
        return part_specs(None, rank, specs[1].dtype.base_dtype)

    def partial_output(self, index: int, *specs: TensorSpec) -> Ints | None:
        return _reduced_sizes(specs[2], specs[3], self.keep_dims) if index == 2 else None

    def kernel(
        self, input_indices: Array, input_values: Array, input_shape: Array, reduction_axes: Array
    ) -> tuple[Array, Array, Array]:
        return self._reduced(input_indices, input_values, input_shape, reduction_axes)


def _broadcast_back(op: Operation, reduced: Tensor) -> Tensor:
    """Give each sparse element the number of a reduced tensor that it went into."""
    indices, _, shape, axes = op.inputs
    rank = ops.size(shape)
    axes = ops.floormod(ops.reshape(axes, [-1]), rank)
    is_kept = ops.equal(
        ops.reduce_sum(ops.one_hot(axes, rank, dtype=_int64), axis=0), ops.zeros_like(shape)
    )
    sizes = ops.where(is_kept, shape, ops.ones_like(shape))
    places = ops.where(
        ops.logical_and(ops.expand_dims(is_kept, 0), ops.ones_like(indices, dtype="bool")),
        indices,
        ops.zeros_like(indices),
    )
    return ops.gather_nd(ops.reshape(reduced, sizes), places)


@register
class SparseReduceSum(_ReduceToDense):
    """Sums over axes, as a dense tensor."""

    types: ClassVar[Any] = {"T": NUMERIC}

    def _combined(self, values: Array, numbers: Array, count: int) -> Array:
        return sum_rows(values, numbers, count)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return None, _broadcast_back(op, grad), None, None


@register
class SparseReduceSumSparse(_ReduceToSparse):
    """Sums over axes, as a sparse tensor."""

    types: ClassVar[Any] = {"T": NUMERIC}

    def _combined(self, values: Array, numbers: Array, count: int) -> Array:
        return sum_rows(values, numbers, count)


@register
class SparseReduceMax(_ReduceToDense):
    """The largest elements over axes, as a dense tensor."""

    types: ClassVar[Any] = {"T": REAL_NUMBER}

    def _combined(self, values: Array, numbers: Array, count: int) -> Array:
        return reduce_rows(np.maximum, values, numbers, count, 0)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        indices, values, shape, axes = op.inputs
        is_chosen = ops.cast(ops.equal(values, _broadcast_back(op, op.outputs[0])), grad.dtype)
        chosen = apply(SparseReduceSum(self.keep_dims), indices, is_chosen, shape, axes)
        share = ops.divide(grad, ops.maximum(chosen, ops.ones_like(chosen)))
        return None, _broadcast_back(op, share) * is_chosen, None, None


@register
class SparseReduceMaxSparse(_ReduceToSparse):
    """The largest elements over axes, as a sparse tensor."""

    types: ClassVar[Any] = {"T": REAL_NUMBER}

    def _combined(self, values: Array, numbers: Array, count: int) -> Array:
        return reduce_rows(np.maximum, values, numbers, count, 0)


@register
class SparseSoftmax(Op):
    """The softmax of the elements that share all indices but the last."""

    inputs = "sp_indices: int64, sp_values: T, sp_shape: int64"
    types: ClassVar[Any] = {"T": dtype_set("float16 float32 float64")}

    def infer(
        self, sp_indices: TensorSpec, sp_values: TensorSpec, sp_shape: TensorSpec
    ) -> TensorSpec:
        count, rank = check_parts((sp_indices, sp_values, sp_shape), "sp_")
        if rank is not None and rank < 2:
            raise ValueError(f"softmax needs a sparse tensor of rank 2 or more, not {rank}")
        return TensorSpec(TensorShape.of((count,)), sp_values.dtype.base_dtype)

    def kernel(self, sp_indices: Array, sp_values: Array, sp_shape: Array) -> Array:
        numbers, firsts = groups(row_major(sp_indices, sp_shape) // max(int(sp_shape[-1]), 1))
        values = widened(sp_values)
        top = reduce_rows(np.maximum, values, numbers, len(firsts), 0)
        weights = np.exp(values - top[numbers])
        shares = weights / sum_rows(weights, numbers, len(firsts))[numbers]
        return shares.astype(sp_values.dtype, copy=False)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        indices, _, shape = op.inputs
        output = op.outputs[0]
        product = SparseTensor(indices, output * grad, shape)
        total = sparse_reduce_sum(product, [-1], keepdims=True)
        centred = ops.sparse_dense_cwise_add(indices, grad, shape, -total)
        return None, centred * output, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        indices, shape = i64([[0, 1], [1, 0], [1, 2], [1, 3]]), i64([3, 4])
        values = np.asarray([1.5, -2.0, 3.25, 0.5])
        for kind in (np.float16, np.float32, np.float64):
            yield Sample.of(cls(), indices, values.astype(kind), shape)
        deep = i64([[0, 1, 2], [1, 0, 0], [1, 0, 2], [1, 1, 0]])
        yield Sample.of(cls(), deep, values * 2, i64([2, 2, 3]))
        large = f32([1000, -1000, 1002, 0])
        yield Sample.of(cls(), indices, large, shape, gradient=(), note="almost 0 or 1")
        yield Sample.of(cls(), indices[:0], values[:0], shape, gradient=(), note=_EMPTY)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        indices, values = i64([[0, 1], [1, 0]]), f32([1, 2])
        yield ErrorSample(cls(), (indices[:, :1], values, i64([2])), "rank 2 or more, not 1")
        bad = (indices, values, i64([1, 3]))
        yield ErrorSample(cls(), bad, "lies outside", InvalidArgumentError, "run")


# -- public functions ------------------------------------------------------------------------------


def _axes(sp_input: SparseTensor, axis: Any) -> Any:
    """The axes to reduce, by default all."""
    if axis is not None:
        return axis
    rank = sp_input.shape.rank
    if rank is not None:
        return ops.constant(np.arange(rank, dtype=np.int32))
    return ops.range(ops.size(sp_input.dense_shape))


def _arguments(
    sp_input: Any, axis: Any, keepdims: Any, reduction_axes: Any, keep_dims: Any
) -> tuple[SparseTensor, Any, bool]:
    keepdims = deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims)
    axis = deprecated_argument_lookup("axis", axis, "reduction_axes", reduction_axes)
    sp_input = to_sparse(sp_input)
    return sp_input, _axes(sp_input, axis), bool(keepdims)


def sparse_reduce_sum(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Add up the elements of a sparse tensor over axes.

    Args:
      sp_input: a numeric `SparseTensor`.
      axis: the axes to reduce, an int32 scalar or vector, possibly negative; by default all.
      keepdims: whether reduced axes stay, with size 1.
      reduction_axes: deprecated name of `axis`.
      keep_dims: deprecated name of `keepdims`.

    Returns:
      A dense tensor; zero where there is no element.

    Raises:
      TypeError: `sp_input` is not sparse.
      ValueError: there is no such axis.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 0], [0, 2], [1, 1]], [1, 2, 5], [3, 3])
    >>> tf.Session().run(tf.sparse.reduce_sum(sparse, axis=1))
    array([3, 5, 0], dtype=int32)
    """
    sp_input, axes, keep = _arguments(sp_input, axis, keepdims, reduction_axes, keep_dims)
    return apply(SparseReduceSum(keep), *parts_of(sp_input), axes)


def sparse_reduce_sum_sparse(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> SparseTensor:
    """Add up the elements of a sparse tensor over axes; the result is sparse.

    Args:
      sp_input: a numeric `SparseTensor`.
      axis: the axes to reduce, an int32 scalar or vector, possibly negative; by default all.
      keepdims: whether reduced axes stay, with size 1.
      reduction_axes: deprecated name of `axis`.
      keep_dims: deprecated name of `keepdims`.

    Returns:
      A `SparseTensor` in row-major order, with an element where there is something to add.

    Raises:
      TypeError: `sp_input` is not sparse.
      ValueError: there is no such axis.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 0], [0, 2], [2, 1]], [1, 2, 5], [3, 3])
    >>> total = tf.Session().run(tf.sparse.reduce_sum_sparse(sparse, axis=1))
    >>> total.indices.tolist(), total.values.tolist()
    ([[0], [2]], [3, 5])
    """
    sp_input, axes, keep = _arguments(sp_input, axis, keepdims, reduction_axes, keep_dims)
    return SparseTensor(*apply_multi(SparseReduceSumSparse(keep), *parts_of(sp_input), axes))


def sparse_reduce_max(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Take the largest elements of a sparse tensor over axes; missing ones are left aside.

    Args:
      sp_input: a real `SparseTensor`.
      axis: the axes to reduce, an int32 scalar or vector, possibly negative; by default all.
      keepdims: whether reduced axes stay, with size 1.
      reduction_axes: deprecated name of `axis`.
      keep_dims: deprecated name of `keepdims`.

    Returns:
      A dense tensor; zero where there is no element.

    Raises:
      TypeError: `sp_input` is not sparse.
      ValueError: there is no such axis.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 0], [0, 2], [1, 1]], [-1, -2, 5], [3, 3])
    >>> tf.Session().run(tf.sparse.reduce_max(sparse, axis=1))
    array([-1,  5,  0], dtype=int32)
    """
    sp_input, axes, keep = _arguments(sp_input, axis, keepdims, reduction_axes, keep_dims)
    return apply(SparseReduceMax(keep), *parts_of(sp_input), axes)


def sparse_reduce_max_sparse(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> SparseTensor:
    """Take the largest elements of a sparse tensor over axes; the result is sparse.

    Args:
      sp_input: a real `SparseTensor`.
      axis: the axes to reduce, an int32 scalar or vector, possibly negative; by default all.
      keepdims: whether reduced axes stay, with size 1.
      reduction_axes: deprecated name of `axis`.
      keep_dims: deprecated name of `keepdims`.

    Returns:
      A `SparseTensor` in row-major order.

    Raises:
      TypeError: `sp_input` is not sparse.
      ValueError: there is no such axis.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 0], [0, 2], [2, 1]], [-1, -2, 5], [3, 3])
    >>> tf.Session().run(tf.sparse.reduce_max_sparse(sparse, axis=1)).values
    array([-1,  5], dtype=int32)
    """
    sp_input, axes, keep = _arguments(sp_input, axis, keepdims, reduction_axes, keep_dims)
    return SparseTensor(*apply_multi(SparseReduceMaxSparse(keep), *parts_of(sp_input), axes))


def sparse_softmax(sp_input: Any, name: str | None = None) -> SparseTensor:
    """Apply softmax along the last axis of a sparse tensor; missing elements are left aside.

    Args:
      sp_input: a floating `SparseTensor` of rank 2 or more, in row-major order.
      name: the name scope.

    Returns:
      A `SparseTensor` with elements in the same places, which add up to 1 along the last axis.

    Raises:
      TypeError: `sp_input` is not sparse.
      ValueError: the rank is smaller than 2.

    >>> import numpy as np
    >>> import graphflow as tf
    >>> logs = np.log([1.0, 3.0, 5.0])
    >>> sparse = tf.SparseTensor([[0, 0], [0, 2], [1, 1]], logs, [3, 3])
    >>> tf.Session().run(tf.sparse.softmax(sparse)).values
    array([0.25, 0.75, 1.  ])
    """
    sp_input = to_sparse(sp_input)
    with name_scope(name, "SparseSoftmax", [sp_input.indices, sp_input.values]):
        op = SparseSoftmax()
        values = apply(op, *parts_of(sp_input))
        result = SparseTensor(sp_input.indices, values, sp_input.dense_shape)
        result.set_shape(sp_input.shape)
        return result
