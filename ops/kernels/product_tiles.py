"""The innermost loops of matrix products: tiles of results in registers.

Each is an intrinsic of numba, as in `conv_tiles.py`.  Arrays are flat and of float32.  Tiles at the
end of a matrix begin earlier than the one before ends: what was computed there is skipped.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from graphflow.ops.kernels.simd import Lanes

_INT64 = ir.IntType(64)


def _address(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    """Where an element of a flat array is."""
    parts = cgutils.create_struct_proxy(kind)  # type: ignore[no-untyped-call]
    return builder.gep(parts(context, builder, value=array).data, [index])


def _steps(builder: Any, start: Any, step: Any, count: int) -> list[Any]:
    """Addresses that are a step apart."""
    return [
        builder.gep(start, [builder.mul(step, ir.Constant(_INT64, number))])
        for number in range(count)
    ]


def _vectors(builder: Any, start: Any, count: int, width: int) -> list[Any]:
    """Addresses of vectors side by side."""
    return [builder.gep(start, [ir.Constant(_INT64, v * width)]) for v in range(count)]


def _outer_tile(
    _: Any, left: Any, first: Any, row_step: Any, term_step: Any, right: Any, begin: Any,
    right_step: Any, terms: Any, result: Any, place: Any, result_step: Any, is_first: Any,
    skipped_rows: Any, skipped_columns: Any, rows: Any, vectors: Any, width: Any,
) -> Any:  # fmt: skip
    """Add outer products to a tile of a result, or write their sum there.

    Element (r, c) gets `left[first + r * row_step + t * term_step] * right[begin + t * right_step +
    c]` for all terms t.

    Args:
      left: the left factor.
      first: where the tile's elements of it begin.
      row_step: between rows of it.
      term_step: between its terms.
      right: the right factor.
      begin: where the tile's elements of it begin.
      right_step: between its terms.
      terms: how many products each sum has.
      result: is written.
      place: of the tile in it.
      result_step: between its rows.
      is_first: whether the result is written and not added to.
      skipped_rows: of the tile that are left as they are, from the first one on.
      skipped_columns: likewise.
      rows: of the tile; a constant, as all that follow.
      vectors: in a row of it.
      width: of a vector.
    """
    count, parts, lanes_count = (item.literal_value for item in (rows, vectors, width))
    i = types.intp
    signature = types.void(
        left, i, i, i, right, i, i, i, result, i, i, i, i, i, rows, vectors, width
    )

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kinds, lanes = signature.args, Lanes(builder, lanes_count)

        def address(position: int) -> Any:
            kind, array, index = kinds[position], values[position], values[position + 1]
            return _address(context, builder, kind, array, index)

        lines = [
            _vectors(builder, line, parts, lanes_count)
            for line in _steps(builder, address(8), values[10], count)
        ]
        sums = [[lanes.variable(lanes.zeros()) for _ in range(parts)] for _ in range(count)]
        zero = ir.Constant(_INT64, 0)
        with builder.if_then(builder.icmp_signed("==", values[11], zero)):
            for places, row in zip(lines, sums, strict=True):
                for place, total in zip(places, row, strict=True):
                    builder.store(lanes.load(place), total)
        first_left, first_right = address(0), address(4)
        with cgutils.for_range(builder, values[7]) as loop:
            start = builder.gep(first_right, [builder.mul(loop.index, values[6])])
            factors = [lanes.load(place) for place in _vectors(builder, start, parts, lanes_count)]
            # The next tiles find them in the cache, which foresees no steps from row to row.
            ahead = builder.gep(start, [ir.Constant(_INT64, 2 * parts * lanes_count)])
            for place in _vectors(builder, ahead, parts, lanes_count):
                lanes.prefetch(place)
            column = builder.gep(first_left, [builder.mul(loop.index, values[3])])
            for place, row in zip(_steps(builder, column, values[2], count), sums, strict=True):
                spread = lanes.spread(builder.load(place))
                for factor, total in zip(factors, row, strict=True):
                    builder.store(lanes.multiply_add(spread, factor, builder.load(total)), total)
        wanted = [
            lanes.from_on(builder.sub(values[13], ir.Constant(_INT64, v * lanes_count)))
            for v in range(parts)
        ]
        for number, (places, row) in enumerate(zip(lines, sums, strict=True)):
            is_new = builder.icmp_signed("<=", values[12], ir.Constant(_INT64, number))
            with builder.if_then(is_new):
                for place, total, mask in zip(places, row, wanted, strict=True):
                    lanes.store(builder.load(total), place, mask)
        return context.get_dummy_value()

    return signature, generate


def _inner_tile(
    _: Any, left: Any, first: Any, left_step: Any, right: Any, begin: Any, right_step: Any,
    terms: Any, result: Any, place: Any, result_step: Any, rows: Any, columns: Any, width: Any,
) -> Any:  # fmt: skip
    """Write inner products of rows of two matrices to a tile of a result.

    Element (r, c) is the sum of `left[first + r * left_step + t] * right[begin + c * right_step +
    t]` over all terms t.

    Args:
      left: the left factor.
      first: where the tile's rows of it begin.
      left_step: between rows of it.
      right: the right factor, transposed.
      begin: where the tile's rows of it begin.
      right_step: between rows of it.
      terms: how many products each sum has.
      result: is written.
      place: of the tile in it.
      result_step: between its rows.
      rows: of the tile; a constant, as all that follow.
      columns: of the tile.
      width: of a vector.
    """
    count, parts, lanes_count = (item.literal_value for item in (rows, columns, width))
    i = types.intp
    signature = types.void(left, i, i, right, i, i, i, result, i, i, rows, columns, width)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kinds, lanes = signature.args, Lanes(builder, lanes_count)

        def address(position: int) -> Any:
            kind, array, index = kinds[position], values[position], values[position + 1]
            return _address(context, builder, kind, array, index)

        lefts = _steps(builder, address(0), values[2], count)
        rights = _steps(builder, address(3), values[5], parts)
        sums = [[lanes.variable(lanes.zeros()) for _ in range(parts)] for _ in range(count)]

        def add(offset: Any, mask: Any = None) -> None:
            factors = [lanes.load(builder.gep(row, [offset]), mask) for row in rights]
            for row, totals in zip(lefts, sums, strict=True):
                other = lanes.load(builder.gep(row, [offset]), mask)
                for factor, total in zip(factors, totals, strict=True):
                    builder.store(lanes.multiply_add(other, factor, builder.load(total)), total)

        step = ir.Constant(_INT64, lanes_count)
        whole = builder.sdiv(values[6], step)
        with cgutils.for_range(builder, whole) as loop:
            add(builder.mul(loop.index, step))
        done = builder.mul(whole, step)
        rest = builder.sub(values[6], done)
        with builder.if_then(builder.icmp_signed(">", rest, ir.Constant(_INT64, 0))):
            add(done, lanes.first(rest))
        for line, totals in zip(_steps(builder, address(7), values[9], count), sums, strict=True):
            for place, total in zip(_vectors(builder, line, parts, 1), totals, strict=True):
                builder.store(lanes.sum(builder.load(total)), place)
        return context.get_dummy_value()

    return signature, generate


outer_tile: Any = intrinsic(prefer_literal=True)(_outer_tile)
inner_tile: Any = intrinsic(prefer_literal=True)(_inner_tile)
