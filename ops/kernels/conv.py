"""Convolution in 1 to 3 spatial dimensions and both of its gradients, on numpy arrays.

Every function here is a matrix product of *columns* with the filter.  The columns are a matrix with
one row for each output position; a row holds an entry for each (tap, channel) of the filter, a tap
being one spatial place of the filter.  Two layouts of columns are in use:

* **windows**: each output position copies its own window.  Good when neighbours in a window are
  neighbours in the image too, that is, for images with many channels.
* **planes**: the image is split into one plane for each channel, and with a stride s into s planes
  along each axis; a tap is then one long shifted copy of a plane.  Good for few channels and for
  grouped convolution.  The copies run over the ends of the rows, so that some positions of the
  *grid* are no outputs: they are computed and dropped, or filled with zeros.

The input gradient goes one of three ways: as a convolution of the output gradient, as planes of
columns added up, or, where windows nearly as large as the image leave few outputs, as windows added
up in their places.

The work goes in blocks of images, or of output rows where one image is large, so that the columns
of a block stay in the cache; the blocks of a convolution are split over the session's threads.  All
temporary memory comes from `scratch`, bounded by the block.

Letters in comments: G groups, C channels of a group, K output channels of a group, T taps.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import as_strided

from graphflow.core.parallel import parallel_for
from graphflow.ops.kernels.arrays import (
    Array,
    DType,
    check_shape,
    dtype_of_sums,
    result_array,
    scratch,
)
from graphflow.ops.kernels.windows import WindowAxis, channels_stand_last, overlap

Padding = str | Sequence[Sequence[int]]

BLOCK_ELEMENTS = 1 << 20  # columns of one block: 4 MB in float32, which a cache still holds
BLOCK_POSITIONS = 128  # but at least so many rows in one matrix product
WIDE_RUN = 16  # from so many neighbouring elements on it pays to copy windows one by one
WASTE_LIMIT = 4  # planes may compute at most so many times the positions wanted


@dataclass(frozen=True)
class ConvGeometry:
    """Sizes of a convolution, computed once for given shapes; see `ConvGeometry.of`.

    Attributes:
      batch: number of images.
      axes: the spatial axes with the windows along each.
      in_channels: channels of the input.
      group_channels: channels of the filter, a divisor of `in_channels`.
      out_channels: channels of the output.
      channels_last: whether input and output are laid out as NHWC rather than NCHW.
    """

    batch: int
    axes: tuple[WindowAxis, ...]
    in_channels: int
    group_channels: int
    out_channels: int
    channels_last: bool

    @classmethod
    def of(
        cls,
        input_shape: Sequence[int],
        filter_shape: Sequence[int],
        strides: Sequence[int],
        padding: Padding,
        data_format: str = "NHWC",
        dilations: Sequence[int] | None = None,
    ) -> ConvGeometry:
        """Compute the geometry of a convolution.

        Args:
          input_shape: batch, spatial sizes and channels, in the order of `data_format`.
          filter_shape: spatial sizes, channels of the filter, output channels.  With fewer channels
            than the input the convolution is grouped.
          strides: one number for each axis of the input; 1 for batch and channels.
          padding: `'SAME'`, `'VALID'`, or the numbers of zeros (before, after) for each axis of the
            input; 0 for batch and channels.
          data_format: `'NHWC'` or `'NCHW'`; `'NWC'`, `'NCW'`, `'NDHWC'`, `'NCDHW'` in one and three
            spatial dimensions.
          dilations: one number for each axis of the input; None for 1 everywhere.

        Returns:
          The geometry.

        Raises:
          ValueError: if lengths, channels or sizes do not fit together.

        >>> geometry = ConvGeometry.of((2, 7, 5, 3), (3, 2, 3, 4), (1, 2, 1, 1), "SAME")
        >>> geometry.output_shape
        (2, 4, 5, 4)
        >>> [(axis.before, axis.after) for axis in geometry.axes]
        [(1, 1), (0, 1)]
        """
        rank = len(input_shape)
        channels_last = channels_stand_last(data_format, rank)
        channel_axis = rank - 1 if channels_last else 1
        dilations = [1] * rank if dilations is None else dilations
        paddings = [padding] * rank if isinstance(padding, str) else padding
        _check_length("filter_shape", filter_shape, rank)
        _check_only_spatial("strides", strides, rank, channel_axis, neutral=1)
        _check_only_spatial("dilations", dilations, rank, channel_axis, neutral=1)
        if not isinstance(padding, str):
            _check_only_spatial("padding", [*map(max, padding)], rank, channel_axis, neutral=0)
        *taps, group_channels, out_channels = filter_shape
        in_channels = input_shape[channel_axis]
        _check_channels(in_channels, group_channels, out_channels)
        spatial = [axis for axis in range(1, rank) if axis != channel_axis]
        return cls(
            batch=input_shape[0],
            axes=tuple(
                WindowAxis.of(input_shape[i], tap, strides[i], dilations[i], paddings[i])
                for i, tap in zip(spatial, taps, strict=True)
            ),
            in_channels=in_channels,
            group_channels=group_channels,
            out_channels=out_channels,
            channels_last=channels_last,
        )

    @cached_property
    def groups(self) -> int:
        """Number of groups: independent convolutions side by side along the channels."""
        return self.in_channels // self.group_channels

    @cached_property
    def taps(self) -> int:
        """Number of spatial places of the filter."""
        return math.prod(axis.taps for axis in self.axes)

    @cached_property
    def has_unit_strides(self) -> bool:
        """Whether neighbouring windows start at neighbouring places."""
        return all(axis.stride == 1 for axis in self.axes)

    @cached_property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the input array."""
        return self._shape([axis.size for axis in self.axes], self.in_channels)

    @cached_property
    def filter_shape(self) -> tuple[int, ...]:
        """Shape of the filter array."""
        return (*(axis.taps for axis in self.axes), self.group_channels, self.out_channels)

    @cached_property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the output array."""
        return self._shape([axis.output_size for axis in self.axes], self.out_channels)

    @cached_property
    def transposed(self) -> ConvGeometry:
        """Geometry of the input gradient as a convolution of the output gradient.

        Only for strides of 1; the filter is then flipped and its two kinds of channels swapped.
        """
        axes = tuple(
            dataclasses.replace(
                axis,
                size=axis.output_size,
                output_size=axis.size,
                before=axis.reach - axis.before,
                after=axis.reach - axis.after,
            )
            for axis in self.axes
        )
        return dataclasses.replace(
            self,
            axes=axes,
            in_channels=self.out_channels,
            group_channels=self.out_channels // self.groups,
            out_channels=self.in_channels,
        )

    @cached_property
    def column_layout(self) -> _WindowColumns | _PlaneColumns:
        """The layout of columns that suits the convolution and its filter gradient."""
        last = self.axes[-1]
        is_dense = self.groups == 1 and last.dilation == 1
        run = self.group_channels * (last.taps if is_dense else 1)
        copies_nothing = self.groups == self.taps == 1
        if run >= WIDE_RUN or copies_nothing or self.plane_waste > WASTE_LIMIT:
            return self.window_columns
        return self.plane_columns

    @cached_property
    def window_columns(self) -> _WindowColumns:
        """Columns as windows, which suit the input gradient if there are few outputs."""
        return _WindowColumns(self)

    @cached_property
    def plane_columns(self) -> _PlaneColumns:
        """Columns as planes, which suit the input gradient if the strides are not 1."""
        return _PlaneColumns(self)

    @cached_property
    def plane_waste(self) -> float:
        """How many positions planes have for each output."""
        return math.prod(1 + axis.overhang / max(axis.output_size, 1) for axis in self.axes)

    def _shape(self, sizes: Sequence[int], channels: int) -> tuple[int, ...]:
        if self.channels_last:
            return (self.batch, *sizes, channels)
        return (self.batch, channels, *sizes)


def _check_length(name: str, numbers: Sequence[int], rank: int) -> None:
    if len(numbers) != rank:
        raise ValueError(f"{name} {list(numbers)}: must have {rank} entries as the input has axes")


def _check_only_spatial(
    name: str, numbers: Sequence[int], rank: int, channel_axis: int, neutral: int
) -> None:
    _check_length(name, numbers, rank)
    if not numbers[0] == numbers[channel_axis] == neutral:
        raise ValueError(f"{name} {list(numbers)}: must be {neutral} for batch and channels")


def _check_channels(in_channels: int, group_channels: int, out_channels: int) -> None:
    if group_channels < 1 or in_channels < 1 or in_channels % group_channels:
        raise ValueError(
            f"input has {in_channels} channels: must be a multiple of the filter's {group_channels}"
        )
    groups = in_channels // group_channels
    if out_channels < 1 or out_channels % groups:
        raise ValueError(
            f"filter has {out_channels} output channels: must be a multiple of {groups}, the number"
            f" of groups ({in_channels} channels of the input / {group_channels} of the filter)"
        )


def conv(x: Array, w: Array, geometry: ConvGeometry, out: Array | None = None) -> Array:
    """Convolve images with a filter (in TensorFlow's sense: the filter is not flipped).

    16-bit floats are multiplied and summed in float32.

    Args:
      x: images, of `geometry.input_shape`; float16, bfloat16, float32, float64 or an integer dtype.
      w: filter, of `geometry.filter_shape` and the dtype of `x`.
      geometry: from `ConvGeometry.of`.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.output_shape` and the dtype of `x`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> x = np.arange(12, dtype=np.float32).reshape(1, 3, 4, 1)
    >>> w = np.array([[1, 10]], np.float32).reshape(1, 2, 1, 1)
    >>> conv(x, w, ConvGeometry.of(x.shape, w.shape, (1, 2, 2, 1), "VALID"))[0, :, :, 0]
    array([[ 10.,  32.],
           [ 98., 120.]], dtype=float32)
    """
    check_shape("x", x, geometry.input_shape)
    check_shape("w", w, geometry.filter_shape)
    y = result_array(out, geometry.output_shape, x.dtype)
    dtype = dtype_of_sums(x.dtype)
    weights = _group_weights(w, geometry, dtype)
    layout = geometry.column_layout

    def compute(number: int) -> None:
        block = layout.blocks[number]
        columns = layout.columns(x, block, dtype)
        matrix = _as_matrix(y, block, geometry, dtype)
        if matrix is not None:
            np.matmul(columns, weights, out=matrix)
            return
        matrix, images = _grid("product", block, geometry, dtype)
        np.matmul(columns, weights, out=matrix[:, : block.valid])
        _outputs_of(y, block, geometry)[...] = images[block.outputs]

    parallel_for(compute, len(layout.blocks))
    return y


def conv_input_gradient(
    geometry: ConvGeometry, w: Array, dy: Array, out: Array | None = None
) -> Array:
    """Compute the gradient of `sum(conv(x, w, geometry) * dy)` with respect to x.

    Args:
      geometry: of the convolution.
      w: filter, of `geometry.filter_shape` and the dtype of `dy`.
      dy: of `geometry.output_shape`; float16, bfloat16, float32 or float64.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.input_shape` and the dtype of `dy`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> geometry = ConvGeometry.of((1, 1, 5, 1), (1, 2, 1, 1), (1, 1, 2, 1), "VALID")
    >>> w, dy = np.array([1.0, 10.0]).reshape(1, 2, 1, 1), np.array([2.0, 3.0]).reshape(1, 1, 2, 1)
    >>> conv_input_gradient(geometry, w, dy).ravel()
    array([ 2., 20.,  3., 30.,  0.])
    """
    check_shape("w", w, geometry.filter_shape)
    check_shape("dy", dy, geometry.output_shape)
    folds = _should_fold(geometry)
    if not folds and _should_transpose(geometry):
        return conv(dy, _transposed_filter(w, geometry), geometry.transposed, out)
    dx = result_array(out, geometry.input_shape, dy.dtype)
    dtype = dtype_of_sums(dy.dtype)
    sums = dx if dx.dtype == dtype else np.empty(dx.shape, dtype)
    sums[...] = 0
    weights = _group_weights(w, geometry, dtype)
    layout = geometry.window_columns if folds else geometry.plane_columns
    for block in layout.blocks:
        gradient = _gradient_matrix(dy, block, geometry, dtype)
        columns = layout.new_columns(block, dtype)
        np.matmul(gradient, weights.swapaxes(1, 2), out=columns)
        layout.add_columns(columns, block, sums)
    if sums is not dx:
        dx[...] = sums
    return dx


def conv_filter_gradient(
    x: Array, geometry: ConvGeometry, dy: Array, out: Array | None = None
) -> Array:
    """Compute the gradient of `sum(conv(x, w, geometry) * dy)` with respect to w.

    Args:
      x: images, of `geometry.input_shape` and the dtype of `dy`.
      geometry: of the convolution.
      dy: of `geometry.output_shape`; float16, bfloat16, float32 or float64.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.filter_shape` and the dtype of `dy`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> geometry = ConvGeometry.of((1, 1, 5, 1), (1, 2, 1, 1), (1, 1, 2, 1), "VALID")
    >>> x, dy = np.arange(5.0).reshape(1, 1, 5, 1), np.array([10.0, 100.0]).reshape(1, 1, 2, 1)
    >>> conv_filter_gradient(x, geometry, dy).ravel()
    array([200., 310.])
    """
    check_shape("x", x, geometry.input_shape)
    check_shape("dy", dy, geometry.output_shape)
    dw = result_array(out, geometry.filter_shape, dy.dtype)
    dtype = dtype_of_sums(dy.dtype)
    entries = geometry.taps * geometry.group_channels
    shape = (geometry.groups, entries, geometry.out_channels // geometry.groups)
    total, part = scratch("total", shape, dtype), scratch("part", shape, dtype)
    total[...] = 0
    layout = geometry.column_layout
    for block in layout.blocks:
        columns = layout.columns(x, block, dtype)
        gradient = _gradient_matrix(dy, block, geometry, dtype)
        np.matmul(columns.swapaxes(1, 2), gradient, out=part)
        np.add(total, part, out=total)
    dw[...] = total.swapaxes(0, 1).reshape(geometry.filter_shape)
    return dw


def _group_weights(w: Array, geometry: ConvGeometry, dtype: DType) -> Array:
    """Return the filter as (G, T * C, K)."""
    entries = geometry.taps * geometry.group_channels
    grouped = w.astype(dtype, copy=False).reshape(entries, geometry.groups, -1)
    return np.swapaxes(grouped, 0, 1)


def _transposed_filter(w: Array, geometry: ConvGeometry) -> Array:
    """Return the filter that belongs to `geometry.transposed`."""
    outputs = geometry.out_channels // geometry.groups
    flipped = np.flip(w, tuple(range(len(geometry.axes))))
    grouped = flipped.reshape(*w.shape[:-1], geometry.groups, outputs)
    return np.swapaxes(grouped, -3, -1).reshape(geometry.transposed.filter_shape)


def _should_transpose(geometry: ConvGeometry) -> bool:
    """Whether the input gradient is cheaper as a convolution of dy, that is, copies less."""
    return geometry.has_unit_strides and (
        geometry.out_channels <= 4 * geometry.in_channels
        or geometry.taps == 1
        or geometry.plane_waste > WASTE_LIMIT
    )


def _should_fold(geometry: ConvGeometry) -> bool:
    """Whether the input gradient is cheapest as windows added up, as planes would waste much."""
    if geometry.plane_waste <= WASTE_LIMIT:
        return False
    inputs = math.prod(axis.size for axis in geometry.axes) * geometry.out_channels
    outputs = math.prod(axis.output_size for axis in geometry.axes) * geometry.in_channels
    return not geometry.has_unit_strides or inputs > 2 * outputs


@dataclass(frozen=True)
class _Block:
    """A part of the work: some images, or some output rows of one image.

    The grid holds the block's output positions, and positions that are no outputs where the layout
    of the columns makes them.  The last of these are not even computed: `valid` counts the others.
    """

    images: slice
    rows: slice  # along the first spatial axis of the output
    outputs: tuple[slice, ...]  # where the outputs are in a grid with axes (image, channel, *grid)
    grid: tuple[int, ...]  # number of images, then positions along each spatial axis
    valid: int
    is_exact: bool  # every position of the grid is an output


def _blocks(geometry: ConvGeometry, overhang: Sequence[int]) -> Iterator[_Block]:
    """Split the work so that the columns of a block stay in the cache.

    Args:
      geometry: of the convolution.
      overhang: for each spatial axis, positions of the grid beyond the outputs.

    Yields:
      Blocks, which together cover each output once.
    """
    if 0 in geometry.output_shape:
        return
    room = BLOCK_ELEMENTS // (geometry.taps * geometry.in_channels)
    room = max(room, BLOCK_POSITIONS, geometry.out_channels)
    height, *other_sizes = [axis.output_size for axis in geometry.axes]
    others = [size + over for size, over in zip(other_sizes, overhang[1:], strict=True)]
    per_row = math.prod(others)
    images = min(geometry.batch, max(1, room // ((height + overhang[0]) * per_row)))
    rows = height if images > 1 else min(height, max(1, room // per_row - overhang[0]))
    for first, top in itertools.product(range(0, geometry.batch, images), range(0, height, rows)):
        last, bottom = min(first + images, geometry.batch), min(top + rows, height)
        grid = (last - first, bottom - top + overhang[0], *others)
        yield _Block(
            images=slice(first, last),
            rows=slice(top, bottom),
            outputs=(slice(None), slice(None), *map(slice, (bottom - top, *other_sizes))),
            grid=grid,
            valid=math.prod(grid) - _flat(overhang, others),
            is_exact=not any(overhang),
        )


def _flat(offset: Sequence[int], others: Sequence[int]) -> int:
    """Return an offset in a grid as one number, given the sizes of all but the first axis."""
    flat = offset[0]
    for step, size in zip(offset[1:], others, strict=True):
        flat = flat * size + step
    return flat


def _starts(block: _Block, geometry: ConvGeometry) -> list[int]:
    """Return for each spatial axis where the block's first window starts, maybe in the padding."""
    first, *others = geometry.axes
    return [block.rows.start * first.stride - first.before, *(-axis.before for axis in others)]


class _WindowColumns:
    """Columns as copies of the windows; the grid is exactly the outputs."""

    def __init__(self, geometry: ConvGeometry) -> None:
        self.geometry = geometry
        self.blocks = tuple(_blocks(geometry, [0] * len(geometry.axes)))

    def columns(self, x: Array, block: _Block, dtype: DType) -> Array:
        """Return the columns of a block, (G, positions, T * C)."""
        geometry = self.geometry
        groups, channels = geometry.groups, geometry.group_channels
        padded = self._padded(x, block, dtype)
        if geometry.taps == 1 and geometry.has_unit_strides and padded.flags.c_contiguous:
            return np.swapaxes(padded.reshape(-1, groups, channels), 0, 1)
        taps = [axis.taps for axis in geometry.axes]
        image_step, *steps, step = padded.strides
        window_steps = [s * axis.stride for s, axis in zip(steps, geometry.axes, strict=True)]
        tap_steps = [s * axis.dilation for s, axis in zip(steps, geometry.axes, strict=True)]
        windows = as_strided(
            padded,
            shape=(groups, *block.grid, *taps, channels),
            strides=(channels * step, image_step, *window_steps, *tap_steps, step),
            writeable=False,
        )
        columns = scratch("columns", windows.shape, dtype)
        columns[...] = windows
        return columns.reshape(groups, block.valid, -1)

    def new_columns(self, block: _Block, dtype: DType) -> Array:
        """Return columns with arbitrary contents, (G, positions, T * C)."""
        entries = self.geometry.taps * self.geometry.group_channels
        return scratch("columns", (self.geometry.groups, block.valid, entries), dtype)

    def add_columns(self, columns: Array, block: _Block, dx: Array) -> None:
        """Add each entry of the columns to the place of dx that it would be copied from."""
        geometry = self.geometry
        channels, rank = geometry.group_channels, len(geometry.axes)
        taps = [axis.taps for axis in geometry.axes]
        windows = columns.reshape(geometry.groups, *block.grid, *taps, channels)
        pairs = [number for i in range(rank) for number in (2 + i, 2 + rank + i)]
        paired = windows.transpose(0, 1, *pairs, -1)
        images = dx if geometry.channels_last else np.moveaxis(dx, 1, -1)
        pieces = [
            list(_window_pieces(start, count, axis))
            for start, count, axis in zip(
                _starts(block, geometry), block.grid[1:], geometry.axes, strict=True
            )
        ]
        for group, of_group in enumerate(paired):
            its_channels = slice(group * channels, (group + 1) * channels)
            for piece in itertools.product(*pieces):
                place = block.images, *(place for place, _ in piece), its_channels
                entry = slice(None), *itertools.chain(*(pair for _, pair in piece))
                inside, entries = images[place], of_group[entry]
                np.add(inside, entries, out=inside)

    def _padded(self, x: Array, block: _Block, dtype: DType) -> Array:
        """Return what the windows of a block cover, channels last."""
        geometry = self.geometry
        reach = [
            (windows - 1) * axis.stride + axis.reach + 1
            for windows, axis in zip(block.grid[1:], geometry.axes, strict=True)
        ]
        overlaps = [
            overlap(start, count, 1, axis.size)
            for start, count, axis in zip(
                _starts(block, geometry), reach, geometry.axes, strict=True
            )
        ]
        images = x if geometry.channels_last else np.moveaxis(x, 1, -1)
        sources = (block.images, *(source for source, _ in overlaps))
        targets = (slice(None), *(target for _, target in overlaps))
        inside = images[sources]
        shape = (block.grid[0], *reach, geometry.in_channels)
        if inside.shape == shape and inside.dtype == dtype and geometry.channels_last:
            return inside
        padded = scratch("padded", shape, dtype)
        if inside.shape != shape:
            padded[...] = 0
        padded[targets] = inside
        return padded


def _window_pieces(
    start: int, outputs: int, axis: WindowAxis
) -> Iterator[tuple[slice, tuple[int | slice, int | slice]]]:
    """Split the windows along an axis into parts that do not overlap, as few as there are.

    Args:
      start: where the first window starts, maybe in the padding.
      outputs: number of windows.
      axis: with the shape of the windows.

    Yields:
      A part of the axis, and the output and the tap that belong there: either one tap of many
      windows, or many taps of one.
    """
    if axis.taps <= outputs:
        for tap in range(axis.taps):
            place, inside = overlap(start + tap * axis.dilation, outputs, axis.stride, axis.size)
            yield place, (inside, tap)
        return
    for output in range(outputs):
        place, inside = overlap(start + output * axis.stride, axis.taps, axis.dilation, axis.size)
        yield place, (output, inside)


class _PlaneColumns:
    """Columns as shifted planes: one for each channel and phase, that is, index modulo stride.

    The grid is a plane of each image of the block, one image after the other.  Gradients are zero
    where the grid has no output, so an infinite x can make the filter gradient nan.
    """

    def __init__(self, geometry: ConvGeometry) -> None:
        self.geometry = geometry
        overhang = [axis.overhang for axis in geometry.axes]
        others = [axis.output_size + axis.overhang for axis in geometry.axes[1:]]
        self.blocks = tuple(_blocks(geometry, overhang))
        taps = list(itertools.product(*(axis.shifts for axis in geometry.axes)))
        phases = [tuple(phase for _, phase in tap) for tap in taps]
        self.phases = sorted(set(phases))
        self.planes_of_taps = [self.phases.index(phase) for phase in phases]
        self.offsets_of_taps = [_flat([offset for offset, _ in tap], others) for tap in taps]

    def columns(self, x: Array, block: _Block, dtype: DType) -> Array:
        """Return the columns of a block, (G, valid positions, T * C)."""
        planes = self._new_planes(block, dtype)
        for plane, inside in self._pieces(planes, x, block):
            plane[...] = inside
        columns = self.new_columns(block, dtype)
        for column, shifted in self._taps(columns, planes, block):
            column[...] = shifted
        return columns

    def new_columns(self, block: _Block, dtype: DType) -> Array:
        """Return columns with arbitrary contents, (G, valid positions, T * C)."""
        groups, channels = self.geometry.groups, self.geometry.group_channels
        shape = (groups, self.geometry.taps * channels, block.valid)
        return np.swapaxes(scratch("columns", shape, dtype), 1, 2)

    def add_columns(self, columns: Array, block: _Block, dx: Array) -> None:
        """Add each entry of the columns to the place of dx that it would be copied from."""
        planes = self._new_planes(block, dx.dtype)
        for column, shifted in self._taps(columns, planes, block):
            np.add(shifted, column, out=shifted)
        for plane, inside in self._pieces(planes, dx, block):
            np.add(inside, plane, out=inside)

    def _new_planes(self, block: _Block, dtype: DType) -> Array:
        shape = (len(self.phases), self.geometry.in_channels, *block.grid)
        planes = scratch("planes", shape, dtype)
        planes[...] = 0
        return planes

    def _pieces(self, planes: Array, x: Array, block: _Block) -> Iterator[tuple[Array, Array]]:
        """Yield parts of the planes, and the parts of x that belong there, channels first."""
        images = _channels_first(x, self.geometry)[block.images]
        starts = _starts(block, self.geometry)
        for plane, phase in zip(planes, self.phases, strict=True):
            overlaps = [
                overlap(start + shift, count, axis.stride, axis.size)
                for start, shift, count, axis in zip(
                    starts, phase, block.grid[1:], self.geometry.axes, strict=True
                )
            ]
            sources = (slice(None), slice(None), *(source for source, _ in overlaps))
            targets = (slice(None), slice(None), *(target for _, target in overlaps))
            yield plane.swapaxes(0, 1)[targets], images[sources]

    def _taps(self, columns: Array, planes: Array, block: _Block) -> Iterator[tuple[Array, Array]]:
        """Yield for each tap its part of the columns, and of the planes, both (G, C, valid)."""
        groups, channels = self.geometry.groups, self.geometry.group_channels
        by_tap = columns.swapaxes(1, 2).reshape(groups, -1, channels, block.valid)
        flat_planes = planes.reshape(len(self.phases), groups, channels, -1)
        places = zip(self.planes_of_taps, self.offsets_of_taps, strict=True)
        for tap, (plane, offset) in enumerate(places):
            yield by_tap[:, tap], flat_planes[plane, :, :, offset : offset + block.valid]


def _channels_first(array: Array, geometry: ConvGeometry) -> Array:
    return np.moveaxis(array, -1, 1) if geometry.channels_last else array


def _outputs_of(y: Array, block: _Block, geometry: ConvGeometry) -> Array:
    """Return the block's part of an output array, channels first."""
    return _channels_first(y, geometry)[block.images, :, block.rows]


def _as_matrix(y: Array, block: _Block, geometry: ConvGeometry, dtype: DType) -> Array | None:
    """Return the block's part of y as (G, positions, K) if it lies so in memory."""
    if not (block.is_exact and geometry.channels_last and y.dtype == dtype):
        return None
    part = y[block.images, block.rows]
    if not part.flags.c_contiguous:
        return None
    return _by_group(part.reshape(block.valid, -1), geometry)


def _grid(name: str, block: _Block, geometry: ConvGeometry, dtype: DType) -> tuple[Array, Array]:
    """Return scratch for a value at each position of the grid and output channel, seen twice.

    Args:
      name: of the scratch.
      block: whose grid is meant.
      geometry: of the convolution; its layout, last or first, is also the memory's.
      dtype: of the values.

    Returns:
      (G, positions, K) for matrix products, (image, channel, *grid) for copies.
    """
    positions, channels = math.prod(block.grid), geometry.out_channels
    if geometry.channels_last:
        values = scratch(name, (positions, channels), dtype)
        images = values.reshape(*block.grid, channels)
        return _by_group(values, geometry), np.moveaxis(images, -1, 1)
    values = scratch(name, (channels, positions), dtype)
    return _by_group(values.T, geometry), values.reshape(channels, *block.grid).swapaxes(0, 1)


def _by_group(values: Array, geometry: ConvGeometry) -> Array:
    """Return (positions, output channels) as (G, positions, K), a view."""
    return np.swapaxes(values.reshape(len(values), geometry.groups, -1), 0, 1)


def _gradient_matrix(dy: Array, block: _Block, geometry: ConvGeometry, dtype: DType) -> Array:
    """Return the block's part of dy as (G, valid positions, K), zero where no output is."""
    matrix = _as_matrix(dy, block, geometry, dtype)
    if matrix is not None:
        return matrix
    matrix, images = _grid("gradient", block, geometry, dtype)
    if not block.is_exact:
        images[...] = 0
    images[block.outputs] = _outputs_of(dy, block, geometry)
    return matrix[:, : block.valid]
