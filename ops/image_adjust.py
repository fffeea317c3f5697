"""Images as other dtypes, and brightness, contrast, gamma, hue and saturation, also by chance."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype, float32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.ops._image import as_floats, checked_image, require
from graphflow.ops.image_color import AdjustContrastv2, AdjustHue, AdjustSaturation

__all__ = [
    "adjust_brightness",
    "adjust_contrast",
    "adjust_gamma",
    "adjust_hue",
    "adjust_saturation",
    "convert_image_dtype",
    "per_image_standardization",
    "random_brightness",
    "random_contrast",
    "random_hue",
    "random_saturation",
]


def convert_image_dtype(
    image: Any, dtype: Any, saturate: bool = False, name: str | None = None
) -> Tensor:
    """Convert images to another dtype, scaling their values.

    Floats go from 0 to 1, integers from 0 to the largest of their dtype.

    Args:
      image: real tensor.
      dtype: the new dtype, an integer or floating one.
      saturate: whether numbers outside of the new range become its smallest or largest.
      name: name scope of the operations.

    Returns:
      A tensor of the same shape.

    Raises:
      ValueError: a dtype is neither of integers nor of floats.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.image.convert_image_dtype([0.0, 0.5, 1.0], tf.uint8))
    array([  0, 127, 255], dtype=uint8)
    >>> tf.Session().run(tf.image.convert_image_dtype(tf.constant([0, 51], tf.uint8), tf.float32))
    array([0. , 0.2], dtype=float32)
    """
    image = convert_to_tensor(image, name="image")
    source, target = image.dtype.base_dtype, as_dtype(dtype).base_dtype
    for kind in (source, target):
        if not (kind.is_integer or kind.is_floating):
            raise ValueError(f"images are of integers or floats, not {kind.name}")
    if source is target:
        same: Tensor = ops.identity(image, name=name)
        return same
    with name_scope(name, "convert_image", [image]) as scope:
        convert = ops.saturate_cast if saturate else ops.cast
        if source.is_integer and target.is_integer:
            return _to_other_integers(image, target, convert, scope)
        if source.is_floating and target.is_floating:
            return ops.cast(image, target, name=scope)  # type: ignore[no-any-return]
        if target.is_floating:
            return ops.multiply(ops.cast(image, target), 1.0 / source.max, name=scope)
        scaled = ops.multiply(image, target.max + 0.5)  # half more, so that 1 is not rounded down
        return convert(scaled, target, name=scope)


def _to_other_integers(image: Tensor, target: DType, convert: Any, scope: str) -> Tensor:
    """Scale by the ratio of the ranges, in the larger of the two dtypes."""
    old, new = int(image.dtype.max), int(target.max)
    if old > new:
        scaled = ops.floordiv(image, (old + 1) // (new + 1))
        return convert(scaled, target, name=scope)  # type: ignore[no-any-return]
    return ops.multiply(convert(image, target), (new + 1) // (old + 1), name=scope)


def per_image_standardization(image: Any) -> Tensor:
    """Shift and scale each image to mean 0 and deviation 1.

    Args:
      image: real [..., height, width, channels].

    Returns:
      float32 tensor of the same shape.  The deviation counts as at least 1 over the root of the
      number of pixels and channels, so that a uniform image becomes zeros.

    Raises:
      ValueError: the image has less than three axes.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 3.0, 1.0, 3.0], [2, 2, 1])
    >>> tf.Session().run(tf.image.per_image_standardization(image)).ravel()
    array([-1.,  1., -1.,  1.], dtype=float32)
    """
    with name_scope(None, "per_image_standardization", [image]) as scope:
        image = checked_image(image)
        count = ops.reduce_prod(ops.shape(image)[-3:])
        pixels: Any = ops.cast(image, float32)
        axes = [-1, -2, -3]
        mean = ops.reduce_mean(pixels, axis=axes, keepdims=True)
        deviation = ops.reduce_std(pixels, axis=axes, keepdims=True)
        smallest = ops.rsqrt(ops.cast(count, float32))
        return ops.div(pixels - mean, ops.maximum(deviation, smallest), name=scope)


# -- brightness, contrast, gamma, hue, saturation --------------------------------------------------


def adjust_brightness(image: Any, delta: Any) -> Tensor:
    """Add a number to all pixels.

    Args:
      image: real tensor; integers count as the fractions of their dtype's largest number.
      delta: what to add, a scalar from -1 to 1 for images from 0 to 1.

    Returns:
      A tensor of the same shape and dtype; integers stay in their range.

    >>> import graphflow as tf
    >>> image = tf.constant([10, 250], tf.uint8)
    >>> tf.Session().run(tf.image.adjust_brightness(image, 0.2))
    array([ 61, 255], dtype=uint8)
    """
    with name_scope(None, "adjust_brightness", [image, delta]) as scope:
        image = convert_to_tensor(image, name="image")
        pixels = as_floats(image)
        adjusted = ops.add(pixels, ops.cast(delta, pixels.dtype), name=scope)
        return convert_image_dtype(adjusted, image.dtype, saturate=True)


def adjust_contrast(images: Any, contrast_factor: Any) -> Tensor:
    """Multiply each channel's distance from its mean in each image.

    Args:
      images: real [..., height, width, channels].
      contrast_factor: the factor, a float32 scalar.

    Returns:
      A tensor of the same shape and dtype; integers stay in their range.

    Raises:
      ValueError: the images have less than three axes.

    >>> import graphflow as tf
    >>> image = tf.reshape([2.0, 4.0], [1, 2, 1])
    >>> tf.Session().run(tf.image.adjust_contrast(image, 3.0)).ravel()
    array([0., 6.], dtype=float32)
    """
    with name_scope(None, "adjust_contrast", [images, contrast_factor]) as scope:
        images = convert_to_tensor(images, name="images")
        pixels = convert_image_dtype(images, float32)
        adjusted = apply(AdjustContrastv2(), pixels, contrast_factor, name=scope)
        return convert_image_dtype(adjusted, images.dtype, saturate=True)


def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Tensor:
    """Raise pixels to a power: gain * image ** gamma.

    Args:
      image: real tensor; integers count as the fractions of their dtype's largest number.
      gamma: the power, not negative: above 1 images become darker, below brighter.
      gain: the factor.

    Returns:
      A tensor of the same shape and dtype; integers stay in their range.

    Raises:
      ValueError: `gamma` is negative; an `InvalidArgumentError` in the run where only that shows
        it.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.image.adjust_gamma([0.5, 1.0], gamma=2, gain=3))
    array([0.75, 3.  ], dtype=float32)
    """
    with name_scope(None, "adjust_gamma", [image, gamma, gain]):
        image = convert_to_tensor(image, name="image")
        pixels: Any = as_floats(image)
        checks = require(gamma >= 0, "gamma must not be negative")
        if checks:
            gamma = ops.with_dependencies(checks, gamma)
        return convert_image_dtype(gain * pixels**gamma, image.dtype, saturate=True)


def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Tensor:
    """Turn the hue of each pixel.

    Args:
      image: real [..., height, width, 3], red, green and blue.
      delta: how far to turn, a float32 scalar; 1 is a full circle.
      name: name scope of the operations.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      ValueError: the image has less than three axes, or not three colours.

    >>> import graphflow as tf
    >>> image = tf.reshape([9.0, 3.0, 3.0], [1, 1, 3])
    >>> tf.Session().run(tf.image.adjust_hue(image, 0.5)).ravel()
    array([3., 9., 9.], dtype=float32)
    """
    with name_scope(name, "adjust_hue", [image]):
        image = convert_to_tensor(image, name="image")
        turned = apply(AdjustHue(), convert_image_dtype(image, float32), delta)
        return convert_image_dtype(turned, image.dtype)


def adjust_saturation(image: Any, saturation_factor: Any, name: str | None = None) -> Tensor:
    """Multiply the saturation of each pixel, at most to 1.

    Args:
      image: real [..., height, width, 3], red, green and blue.
      saturation_factor: the factor, a float32 scalar; 0 makes images grey.
      name: name scope of the operations.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      ValueError: the image has less than three axes, or not three colours.

    >>> import graphflow as tf
    >>> image = tf.reshape([8.0, 4.0, 4.0], [1, 1, 3])
    >>> tf.Session().run(tf.image.adjust_saturation(image, 0.5)).ravel()
    array([8., 6., 6.], dtype=float32)
    """
    with name_scope(name, "adjust_saturation", [image]):
        image = convert_to_tensor(image, name="image")
        scaled = apply(AdjustSaturation(), convert_image_dtype(image, float32), saturation_factor)
        return convert_image_dtype(scaled, image.dtype)


# -- by chance -------------------------------------------------------------------------------------


def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """Add a random number to all pixels.

    Args:
      image: as for `adjust_brightness`.
      max_delta: the number is drawn from [-max_delta, max_delta).
      seed: the seed of the random numbers, see `tf.set_random_seed`.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      ValueError: `max_delta` is negative.

    >>> import graphflow as tf
    >>> x = tf.Session().run(tf.image.random_brightness([0.5, 0.7], 0.1, seed=3))
    >>> bool(abs(x[0] - 0.5) <= 0.1), (x[1] - x[0]).round(5)
    (True, np.float32(0.2))
    """
    _check_not_negative("max_delta", max_delta)
    delta = ops.random_uniform([], -max_delta, max_delta, seed=seed)
    return adjust_brightness(image, delta)


def random_contrast(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """Multiply the contrast by a random number.

    Args:
      image: as for `adjust_contrast`.
      lower: the least factor, not negative.
      upper: the factor is below this.
      seed: the seed of the random numbers, see `tf.set_random_seed`.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      ValueError: `lower` is negative, or `upper` not above it.

    >>> import graphflow as tf
    >>> image = tf.reshape([2.0, 4.0], [1, 2, 1])
    >>> x = tf.Session().run(tf.image.random_contrast(image, 0.5, 0.6, seed=3)).ravel()
    >>> bool(1.0 <= x[1] - x[0] <= 1.2)
    True
    """
    factor = _random_factor(lower, upper, seed)
    return adjust_contrast(image, factor)


def random_hue(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """Turn the hue by a random number.

    Args:
      image: as for `adjust_hue`.
      max_delta: the number is drawn from [-max_delta, max_delta), at most 0.5.
      seed: the seed of the random numbers, see `tf.set_random_seed`.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      ValueError: `max_delta` is not in [0, 0.5].

    >>> import graphflow as tf
    >>> image = tf.reshape([8.0, 4.0, 4.0], [1, 1, 3])
    >>> x = tf.Session().run(tf.image.random_hue(image, 0.1, seed=3)).ravel()
    >>> x.max(), x.min()
    (np.float32(8.0), np.float32(4.0))
    """
    _check_not_negative("max_delta", max_delta)
    if max_delta > 0.5:
        raise ValueError(f"max_delta must be at most 0.5, it is {max_delta}")
    delta = ops.random_uniform([], -max_delta, max_delta, seed=seed)
    return adjust_hue(image, delta)


def random_saturation(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """Multiply the saturation by a random number.

    Args:
      image: as for `adjust_saturation`.
      lower: the least factor, not negative.
      upper: the factor is below this.
      seed: the seed of the random numbers, see `tf.set_random_seed`.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      ValueError: `lower` is negative, or `upper` not above it.

    >>> import graphflow as tf
    >>> image = tf.reshape([8.0, 4.0, 4.0], [1, 1, 3])
    >>> x = tf.Session().run(tf.image.random_saturation(image, 0.5, 0.6, seed=3)).ravel()
    >>> bool(5.6 <= x[1] <= 6.0)
    True
    """
    factor = _random_factor(lower, upper, seed)
    return adjust_saturation(image, factor)


def _random_factor(lower: float, upper: float, seed: int | None) -> Tensor:
    if upper <= lower:
        raise ValueError(f"upper must be above lower: {upper} and {lower}")
    _check_not_negative("lower", lower)
    return ops.random_uniform([], lower, upper, seed=seed)


def _check_not_negative(name: str, value: float) -> None:
    if np.less(value, 0):
        raise ValueError(f"{name} must not be negative, it is {value}")
