"""A part of a matrix product, tile by tile: source that is compiled with other constants.

`ops/kernels/specialised.py` compiles copies of this file in which the constants below have the
values that suit the sizes.  See `ops/kernels/direct_product.py` for when it is used.
"""

from __future__ import annotations

from typing import Any

from graphflow.core.code_cache import machine_code
from graphflow.ops.kernels.product_tiles import inner_tile, outer_tile

ROWS = 4  # of a tile
COLUMNS = 4  # of a tile of inner products
VECTORS = 1  # of a row of a tile of outer products
WIDTH = 4  # of a vector
TERMS = 256  # so many rows of the right factor stay in the cache while all rows of a tile use them


@machine_code
def add_outer_products(
    left: Any,
    row_step: int,
    term_step: int,
    right: Any,
    right_step: int,
    terms: int,
    top: int,
    bottom: int,
    begin: int,
    end: int,
    result: Any,
) -> None:
    """Compute a part of a product whose right factor has its rows in memory one after the other.

    Args:
      left: the left factor, flat.
      row_step: between its rows.
      term_step: between its columns.
      right: the right factor, flat.
      right_step: between its rows; and between those of the result.
      terms: how many rows it has.
      top: the first row of the part.
      bottom: the row after its last.
      begin: its first column.
      end: the column after its last; there are at least as many columns as in a tile.
      result: flat, is written.
    """
    tile = VECTORS * WIDTH
    for term in range(0, terms, TERMS):
        count = min(TERMS, terms - term)
        column = begin
        while column < end:
            start = min(column, end - tile)
            row = top
            while row < bottom:
                first = min(row, bottom - ROWS)
                outer_tile(
                    left, first * row_step + term * term_step, row_step, term_step,
                    right, term * right_step + start, right_step, count,
                    result, first * right_step + start, right_step,
                    1 if term == 0 else 0, row - first, column - start, ROWS, VECTORS, WIDTH,
                )  # fmt: skip
                row += ROWS
            column += tile


@machine_code
def inner_products(
    left: Any,
    right: Any,
    terms: int,
    rows: int,
    begin: int,
    end: int,
    result_step: int,
    result: Any,
) -> None:
    """Compute some columns of the product of a matrix and a transposed one.

    Args:
      left: the left factor, flat: rows one after the other.
      right: the right factor before it is transposed, flat, likewise.
      terms: columns of both.
      rows: of the left factor, at least as many as in a tile.
      begin: the first column of the result; at least as many are before the end as in a tile.
      end: the column after the last.
      result_step: between rows of the result.
      result: flat, is written.
    """
    column = begin
    while column < end:
        column = min(column, end - COLUMNS)
        row = 0
        while row < rows:
            row = min(row, rows - ROWS)
            inner_tile(
                left, row * terms, terms, right, column * terms, terms, terms,
                result, row * result_step + column, result_step, ROWS, COLUMNS, WIDTH,
            )  # fmt: skip
            row += ROWS
        column += COLUMNS
