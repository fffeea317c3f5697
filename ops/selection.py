"""Choosing elements by conditions: where, masks, partitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import (
    INDEX,
    NUMERIC,
    as_dtype,
    bool as _bool,
    dtype_set,
    int64 as _int64,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec, broadcast_shape
from graphflow.ops._static import (
    as_array,
    check_rank,
    f32,
    five_axes,
    i32,
    i64,
    invalid,
    normalized_axis,
)

__all__ = [
    "DynamicPartition",
    "DynamicStitch",
    "ParallelDynamicStitch",
    "ReverseSequence",
    "Select",
    "SelectV2",
    "Where",
    "boolean_mask",
    "dynamic_partition",
    "dynamic_stitch",
    "reverse_sequence",
    "sequence_mask",
    "where",
    "where_v2",
]


# -- by condition ----------------------------------------------------------------------------------


@register
class Where(Op):
    """The positions of the elements that are not zero."""

    inputs = "input: T"
    types: ClassVar[Any] = {"T": NUMERIC | dtype_set("bool")}
    outputs = "index"
    differentiable = False

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of((None, input.shape.rank)), _int64)

    def kernel(self, input: Array) -> Array:
        if np.ndim(input) == 0:
            raise invalid("where needs a condition of rank 1 or more, it is a scalar")
        return np.argwhere(input).astype(np.int64, copy=False)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes() % 3 > 1)
        yield Sample.of(cls(), np.asarray([[True, False, True], [False, True, False]]))
        yield Sample.of(cls(), i32([0, 5, 0, -1]))
        yield Sample.of(cls(), np.zeros((0, 2), bool))
        yield Sample.of(cls(), f32([0.5, 0, -2]))
        half = np.asarray([0.5, 0, -2], np.float16)
        yield Sample.of(cls(), half, oracle=False, note="TensorFlow has no kernel for float16")


@register
class Select(Op):
    """Elements of one tensor where a condition holds, of another where not."""

    makes_new = True
    inputs = "condition: bool, t: T, e: T"

    def infer(self, condition: TensorSpec, t: TensorSpec, e: TensorSpec) -> TensorSpec:
        shape = t.shape.merge_with(e.shape)
        dims, tests = shape.as_tuple(), condition.shape.as_tuple()
        if tests is None or tests == () or dims is None:
            return TensorSpec(shape, t.dtype.base_dtype)
        if len(tests) == 1 and len(dims) > 1:
            TensorShape.of(tests).merge_with(TensorShape.of(dims[:1]))
            return TensorSpec(shape, t.dtype.base_dtype)
        return TensorSpec(shape.merge_with(condition.shape), t.dtype.base_dtype)

    def scalar_expression(self, names: Sequence[str], specs: Sequence[TensorSpec]) -> str | None:
        condition, t, e = names
        whole = specs[0].shape == specs[1].shape or specs[0].shape.ndims == 0
        return f"{t} if {condition} else {e}" if whole else None

    def kernel(self, condition: Array, t: Array, e: Array) -> Array:
        tests = np.asarray(condition)
        if tests.ndim == 1 and np.ndim(t) > 1:
            tests = tests.reshape(-1, *[1] * (np.ndim(t) - 1))
        return np.where(tests, as_array(t), as_array(e))

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        condition, t, _ = op.inputs
        zeros = ops.zeros_like(t)
        return None, where(condition, grad, zeros), where(condition, zeros, grad)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes() % 3 > 1, five_axes(), -five_axes())
        a, b = f32([[1, 2], [3, 4], [5, 6]]), f32([[10, 20], [30, 40], [50, 60]])
        yield Sample.of(cls(), np.asarray([[True, False], [False, True], [True, True]]), a, b)
        yield Sample.of(cls(), np.asarray([True, False, True]), a, b)
        yield Sample.of(cls(), np.asarray(True), a, b)
        yield Sample.of(cls(), np.asarray([True, False]), i32([1, 2]), i32([3, 4]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yes = np.asarray([True, False])
        yield ErrorSample(cls(), (yes, f32([1, 2]), f32([1, 2, 3])), "not compatible")
        yield ErrorSample(cls(), (yes, f32([1, 2, 3]), f32([1, 2, 3])), "not compatible")


@register
class SelectV2(Op):
    """Elements of one tensor where a condition holds, of another where not, broadcast."""

    makes_new = True
    inputs = "condition: bool, t: T, e: T"
    elementwise = "t if condition else e"

    def infer(self, condition: TensorSpec, t: TensorSpec, e: TensorSpec) -> TensorSpec:
        shape = broadcast_shape(broadcast_shape(condition.shape, t.shape), e.shape)
        return TensorSpec(shape, t.dtype.base_dtype)

    def kernel(self, condition: Array, t: Array, e: Array) -> Array:
        return np.where(condition, as_array(t), as_array(e))

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        condition, t, e = op.inputs
        zeros = ops.zeros_like(grad)
        of_t, of_e = where_v2(condition, grad, zeros), where_v2(condition, zeros, grad)
        return None, _summed_to(of_t, t), _summed_to(of_e, e)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes()[0] % 3 > 1, five_axes(), np.float32(-1))
        a, b = f32([[1, 2], [3, 4], [5, 6]]), f32([10, 20])
        yield Sample.of(cls(), np.asarray([[True], [False], [True]]), a, b)
        yield Sample.of(cls(), np.asarray(False), np.float32(1), b)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yes = np.asarray([True, False])
        yield ErrorSample(cls(), (yes, f32([1, 2]), f32([1, 2, 3])), "do not broadcast")


def _summed_to(grad: Tensor, x: Tensor) -> Tensor:
    """The gradient of a tensor that was broadcast to the shape of `grad`."""
    if grad.shape.is_fully_defined() and grad.shape == x.shape:
        return grad
    sizes = ops.shape(x)
    axes, _ = ops.broadcast_gradient_args(sizes, ops.shape(grad))
    return ops.reshape(ops.reduce_sum(grad, axes, keepdims=True), sizes)


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """Choose between the elements of two tensors, or find where a condition holds.

    Args:
      condition: bool tensor of the shape of `x`, or a vector that chooses rows, or a scalar.
      x: a tensor, for where the condition holds; None to return positions.
      y: a tensor of the dtype and shape of `x`.
      name: the operation's name.

    Returns:
      A tensor of the shape of `x`; or int64 [n, rank], the position of each true element.

    Raises:
      ValueError: only one of `x` and `y` is given, or the shapes differ.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.where([True, False, True], [1, 2, 3], [10, 20, 30]))
    array([ 1, 20,  3], dtype=int32)
    >>> tf.Session().run(tf.where([[True, False, True]]))
    array([[0, 0],
           [0, 2]])
    """
    if x is None and y is None:
        return _positions(condition, name)
    if x is None or y is None:
        raise ValueError("where takes both x and y, or none of them")
    return apply(Select(), condition, x, y, name=name)


def _positions(condition: Any, name: str | None) -> Tensor:
    with name_scope(name, "Where", [condition]) as scope:
        tests = convert_to_tensor(condition, preferred_dtype=_bool, name="condition")
        return apply(Where(), tests, name=scope)


def where_v2(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """Choose between the elements of two tensors, broadcast together, or find true elements.

    Args:
      condition: bool tensor.
      x: a tensor, for where the condition holds; None to return positions.
      y: a tensor of the dtype of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape; or int64 [n, rank], the position of each true element.

    Raises:
      ValueError: only one of `x` and `y` is given, or the shapes do not broadcast.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.where_v2([True, False, True], [1, 2, 3], 0))
    array([1, 0, 3], dtype=int32)
    """
    if x is None and y is None:
        return _positions(condition, name)
    if x is None or y is None:
        raise ValueError("where_v2 takes both x and y, or none of them")
    return apply(SelectV2(), condition, x, y, name=name)


def boolean_mask(
    tensor: Any, mask: Any, name: str | None = "boolean_mask", axis: int | None = None
) -> Tensor:
    """Return the slices of a tensor for which a mask is true.

    Args:
      tensor: a tensor of any dtype.
      mask: bool tensor of known rank, 1 or more, whose shape is that of `tensor` from `axis` on.
      name: the name scope.
      axis: the first axis that the mask speaks of, 0 by default.

    Returns:
      A tensor with the axes of the mask replaced by one.

    Raises:
      ValueError: the mask is a scalar, its rank is not known, or its shape does not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.boolean_mask([[1, 2], [3, 4], [5, 6]], [True, False, True]))
    array([[1, 2],
           [5, 6]], dtype=int32)
    """
    with name_scope(name, "boolean_mask", [tensor, mask]):
        tensor = convert_to_tensor(tensor, name="tensor")
        mask = convert_to_tensor(mask, name="mask")
        count = mask.shape.rank
        if not count:
            raise ValueError(f"a mask has a known rank of 1 or more, this one is {mask!r}")
        first = axis or 0
        if first < 0 and tensor.shape.rank is not None:
            first += tensor.shape.rank
        last = first + count
        masked = tensor.shape[first:last]
        masked.assert_is_compatible_with(mask.shape)
        length = ops.reduce_prod(ops.shape(tensor)[first:last], [0])
        before, behind = ops.shape(tensor)[:first], ops.shape(tensor)[last:]
        flat = ops.reshape(tensor, ops.concat([before, [length], behind], 0))
        if tensor.shape.rank is not None:
            flat.set_shape([*tensor.shape[:first], masked.num_elements(), *tensor.shape[last:]])
        chosen = ops.squeeze(where(ops.reshape(mask, [-1])), axis=[1])
        return ops.gather(flat, chosen, axis=first)


def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = _bool, name: str | None = None
) -> Tensor:
    """Return masks that are true for the first elements of each sequence.

    Args:
      lengths: integer tensor, the length of each sequence.
      maxlen: integer scalar, the size of the last axis; by default the largest length.
      dtype: the dtype of the result.
      name: the name scope.

    Returns:
      A tensor of shape `lengths.shape + [maxlen]`.

    Raises:
      ValueError: `maxlen` is no scalar.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.sequence_mask([1, 3], 3, tf.int32))
    array([[1, 0, 0],
           [1, 1, 1]], dtype=int32)
    """
    with name_scope(name, "SequenceMask", [lengths, maxlen]):
        lengths = convert_to_tensor(lengths)
        if maxlen is None:
            longest = ops.reduce_max(lengths)
            maxlen = ops.maximum(ops.constant(0, longest.dtype.base_dtype), longest)
        else:
            maxlen = convert_to_tensor(maxlen)
        if maxlen.shape.rank not in (None, 0):
            raise ValueError(f"maxlen must be a scalar, it has shape {maxlen.shape}")
        kind = maxlen.dtype.base_dtype
        steps = apply(ops.Range(), ops.constant(0, kind), maxlen, ops.constant(1, kind))
        ends = apply(ops.Cast(kind), ops.expand_dims(lengths, -1))
        mask = ops.less(steps, ends)
        wanted = _bool if dtype is None else as_dtype(dtype).base_dtype
        return mask if wanted is _bool else ops.cast(mask, wanted)


# -- by partition ----------------------------------------------------------------------------------


@register
class DynamicPartition(Op):
    """The slices of a tensor, sorted into partitions."""

    num_partitions: int

    inputs = "data: T, partitions: int32"
    outputs = "outputs"

    def infer(self, data: TensorSpec, partitions: TensorSpec) -> list[TensorSpec]:
        if self.num_partitions < 1:
            raise ValueError(f"num_partitions must be positive, it is {self.num_partitions}")
        dims, marks = data.shape.as_tuple(), partitions.shape.as_tuple()
        shape = TensorShape.of(None)
        if dims is not None and marks is not None:
            if len(marks) > len(dims):
                raise ValueError(f"partitions {partitions.shape} has more axes than {data.shape}")
            partitions.shape.merge_with(TensorShape.of(dims[: len(marks)]))
            shape = TensorShape.of((None, *dims[len(marks) :]))
        return [TensorSpec(shape, data.dtype.base_dtype)] * self.num_partitions

    def kernel(self, data: Array, partitions: Array) -> tuple[Array, ...]:
        marks = np.asarray(partitions)
        if marks.size and (marks.min() < 0 or marks.max() >= self.num_partitions):
            raise invalid(
                f"partitions must be in 0 to {self.num_partitions - 1}, they are "
                f"{marks.min()} to {marks.max()}"
            )
        return tuple(np.asarray(data)[marks == number] for number in range(self.num_partitions))

    def gradient(self, op: Operation, *grads: Tensor) -> Sequence[Tensor | None]:
        data, partitions = op.inputs
        sizes = ops.shape(partitions)
        positions = ops.reshape(ops.range(ops.reduce_prod(sizes)), sizes)
        sorted_positions = dynamic_partition(positions, partitions, self.num_partitions)
        stitched = apply(ParallelDynamicStitch(), sorted_positions, list(grads))
        return ops.reshape(stitched, ops.shape(data)), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.arange(8, dtype=np.float32).reshape(4, 2)
        yield Sample.of(cls(3), a, i32([2, 0, 2, 0]))
        yield Sample.of(cls(2), a, i32([[0, 1], [1, 1], [0, 0], [1, 0]]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(2), (f32([1, 2, 3]), i32([0, 1])), "not compatible")
        yield ErrorSample(
            cls(2), (f32([1, 2]), i32([0, 2])), "partitions must be in 0 to 1",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


def dynamic_partition(
    data: Any, partitions: Any, num_partitions: int, name: str | None = None
) -> list[Tensor]:
    """Sort the slices of a tensor into partitions.

    Args:
      data: a tensor of any dtype.
      partitions: int32 tensor whose shape begins that of `data`: the partition of each slice.
      num_partitions: the number of partitions.
      name: the operation's name.

    Returns:
      A list of tensors, one for each partition, with the slices in order.

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.dynamic_partition([10, 20, 30, 40], [0, 1, 1, 0], 2))
    [array([10, 40], dtype=int32), array([20, 30], dtype=int32)]
    """
    return apply_multi(DynamicPartition(num_partitions), data, partitions, name=name)


class _Stitching(Op):
    """What DynamicStitch and ParallelDynamicStitch share."""

    def infer(self, *specs: TensorSpec) -> TensorSpec:
        half = len(specs) // 2
        indices, data = specs[:half], specs[half:]
        tail = TensorShape.of(None)
        for places, values in zip(indices, data, strict=True):
            marks, dims = places.shape.as_tuple(), values.shape.as_tuple()
            if marks is None or dims is None:
                continue
            TensorShape.of(marks).merge_with(TensorShape.of(dims[: len(marks)]))
            tail = tail.merge_with(TensorShape.of(dims[len(marks) :]))
        known = [places.value for places in indices]
        size = None
        if all(places is not None for places in known):
            size = max(
                (int(places.max()) + 1 for places in known if places is not None and places.size),
                default=0,
            )
        return TensorSpec(TensorShape.of((size,)).concatenate(tail), data[0].dtype.base_dtype)

    def kernel(self, *arrays: Array) -> Array:
        half = len(arrays) // 2
        indices = [np.asarray(places) for places in arrays[:half]]
        data = [np.asarray(values) for values in arrays[half:]]
        tail = data[0].shape[indices[0].ndim :]
        result = np.zeros((_merged_size(indices), *tail), data[0].dtype)
        for places, values in zip(indices, data, strict=True):
            if places.size and places.min() < 0:
                raise invalid(f"indices must not be negative: {places.min()}")
            result[places.reshape(-1)] = values.reshape(-1, *tail)
        return result

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        half = len(op.inputs) // 2
        return [None] * half + [ops.gather(grad, places) for places in op.inputs[:half]]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        indices = [np.int32(3), i32([1, 0]), i32([[2, 4]])]
        yield Sample.of(
            cls(), indices, [f32([1, 2]), f32([[3, 4], [5, 6]]), f32([[[7, 8], [9, 10]]])]
        )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), ([i32([0, 1])], [f32([1, 2, 3])]), "not compatible")


def _merged_size(indices: Sequence[Array]) -> int:
    """One more than the largest index."""
    return max((int(places.max()) + 1 for places in indices if places.size), default=0)


@register
class DynamicStitch(_Stitching):
    """Slices put together by index; the last one wins."""

    inputs = "indices: N*int32, data: N*T"
    outputs = "merged"


@register
class ParallelDynamicStitch(_Stitching):
    """Slices put together by index, in any order."""

    inputs = "indices: N*int32, data: N*T"
    outputs = "merged"


def dynamic_stitch(indices: Sequence[Any], data: Sequence[Any], name: str | None = None) -> Tensor:
    """Put the slices of several tensors together: `merged[indices[m][i, ...]] = data[m][i, ...]`.

    Args:
      indices: a list of int32 tensors.
      data: a list of tensors whose shapes begin with those of `indices`.
      name: the operation's name.

    Returns:
      A tensor with one slice for each index from 0 to the largest; among several for one index the
      last wins.

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.dynamic_stitch([[0, 3], [1, 2]], [[10, 40], [20, 30]]))
    array([10, 20, 30, 40], dtype=int32)
    """
    return apply(DynamicStitch(), list(indices), list(data), name=name)


# -- by length -------------------------------------------------------------------------------------


@register
class ReverseSequence(Op):
    """Sequences of different lengths, each reversed."""

    seq_dim: int
    batch_dim: int = 0

    inputs = "input: T, seq_lengths: Tlen"
    types = {"Tlen": INDEX}

    def infer(self, input: TensorSpec, seq_lengths: TensorSpec) -> TensorSpec:
        check_rank("seq_lengths", seq_lengths, 1)
        dims = input.shape.as_tuple()
        if dims is None:
            return TensorSpec(input.shape, input.dtype.base_dtype)
        batch, steps = self._axes(len(dims))
        if batch == steps:
            raise ValueError(f"seq_axis and batch_axis are both {batch}")
        seq_lengths.shape.merge_with(TensorShape.of((dims[batch],)))
        return TensorSpec(input.shape, input.dtype.base_dtype)

    def _axes(self, rank: int) -> tuple[int, int]:
        return (
            normalized_axis(self.batch_dim, rank, "batch_axis"),
            normalized_axis(self.seq_dim, rank, "seq_axis"),
        )

    def kernel(self, input: Array, seq_lengths: Array) -> Array:
        batch, steps = self._axes(input.ndim)
        size = input.shape[steps]
        if seq_lengths.size and (seq_lengths.min() < 0 or seq_lengths.max() > size):
            raise invalid(f"seq_lengths must be in 0 to {size}: {seq_lengths.tolist()}")
        moved = np.moveaxis(input, (batch, steps), (0, 1))
        order = np.broadcast_to(np.arange(size), (len(seq_lengths), size))
        last = seq_lengths[:, None] - 1
        order = np.where(order <= last, last - order, order)
        rows = np.arange(len(seq_lengths))[:, None]
        return np.moveaxis(moved[rows, order], (0, 1), (batch, steps))

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return apply(self, grad, op.inputs[1]), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
        yield Sample.of(cls(1), a, i32([3, 0]))
        yield Sample.of(cls(0, 2), a, i64([2, 1, 0]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 4), np.float32)
        yield ErrorSample(cls(1), (a, i32([1])), "not compatible")
        yield ErrorSample(cls(0, 0), (a, i32([1, 2])), "are both 0")


def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: int | None = None,
    batch_axis: int | None = None,
    name: str | None = None,
    seq_dim: int | None = None,
    batch_dim: int | None = None,
) -> Tensor:
    """Reverse the first elements of each sequence in a batch.

    Args:
      input: a tensor of any dtype.
      seq_lengths: int32 or int64 vector, how many elements of each sequence to reverse.
      seq_axis: the axis along which sequences run.
      batch_axis: the axis along which they are counted, 0 by default.
      name: the operation's name.
      seq_dim: deprecated name of `seq_axis`.
      batch_dim: deprecated name of `batch_axis`.

    Returns:
      A tensor of the shape and dtype of `input`.

    Raises:
      TypeError: `seq_axis` is not given.
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.reverse_sequence([[1, 2, 3], [4, 5, 6]], [2, 3], seq_axis=1))
    array([[2, 1, 3],
           [6, 5, 4]], dtype=int32)
    """
    steps = deprecated_argument_lookup("seq_axis", seq_axis, "seq_dim", seq_dim)
    batch = deprecated_argument_lookup("batch_axis", batch_axis, "batch_dim", batch_dim)
    if steps is None:
        raise TypeError("reverse_sequence needs a seq_axis")
    return apply(ReverseSequence(steps, batch or 0), input, seq_lengths, name=name)
