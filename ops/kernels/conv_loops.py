"""A convolution of a part of a batch, tile by tile: source that is compiled with other constants.

`ops/kernels/specialised.py` compiles copies of this file in which the constants below have the
values that suit a convolution.  See `ops/kernels/direct_conv.py` for what the arguments mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.code_cache import machine_code
from graphflow.ops.kernels.conv_tiles import conv_tile

PIXELS = 4  # of a tile
VECTORS = 1  # of channels in a tile
STRIDE = 1  # between neighbouring pixels in packed rows
IS_PLANAR = 1  # whether packed rows have their channels one after the other, not their pixels
WIDTH = 4  # of a vector
IS_MASKED = 0  # whether the last vector of channels is there in part only
NEIGHBOURS = 1  # pixels that count as one, as far as results are concerned


@machine_code
def pack(images: Any, start: int, sizes: Any, top: int, rows: int, padded: Any) -> None:
    """Copy rows of an image, with zeros around.

    Args:
      images: flat.
      start: of the image.
      sizes: a `PackSizes`.
      top: number of the first row, negative in the padding.
      rows: how many are wanted.
      padded: [row][channel][column] or [row][column][channel], with zeros to the left and to the
        right.
    """
    channels, padded_width = sizes.channels, sizes.padded_width
    row_size = channels * padded_width
    for row in range(rows):
        y = top + row
        target = padded[row * row_size : (row + 1) * row_size]
        if y < 0 or y >= sizes.height:
            target[:] = np.float32(0)
            continue
        first = start + (y * sizes.width + sizes.first_column) * sizes.image_channels
        source = images[first + sizes.first_channel :]
        if not IS_PLANAR:
            pack_pixels(source, sizes, target)
            continue
        for channel in range(channels):
            begin = channel * padded_width + sizes.first_padded
            line = target[begin : begin + sizes.columns]
            for x in range(line.size):
                line[x] = source[np.uint64(x * sizes.image_channels + channel)]


@machine_code
def pack_pixels(source: Any, sizes: Any, target: Any) -> None:
    """Copy a row of an image.

    Args:
      source: flat, from the row's first element on.
      sizes: a `PackSizes`.
      target: [column][channel], with space for zeros to the left and to the right.
    """
    channels = sizes.channels
    begin = sizes.first_padded * channels
    inside = target[begin : begin + sizes.columns * channels]
    if channels == sizes.image_channels:
        line = source[: inside.size]
        for i in range(inside.size):
            inside[i] = line[i]
        return
    for x in range(sizes.columns):
        place = x * sizes.image_channels
        values = source[place : place + channels]
        pixel = inside[x * channels : (x + 1) * channels]
        for i in range(channels):
            pixel[i] = values[i]


@machine_code
def are_finite(bits: Any) -> bool:
    """Tell whether numbers, given by their bits, are neither infinite nor `nan`."""
    largest = np.int32(0)
    for i in range(bits.size):
        largest = max(largest, bits[i] & np.int32(0x7FFFFFFF))
    return bool(largest < np.int32(0x7F800000))


@machine_code
def convolve(
    images: Any,
    bits: Any,
    weights: Any,
    bias: Any,
    floor: Any,
    ceiling: Any,
    offsets: Any,
    phases: Any,
    sizes: Any,
    first: int,
    last: int,
    padded: Any,
    result: Any,
    flaws: Any,
) -> None:
    """Compute some units of a convolution: a unit is a band of rows of an image.

    Args:
      images: flat.
      bits: of the images, as integers.
      weights: for each phase and tile of channels a row for each of the phase's offsets.
      bias: a number for each output channel, and zeros up to whole tiles.
      floor: no output is less, unless it is `nan`.
      ceiling: no output is greater, unless it is `nan`.
      offsets: of the factors, phase by phase.
      phases: one row for each, a `Phase`.
      sizes: a `PackSizes`.
      first: number of the first unit.
      last: number after the last unit.
      padded: for `pack`, with space for a band.
      result: flat, is written.
      flaws: its element becomes 1 if the result may be wrong: neighbours that count as one multiply
        each other's numbers by 0, which gives `nan` for those that are not finite.
    """
    lanes = VECTORS * WIDTH
    row_step = sizes.row_stride * sizes.channels * sizes.padded_width
    padded[:] = np.float32(0)
    for unit in range(first, last):
        image, band = unit // sizes.bands, unit % sizes.bands
        begin = band * sizes.band_rows
        top = begin * sizes.row_stride - sizes.before
        if NEIGHBOURS > 1:
            row_size = sizes.width * sizes.channels
            start = image * sizes.image_size + max(top, 0) * row_size
            stop = image * sizes.image_size + min(top + sizes.padded_rows, sizes.height) * row_size
            if not are_finite(bits[start:stop]):
                flaws[0] = 1
        pack(images, image * sizes.image_size, sizes, top, sizes.padded_rows, padded)
        for phase in range(len(phases)):
            (
                first_offset,
                last_offset,
                weight,
                rows,
                columns,
                start,
                place,
                result_row,
                result_step,
            ) = phases[phase]
            terms = offsets[first_offset:last_offset]
            for row in range(begin, min(begin + sizes.band_rows, rows)):
                source = start + (row - begin) * row_step
                target = image * sizes.result_size + place + row * result_row
                for tile in range(sizes.tiles):
                    channel = tile * lanes
                    rest = min(sizes.out_channels - channel - (VECTORS - 1) * WIDTH, WIDTH)
                    column = 0
                    while column < columns:
                        # The last tile begins earlier, and computes some pixels again.
                        column = min(column, columns - PIXELS)
                        conv_tile(
                            padded,
                            source + column * STRIDE,
                            terms,
                            weights,
                            weight + channel * terms.size,
                            bias,
                            channel,
                            floor,
                            ceiling,
                            result,
                            target + channel + column * result_step,
                            result_step,
                            rest,
                            PIXELS,
                            VECTORS,
                            STRIDE,
                            WIDTH,
                            IS_MASKED,
                        )
                        column += PIXELS
