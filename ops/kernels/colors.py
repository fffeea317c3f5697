"""Colours as red, green, blue and as hue, saturation, value.

Both ways after A. R. Smith, Color gamut transform pairs, 1978: the hue runs from red (0) over green
(1/3) and blue (2/3) back to red (1).  The loops are compiled: numpy would pass over the pixels some
twenty times.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphflow.ops.kernels.arrays import Array, dtype_of_sums
from graphflow.ops.kernels.compiled import compiled


def rgb_to_hsv(images: Array) -> Array:
    """Return hue, saturation and value of each pixel.

    Args:
      images: float [..., 3], red, green and blue.

    Returns:
      An array of the same shape; hue and saturation are in [0, 1] for colours from 0 to 1.

    >>> rgb_to_hsv(np.asarray([[0.0, 0.5, 0.0], [0.5, 0.5, 1.0]])).tolist()
    [[0.3333333333333333, 1.0, 0.5], [0.6666666666666666, 0.5, 1.0]]
    """
    return _of_each_pixel(images, _to_hsv)


def hsv_to_rgb(images: Array) -> Array:
    """Return red, green and blue of each pixel.

    Args:
      images: float [..., 3], hue, saturation and value.

    Returns:
      An array of the same shape.

    >>> hsv_to_rgb(np.asarray([0.5, 0.5, 0.8])).tolist()
    [0.4, 0.8, 0.8]
    """
    return _of_each_pixel(images, _to_rgb)


def turn_hue(images: Array, delta: float) -> Array:
    """Turn the hue of each pixel, leaving its largest and smallest colour as they are.

    Args:
      images: float [..., 3], red, green and blue, of any range.
      delta: how far to turn, 1 being a full circle.

    Returns:
      An array of the same shape.

    >>> turn_hue(np.asarray([5.0, 2.0, 2.0]), 1 / 3).round(6).tolist()
    [2.0, 5.0, 2.0]
    """
    return _of_each_pixel(images, _turn, delta * 6)


def scale_saturation(images: Array, scale: float) -> Array:
    """Multiply the saturation of each pixel, at most to 1.

    Args:
      images: float [..., 3], red, green and blue.
      scale: the factor.

    Returns:
      An array of the same shape.

    >>> scale_saturation(np.asarray([0.4, 0.2, 0.2]), 0.5).round(6).tolist()
    [0.4, 0.3, 0.3]
    """
    pixels = rgb_to_hsv(images)
    pixels[..., 1] = np.clip(pixels[..., 1] * images.dtype.type(scale), 0, 1)
    return hsv_to_rgb(pixels)


def _of_each_pixel(images: Array, loop: Callable[..., None], *args: float) -> Array:
    """Let a compiled loop over pixels [n, 3] write those of the result."""
    pixels = np.ascontiguousarray(images, dtype_of_sums(images.dtype)).reshape(-1, 3)
    result = np.empty_like(pixels)
    if result.size:
        loop(pixels, result, *args)
    return result.reshape(images.shape).astype(images.dtype, copy=False)


@compiled
def _to_hsv(pixels: Any, out: Any) -> None:
    for i in range(len(pixels)):
        red, green, blue = pixels[i, 0], pixels[i, 1], pixels[i, 2]
        value = max(red, max(green, blue))
        span = value - min(red, min(green, blue))
        hue = 0.0
        if span > 0:
            if red == value:
                hue = (green - blue) / (6 * span)
            elif green == value:
                hue = (blue - red) / (6 * span) + 2 / 6
            else:
                hue = (red - green) / (6 * span) + 4 / 6
        out[i, 0] = hue + 1 if hue < 0 else hue
        out[i, 1] = span / value if value > 0 else 0
        out[i, 2] = value


@compiled
def _to_rgb(pixels: Any, out: Any) -> None:
    for i in range(len(pixels)):
        sixth, saturation, value = pixels[i, 0] * 6, pixels[i, 1], pixels[i, 2]
        grey = 1 - saturation
        red, green, blue = abs(sixth - 3) - 1, 2 - abs(sixth - 2), 2 - abs(sixth - 4)
        out[i, 0] = (grey + saturation * min(max(red, 0), 1)) * value
        out[i, 1] = (grey + saturation * min(max(green, 0), 1)) * value
        out[i, 2] = (grey + saturation * min(max(blue, 0), 1)) * value


@compiled
def _turn(pixels: Any, out: Any, sixths: Any) -> None:
    for i in range(len(pixels)):
        red, green, blue = pixels[i, 0], pixels[i, 1], pixels[i, 2]
        high = max(red, max(green, blue))
        low = min(red, min(green, blue))
        span = high - low
        hue = 0.0
        if span > 0:
            if red == high:
                hue = (green - blue) / span
            elif green == high:
                hue = (blue - red) / span + 2
            else:
                hue = (red - green) / span + 4
        sixth = (hue + sixths) % 6
        red, green, blue = abs(sixth - 3) - 1, 2 - abs(sixth - 2), 2 - abs(sixth - 4)
        out[i, 0] = low + span * min(max(red, 0), 1)
        out[i, 1] = low + span * min(max(green, 0), 1)
        out[i, 2] = low + span * min(max(blue, 0), 1)
