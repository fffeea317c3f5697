"""Matrix products with a small batch, by compiled tiles: BLAS copies its factors first.

Copying pays if each number is used often.  With a small batch it does not: a layer of 3136 by 1024
on 50 examples takes BLAS half as long again as these loops, on 16 examples twice as long.  Measured
on an AMD EPYC of 2024 with OpenBLAS, on one core, they are quicker for float32 if vectors have 16
numbers and

- the right factor's rows lie in memory one after the other, and the rows of the left one are at
  most `_VERY_FEW`, or these or the terms of the sums at most `_FEW` and the last tile in a row is
  not mostly empty; or
- the right factor's columns do, there are at most `_FEW` rows, and at least `_MANY_TERMS` terms.

For all else, and until the loops are compiled (`ops/kernels/tile_kernel.py`), BLAS serves; results
differ by rounding.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from graphflow.core.parallel import parallel_for
from graphflow.ops.kernels.arrays import Array
from graphflow.ops.kernels.tile_kernel import TileKernel, TileLoops
from graphflow.ops.kernels.tile_sizes import inner_product_constants, outer_product_constants

_VERY_FEW = 64
_FEW = 128
_FILLED = 0.95
_MANY_TERMS = 512
_LEAST_ROWS = 4  # and columns, and terms
_LEAST_COLUMNS = 32
_LEAST_PRODUCTS = 1 << 22  # what takes less is not worth the call
_CHUNK = 1 << 22  # products that are worth handing over
_MOST_CHUNKS = 8  # so that two to four threads end at about the same time


def _read_only() -> Array:
    array = np.zeros(1, np.float32)
    array.setflags(write=False)
    return array


def _outer_arguments() -> tuple[Any, ...]:
    return _read_only(), 0, 0, _read_only(), 0, 0, 0, 0, 0, 0, np.zeros(1, np.float32)


def _inner_arguments() -> tuple[Any, ...]:
    return _read_only(), _read_only(), 0, 0, 0, 0, 0, np.zeros(1, np.float32)


_OUTER = TileLoops("product_loops", "add_outer_products", outer_product_constants, _outer_arguments)
_INNER = TileLoops("product_loops", "inner_products", inner_product_constants, _inner_arguments)


@lru_cache(maxsize=1024)
def _suits(rows: int, terms: int, columns: int, is_transposed: bool) -> bool:
    """Whether tiles are quicker than BLAS."""
    if rows < _LEAST_ROWS or columns < _LEAST_COLUMNS or terms < _LEAST_ROWS:
        return False
    if is_transposed:
        return rows <= _FEW and terms >= _MANY_TERMS
    fills_tiles = columns >= _FILLED * -(-columns // _LEAST_COLUMNS) * _LEAST_COLUMNS
    return rows <= _VERY_FEW or (fills_tiles and min(rows, terms) <= _FEW)


def kernel_for(a: Array, b: Array, size: int) -> TileKernel | None:
    """The loops that multiply two matrices quicker than BLAS; None if there are none.

    Args:
      a: [..., m, k].
      b: [..., k, n].
      size: how many multiplications there are.
    """
    if size < _LEAST_PRODUCTS or a.dtype.char != "f" or a.ndim != 2 or b.ndim != 2:
        return None
    (rows, terms), columns = a.shape, b.shape[1]
    if b.flags.c_contiguous:
        has_layout = a.flags.c_contiguous or a.flags.f_contiguous
        suits = has_layout and _suits(rows, terms, columns, False)
        return TileKernel.of(_OUTER, (rows,)) if suits else None
    suits = b.flags.f_contiguous and a.flags.c_contiguous and _suits(rows, terms, columns, True)
    return TileKernel.of(_INNER, (rows,)) if suits else None


def multiply(kernel: TileKernel, a: Array, b: Array, out: Array) -> bool:
    """Compute a product, if the loops are compiled.

    Args:
      kernel: from `kernel_for`.
      a: float32 [m, k].
      b: float32 [k, n].
      out: float32 [m, n], contiguous; is written.

    Returns:
      Whether it was computed.
    """
    function = kernel.function
    if function is None:
        return False
    if b.flags.c_contiguous:
        _multiply_outer(kernel, a, b, out)
    else:
        _multiply_inner(kernel, a, b, out)
    return True


def _multiply_outer(kernel: TileKernel, a: Array, b: Array, out: Array) -> None:
    function, constants = kernel.function, kernel.constants
    assert function is not None
    (rows, terms), columns = a.shape, b.shape[1]
    steps = (terms, 1) if a.flags.c_contiguous else (1, rows)
    flat = a if a.flags.c_contiguous else a.T
    left, right, result = flat.reshape(-1), b.reshape(-1), out.reshape(-1)
    by_rows = rows > columns
    length = rows if by_rows else columns
    tile = constants["ROWS"] if by_rows else constants["VECTORS"] * constants["WIDTH"]
    step = _step(rows * terms * columns, length, tile)

    def multiply_part(chunk: int) -> None:
        part = chunk * step, min((chunk + 1) * step, length)
        top, bottom = part if by_rows else (0, rows)
        begin, end = (0, columns) if by_rows else part
        function(left, *steps, right, columns, terms, top, bottom, begin, end, result)

    parallel_for(multiply_part, -(-length // step))


def _multiply_inner(kernel: TileKernel, a: Array, b: Array, out: Array) -> None:
    function = kernel.function
    assert function is not None
    (rows, terms), columns = a.shape, b.shape[1]
    left, right, result = a.reshape(-1), b.T.reshape(-1), out.reshape(-1)
    step = _step(rows * terms * columns, columns, kernel.constants["COLUMNS"])

    def multiply_part(chunk: int) -> None:
        begin, end = chunk * step, min((chunk + 1) * step, columns)
        function(left, right, terms, rows, begin, end, columns, result)

    parallel_for(multiply_part, -(-columns // step))


def _step(products: int, length: int, tile: int) -> int:
    """How many rows or columns a chunk has: whole tiles, as long as there are any."""
    chunks = min(max(1, products // _CHUNK), _MOST_CHUNKS)
    return -(-length // (chunks * tile)) * tile
