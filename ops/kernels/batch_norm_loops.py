"""Passes over images for batch normalisation: source that is compiled when it is needed.

Images are matrices: a row has the channels of some neighbouring pixels, so that rows are not too
short for vectors.  See `ops/kernels/batch_norm.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.code_cache import machine_code


@machine_code
def add_rows(x: Any, total: Any) -> None:
    """Add up rows.

    Args:
      x: [rows, lanes].
      total: [lanes], is written.
    """
    total[:] = np.float32(0)
    for row in range(len(x)):
        line = x[row]
        for i in range(total.size):
            total[i] += line[i]


@machine_code
def add_squares(x: Any, mean: Any, total: Any) -> None:
    """Add up the squares of distances from means.

    Args:
      x: [rows, lanes].
      mean: [lanes].
      total: [lanes], is written.
    """
    total[:] = np.float32(0)
    for row in range(len(x)):
        line = x[row]
        for i in range(total.size):
            distance = line[i] - mean[i]
            total[i] += distance * distance


@machine_code
def scale_rows(x: Any, factor: Any, shift: Any, floor: Any, ceiling: Any, result: Any) -> None:
    """Multiply each lane by a factor and add a number.

    Args:
      x: [rows, lanes].
      factor: [lanes].
      shift: [lanes].
      floor: no result is less, unless it is `nan`.
      ceiling: no result is greater, unless it is `nan`.
      result: like x, is written.
    """
    for row in range(len(x)):
        line, target = x[row], result[row]
        for i in range(factor.size):
            value = line[i] * factor[i] + shift[i]
            value = floor if value < floor else value
            target[i] = ceiling if value > ceiling else value


@machine_code
def add_slopes(slope: Any, x: Any, mean: Any, total: Any, projection: Any) -> None:
    """Add up gradients, and their products with distances from means.

    Args:
      slope: the gradients, [rows, lanes].
      x: [rows, lanes].
      mean: [lanes].
      total: [lanes], is written.
      projection: [lanes], is written.
    """
    total[:] = np.float32(0)
    projection[:] = np.float32(0)
    for row in range(len(x)):
        line, slopes = x[row], slope[row]
        for i in range(total.size):
            total[i] += slopes[i]
            projection[i] += slopes[i] * (line[i] - mean[i])


@machine_code
def project_rows(
    slope: Any, x: Any, mean: Any, shift: Any, share: Any, factor: Any, result: Any
) -> None:
    """Take from gradients what the moments take, and multiply each lane by a factor.

    Args:
      slope: the gradients, [rows, lanes].
      x: [rows, lanes].
      mean: [lanes].
      shift: [lanes], is taken off.
      share: [lanes], of the distance from the mean that is taken off.
      factor: [lanes].
      result: like x, is written.
    """
    for row in range(len(x)):
        line, slopes, target = x[row], slope[row], result[row]
        for i in range(factor.size):
            rest = slopes[i] - shift[i] - (line[i] - mean[i]) * share[i]
            target[i] = factor[i] * rest
