"""Arithmetic of windows that slide along the axes of an array, for convolution and pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_CHANNELS_LAST = ("NWC", "NHWC", "NDHWC")
_CHANNELS_FIRST = ("NCW", "NCHW", "NCDHW")


@dataclass(frozen=True)
class WindowAxis:
    """One axis of an array with the windows along it; see `WindowAxis.of`.

    Attributes:
      size: of the array.
      output_size: number of windows.
      taps: number of elements in a window.
      stride: distance between neighbouring windows.
      dilation: distance between neighbouring taps.
      before: padding before the axis, negative if the first window starts inside.
      after: padding behind the axis, negative if elements there are never read.
    """

    size: int
    output_size: int
    taps: int
    stride: int
    dilation: int
    before: int
    after: int

    @classmethod
    def of(
        cls, size: int, taps: int, stride: int, dilation: int, padding: str | Sequence[int]
    ) -> WindowAxis:
        """Place the windows along an axis.

        Args:
          size: of the array.
          taps: number of elements in a window.
          stride: distance between neighbouring windows.
          dilation: distance between neighbouring taps.
          padding: `'SAME'`, `'VALID'`, or the padding (before, after).

        Returns:
          The axis.

        Raises:
          ValueError: as `conv_output_size`.

        >>> axis = WindowAxis.of(7, 3, 2, 1, "SAME")
        >>> axis.output_size, axis.before, axis.after
        (4, 1, 1)
        """
        output_size = conv_output_size(size, taps, stride, dilation, padding)
        assert output_size is not None
        before, after = conv_padding(size, taps, stride, dilation, padding)
        return cls(size, output_size, taps, stride, dilation, before, after)

    @property
    def reach(self) -> int:
        """Distance between the first and the last tap of a window."""
        return (self.taps - 1) * self.dilation

    @property
    def starts(self) -> NDArray[np.intp]:
        """For each window the index of its first tap, negative in the padding."""
        return np.arange(self.output_size) * self.stride - self.before

    @property
    def shifts(self) -> list[tuple[int, int]]:
        """For each tap its distance from the first as (strides, rest)."""
        return [divmod(tap * self.dilation, self.stride) for tap in range(self.taps)]

    @property
    def overhang(self) -> int:
        """The largest number of strides in `shifts`."""
        return self.reach // self.stride

    def windows_with(self, tap: int) -> tuple[slice, slice]:
        """Return the elements that are a given tap of some window, and these windows.

        Args:
          tap: number of the tap.

        Returns:
          The slice of the axis, and the slice of the windows, that belong together.

        >>> WindowAxis.of(6, 3, 2, 1, "SAME").windows_with(2)
        (slice(2, 5, 2), slice(0, 2, None))
        """
        return overlap(tap * self.dilation - self.before, self.output_size, self.stride, self.size)


def overlap(start: int, count: int, step: int, size: int) -> tuple[slice, slice]:
    """Find which of the indices start, start + step, ... lie inside an axis.

    Args:
      start: first index, may be negative.
      count: number of indices.
      step: between neighbouring indices.
      size: of the axis.

    Returns:
      The slice of the axis, and the slice of `range(count)`, that belong together.

    >>> overlap(-3, 5, 2, 4)  # of the indices -3, -1, 1, 3, 5
    (slice(1, 4, 2), slice(2, 4, None))
    """
    first = max(0, -(start // step))
    last = min(count, (size - 1 - start) // step + 1)
    if first >= last:
        return slice(0), slice(0)
    return slice(start + first * step, start + (last - 1) * step + 1, step), slice(first, last)


def conv_output_size(
    size: int | None,
    filter_size: int | None,
    stride: int,
    dilation: int,
    padding: str | Sequence[int],
) -> int | None:
    """Return how many windows fit along one spatial axis.

    Args:
      size: of the input, or None if unknown.
      filter_size: of the filter or pooling window, or None if unknown.
      stride: distance between neighbouring windows.
      dilation: distance between neighbouring taps of the filter.
      padding: `'SAME'`, `'VALID'`, or the numbers of zeros (before, after).

    Returns:
      The size of the output, or None if it cannot be known.

    Raises:
      ValueError: for an unknown padding, a number below 1, negative padding, or a filter larger
        than the padded input.

    >>> conv_output_size(7, 3, 2, 1, "SAME"), conv_output_size(7, 3, 2, 1, "VALID")
    (4, 3)
    >>> conv_output_size(7, 3, 1, 2, (1, 0)), conv_output_size(None, 3, 1, 1, "SAME")
    (4, None)
    """
    for name, value in (("filter size", filter_size), ("stride", stride), ("dilation", dilation)):
        if value is not None and value < 1:
            raise ValueError(f"{name} {value}: must be at least 1")
    before, after = _explicit_padding(padding)
    if size is None:
        return None
    if padding == "SAME":
        return -(-size // stride)
    if filter_size is None:
        return None
    extent = (filter_size - 1) * dilation + 1
    room = size + before + after
    if room < extent:
        raise ValueError(
            f"negative output size: a filter of {filter_size} with dilation {dilation} covers"
            f" {extent}, but the input has {size} + {before} + {after} with padding {padding!r};"
            " use a smaller filter, more padding or 'SAME'"
        )
    return (room - extent) // stride + 1


def conv_padding(
    size: int, filter_size: int, stride: int, dilation: int, padding: str | Sequence[int]
) -> tuple[int, int]:
    """Return the numbers of zeros before and after one spatial axis.

    `'SAME'` puts the odd zero after the input, and none where the windows leave some input unread.

    Args:
      size: of the input.
      filter_size: of the filter or pooling window.
      stride: distance between neighbouring windows.
      dilation: distance between neighbouring taps of the filter.
      padding: `'SAME'`, `'VALID'`, or the numbers of zeros (before, after).

    Returns:
      The numbers of zeros (before, after).

    Raises:
      ValueError: as `conv_output_size`.

    >>> conv_padding(6, 4, 1, 1, "SAME"), conv_padding(5, 1, 3, 1, "SAME")
    ((1, 2), (0, 0))
    """
    output_size = conv_output_size(size, filter_size, stride, dilation, padding)
    if padding != "SAME" or not output_size:
        return _explicit_padding(padding)
    total = max((output_size - 1) * stride + (filter_size - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def _explicit_padding(padding: str | Sequence[int]) -> tuple[int, int]:
    if padding in ("SAME", "VALID"):
        return 0, 0
    if isinstance(padding, str) or len(padding) != 2 or min(padding) < 0:
        raise ValueError(
            f"padding {padding!r}: must be 'SAME', 'VALID', or for each axis the numbers of zeros"
            " (before, after)"
        )
    return int(padding[0]), int(padding[1])


def channels_stand_last(data_format: str, rank: int) -> bool:
    """Return whether channels are the last axis of arrays in a data format.

    Args:
      data_format: such as `'NHWC'` or `'NCHW'`.
      rank: number of axes of the arrays.

    Returns:
      True for `'NHWC'` and its relatives, False for `'NCHW'` and its.

    Raises:
      ValueError: if the format is unknown or has another number of axes.

    >>> channels_stand_last("NCDHW", 5)
    False
    """
    if data_format not in _CHANNELS_LAST + _CHANNELS_FIRST:
        known = ", ".join(_CHANNELS_LAST + _CHANNELS_FIRST)
        raise ValueError(f"data_format {data_format!r}: must be one of {known}")
    if len(data_format) != rank:
        raise ValueError(f"data_format {data_format!r}: does not fit an input of {rank} axes")
    return data_format in _CHANNELS_LAST
