"""Binomial deviates.

Each value has samples of its own in the stream, as those of `gamma_poisson`. Where both successes
and failures are many the numbers are TensorFlow's; else it draws otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from graphflow.ops.kernels.gamma_poisson import BLOCK, Draws
from graphflow.ops.kernels.philox import RESERVED, Philox

__all__ = ["random_binomial"]

Lanes = NDArray[np.intp]  # numbers of values within a block
Doubles = NDArray[np.float64]

_BY_SUMS_BELOW = 10.0  # the time of adding up waiting times grows with the mean


def random_binomial(
    state: Philox,
    shape: Sequence[int],
    counts: NDArray[Any],
    probs: NDArray[Any],
    dtype: DTypeLike,
) -> NDArray[Any]:
    """Draw from binomial distributions.

    Args:
      state: advanced as `StatefulRandomBinomial` does it, by 12800 samples a value and more.
      shape: of the result; it ends in the shape that counts and probs broadcast to.
      counts: numbers of trials, real.
      probs: probabilities of success, real.
      dtype: float16, float32, float64, int32 or int64.

    Returns:
      Array of that shape.

    Raises:
      ValueError: if a number of trials is negative or NaN, or a probability is not in [0, 1].

    >>> at = Philox(5, 6)
    >>> random_binomial(at, (2, 2), np.array([10.0, 300.0]), np.array(0.25), np.int32).shape
    (2, 2)
    """
    trials, chances = np.broadcast_arrays(counts.astype(np.float64), probs.astype(np.float64))
    if not ((trials >= 0).all() and (chances >= 0).all() and (chances <= 1).all()):
        raise ValueError("binomial: counts must not be negative, probs must be in [0, 1]")
    total, each = math.prod(shape), math.prod(shape[: len(shape) - trials.ndim])
    stream = state.reserve(RESERVED * (trials.size * 200 * (each + 3) // 4))
    trials, chances = trials.reshape(-1), chances.reshape(-1)
    values = np.empty(total, dtype)
    for start in range(0, total, BLOCK):
        numbers = np.arange(start, min(start + BLOCK, total))
        draws = Draws(stream.skip(RESERVED * start), numbers.size)
        values[numbers] = _binomial(draws, trials[numbers // each], chances[numbers // each])
    result = values.reshape(trials.size, each).T
    return np.ascontiguousarray(result).reshape(tuple(shape))


def _binomial(draws: Draws, count: Doubles, prob: Doubles) -> Doubles:
    """Draw successes, or failures where these are less likely."""
    is_turned = prob > 0.5
    prob = np.where(is_turned, 1 - prob, prob)
    result = np.zeros_like(count)
    _by_sums(draws, count, prob, np.flatnonzero(count * prob < _BY_SUMS_BELOW), result)
    lanes = np.flatnonzero(count * prob >= _BY_SUMS_BELOW)
    while lanes.size:
        lanes = lanes[~_attempt(draws, lanes, count[lanes], prob[lanes], result)]
    return np.where(is_turned, count - result, result)


def _by_sums(draws: Draws, count: Doubles, prob: Doubles, lanes: Lanes, result: Doubles) -> None:
    """Count the successes whose waiting times, drawn by inversion, fit into the trials."""
    waited = np.zeros_like(count)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_failure = np.log1p(-prob)
        while lanes.size:
            waited[lanes] += np.ceil(np.log(draws.uniform(lanes)) / log_failure[lanes])
            lanes = lanes[waited[lanes] <= count[lanes]]
            result[lanes] += 1


def _attempt(
    draws: Draws, lanes: Lanes, count: Doubles, prob: Doubles, result: Doubles
) -> NDArray[np.bool_]:
    """Try once by Hörmann's transformed rejection (BTRS, 1993), for each lane.

    Writes what is accepted to the result, and says which that is.
    """
    deviation = np.sqrt(count * prob * (1 - prob))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * prob
    u = draws.uniform(lanes) - 0.5
    v = draws.uniform(lanes)
    us = 0.5 - np.abs(u)
    with np.errstate(divide="ignore", invalid="ignore"):
        k = np.floor((2 * a / us + b) * u + count * prob + 0.5)
        accepted = (us >= 0.07) & (v <= 0.92 - 4.2 / b)
        alpha = (2.83 + 5.1 / b) * deviation
        ratio = np.log(v * alpha / (a / (us * us) + b))
        inside = (k >= 0) & (k <= count)
        accepted |= inside & (ratio <= _log_likelihood(np.where(inside, k, 0), count, prob))
    result[lanes[accepted]] = k[accepted]
    return accepted


def _log_likelihood(k: Doubles, count: Doubles, prob: Doubles) -> Doubles:
    """Logarithm of the probability of k over that of the most likely number."""
    mode = np.floor((count + 1) * prob)
    odds = prob / (1 - prob)
    result: Doubles = (
        (mode + 0.5) * np.log((mode + 1) / (odds * (count - mode + 1)))
        + (count + 1) * np.log((count - mode + 1) / (count - k + 1))
        + (k + 0.5) * np.log(odds * (count - k + 1) / (k + 1))
        + _stirling_error(mode)
        + _stirling_error(count - mode)
        - _stirling_error(k)
        - _stirling_error(count - k)
    )
    return result


def _stirling_error(k: Doubles) -> Doubles:
    """By how much Stirling's formula for log(k!) is wrong."""
    import scipy.special

    shifted = k + 1
    result: Doubles = scipy.special.gammaln(shifted) - (
        (k + 0.5) * np.log(shifted) - shifted + 0.5 * math.log(2 * math.pi)
    )
    return result
