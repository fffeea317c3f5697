"""The innermost loops of depthwise convolutions: a row of windows for a vector of channels.

Each is an intrinsic of numba, as in `pool_tiles.py`: arrays are flat and of float32, and all that
belongs to the taps of a window stays in registers.  An element of tap (i, j) of the window of pixel
p is at `place + i * row_step + j * column_step + p * pixel_step`.
"""

from __future__ import annotations

import itertools
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from graphflow.ops.kernels.simd import Lanes

_INT64 = ir.IntType(64)


class _Rows:
    """Writes code for windows of a constant size.

    Args:
      context: numba's.
      builder: where to write.
      kinds: types of the intrinsic's arguments.
      values: the arguments: the image, place, row_step, column_step and others; the last five are
        how many of the vector's channels there are, and constants: the taps down and across a
        window, the width of a vector, and whether not all of its channels are there.
    """

    def __init__(self, context: Any, builder: Any, kinds: Any, values: Any) -> None:
        self._context = context
        self._kinds = kinds
        self._values = values
        self.builder = builder
        down, across, width, masked = (kind.literal_value for kind in kinds[-4:])
        self.taps = list(itertools.product(range(down), range(across)))
        self.lanes = Lanes(builder, width)
        self._mask = self.lanes.first(values[-5]) if masked else None

    def address(self, array: int, index: Any) -> Any:
        """Where an element of an argument is."""
        parts = cgutils.create_struct_proxy(self._kinds[array])  # type: ignore[no-untyped-call]
        data = parts(self._context, self.builder, value=self._values[array]).data
        return self.builder.gep(data, [index])

    def load(self, address: Any) -> Any:
        """Read a vector."""
        return self.lanes.load(address, self._mask)

    def store(self, value: Any, address: Any) -> None:
        """Write a vector."""
        self.lanes.store(value, address, self._mask)

    def steps(self, start: Any, *steps: tuple[int, Any]) -> Any:
        """An address so many steps further."""
        for count, step in steps:
            start = self.builder.gep(start, [self.builder.mul(ir.Constant(_INT64, count), step)])
        return start

    def windows(self, pixel: Any) -> list[Any]:
        """The addresses of the elements of a window."""
        return [self.steps(pixel, (i, self._values[2]), (j, self._values[3])) for i, j in self.taps]


def _depthwise_row(
    _: Any, image: Any, place: Any, row_step: Any, column_step: Any, pixel_step: Any, weights: Any,
    weight: Any, weight_step: Any, result: Any, target: Any, target_step: Any, count: Any,
    rest: Any, down: Any, across: Any, width: Any, is_masked: Any,
) -> Any:  # fmt: skip
    """Write to `result[target + p * target_step]` the sum of products of window p with the weights.

    The weights of tap t are at `weight + t * weight_step`.
    """
    i = types.intp
    signature = types.void(
        image, i, i, i, i, weights, i, i, result, i, i, i, i, down, across, width, is_masked
    )  # fmt: skip

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        rows = _Rows(context, builder, signature.args, values)
        first_weight = rows.address(5, values[6])
        factors = [
            rows.load(rows.steps(first_weight, (tap, values[7]))) for tap in range(len(rows.taps))
        ]
        first, first_target = rows.address(0, values[1]), rows.address(8, values[9])
        with cgutils.for_range(builder, values[11]) as loop:
            pixel = builder.gep(first, [builder.mul(loop.index, values[4])])
            total = rows.lanes.zeros()
            for place, factor in zip(rows.windows(pixel), factors, strict=True):
                total = rows.lanes.multiply_add(rows.load(place), factor, total)
            rows.store(total, builder.gep(first_target, [builder.mul(loop.index, values[10])]))
        return context.get_dummy_value()

    return signature, generate


def _depthwise_filter_rows(
    _: Any, image: Any, place: Any, row_step: Any, column_step: Any, pixel_step: Any,
    line_step: Any, gradient: Any, source: Any, source_step: Any, source_line: Any, lines: Any,
    count: Any, total: Any, entry: Any, entry_step: Any, rest: Any, down: Any, across: Any,
    width: Any, is_masked: Any,
) -> Any:  # fmt: skip
    """Add for each tap the sum of products of its elements with the gradients of the windows.

    There are some lines of windows: those of line n begin `n * line_step` further in the image, and
    their gradients at `source + n * source_line + p * source_step`.  The sum for tap t is added at
    `entry + t * entry_step`.
    """
    i = types.intp
    signature = types.void(
        image, i, i, i, i, i, gradient, i, i, i, i, i, total, i, i, i, down, across, width,
        is_masked,
    )  # fmt: skip

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        rows = _Rows(context, builder, signature.args, values)
        lanes = rows.lanes
        sums = [lanes.variable(lanes.zeros()) for _ in rows.taps]
        first, first_gradient = rows.address(0, values[1]), rows.address(6, values[7])
        with cgutils.for_range(builder, values[10]) as line:
            begin = builder.gep(first, [builder.mul(line.index, values[5])])
            gradients = builder.gep(first_gradient, [builder.mul(line.index, values[9])])
            with cgutils.for_range(builder, values[11]) as loop:
                pixel = builder.gep(begin, [builder.mul(loop.index, values[4])])
                step = builder.mul(loop.index, values[8])
                factor = rows.load(builder.gep(gradients, [step]))
                for place, part in zip(rows.windows(pixel), sums, strict=True):
                    value = lanes.multiply_add(rows.load(place), factor, builder.load(part))
                    builder.store(value, part)
        first_entry = rows.address(12, values[13])
        for tap, part in enumerate(sums):
            place = rows.steps(first_entry, (tap, values[14]))
            rows.store(builder.fadd(rows.load(place), builder.load(part)), place)
        return context.get_dummy_value()

    return signature, generate


depthwise_row: Any = intrinsic(prefer_literal=True)(_depthwise_row)
depthwise_filter_rows: Any = intrinsic(prefer_literal=True)(_depthwise_filter_rows)
