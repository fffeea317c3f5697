"""Images mirrored and turned."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.ops._image import check_rank, checked_image

__all__ = [
    "flip_left_right",
    "flip_up_down",
    "random_flip_left_right",
    "random_flip_up_down",
    "rot90",
    "transpose_image",
]

_HEIGHT, _WIDTH = -3, -2


def flip_left_right(image: Any) -> Tensor:
    """Mirror images: left and right change places.

    Args:
      image: [height, width, channels] or [batch, height, width, channels] of any dtype.

    Returns:
      The mirrored images.

    Raises:
      ValueError: the image is neither of 3 nor of 4 axes.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 2, 3, 4, 5, 6], [2, 3, 1])
    >>> tf.Session().run(tf.image.flip_left_right(image))[..., 0]
    array([[3, 2, 1],
           [6, 5, 4]], dtype=int32)
    """
    return _flip(image, _WIDTH, "flip_left_right")


def flip_up_down(image: Any) -> Tensor:
    """Turn images upside down, by mirroring them.

    Args:
      image: [height, width, channels] or [batch, height, width, channels] of any dtype.

    Returns:
      The mirrored images.

    Raises:
      ValueError: the image is neither of 3 nor of 4 axes.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 2, 3, 4, 5, 6], [2, 3, 1])
    >>> tf.Session().run(tf.image.flip_up_down(image))[..., 0]
    array([[4, 5, 6],
           [1, 2, 3]], dtype=int32)
    """
    return _flip(image, _HEIGHT, "flip_up_down")


def _flip(image: Any, axis: int, scope: str) -> Tensor:
    with name_scope(None, scope, [image]):
        return _mirrored(_image(image), axis)


def _image(image: Any) -> Tensor:
    """An image, with three axes if nothing is known of them."""
    image = checked_image(image)
    check_rank(image)
    if image.shape.rank is None:
        image = ops.identity(image)
        image.set_shape([None] * 3)
    return image  # type: ignore[no-any-return]


def _mirrored(image: Tensor, axis: int) -> Tensor:
    mirrored = ops.reverse(image, [axis + len(image.shape)])
    mirrored.set_shape(image.shape)
    return mirrored


def random_flip_left_right(image: Any, seed: int | None = None) -> Tensor:
    """Mirror images with probability 1/2, each image of a batch by itself.

    Args:
      image: [height, width, channels] or [batch, height, width, channels] of any dtype.
      seed: the seed of the random numbers, see `tf.set_random_seed`.

    Returns:
      The images, each as it is or with left and right exchanged.

    Raises:
      ValueError: the image is neither of 3 nor of 4 axes.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 2, 3], [1, 3, 1])
    >>> with tf.Session() as session:
    ...     flipped = tf.image.random_flip_left_right(image, seed=5)
    ...     sorted({session.run(flipped).ravel().tolist()[0] for _ in range(20)})
    [1, 3]
    """
    return _random_flip(image, _WIDTH, seed, "random_flip_left_right")


def random_flip_up_down(image: Any, seed: int | None = None) -> Tensor:
    """Mirror images upside down with probability 1/2, each image of a batch by itself.

    Args:
      image: [height, width, channels] or [batch, height, width, channels] of any dtype.
      seed: the seed of the random numbers, see `tf.set_random_seed`.

    Returns:
      The images, each as it is or upside down.

    Raises:
      ValueError: the image is neither of 3 nor of 4 axes.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 2, 3], [3, 1, 1])
    >>> with tf.Session() as session:
    ...     flipped = tf.image.random_flip_up_down(image, seed=5)
    ...     sorted({session.run(flipped).ravel().tolist()[0] for _ in range(20)})
    [1, 3]
    """
    return _random_flip(image, _HEIGHT, seed, "random_flip_up_down")


def _random_flip(image: Any, axis: int, seed: int | None, scope: str) -> Tensor:
    with name_scope(None, scope, [image]) as name:
        image = _image(image)
        if image.shape.rank == 3:
            is_flipped = ops.less(ops.random_uniform([], 0, 1.0, seed=seed), 0.5)
        else:
            count = ops.shape(image)[0]
            is_flipped = ops.greater(ops.random_uniform([count], 0, 1.0, seed=seed), 0.5)
        result = ops.where(is_flipped, _mirrored(image, axis), image, name=name)
        result.set_shape(image.shape)
        return result


def transpose_image(image: Any, name: str | None = None) -> Tensor:
    """Mirror images at the diagonal: height and width change places.

    Args:
      image: [height, width, channels] or [batch, height, width, channels] of any dtype.
      name: name scope of the operations.

    Returns:
      The images with rows and columns exchanged.

    Raises:
      ValueError: the image is neither of 3 nor of 4 axes.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 2, 3, 4, 5, 6], [2, 3, 1])
    >>> tf.Session().run(tf.image.transpose(image))[..., 0]
    array([[1, 4],
           [2, 5],
           [3, 6]], dtype=int32)
    """
    with name_scope(name, "transpose", [image]):
        image = _image(image)
        return ops.transpose(image, _SWAPPED[image.shape.rank], name=name)


_SWAPPED = {3: [1, 0, 2], 4: [0, 2, 1, 3]}


def rot90(image: Any, k: Any = 1, name: str | None = None) -> Tensor:
    """Turn images by quarters, counter-clockwise.

    Args:
      image: [height, width, channels] or [batch, height, width, channels] of any dtype.
      k: the number of quarter turns, an int or int32 scalar, also negative.
      name: name scope of the operations.

    Returns:
      The turned images.

    Raises:
      ValueError: the image is neither of 3 nor of 4 axes, or `k` is no scalar.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 2, 3, 4, 5, 6], [2, 3, 1])
    >>> tf.Session().run(tf.image.rot90(image))[..., 0]
    array([[3, 6],
           [2, 5],
           [1, 4]], dtype=int32)
    """
    with name_scope(name, "rot90", [image, k]) as scope:
        image = _image(image)
        turns = ops.floormod(convert_to_tensor(k, dtype=int32, name="k"), 4)
        turns.set_shape([])
        known = turns.constant_value()
        if known is None:
            return _turned(image, turns, scope)
        return _turned_by(image, int(known), scope)


def _turned_by(image: Tensor, turns: int, scope: str) -> Tensor:
    if turns % 2:
        image = ops.transpose(image, _SWAPPED[image.shape.rank])  # type: ignore[index]
    rank = len(image.shape)
    axes = {0: [], 1: [_HEIGHT], 2: [_HEIGHT, _WIDTH], 3: [_WIDTH]}[turns]
    return ops.reverse(image, convert_to_tensor([rank + a for a in axes], int32), name=scope)


def _turned(image: Tensor, turns: Any, scope: str) -> Tensor:
    """Turn by a number of quarters that only the run knows."""
    rank = len(image.shape)
    swapped: Any = ops.constant(_SWAPPED[rank], int32)
    order = ops.where(ops.equal(turns % 2, 1), swapped, ops.range(rank))
    is_mirrored = ops.stack([ops.equal(turns, 1), ops.equal(turns, 3)])
    is_mirrored = ops.logical_or(is_mirrored, ops.equal(turns, 2))
    axes = ops.boolean_mask([rank + _HEIGHT, rank + _WIDTH], is_mirrored)
    turned = ops.reverse(ops.transpose(image, order), axes, name=scope)
    *lead, _, _, channels = image.shape.as_list()
    turned.set_shape([*lead, None, None, channels])
    return turned
