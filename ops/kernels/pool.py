"""Maximum and average pooling and their gradients, on numpy arrays.

Windows may lie over any axis but the first, so that NHWC, NCHW, and windows over channels are all
one case.  Maximum and sum go one axis after the other; where the place of the maximum matters, the
work goes tap by tap, a tap being one place of the window.

The maximum is TensorFlow's on a CPU: `nan` is left out, and no result is below the lowest finite
value.  Its gradient goes to the first largest element of the window in row-major order; where the
window's first element is `nan`, or every element is `nan` or negative infinity, to the first.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ml_dtypes
import numpy as np

from graphflow.ops.kernels.arrays import (
    Array,
    DType,
    check_shape,
    dtype_of_sums,
    result_array,
    scratch,
)
from graphflow.ops.kernels.windows import WindowAxis

Slices = tuple[slice, ...]

BLOCK_ELEMENTS = 1 << 18  # of the input worked on at a time: 1 MB in float32


@dataclass(frozen=True)
class PoolGeometry:
    """Sizes of a pooling, computed once for given shapes; see `PoolGeometry.of`.

    Attributes:
      axes: all axes of the input, with the windows along each.
    """

    axes: tuple[WindowAxis, ...]

    @classmethod
    def of(
        cls,
        input_shape: Sequence[int],
        ksize: Sequence[int],
        strides: Sequence[int],
        padding: str,
        rates: Sequence[int] | None = None,
    ) -> PoolGeometry:
        """Compute the geometry of a pooling.

        Args:
          input_shape: of the array, batch first.
          ksize: size of the window along each axis of the input, in the input's order of axes.
          strides: distance between neighbouring windows along each axis.
          padding: `'SAME'` or `'VALID'`.
          rates: distance between neighbouring elements of a window along each axis; None for 1.

        Returns:
          The geometry.

        Raises:
          ValueError: if lengths or sizes do not fit together.
          NotImplementedError: for windows over the batch.

        >>> PoolGeometry.of((2, 7, 5, 3), (1, 3, 2, 1), (1, 2, 1, 1), "SAME").output_shape
        (2, 4, 5, 3)
        """
        for name, numbers in (("ksize", ksize), ("strides", strides)):
            if len(numbers) != len(input_shape):
                raise ValueError(
                    f"{name} {list(numbers)}: must have one entry for each of the"
                    f" {len(input_shape)} axes of the input"
                )
            if numbers[0] != 1:
                raise NotImplementedError(f"{name} {list(numbers)}: pooling over the batch")
        if padding not in ("SAME", "VALID"):
            raise ValueError(f"padding {padding!r}: must be 'SAME' or 'VALID'")
        rates = [1] * len(ksize) if rates is None else rates
        sizes = zip(input_shape, ksize, strides, rates, strict=True)
        return cls(
            tuple(
                # An axis without windows may be empty, which 'SAME' allows.
                WindowAxis.of(size, taps, stride, rate, "SAME" if taps == stride == 1 else padding)
                for size, taps, stride, rate in sizes
            )
        )

    @cached_property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the input array."""
        return tuple(axis.size for axis in self.axes)

    @cached_property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the output array."""
        return tuple(axis.output_size for axis in self.axes)

    @cached_property
    def blocks(self) -> tuple[slice, ...]:
        """Slices of the batch that are worked on one after the other."""
        batch, *sizes = self.input_shape
        images = max(1, BLOCK_ELEMENTS // max(1, math.prod(sizes)))
        return tuple(slice(first, first + images) for first in range(0, batch, images))

    @cached_property
    def windowed(self) -> tuple[int, ...]:
        """Numbers of the axes along which a window is more than the element itself."""
        return tuple(i for i, axis in enumerate(self.axes) if (axis.taps, axis.stride) != (1, 1))

    @cached_property
    def taps(self) -> tuple[tuple[Slices, Slices], ...]:
        """For each tap in row-major order the elements that are it, and their windows."""
        along_axes = [[axis.windows_with(tap) for tap in range(axis.taps)] for axis in self.axes]
        return tuple(
            (tuple(elements for elements, _ in tap), tuple(windows for _, windows in tap))
            for tap in itertools.product(*along_axes)
        )

    @cached_property
    def counts(self) -> Array:
        """Number of elements in each window, padding left out; broadcasts to the output."""
        counts = np.ones((1,) * len(self.axes), np.float32)
        for number in self.windowed:
            axis = self.axes[number]
            ends = np.minimum(axis.size - axis.starts, axis.taps)
            counts = counts * self._along(number, ends - np.maximum(-axis.starts, 0))
        return counts

    @cached_property
    def tap_dtype(self) -> DType:
        """Unsigned dtype for the number of a tap, whose largest value is no tap's."""
        return np.min_scalar_type(len(self.taps))

    @cached_property
    def first_taps(self) -> Array:
        """Number of each window's first tap outside the padding; broadcasts to the output."""
        numbers = np.zeros((1,) * len(self.axes), np.intp)
        for number, axis in enumerate(self.axes):
            numbers = numbers * axis.taps + self._along(number, np.maximum(-axis.starts, 0))
        return numbers.astype(self.tap_dtype)

    def flat_indices(self, winners: Array) -> Array:
        """Return where the taps of given numbers stand in the flattened input.

        Args:
          winners: number of a tap for each window, of `output_shape`.

        Returns:
          int64 array of `output_shape`.
        """
        steps = [math.prod(self.input_shape[number + 1 :]) for number in range(len(self.axes))]
        taps = itertools.product(*(range(axis.taps) for axis in self.axes))
        offsets = [sum(map(math.prod, zip(tap, steps, strict=True))) for tap in taps]
        indices: Array = np.array(offsets, np.int64)[winners]
        for number, axis in enumerate(self.axes):
            indices += self._along(number, axis.starts * steps[number])
        return indices

    def _along(self, number: int, values: Array) -> Array:
        return values.reshape(*(-1 if i == number else 1 for i in range(len(self.axes))))


def max_pool(x: Array, geometry: PoolGeometry, out: Array | None = None) -> Array:
    """Compute the maximum of each window; `nan` is left out.

    Args:
      x: real array of `geometry.input_shape`.
      geometry: from `PoolGeometry.of`.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.output_shape` and the dtype of `x`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> x = np.array([1, 5, 2, 3, 0], np.float32).reshape(1, 5, 1)
    >>> max_pool(x, PoolGeometry.of(x.shape, (1, 2, 1), (1, 2, 1), "SAME")).ravel()
    array([5., 3., 0.], dtype=float32)
    """
    check_shape("x", x, geometry.input_shape)
    y = result_array(out, geometry.output_shape, x.dtype)
    least = lowest(x.dtype)
    for images in geometry.blocks:
        _reduce(np.fmax, x[images], y[images], geometry)
        np.fmax(y[images], least, out=y[images])
    return y


def max_pool_gradient(
    x: Array, y: Array, dy: Array, geometry: PoolGeometry, out: Array | None = None
) -> Array:
    """Compute the gradient of `sum(max_pool(x, geometry) * dy)` with respect to x.

    Args:
      x: real array of `geometry.input_shape`.
      y: `max_pool(x, geometry)`.
      dy: of `geometry.output_shape` and the dtype of `x`.
      geometry: of the pooling.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.input_shape` and the dtype of `dy`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> x = np.array([1, 5, 5, 3, 0], np.float32).reshape(1, 5, 1)
    >>> geometry = PoolGeometry.of(x.shape, (1, 3, 1), (1, 2, 1), "VALID")
    >>> dy = np.array([10, 20], np.float32).reshape(1, 2, 1)
    >>> max_pool_gradient(x, max_pool(x, geometry), dy, geometry).ravel()
    array([ 0., 10., 20.,  0.,  0.], dtype=float32)
    """
    check_shape("x", x, geometry.input_shape)
    check_shape("y", y, geometry.output_shape)
    check_shape("dy", dy, geometry.output_shape)
    dx = result_array(out, geometry.input_shape, dy.dtype)
    dx[...] = 0
    for images in geometry.blocks:
        winners = _winners(x[images], y[images], geometry)
        for tap, (elements, windows) in enumerate(geometry.taps):
            part = dx[images][elements]
            np.add(part, only(winners[windows], tap, dy[images][windows]), out=part)
    return dx


def max_pool_gradient_gradient(
    x: Array, y: Array, ddx: Array, geometry: PoolGeometry, out: Array | None = None
) -> Array:
    """Compute the gradient of `sum(max_pool_gradient(x, y, dy, geometry) * ddx)` for dy.

    Args:
      x: real array of `geometry.input_shape`.
      y: `max_pool(x, geometry)`.
      ddx: of `geometry.input_shape` and the dtype of `x`.
      geometry: of the pooling.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.output_shape` and the dtype of `ddx`: the element of `ddx` at the place of
      each window's maximum; 0 where no element equals `y`, as for windows full of `nan`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> x = np.array([1, 5, 5, 3, 0], np.float32).reshape(1, 5, 1)
    >>> ddx = np.array([10, 20, 30, 40, 50], np.float32).reshape(1, 5, 1)
    >>> geometry = PoolGeometry.of(x.shape, (1, 3, 1), (1, 2, 1), "VALID")
    >>> max_pool_gradient_gradient(x, max_pool(x, geometry), ddx, geometry).ravel()
    array([20., 30.], dtype=float32)
    """
    check_shape("x", x, geometry.input_shape)
    check_shape("y", y, geometry.output_shape)
    check_shape("ddx", ddx, geometry.input_shape)
    result = result_array(out, geometry.output_shape, ddx.dtype)
    result[...] = 0
    for images in geometry.blocks:
        winners = _first_maxima(x[images], y[images], geometry)
        for tap, (elements, windows) in enumerate(geometry.taps):
            part = result[images][windows]
            np.add(part, only(winners[windows], tap, ddx[images][elements]), out=part)
    return result


def max_pool_with_argmax(
    x: Array,
    geometry: PoolGeometry,
    include_batch_in_index: bool = False,
    index_dtype: DType | type[Any] = np.int64,
) -> tuple[Array, Array]:
    """Compute the element of each window that its gradient goes to, and where it stands.

    Args:
      x: real array of `geometry.input_shape`.
      geometry: from `PoolGeometry.of`.
      include_batch_in_index: count through the whole array rather than through each image.
      index_dtype: dtype of the indices.

    Returns:
      The elements, of `geometry.output_shape` and the dtype of `x`, and their indices in the
      flattened array or image.  Other than for `max_pool` an element may be `nan` or -infinity.

    Raises:
      ValueError: if x does not have the shape that the geometry gives.

    >>> x = np.array([1, 5, 2, 3, 0, 7], np.float32).reshape(2, 3, 1)
    >>> y, indices = max_pool_with_argmax(x, PoolGeometry.of(x.shape, (1, 2, 1), (1, 1, 1), "SAME"))
    >>> y.ravel(), indices.ravel()
    (array([5., 5., 2., 3., 7., 7.], dtype=float32), array([1, 1, 2, 0, 2, 2]))
    """
    winners = _winners(x, max_pool(x, geometry), geometry)
    indices = geometry.flat_indices(winners)
    y = x.ravel()[indices]
    if not include_batch_in_index:
        indices %= max(1, math.prod(x.shape[1:]))
    return y, indices.astype(index_dtype, copy=False)


def add_at_indices(
    shape: Sequence[int], dy: Array, indices: Array, include_batch_in_index: bool = False
) -> Array:
    """Compute the gradient of `sum(y * dy)` for the y and indices of `max_pool_with_argmax`.

    Args:
      shape: of the result, batch first.
      dy: one value for each index.
      indices: places in the flattened array or image.
      include_batch_in_index: whether indices count through the whole array.

    Returns:
      Array of the shape with the values added at their places.

    Raises:
      IndexError: if an index is outside.

    >>> add_at_indices((2, 2), np.float32([[3, 4], [5, 7]]), np.array([[0, 0], [0, 1]]))
    array([[7., 0.],
           [5., 7.]], dtype=float32)
    """
    size = math.prod(shape)
    flat = indices.reshape(len(indices), math.prod(indices.shape[1:]))
    if not include_batch_in_index:
        flat = flat + np.arange(len(flat))[:, None] * math.prod(shape[1:])
    if flat.size and not 0 <= flat.min() <= flat.max() < size:
        wrong = flat[(flat < 0) | (flat >= size)][0]
        raise IndexError(f"index {wrong} of a maximum is outside of the {size} elements")
    if dy.dtype.kind in "iu":
        sums = np.zeros(size, dy.dtype)
        np.add.at(sums, flat.ravel(), dy.ravel())
    else:
        sums = np.bincount(flat.ravel(), dy.ravel(), minlength=size)
    return sums.astype(dy.dtype, copy=False).reshape(shape)


def avg_pool(x: Array, geometry: PoolGeometry, out: Array | None = None) -> Array:
    """Compute the average of each window; padding does not count.

    Args:
      x: array of `geometry.input_shape`; float16, bfloat16, float32 or float64.
      geometry: from `PoolGeometry.of`.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.output_shape` and the dtype of `x`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> x = np.array([1, 5, 2, 3, 8], np.float32).reshape(1, 5, 1)
    >>> avg_pool(x, PoolGeometry.of(x.shape, (1, 2, 1), (1, 2, 1), "SAME")).ravel()
    array([3. , 2.5, 8. ], dtype=float32)
    """
    check_shape("x", x, geometry.input_shape)
    y = result_array(out, geometry.output_shape, x.dtype)
    dtype = dtype_of_sums(x.dtype)
    for images in geometry.blocks:
        target = y[images]
        sums = target if y.dtype == dtype else scratch("sums", target.shape, dtype)
        _reduce(np.add, x[images], sums, geometry)
        target[...] = np.divide(sums, geometry.counts, out=sums)
    return y


def window_sums(x: Array, geometry: PoolGeometry) -> Array:
    """Compute the sum of each window, in the dtype of x; divide by `geometry.counts` for averages.

    >>> x = np.array([1, 5, 2]).reshape(1, 3, 1)
    >>> window_sums(x, PoolGeometry.of(x.shape, (1, 2, 1), (1, 1, 1), "SAME")).ravel()
    array([6, 7, 2])
    """
    check_shape("x", x, geometry.input_shape)
    sums = np.empty(geometry.output_shape, x.dtype)
    for images in geometry.blocks:
        _reduce(np.add, x[images], sums[images], geometry)
    return sums


def avg_pool_gradient(geometry: PoolGeometry, dy: Array, out: Array | None = None) -> Array:
    """Compute the gradient of `sum(avg_pool(x, geometry) * dy)` with respect to x.

    Args:
      geometry: of the pooling.
      dy: array of `geometry.output_shape`; float16, bfloat16, float32 or float64.
      out: array for the result that shares no memory with the arguments, or None for a new one.

    Returns:
      Array of `geometry.input_shape` and the dtype of `dy`.

    Raises:
      ValueError: if an array does not have the shape that the geometry gives.

    >>> geometry = PoolGeometry.of((1, 5, 1), (1, 2, 1), (1, 2, 1), "SAME")
    >>> avg_pool_gradient(geometry, np.array([6, 4, 5], np.float32).reshape(1, 3, 1)).ravel()
    array([3., 3., 2., 2., 5.], dtype=float32)
    """
    check_shape("dy", dy, geometry.output_shape)
    dx = result_array(out, geometry.input_shape, dy.dtype)
    dtype = dtype_of_sums(dy.dtype)
    for images in geometry.blocks:
        shares = scratch("shares", dy[images].shape, dtype)
        np.divide(dy[images], geometry.counts, out=shares, dtype=dtype)
        _spread(shares, dx[images], geometry)
    return dx


def lowest(dtype: DType) -> Any:
    """Return the lowest finite value of a real dtype."""
    if dtype.kind in "iu":
        return np.iinfo(dtype).min
    return ml_dtypes.finfo(dtype).min  # type: ignore[no-untyped-call]


def _cut(array: Array, number: int, part: slice) -> Array:
    """Slice one axis."""
    cuts = (*itertools.repeat(slice(None), number), part)
    return array[cuts]


def _reduce(combine: np.ufunc, x: Array, result: Array, geometry: PoolGeometry) -> None:
    """Combine the elements of each window, one axis after the other."""
    if not geometry.windowed:
        result[...] = x
        return
    for number in geometry.windowed:
        is_last = number == geometry.windowed[-1]
        axis = geometry.axes[number]
        shape = (*x.shape[:number], axis.output_size, *x.shape[number + 1 :])
        target = result if is_last else scratch(f"reduced {number}", shape, result.dtype)
        for tap in _every_window_first(axis):
            elements, windows = axis.windows_with(tap)
            part = _cut(target, number, windows)
            if tap == axis.before:
                part[...] = _cut(x, number, elements)
            else:
                combine(part, _cut(x, number, elements), out=part)
        x = target


def _every_window_first(axis: WindowAxis) -> Iterator[int]:
    """Yield the taps of an axis, first the one that is inside for each window."""
    yield axis.before
    yield from (tap for tap in range(axis.taps) if tap != axis.before)


def _spread(shares: Array, dx: Array, geometry: PoolGeometry) -> None:
    """Add the share of each window to its elements: the adjoint of `_reduce` with np.add."""
    for number in reversed(geometry.windowed):
        axis = geometry.axes[number]
        shape = (*shares.shape[:number], axis.size, *shares.shape[number + 1 :])
        target = scratch(f"spread {number}", shape, shares.dtype)
        target[...] = 0
        for tap in range(axis.taps):
            elements, windows = axis.windows_with(tap)
            part = _cut(target, number, elements)
            np.add(part, _cut(shares, number, windows), out=part)
        shares = target
    dx[...] = shares


def first_equal(candidates: Iterable[tuple[Any, Array]], y: Array, dtype: DType) -> Array:
    """Return for each window the number of the first tap that equals y, or the largest number.

    Masked copies take much longer than arithmetic on bytes, hence: a tap that differs from y gets
    the largest number, and the smallest of all numbers wins.

    Args:
      candidates: for each tap an index that picks its windows, and the values that it gives them.
      y: the value that wins, for each window.
      dtype: unsigned, for the number of a tap.

    Returns:
      Scratch array like `y`.
    """
    none = np.iinfo(dtype).max
    winners = scratch("winners", y.shape, dtype)
    winners[...] = none
    for tap, (windows, values) in enumerate(candidates):
        part = winners[windows]
        differs = np.not_equal(values, y[windows], out=scratch("differs", part.shape, bool))
        numbers = np.multiply(differs, dtype.type(none), out=scratch("taps", part.shape, dtype))
        np.bitwise_or(numbers, dtype.type(tap), out=numbers)
        np.minimum(part, numbers, out=part)
    return winners


def _first_maxima(x: Array, y: Array, geometry: PoolGeometry) -> Array:
    candidates = ((windows, x[elements]) for elements, windows in geometry.taps)
    return first_equal(candidates, y, geometry.tap_dtype)


def _winners(x: Array, y: Array, geometry: PoolGeometry) -> Array:
    """Return for each window the number of the tap that the gradient of its maximum goes to."""
    winners = _first_maxima(x, y, geometry)
    lost = winners == np.iinfo(winners.dtype).max
    if x.size and x.dtype.kind not in "iu" and np.isnan(x.max()):
        starts = [np.maximum(axis.starts, 0) for axis in geometry.axes]
        lost |= np.isnan(x[np.ix_(np.arange(len(x)), *starts[1:])])
    if lost.any():
        np.copyto(winners, geometry.first_taps, where=lost)
    return winners


def only(winners: Array, tap: int, values: Array) -> Array:
    """Return values where a tap wins, else 0, also for infinite values."""
    wins = np.equal(winners, tap, out=scratch("wins", winners.shape, bool))
    mask = scratch("mask", values.shape, f"i{values.itemsize}")
    mask[...] = np.negative(wins.view(np.int8), out=wins.view(np.int8))
    return np.bitwise_and(mask, values.view(mask.dtype), out=mask).view(values.dtype)
