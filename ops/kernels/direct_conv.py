"""Convolutions without a matrix of columns: sums in tiles of registers, in compiled loops.

For float32 with one or two spatial axes, channels last.  A unit of the work is a band of output
rows of one image.  The rows that it reads are packed, with zeros for the padding, into memory that
stays in the cache; then each tile (a few neighbouring pixels, a few vectors of output channels) is
summed over all taps and input channels before it is written once.

The input gradient is such a convolution too, in phases; and if there are few channels, several
neighbouring pixels may count as one, so that vectors are full: see `conv_axes.py`.

The filter gradient has entries of the filter and vectors of output channels in its tiles, which are
summed over a band; each chunk of units has a total of its own, and the totals are added in a fixed
order.  So all results are the same for any number of threads.

The loops are compiled in the background (see `TileKernel`); until then, and where they do not
apply, `ops/kernels/conv.py` serves with columns and BLAS.
"""

from __future__ import annotations

import itertools
import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from graphflow.core.parallel import parallel_for
from graphflow.ops.kernels.arrays import Array, scratch
from graphflow.ops.kernels.conv_axes import (
    AxisPlan,
    Phase,
    Reach,
    backward_axis,
    forward_axis,
    neighbours_of,
)
from graphflow.ops.kernels.conv_split import PackSizes, Side, Split, axes_of, pack_sizes, sides
from graphflow.ops.kernels.epilogue import Epilogue
from graphflow.ops.kernels.tile_kernel import TileKernel, TileLoops
from graphflow.ops.kernels.tile_sizes import conv_constants, filter_gradient_constants
from graphflow.ops.kernels.windows import WindowAxis

if TYPE_CHECKING:
    from graphflow.ops.kernels.conv import ConvGeometry

_TOTAL_ELEMENTS = 1 << 22  # of all chunks' filter gradients: 16 MB
_FEW_CHANNELS = 32  # are packed as they are; more would need a kernel for each number of them
_SLACK = 64  # elements that a tile may read beyond what it needs


def _read_only(dtype: type[Any], rank: int = 1) -> Array:
    array = np.zeros((1,) * rank, dtype)
    array.setflags(write=False)
    return array


def _conv_arguments() -> tuple[Any, ...]:
    sizes = PackSizes(*[0] * len(PackSizes._fields))
    floats, integers = _read_only(np.float32), _read_only(np.int64)
    written = np.zeros(1, np.float32)
    phases = _read_only(np.int64, 2)
    return (
        floats, _read_only(np.int32), floats, floats, np.float32(0), np.float32(0), integers,
        phases, sizes, 0, 0, written, written, np.zeros(1, np.int64),
    )  # fmt: skip


def _filter_gradient_arguments() -> tuple[Any, ...]:
    sizes = PackSizes(*[0] * len(PackSizes._fields))
    floats, integers = _read_only(np.float32), _read_only(np.int64)
    written = np.zeros(1, np.float32)
    return floats, floats, integers, sizes, 0, 0, 0, written, written


_CONVOLVE = TileLoops("conv_loops", "convolve", conv_constants, _conv_arguments)
_ADD_FILTER_GRADIENT = TileLoops(
    "filter_gradient_loops",
    "add_filter_gradient",
    filter_gradient_constants,
    _filter_gradient_arguments,
)


class DirectConv:
    """A convolution or an input gradient by tiles, with all that follows from its geometry.

    Args:
      geometry: of the convolution.
      is_gradient: whether it is the input gradient.
    """

    def __init__(self, geometry: ConvGeometry, is_gradient: bool) -> None:
        self._geometry = geometry
        self._is_gradient = is_gradient
        self._image, self._result = sides(geometry)[:: -1 if is_gradient else 1]
        down, across = axes_of(geometry)
        plan_for = backward_axis if is_gradient else forward_axis
        self._down = plan_for(down)
        self._choices = {n: plan_for(across, n) for n in self._neighbours(across)}
        self.channels = self._image.channels // geometry.groups
        self._channels_out = self._result.channels // geometry.groups
        # The kernel knows the distance of pixels, so that one for few channels is for that number.
        self._is_planar = self.channels > _FEW_CHANNELS
        self._column_step = 1 if self._is_planar else self.channels
        job = [self._channels_out, int(self._is_planar)]
        for number, plan in self._choices.items():
            pixels = min(phase.outputs for phase in plan.phases)
            taps = sum(len(phase.taps) for phase in plan.phases)
            job += [number, pixels, plan.reach.stride * self._column_step, taps]
        self.kernel = TileKernel.of(_CONVOLVE, tuple(job))

    def _neighbours(self, across: WindowAxis) -> list[int]:
        """How many pixels side by side may count as one."""
        if self._geometry.groups > 1:
            return [1]
        stride = across.stride if self._is_gradient else 1
        return list(neighbours_of(self._result.width, stride, self._result.channels))

    @property
    def most_outputs(self) -> int:
        """As many channels of results may fill a vector."""
        return self._channels_out * max(self._choices)

    @cached_property
    def _across(self) -> AxisPlan:
        return self._choices[self.kernel.constants["NEIGHBOURS"]]

    @cached_property
    def outputs(self) -> int:
        """Channels of a result in a group, of all pixels that count as one."""
        return self._channels_out * self._across.neighbours

    @cached_property
    def _phases(self) -> list[tuple[Phase, Phase]]:
        return list(itertools.product(self._down.phases, self._across.phases))

    @cached_property
    def _split(self) -> Split:
        geometry = self._geometry
        rows = self._down.most_outputs
        products = geometry.batch * self._result.size * geometry.taps * self.channels
        most = geometry.batch * rows
        return Split(geometry.batch, rows, self._down.reach, self._row_size, products, most)

    @cached_property
    def _padded_width(self) -> int:
        return self._across.reach.places(self._across.most_outputs)

    @cached_property
    def _row_size(self) -> int:
        return self._padded_width * self.channels

    @cached_property
    def _offsets(self) -> Array:
        """For each phase, place and channel the distance of the factor from the window's."""
        channels = np.arange(self.channels) * (self._padded_width if self._is_planar else 1)
        parts = [
            row * self._row_size + column * self._column_step + channels
            for down, across in self._phases
            for (_, row), (_, column) in itertools.product(down.taps, across.taps)
        ]
        return np.concatenate([np.zeros(0, np.int64), *parts])

    @cached_property
    def _phase_table(self) -> Array:
        """What `convolve` needs to know of each phase."""
        lanes = self.kernel.constants["VECTORS"] * self.kernel.constants["WIDTH"]
        width = lanes * self._tiles
        steps = (self._result.width * self._result.channels, self._result.channels)
        strides = self._down.step, self._across.step
        table, first = [], 0
        for down, across in self._phases:
            last = first + len(down.taps) * len(across.taps) * self.channels
            place = down.first * steps[0] + across.first * steps[1]
            row, column = (step * stride for step, stride in zip(steps, strides, strict=True))
            table.append(
                (first, last, first * width, down.outputs, across.outputs, 0, place, row, column)
            )
            first = last
        return np.array(table, np.int64)

    @cached_property
    def _tiles(self) -> int:
        constants = self.kernel.constants
        return -(-self.outputs // (constants["VECTORS"] * constants["WIDTH"]))

    @cached_property
    def _sizes(self) -> list[PackSizes]:
        groups = self._geometry.groups
        return [
            pack_sizes(
                self._image, self._result, self._down.reach, self._across.reach,
                self._across.most_outputs, self._split, group, groups, self.outputs, self._tiles,
            )
            for group in range(groups)
        ]  # fmt: skip

    def _packed_weights(self, w: Array) -> Array:
        """The filter as rows of whole tiles: [group][phase, tile, tap and channel][output]."""
        geometry = self._geometry
        groups, tiles = geometry.groups, self._tiles
        constants = self.kernel.constants
        lanes = constants["VECTORS"] * constants["WIDTH"]
        down, across = axes_of(geometry)
        *_, group_channels, _ = w.shape
        by_group = w.reshape(down.taps, across.taps, group_channels, groups, -1)
        order = (3, 0, 1, 4, 2) if self._is_gradient else (3, 0, 1, 2, 4)
        factors = by_group.transpose(order)  # group, tap, tap, channel, output
        packed = np.zeros((groups, len(self._offsets) * tiles * lanes), np.float32)
        first = 0
        for rows, columns in self._phases:
            count = len(rows.taps) * len(columns.taps) * self.channels
            if not count:
                continue
            last = first + count * tiles * lanes
            chosen = self._chosen(factors, rows, columns)
            flat = chosen.reshape(groups, count, self.outputs)
            part = packed[:, first:last].reshape(groups, tiles, count, lanes)
            for tile in range(tiles):
                outputs = flat[:, :, tile * lanes : (tile + 1) * lanes]
                part[:, tile, :, : outputs.shape[-1]] = outputs
            first = last
        return packed

    def _chosen(self, factors: Array, rows: Phase, columns: Phase) -> Array:
        """The factors of a phase, [group, tap, place, channel, neighbour, output]."""
        if not self._is_gradient and self._across.neighbours == 1:
            return factors
        found = factors[:, [tap for (tap,), _ in rows.taps]]
        across_taps = np.array([taps for taps, _ in columns.taps])
        chosen = found[:, :, across_taps]  # [group, tap, place, neighbour, channel, output]
        if self._across.neighbours > 1:
            chosen[:, :, across_taps < 0] = 0
        swapped: Array = chosen.swapaxes(3, 4)
        return swapped

    def run(
        self,
        images: Array,
        w: Array,
        result: Array,
        epilogue: Epilogue | None = None,
    ) -> bool:
        """Compute the convolution or the input gradient, if its loops are compiled.

        Where neighbours count as one, they do not know infinity nor `nan`.

        Args:
          images: input, or output gradient: a contiguous array of float32.
          w: the filter.
          result: is written.
          epilogue: what happens to the sums, None for nothing.

        Returns:
          Whether it was computed.
        """
        convolve = self.kernel.function
        if convolve is None:
            return False
        groups, split = self._geometry.groups, self._split
        constants = self.kernel.constants
        lanes = self._tiles * constants["VECTORS"] * constants["WIDTH"]
        biases = np.zeros((groups, lanes), np.float32)
        floor, ceiling = np.float32(-np.inf), np.float32(np.inf)
        if epilogue is not None:
            bias = epilogue.bias.reshape(groups, -1)
            biases[:, : self.outputs] = np.tile(bias, self._across.neighbours)
            floor, ceiling = np.float32(epilogue.floor), np.float32(epilogue.ceiling)
        weights = self._packed_weights(w)
        flat_images, flat_result = images.reshape(-1), result.reshape(-1)
        bits, flaws = flat_images.view(np.int32), np.zeros(1, np.int64)
        size = split.padded_rows * self._row_size + _SLACK

        def compute(chunk: int) -> None:
            first, last = split.chunk(chunk)
            padded = scratch("packed", (size,), np.float32)
            for group, sizes in enumerate(self._sizes):
                offset = group * self.outputs
                convolve(
                    flat_images, bits, weights[group], biases[group], floor, ceiling,
                    self._offsets, self._phase_table, sizes, first, last, padded,
                    flat_result[offset:], flaws,
                )  # fmt: skip

        parallel_for(compute, split.chunks)
        return not flaws[0]


class DirectFilterGradient:
    """A filter gradient by tiles, with all that follows from its geometry.

    Args:
      geometry: of the convolution.
    """

    def __init__(self, geometry: ConvGeometry) -> None:
        self._geometry = geometry
        self._image, result = sides(geometry)
        self._result = result
        down, across = self._axes = axes_of(geometry)
        self._down = forward_axis(down).reach
        self.channels = geometry.group_channels
        self._channels_out = result.channels // geometry.groups
        # Entries of the filter lie side by side in the packed image.
        self._is_dense = across.dilation == 1
        has_choice = self._is_dense and geometry.groups == 1
        numbers = neighbours_of(result.width, 1, result.channels) if has_choice else [1]
        self._choices = {n: forward_axis(across, n).reach for n in numbers}
        job = [self._channels_out]
        for number, reach in self._choices.items():
            job += [number, result.width // number, self._run_size(reach)]
        self.kernel = TileKernel.of(_ADD_FILTER_GRADIENT, tuple(job))

    def _run_size(self, across: Reach) -> int:
        """How many entries lie side by side."""
        return self.channels * (across.extent if self._is_dense else 1)

    @property
    def most_outputs(self) -> int:
        """As many channels of outputs may fill a vector."""
        return self._channels_out * max(self._choices)

    @cached_property
    def _neighbours(self) -> int:
        """How many outputs side by side count as one."""
        return self.kernel.constants["NEIGHBOURS"]

    @cached_property
    def _across(self) -> Reach:
        return self._choices[self._neighbours]

    @cached_property
    def run_size(self) -> int:
        """How many entries of the filter, with the shifts of neighbours, lie side by side."""
        return self._run_size(self._across)

    @cached_property
    def outputs(self) -> int:
        """Channels of an output in a group, of all outputs that count as one."""
        return self._channels_out * self._neighbours

    @cached_property
    def _columns(self) -> int:
        return self._result.width // self._neighbours

    @cached_property
    def _row_size(self) -> int:
        return self._across.places(self._columns) * self.channels

    @cached_property
    def _runs(self) -> Array:
        down, across = self._axes
        rows = np.arange(down.taps) * down.dilation * self._row_size
        if self._is_dense:
            return rows
        columns = np.arange(across.taps) * across.dilation * self.channels
        return np.add.outer(rows, columns).ravel()

    @cached_property
    def _blocks(self) -> int:
        return -(-self.run_size // self.kernel.constants["TAPS"])

    @cached_property
    def _total_shape(self) -> tuple[int, ...]:
        constants = self.kernel.constants
        lanes = constants["VECTORS"] * constants["WIDTH"]
        tiles = -(-self.outputs // lanes)
        return len(self._runs), self._blocks, tiles, constants["TAPS"], lanes

    @cached_property
    def _split(self) -> Split:
        geometry = self._geometry
        batch, rows = geometry.batch, self._result.height
        products = batch * self._result.size * geometry.taps * self.channels
        most = max(1, _TOTAL_ELEMENTS // math.prod(self._total_shape))
        return Split(batch, rows, self._down, self._row_size, products, most)

    @cached_property
    def _sizes(self) -> list[PackSizes]:
        groups, result = self._geometry.groups, self._result
        wide = Side(result.height, self._columns, result.channels * self._neighbours)
        return [
            pack_sizes(
                self._image, wide, self._down, self._across, self._columns, self._split,
                group, groups, self.outputs, self._total_shape[2],
            )
            for group in range(groups)
        ]  # fmt: skip

    def run(self, images: Array, gradient: Array, result: Array) -> bool:
        """Compute the filter gradient, if its loops are compiled.

        Args:
          images: the input: a contiguous array of float32.
          gradient: of the outputs: a contiguous array of float32.
          result: of the filter's shape, is written.

        Returns:
          Whether it was computed.
        """
        add = self.kernel.function
        if add is None:
            return False
        groups, split = self._geometry.groups, self._split
        size = split.padded_rows * self._row_size + _SLACK
        totals = scratch("totals", (split.chunks, groups, *self._total_shape), np.float32)
        flat_images, flat_gradient = images.reshape(-1), gradient.reshape(-1)

        def compute(chunk: int) -> None:
            first, last = split.chunk(chunk)
            padded = scratch("packed", (size,), np.float32)
            for group, sizes in enumerate(self._sizes):
                add(
                    flat_images, flat_gradient, self._runs, sizes, self._blocks, first, last,
                    padded, totals[chunk, group].reshape(-1),
                )  # fmt: skip

        parallel_for(compute, split.chunks)
        total = totals[0]
        for other in totals[1:]:
            np.add(total, other, out=total)
        self._unpack(total, result)
        return True

    def _unpack(self, total: Array, result: Array) -> None:
        """Take the entries and channels that are part of the filter out of whole tiles."""
        groups = self._geometry.groups
        entries = total.transpose(0, 1, 2, 4, 3, 5)  # group, run, block, entry, tile, output
        lines = entries.reshape(groups, len(self._runs), self._blocks * entries.shape[3], -1)
        wanted = lines[:, :, : self.run_size, : self.outputs]
        if self._neighbours > 1:
            wanted = self._without_shifts(wanted)
        flat = result.reshape(len(self._runs), -1, groups, self._channels_out)
        flat[...] = wanted.transpose(1, 2, 0, 3)

    def _without_shifts(self, lines: Array) -> Array:
        """Add up what neighbours found for the same entry at different places."""
        _, across = self._axes
        shape = 1, len(lines[0]), self._across.extent, self.channels, self._neighbours, -1
        found = lines.reshape(shape)
        total = found[:, :, : across.taps, :, 0]
        for number in range(1, self._neighbours):
            first = number * across.stride
            total = total + found[:, :, first : first + across.taps, :, number]
        return total.reshape(1, len(lines[0]), -1, self._channels_out)
