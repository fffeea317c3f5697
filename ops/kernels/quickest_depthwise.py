"""Depthwise convolutions and their gradients, by compiled loops or by numpy.

Compiled loops serve float32 with the channels last, once they are there
(`ops/kernels/tile_kernel.py`), and split the batch over the session's threads; for all else
`ops/kernels/depthwise.py` serves.  Results differ by rounding.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from graphflow.core.parallel import parallel_for
from graphflow.ops.kernels import depthwise as by_taps
from graphflow.ops.kernels.arrays import Array, check_shape, result_array, scratch
from graphflow.ops.kernels.conv import ConvGeometry
from graphflow.ops.kernels.quickest_pool import PoolSizes
from graphflow.ops.kernels.tile_kernel import TileKernel, TileLoops

_CHUNKS = 8  # so that two to four threads end at about the same time
_CHUNK_PRODUCTS = 1 << 18  # some 30 microseconds

suits = by_taps.suits


def _loops(function: str, ranks: tuple[int, ...], result: int) -> TileLoops:
    """The loops of a function that reads arrays of some ranks, and writes one."""

    def arguments() -> tuple[Any, ...]:
        read = [np.zeros((1,) * rank, np.float32) for rank in ranks]
        for array in read:
            array.setflags(write=False)
        sizes = PoolSizes(*[0] * len(PoolSizes._fields))
        return (*read, sizes, 0, 0, np.zeros((1,) * result, np.float32))

    return TileLoops("depthwise_loops", function, dict, arguments)


_CONVOLVE = _loops("convolve", (1, 2), 1)
_CONVOLVE_BACK = _loops("convolve_back", (1, 2), 1)
_ADD_FILTER_GRADIENT = _loops("add_filter_gradient", (1, 1), 2)


@lru_cache(maxsize=1024)
def _sizes(geometry: ConvGeometry) -> PoolSizes:
    """Sizes with each channel as often as it has filters."""
    down, across = geometry.axes
    return PoolSizes(
        height=down.size,
        width=across.size,
        channels=geometry.out_channels,
        rows=down.output_size,
        columns=across.output_size,
        taps_down=down.taps,
        taps_across=across.taps,
        stride_down=down.stride,
        stride_across=across.stride,
        dilation_down=down.dilation,
        dilation_across=across.dilation,
        before_down=down.before,
        before_across=across.before,
    )


def _chunks(geometry: ConvGeometry, units: int) -> int:
    products = int(np.prod(geometry.output_shape)) * geometry.taps
    return max(1, min(_CHUNKS, products // _CHUNK_PRODUCTS, units))


def _over(units: int, chunks: int, compute: Callable[[int, int, int], None]) -> None:
    """Call a function with the number of each chunk, its first unit and the one after its last."""
    parallel_for(
        lambda chunk: compute(chunk, units * chunk // chunks, units * (chunk + 1) // chunks), chunks
    )


def _repeated(x: Array, geometry: ConvGeometry) -> Array:
    """Images with each channel as often as it has filters, flat."""
    times = geometry.out_channels // geometry.in_channels
    return _frozen(x if times == 1 else np.repeat(x, times, -1)).reshape(-1)


def _rows_of_weights(w: Array, geometry: ConvGeometry) -> Array:
    """For each tap a row of outputs full of its weights."""
    by_tap = w.reshape(geometry.taps, geometry.out_channels)
    return _frozen(np.tile(by_tap, (1, geometry.axes[1].output_size)))


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
    if not is_plain or 0 in (*geometry.output_shape, *geometry.input_shape, geometry.taps):
        return by_numpy()
    kernel = TileKernel.of(loops, ())
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
        images, weights, flat = _repeated(x, geometry), _rows_of_weights(w, geometry), y.reshape(-1)
        sizes = _sizes(geometry)
        units = geometry.batch * sizes.rows

        def compute(_: int, first: int, last: int) -> None:
            convolve(images, weights, sizes, first, last, flat)

        _over(units, _chunks(geometry, units), compute)
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

    def by_loops(convolve_back: Callable[..., None]) -> Array:
        times = geometry.out_channels // geometry.in_channels
        shape = (*geometry.input_shape[:-1], geometry.out_channels)
        sums = dx if times == 1 else scratch("sums", shape, np.float32)
        gradient, flat = _frozen(dy).reshape(-1), sums.reshape(-1)
        weights, sizes = _rows_of_weights(w, geometry), _sizes(geometry)

        def compute(_: int, first: int, last: int) -> None:
            convolve_back(gradient, weights, sizes, first, last, flat)

        _over(geometry.batch, _chunks(geometry, geometry.batch), compute)
        if times > 1:
            np.sum(sums.reshape(*dx.shape, times), axis=-1, out=dx)
        return dx

    return _quickest(
        _CONVOLVE_BACK,
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
        sizes, chunks = _sizes(geometry), _chunks(geometry, geometry.batch)
        shape = chunks, geometry.taps, sizes.columns * sizes.channels
        totals = scratch("totals", shape, np.float32)

        def compute(chunk: int, first: int, last: int) -> None:
            add(images, gradient, sizes, first, last, totals[chunk])

        _over(geometry.batch, chunks, compute)
        by_pixel = totals.sum(axis=0).reshape(geometry.taps, sizes.columns, sizes.channels)
        dw[...] = by_pixel.sum(axis=1).reshape(dw.shape)
        return dw

    return _quickest(
        _ADD_FILTER_GRADIENT,
        geometry,
        (x, dy, dw),
        by_loops,
        lambda: by_taps.conv_filter_gradient(x, geometry, dy, dw),
    )
