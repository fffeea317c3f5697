"""Windows of an array copied side by side, on numpy arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import as_strided

from graphflow.ops.kernels.arrays import Array, result_array
from graphflow.ops.kernels.windows import WindowAxis


def patches(x: Array, axes: Sequence[WindowAxis], out: Array | None = None) -> Array:
    """Copy the elements of each window into the channels of one pixel, zeros from the padding.

    Args:
      x: [batch, *spatial sizes, channels].
      axes: the spatial axes with the windows along each.
      out: array for the result that shares no memory with x, or None for a new one.

    Returns:
      [batch, *numbers of windows, taps * channels], the last tap of the last axis running fastest,
      of the dtype of `x`.

    >>> x = np.array([1, 2, 3, 4, 5, 6]).reshape(1, 3, 2)
    >>> patches(x, [WindowAxis.of(3, 2, 1, 1, "SAME")])
    array([[[1, 2, 3, 4],
            [3, 4, 5, 6],
            [5, 6, 0, 0]]])
    """
    taps = [axis.taps for axis in axes]
    windows = [axis.output_size for axis in axes]
    batch, channels = x.shape[0], x.shape[-1]
    result = result_array(out, (batch, *windows, int(np.prod(taps)) * channels), x.dtype)
    padded = _padded(x, axes)
    first, *steps, last = padded.strides
    view = as_strided(
        padded,
        shape=(batch, *windows, *taps, channels),
        strides=(
            first,
            *(step * axis.stride for step, axis in zip(steps, axes, strict=True)),
            *(step * axis.dilation for step, axis in zip(steps, axes, strict=True)),
            last,
        ),
        writeable=False,
    )
    result.reshape(view.shape)[...] = view
    return result


def _padded(x: Array, axes: Sequence[WindowAxis]) -> Array:
    """Return x with zeros around it, as far as windows reach."""
    widths = [(max(axis.before, 0), max(axis.after, 0)) for axis in axes]
    if not any(before or after for before, after in widths):
        return x
    padded = np.zeros(
        (x.shape[0], *(a.size + sum(w) for a, w in zip(axes, widths, strict=True)), x.shape[-1]),
        x.dtype,
    )
    inside = (
        slice(before, before + axis.size) for axis, (before, _) in zip(axes, widths, strict=True)
    )
    everywhere = (slice(None), *inside)
    padded[everywhere] = x
    return padded
