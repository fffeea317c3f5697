"""Images in another size: each output row and column is a weighted sum of input rows and columns.

All kinds of interpolation here are *separable* and linear: the resized image is R X C^T with sparse
matrices R for rows and C for columns.  Gradients are the same sums with the matrices transposed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graphflow.ops.kernels.arrays import Array
from graphflow.ops.kernels.compiled import compiled

_CUBIC_STEPS = 1024  # fractions of a pixel for which TensorFlow tabulates the cubic kernel


class Taps(NamedTuple):
    """A sparse matrix by rows: output k sums `weights[t] * input[indices[t]]` for its own taps t.

    Attributes:
      starts: int64 [outputs + 1]; output k has the taps from `starts[k]` to `starts[k + 1]`.
      indices: int64 [taps].
      weights: float32 [taps].
    """

    starts: Array
    indices: Array
    weights: Array

    @classmethod
    def of(cls, indices: Array, weights: Array) -> Taps:
        """Make the matrix whose rows all have the same number of taps.

        Args:
          indices: integers [outputs, taps of one].
          weights: numbers of the same shape.
        """
        outputs, count = indices.shape
        return cls(
            np.arange(outputs + 1) * count,
            np.ascontiguousarray(indices, np.int64).reshape(-1),
            np.ascontiguousarray(weights, np.float32).reshape(-1),
        )

    def transposed(self, size: int) -> Taps:
        """Return the matrix with rows and columns exchanged.

        Args:
          size: the number of inputs.

        >>> taps = Taps.of(np.asarray([[0, 2], [2, 1]]), np.asarray([[0.5, 2], [3, 4]]))
        >>> taps.transposed(3).weights.tolist(), taps.transposed(3).starts.tolist()
        ([0.5, 4.0, 2.0, 3.0], [0, 1, 2, 4])
        """
        outputs = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        order = np.argsort(self.indices, kind="stable")
        counts = np.bincount(self.indices, minlength=size)
        starts = np.concatenate([[0], np.cumsum(counts)])
        return Taps(starts, outputs[order], self.weights[order])


def scale_of(size: int, output_size: int, align_corners: bool) -> Any:
    """Return how many input pixels one output pixel stands for.

    Args:
      size: of the input.
      output_size: of the output.
      align_corners: whether the centres of the corner pixels shall stay where they are.

    Returns:
      A float32 scalar.

    >>> float(scale_of(9, 5, True)), float(scale_of(10, 5, False))
    (2.0, 2.0)
    """
    if align_corners and output_size > 1:
        return np.float32(size - 1) / np.float32(output_size - 1)
    return np.float32(size) / np.float32(output_size)


def _places(size: int, output_size: int, align_corners: bool, half_pixel_centers: bool) -> Array:
    """Where in the input, float32, each output pixel lies."""
    scale = scale_of(size, output_size, align_corners)
    pixels: Array = np.arange(output_size, dtype=np.float32)
    half = np.float32(0.5 if half_pixel_centers else 0)
    places: Array = (pixels + half) * scale - half
    return places


def nearest_indices(
    size: int, output_size: int, align_corners: bool, half_pixel_centers: bool
) -> Array:
    """Return for each output pixel the input pixel that it shows.

    Args:
      size: of the input.
      output_size: of the output.
      align_corners: whether the centres of the corner pixels shall stay where they are.
      half_pixel_centers: whether pixels have their centres at 0.5, 1.5, ...

    >>> nearest_indices(4, 3, False, False), nearest_indices(4, 3, False, True)
    (array([0, 1, 2]), array([0, 2, 3]))
    """
    scale = scale_of(size, output_size, align_corners)
    pixels = np.arange(output_size, dtype=np.float32)
    places: Array = (pixels + np.float32(0.5 if half_pixel_centers else 0)) * scale
    if align_corners:
        places = places + np.float32(0.5)  # the nearest one, not the one below
    return np.floor(places).astype(np.int64).clip(0, size - 1)


def linear_taps(size: int, output_size: int, align_corners: bool, half_pixel_centers: bool) -> Taps:
    """Return the matrix of linear interpolation along one axis.

    Args:
      size: of the input.
      output_size: of the output.
      align_corners: whether the centres of the corner pixels shall stay where they are.
      half_pixel_centers: whether pixels have their centres at 0.5, 1.5, ...

    >>> linear_taps(2, 4, False, False).weights.reshape(4, 2)[1].tolist()
    [0.5, 0.5]
    """
    places = _places(size, output_size, align_corners, half_pixel_centers)
    below = np.floor(places)
    fraction = places - below
    lower = np.maximum(below, 0)
    upper = np.minimum(np.ceil(places), size - 1)
    return Taps.of(np.stack([lower, upper], 1), np.stack([1 - fraction, fraction], 1))


def cubic_taps(size: int, output_size: int, align_corners: bool, half_pixel_centers: bool) -> Taps:
    """Return the matrix of cubic convolution along one axis (R. Keys, 1981).

    The kernel's parameter is -0.75, and -0.5 with centres at half pixels, where pixels outside of
    the image do not count.  Fractions of a pixel are rounded to 1/1024.

    Args:
      size: of the input.
      output_size: of the output.
      align_corners: whether the centres of the corner pixels shall stay where they are.
      half_pixel_centers: whether pixels have their centres at 0.5, 1.5, ...

    >>> cubic_taps(4, 8, False, False).weights.reshape(8, 4)[3].tolist()
    [-0.09375, 0.59375, 0.59375, -0.09375]
    """
    places = _places(size, output_size, align_corners, half_pixel_centers)
    below = np.floor(places)
    fraction = np.rint((places - below) * _CUBIC_STEPS) / _CUBIC_STEPS
    distances = np.stack([1 + fraction, fraction, 1 - fraction, 2 - fraction], 1)
    wanted = below[:, None] + np.arange(-1, 3)
    indices = np.clip(wanted, 0, size - 1)
    if not half_pixel_centers:
        return Taps.of(indices, _cubic_weights(distances, -0.75))
    weights = np.where(wanted == indices, _cubic_weights(distances, -0.5), 0)
    return Taps.of(indices, weights / weights.sum(1, keepdims=True))


def _cubic_weights(distances: Array, a: float) -> Array:
    """Keys' kernel at distances between 0 and 2."""
    d = distances
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return np.where(d <= 1, near, far)


def area_taps(size: int, output_size: int, align_corners: bool) -> Taps:
    """Return the matrix of averages: each output pixel is the mean of what it covers.

    Args:
      size: of the input.
      output_size: of the output.
      align_corners: whether the centres of the corner pixels shall stay where they are.

    >>> area_taps(3, 2, False).weights.round(4).tolist()
    [0.6667, 0.3333, 0.3333, 0.6667]
    """
    scale = scale_of(size, output_size, align_corners)
    begin = np.arange(output_size, dtype=np.float32) * scale
    end = np.arange(1, output_size + 1, dtype=np.float32) * scale
    first = np.floor(begin).astype(np.int64)
    counts = np.maximum(np.ceil(end).astype(np.int64) - first, 0)
    starts = np.concatenate([[0], np.cumsum(counts)])
    owner = np.repeat(np.arange(output_size), counts)
    pixels = np.arange(starts[-1]) - starts[owner] + first[owner]
    covered = np.minimum(pixels + 1, end[owner]) - np.maximum(pixels, begin[owner])
    return Taps(starts, np.minimum(pixels, size - 1), (covered / scale).astype(np.float32))


def resampled(images: Array, rows: Taps, columns: Taps) -> Array:
    """Return images of which every row and column is a weighted sum of those given.

    Args:
      images: real [batch, height, width, channels].
      rows: how the new rows are made.
      columns: how the new columns are made.

    Returns:
      float32 [batch, new height, new width, channels]; float64 for float64 images.

    >>> double_first = Taps.of(np.asarray([[0], [1]]), np.asarray([[2.0], [1.0]]))
    >>> swap = Taps.of(np.asarray([[1], [0]]), np.ones((2, 1)))
    >>> resampled(np.asarray([1, 3, 5, 7]).reshape(1, 2, 2, 1), double_first, swap).ravel()
    array([6., 2., 7., 5.], dtype=float32)
    """
    batch, height, width, channels = images.shape
    dtype = np.float64 if images.dtype == np.float64 else np.float32
    source = np.ascontiguousarray(images, dtype).reshape(batch, height, width * channels)
    shape = (batch, len(rows.starts) - 1, len(columns.starts) - 1, channels)
    result = np.zeros(shape, dtype)
    if result.size:
        _resample(source, *rows, *columns, result)
    return result


@compiled
def _resample(
    source: Any,
    row_starts: Any,
    row_indices: Any,
    row_weights: Any,
    column_starts: Any,
    column_indices: Any,
    column_weights: Any,
    out: Any,
) -> None:
    batch, height, width, channels = out.shape
    narrow = np.empty((source.shape[1], width * channels), source.dtype)  # rows of the new width
    for image in range(batch):
        is_made = np.zeros(source.shape[1], np.bool_)
        for y in range(height):
            target = out[image, y].reshape(-1)
            for row_tap in range(row_starts[y], row_starts[y + 1]):
                row = row_indices[row_tap]
                if not is_made[row]:
                    is_made[row] = True
                    narrow[row] = 0
                    for x in range(width):
                        for tap in range(column_starts[x], column_starts[x + 1]):
                            weight, offset = column_weights[tap], column_indices[tap] * channels
                            for c in range(channels):
                                value = source[image, row, offset + c]
                                narrow[row, x * channels + c] += weight * value
                row_weight, line = row_weights[row_tap], narrow[row]
                for i in range(target.size):
                    target[i] += row_weight * line[i]
