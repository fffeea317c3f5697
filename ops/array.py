"""Joining, splitting, repeating and reversing tensors; one-hot vectors and grids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import (
    INDEX,
    DType,
    as_dtype,
    float32 as _float32,
    int32 as _int32,
    int64 as _int64,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor, at_user_line
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import Dimension, TensorShape, TensorSpec, unknown_shape
from graphflow.ops._static import (
    Ints,
    as_array,
    check_rank,
    checked_axis,
    five_axes,
    i32,
    i64,
    invalid,
    known_int,
    known_ints,
    normalized_axis,
)

__all__ = [
    "ConcatOffset",
    "ConcatV2",
    "OneHot",
    "Pack",
    "ReverseV2",
    "Split",
    "SplitV",
    "Tile",
    "Unpack",
    "concat",
    "meshgrid",
    "one_hot",
    "parallel_stack",
    "reverse",
    "reverse_v2",
    "split",
    "stack",
    "tile",
    "unstack",
]


# -- joining ---------------------------------------------------------------------------------------


@register
class ConcatV2(Op):
    """Tensors joined along an axis."""

    inputs = "values: N*T, axis: Tidx"
    types = {"Tidx": INDEX}
    has_out = True

    def infer(self, *specs: TensorSpec) -> TensorSpec:
        *values, axis = specs
        check_rank("axis", axis, 0)
        dtype = values[0].dtype.base_dtype
        known = [dims for dims in (spec.shape.as_tuple() for spec in values) if dims is not None]
        if not known:
            return TensorSpec(TensorShape.of(None), dtype)
        rank = len(known[0])
        if rank == 0:
            raise ValueError("scalars cannot be concatenated; use tf.stack")
        if any(len(dims) != rank for dims in known):
            raise ValueError(f"ranks differ: {', '.join(str(spec.shape) for spec in values)}")
        position = known_int(axis)
        if position is None:
            return TensorSpec(unknown_shape(rank), dtype)
        position = normalized_axis(position, rank)
        joined = _sum([dims[position] for dims in known] + [None] * (len(values) > len(known)))
        merged = _merged(known, position)
        return TensorSpec(
            TensorShape.of((*merged[:position], joined, *merged[position + 1 :])), dtype
        )

    def places(self, out: Array, *specs: TensorSpec) -> Sequence[tuple[int, Array]]:
        *values, axis = specs
        position = known_int(axis)
        shapes = [spec.shape.as_tuple() for spec in values]
        if position is None or any(dims is None or None in dims for dims in shapes):
            return ()
        sizes = [(dims or ())[position] or 0 for dims in shapes]
        parts = np.split(out, np.cumsum(sizes)[:-1], axis=position)
        return list(enumerate(parts))

    def partial(self, *specs: TensorSpec) -> Ints | None:
        *values, _ = specs
        if not values[0].dtype.is_integer:
            return None
        if any(spec.shape.rank not in (None, 1) for spec in values):
            return None
        parts = [known_ints(spec) for spec in values]
        if any(part is None for part in parts):
            return None
        return tuple(item for part in parts if part is not None for item in part)

    def kernel(self, *arrays: Array, out: Array | None = None) -> Array:
        *values, axis = arrays
        return np.concatenate(values, checked_axis(axis, np.ndim(values[0])), out=out)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        *values, axis = op.inputs
        if len(values) == 1:
            return [grad, None]
        known = axis.constant_value()
        if known is not None and all(value.shape.is_fully_defined() for value in values):
            return [*_static_parts(grad, values, int(known)), None]
        sizes = ops.shape_n(values)
        position = ops.floormod(ops.cast(axis, _int32), ops.rank(values[0]))
        offsets = apply_multi(ConcatOffset(), position, sizes)
        parts = [ops.slice(grad, *bounds) for bounds in zip(offsets, sizes, strict=True)]
        return [*parts, None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), [five_axes(), five_axes()[:, :, :1]], np.int32(-3))
        a = np.arange(6, dtype=np.float32).reshape(2, 3)
        for axis in (0, -2):
            yield Sample.of(cls(), [a, a[:1] + 7], np.int32(axis))
        yield Sample.of(cls(), [a, a[:, :2], np.zeros((2, 0), np.float32)], np.int64(1))
        yield Sample.of(
            cls(), [np.asarray([b"a"], object), np.asarray([b"b"], object)], np.int32(0)
        )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), ([a, a[:, :2]], np.int32(0)), "sizes of axis 1 differ: 3 and 2")
        yield ErrorSample(cls(), ([a, a[0]], np.int32(0)), "ranks differ")
        yield ErrorSample(cls(), ([a[0, 0], a[0, 1]], np.int32(0)), "scalars cannot")
        yield ErrorSample(cls(), ([a, a], np.int32(2)), "axis 2 is out of range")


def _sum(sizes: Sequence[int | None]) -> int | None:
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _merged(shapes: Sequence[Ints], skipped: int | None) -> Ints:
    """What is known of sizes that must agree but along one axis."""
    merged = list(shapes[0])
    for dims in shapes[1:]:
        for axis, size in enumerate(dims):
            if axis == skipped or size is None:
                continue
            if merged[axis] not in (None, size):
                raise ValueError(f"sizes of axis {axis} differ: {merged[axis]} and {size}")
            merged[axis] = size
    return tuple(merged)


def _static_parts(grad: Tensor, values: Sequence[Tensor], axis: int) -> list[Tensor]:
    """The part of a gradient that belongs to each of the concatenated values."""
    parts = []
    offset = 0
    for value in values:
        sizes = np.asarray(value.shape.as_list(), np.int32)
        begin = np.zeros_like(sizes)
        begin[axis] = offset
        offset += int(sizes[axis])
        parts.append(ops.slice(grad, begin, sizes))
    return parts


def concat(values: Any, axis: Any, name: str | None = "concat") -> Tensor:
    """Join tensors along an axis.

    Args:
      values: a list of tensors of one dtype whose shapes agree but along `axis`, or one tensor.
      axis: int32 or int64 scalar; negative axes count from the end.
      name: the operation's name.

    Returns:
      A tensor of the dtype of `values`.

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.concat([[[1, 2], [3, 4]], [[5, 6]]], 0))
    array([[1, 2],
           [3, 4],
           [5, 6]], dtype=int32)
    """
    if not isinstance(values, (list, tuple)):
        values = [values]
    if not values:
        raise ValueError("concat needs a list of at least one tensor, got an empty one")
    if isinstance(axis, (list, tuple)):
        raise ValueError(
            "the axis of concat is a list: since TensorFlow 1.0 the values come first, "
            f"tf.concat(values, axis){at_user_line()}"
        )
    if len(values) != 1:
        return apply(ConcatV2(), values, axis, name=name or "concat")
    with name_scope(name, "concat", values):
        convert_to_tensor(axis, preferred_dtype=_int32, name="concat_dim").shape.assert_has_rank(0)
        whole: Tensor = ops.identity(values[0], name=name or "concat")
        return whole


@register
class ConcatOffset(Op):
    """Where each of several concatenated tensors begins."""

    inputs = "concat_dim: int32, shape: N*int32"
    outputs = "offset"

    def infer(self, concat_dim: TensorSpec, *shape: TensorSpec) -> list[TensorSpec]:
        check_rank("concat_dim", concat_dim, 0)
        for index, spec in enumerate(shape):
            check_rank(f"shape_{index}", spec, 1)
        return [TensorSpec(spec.shape, _int32) for spec in shape]

    def kernel(self, concat_dim: Array, *shape: Array) -> tuple[Array, ...]:
        axis = checked_axis(concat_dim, len(shape[0]), "concat_dim")
        offsets = []
        offset = 0
        for sizes in shape:
            begin = np.zeros_like(sizes)
            begin[axis] = offset
            offset += int(sizes[axis])
            offsets.append(begin)
        return tuple(offsets)

    def gradient(self, op: Operation, *grads: Tensor) -> Sequence[Tensor | None]:
        return [None] * len(op.inputs)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.int32(1), [i32([2, 2, 7]), i32([2, 3, 7]), i32([2, 9, 7])])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        sizes = i32([2, 3])
        yield ErrorSample(cls(), (i32([1]), [sizes, sizes]), "concat_dim must be a scalar")
        yield ErrorSample(
            cls(), (np.int32(2), [sizes, sizes]), "concat_dim 2 is out of range",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


@register
class Pack(Op):
    """Tensors of one shape, joined along a new axis."""

    axis: int = 0

    inputs = "values: N*T"
    has_out = True

    def infer(self, *values: TensorSpec) -> TensorSpec:
        dtype = values[0].dtype.base_dtype
        known = [dims for dims in (spec.shape.as_tuple() for spec in values) if dims is not None]
        if not known:
            return TensorSpec(TensorShape.of(None), dtype)
        if any(len(dims) != len(known[0]) for dims in known):
            raise ValueError(f"ranks differ: {', '.join(str(spec.shape) for spec in values)}")
        axis = normalized_axis(self.axis, len(known[0]) + 1)
        dims = _merged(known, None)
        return TensorSpec(TensorShape.of((*dims[:axis], len(values), *dims[axis:])), dtype)

    def places(self, out: Array, *specs: TensorSpec) -> Sequence[tuple[int, Array]]:
        return list(enumerate(np.moveaxis(out, self.axis, 0)))

    def partial(self, *specs: TensorSpec) -> Ints | None:
        dims = self.infer(*specs).shape.as_tuple()
        if not specs[0].dtype.is_integer or (dims is not None and len(dims) != 1):
            return None
        return tuple(known_int(spec) for spec in specs)

    def kernel(self, *values: Array, out: Array | None = None) -> Array:
        return np.stack([as_array(value) for value in values], self.axis, out=out)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return ops.unstack(grad, num=len(op.inputs), axis=self.axis)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(3), [five_axes()[0], five_axes()[1]])
        a = np.arange(6, dtype=np.float32).reshape(2, 3)
        for axis in (0, 1, -1):
            yield Sample.of(cls(axis), [a, a * 2, a - 1])
        yield Sample.of(cls(), [np.int32(4), np.int32(5)])
        yield Sample.of(cls(), [np.asarray(b"a", object), np.asarray(b"bc", object)])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), ([a, a[:1]],), "sizes of axis 0 differ: 2 and 1")
        yield ErrorSample(cls(), ([a, a[0]],), "ranks differ")
        yield ErrorSample(cls(3), ([a, a],), "axis 3 is out of range")


def stack(values: Any, axis: int = 0, name: str | None = "stack") -> Tensor:
    """Join tensors of one shape along a new axis.

    Args:
      values: a list of tensors of one dtype and shape.
      axis: the position of the new axis; negative ones count from the end.
      name: the operation's name.

    Returns:
      A tensor with one axis more.

    Raises:
      ValueError: the shapes differ, or there is no such axis.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.stack([[1, 2, 3], [4, 5, 6]], axis=1))
    array([[1, 4],
           [2, 5],
           [3, 6]], dtype=int32)
    """
    if axis == 0:
        try:
            return convert_to_tensor(values, name=name or "stack")
        except (TypeError, ValueError):
            pass  # Pack tells what does not fit
    values = values if isinstance(values, (list, tuple)) else ops.unstack(values)
    if not values:
        raise ValueError("stack needs a list of at least one tensor, got an empty one")
    return apply(Pack(axis), values, name=name or "stack")


def parallel_stack(values: Any, name: str | None = "parallel_stack") -> Tensor:
    """Join tensors of one fully known shape along a new first axis.

    Args:
      values: a list of tensors of one dtype and shape.
      name: the operation's name.

    Returns:
      A tensor with one axis more.

    Raises:
      ValueError: the shapes differ, or are not fully known.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.parallel_stack([[1, 2, 3], [4, 5, 6]]))
    array([[1, 2, 3],
           [4, 5, 6]], dtype=int32)
    """
    if not values:
        raise ValueError("parallel_stack needs a list of at least one tensor, got an empty one")
    with name_scope(name, "parallel_stack", values):
        convert_to_tensor(values[0]).shape.assert_is_fully_defined()
        return apply(Pack(0), list(values), name="ParallelConcat")


# -- splitting -------------------------------------------------------------------------------------


@register
class Unpack(Op):
    """The slices of a tensor along an axis."""

    num: int
    axis: int = 0

    viewed = 0
    inputs = "value: T"

    def infer(self, value: TensorSpec) -> list[TensorSpec]:
        dims = value.shape.as_tuple()
        dtype = value.dtype.base_dtype
        if dims is None:
            return [TensorSpec(TensorShape.of(None), dtype)] * self.num
        axis = normalized_axis(self.axis, len(dims))
        if dims[axis] not in (None, self.num):
            raise ValueError(f"axis {axis} has size {dims[axis]}, which is not num={self.num}")
        return [TensorSpec(TensorShape.of((*dims[:axis], *dims[axis + 1 :])), dtype)] * self.num

    def kernel(self, value: Array) -> tuple[Array, ...]:
        lead = (slice(None),) * (self.axis % value.ndim)
        keys = [(*lead, index, ...) for index in range(self.num)]
        return tuple(value[key] for key in keys)

    def gradient(self, op: Operation, *grads: Tensor) -> Sequence[Tensor | None]:
        return [ops.stack(list(grads), axis=self.axis)]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(2, 3), five_axes())
        a = np.arange(6, dtype=np.float32).reshape(2, 3)
        yield Sample.of(cls(2), a)
        yield Sample.of(cls(3, 1), a)
        yield Sample.of(cls(3, -1), a)
        yield Sample.of(cls(2), np.asarray([b"a", b"bc"], object))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(3), (a,), "axis 0 has size 2")
        yield ErrorSample(cls(3, 2), (a,), "axis 2 is out of range")


def unstack(
    value: Any, num: int | None = None, axis: int = 0, name: str | None = "unstack"
) -> list[Tensor]:
    """Take a tensor apart along an axis.

    Args:
      value: a tensor of any dtype with one axis or more.
      num: the size of that axis, needed only where it is not statically known.
      axis: the axis that goes; negative ones count from the end.
      name: the operation's name.

    Returns:
      A list of tensors with one axis less.

    Raises:
      ValueError: `num` is not given and not known, or there is no such axis.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.unstack([[1, 2, 3], [4, 5, 6]]))
    [array([1, 2, 3], dtype=int32), array([4, 5, 6], dtype=int32)]
    """
    if num is None:
        value = convert_to_tensor(value)
        dims = value.shape.as_tuple()
        if dims is not None:
            num = dims[normalized_axis(axis, len(dims))]
        if num is None:
            raise ValueError(f"cannot tell how many slices {value!r} has: give num")
    return apply_multi(Unpack(int(num), axis), value, name=name or "unstack")


@register
class Split(Op):
    """Equal parts of a tensor along an axis."""

    num_split: int

    viewed = 1
    inputs = "split_dim: int32, value: T"

    def infer(self, split_dim: TensorSpec, value: TensorSpec) -> list[TensorSpec]:
        check_rank("axis", split_dim, 0)
        if self.num_split < 1:
            raise ValueError(f"the number of parts must be positive, it is {self.num_split}")
        dims = value.shape.as_tuple()
        position = known_int(split_dim)
        dtype = value.dtype.base_dtype
        if dims is None or position is None:
            return [TensorSpec(unknown_shape(value.shape.rank), dtype)] * self.num_split
        axis = normalized_axis(position, len(dims))
        size = dims[axis]
        if size is not None and size % self.num_split:
            raise ValueError(f"axis {axis} of size {size} has no {self.num_split} equal parts")
        part = None if size is None else size // self.num_split
        return [
            TensorSpec(TensorShape.of((*dims[:axis], part, *dims[axis + 1 :])), dtype)
        ] * self.num_split

    def kernel(self, split_dim: Array, value: Array) -> tuple[Array, ...]:
        axis = checked_axis(split_dim, np.ndim(value))
        if value.shape[axis] % self.num_split:
            raise invalid(
                f"axis {axis} of size {value.shape[axis]} has no {self.num_split} equal parts"
            )
        return tuple(np.split(value, self.num_split, axis))

    def gradient(self, op: Operation, *grads: Tensor) -> Sequence[Tensor | None]:
        return None, ops.concat(list(grads), op.inputs[0])

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(3), np.int32(-3), five_axes())
        a = np.arange(12, dtype=np.float32).reshape(2, 6)
        yield Sample.of(cls(2), np.int32(0), a)
        yield Sample.of(cls(3), np.int32(-1), a)
        yield Sample.of(cls(1), np.int32(1), a)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(2), (np.int32(1), a), "has no 2 equal parts")
        yield ErrorSample(cls(2), (np.int32(2), a), "axis 2 is out of range")


@register
class SplitV(Op):
    """Parts of given sizes of a tensor along an axis."""

    num_split: int

    viewed = 0
    inputs = "value: T, size_splits: Tlen, split_dim: int32"
    types = {"Tlen": INDEX}

    def infer(
        self, value: TensorSpec, size_splits: TensorSpec, split_dim: TensorSpec
    ) -> list[TensorSpec]:
        check_rank("axis", split_dim, 0)
        check_rank("size_splits", size_splits, 1)
        sizes = known_ints(size_splits) or (None,) * self.num_split
        if len(sizes) != self.num_split:
            raise ValueError(f"size_splits has {len(sizes)} sizes for {self.num_split} parts")
        dims = value.shape.as_tuple()
        position = known_int(split_dim)
        dtype = value.dtype.base_dtype
        if dims is None or position is None:
            return [TensorSpec(unknown_shape(value.shape.rank), dtype)] * self.num_split
        axis = normalized_axis(position, len(dims))
        return [
            TensorSpec(TensorShape.of((*dims[:axis], part, *dims[axis + 1 :])), dtype)
            for part in _part_sizes(sizes, dims[axis])
        ]

    def kernel(self, value: Array, size_splits: Array, split_dim: Array) -> tuple[Array, ...]:
        axis = checked_axis(split_dim, np.ndim(value))
        try:
            sizes = _part_sizes(tuple(size_splits.tolist()), value.shape[axis])
        except ValueError as error:
            raise invalid(str(error)) from error
        ends = np.cumsum([size or 0 for size in sizes])
        return tuple(np.split(value, ends[:-1], axis))

    def gradient(self, op: Operation, *grads: Tensor) -> Sequence[Tensor | None]:
        return ops.concat(list(grads), op.inputs[2]), None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(2), five_axes(), i32([1, 2]), np.int32(2))
        a = np.arange(12, dtype=np.float32).reshape(2, 6)
        yield Sample.of(cls(3), a, i32([1, 3, 2]), np.int32(1))
        yield Sample.of(cls(3), a, i64([1, -1, 0]), np.int32(-1))
        yield Sample.of(cls(1), a, i32([2]), np.int32(0))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 6), np.float32)
        yield ErrorSample(cls(2), (a, i32([1, 2]), np.int32(1)), "add up to 3, the axis has size 6")
        yield ErrorSample(cls(2), (a, i32([7, -1]), np.int32(1)), "exceed")
        yield ErrorSample(cls(2), (a, i32([-1, -1]), np.int32(1)), "at most one -1")
        yield ErrorSample(cls(2), (a, i32([8, -2]), np.int32(1)), "must not be negative")
        yield ErrorSample(cls(2), (a, i32([6]), np.int32(1)), "1 sizes for 2 parts")


def _part_sizes(sizes: Ints, total: int | None) -> Ints:
    """The sizes of the parts, the -1 replaced as far as the total tells."""
    if sizes.count(-1) > 1:
        raise ValueError(f"at most one -1 stands for the rest, size_splits is {list(sizes)}")
    if any(size is not None and size < -1 for size in sizes):
        raise ValueError(f"sizes must not be negative, size_splits is {list(sizes)}")
    if None in sizes or total is None:
        return tuple(None if size == -1 else size for size in sizes)
    given = sum(size for size in sizes if size is not None and size != -1)
    if -1 not in sizes and given != total:
        raise ValueError(f"the parts add up to {given}, the axis has size {total}")
    if given > total:
        raise ValueError(f"the parts {list(sizes)} exceed the size {total} of the axis")
    return tuple(total - given if size == -1 else size for size in sizes)


def split(
    value: Any,
    num_or_size_splits: Any,
    axis: Any = 0,
    num: int | None = None,
    name: str | None = "split",
) -> list[Tensor]:
    """Split a tensor along an axis.

    Args:
      value: a tensor of any dtype.
      num_or_size_splits: the number of equal parts, or a vector with the size of each part, in
        which one -1 stands for the rest.
      axis: int32 scalar; negative axes count from the end.
      num: the number of parts, needed only where the length of a vector is not statically known.
      name: the operation's name.

    Returns:
      A list of tensors.

    Raises:
      ValueError: the parts do not add up, or their number is not known.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.split([1, 2, 3, 4, 5], [2, 3]))
    [array([1, 2], dtype=int32), array([3, 4, 5], dtype=int32)]
    """
    if isinstance(num_or_size_splits, (int, np.integer, Dimension)):
        return apply_multi(Split(int(num_or_size_splits)), axis, value, name=name or "split")
    sizes = convert_to_tensor(num_or_size_splits)
    dims = sizes.shape.as_tuple()
    if dims == ():
        raise ValueError(f"the number of parts must be a Python integer, not the tensor {sizes!r}")
    count = num if num is not None else dims[0] if dims else None
    if count is None:
        raise ValueError(f"cannot tell the length of {sizes!r}: give num")
    return apply_multi(SplitV(int(count)), value, sizes, axis, name=name or "split")


# -- repeating and reversing -----------------------------------------------------------------------


@register
class Tile(Op):
    """A tensor repeated along its axes."""

    makes_new = keeps_elements = True
    inputs = "input: T, multiples: Tmultiples"
    types = {"Tmultiples": INDEX}

    def infer(self, input: TensorSpec, multiples: TensorSpec) -> TensorSpec:
        check_rank("multiples", multiples, 1)
        counts = known_ints(multiples)
        dims = input.shape.as_tuple()
        dtype = input.dtype.base_dtype
        if dims is None or counts is None:
            rank = input.shape.rank if counts is None else len(counts)
            return TensorSpec(unknown_shape(rank), dtype)
        if len(dims) != len(counts):
            raise ValueError(f"multiples has {len(counts)} numbers for {len(dims)} axes")
        # A negative one is refused in the run: a graph that is never run may have it.
        counts = tuple(None if count is None or count < 0 else count for count in counts)
        sizes = tuple(_product(size, count) for size, count in zip(dims, counts, strict=True))
        return TensorSpec(TensorShape.of(sizes), dtype)

    def kernel(self, input: Array, multiples: Array) -> Array:
        if (multiples < 0).any():
            raise invalid(f"multiples must not be negative: {multiples.tolist()}")
        return np.tile(as_array(input), tuple(multiples.tolist()))

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        x, multiples = op.inputs
        sizes = ops.shape(x, out_type=multiples.dtype)
        interleaved = ops.reshape(ops.transpose(ops.stack([multiples, sizes])), [-1])
        axes = ops.range(0, ops.size(interleaved), 2)
        return ops.reduce_sum(ops.reshape(grad, interleaved), axes), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes(), i32([1, 2, 1, 2, 1]))
        a = np.arange(6, dtype=np.float32).reshape(2, 3)
        yield Sample.of(cls(), a, i32([1, 2]))
        yield Sample.of(cls(), a, i64([3, 1]))
        yield Sample.of(cls(), a, i32([0, 2]))
        yield Sample.of(cls(), np.float32(3), np.zeros(0, np.int32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (a, i32([2])), "1 numbers for 2 axes")
        yield ErrorSample(cls(), (a, i32([2, -1])), "must not be negative", when="run")


def _product(a: int | None, b: int | None) -> int | None:
    if a == 0 or b == 0:
        return 0
    return None if a is None or b is None else a * b


def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """Repeat a tensor along its axes.

    Args:
      input: a tensor of any dtype.
      multiples: int32 or int64 vector with the number of copies along each axis.
      name: the operation's name.

    Returns:
      A tensor of the dtype of `input`.

    Raises:
      ValueError: `multiples` has another length than `input` has axes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.tile([[1, 2, 3]], [2, 1]))
    array([[1, 2, 3],
           [1, 2, 3]], dtype=int32)
    """
    return apply(Tile(), input, multiples, name=name)


@register
class ReverseV2(Op):
    """A tensor reversed along some axes."""

    inputs = "tensor: T, axis: Tidx"
    types = {"Tidx": INDEX}

    def infer(self, tensor: TensorSpec, axis: TensorSpec) -> TensorSpec:
        check_rank("axis", axis, 1)
        axes = known_ints(axis)
        if axes is not None and tensor.shape.rank is not None:
            _distinct_axes(axes, tensor.shape.rank)
        return TensorSpec(tensor.shape, tensor.dtype.base_dtype)

    def kernel(self, tensor: Array, axis: Array) -> Array:
        try:
            axes = _distinct_axes(tuple(axis.tolist()), np.ndim(tensor))
        except ValueError as error:
            raise invalid(str(error)) from error
        return np.flip(tensor, axes) if axes else tensor

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return ops.reverse(grad, op.inputs[1]), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes(), i32([2, -1]))
        a = np.arange(6, dtype=np.float32).reshape(2, 3)
        for axes in ([0], [-1], [1, 0], []):
            yield Sample.of(cls(), a, np.asarray(axes, np.int32))
        yield Sample.of(cls(), np.asarray([b"a", b"bc"], object), i64([0]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (a, i32([2])), "axis 2 is out of range")
        yield ErrorSample(cls(), (a, i32([1, -1])), "axis 1 is there twice")


def _distinct_axes(axes: Ints, rank: int) -> tuple[int, ...]:
    found: list[int] = []
    for axis in axes:
        if axis is None:
            continue
        normal = normalized_axis(axis, rank)
        if normal in found:
            raise ValueError(f"axis {normal} is there twice: {list(axes)}")
        found.append(normal)
    return tuple(found)


def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """Reverse a tensor along some axes.

    Args:
      tensor: a tensor of any dtype.
      axis: int32 or int64 vector of distinct axes; negative ones count from the end.
      name: the operation's name.

    Returns:
      A tensor of the same dtype and shape.

    Raises:
      ValueError: an axis does not exist or is there twice.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.reverse([[1, 2, 3], [4, 5, 6]], [1]))
    array([[3, 2, 1],
           [6, 5, 4]], dtype=int32)
    """
    return apply(ReverseV2(), tensor, axis, name=name)


reverse_v2 = reverse


# -- one-hot vectors and grids ---------------------------------------------------------------------


@register
class OneHot(Op):
    """Vectors with one element that differs from the others."""

    axis: int = -1

    makes_new = True
    inputs = "indices: TI, depth: int32, on_value: T, off_value: T"
    types = {"TI": frozenset({as_dtype("uint8"), _int32, _int64})}
    differentiable = False

    def infer(
        self, indices: TensorSpec, depth: TensorSpec, on_value: TensorSpec, off_value: TensorSpec
    ) -> TensorSpec:
        for name, spec in (("depth", depth), ("on_value", on_value), ("off_value", off_value)):
            check_rank(name, spec, 0)
        size = known_int(depth)
        if size is not None and size < 0:
            raise ValueError(f"depth must not be negative, it is {size}")
        dims = indices.shape.as_tuple()
        dtype = on_value.dtype.base_dtype
        if dims is None:
            return TensorSpec(TensorShape.of(None), dtype)
        axis = self._position(len(dims))
        return TensorSpec(TensorShape.of((*dims[:axis], size, *dims[axis:])), dtype)

    def _position(self, rank: int) -> int:
        if not -1 <= self.axis <= rank:
            raise ValueError(f"axis {self.axis} is out of range: -1 to {rank}")
        return rank if self.axis == -1 else self.axis

    def kernel(self, indices: Array, depth: Array, on_value: Array, off_value: Array) -> Array:
        if depth < 0:
            raise invalid(f"depth must not be negative, it is {depth}")
        rank = np.ndim(indices)
        axis = self._position(rank)
        steps = np.arange(int(depth)).reshape((-1,) + (1,) * (rank - axis))
        chosen = np.expand_dims(indices, axis) == steps
        return np.where(chosen, as_array(on_value), as_array(off_value))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        on, off = np.float32(5), np.float32(-1)
        yield Sample.of(cls(2), i32(five_axes()[0] % 4), np.int32(3), on, off)
        yield Sample.of(cls(), i32([0, 2, -1, 7]), np.int32(3), on, off)
        yield Sample.of(cls(0), i64([[0, 1], [2, 0]]), np.int32(4), on, off)
        yield Sample.of(cls(1), i32([[0, 1], [2, 0]]), np.int32(3), on, off)
        yield Sample.of(cls(), np.uint8(1), np.int32(2), np.int32(1), np.int32(0))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        on, off = np.float32(5), np.float32(-1)
        yield ErrorSample(cls(), (i32([0]), np.int32(-1), on, off), "must not be negative")
        yield ErrorSample(cls(2), (i32([0]), np.int32(2), on, off), "axis 2 is out of range")


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """Turn indices into vectors with `on_value` at the index and `off_value` elsewhere.

    Args:
      indices: uint8, int32 or int64 tensor; an index outside 0 to `depth - 1` gives a vector of
        `off_value` alone.
      depth: int32 scalar, the length of the vectors.
      on_value: scalar, 1 by default.
      off_value: scalar, 0 by default.
      axis: the axis of the result along which the vectors lie, the last by default.
      dtype: the dtype of the result, by default that of the values given, else float32.
      name: the operation's name.

    Returns:
      A tensor with one axis more than `indices`.

    Raises:
      TypeError: the dtypes of `on_value`, `off_value` and `dtype` differ.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.one_hot([0, 2], 3))
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    with name_scope(name, "one_hot", [indices, depth, on_value, off_value]) as scope:
        wanted = None if dtype is None else as_dtype(dtype).base_dtype
        on, off = (
            None if value is None else convert_to_tensor(value, preferred_dtype=wanted, name=label)
            for value, label in ((on_value, "on_value"), (off_value, "off_value"))
        )
        result = _one_hot_dtype(on, off, wanted)
        if on is None:
            on = convert_to_tensor(1, result, name="on_value")
        if off is None:
            off = convert_to_tensor(0, result, name="off_value")
        return apply(OneHot(-1 if axis is None else axis), indices, depth, on, off, name=scope)


def _one_hot_dtype(on: Tensor | None, off: Tensor | None, wanted: DType | None) -> DType:
    """The dtype that the values and `dtype` agree on."""
    result = wanted
    for label, value in (("on_value", on), ("off_value", off)):
        if value is None:
            continue
        if result is not None and value.dtype.base_dtype is not result:
            raise TypeError(f"{label} has dtype {value.dtype.name}, expected {result.name}")
        result = value.dtype.base_dtype
    return _float32 if result is None else result


def meshgrid(*args: Any, indexing: str = "xy", name: str | None = "meshgrid") -> list[Tensor]:
    """Spread coordinate vectors over a grid.

    Args:
      *args: tensors of rank 1 (or scalars), one for each axis of the grid.
      indexing: "xy" (the first vector runs along the second axis) or "ij".
      name: the name scope.

    Returns:
      A list of tensors of the grid's shape, one for each vector.

    Raises:
      ValueError: `indexing` is neither "xy" nor "ij".

    >>> import graphflow as tf
    >>> tf.Session().run(tf.meshgrid([1, 2, 3], [4, 5]))
    [array([[1, 2, 3],
           [1, 2, 3]], dtype=int32), array([[4, 4, 4],
           [5, 5, 5]], dtype=int32)]
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"indexing is 'xy' or 'ij', not {indexing!r}")
    with name_scope(name, "meshgrid", args):
        tensors = [convert_to_tensor(arg) for arg in args]
        axes = list(range(len(tensors)))
        if indexing == "xy" and len(axes) > 1:
            axes[:2] = [1, 0]
        sizes = [ops.size(tensors[axis]) for axis in axes]
        return [
            _broadcast_along(tensor, axis, sizes)
            for tensor, axis in zip(tensors, axes, strict=True)
        ]


def _broadcast_along(tensor: Tensor, axis: int, sizes: Sequence[Tensor]) -> Tensor:
    """Lay a vector along one axis of a grid of the given sizes."""
    shape = [1] * len(sizes)
    shape[axis] = -1
    return ops.broadcast_to(ops.reshape(tensor, shape), ops.stack(list(sizes)))
