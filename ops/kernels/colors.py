"""Colours as red, green, blue and as hue, saturation, value.

Both ways after A. R. Smith, Color gamut transform pairs, 1978: the hue runs from red (0) over green
(1/3) and blue (2/3) back to red (1).
"""

from __future__ import annotations

import numpy as np

from graphflow.ops.kernels.arrays import Array


def rgb_to_hsv(images: Array) -> Array:
    """Return hue, saturation and value of each pixel.

    Args:
      images: float [..., 3], red, green and blue.

    Returns:
      An array of the same shape; hue and saturation are in [0, 1] for colours from 0 to 1.

    >>> rgb_to_hsv(np.asarray([[0.0, 0.5, 0.0], [0.5, 0.5, 1.0]])).tolist()
    [[0.3333333333333333, 1.0, 0.5], [0.6666666666666666, 0.5, 1.0]]
    """
    red, green, blue = _channels(images)
    value = np.maximum(np.maximum(red, green), blue)
    span = value - np.minimum(np.minimum(red, green), blue)
    one = images.dtype.type(1)
    with np.errstate(all="ignore"):
        saturation = np.where(value > 0, span / value, one * 0)
        unit = one / (6 * span)
        hue = np.where(
            red == value,
            (green - blue) * unit,
            np.where(
                green == value,
                (blue - red) * unit + one * 2 / 6,
                (red - green) * unit + one * 4 / 6,
            ),
        )
    hue = np.where(span > 0, hue, one * 0)
    hue = np.where(hue < 0, hue + one, hue)
    return np.stack([hue, saturation, value], -1).astype(images.dtype, copy=False)


def hsv_to_rgb(images: Array) -> Array:
    """Return red, green and blue of each pixel.

    Args:
      images: float [..., 3], hue, saturation and value.

    Returns:
      An array of the same shape.

    >>> hsv_to_rgb(np.asarray([0.5, 0.5, 0.8])).tolist()
    [0.4, 0.8, 0.8]
    """
    hue, saturation, value = _channels(images)
    sixth = hue * 6
    ramps = (abs(sixth - 3) - 1, 2 - abs(sixth - 2), 2 - abs(sixth - 4))
    grey = 1 - saturation
    colors = [(grey + saturation * np.clip(ramp, 0, 1)) * value for ramp in ramps]
    return np.stack(colors, -1).astype(images.dtype, copy=False)


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
    red, green, blue = _channels(images)
    high = np.maximum(np.maximum(red, green), blue)
    low = np.minimum(np.minimum(red, green), blue)
    span = high - low
    with np.errstate(all="ignore"):
        sixth = np.where(
            red == high,
            (green - blue) / span,
            np.where(green == high, (blue - red) / span + 2, (red - green) / span + 4),
        )
    sixth = np.where(span > 0, sixth, 0) + images.dtype.type(delta * 6)
    sixth = np.mod(sixth, 6).astype(images.dtype, copy=False)
    ramps = (abs(sixth - 3) - 1, 2 - abs(sixth - 2), 2 - abs(sixth - 4))
    colors = [low + span * np.clip(ramp, 0, 1) for ramp in ramps]
    return np.stack(colors, -1).astype(images.dtype, copy=False)


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


def _channels(images: Array) -> list[Array]:
    """The three channels, each in its own contiguous array."""
    return list(np.ascontiguousarray(np.moveaxis(images, -1, 0)))
