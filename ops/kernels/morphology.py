"""Grey dilation of images and its gradients, on numpy arrays.

As in TensorFlow on a CPU, a sum that is `nan` or not above the lowest finite value never wins.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from graphflow.ops.kernels.arrays import (
    Array,
    channel_sums,
    check_shape,
    dtype_of_sums,
    result_array,
    scratch,
)
from graphflow.ops.kernels.pool import PoolGeometry, first_equal, lowest, only


def dilate(x: Array, w: Array, geometry: PoolGeometry, out: Array | None = None) -> Array:
    """Compute for each window the maximum of its elements plus the filter.

    Args:
      x: real array of `geometry.input_shape`: [batch, height, width, channels].
      w: filter, [height, width, channels], of the dtype of `x`.
      geometry: of the windows.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.output_shape` and the dtype of `x`.

    >>> x = np.array([1, 5, 2], np.float32).reshape(1, 1, 3, 1)
    >>> w = np.array([0, 10], np.float32).reshape(1, 2, 1)
    >>> dilate(x, w, PoolGeometry.of(x.shape, (1, 1, 2, 1), (1, 1, 1, 1), "VALID")).ravel()
    array([15., 12.], dtype=float32)
    """
    check_shape("x", x, geometry.input_shape)
    y = result_array(out, geometry.output_shape, x.dtype)
    for images in geometry.blocks:
        _maxima(x[images], w, geometry, y[images])
    return y


def dilate_input_gradient(x: Array, w: Array, dy: Array, geometry: PoolGeometry) -> Array:
    """Compute the gradient of `sum(dilate(x, w, geometry) * dy)` with respect to x.

    Args:
      x: as for `dilate`.
      w: as for `dilate`.
      dy: of `geometry.output_shape` and the dtype of `x`.
      geometry: of the windows.

    Returns:
      Array like `x`: each window's gradient goes to the first element that gives its maximum, or,
      if there is none, to the window's first pixel.

    >>> x = np.array([1, 5, 2], np.float32).reshape(1, 1, 3, 1)
    >>> w = np.array([0, 10], np.float32).reshape(1, 2, 1)
    >>> geometry = PoolGeometry.of(x.shape, (1, 1, 2, 1), (1, 1, 1, 1), "VALID")
    >>> dilate_input_gradient(x, w, np.float32([3, 4]).reshape(1, 1, 2, 1), geometry).ravel()
    array([0., 3., 4.], dtype=float32)
    """
    check_shape("dy", dy, geometry.output_shape)
    dx = np.zeros(x.shape, x.dtype)
    for images in geometry.blocks:
        winners, lost = _winners(x[images], w, geometry)
        winners[lost] = np.iinfo(winners.dtype).max
        for tap, (elements, windows) in enumerate(geometry.taps):
            part = dx[images][elements]
            np.add(part, only(winners[windows], tap, dy[images][windows]), out=part)
        if lost.any():
            image, *windows_lost = np.nonzero(lost)
            starts = [np.maximum(axis.starts, 0) for axis in geometry.axes[1:]]
            pixels = [start[index] for start, index in zip(starts, windows_lost, strict=True)]
            np.add.at(dx[images], (image, *pixels), dy[images][lost])
    return dx


def dilate_filter_gradient(x: Array, w: Array, dy: Array, geometry: PoolGeometry) -> Array:
    """Compute the gradient of `sum(dilate(x, w, geometry) * dy)` with respect to w.

    Args:
      x: as for `dilate`.
      w: as for `dilate`.
      dy: of `geometry.output_shape` and the dtype of `x`.
      geometry: of the windows.

    Returns:
      Array like `w`: each window's gradient goes to the first tap that gives its maximum, or, if
      there is none, to the first of all.

    >>> x = np.array([1, 5, 2], np.float32).reshape(1, 1, 3, 1)
    >>> w = np.array([0, 10], np.float32).reshape(1, 2, 1)
    >>> geometry = PoolGeometry.of(x.shape, (1, 1, 2, 1), (1, 1, 1, 1), "VALID")
    >>> dilate_filter_gradient(x, w, np.float32([3, 4]).reshape(1, 1, 2, 1), geometry).ravel()
    array([0., 7.], dtype=float32)
    """
    check_shape("dy", dy, geometry.output_shape)
    dw = np.zeros((len(geometry.taps), w.shape[-1]), dtype_of_sums(w.dtype))
    for images in geometry.blocks:
        winners, lost = _winners(x[images], w, geometry)
        winners[lost] = 0
        for tap in range(len(geometry.taps)):
            dw[tap] += channel_sums(only(winners, tap, dy[images]))
    return dw.reshape(w.shape).astype(w.dtype, copy=False)


def _sums(x: Array, w: Array, geometry: PoolGeometry) -> Iterator[tuple[Any, Array]]:
    """Yield for each tap its windows, and their elements plus the filter there, in scratch."""
    weights = w.reshape(len(geometry.taps), -1)
    for (elements, windows), weight in zip(geometry.taps, weights, strict=True):
        inside = x[elements]
        yield windows, np.add(inside, weight, out=scratch("sums", inside.shape, x.dtype))


def _maxima(x: Array, w: Array, geometry: PoolGeometry, y: Array) -> None:
    """Write the largest sum of each window to y."""
    y[...] = lowest(x.dtype)
    for windows, sums in _sums(x, w, geometry):
        part = y[windows]
        np.fmax(part, sums, out=part)


def _winners(x: Array, w: Array, geometry: PoolGeometry) -> tuple[Array, Array]:
    """Return for each window the number of the first tap that wins, and where none does."""
    best = scratch("best", (len(x), *geometry.output_shape[1:]), x.dtype)
    _maxima(x, w, geometry, best)
    winners = first_equal(_sums(x, w, geometry), best, geometry.tap_dtype)
    return winners, best == lowest(x.dtype)
