"""The innermost loops of pooling: a window for a vector of neighbouring channels.

Each is an intrinsic of numba.  Arrays are flat and of float32.  The elements of a window are those
at `place + row * row_step + column * column_step`; the caller leaves out what is in the padding.
The last arguments are how many of the vector's channels there are, its width, and whether not all
of them are there; these two are constants.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from graphflow.ops.kernels.simd import Lanes

_INT32 = ir.IntType(32)
_INT64 = ir.IntType(64)


class _Window:
    """Writes loops over a window.

    Args:
      context: numba's.
      builder: where to write.
      kinds: types of the intrinsic's arguments.
      values: the arguments: the array, place, rows, row_step, columns, column_step, others, and the
        three that tell the vector.
    """

    def __init__(self, context: Any, builder: Any, kinds: Any, values: Any) -> None:
        self._context = context
        self._kinds = kinds
        self._values = values
        self.builder = builder
        self.lanes = Lanes(builder, kinds[-2].literal_value)
        self._mask = self.lanes.first(values[-3]) if kinds[-1].literal_value else None
        self.place, self._rows, self._row_step, self._columns, self._column_step = values[1:6]

    def _address(self, array: int, index: Any) -> Any:
        parts = cgutils.create_struct_proxy(self._kinds[array])  # type: ignore[no-untyped-call]
        data = parts(self._context, self.builder, value=self._values[array]).data
        return self.builder.gep(data, [index])

    def load(self, array: int, index: Any) -> Any:
        """Read a vector of an argument."""
        return self.lanes.load(self._address(array, index), self._mask)

    def store(self, value: Any, array: int, index: Any) -> None:
        """Write a vector of an argument."""
        self.lanes.store(value, self._address(array, index), self._mask)

    def places(self, rows: int, columns: int) -> list[Any]:
        """The indices of the elements of a window of constant size."""
        builder = self.builder
        found = []
        for row, column in itertools.product(range(rows), range(columns)):
            down = builder.mul(ir.Constant(_INT64, row), self._row_step)
            across = builder.mul(ir.Constant(_INT64, column), self._column_step)
            found.append(builder.add(self.place, builder.add(down, across)))
        return found

    @contextmanager
    def elements(self) -> Iterator[tuple[Any, Any]]:
        """Write a loop over the window: the number of an element, and its index."""
        builder = self.builder
        with (
            cgutils.for_range(builder, self._rows) as row,
            cgutils.for_range(builder, self._columns) as column,
        ):
            number = builder.add(builder.mul(row.index, self._columns), column.index)
            down = builder.mul(row.index, self._row_step)
            across = builder.mul(column.index, self._column_step)
            yield number, builder.add(self.place, builder.add(down, across))


def _integers(window: _Window, value: Any) -> Any:
    """A vector with an integer everywhere."""
    builder, width = window.builder, window.lanes.width
    kind = ir.VectorType(_INT32, width)
    undefined = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(_INT32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(kind, [0] * width))


def _max_window(
    _: Any, image: Any, place: Any, rows: Any, row_step: Any, columns: Any, column_step: Any,
    result: Any, target: Any, lowest: Any, rest: Any, width: Any, is_masked: Any,
) -> Any:  # fmt: skip
    """Write to `result[target]` the largest element, at least the lowest value; not `nan`."""
    i = types.intp
    signature = types.void(
        image, i, i, i, i, i, result, i, types.float32, i, width, is_masked
    )  # fmt: skip

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        window = _Window(context, builder, signature.args, values)
        largest = window.lanes.variable(window.lanes.spread(values[8]))
        with window.elements() as (_, index):
            value, before = window.load(0, index), builder.load(largest)
            is_larger = builder.fcmp_ordered(">", value, before)
            builder.store(builder.select(is_larger, value, before), largest)
        window.store(builder.load(largest), 6, values[7])
        return context.get_dummy_value()

    return signature, generate


def _max_window_gradient(
    _: Any, image: Any, place: Any, rows: Any, row_step: Any, columns: Any, column_step: Any,
    largest: Any, gradient: Any, target: Any, result: Any, rest: Any, width: Any, is_masked: Any,
) -> Any:  # fmt: skip
    """Add `gradient[target]` to the result at the first element that equals `largest[target]`.

    It goes to the first element if none does, or if that is `nan`.  If rows and columns are
    constants, all that belongs to the window stays in registers.
    """
    if isinstance(rows, types.Literal) and isinstance(columns, types.Literal):
        return _small_max_window_gradient(
            image, rows, columns, largest, gradient, result, width, is_masked
        )
    i = types.intp
    signature = types.void(
        image, i, i, i, i, i, largest, gradient, i, result, i, width, is_masked
    )  # fmt: skip

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        window = _Window(context, builder, signature.args, values)
        lanes, target = window.lanes, values[8]
        wanted, given = window.load(6, target), window.load(7, target)
        none = _integers(window, ir.Constant(_INT32, -1))
        winner = lanes.variable(none)
        with window.elements() as (number, index):
            before = builder.load(winner)
            is_equal = builder.fcmp_ordered("==", window.load(0, index), wanted)
            is_first = builder.and_(is_equal, builder.icmp_signed("==", before, none))
            numbers = _integers(window, builder.trunc(number, _INT32))
            builder.store(builder.select(is_first, numbers, before), winner)
        first = window.load(0, window.place)
        is_lost = builder.icmp_signed("==", builder.load(winner), none)
        is_first = builder.or_(is_lost, builder.fcmp_unordered("uno", first, first))
        zeros = _integers(window, ir.Constant(_INT32, 0))
        chosen = builder.select(is_first, zeros, builder.load(winner))
        with window.elements() as (number, index):
            numbers = _integers(window, builder.trunc(number, _INT32))
            share = builder.select(builder.icmp_signed("==", chosen, numbers), given, lanes.zeros())
            window.store(builder.fadd(window.load(9, index), share), 9, index)
        return context.get_dummy_value()

    return signature, generate


def _small_max_window_gradient(
    image: Any, rows: Any, columns: Any, largest: Any, gradient: Any, result: Any, width: Any,
    is_masked: Any,
) -> Any:  # fmt: skip
    """What `_max_window_gradient` returns for a window of constant size."""
    i = types.intp
    signature = types.void(
        image, i, rows, i, columns, i, largest, gradient, i, result, i, width, is_masked
    )  # fmt: skip

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        window = _Window(context, builder, signature.args, values)
        lanes, target = window.lanes, values[8]
        wanted, given = window.load(6, target), window.load(7, target)
        places = window.places(rows.literal_value, columns.literal_value)
        elements = [window.load(0, place) for place in places]
        is_equal = [builder.fcmp_ordered("==", element, wanted) for element in elements]
        is_lost = builder.not_(functools.reduce(builder.or_, is_equal))
        is_nan = builder.fcmp_unordered("uno", elements[0], elements[0])
        is_equal[0] = builder.or_(is_equal[0], builder.or_(is_lost, is_nan))
        is_done = ir.Constant(is_lost.type, [0] * lanes.width)
        for place, equal in zip(places, is_equal, strict=True):
            is_chosen = builder.and_(equal, builder.not_(is_done))
            is_done = builder.or_(is_done, equal)
            share = builder.select(is_chosen, given, lanes.zeros())
            window.store(builder.fadd(window.load(9, place), share), 9, place)
        return context.get_dummy_value()

    return signature, generate


def _mean_window(
    _: Any, image: Any, place: Any, rows: Any, row_step: Any, columns: Any, column_step: Any,
    result: Any, target: Any, count: Any, rest: Any, width: Any, is_masked: Any,
) -> Any:  # fmt: skip
    """Write to `result[target]` the sum of the elements, divided by their count."""
    i = types.intp
    signature = types.void(
        image, i, i, i, i, i, result, i, types.float32, i, width, is_masked
    )  # fmt: skip

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        window = _Window(context, builder, signature.args, values)
        total = window.lanes.variable(window.lanes.zeros())
        with window.elements() as (_, index):
            builder.store(builder.fadd(builder.load(total), window.load(0, index)), total)
        counts = window.lanes.spread(values[8])
        window.store(builder.fdiv(builder.load(total), counts), 6, values[7])
        return context.get_dummy_value()

    return signature, generate


def _mean_window_gradient(
    _: Any, result: Any, place: Any, rows: Any, row_step: Any, columns: Any, column_step: Any,
    gradient: Any, target: Any, count: Any, rest: Any, width: Any, is_masked: Any,
) -> Any:  # fmt: skip
    """Add to each element of the result `gradient[target]`, divided by their count."""
    i = types.intp
    signature = types.void(
        result, i, i, i, i, i, gradient, i, types.float32, i, width, is_masked
    )  # fmt: skip

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        window = _Window(context, builder, signature.args, values)
        share = builder.fdiv(window.load(6, values[7]), window.lanes.spread(values[8]))
        with window.elements() as (_, index):
            window.store(builder.fadd(window.load(0, index), share), 0, index)
        return context.get_dummy_value()

    return signature, generate


max_window: Any = intrinsic(prefer_literal=True)(_max_window)
max_window_gradient: Any = intrinsic(prefer_literal=True)(_max_window_gradient)
mean_window: Any = intrinsic(prefer_literal=True)(_mean_window)
mean_window_gradient: Any = intrinsic(prefer_literal=True)(_mean_window_gradient)
