"""Maximum and average pooling and their gradients, by compiled loops over windows or by numpy.

Compiled loops serve float32 with windows over two spatial axes and the channels last, once they are
compiled (`ops/kernels/tile_kernel.py`); each window is computed in registers, a vector of channels
at a time, and the batch is split over the session's threads.  For all else `ops/kernels/pool.py`
serves.  Maxima are the same; sums differ by rounding.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np

from graphflow.core.parallel import parallel_for
from graphflow.ops.kernels import pool as by_taps
from graphflow.ops.kernels.arrays import Array, check_shape, result_array
from graphflow.ops.kernels.pool import PoolGeometry
from graphflow.ops.kernels.tile_kernel import TileKernel, TileLoops
from graphflow.ops.kernels.tile_sizes import pool_constants

_CHUNKS = 8  # so that two to four threads end at about the same time
_CHUNK_ELEMENTS = 1 << 18  # of windows: a chunk is worth handing over
_LOWEST = np.float32(np.finfo(np.float32).min)


class PoolSizes(NamedTuple):
    """What the compiled loops know of a pooling: its images, results and windows."""

    height: int
    width: int
    channels: int
    rows: int
    columns: int
    taps_down: int
    taps_across: int
    stride_down: int
    stride_across: int
    dilation_down: int
    dilation_across: int
    before_down: int
    before_across: int


def _loops(function: str, read: int, scalars: tuple[Any, ...] = ()) -> TileLoops:
    """The loops of a function that reads some arrays, and gets scalars behind the sizes."""

    def arguments() -> tuple[Any, ...]:
        array = np.zeros(1, np.float32)
        array.setflags(write=False)
        sizes = PoolSizes(*[0] * len(PoolSizes._fields))
        return (*[array] * read, sizes, *scalars, 0, 0, np.zeros(1, np.float32))

    return TileLoops("pool_loops", function, pool_constants, arguments)


_MAX = _loops("pool_max", 1, (_LOWEST,))
_MEAN = _loops("pool_mean", 1)
_MAX_GRADIENT = _loops("pool_max_gradient", 3, (0,))
_MEAN_GRADIENT = _loops("pool_mean_gradient", 1)


class _Direct:
    """A pooling by compiled loops.

    Args:
      geometry: of the pooling.
    """

    def __init__(self, geometry: PoolGeometry) -> None:
        self._geometry = geometry
        self.suits = (
            len(geometry.axes) == 4
            and set(geometry.windowed) <= {1, 2}
            and 0 not in (*geometry.input_shape, *geometry.output_shape)
        )

    @cached_property
    def _sizes(self) -> PoolSizes:
        _, down, across, channels = self._geometry.axes
        return PoolSizes(
            height=down.size,
            width=across.size,
            channels=channels.size,
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

    @cached_property
    def _chunks(self) -> int:
        batch, *sizes = self._geometry.output_shape
        elements = batch * int(np.prod(sizes)) * len(self._geometry.taps)
        return min(_CHUNKS, max(1, elements // _CHUNK_ELEMENTS))

    def run(
        self,
        loops: TileLoops,
        units: int,
        read: tuple[Array, ...],
        scalars: tuple[Any, ...],
        result: Array,
        otherwise: Callable[[], Array],
    ) -> Array:
        """Compute by loops if they are compiled, else by numpy.

        Args:
          loops: what to compute.
          units: how many units of work there are.
          read: arrays that are read: contiguous, of float32.
          scalars: what the loops get behind the sizes.
          result: is written.
          otherwise: does the same by numpy.
        """
        sizes = self._sizes
        windows = (sizes.taps_down, sizes.taps_across) if loops is _MAX_GRADIENT else (1, 1)
        kernel = TileKernel.of(loops, (sizes.channels, *windows))
        function = kernel.function
        if function is None:
            start = time.perf_counter()
            otherwise()
            kernel.note(time.perf_counter() - start)
            return result
        arrays = [array.reshape(-1) for array in read]
        flat_result, chunks = result.reshape(-1), min(self._chunks, units)

        def compute(chunk: int) -> None:
            first, last = units * chunk // chunks, units * (chunk + 1) // chunks
            function(*arrays, self._sizes, *scalars, first, last, flat_result)

        parallel_for(compute, chunks)
        return result


@lru_cache(maxsize=1024)
def _direct(geometry: PoolGeometry) -> _Direct:
    return _Direct(geometry)


def has_loops(geometry: PoolGeometry) -> bool:
    """Whether there are compiled loops for a pooling of float32.

    Args:
      geometry: of the pooling.

    >>> has_loops(PoolGeometry.of((1, 4, 6, 5), (1, 2, 3, 1), (1, 2, 3, 1), "SAME"))
    True
    """
    return _direct(geometry).suits


def _are_plain(*arrays: Array | None) -> bool:
    """Whether arrays can be handed to compiled loops."""
    return all(
        array is None or (array.dtype == np.float32 and array.flags.c_contiguous)
        for array in arrays
    )


def max_pool(x: Array, geometry: PoolGeometry, out: Array | None = None) -> Array:
    """Compute the maximum of each window: see `ops/kernels/pool.py`.

    Args:
      x: real array of `geometry.input_shape`.
      geometry: from `PoolGeometry.of`.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.output_shape` and the dtype of `x`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> x = np.array([1, 5, 2, 3, 0], np.float32).reshape(1, 1, 5, 1)
    >>> max_pool(x, PoolGeometry.of(x.shape, (1, 1, 2, 1), (1, 1, 2, 1), "SAME")).ravel()
    array([5., 3., 0.], dtype=float32)
    """
    direct = _direct(geometry)
    if not (direct.suits and _are_plain(x, out)):
        return by_taps.max_pool(x, geometry, out)
    check_shape("x", x, geometry.input_shape)
    y = result_array(out, geometry.output_shape, x.dtype)
    units = y.shape[0] * y.shape[1]
    return direct.run(_MAX, units, (x,), (_LOWEST,), y, lambda: by_taps.max_pool(x, geometry, y))


def max_pool_gradient(
    x: Array,
    y: Array,
    dy: Array,
    geometry: PoolGeometry,
    out: Array | None = None,
    is_rectified: bool = False,
) -> Array:
    """Compute the gradient of `sum(max_pool(x, geometry) * dy)` with respect to x.

    Args:
      x: real array of `geometry.input_shape`.
      y: `max_pool(x, geometry)`.
      dy: of `geometry.output_shape` and the dtype of `x`.
      geometry: of the pooling.
      out: array for the result that shares no memory with the arguments, or None for a new one.
      is_rectified: whether the gradient is multiplied by 0 where x is not positive.

    Returns:
      Array of `geometry.input_shape` and the dtype of `dy`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> x = np.array([1, 5, 5, 3, 0], np.float32).reshape(1, 1, 5, 1)
    >>> geometry = PoolGeometry.of(x.shape, (1, 1, 3, 1), (1, 1, 2, 1), "VALID")
    >>> dy = np.array([10, 20], np.float32).reshape(1, 1, 2, 1)
    >>> max_pool_gradient(x, max_pool(x, geometry), dy, geometry).ravel()
    array([ 0., 10., 20.,  0.,  0.], dtype=float32)
    """
    direct = _direct(geometry)

    def by_numpy(dx: Array | None) -> Array:
        dx = by_taps.max_pool_gradient(x, y, dy, geometry, dx)
        return np.multiply(dx, x > 0, out=dx) if is_rectified else dx

    if not (direct.suits and _are_plain(x, y, dy, out)):
        return by_numpy(out)
    check_shape("x", x, geometry.input_shape)
    check_shape("y", y, geometry.output_shape)
    check_shape("dy", dy, geometry.output_shape)
    dx = result_array(out, geometry.input_shape, dy.dtype)
    scalars = (int(is_rectified),)
    return direct.run(_MAX_GRADIENT, len(x), (x, y, dy), scalars, dx, lambda: by_numpy(dx))


def avg_pool(x: Array, geometry: PoolGeometry, out: Array | None = None) -> Array:
    """Compute the average of each window; padding does not count.

    Args:
      x: array of `geometry.input_shape`.
      geometry: from `PoolGeometry.of`.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.output_shape` and the dtype of `x`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> x = np.array([1, 5, 2, 3, 8], np.float32).reshape(1, 1, 5, 1)
    >>> avg_pool(x, PoolGeometry.of(x.shape, (1, 1, 2, 1), (1, 1, 2, 1), "SAME")).ravel()
    array([3. , 2.5, 8. ], dtype=float32)
    """
    direct = _direct(geometry)
    if not (direct.suits and _are_plain(x, out)):
        return by_taps.avg_pool(x, geometry, out)
    check_shape("x", x, geometry.input_shape)
    y = result_array(out, geometry.output_shape, x.dtype)
    units = y.shape[0] * y.shape[1]
    return direct.run(_MEAN, units, (x,), (), y, lambda: by_taps.avg_pool(x, geometry, y))


def avg_pool_gradient(geometry: PoolGeometry, dy: Array, out: Array | None = None) -> Array:
    """Compute the gradient of `sum(avg_pool(x, geometry) * dy)` with respect to x.

    Args:
      geometry: of the pooling.
      dy: array of `geometry.output_shape`.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.input_shape` and the dtype of `dy`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> geometry = PoolGeometry.of((1, 1, 5, 1), (1, 1, 2, 1), (1, 1, 2, 1), "SAME")
    >>> avg_pool_gradient(geometry, np.array([6, 4, 5], np.float32).reshape(1, 1, 3, 1)).ravel()
    array([3., 3., 2., 2., 5.], dtype=float32)
    """
    direct = _direct(geometry)
    if not (direct.suits and _are_plain(dy, out)):
        return by_taps.avg_pool_gradient(geometry, dy, out)
    check_shape("dy", dy, geometry.output_shape)
    dx = result_array(out, geometry.input_shape, dy.dtype)
    otherwise = lambda: by_taps.avg_pool_gradient(geometry, dy, dx)  # noqa: E731
    return direct.run(_MEAN_GRADIENT, len(dx), (dy,), (), dx, otherwise)
