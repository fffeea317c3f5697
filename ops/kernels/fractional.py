"""Pooling over windows of random sizes, on numpy arrays (Graham, "Fractional Max-Pooling", 2014).

A *sequence* of increasing numbers tells where windows along an axis begin: window i goes from
`sequence[i]` to just before `sequence[i + 1]`, or, if windows overlap, includes that element as
long as the axis has it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from graphflow.ops.kernels import philox
from graphflow.ops.kernels.arrays import Array, dtype_of_sums
from graphflow.ops.kernels.pool import first_equal, lowest, only


def pooling_sequence(state: philox.Philox, size: int, count: int, pseudo_random: bool) -> Array:
    """Draw the sequence of an axis as TensorFlow does.

    Args:
      state: of the generator.
      size: of the axis.
      count: number of windows, at most `size`.
      pseudo_random: spread the larger windows evenly from a random start, rather than shuffle them.

    Returns:
      int64 [count + 1], from 0 to `size`.

    >>> pooling_sequence(philox.Philox(1, 2), 10, 6, False)
    array([ 0,  1,  3,  4,  6,  8, 10])
    >>> pooling_sequence(philox.Philox(1, 2), 10, 6, True)
    array([ 0,  2,  3,  5,  7,  8, 10])
    """
    lengths = _even_lengths if pseudo_random else _shuffled_lengths
    return np.concatenate([[0], np.cumsum(lengths(state, size, count))]).astype(np.int64)


def _shuffled_lengths(state: philox.Philox, size: int, count: int) -> Array:
    least, longer = divmod(size, count)
    lengths = np.full(count, least)
    lengths[:longer] += 1
    return lengths[philox.permutation(state.reserve(-(-count // 4)), count)]


def _even_lengths(state: philox.Philox, size: int, count: int) -> Array:
    """Lengths from rounding up multiples of the ratio from a random start (section 2 there)."""
    ratio, least = size / count, size // count
    start = min((least + 2) / ratio - 1, (size + 1 - least) / ratio - (count - 1))
    high, low = philox.sequence(state.reserve(1), 2).tolist()
    start *= ((high & 0xFFFFF) << 32 | low) / 2.0**52
    ends = np.ceil(ratio * (np.arange(1, count) + start))
    return np.diff(np.concatenate([[1], ends, [size + 1]]))


def max_pool(x: Array, rows: Array, columns: Array, overlapping: bool) -> Array:
    """Compute the maximum of each window.

    Args:
      x: real [batch, height, width, channels].
      rows: the sequence of the windows along the height.
      columns: along the width.
      overlapping: whether windows overlap.

    Returns:
      [batch, windows, windows, channels] of the dtype of `x`.

    >>> x = np.array([1, 5, 2, 3], np.float32).reshape(1, 1, 4, 1)
    >>> max_pool(x, np.array([0, 1]), np.array([0, 1, 2, 4]), overlapping=True).ravel()
    array([5., 5., 3.], dtype=float32)
    """
    maxima = _reduce(np.fmax, x, rows, columns, overlapping)
    np.fmax(maxima, lowest(x.dtype), out=maxima)
    return maxima


def avg_pool(x: Array, rows: Array, columns: Array, overlapping: bool) -> Array:
    """Compute the average of each window; integers are divided towards 0.

    Args:
      x: real [batch, height, width, channels].
      rows: the sequence of the windows along the height.
      columns: along the width.
      overlapping: whether windows overlap.

    Returns:
      [batch, windows, windows, channels] of the dtype of `x`.

    >>> x = np.array([1, 5, 2, 3], np.float32).reshape(1, 1, 4, 1)
    >>> avg_pool(x, np.array([0, 1]), np.array([0, 1, 2, 4]), overlapping=True).ravel()
    array([3. , 3.5, 2.5], dtype=float32)
    """
    counts = _counts(x.shape, rows, columns, overlapping)
    sums = _reduce(np.add, x, rows, columns, overlapping)
    return _divided(sums, counts).astype(x.dtype, copy=False)


def max_pool_gradient(
    x: Array, y: Array, dy: Array, rows: Array, columns: Array, overlapping: bool
) -> Array:
    """Compute the gradient of `sum(max_pool(x, ...) * dy)` with respect to x.

    Args:
      x: real [batch, height, width, channels].
      y: `max_pool(x, ...)`.
      dy: of the shape of `y`.
      rows: the sequence of the windows along the height.
      columns: along the width.
      overlapping: whether windows overlap.

    Returns:
      Array like `x`: each window's gradient goes to its first maximum.

    Raises:
      ValueError: if y is not what the sequences give.

    >>> x = np.array([1, 5, 2, 2], np.float32).reshape(1, 1, 4, 1)
    >>> windows = np.array([0, 1]), np.array([0, 1, 2, 4])
    >>> y, dy = max_pool(x, *windows, True), np.float32([10, 20, 30]).reshape(1, 1, 3, 1)
    >>> max_pool_gradient(x, y, dy, *windows, overlapping=True).ravel()
    array([ 0., 30., 30.,  0.], dtype=float32)
    """
    taps = list(
        itertools.product(
            _taps(rows, x.shape[1], overlapping), _taps(columns, x.shape[2], overlapping)
        )
    )
    candidates = (
        (slice(None), np.take(np.take(x, down.elements, 1), right.elements, 2))
        for down, right in taps
    )
    winners = first_equal(candidates, y, np.min_scalar_type(len(taps)))
    if winners.size and winners.max() >= len(taps):
        raise ValueError("orig_output is not what fractional_max_pool gives for orig_input")
    dx = np.zeros(x.shape, dy.dtype)
    for tap, (down, right) in enumerate(taps):
        # Windows that have a tap have it in different places, so that nothing is added twice.
        windows = (slice(None), down.windows[:, None], right.windows)
        places = (slice(None), down.elements[down.windows][:, None], right.elements[right.windows])
        dx[places] += only(winners, tap, dy)[windows]
    return dx


def avg_pool_gradient(
    shape: Sequence[int], dy: Array, rows: Array, columns: Array, overlapping: bool
) -> Array:
    """Compute the gradient of `sum(avg_pool(x, ...) * dy)` with respect to x.

    Args:
      shape: of x.
      dy: gradient of the windows' averages.
      rows: the sequence of the windows along the height.
      columns: along the width.
      overlapping: whether windows overlap.

    Returns:
      Array of the shape and the dtype of `dy`: each window's gradient is shared out evenly.

    >>> windows = np.array([0, 1]), np.array([0, 1, 2, 4])
    >>> dy = np.float32([10, 20, 30]).reshape(1, 1, 3, 1)
    >>> avg_pool_gradient((1, 1, 4, 1), dy, *windows, overlapping=True).ravel()
    array([ 5., 15., 25., 15.], dtype=float32)
    """
    shares = dy / _counts(shape, rows, columns, overlapping).astype(np.float64)
    for axis, sequence in ((1, rows), (2, columns)):
        spread = np.repeat(shares, np.diff(sequence), axis)
        if overlapping:
            inside = sequence[1:] < shape[axis]
            into = (slice(None),) * axis + (sequence[1:][inside],)
            spread[into] += shares[(slice(None),) * axis + (inside,)]
        shares = spread
    return shares.astype(dy.dtype)


def _reduce(combine: np.ufunc, x: Array, rows: Array, columns: Array, overlapping: bool) -> Array:
    """Combine the elements of each window, one axis after the other."""
    dtype = dtype_of_sums(x.dtype)
    for axis, sequence in ((1, rows), (2, columns)):
        begins, ends = sequence[:-1], _ends(sequence, x.shape[axis], overlapping)
        result = np.take(x, begins, axis).astype(dtype, copy=False)
        for step in range(1, _longest(begins, ends)):
            longer = np.flatnonzero(begins + step < ends)
            elements = np.take(x, begins[longer] + step, axis)
            windows = (slice(None),) * axis + (longer if len(longer) < len(ends) else slice(None),)
            result[windows] = combine(result[windows], elements)
        x = result
    return x


def _longest(begins: Array, ends: Array) -> int:
    """Return how many elements the longest window has."""
    return int(np.max(ends - begins, initial=0))


def _counts(shape: Sequence[int], rows: Array, columns: Array, overlapping: bool) -> Array:
    """Return the number of elements in each window, to broadcast with the output."""
    heights, widths = (
        _ends(sequence, size, overlapping) - sequence[:-1]
        for sequence, size in ((rows, shape[1]), (columns, shape[2]))
    )
    counts: Array = heights[:, None, None] * widths[:, None]
    return counts


def _ends(sequence: Array, size: int, overlapping: bool) -> Array:
    """Return where each window ends: the number of the first element behind it."""
    ends: Array = sequence[1:]
    return np.minimum(ends + 1, size) if overlapping else ends


def _divided(values: Array, counts: Array) -> Array:
    if values.dtype.kind == "f":
        return np.divide(values, counts, dtype=values.dtype)
    quotients = np.abs(values) // counts
    return np.where(values < 0, -quotients, quotients)


@dataclass(frozen=True)
class _Tap:
    """The first, second... element of all windows along an axis.

    Attributes:
      elements: one for each window; windows with fewer elements repeat their last one.
      windows: the numbers of those that have so many elements.
    """

    elements: Array
    windows: Array


def _taps(sequence: Array, size: int, overlapping: bool) -> Iterator[_Tap]:
    begins, ends = sequence[:-1], _ends(sequence, size, overlapping)
    for step in range(_longest(begins, ends)):
        elements = begins + step
        yield _Tap(np.minimum(elements, ends - 1), np.flatnonzero(elements < ends))
