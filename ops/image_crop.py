"""Images cut and padded to a size."""

from __future__ import annotations

import builtins
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float64, int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.ops._image import Size, as_batch, checked_image, require, sizes_of, static

__all__ = [
    "central_crop",
    "crop_to_bounding_box",
    "pad_to_bounding_box",
    "resize_image_with_crop_or_pad",
    "resize_with_crop_or_pad",
]


def crop_to_bounding_box(
    image: Any,
    offset_height: Any,
    offset_width: Any,
    target_height: Any,
    target_width: Any,
) -> Tensor:
    """Cut a box out of images.

    Args:
      image: [height, width, channels] or [batch, height, width, channels] of any dtype.
      offset_height: how many rows are above the box; an int or int32 scalar, as the following.
      offset_width: how many columns are to its left.
      target_height: the box's height.
      target_width: the box's width.

    Returns:
      The box of each image.

    Raises:
      ValueError: the image is neither of 3 nor of 4 axes, or the box is not inside; an
        `InvalidArgumentError` in the run where only that shows it.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 2, 3, 4, 5, 6], [2, 3, 1])
    >>> tf.Session().run(tf.image.crop_to_bounding_box(image, 0, 1, 2, 2))[..., 0]
    array([[2, 3],
           [5, 6]], dtype=int32)
    """
    with name_scope(None, "crop_to_bounding_box", [image]):
        batch, undo = as_batch(checked_image(image))
        count, height, width, channels = sizes_of(batch)
        checks = [
            *require(offset_width >= 0, "offset_width must not be negative"),
            *require(offset_height >= 0, "offset_height must not be negative"),
            *require(target_width > 0, "target_width must be positive"),
            *require(target_height > 0, "target_height must be positive"),
            *require(width >= target_width + offset_width, "the box is too wide for the image"),
            *require(height >= target_height + offset_height, "the box is too high for the image"),
        ]
        batch = ops.with_dependencies(checks, batch) if checks else batch
        begin = ops.stack([0, offset_height, offset_width, 0])
        box = ops.slice(batch, begin, ops.stack([-1, target_height, target_width, -1]))
        box.set_shape(static([count, target_height, target_width, channels]))
        return undo(box)


def pad_to_bounding_box(
    image: Any,
    offset_height: Any,
    offset_width: Any,
    target_height: Any,
    target_width: Any,
) -> Tensor:
    """Put zeros around images.

    Args:
      image: [height, width, channels] or [batch, height, width, channels], numeric.
      offset_height: how many rows of zeros to add above; an int or int32 scalar, as the following.
      offset_width: how many columns of zeros to add on the left.
      target_height: the new height.
      target_width: the new width.

    Returns:
      The images with zeros on all sides.

    Raises:
      ValueError: the image is neither of 3 nor of 4 axes, or does not fit into the new size; an
        `InvalidArgumentError` in the run where only that shows it.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 2], [1, 2, 1])
    >>> tf.Session().run(tf.image.pad_to_bounding_box(image, 1, 0, 2, 3))[..., 0]
    array([[0, 0, 0],
           [1, 2, 0]], dtype=int32)
    """
    with name_scope(None, "pad_to_bounding_box", [image]):
        batch, undo = as_batch(checked_image(image))
        count, height, width, channels = sizes_of(batch)
        right = target_width - offset_width - width
        below = target_height - offset_height - height
        checks = [
            *require(offset_height >= 0, "offset_height must not be negative"),
            *require(offset_width >= 0, "offset_width must not be negative"),
            *require(right >= 0, "the image and offset_width exceed target_width"),
            *require(below >= 0, "the image and offset_height exceed target_height"),
        ]
        batch = ops.with_dependencies(checks, batch) if checks else batch
        margins = ops.stack([0, 0, offset_height, below, offset_width, right, 0, 0])
        padded = ops.pad(batch, ops.reshape(margins, [4, 2]))
        padded.set_shape(static([count, target_height, target_width, channels]))
        return undo(padded)


def central_crop(image: Any, central_fraction: float) -> Tensor:
    """Keep the middle of images.

    Args:
      image: [height, width, channels] or [batch, height, width, channels] of any dtype.
      central_fraction: which part of height and width to keep, in (0, 1].

    Returns:
      The middle of each image.

    Raises:
      ValueError: the fraction is outside of (0, 1], or the image is neither of 3 nor of 4 axes.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 2, 3, 4, 5, 6, 7, 8], [2, 4, 1])
    >>> tf.Session().run(tf.image.central_crop(image, 0.5))[..., 0]
    array([[2, 3],
           [6, 7]], dtype=int32)
    """
    with name_scope(None, "central_crop", [image]):
        image = convert_to_tensor(image, name="image")
        if not 0 < central_fraction <= 1:
            raise ValueError(f"central_fraction must be in (0, 1], it is {central_fraction}")
        if central_fraction == 1:
            return image  # type: ignore[no-any-return]
        image = checked_image(image)
        if image.shape.rank not in (3, 4):
            raise ValueError(f"image must have 3 or 4 axes, its shape is {image.shape}")
        *lead, height, width, channels = sizes_of(image)
        top, kept_height = _central(height, central_fraction)
        left, kept_width = _central(width, central_fraction)
        zeros, whole = [0] * len(lead), [-1] * len(lead)
        begin = ops.stack([*zeros, top, left, 0])
        middle = ops.slice(image, begin, ops.stack([*whole, kept_height, kept_width, -1]))
        middle.set_shape(static([*lead, kept_height, kept_width, channels]))
        return middle


def _central(size: Size, fraction: float) -> tuple[Size, Size]:
    """Where the middle of an axis begins, and how long it is."""
    if not isinstance(size, Tensor):
        begin = int((size - size * fraction) / 2)
        return begin, size - 2 * begin
    exact: Any = ops.cast(size, float64)
    begin = ops.cast((exact - exact * fraction) / 2, int32)
    return begin, size - begin * 2


def resize_image_with_crop_or_pad(image: Any, target_height: Any, target_width: Any) -> Tensor:
    """Bring images to a size by cutting or zeros, on both sides alike.

    Args:
      image: [height, width, channels] or [batch, height, width, channels], numeric.
      target_height: the new height; an int or int32 scalar.
      target_width: the new width; an int or int32 scalar.

    Returns:
      The images, of which the middle is kept.

    Raises:
      ValueError: the image is neither of 3 nor of 4 axes, or a target is not positive; an
        `InvalidArgumentError` in the run where only that shows it.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 2, 3, 4, 5, 6], [3, 2, 1])
    >>> tf.Session().run(tf.image.resize_image_with_crop_or_pad(image, 1, 3))[..., 0]
    array([[3, 4, 0]], dtype=int32)
    """
    with name_scope(None, "resize_image_with_crop_or_pad", [image]):
        batch, undo = as_batch(checked_image(image))
        checks = [
            *require(target_width > 0, "target_width must be positive"),
            *require(target_height > 0, "target_height must be positive"),
        ]
        batch = ops.with_dependencies(checks, batch) if checks else batch
        _, height, width, _ = sizes_of(batch)
        top, left = _surplus(height, target_height), _surplus(width, target_width)
        kept_height, kept_width = _smaller(target_height, height), _smaller(target_width, width)
        cropped = crop_to_bounding_box(batch, top, left, kept_height, kept_width)
        above, before = _surplus(target_height, height), _surplus(target_width, width)
        return undo(pad_to_bounding_box(cropped, above, before, target_height, target_width))


resize_with_crop_or_pad = resize_image_with_crop_or_pad


def _surplus(size: Size, target: Size) -> Size:
    """Half of what a size exceeds another one by, rounded down."""
    half = (size - target) // 2
    return ops.maximum(half, 0) if isinstance(half, Tensor) else builtins.max(half, 0)


def _smaller(first: Size, second: Size) -> Size:
    if isinstance(first, Tensor) or isinstance(second, Tensor):
        return ops.minimum(first, second)
    return builtins.min(first, second)
