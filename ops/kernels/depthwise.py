"""Depthwise convolution and its gradients tap by tap, on numpy arrays with the channels last.

Each tap of the filter is a product of a shifted image with one number for each channel.  That is
quicker than matrix products where there are many channels: nothing is copied, and the inner loops
run over whole rows.  The work goes in blocks of output rows that stay in the cache.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
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
from graphflow.ops.kernels.conv import ConvGeometry
from graphflow.ops.kernels.windows import overlap

BLOCK_ELEMENTS = 1 << 18  # of the output worked on at a time: 1 MB in float32
MANY_CHANNELS = 16  # from so many on this is quicker than `kernels.conv`

Slices = tuple[slice, ...]


def suits(geometry: ConvGeometry) -> bool:
    """Return whether the functions here are the ones to use for a grouped convolution."""
    return geometry.channels_last and geometry.out_channels >= MANY_CHANNELS


def conv(x: Array, w: Array, geometry: ConvGeometry, out: Array | None = None) -> Array:
    """Convolve each channel of images with filters of its own.

    Args:
      x: images, of `geometry.input_shape`.
      w: filter, of `geometry.filter_shape`, with one channel for each group.
      geometry: of a grouped convolution with as many groups as channels.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.output_shape` and the dtype of `x`.

    >>> x, w = np.array([1.0, 2, 5, 7]).reshape(1, 1, 2, 2), np.array([10.0, 3]).reshape(1, 1, 1, 2)
    >>> conv(x, w, ConvGeometry.of(x.shape, w.shape, (1, 1, 1, 1), "SAME")).ravel()
    array([10.,  6., 50., 21.])
    """
    check_shape("x", x, geometry.input_shape)
    y = result_array(out, geometry.output_shape, x.dtype)
    dtype = dtype_of_sums(x.dtype)
    images, weights = _repeated(x, geometry, dtype), _row_weights(w, geometry, dtype)
    for block in _blocks(geometry):
        target = y[block.images, block.rows]
        sums = target if y.dtype == dtype else scratch("sums", target.shape, dtype)
        sums[...] = 0
        for tap, elements, windows in _taps(geometry, block):
            part = sums[windows]
            factors = weights[tap, windows[2]]
            np.add(part, _product(images[block.images][elements], factors), out=part)
        if sums is not target:
            target[...] = sums
    return y


def conv_input_gradient(
    geometry: ConvGeometry, w: Array, dy: Array, out: Array | None = None
) -> Array:
    """Compute the gradient of `sum(conv(x, w, geometry) * dy)` with respect to x.

    Args:
      geometry: of the convolution.
      w: filter, of `geometry.filter_shape` and the dtype of `dy`.
      dy: of `geometry.output_shape`.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.input_shape` and the dtype of `dy`.

    >>> geometry = ConvGeometry.of((1, 1, 2, 2), (1, 1, 1, 2), (1, 1, 1, 1), "SAME")
    >>> w, dy = np.array([[[[10.0, 3.0]]]]), np.array([[[[1.0, 2.0], [5.0, 7.0]]]])
    >>> conv_input_gradient(geometry, w, dy).ravel()
    array([10.,  6., 50., 21.])
    """
    check_shape("dy", dy, geometry.output_shape)
    dx = result_array(out, geometry.input_shape, dy.dtype)
    dtype = dtype_of_sums(dy.dtype)
    weights = _row_weights(w, geometry, dtype)
    is_direct = geometry.out_channels == geometry.in_channels and dx.dtype == dtype
    shape = (*geometry.input_shape[:-1], geometry.out_channels)
    sums = dx if is_direct else np.empty(shape, dtype)
    sums[...] = 0
    for block in _blocks(geometry):
        for tap, elements, windows in _taps(geometry, block):
            part = sums[block.images][elements]
            grads = dy[block.images, block.rows][windows]
            np.add(part, _product(grads, weights[tap, windows[2]]), out=part)
    if not is_direct:
        dx[...] = sums.reshape(*dx.shape, -1).sum(-1)
    return dx


def conv_filter_gradient(
    x: Array, geometry: ConvGeometry, dy: Array, out: Array | None = None
) -> Array:
    """Compute the gradient of `sum(conv(x, w, geometry) * dy)` with respect to w.

    Args:
      x: images, of `geometry.input_shape` and the dtype of `dy`.
      geometry: of the convolution.
      dy: of `geometry.output_shape`.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.filter_shape` and the dtype of `dy`.

    >>> geometry = ConvGeometry.of((1, 1, 2, 2), (1, 1, 1, 2), (1, 1, 1, 1), "SAME")
    >>> x, dy = np.array([1.0, 2, 5, 7]).reshape(1, 1, 2, 2), np.array([1.0, 3, 0, 1])
    >>> conv_filter_gradient(x, geometry, dy.reshape(1, 1, 2, 2)).ravel()
    array([ 1., 13.])
    """
    check_shape("x", x, geometry.input_shape)
    check_shape("dy", dy, geometry.output_shape)
    dw = result_array(out, geometry.filter_shape, dy.dtype)
    dtype = dtype_of_sums(dy.dtype)
    images = _repeated(x, geometry, dtype)
    total = np.zeros((geometry.taps, geometry.out_channels), dtype)
    for block in _blocks(geometry):
        grads = dy[block.images, block.rows].astype(dtype, copy=False)
        for tap, elements, windows in _taps(geometry, block):
            product = _product(images[block.images][elements], grads[windows])
            total[tap] += channel_sums(product)
    dw[...] = total.reshape(dw.shape)
    return dw


def _product(a: Array, b: Array) -> Array:
    dtype = np.result_type(a, b)
    product: Array = np.multiply(a, b, out=scratch("product", a.shape, dtype))
    return product


def _repeated(x: Array, geometry: ConvGeometry, dtype: Any) -> Array:
    """Return images with each channel as often as it has filters."""
    wide = x.astype(dtype, copy=False)
    times = geometry.out_channels // geometry.in_channels
    return wide if times == 1 else np.repeat(wide, times, -1)


def _row_weights(w: Array, geometry: ConvGeometry, dtype: Any) -> Array:
    """Return for each tap a row of the output's width full of its weights: longer inner loops."""
    width = geometry.axes[1].output_size
    by_tap = w.reshape(geometry.taps, 1, geometry.out_channels).astype(dtype, copy=False)
    return np.repeat(by_tap, width, 1)


@dataclass(frozen=True)
class _Block:
    """Some images, or some output rows of one image."""

    images: slice
    rows: slice


def _blocks(geometry: ConvGeometry) -> Iterator[_Block]:
    """Split the output into blocks that stay in the cache."""
    height, width = (axis.output_size for axis in geometry.axes)
    if 0 in geometry.output_shape:
        return
    rows = max(1, BLOCK_ELEMENTS // (width * geometry.out_channels))
    images = max(1, rows // height)
    for first, top in itertools.product(
        range(0, geometry.batch, images), range(0, height, min(rows, height))
    ):
        last = min(first + images, geometry.batch)
        yield _Block(slice(first, last), slice(top, min(top + rows, height)))


def _taps(geometry: ConvGeometry, block: _Block) -> Iterator[tuple[int, Slices, Slices]]:
    """Yield for each tap its number, its elements, and the block's windows that have it inside."""
    rows, columns = geometry.axes
    count = block.rows.stop - block.rows.start
    for tap, (i, j) in enumerate(itertools.product(range(rows.taps), range(columns.taps))):
        start = i * rows.dilation - rows.before + block.rows.start * rows.stride
        element_rows, window_rows = overlap(start, count, rows.stride, rows.size)
        element_columns, window_columns = columns.windows_with(j)
        everything = slice(None)
        yield (
            tap,
            (everything, element_rows, element_columns),
            (everything, window_rows, window_columns),
        )
