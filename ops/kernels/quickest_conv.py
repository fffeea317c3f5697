"""Convolution and its gradients, by compiled loops over tiles or by columns and BLAS.

Which is quicker was measured (`python -m benchmarks.run --ops --only conv2d.large,...`, with and
without `GRAPHFLOW_JIT=0`): tiles, for float32 in one or two spatial axes with the channels last,
but for

- filters of one tap and stride 1, which are plain matrix products,
- one output channel in a group, unless neighbours may count as one, and
- input gradients of fewer than `_FEW_CHANNELS` channels, for which packing the output gradients
  takes longer than the sums.

Columns serve as well until the loops are compiled (`ops/kernels/tile_kernel.py`), and if that is
turned off; results differ by rounding.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property, lru_cache, partial
from typing import TypeVar

import numpy as np

from graphflow.ops.kernels import conv as by_columns
from graphflow.ops.kernels.arrays import Array, check_shape, result_array
from graphflow.ops.kernels.conv import ConvGeometry
from graphflow.ops.kernels.direct_conv import DirectConv, DirectFilterGradient
from graphflow.ops.kernels.epilogue import Epilogue
from graphflow.ops.kernels.tile_kernel import TileKernel

_FEW_CHANNELS = 5
_DirectT = TypeVar("_DirectT", DirectConv, DirectFilterGradient)


class _Direct:
    """The three computations by tiles, each None where columns are quicker.

    Args:
      geometry: of the convolution.
    """

    def __init__(self, geometry: ConvGeometry) -> None:
        self._geometry = geometry
        is_product = geometry.taps == 1 and geometry.has_unit_strides
        self._suits = (
            len(geometry.axes) <= 2
            and geometry.channels_last
            and not is_product
            and 0 not in (*geometry.input_shape, *geometry.output_shape, geometry.taps)
        )

    @cached_property
    def conv(self) -> DirectConv | None:
        """The convolution."""
        return self._by_tiles(partial(DirectConv, is_gradient=False))

    @cached_property
    def input_gradient(self) -> DirectConv | None:
        """The input gradient."""
        has_few = self._geometry.group_channels < _FEW_CHANNELS
        return None if has_few else self._by_tiles(partial(DirectConv, is_gradient=True))

    @cached_property
    def filter_gradient(self) -> DirectFilterGradient | None:
        """The filter gradient."""
        return self._by_tiles(DirectFilterGradient)

    def _by_tiles(self, kind: Callable[[ConvGeometry], _DirectT]) -> _DirectT | None:
        if not self._suits:
            return None
        direct = kind(self._geometry)
        return direct if direct.most_outputs > 1 else None


@lru_cache(maxsize=1024)
def _direct(geometry: ConvGeometry) -> _Direct:
    return _Direct(geometry)


def has_tiles(geometry: ConvGeometry, is_gradient: bool = False) -> bool:
    """Whether tiles serve for a convolution of float32, or for its input gradient.

    Args:
      geometry: of the convolution.
      is_gradient: whether the input gradient is meant.

    >>> has_tiles(ConvGeometry.of((1, 5, 4, 3), (2, 2, 3, 8), (1, 1, 1, 1), "SAME"))
    True
    """
    direct = _direct(geometry)
    return (direct.input_gradient if is_gradient else direct.conv) is not None


def _are_plain(*arrays: Array | None) -> bool:
    """Whether arrays can be handed to compiled loops."""
    return all(
        array is None or (array.dtype == np.float32 and array.flags.c_contiguous)
        for array in arrays
    )


def _timed(kernel: TileKernel, function: Callable[..., Array], *args: object) -> Array:
    """Let numpy do it, and note how long that took."""
    start = time.perf_counter()
    result = function(*args)
    kernel.note(time.perf_counter() - start)
    return result


def conv(
    x: Array,
    w: Array,
    geometry: ConvGeometry,
    out: Array | None = None,
    epilogue: Epilogue | None = None,
) -> Array:
    """Convolve images with a filter: see `ops/kernels/conv.py`.

    Args:
      x: images, of `geometry.input_shape`.
      w: filter, of `geometry.filter_shape` and the dtype of `x`.
      geometry: of the convolution.
      out: array for the result that shares no memory with the arguments, or None for a new one.
      epilogue: what happens to the sums, if the channels are last; None for nothing.

    Returns:
      Array of `geometry.output_shape` and the dtype of `x`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> x = np.array([1, 2, 5], np.float32).reshape(1, 1, 3, 1)
    >>> w = np.array([1, 10], np.float32).reshape(1, 2, 1, 1)
    >>> conv(x, w, ConvGeometry.of(x.shape, w.shape, (1, 1, 1, 1), "VALID")).ravel()
    array([21., 52.], dtype=float32)
    """
    direct = _direct(geometry).conv
    if direct is None or not _are_plain(x, w, out):
        return _finished(by_columns.conv(x, w, geometry, out), epilogue)
    check_shape("x", x, geometry.input_shape)
    check_shape("w", w, geometry.filter_shape)
    y = result_array(out, geometry.output_shape, x.dtype)
    if direct.run(x, w, y, epilogue):
        return y
    return _finished(_timed(direct.kernel, by_columns.conv, x, w, geometry, y), epilogue)


def _finished(result: Array, epilogue: Epilogue | None) -> Array:
    return result if epilogue is None else epilogue.apply(result)


def conv_input_gradient(
    geometry: ConvGeometry,
    w: Array,
    dy: Array,
    out: Array | None = None,
    epilogue: Epilogue | None = None,
) -> Array:
    """Compute the gradient of `sum(conv(x, w, geometry) * dy)` with respect to x.

    Args:
      geometry: of the convolution.
      w: filter, of `geometry.filter_shape` and the dtype of `dy`.
      dy: of `geometry.output_shape`.
      out: array for the result that shares no memory with the arguments, or None for a new one.
      epilogue: what happens to the sums, if the channels are last; None for nothing.

    Returns:
      Array of `geometry.input_shape` and the dtype of `dy`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> w, dy = np.float32([1, 10]).reshape(1, 2, 1, 1), np.float32([2, 3]).reshape(1, 1, 2, 1)
    >>> geometry = ConvGeometry.of((1, 1, 3, 1), w.shape, (1, 1, 1, 1), "VALID")
    >>> conv_input_gradient(geometry, w, dy).ravel()
    array([ 2., 23., 30.], dtype=float32)
    """
    direct = _direct(geometry).input_gradient
    if direct is None or not _are_plain(w, dy, out):
        return _finished(by_columns.conv_input_gradient(geometry, w, dy, out), epilogue)
    check_shape("w", w, geometry.filter_shape)
    check_shape("dy", dy, geometry.output_shape)
    dx = result_array(out, geometry.input_shape, dy.dtype)
    if direct.run(dy, w, dx, epilogue):
        return dx
    dx = _timed(direct.kernel, by_columns.conv_input_gradient, geometry, w, dy, dx)
    return _finished(dx, epilogue)


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

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> x, dy = np.float32([1, 2, 5]).reshape(1, 1, 3, 1), np.float32([3, 10]).reshape(1, 1, 2, 1)
    >>> geometry = ConvGeometry.of(x.shape, (1, 2, 1, 1), (1, 1, 1, 1), "VALID")
    >>> conv_filter_gradient(x, geometry, dy).ravel()
    array([23., 56.], dtype=float32)
    """
    direct = _direct(geometry).filter_gradient
    if direct is None or not _are_plain(x, dy, out):
        return by_columns.conv_filter_gradient(x, geometry, dy, out)
    check_shape("x", x, geometry.input_shape)
    check_shape("dy", dy, geometry.output_shape)
    dw = result_array(out, geometry.filter_shape, dy.dtype)
    if direct.run(x, dy, dw):
        return dw
    return _timed(direct.kernel, by_columns.conv_filter_gradient, x, geometry, dy, dw)
