"""Counting: occurrences of integers, numbers in bins, pairs of classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import (
    INDEX,
    DType,
    as_dtype,
    dtype_set,
    int32 as _int32,
    int64 as _int64,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank, f32, i32, invalid, known_int

__all__ = [
    "Bincount",
    "HistogramFixedWidth",
    "bincount",
    "confusion_matrix",
    "histogram_fixed_width",
    "histogram_fixed_width_bins",
]

_COUNTED = dtype_set("int32 int64 float32 float64")


# -- integers --------------------------------------------------------------------------------------


@register
class Bincount(Op):
    """How often each integer below `size` occurs, or the sum of the weights where it does."""

    inputs = "arr: int32, size: int32, weights: T"
    outputs = "bins"
    types: ClassVar[Any] = {"T": _COUNTED}

    def infer(self, arr: TensorSpec, size: TensorSpec, weights: TensorSpec) -> TensorSpec:
        check_rank("size", size, 0)
        count = known_int(size)
        if count is not None and count < 0:
            raise ValueError(f"size must not be negative, it is {count}")
        return TensorSpec(TensorShape.of((count,)), weights.dtype.base_dtype)

    def kernel(self, arr: Array, size: Array, weights: Array) -> Array:
        if size < 0:
            raise invalid(f"size must not be negative, it is {size}")
        values = np.ravel(arr)
        if values.size and values.min() < 0:
            raise invalid(f"the integers must not be negative: there is {values.min()}")
        if weights.size and weights.shape != np.shape(arr):
            raise invalid(f"weights have shape {weights.shape}, the integers {np.shape(arr)}")
        counts = np.ravel(weights)
        if values.size and values.max() >= size:
            is_counted = values < size
            values, counts = values[is_counted], counts[is_counted] if weights.size else counts
        if not weights.size:
            return np.bincount(values, minlength=int(size)).astype(weights.dtype)
        bins = np.zeros(int(size), weights.dtype)
        np.add.at(bins, values, counts)
        return bins

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        values = i32([[1, 1, 2], [3, 2, 5]])
        for dtype in sorted(_COUNTED, key=lambda item: item.name):
            empty = np.zeros(0, dtype.numpy)
            yield Sample.of(cls(), values, np.int32(5), empty, gradient=(), note="counts")
        yield Sample.of(cls(), np.zeros(0, np.int32), np.int32(3), np.zeros(0, np.int64))
        weights = f32([[1.5, 2, -3], [4, 0.5, 9]])
        note = "TensorFlow has no gradient either"
        yield Sample.of(cls(), values, np.int32(7), weights, gradient=(), note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        empty = np.zeros(0, np.int32)
        yield ErrorSample(cls(), (i32([1]), np.int32(-1), empty), "size must not be negative")
        for values, weights, message in (
            ([1, -2], [], "there is -2"),
            ([1, 2], [3], "weights have shape"),
        ):
            yield ErrorSample(
                cls(), (i32(values), np.int32(3), i32(weights)), message,
                error=InvalidArgumentError, when="run",
            )  # fmt: skip


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = _int32,
) -> Tensor:
    """Count how often each integer occurs.

    Args:
      arr: int32 tensor of any shape, of integers that are not negative.
      weights: a tensor of the shape of `arr`: what each occurrence counts, 1 by default.
      minlength: int32 scalar, the least length of the result.
      maxlength: int32 scalar, the greatest length: larger integers are not counted.
      dtype: the dtype of counts without weights: int32, int64, float32 or float64.

    Returns:
      A vector, as long as the largest integer tells unless limited; of the dtype of `weights` if
      there are any.

    Raises:
      InvalidArgumentError: (in the run) an integer is negative.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.bincount([1, 1, 4, 2]))
    array([0, 2, 1, 0, 1], dtype=int32)
    >>> tf.Session().run(tf.bincount([1, 1, 4, 2], weights=[0.5, 2.0, 1.0, 7.0], maxlength=4))
    array([0. , 2.5, 7. , 0. ], dtype=float32)
    """
    with name_scope("bincount"):
        arr = convert_to_tensor(arr, name="arr", dtype=_int32)
        is_filled = ops.greater(ops.reduce_prod(ops.shape(arr)), 0)
        size = ops.multiply(ops.cast(is_filled, _int32), ops.add(ops.reduce_max(arr), 1))
        if minlength is not None:
            size = ops.maximum(convert_to_tensor(minlength, _int32, name="minlength"), size)
        if maxlength is not None:
            size = ops.minimum(convert_to_tensor(maxlength, _int32, name="maxlength"), size)
        if weights is None:
            return apply(Bincount(), arr, size, ops.constant([], as_dtype(dtype)))
        weights = convert_to_tensor(weights, name="weights")
        if maxlength is not None:  # negative segments are left out
            arr = ops.where(ops.less(arr, size), arr, ops.fill(ops.shape(arr), -1))
        return ops.unsorted_segment_sum(weights, arr, size)


# -- numbers in bins -------------------------------------------------------------------------------


# As many numbers at once as stay in the processor's cache.
_BLOCK = 16384


def _bins(values: Array, low: Any, high: Any, count: int) -> Array:
    """The number of the bin of each value."""
    moved = np.clip(values, low, high)
    if np.isnan(moved.min()):
        raise invalid("the values must not be NaN")
    moved -= low
    places = moved.astype(np.float64)
    places /= (np.float64(high) - np.float64(low)) / count
    bins = places.astype(np.int64)
    return np.minimum(bins, count - 1, out=bins)


@register
class HistogramFixedWidth(Op):
    """How many numbers fall into each of the equal bins of a range."""

    dtype: DType = _int32

    inputs = "values: T, value_range: T, nbins: int32"
    outputs = "out"
    types: ClassVar[Any] = {"T": _COUNTED}
    differentiable = False

    def infer(self, values: TensorSpec, value_range: TensorSpec, nbins: TensorSpec) -> TensorSpec:
        value_range.shape.merge_with([2])
        check_rank("nbins", nbins, 0)
        count = known_int(nbins)
        if count is not None and count <= 0:
            raise ValueError(f"nbins must be positive, it is {count}")
        return TensorSpec(TensorShape.of((count,)), self.dtype)

    def kernel(self, values: Array, value_range: Array, nbins: Array) -> Array:
        count = int(nbins)
        low, high = value_range
        if count <= 0:
            raise invalid(f"nbins must be positive, it is {count}")
        if not low < high:
            raise invalid(f"value_range must begin below its end: {value_range.tolist()}")
        flat = np.ravel(values)
        counts = np.zeros(count, self.dtype.numpy)
        for start in range(0, flat.size, _BLOCK):
            bins = _bins(flat[start : start + _BLOCK], low, high, count)
            counts += np.bincount(bins, minlength=count)
        return counts

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        values = np.asarray([[-1, 0, 1.5], [2, 5, 15]])
        for dtype in sorted(_COUNTED, key=lambda item: item.name):
            limits = np.asarray([0, 5], dtype.numpy)
            yield Sample.of(cls(), values.astype(dtype.numpy), limits, np.int32(5))
        wide = f32([-np.inf, 0.1, np.inf])
        yield Sample.of(cls(_int64), wide, f32([-0.5, 2.5]), np.int32(3))
        yield Sample.of(cls(), np.zeros((0, 2), np.float32), f32([0, 1]), np.int32(2))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        limits = f32([0, 1])
        yield ErrorSample(cls(), (limits, limits, np.int32(0)), "nbins must be positive")
        yield ErrorSample(cls(), (limits, f32([0, 1, 2]), np.int32(3)), "not compatible")
        for values, ends, message in (
            ([1.0], [1.0, 1.0], "must begin below its end"),
            ([np.nan], [0.0, 1.0], "must not be NaN"),
        ):
            yield ErrorSample(
                cls(), (f32(values), f32(ends), np.int32(3)), message,
                error=InvalidArgumentError, when="run",
            )  # fmt: skip


def histogram_fixed_width(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = _int32, name: str | None = None
) -> Tensor:
    """Count how many numbers fall into each of the equal bins of a range.

    Args:
      values: a tensor of int32, int64, float32 or float64.
      value_range: [2] of the same dtype, the ends of the range; smaller and larger numbers count
        in the first and in the last bin.
      nbins: int32 scalar, the number of bins.
      dtype: int32 or int64, the dtype of the counts.
      name: the operation's name.

    Returns:
      A vector [nbins].

    Raises:
      ValueError: `nbins` is not positive.
      InvalidArgumentError: (in the run) the range is empty.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.histogram_fixed_width([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], [0.0, 5.0], 5))
    array([2, 1, 1, 0, 2], dtype=int32)
    """
    op = HistogramFixedWidth(as_dtype(dtype))
    if op.dtype not in INDEX:
        raise TypeError(f"counts are int32 or int64, not {op.dtype.name}")
    with name_scope(name, "histogram_fixed_width", [values, value_range, nbins]) as scope:
        return apply(op, values, value_range, nbins, name=scope)


def histogram_fixed_width_bins(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = _int32, name: str | None = None
) -> Tensor:
    """Return the bin that each number falls into, see `tf.histogram_fixed_width`.

    Args:
      values: a numeric tensor.
      value_range: [2] of the same dtype, the ends of the range.
      nbins: int32 scalar, the number of bins.
      dtype: int32 or int64, the dtype of the result.
      name: the name scope.

    Returns:
      A tensor of the shape of `values`, with numbers from 0 to `nbins - 1`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.histogram_fixed_width_bins([-1.0, 1.5, 2.0, 15.0], [0.0, 5.0], 5))
    array([0, 1, 2, 4], dtype=int32)
    """
    wanted = as_dtype(dtype)
    if wanted not in INDEX:
        raise TypeError(f"bins are int32 or int64, not {wanted.name}")
    with name_scope(name, "histogram_fixed_width_bins", [values, value_range, nbins]):
        values = convert_to_tensor(values, name="values")
        limits = convert_to_tensor(value_range, values.dtype.base_dtype, name="value_range")
        count = convert_to_tensor(nbins, _int32, name="nbins")
        low, high = limits[0], limits[1]
        share = ops.divide(ops.subtract(values, low), ops.subtract(high, low))
        bins = ops.floor(ops.multiply(ops.cast(count, share.dtype), share))
        last = ops.cast(ops.subtract(count, 1), share.dtype)
        bins = ops.clip_by_value(bins, ops.zeros_like(last), last)
        return ops.cast(bins, wanted)  # type: ignore[no-any-return]


# -- pairs of classes ------------------------------------------------------------------------------


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    dtype: Any = _int32,
    name: str | None = None,
    weights: Any = None,
) -> Tensor:
    """Count how often each class was taken for each.

    Args:
      labels: integer vector [n], the true classes.
      predictions: integer vector [n], the predicted classes.
      num_classes: how many classes there are; by default what the largest one tells.
      dtype: the dtype of the counts.
      name: the name scope.
      weights: a vector [n], what each pair counts; 1 by default.

    Returns:
      A matrix [num_classes, num_classes]: one row for each label, one column for each prediction.

    Raises:
      InvalidArgumentError: (in the run) a class is negative or not below `num_classes`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.confusion_matrix([1, 2, 2, 0], [1, 2, 0, 0]))
    array([[1, 0, 0],
           [0, 1, 0],
           [1, 0, 1]], dtype=int32)
    """
    wanted = as_dtype(dtype)
    with name_scope(name, "confusion_matrix", [predictions, labels, num_classes, weights]):
        labels = _class_vector(labels, "labels")
        predictions = _class_vector(predictions, "predictions")
        if num_classes is None:
            largest = ops.maximum(ops.reduce_max(predictions), ops.reduce_max(labels))
            num_classes = ops.add(largest, ops.constant(1, _int64))
        else:
            num_classes = ops.cast(num_classes, _int64)
            labels = _below(labels, num_classes, "labels")
            predictions = _below(predictions, num_classes, "predictions")
        pairs = ops.stack([labels, predictions], axis=1)
        if weights is None:
            counts = ops.ones_like(predictions, wanted)
        else:
            weights = convert_to_tensor(weights, name="weights")
            predictions.shape.assert_is_compatible_with(weights.shape)
            counts = ops.cast(weights, wanted)
        return ops.scatter_nd(pairs, counts, ops.stack([num_classes, num_classes]))


def _class_vector(classes: Any, name: str) -> Tensor:
    """Classes as an int64 vector: a last axis of size 1 is dropped, none may be negative."""
    classes = convert_to_tensor(classes, name=name)
    if classes.shape.rank is None or classes.shape[1:].as_tuple() == (1,):
        classes = ops.reshape(classes, [-1])
    classes = ops.cast(classes, _int64)
    check = ops.assert_non_negative(classes, message=f"{name} must not be negative")
    return ops.with_dependencies([check], classes)  # type: ignore[no-any-return]


def _below(classes: Tensor, limit: Tensor, name: str) -> Tensor:
    check = ops.assert_less(classes, limit, message=f"{name} must be below num_classes")
    return ops.with_dependencies([check], classes)  # type: ignore[no-any-return]
