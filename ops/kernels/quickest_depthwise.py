"""Depthwise convolutions and their gradients, by compiled loops or by numpy.

Compiled loops serve float32 with the channels last, once they are there
(`ops/kernels/tile_kernel.py`), and split the batch over the session's threads; for all else
`ops/kernels/depthwise.py` serves.  Results differ by rounding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from graphflow.core.parallel import parallel_for
from graphflow.ops.kernels import depthwise as by_taps
from graphflow.ops.kernels.arrays import Array, check_shape, result_array, scratch
from graphflow.ops.kernels.conv import ConvGeometry
from graphflow.ops.kernels.conv_axes import Reach
from graphflow.ops.kernels.conv_split import PackSizes, Side, Split, pack_sizes
from graphflow.ops.kernels.tile_kernel import TileKernel, TileLoops
from graphflow.ops.kernels.tile_sizes import depthwise_constants
from graphflow.ops.kernels.windows import WindowAxis

_MOST_TAPS = 32  # with more, vectors for all of them do not stay in registers

suits = by_taps.suits


def _arguments(is_packed: bool) -> tuple[Any, ...]:
    read, written = np.zeros(1, np.float32), np.zeros(1, np.float32)
    read.setflags(write=False)
    sizes = PackSizes(*[0] * len(PackSizes._fields))
    return read, read, sizes, 0, 0, 0, 0, *[written] * (2 if is_packed else 1)


def _loops(function: str, is_packed: bool = True) -> TileLoops:
    return TileLoops(
        "depthwise_loops", function, depthwise_constants, lambda: _arguments(is_packed)
    )


_CONVOLVE = _loops("convolve")
_CONVOLVE_BACK = _loops("convolve_back", is_packed=False)
_ADD_FILTER_GRADIENT = _loops("add_filter_gradient")


class _Work:
    """Which windows there are, and how the work is split.

    Args:
      batch: number of images.
      image: what the windows read.
      result: with a pixel for each window.
      down: how windows lie down an image.
      across: how they lie along a row.
    """

    def __init__(
        self, batch: int, image: Side, result: Side, down: WindowAxis, across: WindowAxis
    ) -> None:
        self.channels = result.channels
        rows, columns = (Reach(axis.before, axis.stride, axis.reach + 1) for axis in (down, across))
        row_size = columns.places(result.width) * self.channels
        products = batch * result.size * down.taps * across.taps
        most = batch * result.height
        self._split = Split(batch, result.height, rows, row_size, products, most)
        self.sizes = pack_sizes(
            image, result, rows, columns, result.width, self._split, 0, 1, self.channels, 1
        )
        self.dilations = down.dilation, across.dilation
        self._packed = self._split.padded_rows * row_size

    @property
    def chunks(self) -> int:
        """How many parts the work has."""
        return self._split.chunks

    def run(self, loop: Callable[..., None], read: Sequence[Array], written: Array) -> None:
        """Run a loop over bands.

        Args:
          loop: what to run.
          read: two flat arrays.
          written: a flat array, or a matrix with a row for each chunk.
        """

        def compute(chunk: int) -> None:
            padded = scratch("packed", (self._packed,), np.float32)
            target = written if written.ndim == 1 else written[chunk]
            bounds = self._split.chunk(chunk)
            loop(*read, self.sizes, *self.dilations, *bounds, padded, target)

        parallel_for(compute, self.chunks)

    def run_back(self, loop: Callable[..., None], read: Sequence[Array], written: Array) -> None:
        """Run a loop over images: see `run`."""
        images = self._split.units // self._split.bands
        chunks = min(self.chunks, images)

        def compute(chunk: int) -> None:
            bounds = images * chunk // chunks, images * (chunk + 1) // chunks
            loop(*read, self.sizes, *self.dilations, *bounds, written)

        parallel_for(compute, chunks)


def _sides(geometry: ConvGeometry) -> tuple[Side, Side]:
    """The images and the outputs, with each channel as often as it has filters."""
    down, across = geometry.axes
    channels = geometry.out_channels
    return (
        Side(down.size, across.size, channels),
        Side(down.output_size, across.output_size, channels),
    )


@lru_cache(maxsize=1024)
def _forward(geometry: ConvGeometry) -> _Work:
    down, across = geometry.axes
    return _Work(geometry.batch, *_sides(geometry), down, across)


@lru_cache(maxsize=1024)
def _mirrored(geometry: ConvGeometry) -> _Work | None:
    """The convolution that is the input gradient, with the taps in reverse order.

    None if there are strides.
    """
    if not geometry.has_unit_strides:
        return None
    image, result = _sides(geometry)
    down, across = (
        replace(axis, size=axis.output_size, output_size=axis.size, before=axis.reach - axis.before)
        for axis in geometry.axes
    )
    return _Work(geometry.batch, result, image, down, across)


def _repeated(x: Array, geometry: ConvGeometry) -> Array:
    """Images with each channel as often as it has filters, flat."""
    times = geometry.out_channels // geometry.in_channels
    return _frozen(x if times == 1 else np.repeat(x, times, -1)).reshape(-1)


def _frozen(array: Array) -> Array:
    """The same array, to be read only: what the loops are compiled for."""
    view: Array = array.view()
    view.setflags(write=False)
    return view


def _quickest(
    loops: TileLoops,
    geometry: ConvGeometry,
    arrays: tuple[Array, ...],
    by_loops: Callable[[Callable[..., None]], Array],
    by_numpy: Callable[[], Array],
) -> Array:
    """Compute by loops if they are there and suit the arrays, else by numpy."""
    is_plain = all(array.dtype == np.float32 and array.flags.c_contiguous for array in arrays)
    if geometry.taps > _MOST_TAPS:
        return by_numpy()
    if not is_plain or 0 in (*geometry.output_shape, *geometry.input_shape, geometry.taps):
        return by_numpy()
    down, across = geometry.axes
    kernel = TileKernel.of(loops, (geometry.out_channels, down.taps, across.taps))
    if kernel.function is not None:
        return by_loops(kernel.function)
    start = time.perf_counter()
    result = by_numpy()
    kernel.note(time.perf_counter() - start)
    return result


def conv(x: Array, w: Array, geometry: ConvGeometry, out: Array | None = None) -> Array:
    """Convolve each channel of images with filters of its own: see `ops/kernels/depthwise.py`.

    Args:
      x: images, of `geometry.input_shape`.
      w: filter, of `geometry.filter_shape`, with one channel for each group.
      geometry: of a grouped convolution with as many groups as channels.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.output_shape` and the dtype of `x`.
    """
    check_shape("x", x, geometry.input_shape)
    y = result_array(out, geometry.output_shape, x.dtype)

    def by_loops(convolve: Callable[..., None]) -> Array:
        images, weights, flat = _repeated(x, geometry), _frozen(w).reshape(-1), y.reshape(-1)
        _forward(geometry).run(convolve, (images, weights), flat)
        return y

    return _quickest(
        _CONVOLVE, geometry, (x, w, y), by_loops, lambda: by_taps.conv(x, w, geometry, y)
    )


def conv_input_gradient(
    geometry: ConvGeometry, w: Array, dy: Array, out: Array | None = None
) -> Array:
    """Compute the gradient of `sum(conv(x, w, geometry) * dy)` with respect to x.

    Args:
      geometry: of the convolution.
      w: filter, of `geometry.filter_shape` and the dtype of `dy`.
      dy: of `geometry.output_shape`.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.input_shape` and the dtype of `dy`.
    """
    check_shape("dy", dy, geometry.output_shape)
    dx = result_array(out, geometry.input_shape, dy.dtype)

    mirrored = _mirrored(geometry)

    def by_loops(loop: Callable[..., None]) -> Array:
        times = geometry.out_channels // geometry.in_channels
        shape = (*geometry.input_shape[:-1], geometry.out_channels)
        sums = dx if times == 1 else scratch("sums", shape, np.float32)
        gradient, flat = _frozen(dy).reshape(-1), sums.reshape(-1)
        if mirrored is None:
            _forward(geometry).run_back(loop, (gradient, _frozen(w).reshape(-1)), flat)
        else:
            weights = w.reshape(geometry.taps, -1)[::-1].copy()
            mirrored.run(loop, (gradient, _frozen(weights).reshape(-1)), flat)
        if times > 1:
            np.sum(sums.reshape(*dx.shape, times), axis=-1, out=dx)
        return dx

    return _quickest(
        _CONVOLVE_BACK if mirrored is None else _CONVOLVE,
        geometry,
        (w, dy, dx),
        by_loops,
        lambda: by_taps.conv_input_gradient(geometry, w, dy, dx),
    )


def conv_filter_gradient(
    x: Array, geometry: ConvGeometry, dy: Array, out: Array | None = None
) -> Array:
    """Compute the gradient of `sum(conv(x, w, geometry) * dy)` with respect to w.

    Args:
      x: images, of `geometry.input_shape` and the dtype of `dy`.
      geometry: of the convolution.
      dy: of `geometry.output_shape`.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.filter_shape` and the dtype of `dy`.
    """
    check_shape("x", x, geometry.input_shape)
    check_shape("dy", dy, geometry.output_shape)
    dw = result_array(out, geometry.filter_shape, dy.dtype)

    def by_loops(add: Callable[..., None]) -> Array:
        images, gradient = _repeated(x, geometry), _frozen(dy).reshape(-1)
        work = _forward(geometry)
        totals = scratch("totals", (work.chunks, geometry.taps * work.channels), np.float32)
        work.run(add, (images, gradient), totals)
        dw[...] = totals.sum(axis=0).reshape(dw.shape)
        return dw

    return _quickest(
        _ADD_FILTER_GRADIENT,
        geometry,
        (x, dy, dw),
        by_loops,
        lambda: by_taps.conv_filter_gradient(x, geometry, dy, dw),
    )
