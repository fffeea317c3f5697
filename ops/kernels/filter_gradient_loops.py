"""The filter gradient of a part of a batch, tile by tile: source compiled with other constants.

`ops/kernels/specialised.py` compiles copies of this file in which the constants below have the
values that suit a convolution.  See `ops/kernels/direct_conv.py` for what the arguments mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.code_cache import machine_code
from graphflow.ops.kernels.conv_tiles import filter_gradient_tile

TAPS = 4  # entries of the filter in a tile
VECTORS = 1  # of channels in a tile
WIDTH = 4  # of a vector
IS_MASKED = 0  # whether the last vector of channels is there in part only
NEIGHBOURS = 1  # outputs that count as one


@machine_code
def pack(images: Any, start: int, sizes: Any, top: int, rows: int, padded: Any) -> None:
    """Copy rows of an image, with zeros around.

    Args:
      images: flat.
      start: of the image.
      sizes: a `PackSizes`.
      top: number of the first row, negative in the padding.
      rows: how many are wanted.
      padded: [row][column][channel], with zeros to the left and to the right.
    """
    channels = sizes.channels
    row_size = channels * sizes.padded_width
    for row in range(rows):
        y = top + row
        target = padded[row * row_size : (row + 1) * row_size]
        if y < 0 or y >= sizes.height:
            target[:] = np.float32(0)
            continue
        first = start + (y * sizes.width + sizes.first_column) * sizes.image_channels
        begin = sizes.first_padded * channels
        inside = target[begin : begin + sizes.columns * channels]
        if channels == sizes.image_channels:
            source = images[first : first + inside.size]
            for i in range(inside.size):
                inside[i] = source[i]
            continue
        for x in range(sizes.columns):
            place = first + x * sizes.image_channels + sizes.first_channel
            source = images[place : place + channels]
            pixel = inside[x * channels : (x + 1) * channels]
            for i in range(channels):
                pixel[i] = source[i]


@machine_code
def add_filter_gradient(
    images: Any,
    gradient: Any,
    runs: Any,
    sizes: Any,
    blocks: int,
    first: int,
    last: int,
    padded: Any,
    total: Any,
) -> None:
    """Compute the filter gradient of some units: a unit is a band of rows of an image.

    Args:
      images: flat.
      gradient: of the outputs, flat.
      runs: where entries of the filter begin that lie side by side in the image.
      sizes: a `PackSizes`.
      blocks: how many tiles cover a run.
      first: number of the first unit.
      last: number after the last unit.
      padded: for `pack`, with space for a band.
      total: is written, [run][block][tile of channels][entry][channel].
    """
    lanes = VECTORS * WIDTH
    pixel_step = sizes.column_stride * sizes.channels
    row_step = sizes.row_stride * sizes.channels * sizes.padded_width
    padded[:] = np.float32(0)
    total[:] = np.float32(0)
    for unit in range(first, last):
        image, band = unit // sizes.bands, unit % sizes.bands
        begin = band * sizes.band_rows
        rows = min(sizes.band_rows, sizes.result_rows - begin)
        top = begin * sizes.row_stride - sizes.before
        pack(images, image * sizes.image_size, sizes, top, sizes.padded_rows, padded)
        outputs = image * sizes.result_rows + begin
        place = outputs * sizes.result_columns * sizes.result_channels + sizes.first_output
        entry = 0
        for run in runs:
            for block in range(blocks):
                for tile in range(sizes.tiles):
                    channel = tile * lanes
                    rest = min(sizes.out_channels - channel - (VECTORS - 1) * WIDTH, WIDTH)
                    filter_gradient_tile(
                        padded,
                        run + block * TAPS,
                        pixel_step,
                        row_step,
                        gradient,
                        place + channel,
                        sizes.result_channels,
                        rows,
                        sizes.result_columns,
                        total,
                        entry,
                        rest,
                        TAPS,
                        VECTORS,
                        WIDTH,
                        IS_MASKED,
                    )
                    entry += TAPS * lanes
