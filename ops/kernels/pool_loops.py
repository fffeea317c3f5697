"""Pooling of a part of a batch, window by window: source that is compiled with other constants.

`ops/kernels/specialised.py` compiles copies of this file in which the constants below have the
values that suit the number of channels and the windows.  See `ops/kernels/quickest_pool.py` for the
arguments.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.code_cache import machine_code
from graphflow.ops.kernels.pool_tiles import (
    max_window,
    max_window_gradient,
    mean_window,
    mean_window_gradient,
)

WIDTH = 4  # of a vector of channels
TAPS_DOWN = 1  # of a window, if it is small
TAPS_ACROSS = 1  # of a window, if it is small


@machine_code
def inside(start: int, taps: int, dilation: int, size: int) -> tuple[int, int]:
    """The first tap of a window that is no padding, and the one after the last."""
    first = (dilation - 1 - start) // dilation if start < 0 else 0
    return first, min(taps, (size - 1 - start) // dilation + 1)


@machine_code
def pool_max(images: Any, sizes: Any, lowest: Any, first: int, last: int, result: Any) -> None:
    """Compute the maximum of windows, for some rows of them."""
    width, channels = sizes.width, sizes.channels
    full = channels // WIDTH * WIDTH
    row_step, column_step = sizes.dilation_down * width * channels, sizes.dilation_across * channels
    for unit in range(first, last):
        image, row = unit // sizes.rows, unit % sizes.rows
        y = row * sizes.stride_down - sizes.before_down
        top, bottom = inside(y, sizes.taps_down, sizes.dilation_down, sizes.height)
        line = (image * sizes.height + y + top * sizes.dilation_down) * width
        for column in range(sizes.columns):
            x = column * sizes.stride_across - sizes.before_across
            left, right = inside(x, sizes.taps_across, sizes.dilation_across, width)
            place = (line + x + left * sizes.dilation_across) * channels
            target = (unit * sizes.columns + column) * channels
            for channel in range(0, full, WIDTH):
                max_window(
                    images, place + channel, bottom - top, row_step, right - left, column_step,
                    result, target + channel, lowest, WIDTH, WIDTH, 0,
                )  # fmt: skip
            if full < channels:
                max_window(
                    images, place + full, bottom - top, row_step, right - left, column_step,
                    result, target + full, lowest, channels - full, WIDTH, 1,
                )  # fmt: skip


@machine_code
def pool_mean(images: Any, sizes: Any, first: int, last: int, result: Any) -> None:
    """Compute the mean of windows, for some rows of them."""
    width, channels = sizes.width, sizes.channels
    full = channels // WIDTH * WIDTH
    row_step, column_step = sizes.dilation_down * width * channels, sizes.dilation_across * channels
    for unit in range(first, last):
        image, row = unit // sizes.rows, unit % sizes.rows
        y = row * sizes.stride_down - sizes.before_down
        top, bottom = inside(y, sizes.taps_down, sizes.dilation_down, sizes.height)
        line = (image * sizes.height + y + top * sizes.dilation_down) * width
        for column in range(sizes.columns):
            x = column * sizes.stride_across - sizes.before_across
            left, right = inside(x, sizes.taps_across, sizes.dilation_across, width)
            place = (line + x + left * sizes.dilation_across) * channels
            target = (unit * sizes.columns + column) * channels
            count = np.float32((bottom - top) * (right - left))
            for channel in range(0, full, WIDTH):
                mean_window(
                    images, place + channel, bottom - top, row_step, right - left, column_step,
                    result, target + channel, count, WIDTH, WIDTH, 0,
                )  # fmt: skip
            if full < channels:
                mean_window(
                    images, place + full, bottom - top, row_step, right - left, column_step,
                    result, target + full, count, channels - full, WIDTH, 1,
                )  # fmt: skip


@machine_code
def pool_max_gradient(
    images: Any,
    largest: Any,
    gradient: Any,
    sizes: Any,
    is_rectified: int,
    first: int,
    last: int,
    result: Any,
) -> None:
    """Compute the gradient of the maximum of windows, for some images."""
    size = sizes.height * sizes.width * sizes.channels
    for image in range(first, last):
        target = result[image * size : (image + 1) * size]
        target[:] = np.float32(0)
        add_max_gradient(images, largest, gradient, sizes, image, result)
        if is_rectified:
            source = images[image * size : (image + 1) * size]
            for i in range(target.size):
                target[i] *= np.float32(1) if source[i] > np.float32(0) else np.float32(0)


@machine_code
def add_max_gradient(
    images: Any, largest: Any, gradient: Any, sizes: Any, image: int, result: Any
) -> None:
    """Add the gradient of the maximum of the windows of an image."""
    width, channels = sizes.width, sizes.channels
    full = channels // WIDTH * WIDTH
    row_step, column_step = sizes.dilation_down * width * channels, sizes.dilation_across * channels
    for row in range(sizes.rows):
        unit = image * sizes.rows + row
        y = row * sizes.stride_down - sizes.before_down
        top, bottom = inside(y, sizes.taps_down, sizes.dilation_down, sizes.height)
        line = (image * sizes.height + y + top * sizes.dilation_down) * width
        for column in range(sizes.columns):
            x = column * sizes.stride_across - sizes.before_across
            left, right = inside(x, sizes.taps_across, sizes.dilation_across, width)
            place = (line + x + left * sizes.dilation_across) * channels
            target = (unit * sizes.columns + column) * channels
            if bottom - top == TAPS_DOWN and right - left == TAPS_ACROSS:
                for channel in range(0, full, WIDTH):
                    max_window_gradient(
                        images, place + channel, TAPS_DOWN, row_step, TAPS_ACROSS, column_step,
                        largest, gradient, target + channel, result, WIDTH, WIDTH, 0,
                    )  # fmt: skip
                if full < channels:
                    max_window_gradient(
                        images, place + full, TAPS_DOWN, row_step, TAPS_ACROSS, column_step,
                        largest, gradient, target + full, result, channels - full, WIDTH, 1,
                    )  # fmt: skip
                continue
            for channel in range(0, full, WIDTH):
                max_window_gradient(
                    images, place + channel, bottom - top, row_step, right - left, column_step,
                    largest, gradient, target + channel, result, WIDTH, WIDTH, 0,
                )  # fmt: skip
            if full < channels:
                max_window_gradient(
                    images, place + full, bottom - top, row_step, right - left, column_step,
                    largest, gradient, target + full, result, channels - full, WIDTH, 1,
                )  # fmt: skip


@machine_code
def pool_mean_gradient(gradient: Any, sizes: Any, first: int, last: int, result: Any) -> None:
    """Compute the gradient of the mean of windows, for some images."""
    width, channels = sizes.width, sizes.channels
    full = channels // WIDTH * WIDTH
    row_step, column_step = sizes.dilation_down * width * channels, sizes.dilation_across * channels
    size = sizes.height * width * channels
    result[first * size : last * size] = np.float32(0)
    for unit in range(first * sizes.rows, last * sizes.rows):
        image, row = unit // sizes.rows, unit % sizes.rows
        y = row * sizes.stride_down - sizes.before_down
        top, bottom = inside(y, sizes.taps_down, sizes.dilation_down, sizes.height)
        line = (image * sizes.height + y + top * sizes.dilation_down) * width
        for column in range(sizes.columns):
            x = column * sizes.stride_across - sizes.before_across
            left, right = inside(x, sizes.taps_across, sizes.dilation_across, width)
            place = (line + x + left * sizes.dilation_across) * channels
            target = (unit * sizes.columns + column) * channels
            count = np.float32((bottom - top) * (right - left))
            for channel in range(0, full, WIDTH):
                mean_window_gradient(
                    result, place + channel, bottom - top, row_step, right - left, column_step,
                    gradient, target + channel, count, WIDTH, WIDTH, 0,
                )  # fmt: skip
            if full < channels:
                mean_window_gradient(
                    result, place + full, bottom - top, row_step, right - left, column_step,
                    gradient, target + full, count, channels - full, WIDTH, 1,
                )  # fmt: skip
