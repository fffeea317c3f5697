"""Normalisation: moments, batch normalisation, dropout, norms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup, renamed_argument
from graphflow.core.dtypes import FLOATING
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Reduction, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops.kernels.arrays import widened

__all__ = [
    "L2Loss",
    "batch_norm_with_global_normalization",
    "batch_normalization",
    "dropout",
    "l2_loss",
    "l2_normalize",
    "moments",
    "normalize_moments",
    "sufficient_statistics",
    "weighted_moments",
]


@register
class L2Loss(Op):
    """Half the sum of the squares of all elements."""

    inputs = "t: T"
    types: ClassVar[Any] = {"T": FLOATING}

    def infer(self, t: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape([]), t.dtype.base_dtype)

    def kernel(self, t: Array) -> Array:
        wide = widened(np.ravel(t))
        return (np.dot(wide, wide) / 2).astype(t.dtype)

    def reduction(self, *specs: TensorSpec) -> Reduction | None:
        rank = specs[0].shape.ndims
        return None if rank is None else Reduction("sum", tuple(range(rank)), "x * x", 2)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return op.inputs[0] * grad

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in (np.float32, np.float64, np.float16):
            yield Sample.of(cls(), np.asarray([[1.5, -2.0, 0.25], [0.5, 3.0, -1.0]], dtype))
        yield Sample.of(cls(), np.zeros((0, 3), np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.asarray([1, 2]),), "dtype int64", TypeError)


def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """Compute half the sum of the squares of all elements.

    Args:
      t: a floating tensor of any shape.
      name: the operation's name.

    Returns:
      A scalar.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.nn.l2_loss([[1.0, 2.0], [3.0, 0.0]])))
    7.0
    """
    return apply(L2Loss(), t, name=name)


def l2_normalize(
    x: Any,
    axis: Any = None,
    epsilon: float = 1e-12,
    name: str | None = None,
    dim: Any = None,
) -> Tensor:
    """Divide by the square root of the sum of squares along axes.

    Args:
      x: a floating tensor.
      axis: the axes of one vector.
      epsilon: the least sum of squares that is divided by.
      name: name scope of the operations.
      dim: old name of `axis`.

    Returns:
      A tensor like `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.l2_normalize([[3.0, 4.0], [0.0, 2.0]], axis=1))
    array([[0.6, 0.8],
           [0. , 1. ]], dtype=float32)
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    with name_scope(name, "l2_normalize", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        square_sum = ops.reduce_sum(ops.square(x), axis, keepdims=True)
        inverse_norm = ops.rsqrt(ops.maximum(square_sum, epsilon))
        return ops.multiply(x, inverse_norm, name=scope)


def moments(
    x: Any,
    axes: Any,
    shift: Any = None,  # noqa: ARG001 - TensorFlow does not use it either
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """Compute mean and variance along axes.

    Args:
      x: a floating tensor.
      axes: the axes over which to compute.
      shift: not used, as in TensorFlow.
      name: name scope of the operations.
      keep_dims: old name of `keepdims`.
      keepdims: whether the axes stay, with size 1.

    Returns:
      The mean and the variance (divided by the number of elements).

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.moments([[1.0, 2.0], [5.0, 2.0]], axes=[0]))
    (array([3., 2.], dtype=float32), array([4., 0.], dtype=float32))
    """
    keepdims = bool(deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims))
    with name_scope(name, "moments", [x, axes]):
        x = convert_to_tensor(x)
        low = x.dtype.base_dtype.name in ("float16", "bfloat16")
        y = ops.cast(x, "float32") if low else x
        mean = ops.reduce_mean(y, axes, keepdims=True, name="mean")
        difference = ops.squared_difference(y, ops.stop_gradient(mean))
        variance = ops.reduce_mean(difference, axes, keepdims=True, name="variance")
        if not keepdims:
            mean = ops.squeeze(mean, axes)
            variance = ops.squeeze(variance, axes)
        if low:
            return ops.cast(mean, x.dtype), ops.cast(variance, x.dtype)
        return mean, variance


def weighted_moments(
    x: Any,
    axes: Any,
    frequency_weights: Any,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """Compute mean and variance along axes, with a weight for each element.

    Args:
      x: a floating tensor.
      axes: the axes over which to compute.
      frequency_weights: weights that broadcast with `x`.
      name: name scope of the operations.
      keep_dims: old name of `keepdims`.
      keepdims: whether the axes stay, with size 1.

    Returns:
      The weighted mean and variance.

    >>> import graphflow as tf
    >>> mean, variance = tf.nn.weighted_moments([1.0, 5.0], axes=[0], frequency_weights=[3.0, 1.0])
    >>> print(*tf.Session().run([mean, variance]))
    2.0 3.0
    """
    keepdims = bool(deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims))
    with name_scope(name, "weighted_moments", [x, frequency_weights, axes]):
        x = convert_to_tensor(x, name="x")
        low = x.dtype.base_dtype.name in ("float16", "bfloat16")
        y = ops.cast(x, "float32") if low else x
        weights = ops.cast(convert_to_tensor(frequency_weights, name="frequency_weights"), y.dtype)
        weights = weights + ops.zeros_like(y)
        total = ops.reduce_sum(weights, axes, name="sum_of_weights", keepdims=True)
        weighted = ops.reduce_sum(weights * y, axes, name="weighted_input_sum", keepdims=True)
        mean = ops.multiply(weighted, ops.reciprocal(total), name="weighted_mean")
        difference = weights * ops.squared_difference(y, mean)
        spread = ops.reduce_sum(difference, axes, name="weighted_distance_sum", keepdims=True)
        variance = ops.multiply(spread, ops.reciprocal(total), name="weighted_variance")
        if not keepdims:
            mean, variance = ops.squeeze(mean, axes), ops.squeeze(variance, axes)
        if low:
            return ops.cast(mean, x.dtype), ops.cast(variance, x.dtype)
        return mean, variance


def sufficient_statistics(
    x: Any,
    axes: Any,
    shift: Any = None,
    keep_dims: bool | None = None,
    name: str | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor, Tensor, Any]:
    """Compute what mean and variance can be computed from: count, sum, sum of squares, shift.

    Args:
      x: a floating tensor.
      axes: the axes over which to compute.
      shift: subtracted from `x` first, for accuracy; None for nothing.
      keep_dims: old name of `keepdims`.
      name: name scope of the operations.
      keepdims: whether the axes stay, with size 1.

    Returns:
      The count, the sum, the sum of squares, and the shift or None.

    >>> import graphflow as tf
    >>> count, total, squares, _ = tf.nn.sufficient_statistics([[1.0, 2.0, 4.0]], axes=[1])
    >>> print(*tf.Session().run([count, total, squares]))
    3.0 [7.] [21.]
    """
    keepdims = bool(deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims))
    axes = list(set(axes)) if isinstance(axes, (list, tuple)) else [axes]
    with name_scope(name, "sufficient_statistics", [x, shift]):
        x = convert_to_tensor(x, name="x")
        dims = x.shape.as_tuple()
        if dims is not None and all(dims[axis] is not None for axis in axes):
            sizes = [dims[axis] for axis in axes]
            count = ops.constant(float(np.prod(sizes)), dtype=x.dtype, name="count")
        else:
            sizes_tensor = ops.gather(ops.shape(x), axes)
            count = ops.cast(ops.reduce_prod(sizes_tensor), x.dtype, name="count")
        if shift is None:
            total, squares = x, ops.square(x)
        else:
            shift = convert_to_tensor(shift, name="shift")
            total, squares = ops.subtract(x, shift), ops.squared_difference(x, shift)
        total = ops.reduce_sum(total, axes, keepdims=keepdims, name="mean_ss")
        squares = ops.reduce_sum(squares, axes, keepdims=keepdims, name="var_ss")
        return count, total, squares, shift


def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Compute mean and variance from sufficient statistics.

    Args:
      counts: the number of elements, a scalar.
      mean_ss: the sum of the (shifted) elements.
      variance_ss: the sum of their squares.
      shift: the shift, or None.
      name: name scope of the operations.

    Returns:
      The mean and the variance.

    >>> import graphflow as tf
    >>> print(*tf.Session().run(tf.nn.normalize_moments(4.0, 8.0, 20.0, None)))
    2.0 1.0
    """
    with name_scope(name, "normalize", [counts, mean_ss, variance_ss, shift]):
        divisor = ops.reciprocal(counts, name="divisor")
        if shift is not None:
            shifted_mean = ops.multiply(mean_ss, divisor, name="shifted_mean")
            mean = ops.add(shifted_mean, shift, name="mean")
        else:
            shifted_mean = mean = ops.multiply(mean_ss, divisor, name="mean")
        scaled = ops.multiply(variance_ss, divisor)
        return mean, ops.subtract(scaled, ops.square(shifted_mean), name="variance")


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: Any,
    name: str | None = None,
) -> Tensor:
    """Normalise with given moments, then scale and shift (Ioffe and Szegedy, 2015).

    Args:
      x: floating, of any shape.
      mean: broadcasts with `x`, like the following.
      variance: likewise.
      offset: what is added at the end, or None.
      scale: what is multiplied, or None.
      variance_epsilon: added to the variance, so that it is never zero.
      name: name scope of the operations.

    Returns:
      `(x - mean) / sqrt(variance + variance_epsilon) * scale + offset`, like `x`.

    >>> import graphflow as tf
    >>> y = tf.nn.batch_normalization([1.0, 5.0], 3.0, 4.0, 10.0, 2.0, variance_epsilon=0.0)
    >>> tf.Session().run(y)
    array([ 8., 12.], dtype=float32)
    """
    with name_scope(name, "batchnorm", [x, mean, variance, scale, offset]):
        inverse = ops.rsqrt(convert_to_tensor(variance) + variance_epsilon)
        if scale is not None:
            inverse = inverse * scale
        x = convert_to_tensor(x)
        scaled = x * ops.cast(inverse, x.dtype)
        shift = -mean * inverse if offset is None else offset - mean * inverse
        result: Tensor = scaled + ops.cast(shift, x.dtype)
        return result


def batch_norm_with_global_normalization(
    t: Any = None,
    m: Any = None,
    v: Any = None,
    beta: Any = None,
    gamma: Any = None,
    variance_epsilon: Any = None,
    scale_after_normalization: Any = None,
    name: str | None = None,
    input: Any = None,
    mean: Any = None,
    variance: Any = None,
) -> Tensor:
    """Normalise with given moments: the old form of `batch_normalization`.

    Args:
      t: floating [batch, height, width, depth].
      m: mean [depth].
      v: variance [depth].
      beta: offset [depth].
      gamma: scale [depth], used only if `scale_after_normalization`.
      variance_epsilon: added to the variance.
      scale_after_normalization: whether to multiply by `gamma`.
      name: name scope of the operations.
      input: new name of `t`.
      mean: new name of `m`.
      variance: new name of `v`.

    Returns:
      A tensor like `t`.

    >>> import graphflow as tf
    >>> y = tf.nn.batch_norm_with_global_normalization([1.0, 5.0], 3.0, 4.0, 10.0, 2.0, 0.0, True)
    >>> tf.Session().run(y)
    array([ 8., 12.], dtype=float32)
    """
    t = renamed_argument("input", input, "t", t)
    m = renamed_argument("mean", mean, "m", m)
    v = renamed_argument("variance", variance, "v", v)
    scale = gamma if scale_after_normalization else None
    return batch_normalization(t, m, v, beta, scale, variance_epsilon, name)


def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    rate: Any = None,
) -> Tensor:
    """Set random elements to zero and scale the others up, so that the expected sum stays.

    Args:
      x: a floating tensor.
      keep_prob: the probability with which an element is kept.
      noise_shape: shape of the random choices, broadcast to that of `x`; by default one for each
        element.
      seed: the random seed, see `tf.set_random_seed`.
      name: name scope of the operations.
      rate: the probability with which an element is dropped: 1 - keep_prob.

    Returns:
      A tensor like `x`.

    Raises:
      ValueError: a probability is out of range, or none or both are given, or x is not floating.

    >>> import graphflow as tf
    >>> y = tf.nn.dropout(tf.ones([1000]), keep_prob=0.5, seed=7)
    >>> sorted(set(tf.Session().run(y).tolist()))
    [0.0, 2.0]
    """
    if rate is not None and keep_prob is not None:
        raise ValueError("give either rate or keep_prob to dropout, not both")
    if rate is None and keep_prob is None:
        raise ValueError("dropout needs the rate (or keep_prob)")
    if keep_prob is not None:
        _check_probability("keep_prob", keep_prob)
        rate = 1 - keep_prob
    _check_probability("rate", rate)
    with name_scope(name, "dropout", [x]):
        features = convert_to_tensor(x, name="x")
        if not features.dtype.is_floating:
            raise ValueError(f"dropout needs a floating tensor, not {features!r}")
        if isinstance(rate, (int, float)) and rate == 0:
            return features
        if not isinstance(rate, Tensor):
            rate = convert_to_tensor(rate, dtype=features.dtype, name="rate")
        elif rate.dtype.base_dtype is not features.dtype.base_dtype:
            raise ValueError(f"the rate {rate!r} must have the dtype of {features!r}")
        rate.shape.assert_is_compatible_with([])
        shape = ops.shape(features) if noise_shape is None else _noise_shape(features, noise_shape)
        random = ops.random_uniform(shape, seed=seed, dtype=features.dtype)
        scale = 1 / (1 - rate)
        kept = random >= rate
        result: Tensor = features * scale * ops.cast(kept, features.dtype)
        result.set_shape(features.shape)
        return result


def _check_probability(name: str, value: Any) -> None:
    if not isinstance(value, Tensor) and np.asarray(value).dtype.kind not in "biuf":
        raise ValueError(f"{name} must be a number or a scalar tensor, not {value!r}")
    if isinstance(value, (int, float)) and not 0 <= value <= 1:
        raise ValueError(f"{name} must lie between 0 and 1, not {value}")
    if name == "rate" and isinstance(value, (int, float)) and value == 1:
        raise ValueError("rate must be less than 1: nothing would be kept")


def _noise_shape(x: Tensor, noise_shape: Any) -> Any:
    """Fill unknown dimensions of a given noise shape from the shape of `x`."""
    if isinstance(noise_shape, Tensor):
        return noise_shape
    wished = TensorShape(noise_shape)
    dims, own = wished.as_tuple(), x.shape.as_tuple()
    if dims is None or own is None or len(dims) != len(own):
        return noise_shape
    return TensorShape([o if d is None else d for d, o in zip(dims, own, strict=True)])
