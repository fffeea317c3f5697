"""Sparse tensors put together and taken apart: joined, split, sliced, with empty rows filled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import NUMERIC, bool as _bool, int64 as _int64
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._sparse import (
    ELEMENT,
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
from graphflow.ops._static import (
    Ints,
    as_array,
    check_rank,
    checked_axis,
    f32,
    i64,
    invalid,
    known_int,
    known_ints,
    normalized_axis,
)
from graphflow.ops.kernels.segments import counts

__all__ = [
    "SparseConcat",
    "SparseFillEmptyRows",
    "SparseFillEmptyRowsGrad",
    "SparseSlice",
    "SparseSliceGrad",
    "SparseSplit",
    "sparse_concat",
    "sparse_fill_empty_rows",
    "sparse_retain",
    "sparse_slice",
    "sparse_split",
]

_EXAMPLE = i64([[0, 2], [1, 0], [1, 3], [3, 1]])  # places in a shape of (4, 5)


# -- joining ---------------------------------------------------------------------------------------


@register
class SparseConcat(Op):
    """Sparse tensors joined along an axis, in row-major order."""

    concat_dim: int

    inputs = "indices: N*int64, values: N*T, shapes: N*int64"
    outputs = "output_indices, output_values, output_shape"
    types: ClassVar[Any] = {"T": ELEMENT}
    differentiable = False

    def infer(self, *specs: TensorSpec) -> list[TensorSpec]:
        self._sizes(specs)
        checked = [check_parts(parts) for parts in _transposed(specs)]
        rank = next((rank for _, rank in checked if rank is not None), None)
        numbers = [count for count, _ in checked]
        total = None if None in numbers else sum(number or 0 for number in numbers)
        return part_specs(total, rank, specs[len(specs) // 3].dtype.base_dtype)

    def partial_output(self, index: int, *specs: TensorSpec) -> Ints | None:
        return self._sizes(specs) if index == 2 else None

    def _sizes(self, specs: Sequence[TensorSpec]) -> Ints | None:
        shapes = [known_sizes(parts[2]) for parts in _transposed(specs)]
        return _joined_sizes(shapes, self.concat_dim)

    def kernel(self, *arrays: Array) -> tuple[Array, Array, Array]:
        parts = _transposed(arrays)
        shape = np.array(parts[0][2])
        axis = checked_axis(self.concat_dim, len(shape), "concat_dim")
        places, offset = [], 0
        others = [np.delete(size, axis) for _, _, size in parts]
        if any((other != others[0]).any() for other in others):
            shapes = ", ".join(str(size.tolist()) for _, _, size in parts)
            raise invalid(f"the shapes {shapes} may differ in axis {axis} only")
        for indices, _, size in parts:
            moved = indices.copy()
            moved[:, axis] += offset
            places.append(moved)
            offset += size[axis]
        shape[axis] = offset
        indices = np.concatenate(places)
        values = np.concatenate([values for _, values, _ in parts])
        order = order_of(row_major(indices, shape))
        return picked(indices, order), values[order], shape

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        more = i64([[1, 1], [2, 0]])
        for values in sample_values(6):
            yield Sample.of(
                cls(1), [_EXAMPLE, more], [values[:4], values[4:]], [i64([4, 5]), i64([4, 2])]
            )
        numbers = [f32([1, 2, 3, 4]), f32([5, 6])]
        yield Sample.of(cls(-2), [_EXAMPLE, more], numbers, [i64([4, 5]), i64([3, 5])])
        three = [_EXAMPLE, more, _EXAMPLE[:0]]
        sizes = [i64([4, 5]), i64([3, 5]), i64([2, 5])]
        yield Sample.of(cls(0), three, [*numbers, f32([])], sizes)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        values, loose = f32([1, 2, 3, 4]), TensorSpec([2], _int64)
        pair, numbers = [_EXAMPLE, _EXAMPLE], [values, values]
        yield ErrorSample(cls(2), (pair, numbers, [loose, loose]), "concat_dim 2 is out of range")
        vector = [i64([[0], [1], [2], [3]])]
        mixed = ([_EXAMPLE, *vector], numbers, [i64([4, 5]), i64([4])])
        yield ErrorSample(cls(0), mixed, "the ranks differ: 2 and 1")
        uneven = (pair, numbers, [i64([4, 5]), i64([5, 5])])
        yield ErrorSample(cls(1), uneven, "may differ in axis 1 only", InvalidArgumentError, "run")


def _transposed(items: Sequence[Any]) -> list[tuple[Any, Any, Any]]:
    """From all indices, all values, all shapes to the three parts of each sparse tensor."""
    count = len(items) // 3
    return list(zip(items[:count], items[count : 2 * count], items[2 * count :], strict=True))


def sparse_concat(
    axis: int,
    sp_inputs: Sequence[Any],
    name: str | None = None,
    expand_nonconcat_dim: bool = False,
    concat_dim: int | None = None,
    expand_nonconcat_dims: bool | None = None,
) -> SparseTensor:
    """Join sparse tensors along an axis.

    Args:
      axis: the axis along which to join, possibly negative.
      sp_inputs: `SparseTensor`s of one dtype and rank, of one shape apart from `axis`.
      name: the operation's name.
      expand_nonconcat_dim: whether the shapes may differ in other axes too; the result is as large
        as the largest there.
      concat_dim: deprecated name of `axis`.
      expand_nonconcat_dims: another name of `expand_nonconcat_dim`.

    Returns:
      A `SparseTensor` in row-major order.

    Raises:
      TypeError: an input is not sparse.
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> a = tf.SparseTensor([[0, 1], [1, 0]], [5, 7], [2, 2])
    >>> b = tf.SparseTensor([[0, 0]], [9], [2, 3])
    >>> tf.Session().run(tf.sparse.to_dense(tf.sparse.concat(1, [a, b])))
    array([[0, 5, 9, 0, 0],
           [7, 0, 0, 0, 0]], dtype=int32)
    """
    axis = deprecated_argument_lookup("axis", axis, "concat_dim", concat_dim)
    if expand_nonconcat_dims is not None and expand_nonconcat_dim:
        raise ValueError("expand_nonconcat_dims and expand_nonconcat_dim are the same: give one")
    items = [to_sparse(item, "sp_inputs") for item in sp_inputs]
    if not items:
        raise ValueError("sparse_concat needs at least one SparseTensor")
    if len(items) == 1:
        return items[0]
    shapes = [item.dense_shape for item in items]
    is_expanded = expand_nonconcat_dim or expand_nonconcat_dims
    if is_expanded:
        shapes = _expanded(shapes, axis)
    indices, values, shape = apply_multi(
        SparseConcat(axis),
        [item.indices for item in items],
        [item.values for item in items],
        shapes,
        name=name,
    )
    result = SparseTensor(indices, values, shape)
    if not is_expanded:
        result.set_shape(_joined_sizes([item.shape.as_tuple() for item in items], axis))
    return result


def _joined_sizes(shapes: Sequence[Ints | None], concat_dim: int) -> Ints | None:
    """The sizes of tensors that are joined, None for unknown ones."""
    known = [shape for shape in shapes if shape is not None]
    if not known:
        return None
    rank = len(known[0])
    axis = normalized_axis(concat_dim, rank, "concat_dim")
    merged = TensorShape.of((None,) * rank)
    for shape in known:
        if len(shape) != rank:
            raise ValueError(f"the ranks differ: {rank} and {len(shape)}")
        merged = merged.merge_with(TensorShape.of((*shape[:axis], None, *shape[axis + 1 :])))
    lengths = [None if shape is None else shape[axis] for shape in shapes]
    total = None if None in lengths else sum(length or 0 for length in lengths)
    sizes = merged.as_list()
    return (*sizes[:axis], total, *sizes[axis + 1 :])


def _expanded(shapes: Sequence[Tensor], axis: int) -> list[Tensor]:
    """Make the shapes alike in all axes but one: each becomes as large as the largest."""
    largest = ops.reduce_max(ops.stack(list(shapes)), axis=0)
    after = axis + 1 or None  # from behind -1 there is nothing
    tail = largest[after:] if after is not None else largest[:0]
    return [ops.concat([largest[:axis], shape[axis:after], tail], 0) for shape in shapes]


# -- taking apart ----------------------------------------------------------------------------------


@register
class SparseSlice(Op):
    """A block of a sparse tensor."""

    inputs = "indices: int64, values: T, shape: int64, start: int64, size: int64"
    outputs = "output_indices, output_values, output_shape"
    types: ClassVar[Any] = {"T": ELEMENT}

    def infer(self, *specs: TensorSpec) -> list[TensorSpec]:
        _, rank = check_parts(specs[:3])
        for name, spec in (("start", specs[3]), ("size", specs[4])):
            check_rank(name, spec, 1)
            if rank is not None:
                spec.shape.assert_is_compatible_with([rank])
        return part_specs(None, rank, specs[1].dtype.base_dtype)

    def partial_output(self, index: int, *specs: TensorSpec) -> Ints | None:
        shape, start, size = (known_ints(spec) for spec in specs[2:])
        if index != 2 or shape is None or start is None or size is None:
            return None
        return tuple(
            None if None in item else _block_size(*item)
            for item in zip(shape, start, size, strict=True)
        )

    def kernel(
        self, indices: Array, values: Array, shape: Array, start: Array, size: Array
    ) -> tuple[Array, Array, Array]:
        if (start < 0).any() or (size < 0).any():
            raise invalid(
                f"start {start.tolist()} and size {size.tolist()} of a block must not be negative"
            )
        inside = np.ones(len(indices), bool)
        for axis, (first, length) in enumerate(zip(start.tolist(), size.tolist(), strict=True)):
            inside &= (indices[:, axis] >= first) & (indices[:, axis] < first + length)
        block = np.clip(shape - start, 0, size)
        return picked(indices, inside) - start, values[inside], block

    def gradient(
        self, op: Operation, _indices: Tensor, grad: Tensor, _shape: Tensor
    ) -> Sequence[Tensor | None]:
        slope = apply(SparseSliceGrad(), grad, op.inputs[0], op.inputs[3], op.outputs[0])
        return None, slope, None, None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        shape = i64([4, 5])
        for values in sample_values(4):
            yield Sample.of(cls(), _EXAMPLE, values, shape, i64([1, 0]), i64([2, 2]))
        numbers = np.asarray([1.5, 2, 3, 4])
        for start, size in (([1, 1], [9, 9]), ([0, 4], [4, 1]), ([6, 0], [1, 5])):
            yield Sample.of(cls(), _EXAMPLE, numbers, shape, i64(start), i64(size))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        values, shape = f32([1, 2, 3, 4]), i64([4, 5])
        bad = (_EXAMPLE, values, shape, i64([1]), i64([1, 1]))
        yield ErrorSample(cls(), bad, "not compatible")
        bad = (_EXAMPLE, values, shape, i64([1, -1]), i64([1, 1]))
        yield ErrorSample(cls(), bad, "must not be negative", InvalidArgumentError, "run")


def _block_size(shape: Any, start: Any, size: Any) -> int:
    return int(max(min(size, shape - start), 0))


@register
class SparseSliceGrad(Op):
    """Gives the elements inside of a block their gradients, and zero to all others."""

    inputs = "backprop_val_grad: T, input_indices: int64, input_start: int64, output_indices: int64"
    outputs = "val_grad"
    types: ClassVar[Any] = {"T": NUMERIC}

    def infer(
        self,
        backprop_val_grad: TensorSpec,
        input_indices: TensorSpec,
        input_start: TensorSpec,
        output_indices: TensorSpec,
    ) -> TensorSpec:
        check_rank("backprop_val_grad", backprop_val_grad, 1)
        check_rank("input_start", input_start, 1)
        columns = input_start.shape
        for name, spec in (("input_indices", input_indices), ("output_indices", output_indices)):
            check_rank(name, spec, 2)
            columns = columns.merge_with(spec.shape.with_rank(2)[1:])
        output_indices.shape.with_rank(2)[:1].assert_is_compatible_with(backprop_val_grad.shape)
        dtype = backprop_val_grad.dtype.base_dtype
        return TensorSpec(input_indices.shape.with_rank(2)[:1], dtype)

    def kernel(
        self,
        backprop_val_grad: Array,
        input_indices: Array,
        input_start: Array,
        output_indices: Array,
    ) -> Array:
        moved = np.concatenate([input_indices, output_indices + input_start])
        places = row_major(moved, moved.max(axis=0, initial=0) + 1)
        all_places, kept = places[: len(input_indices)], places[len(input_indices) :]
        grads = np.zeros(len(all_places), backprop_val_grad.dtype)
        if not len(kept):
            return grads
        order = order_of(kept)
        found = order[np.searchsorted(kept, all_places, sorter=order).clip(max=len(kept) - 1)]
        inside = kept[found] == all_places
        grads[inside] = backprop_val_grad[found[inside]]
        return grads

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None, None, None]:
        _, indices, start, kept = op.inputs
        (slope,) = apply_multi(
            SparseSliceGrad(), grad, kept + start, ops.zeros_like(start), indices
        )
        return slope, None, None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        kept, start = i64([[0, 0], [0, 3]]), i64([1, 0])
        for kind in (np.float32, np.int32, np.complex64):
            grad = np.asarray([1.5, -2]).astype(kind)
            yield Sample.of(cls(), grad, _EXAMPLE, start, kept, gradient=(), note=_SECOND)
        none = (f32([]), _EXAMPLE, start, kept[:0])
        yield Sample.of(cls(), *none, gradient=(), note=_SECOND)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        kept, start = i64([[0, 0], [0, 3]]), i64([1, 0])
        yield ErrorSample(cls(), (f32([1]), _EXAMPLE, start, kept), "not compatible")
        yield ErrorSample(cls(), (f32([1, 2]), _EXAMPLE, start[:1], kept), "not compatible")


_SECOND = "TensorFlow has no gradient here; ours is checked as the second gradient of the op"


def sparse_slice(sp_input: Any, start: Any, size: Any, name: str | None = None) -> SparseTensor:
    """Cut a block out of a sparse tensor.

    Args:
      sp_input: a `SparseTensor`.
      start: integer [rank], the first place of the block.
      size: integer [rank], its size; what lies beyond the tensor's end is left out.
      name: the operation's name.

    Returns:
      A `SparseTensor`.

    Raises:
      TypeError: `sp_input` is not sparse.
      ValueError: the number of axes differs.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 1], [1, 0], [1, 3]], [5, 7, 9], [2, 4])
    >>> tf.Session().run(tf.sparse.to_dense(tf.sparse.slice(sparse, [0, 1], [2, 9])))
    array([[5, 0, 0],
           [0, 0, 9]], dtype=int32)
    """
    sp_input = to_sparse(sp_input)
    start, size = convert_to_tensor(start, _int64), convert_to_tensor(size, _int64)
    parts = apply_multi(SparseSlice(), *parts_of(sp_input), start, size, name=name)
    return SparseTensor(*parts)


@register
class SparseSplit(Op):
    """Parts of a sparse tensor along an axis, the first ones perhaps longer by one."""

    num_split: int

    inputs = "split_dim: int64, indices: int64, values: T, shape: int64"
    outputs = "output_indices, output_values, output_shape"
    types: ClassVar[Any] = {"T": ELEMENT}

    def infer(self, split_dim: TensorSpec, *parts: TensorSpec) -> list[TensorSpec]:
        check_rank("split_dim", split_dim, 0)
        if self.num_split < 1:
            raise ValueError(f"num_split must be positive, it is {self.num_split}")
        _, rank = check_parts(parts)
        at, sizes = known_int(split_dim), known_sizes(parts[2])
        if at is not None and rank is not None:
            size = (sizes or (None,) * rank)[normalized_axis(at, rank, "split_dim")]
            if size is not None and self.num_split > size:
                raise ValueError(f"axis {at} of size {size} has no {self.num_split} parts")
        specs = part_specs(None, rank, parts[1].dtype.base_dtype)
        return [spec for spec in specs for _ in range(self.num_split)]

    def partial_output(self, index: int, *specs: TensorSpec) -> Ints | None:
        number = index - 2 * self.num_split
        sizes, at = known_sizes(specs[3]), known_int(specs[0])
        if number < 0 or sizes is None:
            return None
        if at is None:
            return (None,) * len(sizes)
        axis = normalized_axis(at, len(sizes), "split_dim")
        size = sizes[axis]
        part = None if size is None else size // self.num_split + (number < size % self.num_split)
        return (*sizes[:axis], part, *sizes[axis + 1 :])

    def kernel(
        self, split_dim: Array, indices: Array, values: Array, shape: Array
    ) -> tuple[Array, ...]:
        axis = checked_axis(split_dim, len(shape), "split_dim")
        if self.num_split > shape[axis]:
            raise invalid(f"axis {axis} of size {shape[axis]} has no {self.num_split} parts")
        short, longer = divmod(int(shape[axis]), self.num_split)
        sizes = np.full(self.num_split, short) + (np.arange(self.num_split) < longer)
        starts = np.cumsum(sizes) - sizes
        part_of = np.searchsorted(starts, indices[:, axis], side="right") - 1
        places, elements, shapes = [], [], []
        for number in range(self.num_split):
            chosen = part_of == number
            part = picked(indices, chosen)
            part[:, axis] -= starts[number]
            places.append(part)
            elements.append(values[chosen])
            shapes.append(
                np.concatenate([shape[:axis], sizes[number : number + 1], shape[axis + 1 :]])
            )
        return (*places, *elements, *shapes)

    def gradient(self, op: Operation, *grads: Tensor) -> Sequence[Tensor | None]:
        axis, indices, values, shape = op.inputs
        count = self.num_split
        # Which elements went where: the same split, of the elements' numbers.
        numbers = ops.range(ops.size(values))
        went = apply_multi(self, axis, indices, numbers, shape)[count : 2 * count]
        slopes = ops.concat(list(grads[count : 2 * count]), 0)
        back = ops.scatter_nd(ops.expand_dims(ops.concat(went, 0), 1), slopes, ops.shape(values))
        return None, None, back, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        shape = i64([4, 5])
        for values in sample_values(4):
            yield Sample.of(cls(3), np.int64(1), _EXAMPLE, values, shape)
        numbers = np.asarray([1.5, 2, 3, 4])
        yield Sample.of(cls(2), np.int64(0), _EXAMPLE, numbers, shape)
        yield Sample.of(cls(5), np.int64(-1), _EXAMPLE, numbers, shape)
        yield Sample.of(cls(1), np.int64(0), _EXAMPLE[:0], f32([]), shape)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        values, shape = f32([1, 2, 3, 4]), i64([4, 5])
        for axis in (2, -3):
            bad = (np.int64(axis), _EXAMPLE, values, shape)
            yield ErrorSample(cls(2), bad, "out of range for rank 2", when="run")
        bad = (np.int64(0), _EXAMPLE, values, shape)
        yield ErrorSample(cls(5), bad, "axis 0 of size 4 has no 5 parts", when="run")
        yield ErrorSample(cls(0), bad, "must be positive")


def sparse_split(
    keyword_required: Any = None,
    sp_input: Any = None,
    num_split: int | None = None,
    axis: Any = None,
    name: str | None = None,
    split_dim: Any = None,
) -> list[SparseTensor]:
    """Split a sparse tensor into parts along an axis.

    All arguments must be given by name.

    Args:
      keyword_required: must not be given.
      sp_input: a `SparseTensor`.
      num_split: the number of parts; if it does not divide the size, the first parts are longer.
      axis: an integer, the axis along which to split.
      name: the operation's name.
      split_dim: deprecated name of `axis`.

    Returns:
      A list of `SparseTensor`s.

    Raises:
      TypeError: `sp_input` is not sparse.
      ValueError: an argument is missing or given by position, or there are fewer rows than parts.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 1], [1, 0], [1, 4]], [5, 7, 9], [2, 5])
    >>> left, right = tf.sparse.split(sp_input=sparse, num_split=2, axis=1)
    >>> left.shape.as_list(), tf.Session().run(tf.sparse.to_dense(right)).tolist()
    ([2, 3], [[0, 0], [0, 9]])
    """
    if keyword_required is not None:
        raise ValueError(
            "sparse_split takes its arguments by name only: sp_input=, num_split=, axis="
        )
    axis = deprecated_argument_lookup("axis", axis, "split_dim", split_dim)
    for argument, value in (("sp_input", sp_input), ("num_split", num_split), ("axis", axis)):
        if value is None:
            raise ValueError(f"sparse_split needs the argument {argument}")
    sp_input = to_sparse(sp_input)
    if isinstance(axis, Tensor):
        axis = ops.cast(axis, _int64)
    parts = apply_multi(
        SparseSplit(int(num_split or 0)),
        axis,
        *parts_of(sp_input),
        name=name,
    )
    return [SparseTensor(*three) for three in _transposed(parts)]


def sparse_retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """Keep some elements of a sparse tensor.

    Args:
      sp_input: a `SparseTensor` with n elements.
      to_retain: bool [n], which ones to keep.

    Returns:
      A `SparseTensor` of the same shape.

    Raises:
      TypeError: `sp_input` is not sparse.
      ValueError: the numbers of elements differ.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 1], [1, 0], [1, 3]], [5, 7, 9], [2, 4])
    >>> tf.Session().run(tf.sparse.retain(sparse, [True, False, True])).values
    array([5, 9], dtype=int32)
    """
    sp_input = to_sparse(sp_input)
    to_retain = convert_to_tensor(to_retain)
    to_retain.shape.assert_has_rank(1)
    to_retain.shape.assert_is_compatible_with(sp_input.values.shape)
    kept = ops.reshape(ops.where(to_retain), [-1])
    indices, values = ops.gather(sp_input.indices, kept), ops.gather(sp_input.values, kept)
    result = SparseTensor(indices, values, ops.identity(sp_input.dense_shape))
    result.set_shape(sp_input.shape)
    return result


# -- empty rows ------------------------------------------------------------------------------------


@register
class SparseFillEmptyRows(Op):
    """Gives each row of a sparse tensor without elements one, in its first place."""

    inputs = "indices: int64, values: T, dense_shape: int64, default_value: T"
    outputs = "output_indices, output_values, empty_row_indicator, reverse_index_map"
    types: ClassVar[Any] = {"T": ELEMENT}

    def infer(self, *specs: TensorSpec) -> list[TensorSpec]:
        count, rank = check_parts(specs[:3])
        check_rank("default_value", specs[3], 0)
        if rank == 0:
            raise ValueError("a sparse tensor without axes has no rows")
        sizes = known_sizes(specs[2])
        rows = None if sizes is None else sizes[0]
        indices, values, _ = part_specs(None, rank, specs[1].dtype.base_dtype)
        return [
            indices,
            values,
            TensorSpec(TensorShape.of((rows,)), _bool),
            TensorSpec(TensorShape.of((count,)), _int64),
        ]

    def kernel(
        self, indices: Array, values: Array, dense_shape: Array, default_value: Array
    ) -> tuple[Array, Array, Array, Array]:
        rows, height = indices[:, 0], int(dense_shape[0])
        if len(rows) and (rows.min() < 0 or rows.max() >= height):
            at = int(np.argmax((rows < 0) | (rows >= height)))
            raise invalid(f"indices[{at}] is in row {rows[at]}, which is not in [0, {height})")
        sizes = counts(rows, height)
        is_empty = sizes == 0
        if not is_empty.any() and is_increasing(rows):
            return indices, values, is_empty, np.arange(len(rows))
        starts = np.cumsum(np.maximum(sizes, 1)) - np.maximum(sizes, 1)
        order = np.arange(len(rows)) if is_increasing(rows) else order_of(rows)
        # An element moves down by one place for each empty row before its own.
        went = np.empty(len(rows), np.int64)
        went[order] = np.arange(len(rows)) + np.cumsum(is_empty)[rows[order]]
        total = len(rows) + int(is_empty.sum())
        places = np.zeros((total, indices.shape[1]), np.int64)
        elements = np.empty(total, values.dtype)
        places[went], elements[went] = indices, values
        places[starts[is_empty], 0] = np.flatnonzero(is_empty)
        elements[starts[is_empty]] = as_array(default_value)
        return places, elements, is_empty, went

    def gradient(
        self, op: Operation, _indices: Tensor, grad: Tensor, _is_empty: Tensor, _map: Tensor
    ) -> Sequence[Tensor | None]:
        slopes = apply_multi(SparseFillEmptyRowsGrad(), op.outputs[3], grad)
        return None, slopes[0], None, slopes[1]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        shape = i64([6, 5])
        for values in sample_values(5):
            yield Sample.of(cls(), _EXAMPLE, values[:4], shape, values[4:].reshape(()))
        numbers = np.asarray([1.5, 2, 3, 4])
        one = np.float64(9)
        yield Sample.of(cls(), _EXAMPLE[::-1].copy(), numbers, shape, one)
        yield Sample.of(cls(), _EXAMPLE[:, :1].copy(), numbers, shape[:1], one)
        yield Sample.of(cls(), _EXAMPLE[:0], numbers[:0], i64([2, 3]), one)
        yield Sample.of(cls(), _EXAMPLE[:0], numbers[:0], i64([0, 3]), one)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        values, one = f32([1, 2, 3, 4]), np.float32(9)
        bad = (_EXAMPLE, values, i64([4, 5]), values)
        yield ErrorSample(cls(), bad, "default_value must be a scalar")
        bad = (_EXAMPLE[:, :0], values, i64([]), one)
        yield ErrorSample(cls(), bad, "without axes has no rows")
        bad = (_EXAMPLE, values, i64([3, 5]), one)
        message = r"indices\[3\] is in row 3, which is not in \[0, 3\)"
        yield ErrorSample(cls(), bad, message, InvalidArgumentError, "run")


@register
class SparseFillEmptyRowsGrad(Op):
    """Splits the gradient of filled rows into those of the elements and of the default value."""

    inputs = "reverse_index_map: int64, grad_values: T"
    outputs = "d_values, d_default_value"
    types: ClassVar[Any] = {"T": NUMERIC}

    def infer(self, reverse_index_map: TensorSpec, grad_values: TensorSpec) -> list[TensorSpec]:
        check_rank("reverse_index_map", reverse_index_map, 1)
        check_rank("grad_values", grad_values, 1)
        dtype = grad_values.dtype.base_dtype
        shape = reverse_index_map.shape.with_rank(1)
        return [TensorSpec(shape, dtype), TensorSpec(TensorShape.of(()), dtype)]

    def kernel(self, reverse_index_map: Array, grad_values: Array) -> tuple[Array, Array]:
        bad = (reverse_index_map < 0) | (reverse_index_map >= len(grad_values))
        if bad.any():
            at = int(np.argmax(bad))
            raise invalid(
                f"reverse_index_map[{at}] = {reverse_index_map[at]} is out of range "
                f"[0, {len(grad_values)})"
            )
        is_filled = np.ones(len(grad_values), bool)
        is_filled[reverse_index_map] = False
        total = grad_values[is_filled].sum(dtype=grad_values.dtype)
        return grad_values[reverse_index_map], np.asarray(total)

    def gradient(self, op: Operation, by_values: Tensor, by_default: Tensor) -> tuple[None, Tensor]:
        went, grad = op.inputs
        places = ops.expand_dims(went, 1)
        shape = ops.shape(grad, out_type=_int64)
        kept = ops.scatter_nd(places, ops.ones_like(by_values), shape)
        slopes = ops.scatter_nd(places, by_values, shape)
        return None, slopes + by_default * (ops.ones_like(kept) - kept)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        went = i64([1, 3, 0])
        for kind in (np.float32, np.float64, np.float16, np.int32, np.complex64):
            grad = np.asarray([1.5, 2, -3, 4, 7]).astype(kind)
            yield Sample.of(cls(), went, grad, gradient=(), note=_SECOND)
        yield Sample.of(cls(), went[:0], f32([1, 2]), gradient=(), note=_SECOND)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (i64([[0]]), f32([1])), "reverse_index_map must be a vector")
        bad = (i64([0, 2]), f32([1, 2]))
        message = r"reverse_index_map\[1\] = 2 is out of range"
        yield ErrorSample(cls(), bad, message, InvalidArgumentError, "run")


def sparse_fill_empty_rows(
    sp_input: Any, default_value: Any, name: str | None = None
) -> tuple[SparseTensor, Tensor]:
    """Give each row of a sparse tensor without elements one, in its first place.

    Args:
      sp_input: a `SparseTensor` [n, ...].
      default_value: the new elements' value.
      name: the name scope.

    Returns:
      A `SparseTensor` of the same shape, and a bool tensor [n] that tells which rows were empty.

    Raises:
      TypeError: `sp_input` is not sparse.
      tf.errors.InvalidArgumentError: (in a run) an element lies outside of the rows.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 1], [2, 0]], [5, 7], [4, 3])
    >>> filled, was_empty = tf.sparse.fill_empty_rows(sparse, 9)
    >>> values, empty = tf.Session().run([filled.values, was_empty])
    >>> values.tolist(), empty.tolist()
    ([5, 9, 7, 9], [False, True, False, True])
    """
    sp_input = to_sparse(sp_input)
    with name_scope(name, "SparseFillEmptyRows", [sp_input]):
        default_value = convert_to_tensor(default_value, sp_input.dtype.base_dtype)
        indices, values, is_empty, _ = apply_multi(
            SparseFillEmptyRows(),
            *parts_of(sp_input),
            default_value,
        )
        result = SparseTensor(indices, values, sp_input.dense_shape)
        result.set_shape(sp_input.shape)
        return result, is_empty
