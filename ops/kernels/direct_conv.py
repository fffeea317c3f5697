"""Convolutions without a matrix of columns: sums in tiles of registers, in compiled loops.

For float32 with one or two spatial axes, channels last.  A unit of the work is a band of output
rows of one image.  The rows that it reads are packed, with zeros for the padding, into memory that
stays in the cache; then each tile (a few neighbouring pixels, a few vectors of output channels) is
summed over all taps and input channels before it is written once.

The input gradient is such a convolution too: for a stride s the pixels whose places leave the same
rest when divided by s form a *phase*, and each phase is a convolution of the output gradient, of
stride 1, with the taps that reach it.  A convolution itself has one phase.  If there are few
channels, s neighbouring pixels of a row count as one with s times the channels: that is one phase
along the row, in which some factors are 0, but it fills the vectors.

The filter gradient has entries of the filter and vectors of output channels in its tiles, which are
summed over a band; each chunk of units has a total of its own, and the totals are added in a fixed
order.  So all results are the same for any number of threads.

The loops are compiled in the background (see `TileKernel`); until then, and where they do not
apply, `ops/kernels/conv.py` serves with columns and BLAS.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graphflow.core.parallel import parallel_for
from graphflow.ops.kernels.arrays import Array, scratch
from graphflow.ops.kernels.epilogue import Epilogue
from graphflow.ops.kernels.tile_kernel import TileKernel, TileLoops
from graphflow.ops.kernels.tile_sizes import conv_constants, filter_gradient_constants
from graphflow.ops.kernels.windows import WindowAxis

if TYPE_CHECKING:
    from graphflow.ops.kernels.conv import ConvGeometry

_BAND_ELEMENTS = 1 << 16  # packed rows of a unit: 256 KB, which stay in the cache of a core
_CHUNKS = 8  # so that two to four threads end at about the same time
_CHUNK_PRODUCTS = 1 << 20  # a chunk is worth handing over: some 30 microseconds
_TOTAL_ELEMENTS = 1 << 22  # of all chunks' filter gradients: 16 MB
_SLACK = 64  # elements that a tile may read beyond what it needs


class PackSizes(NamedTuple):
    """What the compiled loops know of images, units and results; sizes count elements.

    Attributes:
      height: rows of an image.
      width: its columns.
      image_channels: its channels, in all groups.
      image_size: elements of an image.
      first_channel: of the group.
      channels: of the group.
      before: rows of padding above.
      first_column: of the image that is packed.
      first_padded: packed column where it goes.
      columns: of the image that are packed.
      padded_width: packed columns.
      padded_rows: packed rows of a band.
      bands: of an image.
      band_rows: output rows of a band.
      row_stride: rows of the image between neighbouring output rows.
      column_stride: columns of the image between neighbouring outputs.
      result_rows: rows of the output.
      result_columns: its columns.
      result_channels: its channels, in all groups.
      result_size: elements of the output of an image.
      first_output: channel of the group in the output.
      out_channels: of the group.
      tiles: of output channels.
    """

    height: int
    width: int
    image_channels: int
    image_size: int
    first_channel: int
    channels: int
    before: int
    first_column: int
    first_padded: int
    columns: int
    padded_width: int
    padded_rows: int
    bands: int
    band_rows: int
    row_stride: int
    column_stride: int
    result_rows: int
    result_columns: int
    result_channels: int
    result_size: int
    first_output: int
    out_channels: int
    tiles: int


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
        floats, floats, floats, np.float32(0), np.float32(0), integers, phases, sizes, 0, 0,
        written, written,
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


class _Reach(NamedTuple):
    """What windows along an axis of the image read.

    Attributes:
      before: places of padding before the image.
      stride: between the windows of neighbouring outputs.
      extent: places that one window spans.
    """

    before: int
    stride: int
    extent: int

    def places(self, outputs: int) -> int:
        """How many places the windows of so many neighbouring outputs span."""
        return (outputs - 1) * self.stride + self.extent


class _AxisPhase(NamedTuple):
    """Along one axis the outputs that the same taps reach.

    Attributes:
      first: index of the first output.
      outputs: how many there are, each a stride after the one before.
      taps: pairs of a tap and its place in the window; of outputs that are several neighbours the
        tap for each, -1 for none.
    """

    first: int
    outputs: int
    taps: tuple[tuple[tuple[int, ...], int], ...]


def _forward_axis(axis: WindowAxis) -> tuple[_Reach, list[_AxisPhase]]:
    taps = tuple(((tap,), tap * axis.dilation) for tap in range(axis.taps))
    reach = _Reach(axis.before, axis.stride, axis.reach + 1)
    return reach, [_AxisPhase(0, axis.output_size, taps)]


def _backward_axis(axis: WindowAxis) -> tuple[_Reach, list[_AxisPhase]]:
    """The phases of an input gradient: what is read there is the output gradient."""
    found = []
    for first in range(min(axis.stride, axis.size)):
        distances = [(tap, first + axis.before - tap * axis.dilation) for tap in range(axis.taps)]
        reached = [(tap, far // axis.stride) for tap, far in distances if far % axis.stride == 0]
        found.append((first, len(range(first, axis.size, axis.stride)), reached))
    places = [place for _, _, taps in found for _, place in taps] or [0]
    least = min(places)
    phases = [
        _AxisPhase(first, outputs, tuple(((tap,), place - least) for tap, place in taps))
        for first, outputs, taps in found
    ]
    return _Reach(-least, 1, max(places) - least + 1), phases


def _merged(phases: Sequence[_AxisPhase]) -> _AxisPhase:
    """The one phase of outputs that are neighbours, one of each phase."""
    tap_at = [{place: tap for (tap,), place in phase.taps} for phase in phases]
    places = sorted({place for taps in tap_at for place in taps})
    taps = tuple((tuple(taps.get(place, -1) for taps in tap_at), place) for place in places)
    return _AxisPhase(0, phases[0].outputs, taps)


@dataclass(frozen=True)
class _Side:
    """Images that are read, or results that are written: sizes with all channels."""

    height: int
    width: int
    channels: int

    @property
    def size(self) -> int:
        return self.height * self.width * self.channels


class _Split:
    """The units of a batch, and which of them make a chunk; the same for any number of threads.

    Args:
      batch: number of images.
      rows: output rows of an image.
      reach: of the windows down an image.
      row_size: packed elements of a row.
      products: multiplications for the whole batch.
      most: chunks there may be.
    """

    def __init__(
        self, batch: int, rows: int, reach: _Reach, row_size: int, products: int, most: int
    ) -> None:
        fitting = (_BAND_ELEMENTS // row_size - reach.extent) // reach.stride + 1
        wanted = min(_CHUNKS, max(1, products // _CHUNK_PRODUCTS), most)
        for_chunks = -(-rows // max(1, wanted // batch))
        self.band_rows = max(1, min(rows, fitting, for_chunks))
        self.bands = -(-rows // self.band_rows)
        self.units = batch * self.bands
        self.chunks = min(self.units, wanted)
        self.padded_rows = reach.places(self.band_rows)

    def chunk(self, number: int) -> tuple[int, int]:
        """The first unit of a chunk, and the one after its last."""
        return self.units * number // self.chunks, self.units * (number + 1) // self.chunks


def _pack_sizes(
    image: _Side,
    result: _Side,
    down: _Reach,
    across: _Reach,
    columns: int,
    split: _Split,
    group: int,
    groups: int,
    outputs: int,
    tiles: int,
) -> PackSizes:
    padded_width = across.places(columns)
    first_padded = min(max(0, across.before), padded_width)
    first_column = max(0, -across.before)
    packed = min(padded_width - first_padded, image.width - first_column)
    channels = image.channels // groups
    return PackSizes(
        height=image.height,
        width=image.width,
        image_channels=image.channels,
        image_size=image.size,
        first_channel=group * channels,
        channels=channels,
        before=down.before,
        first_column=first_column,
        first_padded=first_padded,
        columns=max(0, packed),
        padded_width=padded_width,
        padded_rows=split.padded_rows,
        bands=split.bands,
        band_rows=split.band_rows,
        row_stride=down.stride,
        column_stride=across.stride,
        result_rows=result.height,
        result_columns=result.width,
        result_channels=result.channels,
        result_size=result.size,
        first_output=group * outputs,
        out_channels=outputs,
        tiles=tiles,
    )


def _axes(geometry: ConvGeometry) -> tuple[WindowAxis, WindowAxis]:
    """The two spatial axes; with one axis, rows of height 1."""
    *others, across = geometry.axes
    down = others[0] if others else WindowAxis.of(1, 1, 1, 1, "VALID")
    return down, across


def _sides(geometry: ConvGeometry) -> tuple[_Side, _Side]:
    """The input and the output."""
    down, across = _axes(geometry)
    return (
        _Side(down.size, across.size, geometry.in_channels),
        _Side(down.output_size, across.output_size, geometry.out_channels),
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
        self._image, self._result = _sides(geometry)[:: -1 if is_gradient else 1]
        phases_of = _backward_axis if is_gradient else _forward_axis
        (self._down, self._rows), (self._across, single) = map(phases_of, _axes(geometry))
        self._single_columns = single
        self.channels = self._image.channels // geometry.groups
        pixels = min(phase.outputs for phase in single)
        outputs = self._result.channels // geometry.groups
        job: tuple[int, ...] = (pixels, outputs, self._across.stride)
        if len(single) > 1 and geometry.groups == 1 and len({p.outputs for p in single}) == 1:
            taps = sum(len(phase.taps) for phase in single)
            job = (*job, len(single), taps, len(_merged(single).taps))
        self.kernel = TileKernel.of(_CONVOLVE, job)

    @cached_property
    def _neighbours(self) -> int:
        """How many neighbouring pixels of a row count as one."""
        return self.kernel.constants["NEIGHBOURS"]

    @cached_property
    def _columns(self) -> list[_AxisPhase]:
        phases = self._single_columns
        return [_merged(phases)] if self._neighbours > 1 else phases

    @cached_property
    def outputs(self) -> int:
        """Channels of a result in a group, of all pixels that count as one."""
        return self._result.channels // self._geometry.groups * self._neighbours

    @cached_property
    def _phases(self) -> list[tuple[_AxisPhase, _AxisPhase]]:
        return list(itertools.product(self._rows, self._columns))

    @cached_property
    def _split(self) -> _Split:
        geometry = self._geometry
        rows = max(phase.outputs for phase in self._rows)
        products = geometry.batch * self._result.size * geometry.taps * self.channels
        return _Split(
            geometry.batch, rows, self._down, self._row_size, products, most=geometry.batch * rows
        )

    @cached_property
    def _padded_width(self) -> int:
        return self._across.places(max(phase.outputs for phase in self._columns))

    @cached_property
    def _row_size(self) -> int:
        return self._padded_width * self.channels

    @cached_property
    def _offsets(self) -> Array:
        """For each phase, tap and channel the distance of the factor from the window's place."""
        channels = np.arange(self.channels) * self._padded_width
        parts = [
            row * self._row_size + column + channels
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
        strides = [1, 1]
        if self._is_gradient:
            strides = [axis.stride for axis in _axes(self._geometry)]
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
        columns = max(phase.outputs for phase in self._columns)
        return [
            _pack_sizes(
                self._image, self._result, self._down, self._across, columns, self._split,
                group, groups, self.outputs, self._tiles,
            )
            for group in range(groups)
        ]  # fmt: skip

    def _packed_weights(self, w: Array) -> Array:
        """The filter as rows of whole tiles: [group][phase, tile, tap and channel][output]."""
        geometry = self._geometry
        groups, tiles = geometry.groups, self._tiles
        constants = self.kernel.constants
        lanes = constants["VECTORS"] * constants["WIDTH"]
        down, across = _axes(geometry)
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
            chosen = self._chosen(factors, rows, columns) if self._is_gradient else factors
            flat = chosen.reshape(groups, count, self.outputs)
            part = packed[:, first:last].reshape(groups, tiles, count, lanes)
            for tile in range(tiles):
                outputs = flat[:, :, tile * lanes : (tile + 1) * lanes]
                part[:, tile, :, : outputs.shape[-1]] = outputs
            first = last
        return packed

    def _chosen(self, factors: Array, rows: _AxisPhase, columns: _AxisPhase) -> Array:
        """The factors of a phase, [group, tap, place, channel, neighbour, output]."""
        found = factors[:, [tap for (tap,), _ in rows.taps]]
        across_taps = np.array([taps for taps, _ in columns.taps])
        chosen = found[:, :, across_taps]  # [group, tap, place, neighbour, channel, output]
        if self._neighbours > 1:
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
            biases[:, : self.outputs] = epilogue.bias.reshape(groups, self.outputs)
            floor, ceiling = np.float32(epilogue.floor), np.float32(epilogue.ceiling)
        weights = self._packed_weights(w)
        flat_images, flat_result = images.reshape(-1), result.reshape(-1)
        size = split.padded_rows * self._row_size + _SLACK

        def compute(chunk: int) -> None:
            first, last = split.chunk(chunk)
            padded = scratch("packed", (size,), np.float32)
            for group, sizes in enumerate(self._sizes):
                offset = group * self.outputs
                convolve(
                    flat_images, weights[group], biases[group], floor, ceiling, self._offsets,
                    self._phase_table, sizes, first, last, padded, flat_result[offset:],
                )  # fmt: skip

        parallel_for(compute, split.chunks)
        return True


class DirectFilterGradient:
    """A filter gradient by tiles, with all that follows from its geometry.

    Args:
      geometry: of the convolution.
    """

    def __init__(self, geometry: ConvGeometry) -> None:
        self._geometry = geometry
        self._image, self._result = _sides(geometry)
        down, across = self._axes = _axes(geometry)
        self._down, self._across = (_forward_axis(axis)[0] for axis in (down, across))
        self.channels = geometry.group_channels
        self.outputs = geometry.out_channels // geometry.groups
        # Entries of the filter that lie side by side in the packed image.
        self._is_dense = across.dilation == 1
        self.run_size = self.channels * (across.taps if self._is_dense else 1)
        self.kernel = TileKernel.of(_ADD_FILTER_GRADIENT, (self.run_size, self.outputs))

    @cached_property
    def _row_size(self) -> int:
        return self._across.places(self._result.width) * self.channels

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
    def _split(self) -> _Split:
        geometry = self._geometry
        batch, rows = geometry.batch, self._result.height
        products = batch * self._result.size * geometry.taps * self.channels
        most = max(1, _TOTAL_ELEMENTS // math.prod(self._total_shape))
        return _Split(batch, rows, self._down, self._row_size, products, most)

    @cached_property
    def _sizes(self) -> list[PackSizes]:
        groups = self._geometry.groups
        return [
            _pack_sizes(
                self._image, self._result, self._down, self._across, self._result.width,
                self._split, group, groups, self.outputs, self._total_shape[2],
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
        flat = result.reshape(len(self._runs), self.run_size, groups, self.outputs)
        flat[...] = wanted.transpose(1, 2, 0, 3)
