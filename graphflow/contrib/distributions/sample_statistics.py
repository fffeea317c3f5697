"""Statistics of samples."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype, float64, int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.parameters import checked
from graphflow.linear_operators.shapes import size_of

_INTERPOLATIONS = ("lower", "higher", "nearest")


def _rank_of(x: Tensor) -> int:
    rank = x.shape.ndims
    if rank is None:
        raise ValueError(f"the rank of {x!r} must be known")
    return rank


def _places(axis: Any, rank: int) -> list[int]:
    """Axes counted from the first one, without repetition."""
    if isinstance(axis, Tensor):
        known = axis.constant_value()
        if known is None:
            raise ValueError("axis must be known while building")
        axis = known.tolist()
    axes = [int(axis)] if isinstance(axis, int) else [int(one) for one in axis]
    for one in axes:
        if not -rank <= one < rank:
            raise ValueError(f"there is no axis {one} of {rank}")
    return sorted({one % rank for one in axes})


def percentile(
    x: Any,
    q: Any,
    axis: Any = None,
    interpolation: str | None = None,
    keep_dims: bool = False,
    validate_args: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return the number that `q` percent of all do not exceed.

    Args:
      x: a tensor of numbers.
      q: a scalar between 0 and 100.
      axis: the axes that are samples; all if None.
      interpolation: which of two neighbours to take, "lower", "higher" or "nearest"; by default
        the last one.
      keep_dims: whether these axes remain, with length 1.
      validate_args: whether the run checks `q`.
      name: name scope of the operations.

    Returns:
      A tensor of the dtype of `x`.

    Raises:
      ValueError: `interpolation` is another word, the rank of `x` is not known, or `q` is no
        scalar.

    >>> import graphflow as tf
    >>> x = [[1.0, 5.0, 3.0], [8.0, 2.0, 9.0]]
    >>> tf.Session().run(tf.contrib.distributions.percentile(x, 50.0, axis=1))
    array([3., 8.], dtype=float32)
    >>> tf.Session().run(tf.contrib.distributions.percentile(x, 40.0, interpolation="higher"))
    np.float32(3.0)
    """
    interpolation = "nearest" if interpolation is None else interpolation
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(
            f"interpolation must be one of {', '.join(_INTERPOLATIONS)}, not {interpolation!r}"
        )
    with name_scope(name, "percentile", [x, q]):
        numbers = convert_to_tensor(x, name="x")
        percent: Any = ops.cast(q, float64, name="q")
        if percent.shape.ndims not in (None, 0):
            raise ValueError(f"q must be a scalar, its shape is {percent.shape}")
        if validate_args:
            text = "q must be between 0 and 100"
            zero, hundred = ops.constant(0.0, float64), ops.constant(100.0, float64)
            percent = checked(
                percent,
                ops.assert_greater_equal(percent, zero, message=text),
                ops.assert_less_equal(percent, hundred, message=text),
            )
        rank = _rank_of(numbers)
        axes = list(range(rank)) if axis is None else _places(axis, rank)
        others = [place for place in range(rank) if place not in axes]
        flat = _last_flat(numbers, others, axes)
        # Counted from the greatest one.
        place = _place(flat, 100.0 - percent, interpolation)
        chosen = ops.gather(ops.top_k(flat, ops.shape(flat)[-1]).values, place, axis=-1)
        chosen.set_shape([numbers.shape[other] for other in others])
        if keep_dims:
            for kept in axes:
                chosen = ops.expand_dims(chosen, kept)
        return chosen


def _last_flat(x: Tensor, others: list[int], axes: list[int]) -> Tensor:
    """Make one last axis of several."""
    moved = ops.transpose(x, others + axes)
    return ops.reshape(moved, ops.concat([ops.shape(moved)[: len(others)], [-1]], 0))


def _place(flat: Tensor, percent: Tensor, interpolation: str) -> Tensor:
    last = ops.shape(flat)[-1] - 1
    exact = percent * ops.cast(last, float64) / 100.0
    # A lower number stands further from the greatest one.
    round_it = {"lower": ops.ceil, "higher": ops.floor, "nearest": ops.round}[interpolation]
    place: Tensor = ops.clip_by_value(ops.cast(round_it(exact), int32), 0, ops.maximum(last, 0))
    return place


def auto_correlation(
    x: Any,
    axis: int = -1,
    max_lags: Any = None,
    center: bool = True,
    normalize: bool = True,
    name: str = "auto_correlation",
) -> Tensor:
    """Return how series correlate with themselves some steps later.

    Args:
      x: floating or complex.
      axis: the axis of time.
      max_lags: the greatest number of steps; by default one less than the length.
      center: whether to subtract the mean first.
      normalize: whether to divide by the value of 0 steps, the variance if centered.
      name: name scope of the operations.

    Returns:
      A tensor like `x`, whose axis of time has the values for 0, 1, ..., `max_lags` steps.

    Raises:
      ValueError: the rank of `x` is not known, or `axis` is none of its axes.

    >>> import graphflow as tf
    >>> x = [1.0, -1.0, 2.0, -2.0]
    >>> tf.Session().run(tf.contrib.distributions.auto_correlation(x, max_lags=1)).round(3)
    array([ 1.   , -0.933], dtype=float32)
    """
    with name_scope(name, values=[x]):
        series = convert_to_tensor(x, name="x")
        dtype = series.dtype.base_dtype
        rank = _rank_of(series)
        (place,) = _places(axis, rank)
        order = [one for one in range(rank) if one != place] + [place]
        moved = ops.transpose(series, order)
        length = size_of(moved, -1)
        lags = length - 1 if max_lags is None else convert_to_tensor(max_lags, name="max_lags")
        if center:
            moved = moved - ops.reduce_mean(moved, -1, keepdims=True)
        products = _sums_of_products(moved, length)[..., : lags + 1]
        pairs = ops.cast(length - ops.range(lags + 1), dtype.real_dtype)
        means = ops.cast(products, dtype) / ops.cast(pairs, dtype)
        if normalize:
            means = means / means[..., :1]
        back = [order.index(one) for one in range(rank)]
        return ops.transpose(means, back)


def _sums_of_products(x: Tensor, length: Any) -> Tensor:
    """The sums of x[n + m] conj(x[n]) for each m from 0 on, by the Fourier transform."""
    dtype = x.dtype.base_dtype
    zeros = ops.zeros_like(x)
    # So many zeros that no product goes around the end.
    padded = ops.concat([x, zeros], -1)
    wide = dtype.real_dtype == float64
    spectrum = ops.fft(ops.cast(padded, as_dtype("complex128" if wide else "complex64")))
    products = ops.ifft(spectrum * ops.conj(spectrum))[..., :length]
    return products if dtype.is_complex else ops.real(products)
