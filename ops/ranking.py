"""The largest and smallest: argmax, argmin, top_k, in_top_k."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import (
    INDEX,
    REAL_NUMBER,
    DType,
    as_dtype,
    bool as _bool,
    int32 as _int32,
    int64 as _int64,
)
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec, unknown_shape
from graphflow.ops._static import (
    check_rank,
    checked_axis,
    f32,
    i32,
    i64,
    invalid,
    known_int,
    normalized_axis,
)
from graphflow.ops.elementwise import is_integer

__all__ = [
    "ArgMax",
    "ArgMin",
    "InTopK",
    "InTopKV2",
    "TopK",
    "TopKV2",
    "arg_max",
    "arg_min",
    "argmax",
    "argmin",
    "in_top_k",
    "top_k",
]


class _Extreme(Op):
    """What ArgMax and ArgMin share."""

    output_type: DType = _int64

    def infer(self, input: TensorSpec, dimension: TensorSpec) -> TensorSpec:
        check_rank("axis", dimension, 0)
        dims = input.shape.as_tuple()
        axis = known_int(dimension)
        if dims is None:
            return TensorSpec(TensorShape.of(None), self.output_type)
        if not dims:
            raise ValueError("the input is a scalar and has no axis")
        if axis is None:
            return TensorSpec(unknown_shape(len(dims) - 1), self.output_type)
        axis = normalized_axis(axis, len(dims))
        if dims[axis] == 0:
            raise ValueError(f"axis {axis} is empty")
        return TensorSpec(TensorShape.of((*dims[:axis], *dims[axis + 1 :])), self.output_type)

    def _found(
        self, function: Callable[..., Any], input: Array, dimension: Array, worst: float
    ) -> Array:
        axis = checked_axis(dimension, np.ndim(input))
        if input.shape[axis] == 0:
            raise invalid(f"axis {axis} is empty")
        found = function(input, axis=axis, keepdims=True)
        if input.dtype.kind not in "iu" and np.isnan(np.take_along_axis(input, found, axis)).any():
            # numpy finds the first NaN, TensorFlow passes NaNs over.
            numbers = np.where(np.isnan(input), np.asarray(worst, input.dtype), input)
            found = function(numbers, axis=axis, keepdims=True)
        return np.asarray(found.squeeze(axis), self.output_type.numpy)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = f32([[3, 9, 2], [8, 1, 8]])
        for axis in (0, 1, -1):
            yield Sample.of(cls(), a, np.int32(axis))
        make: Any = cls
        yield Sample.of(make(_int32), i64([4, 7, 7, 1]), np.int64(0))
        odd = f32(
            [[1, np.nan, 3, np.inf], [np.nan, 2, -np.inf, 1], [np.nan] * 4, [np.nan, 4, 4, 2]]
        )
        yield Sample.of(cls(), odd, np.int32(1))
        yield Sample.of(cls(), np.cos(np.arange(48.0)).reshape(2, 3, 1, 4, 2), np.int32(-2))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (f32([1, 2]), np.int32(1)), "axis 1 is out of range")
        yield ErrorSample(cls(), (np.zeros((2, 0), np.float32), np.int32(1)), "axis 1 is empty")


@register
class ArgMax(_Extreme):
    """The index of the largest element along an axis, of the first among equals."""

    output_type: DType = _int64

    makes_new = True
    inputs = "input: T, dimension: Tidx"
    types = {"T": REAL_NUMBER, "Tidx": INDEX}
    differentiable = False

    def kernel(self, input: Array, dimension: Array) -> Array:
        return self._found(np.argmax, input, dimension, -np.inf)


@register
class ArgMin(_Extreme):
    """The index of the smallest element along an axis, of the first among equals."""

    output_type: DType = _int64

    makes_new = True
    inputs = "input: T, dimension: Tidx"
    types = {"T": REAL_NUMBER, "Tidx": INDEX}
    differentiable = False

    def kernel(self, input: Array, dimension: Array) -> Array:
        return self._found(np.argmin, input, dimension, np.inf)


def _index_type(output_type: Any) -> DType:
    dtype = as_dtype(output_type)
    if dtype not in INDEX:
        raise TypeError(f"the output_type is int32 or int64, not {dtype.name}")
    return dtype


def argmax(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = _int64,
) -> Tensor:
    """Return the index of the largest element along an axis, of the first among equals.

    Args:
      input: a numeric tensor.
      axis: int32 or int64 scalar, 0 by default; negative axes count from the end.
      name: the operation's name.
      dimension: deprecated name of `axis`.
      output_type: int32 or int64.

    Returns:
      A tensor without that axis.

    Raises:
      TypeError: the `output_type` is another one.
      ValueError: there is no such axis, or it is empty.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.argmax([[3, 9, 2], [8, 1, 4]], 1))
    array([1, 0])
    """
    axis = deprecated_argument_lookup("axis", axis, "dimension", dimension)
    op = ArgMax(_index_type(output_type))
    return apply(op, input, 0 if axis is None else axis, name=name)


def argmin(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = _int64,
) -> Tensor:
    """Return the index of the smallest element along an axis, of the first among equals.

    Args:
      input: a numeric tensor.
      axis: int32 or int64 scalar, 0 by default; negative axes count from the end.
      name: the operation's name.
      dimension: deprecated name of `axis`.
      output_type: int32 or int64.

    Returns:
      A tensor without that axis.

    Raises:
      TypeError: the `output_type` is another one.
      ValueError: there is no such axis, or it is empty.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.argmin([[3, 9, 2], [8, 1, 4]], 1))
    array([2, 1])
    """
    axis = deprecated_argument_lookup("axis", axis, "dimension", dimension)
    op = ArgMin(_index_type(output_type))
    return apply(op, input, 0 if axis is None else axis, name=name)


def arg_max(
    input: Any, dimension: Any, output_type: Any = _int64, name: str | None = None
) -> Tensor:
    """Return the index of the largest element along an axis; the older form of `tf.argmax`.

    Args:
      input: a numeric tensor.
      dimension: int32 or int64 scalar, the axis.
      output_type: int32 or int64.
      name: the operation's name.

    Returns:
      A tensor without that axis.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.arg_max([[3, 9, 2], [8, 1, 4]], 1))
    array([1, 0])
    """
    return apply(ArgMax(_index_type(output_type)), input, dimension, name=name)


def arg_min(
    input: Any, dimension: Any, output_type: Any = _int64, name: str | None = None
) -> Tensor:
    """Return the index of the smallest element along an axis; the older form of `tf.argmin`.

    Args:
      input: a numeric tensor.
      dimension: int32 or int64 scalar, the axis.
      output_type: int32 or int64.
      name: the operation's name.

    Returns:
      A tensor without that axis.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.arg_min([[3, 9, 2], [8, 1, 4]], 1))
    array([2, 1])
    """
    return apply(ArgMin(_index_type(output_type)), input, dimension, name=name)


@register
class TopKV2(Op):
    """The largest elements along the last axis, and where they are."""

    sorted: bool = True

    makes_new = True
    inputs = "input: T, k: int32"
    outputs = "values, indices"
    types = {"T": REAL_NUMBER}

    def infer(self, input: TensorSpec, k: TensorSpec) -> list[TensorSpec]:
        check_rank("k", k, 0)
        dims = input.shape.with_rank_at_least(1).as_tuple()
        count = known_int(k)
        if count is not None and count < 0:
            raise ValueError(f"k must not be negative, it is {count}")
        if dims is None:
            shape = TensorShape.of(None)
        else:
            last = dims[-1]
            if last is not None and count is not None and count > last:
                raise ValueError(f"k is {count}, but the last axis has only {last} elements")
            shape = TensorShape.of((*dims[:-1], count))
        return [TensorSpec(shape, input.dtype.base_dtype), TensorSpec(shape, _int32)]

    def kernel(self, input: Array, k: Array) -> tuple[Array, Array]:
        size = input.shape[-1]
        if not 0 <= k <= size:
            raise invalid(f"k is {k}, but the last axis has {size} elements")
        indices = _largest(input, int(k))
        return np.take_along_axis(input, indices, axis=-1), indices.astype(np.int32)

    def gradient(self, op: Operation, grad: Tensor, _: Any) -> Sequence[Tensor | None]:
        x, indices = op.inputs[0], op.outputs[1]
        sizes = ops.shape(x)
        last = ops.gather(sizes, ops.subtract(ops.size(sizes), 1))
        rows = ops.reshape(indices, ops.stack([-1, op.inputs[1]]))
        starts = ops.multiply(ops.range(ops.gather(ops.shape(rows), 0)), last)
        places = ops.reshape(ops.add(rows, ops.expand_dims(starts, -1)), [-1, 1])
        flat = ops.scatter_nd(places, ops.reshape(grad, [-1]), ops.stack([ops.reduce_prod(sizes)]))
        return ops.reshape(flat, sizes), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = f32([[3, 9, 2, 5], [8, 1, 7, 4]])
        yield Sample.of(cls(), a, np.int32(2))
        yield Sample.of(cls(), i32([4, 7, 7, 1]), np.int32(3))
        yield Sample.of(cls(), np.stack([a, a - 1]), np.int32(1))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (f32([1, 2]), np.int32(3)), "k is 3")
        yield ErrorSample(cls(), (np.float32(1), np.int32(1)), "must have rank 1 or more")


def _largest(input: Array, k: int) -> Array:
    """The indices of the k largest elements of each row; of equal ones the first come first."""
    size = input.shape[-1]
    if input.dtype.itemsize > 4 or k > size // 4:
        # Reversed twice, equal elements come in the order of their indices.
        ascending = np.argsort(input[..., ::-1], axis=-1, kind="stable")
        return size - 1 - ascending[..., ::-1][..., :k]
    # An integer for each element orders by value, then by index, so that no sort need be stable.
    keys = _sortable(input) << 32 | np.arange(size - 1, -1, -1)
    largest = np.partition(keys, size - k, axis=-1)[..., size - k :] if k else keys[..., :0]
    largest = np.sort(largest, axis=-1)[..., ::-1]
    return size - 1 - (largest & 0xFFFFFFFF)


def _sortable(input: Array) -> Array:
    """Integers in the order of numbers of up to 32 bits; nan is the largest."""
    if is_integer(input):
        return input.astype(np.int64)
    bits = (input.astype(np.float32) + np.float32(0)).view(np.int32).astype(np.int64)
    ordered = np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)
    return np.where(np.isnan(input), 0x7FFFFFFF, ordered)


class TopK(NamedTuple):
    """What `top_k` returns.

    Attributes:
      values: the largest elements.
      indices: int32, their positions.
    """

    values: Tensor
    indices: Tensor


def top_k(input: Any, k: Any = 1, sorted: bool = True, name: str | None = None) -> TopK:
    """Return the k largest elements along the last axis, and their positions.

    Args:
      input: a tensor [..., n] of real numbers.
      k: int32 scalar, at most n.
      sorted: whether the elements must come from the largest on; they always do here.
      name: the operation's name.

    Returns:
      A named tuple of `values` [..., k] and `indices` [..., k], int32; among equal elements the
      first comes first.

    Raises:
      ValueError: `k` exceeds n, or `input` is a scalar.

    >>> import graphflow as tf
    >>> values, indices = tf.nn.top_k([3, 9, 2, 5], 2)
    >>> tf.Session().run([values, indices])
    [array([9, 5], dtype=int32), array([1, 3], dtype=int32)]
    """
    return TopK(*apply_multi(TopKV2(sorted), input, k, name=name))


class _InTop(Op):
    """What InTopK and InTopKV2 share."""

    differentiable = False

    @staticmethod
    def _spec(predictions: TensorSpec, targets: TensorSpec) -> TensorSpec:
        check_rank("predictions", predictions, 2)
        check_rank("targets", targets, 1)
        dims = predictions.shape.with_rank(2).as_tuple() or (None,)
        return TensorSpec(targets.shape.merge_with([dims[0]]), _bool)

    @staticmethod
    def _found(predictions: Array, targets: Array, k: int) -> Array:
        rows, classes = predictions.shape
        in_range = (targets >= 0) & (targets < classes)
        wanted = predictions[np.arange(rows), np.where(in_range, targets, 0)]
        better = (predictions > wanted[:, None]).sum(axis=1, dtype=np.int32)
        finite = np.isfinite(predictions).all(axis=1)
        return in_range & finite & (better < k)


@register
class InTopK(_InTop):
    """Whether the target of each row is among its k best predictions."""

    k: int

    makes_new = True
    inputs = "predictions: float32, targets: T"
    outputs = "precision"
    types = {"T": INDEX}

    def infer(self, predictions: TensorSpec, targets: TensorSpec) -> TensorSpec:
        return self._spec(predictions, targets)

    def kernel(self, predictions: Array, targets: Array) -> Array:
        return self._found(predictions, targets, self.k)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(2), f32([[3, 9, 2], [8, 1, 4], [1, 1, 1]]), i32([0, 1, 2]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(1), (a, i32([[0, 1]])), "targets must be a vector")


@register
class InTopKV2(_InTop):
    """Whether the target of each row is among its k best predictions."""

    makes_new = True
    inputs = "predictions: float32, targets: T, k: T"
    outputs = "precision"
    types = {"T": INDEX}

    def infer(self, predictions: TensorSpec, targets: TensorSpec, k: TensorSpec) -> TensorSpec:
        check_rank("k", k, 0)
        return self._spec(predictions, targets)

    def kernel(self, predictions: Array, targets: Array, k: Array) -> Array:
        return self._found(predictions, targets, int(k))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = f32([[3, 9, 2], [8, 1, 4], [1, 1, 1], [np.inf, 1, 2], [1, 2, 3]])
        yield Sample.of(cls(), a, i32([0, 1, 2, 1, 3]), np.int32(2))
        yield Sample.of(cls(), a, i64([1, 0, 2, 0, 0]), np.int64(1))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (a, i32([0]), np.int32(1)), "not compatible")
        yield ErrorSample(cls(), (a[0], i32([0]), np.int32(1)), "predictions must be a matrix")


def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Tensor:
    """Tell for each row whether its target is among its k best predictions.

    Args:
      predictions: float32 [rows, classes].
      targets: int32 or int64 [rows], the class of each row.
      k: scalar of the dtype of `targets`.
      name: the name scope.

    Returns:
      A bool tensor [rows]; a tie with the k-th best counts as being among them, and a row with a
      prediction that is not finite gives False.

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.in_top_k([[0.1, 0.7, 0.2], [0.5, 0.4, 0.1]], [2, 2], 2))
    array([ True, False])
    """
    with name_scope(name, "in_top_k", [predictions, targets, k]):
        return apply(InTopKV2(), predictions, targets, k)
