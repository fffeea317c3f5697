"""Images in another size, by any of the methods, with or without their proportions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float32, int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.ops._image import as_batch, checked_image, require, sizes_of

__all__ = ["ResizeMethod", "resize", "resize_image_with_pad", "resize_images"]


class ResizeMethod:
    """The methods of `tf.image.resize_images`.

    Attributes:
      BILINEAR: linear interpolation.
      NEAREST_NEIGHBOR: repeated or left out pixels.
      BICUBIC: cubic convolution.
      AREA: averages.
    """

    BILINEAR = 0
    NEAREST_NEIGHBOR = 1
    BICUBIC = 2
    AREA = 3


def _resizer(method: Any) -> Callable[..., Tensor]:
    """The function that resizes by a method, given by number or name."""
    functions: dict[Any, Callable[..., Tensor]] = {
        ResizeMethod.BILINEAR: ops.resize_bilinear,
        "bilinear": ops.resize_bilinear,
        ResizeMethod.NEAREST_NEIGHBOR: ops.resize_nearest_neighbor,
        "nearest": ops.resize_nearest_neighbor,
        ResizeMethod.BICUBIC: ops.resize_bicubic,
        "bicubic": ops.resize_bicubic,
        ResizeMethod.AREA: ops.resize_area,
        "area": ops.resize_area,
    }
    if method not in functions:
        raise ValueError(f"method must be one of tf.image.ResizeMethod, not {method!r}")
    return functions[method]


def resize_images(
    images: Any,
    size: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
    preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Tensor:
    """Resize images.

    Args:
      images: real [height, width, channels] or [batch, height, width, channels].
      size: int32 [2], new height and width.
      method: one of `tf.image.ResizeMethod`, or its name: bilinear, nearest, bicubic, area.
      align_corners: whether the centres of the corner pixels stay where they are.
      preserve_aspect_ratio: whether to keep the proportions: then images become as large as fits
        into `size`.
      name: name scope of the operations.

    Returns:
      float32 images of the new size.  Nearest neighbours keep the dtype, and images that have the
      size already are returned as they are.

    Raises:
      ValueError: the images are neither of 3 nor of 4 axes, or `size` or `method` is none.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 3.0, 5.0, 7.0], [2, 2, 1])
    >>> tf.Session().run(tf.image.resize_images(image, [2, 1], tf.image.ResizeMethod.AREA))[..., 0]
    array([[2.],
           [6.]], dtype=float32)
    """
    with name_scope(name, "resize", [images, size]):
        images = convert_to_tensor(images, name="images")
        if images.shape.rank is None:
            raise ValueError("images must have a known rank; set it with set_shape")
        batch, undo = as_batch(images)
        size = _checked_size(size)
        if preserve_aspect_ratio:
            size = _proportional_size(batch, size)
        known = _known_pair(size)
        resizer = _resizer(method)
        if None not in known and known == batch.shape.as_list()[1:3]:
            return undo(batch)
        resized = resizer(batch, size, align_corners)
        resized.set_shape([None, *known, None])
        return undo(resized)


resize = resize_images


def _checked_size(size: Any) -> Tensor:
    try:
        size = convert_to_tensor(size, dtype=int32, name="size")
    except (TypeError, ValueError) as error:
        raise ValueError(f"size must be an int32 vector [height, width]: {error}") from error
    if not size.shape.is_compatible_with([2]):
        raise ValueError(f"size must be a vector [height, width], its shape is {size.shape}")
    return size  # type: ignore[no-any-return]


def _known_pair(size: Tensor) -> list[int | None]:
    value = size.constant_value()
    if value is not None:
        return [int(item) for item in value]
    partial = size.partial_value()
    return list(partial) if isinstance(partial, tuple) else [None, None]


def _proportional_size(batch: Tensor, size: Tensor) -> Tensor:
    """The largest size within `size` with the proportions of the images."""
    current = [ops.cast(item, float32) for item in sizes_of(batch)[1:3]]
    limits = [ops.cast(size[axis], float32) for axis in range(2)]
    ratios = [ops.divide(limit, now) for limit, now in zip(limits, current, strict=True)]
    scale = ops.minimum(*ratios)
    scaled: list[Any] = [ops.cast(ops.round(ops.multiply(scale, item)), int32) for item in current]
    known = [item.constant_value() for item in scaled]
    pairs = zip(known, scaled, strict=True)
    return convert_to_tensor([item if n is None else int(n) for n, item in pairs])


def resize_image_with_pad(
    image: Any,
    target_height: Any,
    target_width: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
) -> Tensor:
    """Resize images to what fits into a size, and fill it up with zeros on both sides alike.

    Args:
      image: real [height, width, channels] or [batch, height, width, channels].
      target_height: the new height; an int or int32 scalar.
      target_width: the new width; an int or int32 scalar.
      method: one of `tf.image.ResizeMethod`.
      align_corners: whether the centres of the corner pixels stay where they are.

    Returns:
      The images, not distorted.

    Raises:
      ValueError: the image is neither of 3 nor of 4 axes, or a target is not positive; an
        `InvalidArgumentError` in the run where only that shows it.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 3.0, 5.0, 7.0], [1, 4, 1])
    >>> tf.Session().run(tf.image.resize_image_with_pad(image, 3, 4))[..., 0]
    array([[0., 0., 0., 0.],
           [1., 3., 5., 7.],
           [0., 0., 0., 0.]], dtype=float32)
    """
    with name_scope(None, "resize_image_with_pad", [image]):
        batch, undo = as_batch(checked_image(image))
        checks = [
            *require(target_width > 0, "target_width must be positive"),
            *require(target_height > 0, "target_height must be positive"),
        ]
        batch = ops.with_dependencies(checks, batch) if checks else batch
        current: list[Any] = [ops.cast(item, float32) for item in sizes_of(batch)[1:3]]
        targets: list[Any] = [ops.cast(item, float32) for item in (target_height, target_width)]
        ratio = ops.maximum(current[1] / targets[1], current[0] / targets[0])
        fitting = [now / ratio for now in current]
        size = [ops.cast(ops.floor(item), int32) for item in fitting]
        margins = [
            ops.maximum(0, ops.cast(ops.floor((target - item) / 2), int32))
            for target, item in zip(targets, fitting, strict=True)
        ]
        resized = resize_images(batch, ops.stack(size), method, align_corners)
        above, left = [_int_if_known(margin) for margin in margins]
        return undo(ops.pad_to_bounding_box(resized, above, left, target_height, target_width))


def _int_if_known(tensor: Tensor) -> Any:
    value = tensor.constant_value()
    return tensor if value is None else int(value)
