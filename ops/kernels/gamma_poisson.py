"""Gamma and Poisson deviates, as TensorFlow draws them on a CPU.

Both are made by rejection from uniform (and normal) deviates in double precision. Each value has
samples of its own in the stream, and all values take their attempts in step with each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from graphflow.ops.kernels.box_muller import by_libm, normals64, unit_float64
from graphflow.ops.kernels.philox import RESERVED, Philox, Stream, Words

__all__ = ["BLOCK", "Draws", "random_gamma", "random_poisson"]

BLOCK = 8192  # values that are drawn together
_KNUTH_BELOW = 10.0  # the time of Knuth's method grows with the mean

Lanes = NDArray[np.intp]  # numbers of values within a block
Doubles = NDArray[np.float64]


class Draws:
    """Deviates for many values at once, each value drawing from its own part of a stream."""

    def __init__(self, stream: Stream, values: int) -> None:
        self._stream = stream
        self._places = np.arange(values) * RESERVED
        self._uniforms, self._normals = np.empty((2, 2, values))
        self._uniforms_left, self._normals_left = np.zeros((2, values), np.intp)

    def uniform(self, lanes: Lanes) -> Doubles:
        """Return a uniform deviate in [0, 1) for each of some values."""
        return self._take(lanes, self._uniforms, self._uniforms_left, _uniform_pair)

    def normal(self, lanes: Lanes) -> Doubles:
        """Return a normal deviate for each of some values."""
        return self._take(lanes, self._normals, self._normals_left, normals64)

    def _take(
        self, lanes: Lanes, kept: Doubles, left: Lanes, make: Callable[[Words], Doubles]
    ) -> Doubles:
        empty = lanes[left[lanes] == 0]
        if empty.size:
            kept[:, empty] = make(self._stream.words(self._places[empty]))
            self._places[empty] += 1
            left[empty] = 2
        left[lanes] -= 1
        return kept[left[lanes], lanes]  # a sample gives two deviates; the second one is used first


def _uniform_pair(words: Words) -> Doubles:
    return unit_float64(words[0::2], words[1::2])


def random_gamma(state: Philox, shape: Sequence[int], alpha: NDArray[Any]) -> NDArray[Any]:
    """Draw from gamma distributions of scale 1, as `RandomGamma`.

    Args:
      state: advanced by 256 samples for each element.
      shape: of the draws for each alpha.
      alpha: array of shapes of the distribution; float16, float32 or float64.

    Returns:
      Array of shape `shape + alpha.shape` and of alpha's dtype.

    Raises:
      ValueError: if an alpha is negative or NaN.

    >>> random_gamma(Philox(5, 6), (2,), np.array([0.5, 1.0, 7.0], np.float32))
    array([[0.3007053 , 6.1291842 , 6.4021645 ],
           [0.06880505, 0.34643304, 6.415367  ]], dtype=float32)
    """
    if not (alpha >= 0).all():
        raise ValueError(f"random_gamma: alpha must not be negative or NaN, it is {alpha}")
    return _draw(state, shape, alpha, alpha.dtype, _gamma)


def random_poisson(
    state: Philox, shape: Sequence[int], rate: NDArray[Any], dtype: DTypeLike
) -> NDArray[Any]:
    """Draw from Poisson distributions, as `RandomPoissonV2`.

    Args:
      state: advanced by 256 samples for each element.
      shape: of the draws for each rate.
      rate: array of means, of a real dtype; negative ones count as 0.
      dtype: float16, float32, float64, int32 or int64.

    Returns:
      Array of shape `shape + rate.shape`.

    Raises:
      ValueError: if a rate is NaN or beyond the dtype.

    >>> random_poisson(Philox(5, 6), (2,), np.array([0.5, 4.0, 700.0]), np.int32)
    array([[  0,   4, 717],
           [  1,   4, 681]], dtype=int32)
    """
    largest = _largest(np.dtype(dtype))
    if not (rate <= largest).all():
        raise ValueError(
            f"random_poisson: rate must not be NaN or beyond {np.dtype(dtype)}, it is {rate}"
        )
    return _draw(state, shape, rate, dtype, lambda draws, means: _poisson(draws, means, largest))


def _largest(dtype: np.dtype[Any]) -> float:
    return float(np.iinfo(dtype).max if dtype.kind == "i" else np.finfo(dtype).max)


def _draw(
    state: Philox,
    shape: Sequence[int],
    parameter: NDArray[Any],
    dtype: DTypeLike,
    make: Callable[[Draws, Doubles], Doubles],
) -> NDArray[Any]:
    """Draw `shape` values for each parameter; all values of one parameter follow one another."""
    each = math.prod(shape)
    total = each * parameter.size
    stream = state.reserve(RESERVED * total)
    parameters = parameter.astype(np.float64).reshape(-1)
    values = np.empty(total, dtype)
    for start in range(0, total, BLOCK):
        numbers = np.arange(start, min(start + BLOCK, total))
        draws = Draws(stream.skip(RESERVED * start), numbers.size)
        drawn = make(draws, parameters[numbers // each])
        values[numbers] = drawn.astype(np.float32) if values.itemsize == 2 else drawn
    result = values.reshape(parameter.size, each).T
    return np.ascontiguousarray(result).reshape((*shape, *parameter.shape))


def _gamma(draws: Draws, alpha: Doubles) -> Doubles:
    """Draw by the method of Marsaglia and Tsang (2000); exponential deviates by inversion."""
    result = np.empty_like(alpha)
    exponential = np.flatnonzero(alpha == 1)
    result[exponential] = -by_libm(math.log1p, -draws.uniform(exponential))
    small = alpha < 1  # drawn for alpha + 1 and scaled at the end
    d = alpha + np.where(small, 2 / 3, -1 / 3)
    c = 1 / 3 / np.sqrt(d)
    lanes = np.flatnonzero(alpha != 1)
    while lanes.size:
        accepted = _gamma_attempt(draws, lanes, c, d, result)
        lanes = lanes[~accepted]
    lanes = np.flatnonzero(small)
    with np.errstate(divide="ignore"):
        result[lanes] *= by_libm(math.pow, draws.uniform(lanes), 1 / alpha[lanes])
    return result


def _gamma_attempt(
    draws: Draws, lanes: Lanes, c: Doubles, d: Doubles, result: Doubles
) -> NDArray[np.bool_]:
    """Try once for each lane, write what is accepted to the result, and say which that is."""
    x = draws.normal(lanes)
    v = 1 + c[lanes] * x
    accepted = v > 0
    lanes, x, v = lanes[accepted], x[accepted], v[accepted]
    v = v * v * v
    u = draws.uniform(lanes)
    square = x * x
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = 0.5 * square + d[lanes] * (1 - v + np.log(v))
        inside = (u < 1 - 0.0331 * square * square) | (np.log(u) < bound)
    result[lanes[inside]] = (d[lanes] * v)[inside]
    accepted[accepted] = inside
    return accepted


def _poisson(draws: Draws, rate: Doubles, largest: float) -> Doubles:
    result = np.zeros_like(rate)
    _poisson_by_products(draws, rate, np.flatnonzero(rate < _KNUTH_BELOW), result)
    lanes = np.flatnonzero(rate >= _KNUTH_BELOW)
    while lanes.size:
        accepted = _poisson_attempt(draws, lanes, rate[lanes], largest, result)
        lanes = lanes[~accepted]
    return result


def _poisson_by_products(draws: Draws, rate: Doubles, lanes: Lanes, result: Doubles) -> None:
    """Count, by Knuth's method, the factors until a product of uniform deviates is small."""
    product = np.ones_like(rate)
    limit = np.exp(-rate)
    while lanes.size:
        product[lanes] *= draws.uniform(lanes)
        lanes = lanes[product[lanes] > limit[lanes]]
        result[lanes] += 1


def _poisson_attempt(
    draws: Draws, lanes: Lanes, rate: Doubles, largest: float, result: Doubles
) -> NDArray[np.bool_]:
    """Try once by Hörmann's transformed rejection (PTRS, 1993), as `_gamma_attempt` does."""
    b = 0.931 + 2.53 * np.sqrt(rate)
    a = -0.059 + 0.02483 * b
    u = draws.uniform(lanes) - 0.5
    v = draws.uniform(lanes)
    us = 0.5 - np.abs(u)
    with np.errstate(divide="ignore"):
        candidates = k = np.floor((2 * a / us + b) * u + rate + 0.43)
    within = k <= largest
    accepted = within & (us >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2))
    undecided = within & ~accepted & (k >= 0) & ((us >= 0.013) | (v <= us))
    a, b, k, us, v, rate = (values[undecided] for values in (a, b, k, us, v, rate))
    with np.errstate(divide="ignore"):
        ratio = np.log(v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (us * us) + b))
    accepted[undecided] = ratio <= _log_poisson(k, rate)
    result[lanes[accepted]] = candidates[accepted]
    return accepted


def _log_poisson(k: Doubles, rate: Doubles) -> Doubles:
    """Return the logarithm of the probability of k."""
    return k * np.log(rate) - rate - by_libm(math.lgamma, k + 1)
