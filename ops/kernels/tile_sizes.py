"""Which tile of registers suits a convolution on this machine."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from importlib import import_module
from types import ModuleType

_MOST_VECTORS = 6
_MOST_TAPS = 30
_MOST_PIXELS = 28
# A product is there after so many half cycles, and a round of the loop costs some more.
_LATENCY = 8
_OVERHEAD = 2


def _simd() -> ModuleType:
    """The module that knows the processor's vectors; it imports numba and LLVM, which are slow."""
    return import_module("graphflow.ops.kernels.simd")


def _channel_tiles(outputs: int) -> Iterator[tuple[int, int]]:
    """Yield widths and numbers of vectors of which whole tiles cover some channels."""
    for width, vectors in itertools.product(_simd().widths(), range(1, _MOST_VECTORS + 1)):
        if -(-outputs // width) % vectors == 0:
            yield width, vectors


def _registers() -> int:
    registers: int = _simd().registers()
    return registers


def _cost(rounds: int, vectors: int, rows: int, width: int, multiplier: int) -> float:
    """How long a sum of products takes: so many rounds of rows * vectors products.

    In half cycles of a processor with two multipliers and two ports for loads of the same width.
    """
    parts = max(width, multiplier) / multiplier
    products = rows * vectors * parts
    loads = rows + vectors * parts
    instructions = rows * vectors + rows + vectors
    return rounds * (max(products, loads, _LATENCY) + instructions / 16 + _OVERHEAD)


def _multiplier_width() -> int:
    width: int = _simd().multiplier_width()
    return width


def _best_tile(length: int, outputs: int, most: int) -> tuple[float, tuple[int, int, int]]:
    """The tile for some rows of factors and channels of results, with its cost.

    Args:
      length: how many pixels or entries there are, of which a tile has some.
      outputs: number of output channels.
      most: how many of the first a tile may have.

    Returns:
      The cost, and the width of a vector, the number of vectors and that of rows.
    """
    multiplier = _multiplier_width()

    def cost(tile: tuple[int, int, int]) -> float:
        width, vectors, count = tile
        rounds = -(-length // count) * -(-outputs // (width * vectors))
        return _cost(rounds, vectors, count, width, multiplier)

    tiles = (
        (width, vectors, count)
        for width, vectors in _channel_tiles(outputs)
        for count in range(1, min(length, most) + 1)
        if (count + 1) * vectors < _registers()
    )
    best = min(tiles, key=cost)
    return cost(best), best


def conv_constants(outputs: int, is_planar: int, *choices: int) -> dict[str, int]:
    """Choose the constants of `ops/kernels/conv_loops.py`.

    Args:
      outputs: number of output channels.
      is_planar: whether packed rows have their channels one after the other.
      choices: for each number of neighbours that may count as one that number, the pixels of the
        shortest row of outputs, the stride between neighbouring pixels in packed rows, and how many
        places along a row give factors, in all phases.

    Returns:
      The value of each constant.
    """

    def cost(choice: tuple[int, ...]) -> float:
        number, pixels, _, places = choice
        return places * _best_tile(pixels, number * outputs, _MOST_PIXELS)[0]

    number, pixels, stride, _ = min(_in_groups(choices, 4), key=cost)
    _, (width, vectors, count) = _best_tile(pixels, number * outputs, _MOST_PIXELS)
    return {
        "PIXELS": count,
        "VECTORS": vectors,
        "STRIDE": stride,
        "IS_PLANAR": is_planar,
        "WIDTH": width,
        "IS_MASKED": int(number * outputs % width > 0),
        "NEIGHBOURS": number,
    }


def filter_gradient_constants(outputs: int, *choices: int) -> dict[str, int]:
    """Choose the constants of `ops/kernels/filter_gradient_loops.py`.

    Args:
      outputs: number of output channels.
      choices: for each number of neighbours that may count as one that number, the outputs in a
        row, and how many entries of the filter lie side by side in an image.

    Returns:
      The value of each constant.
    """

    def cost(choice: tuple[int, ...]) -> float:
        number, columns, run_size = choice
        return columns * _best_tile(run_size, number * outputs, _MOST_TAPS)[0]

    number, _, run_size = min(_in_groups(choices, 3), key=cost)
    _, (width, vectors, count) = _best_tile(run_size, number * outputs, _MOST_TAPS)
    return {
        "TAPS": count,
        "VECTORS": vectors,
        "WIDTH": width,
        "IS_MASKED": int(number * outputs % width > 0),
        "NEIGHBOURS": number,
    }


def _in_groups(numbers: Sequence[int], size: int) -> list[tuple[int, ...]]:
    """Numbers in groups of a size."""
    return [tuple(numbers[i : i + size]) for i in range(0, len(numbers), size)]


def pool_constants(channels: int, taps_down: int, taps_across: int) -> dict[str, int]:
    """Choose the constants of `ops/kernels/pool_loops.py`.

    Args:
      channels: of the images.
      taps_down: of a window.
      taps_across: of a window.

    Returns:
      The value of each constant.
    """
    is_small = taps_down * taps_across <= _registers() // 3
    return {
        "WIDTH": min(_simd().widths(), key=lambda width: (-(-channels // width), width)),
        "TAPS_DOWN": taps_down if is_small else 1,
        "TAPS_ACROSS": taps_across if is_small else 1,
    }


def depthwise_constants(channels: int, taps_down: int, taps_across: int) -> dict[str, int]:
    """Choose the constants of `ops/kernels/depthwise_loops.py`.

    Args:
      channels: of the outputs.
      taps_down: of a window.
      taps_across: of a window.

    Returns:
      The value of each constant.
    """
    width = min(_simd().widths(), key=lambda width: (-(-channels // width), width))
    return {"WIDTH": width, "TAPS_DOWN": taps_down, "TAPS_ACROSS": taps_across}


def _has_wide_vectors() -> bool:
    """Whether products by tiles pay: with vectors of 8 and 16 registers BLAS is quicker."""
    return _registers() == 32 and max(_simd().widths()) == 16


def outer_product_constants(rows: int) -> dict[str, int] | None:
    """Choose the constants of `add_outer_products` in `ops/kernels/product_loops.py`.

    Args:
      rows: of the result, which has at least 32 columns.

    Returns:
      The value of each constant, None if BLAS is quicker.
    """
    if not _has_wide_vectors():
        return None
    vectors = 2  # one is slower, and with more the rows of the right factor leave the cache
    most = min(rows, _registers() // vectors - 2)
    count = -(-rows // -(-rows // most))
    return {"ROWS": count, "VECTORS": vectors, "WIDTH": max(_simd().widths())}


def inner_product_constants(rows: int) -> dict[str, int] | None:
    """Choose the constants of `inner_products` in `ops/kernels/product_loops.py`.

    Args:
      rows: of the result, at least 4.

    Returns:
      The value of each constant, None if BLAS is quicker.
    """
    if not _has_wide_vectors():
        return None
    most = 5  # with as many columns, sums and factors fill the registers
    count = min(range(2, most + 1), key=lambda count: (-(-rows // count), count))
    return {"ROWS": count, "COLUMNS": most, "WIDTH": max(_simd().widths())}
