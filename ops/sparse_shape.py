"""Sparse tensors in another order or shape: sorted, reshaped, transposed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import INDEX, int64 as _int64
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorSpec
from graphflow.ops._sparse import (
    ELEMENT,
    check_inside,
    check_parts,
    is_increasing,
    known_sizes,
    order_of,
    part_specs,
    parts_of,
    picked,
    row_major,
    sample_values,
    to_sparse,
)
from graphflow.ops._static import Ints, check_rank, f32, i64, invalid, known_ints

__all__ = [
    "SparseReorder",
    "SparseReshape",
    "sparse_expand_dims",
    "sparse_reorder",
    "sparse_reset_shape",
    "sparse_reshape",
    "sparse_transpose",
]


# -- order -----------------------------------------------------------------------------------------


@register
class SparseReorder(Op):
    """Sorts the elements of a sparse tensor into row-major order."""

    inputs = "input_indices: int64, input_values: T, input_shape: int64"
    outputs = "output_indices, output_values"
    types: ClassVar[Any] = {"T": ELEMENT}

    def infer(
        self, input_indices: TensorSpec, input_values: TensorSpec, input_shape: TensorSpec
    ) -> list[TensorSpec]:
        count, rank = check_parts((input_indices, input_values, input_shape), "input_")
        return part_specs(count, rank, input_values.dtype.base_dtype)[:2]

    def kernel(
        self, input_indices: Array, input_values: Array, input_shape: Array
    ) -> tuple[Array, Array]:
        places = row_major(input_indices, input_shape)
        if is_increasing(places):
            return input_indices, input_values
        order = order_of(places)
        return picked(input_indices, order), input_values[order]

    def gradient(self, op: Operation, _indices: Tensor, grad: Tensor) -> tuple[None, Tensor, None]:
        indices, _, shape = op.inputs
        # Where each element went: the same sorting, of the elements' numbers.
        numbers = ops.range(ops.shape(indices)[0])
        moved = apply_multi(SparseReorder(), indices, numbers, shape)[1]
        return None, ops.gather(grad, ops.invert_permutation(moved)), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        indices = i64([[1, 2], [0, 1], [1, 0], [0, 3]])
        for values in sample_values(4):
            yield Sample.of(cls(), indices, values, i64([2, 4]))
        yield Sample.of(cls(), i64([[0], [2]]), np.asarray([3.5, 2]), i64([4]))
        deep = i64([[1, 0, 2, 1], [0, 1, 0, 0], [1, 0, 1, 1]])
        yield Sample.of(cls(), deep, np.asarray([1, 2, 3]), i64([2, 2, 3, 2]))
        huge = i64([[2**40, 5, 1], [3, 2**41, 0]])
        yield Sample.of(cls(), huge, np.asarray([1, 2]), i64([2**42, 2**42, 2]))
        yield Sample.of(cls(), np.zeros((0, 2), np.int64), np.zeros(0, np.float32), i64([2, 4]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        indices, values = i64([[1, 2], [0, 1]]), f32([1, 2])
        yield ErrorSample(cls(), (indices, values[:1], i64([2, 4])), "not compatible|not be|differ")
        yield ErrorSample(cls(), (indices, values, i64([2])), "")
        yield ErrorSample(cls(), (indices[0], values, i64([2, 4])), "indices must be a matrix")
        yield ErrorSample(
            cls(), (indices, values, i64([2, 2])), r"indices\[0\] = \[1, 2\] lies outside",
            InvalidArgumentError, "run",
        )  # fmt: skip


def sparse_reorder(sp_input: Any, name: str | None = None) -> SparseTensor:
    """Sort the elements of a sparse tensor into row-major order.

    Args:
      sp_input: a `SparseTensor`.
      name: the operation's name.

    Returns:
      A `SparseTensor` of the same shape; elements in the same place keep their order.

    Raises:
      TypeError: `sp_input` is not sparse.
      tf.errors.InvalidArgumentError: (in a run) a place lies outside of the shape.

    >>> import graphflow as tf
    >>> mixed = tf.SparseTensor([[1, 2], [0, 1]], [5, 7], [2, 3])
    >>> tf.Session().run(tf.sparse.reorder(mixed)).values
    array([7, 5], dtype=int32)
    """
    sp_input = to_sparse(sp_input)
    indices, values = apply_multi(SparseReorder(), *parts_of(sp_input), name=name)
    return _like(sp_input, indices, values)


def _like(sp_input: SparseTensor, indices: Tensor, values: Tensor) -> SparseTensor:
    """Make a sparse tensor of the shape of another."""
    result = SparseTensor(indices, values, ops.identity(sp_input.dense_shape))
    result.set_shape(sp_input.shape)
    return result


# -- shape -----------------------------------------------------------------------------------------


def _resolved(old: Ints | None, new: Ints | None) -> Ints | None:
    """The new sizes, -1 replaced by what the number of places implies, None for unknown ones.

    Raises:
      ValueError: the numbers of places differ.
    """
    if new is None:
        return None
    open_axes = [axis for axis, size in enumerate(new) if size == -1]
    if len(open_axes) > 1:
        raise ValueError(f"only one size of the new shape may be -1, not {list(new)}")
    if any(size is not None and size < -1 for size in new):
        raise ValueError(f"the new shape {list(new)} has a negative size")
    if old is None or None in old or None in new:
        return tuple(None if size == -1 else size for size in new)
    have = math.prod(size or 0 for size in old)
    want = math.prod(size or 0 for size in new if size != -1)
    if open_axes and (want == 0 or have % want == 0):
        implied = have // want if want else 0
        return tuple(implied if size == -1 else size for size in new)
    if open_axes or have != want:
        raise ValueError(f"the shape {list(old)} with {have} places cannot become {list(new)}")
    return new


@register
class SparseReshape(Op):
    """The places of a sparse tensor in another shape."""

    inputs = "input_indices: int64, input_shape: int64, new_shape: int64"
    outputs = "output_indices, output_shape"

    def infer(
        self, input_indices: TensorSpec, input_shape: TensorSpec, new_shape: TensorSpec
    ) -> list[TensorSpec]:
        check_rank("input_indices", input_indices, 2)
        check_rank("input_shape", input_shape, 1)
        check_rank("new_shape", new_shape, 1)
        input_indices.shape.with_rank(2)[1:].assert_is_compatible_with(input_shape.shape)
        _resolved(known_sizes(input_shape), known_ints(new_shape))
        count = input_indices.shape.with_rank(2).as_list()[0]
        rank = new_shape.shape.with_rank(1).as_list()[0]
        indices, _, shape = part_specs(count, rank, _int64)
        return [indices, shape]

    def partial_output(self, index: int, *specs: TensorSpec) -> Ints | None:
        _, input_shape, new_shape = specs
        if index == 0:
            return None
        return _resolved(known_sizes(input_shape), known_ints(new_shape))

    def kernel(
        self, input_indices: Array, input_shape: Array, new_shape: Array
    ) -> tuple[Array, Array]:
        try:
            sizes = _resolved(tuple(input_shape.tolist()), tuple(new_shape.tolist()))
        except ValueError as error:
            raise invalid(str(error)) from error
        assert sizes is not None
        shape = i64(sizes)
        if np.array_equal(shape, input_shape):
            return input_indices, shape
        check_inside(input_indices, input_shape)
        if math.prod(int(size) for size in input_shape) > np.iinfo(np.int64).max:
            raise invalid(f"the shape {input_shape.tolist()} has more places than int64 can count")
        if not len(input_indices):
            return np.zeros((0, len(shape)), np.int64), shape
        places = row_major(input_indices, input_shape)
        columns = np.unravel_index(places, shape.tolist()) if sizes else []
        indices = np.empty((len(places), len(shape)), np.int64)
        for axis, column in enumerate(columns):
            indices[:, axis] = column
        return indices, shape

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        indices = i64([[0, 2], [1, 0], [1, 3]])
        for shape in ([4, 2], [8], [-1, 2], [2, 1, 4], [2, -1], [2, 2, -1, 1]):
            yield Sample.of(cls(), indices, i64([2, 4]), i64(shape))
        yield Sample.of(cls(), i64([[0], [0]]), i64([1]), np.zeros(0, np.int64))
        yield Sample.of(cls(), np.zeros((0, 2), np.int64), i64([0, 4]), i64([2, 0]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        indices, shape = i64([[0, 2], [1, 0]]), i64([2, 4])
        loose = TensorSpec([None], _int64)
        yield ErrorSample(cls(), (indices, shape[:1], loose), "not compatible")
        for new, message in (
            ([3, 2], "with 8 places cannot become"),
            ([3, -1], "with 8 places cannot become"),
            ([-1, -1], "only one size"),
            ([-2, 4], "negative size"),
        ):
            yield ErrorSample(cls(), (indices, shape, i64(new)), message, when="run")


def sparse_reshape(sp_input: Any, shape: Any, name: str | None = None) -> SparseTensor:
    """Give a sparse tensor another shape with as many places.

    Args:
      sp_input: a `SparseTensor`.
      shape: integer [rank], the new shape; one size may be -1 and follows from the others.
      name: the operation's name.

    Returns:
      A `SparseTensor` whose elements stay in the same place of the flattened tensor.

    Raises:
      TypeError: `sp_input` is not sparse.
      ValueError: the numbers of places differ.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 1], [1, 3]], [5, 7], [2, 4])
    >>> tf.Session().run(tf.sparse.reshape(sparse, [4, -1])).indices.tolist()
    [[0, 1], [3, 1]]
    """
    sp_input = to_sparse(sp_input)
    shape = ops.cast(shape, _int64)
    with name_scope(name, "SparseReshape", [sp_input]) as scope:
        sizes = convert_to_tensor(sp_input.shape, _int64) if _is_known(sp_input) else None
        old = sp_input.dense_shape if sizes is None else sizes
        indices, new = apply_multi(SparseReshape(), sp_input.indices, old, shape, name=scope)
        return SparseTensor(indices, ops.identity(sp_input.values), new)


def _is_known(sp_input: SparseTensor) -> bool:
    """Whether the whole shape is declared, though `dense_shape` does not tell it."""
    return (
        sp_input.shape.is_fully_defined()
        and not sp_input.dense_shape.spec.as_shape().is_fully_defined()
    )


def sparse_transpose(sp_input: Any, perm: Any = None, name: str | None = None) -> SparseTensor:
    """Permute the axes of a sparse tensor.

    Args:
      sp_input: a `SparseTensor`.
      perm: int32 or int64 [rank], which axis of the input each one of the result is; by default
        the axes are reversed.
      name: the name scope.

    Returns:
      A `SparseTensor` in row-major order.

    Raises:
      TypeError: `sp_input` is not sparse.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 1], [0, 3], [1, 0]], [5, 7, 9], [2, 4])
    >>> tf.Session().run(tf.sparse.transpose(sparse))  # doctest: +NORMALIZE_WHITESPACE
    SparseTensorValue(indices=array([[0, 1], [1, 0], [3, 0]]),
                      values=array([9, 5, 7], dtype=int32), dense_shape=array([4, 2]))
    """
    sp_input = to_sparse(sp_input)
    with name_scope(name, "SparseTranspose", [sp_input]):
        if perm is None:
            rank = sp_input.shape.rank
            count = ops.size(sp_input.dense_shape) if rank is None else rank
            perm = ops.range(count - 1, -1, -1)
        perm = convert_to_tensor(perm, name="perm")
        perm.shape.assert_is_compatible_with(sp_input.dense_shape.shape)
        indices = ops.gather(sp_input.indices, perm, axis=1)
        shape = ops.gather(sp_input.dense_shape, perm)
        result = SparseTensor(indices, sp_input.values, shape)
        order, rank = perm.constant_value(), sp_input.shape.rank
        if order is not None and rank is not None:
            sizes = sp_input.shape.as_list()
            result.set_shape([sizes[axis] for axis in order.tolist()])
        return sparse_reorder(result)


def sparse_expand_dims(sp_input: Any, axis: Any = None, name: str | None = None) -> SparseTensor:
    """Insert an axis of size 1 into the shape of a sparse tensor.

    Args:
      sp_input: a `SparseTensor` of known rank.
      axis: the position of the new axis, in [-rank - 1, rank]; by default it becomes the last one.
      name: the name scope.

    Returns:
      A `SparseTensor`.

    Raises:
      TypeError: `sp_input` is not sparse.
      ValueError: the rank is not known, or there is no such position.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 1], [1, 3]], [5, 7], [2, 4])
    >>> expanded = tf.sparse.expand_dims(sparse, axis=1)
    >>> expanded.shape.as_list(), tf.Session().run(expanded).indices.tolist()
    ([2, 1, 4], [[0, 0, 1], [1, 0, 3]])
    """
    sp_input = to_sparse(sp_input)
    rank = sp_input.shape.rank
    if rank is None:
        raise ValueError(f"expand_dims needs a sparse tensor of known rank, not {sp_input}")
    at = -1 if axis is None else int(axis)
    if not -rank - 1 <= at <= rank:
        raise ValueError(f"axis {at} is out of range for rank {rank}: {-rank - 1} to {rank}")
    at += rank + 1 if at < 0 else 0
    with name_scope(name, "expand_dims", [sp_input]):
        indices, shape = sp_input.indices, sp_input.dense_shape
        column = ops.zeros(ops.stack([ops.shape(indices)[0], 1]), _int64)
        result = SparseTensor(
            ops.concat([indices[:, :at], column, indices[:, at:]], 1),
            sp_input.values,
            ops.concat([shape[:at], i64([1]), shape[at:]], 0),
        )
        sizes = sp_input.shape.as_list()
        result.set_shape([*sizes[:at], 1, *sizes[at:]])
        return result


def sparse_reset_shape(sp_input: Any, new_shape: Any = None) -> SparseTensor:
    """Make the dense shape larger, or as small as the elements allow.

    Args:
      sp_input: a `SparseTensor`.
      new_shape: int32 or int64 [rank], in no place smaller than the present shape; None for the
        smallest shape that holds all elements.

    Returns:
      A `SparseTensor` with the same elements.

    Raises:
      TypeError: `sp_input` is not sparse, or `new_shape` not integer.
      ValueError: `new_shape` has another rank, or is smaller.
      tf.errors.InvalidArgumentError: the same in a run, where only that tells.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 1], [1, 3]], [5, 7], [6, 8])
    >>> tf.Session().run(tf.sparse.reset_shape(sparse)).dense_shape
    array([2, 4])
    """
    sp_input = to_sparse(sp_input)
    indices, values = ops.identity(sp_input.indices), ops.identity(sp_input.values)
    old = ops.identity(sp_input.dense_shape)
    if new_shape is None:
        ends = ops.reduce_max(indices, axis=0) + ops.ones_like(old)
        return SparseTensor(indices, values, ops.maximum(ends, ops.zeros_like(ends)))
    new_shape = convert_to_tensor(new_shape)
    if new_shape.dtype.base_dtype not in INDEX:
        raise TypeError(f"new_shape must be int32 or int64, not {new_shape.dtype.name}")
    new_shape = ops.cast(new_shape, _int64)
    new_shape.shape.assert_has_rank(1)
    sizes, known = new_shape.constant_value(), sp_input.shape
    if known.rank is not None:
        new_shape.shape.assert_is_compatible_with([known.rank])
    if sizes is not None and known.is_fully_defined():
        if (sizes < np.asarray(known.as_list())).any():
            raise ValueError(f"the new shape {sizes.tolist()} is smaller than {known}")
        return SparseTensor(indices, values, new_shape)
    checks: Sequence[Any] = [
        ops.assert_equal(ops.shape(old), ops.shape(new_shape)),
        ops.assert_less_equal(old, new_shape),
    ]
    with sp_input.graph.control_dependencies(checks):
        return SparseTensor(indices, values, ops.identity(new_shape))
