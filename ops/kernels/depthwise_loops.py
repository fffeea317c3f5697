"""Depthwise convolutions of a part of a batch: source that is compiled when it is needed.

The innermost loops run over all channels of a row of outputs, as far as a tap is inside the image;
with a stride along the row over those of one pixel.  See `ops/kernels/quickest_depthwise.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.code_cache import machine_code


@machine_code
def inside(tap: int, sizes: Any) -> tuple[int, int, int]:
    """For a tap along a row the first output that has it inside, the end of these, and its place.

    Args:
      tap: number of the tap along the row.
      sizes: a `PoolSizes`.
    """
    shift = tap * sizes.dilation_across - sizes.before_across
    stride = sizes.stride_across
    first = max(0, (stride - 1 - shift) // stride)
    last = min(sizes.columns, (sizes.width - 1 - shift) // stride + 1)
    return first, last, first * stride + shift


@machine_code
def add_products(x: Any, step_x: int, y: Any, step_y: int, z: Any, step_z: int, count: int) -> None:
    """Add products of pixels to others.

    Args:
      x: pixels that are multiplied, flat, from the first on.
      step_x: between them.
      y: likewise.
      step_y: likewise.
      z: pixels that are added to, likewise.
      step_z: likewise.
      count: how many there are.
    """
    channels = step_z if step_z < step_x else step_x
    if step_x == step_z:
        channels, count = channels * count, 1
    for pixel in range(count):
        left = x[pixel * step_x : pixel * step_x + channels]
        right = y[pixel * step_y : pixel * step_y + channels]
        target = z[pixel * step_z : pixel * step_z + channels]
        for i in range(channels):
            target[i] += left[i] * right[i]


@machine_code
def convolve(x: Any, w: Any, sizes: Any, first: int, last: int, result: Any) -> None:
    """Convolve, for some rows of outputs.

    Args:
      x: images, flat.
      w: for each tap a row of outputs full of its weights.
      sizes: a `PoolSizes`.
      first: number of the first row of all images.
      last: number after the last one.
      result: flat, is written.
    """
    channels = sizes.channels
    size, step = sizes.columns * channels, sizes.stride_across * channels
    for unit in range(first, last):
        image, row = unit // sizes.rows, unit % sizes.rows
        target = result[unit * size : (unit + 1) * size]
        target[:] = np.float32(0)
        for i in range(sizes.taps_down):
            y = row * sizes.stride_down - sizes.before_down + i * sizes.dilation_down
            if y < 0 or y >= sizes.height:
                continue
            source = x[(image * sizes.height + y) * sizes.width * channels :]
            for j in range(sizes.taps_across):
                begin, end, place = inside(j, sizes)
                if begin < end:
                    weights = w[i * sizes.taps_across + j]
                    add_products(
                        source[place * channels :], step, weights, channels,
                        target[begin * channels :], channels, end - begin,
                    )  # fmt: skip


@machine_code
def convolve_back(dy: Any, w: Any, sizes: Any, first: int, last: int, result: Any) -> None:
    """Compute the gradient for some images.

    Args:
      dy: gradient of the outputs, flat.
      w: for each tap a row of outputs full of its weights.
      sizes: a `PoolSizes`.
      first: number of the first image.
      last: number after the last one.
      result: flat, is written.
    """
    channels = sizes.channels
    size, step = sizes.columns * channels, sizes.stride_across * channels
    image_size = sizes.height * sizes.width * channels
    result[first * image_size : last * image_size] = np.float32(0)
    for unit in range(first * sizes.rows, last * sizes.rows):
        image, row = unit // sizes.rows, unit % sizes.rows
        source = dy[unit * size : (unit + 1) * size]
        for i in range(sizes.taps_down):
            y = row * sizes.stride_down - sizes.before_down + i * sizes.dilation_down
            if y < 0 or y >= sizes.height:
                continue
            target = result[(image * sizes.height + y) * sizes.width * channels :]
            for j in range(sizes.taps_across):
                begin, end, place = inside(j, sizes)
                if begin < end:
                    weights = w[i * sizes.taps_across + j]
                    add_products(
                        source[begin * channels :], channels, weights, channels,
                        target[place * channels :], step, end - begin,
                    )  # fmt: skip


@machine_code
def add_filter_gradient(x: Any, dy: Any, sizes: Any, first: int, last: int, total: Any) -> None:
    """Compute the gradient for the filter of some images.

    Args:
      x: images, flat.
      dy: gradient of the outputs, flat.
      sizes: a `PoolSizes`.
      first: number of the first image.
      last: number after the last one.
      total: for each tap a row of outputs, is written.
    """
    channels = sizes.channels
    size, step = sizes.columns * channels, sizes.stride_across * channels
    total[:] = np.float32(0)
    for unit in range(first * sizes.rows, last * sizes.rows):
        image, row = unit // sizes.rows, unit % sizes.rows
        gradient = dy[unit * size : (unit + 1) * size]
        for i in range(sizes.taps_down):
            y = row * sizes.stride_down - sizes.before_down + i * sizes.dilation_down
            if y < 0 or y >= sizes.height:
                continue
            source = x[(image * sizes.height + y) * sizes.width * channels :]
            for j in range(sizes.taps_across):
                begin, end, place = inside(j, sizes)
                if begin < end:
                    add_products(
                        source[place * channels :], step, gradient[begin * channels :], channels,
                        total[i * sizes.taps_across + j], channels, end - begin,
                    )  # fmt: skip
