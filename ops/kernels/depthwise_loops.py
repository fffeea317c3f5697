"""Depthwise convolutions of a part of a batch: source that is compiled with other constants.

`ops/kernels/specialised.py` compiles copies of this file in which the constants below have the
values that suit the number of channels and the windows.  The rows that a band of outputs reads are
copied with zeros around them, so that all windows are whole.  See
`ops/kernels/quickest_depthwise.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.code_cache import machine_code
from graphflow.ops.kernels.depthwise_tiles import depthwise_filter_rows, depthwise_row

WIDTH = 4  # of a vector of channels
TAPS_DOWN = 1  # of a window
TAPS_ACROSS = 1  # of a window


@machine_code
def pack(images: Any, start: int, sizes: Any, top: int, padded: Any) -> None:
    """Copy rows of an image, with zeros around.

    Args:
      images: flat.
      start: of the image.
      sizes: a `PackSizes`.
      top: number of the first row, negative in the padding.
      padded: [row][column][channel], with zeros to the left and to the right.
    """
    channels = sizes.channels
    row_size = channels * sizes.padded_width
    for row in range(sizes.padded_rows):
        y = top + row
        target = padded[row * row_size : (row + 1) * row_size]
        if y < 0 or y >= sizes.height:
            target[:] = np.float32(0)
            continue
        first = start + (y * sizes.width + sizes.first_column) * channels
        begin = sizes.first_padded * channels
        inside = target[begin : begin + sizes.columns * channels]
        source = images[first : first + inside.size]
        for i in range(inside.size):
            inside[i] = source[i]


@machine_code
def convolve(
    x: Any, w: Any, sizes: Any, down: int, across: int, first: int, last: int, padded: Any,
    result: Any,
) -> None:  # fmt: skip
    """Convolve, for some units: a unit is a band of rows of an image.

    Args:
      x: images, flat.
      w: for each tap a weight for each channel, flat.
      sizes: a `PackSizes`.
      down: rows between the taps of a window.
      across: columns between them.
      first: number of the first unit.
      last: number after the last one.
      padded: for `pack`, with space for a band.
      result: flat, is written.
    """
    channels = sizes.channels
    full = channels // WIDTH * WIDTH
    line = sizes.padded_width * channels
    row_step, column_step = down * line, across * channels
    pixel_step = sizes.column_stride * channels
    padded[:] = np.float32(0)
    for unit in range(first, last):
        image, band = unit // sizes.bands, unit % sizes.bands
        begin = band * sizes.band_rows
        top = begin * sizes.row_stride - sizes.before
        pack(x, image * sizes.image_size, sizes, top, padded)
        for row in range(begin, min(begin + sizes.band_rows, sizes.result_rows)):
            place = (row - begin) * sizes.row_stride * line
            target = image * sizes.result_size + row * sizes.result_columns * channels
            for channel in range(0, full, WIDTH):
                depthwise_row(
                    padded, place + channel, row_step, column_step, pixel_step, w, channel,
                    channels, result, target + channel, channels, sizes.result_columns, WIDTH,
                    TAPS_DOWN, TAPS_ACROSS, WIDTH, 0,
                )  # fmt: skip
            if full < channels:
                depthwise_row(
                    padded, place + full, row_step, column_step, pixel_step, w, full,
                    channels, result, target + full, channels, sizes.result_columns,
                    channels - full, TAPS_DOWN, TAPS_ACROSS, WIDTH, 1,
                )  # fmt: skip


@machine_code
def convolve_back(
    dy: Any, w: Any, sizes: Any, down: int, across: int, first: int, last: int, result: Any
) -> None:
    """Compute the gradient for some images, with any strides.

    Args:
      dy: gradient of the outputs, flat.
      w: for each tap a weight for each channel, flat.
      sizes: a `PackSizes`.
      down: rows between the taps of a window.
      across: columns between them.
      first: number of the first image.
      last: number after the last one.
      result: flat, is written.
    """
    channels, left = sizes.channels, sizes.first_column - sizes.first_padded
    result[first * sizes.image_size : last * sizes.image_size] = np.float32(0)
    for image in range(first, last):
        for row in range(sizes.result_rows):
            for i in range(TAPS_DOWN):
                y = row * sizes.row_stride - sizes.before + i * down
                if y < 0 or y >= sizes.height:
                    continue
                source = image * sizes.result_size + row * sizes.result_columns * channels
                target = image * sizes.image_size + y * sizes.width * channels
                for column in range(sizes.result_columns):
                    gradient = dy[source + column * channels : source + (column + 1) * channels]
                    for j in range(TAPS_ACROSS):
                        x = column * sizes.column_stride + left + j * across
                        if x < 0 or x >= sizes.width:
                            continue
                        place, weight = target + x * channels, (i * TAPS_ACROSS + j) * channels
                        weights, sums = w[weight : weight + channels], result[place:]
                        for c in range(channels):
                            sums[c] += gradient[c] * weights[c]


@machine_code
def add_filter_gradient(
    x: Any, dy: Any, sizes: Any, down: int, across: int, first: int, last: int, padded: Any,
    total: Any,
) -> None:  # fmt: skip
    """Compute the gradient for the filter of some units: a unit is a band of rows of an image.

    Args:
      x: images, flat.
      dy: gradient of the outputs, flat.
      sizes: a `PackSizes`.
      down: rows between the taps of a window.
      across: columns between them.
      first: number of the first unit.
      last: number after the last one.
      padded: for `pack`, with space for a band.
      total: for each tap a number for each channel, flat, is written.
    """
    channels = sizes.channels
    full = channels // WIDTH * WIDTH
    line = sizes.padded_width * channels
    row_step, column_step = down * line, across * channels
    pixel_step, line_step = sizes.column_stride * channels, sizes.row_stride * line
    source_line = sizes.result_columns * channels
    padded[:] = np.float32(0)
    total[:] = np.float32(0)
    for unit in range(first, last):
        image, band = unit // sizes.bands, unit % sizes.bands
        begin = band * sizes.band_rows
        rows = min(sizes.band_rows, sizes.result_rows - begin)
        pack(x, image * sizes.image_size, sizes, begin * sizes.row_stride - sizes.before, padded)
        source = image * sizes.result_size + begin * source_line
        for channel in range(0, full, WIDTH):
            depthwise_filter_rows(
                padded, channel, row_step, column_step, pixel_step, line_step, dy,
                source + channel, channels, source_line, rows, sizes.result_columns, total,
                channel, channels, WIDTH, TAPS_DOWN, TAPS_ACROSS, WIDTH, 0,
            )  # fmt: skip
        if full < channels:
            depthwise_filter_rows(
                padded, full, row_step, column_step, pixel_step, line_step, dy,
                source + full, channels, source_line, rows, sizes.result_columns, total,
                full, channels, channels - full, TAPS_DOWN, TAPS_ACROSS, WIDTH, 1,
            )  # fmt: skip
