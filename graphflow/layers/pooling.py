"""Layers that pool sequences, images and volumes: the greatest or the mean of each window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorShape, as_shape
from graphflow.layers.arguments import (
    checked_channels,
    checked_padding,
    layout,
    output_length,
    per_axis,
)
from graphflow.layers.base import Layer
from graphflow.layers.input_spec import InputSpec


class Pooling(Layer):
    """Base of layers that pool; `rank` is the number of spatial axes.

    Args:
      pool_size: the size of the windows along each spatial axis, or one for all.
      strides: the distance between neighbouring windows, likewise.
      padding: `valid` or `same`.
      data_format: `channels_last` or `channels_first`.
      name: its name.
      **kwargs: as for `Layer`.

    Raises:
      ValueError: an argument is malformed.
    """

    rank: ClassVar[int]
    pool_function: ClassVar[Callable[..., Tensor]]

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.pool_size = per_axis("pool_size", pool_size, self.rank)
        self.strides = per_axis("strides", pool_size if strides is None else strides, self.rank)
        self.padding = checked_padding(padding)
        self.data_format = checked_channels(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
        """Pool.

        Args:
          inputs: [batch, *sizes, channels], or with the channels first.
          *args: none.
          **kwargs: none.

        Returns:
          [batch, *sizes, channels], or with the channels first.
        """
        inputs = convert_to_tensor(inputs)
        is_last = self.data_format == "channels_last"
        if self.rank == 1:
            axis = 2 if is_last else 3
            images = ops.expand_dims(inputs, axis)
            return ops.squeeze(self._pooled(images, is_last, (1,)), [axis])
        if self.rank == 3 and not is_last:
            # TensorFlow's layers pool volumes with the channels last, whatever they get.
            pooled = self._pooled(ops.transpose(inputs, (0, 2, 3, 4, 1)), True)
            return ops.transpose(pooled, (0, 4, 1, 2, 3))
        return self._pooled(inputs, is_last)

    def _pooled(self, inputs: Tensor, is_last: bool, further: tuple[int, ...] = ()) -> Tensor:
        """Pool, with the channels last or first; `further` are sizes of further spatial axes."""
        sizes, steps = self.pool_size + further, self.strides + further
        return type(self).pool_function(
            inputs,
            [1, *sizes, 1] if is_last else [1, 1, *sizes],
            [1, *steps, 1] if is_last else [1, 1, *steps],
            self.padding.upper(),
            data_format=layout("channels_last" if is_last else "channels_first", len(sizes)),
        )

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the output for an input.

        Args:
          input_shape: the shape of the input.
        """
        dims = as_shape(input_shape).as_list()
        first = 1 if self.data_format == "channels_last" else 2
        for axis, (size, stride) in enumerate(zip(self.pool_size, self.strides, strict=True)):
            place = first + axis
            dims[place] = output_length(dims[place], size, self.padding, stride)
        return TensorShape(dims)


class MaxPooling1D(Pooling):
    """The greatest value of each window of sequences.

    The arguments are those of `tf.layers.max_pooling1d`.

    >>> import graphflow as tf
    >>> x = tf.reshape([1.0, 7.0, 3.0, 5.0], [1, 4, 1])
    >>> tf.Session().run(tf.layers.MaxPooling1D(2, 2)(x)).ravel()
    array([7., 5.], dtype=float32)
    """

    rank = 1
    pool_function = staticmethod(ops.max_pool)


class MaxPooling2D(Pooling):
    """The greatest value of each window of images.

    The arguments are those of `tf.layers.max_pooling2d`.

    >>> import graphflow as tf
    >>> tf.layers.MaxPooling2D([2, 3], 2)(tf.ones([1, 8, 9, 5])).shape.as_list()
    [1, 4, 4, 5]
    """

    rank = 2
    pool_function = staticmethod(ops.max_pool)


class MaxPooling3D(Pooling):
    """The greatest value of each window of volumes.

    The arguments are those of `tf.layers.max_pooling3d`.

    >>> import graphflow as tf
    >>> tf.layers.MaxPooling3D(2, 2)(tf.ones([1, 4, 6, 8, 5])).shape.as_list()
    [1, 2, 3, 4, 5]
    """

    rank = 3
    pool_function = staticmethod(ops.max_pool3d)


class AveragePooling1D(Pooling):
    """The mean of each window of sequences.

    The arguments are those of `tf.layers.average_pooling1d`.

    >>> import graphflow as tf
    >>> x = tf.reshape([1.0, 7.0, 3.0, 6.0], [1, 4, 1])
    >>> tf.Session().run(tf.layers.AveragePooling1D(2, 2)(x)).ravel()
    array([4. , 4.5], dtype=float32)
    """

    rank = 1
    pool_function = staticmethod(ops.avg_pool)


class AveragePooling2D(Pooling):
    """The mean of each window of images.

    The arguments are those of `tf.layers.average_pooling2d`.

    >>> import graphflow as tf
    >>> tf.layers.AveragePooling2D([2, 3], 2)(tf.ones([1, 8, 9, 5])).shape.as_list()
    [1, 4, 4, 5]
    """

    rank = 2
    pool_function = staticmethod(ops.avg_pool)


class AveragePooling3D(Pooling):
    """The mean of each window of volumes.

    The arguments are those of `tf.layers.average_pooling3d`.

    >>> import graphflow as tf
    >>> tf.layers.AveragePooling3D(2, 2)(tf.ones([1, 4, 6, 8, 5])).shape.as_list()
    [1, 2, 3, 4, 5]
    """

    rank = 3
    pool_function = staticmethod(ops.avg_pool3d)


def max_pooling1d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """Return the greatest value of each window of sequences.

    Args:
      inputs: [batch, width, channels], or with the channels first.
      pool_size: the size of the windows along each spatial axis, or one for all.
      strides: the distance between neighbouring windows, likewise.
      padding: `valid` or `same`.
      data_format: `channels_last` or `channels_first`.
      name: the name.

    Returns:
      [batch, width, channels], or with the channels first.

    Raises:
      ValueError: an argument is malformed.

    >>> import graphflow as tf
    >>> tf.layers.max_pooling1d(tf.ones([1, 8, 3]), 2, 2).shape.as_list()
    [1, 4, 3]
    """
    layer = MaxPooling1D(pool_size, strides, padding, data_format, name)
    return layer(inputs)  # type: ignore[no-any-return]


def max_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """Return the greatest value of each window of images.

    Args:
      inputs: [batch, height, width, channels], or with the channels first.
      pool_size: the size of the windows along each spatial axis, or one for all.
      strides: the distance between neighbouring windows, likewise.
      padding: `valid` or `same`.
      data_format: `channels_last` or `channels_first`.
      name: the name.

    Returns:
      [batch, height, width, channels], or with the channels first.

    Raises:
      ValueError: an argument is malformed.

    >>> import graphflow as tf
    >>> tf.layers.max_pooling2d(tf.ones([1, 8, 9, 3]), 2, 2).shape.as_list()
    [1, 4, 4, 3]
    """
    layer = MaxPooling2D(pool_size, strides, padding, data_format, name)
    return layer(inputs)  # type: ignore[no-any-return]


def max_pooling3d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """Return the greatest value of each window of volumes.

    Args:
      inputs: [batch, depth, height, width, channels], or with the channels first.
      pool_size: the size of the windows along each spatial axis, or one for all.
      strides: the distance between neighbouring windows, likewise.
      padding: `valid` or `same`.
      data_format: `channels_last` or `channels_first`.
      name: the name.

    Returns:
      [batch, depth, height, width, channels], or with the channels first.

    Raises:
      ValueError: an argument is malformed.

    >>> import graphflow as tf
    >>> tf.layers.max_pooling3d(tf.ones([1, 4, 6, 8, 3]), 2, 2).shape.as_list()
    [1, 2, 3, 4, 3]
    """
    layer = MaxPooling3D(pool_size, strides, padding, data_format, name)
    return layer(inputs)  # type: ignore[no-any-return]


def average_pooling1d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """Return the mean of each window of sequences.

    Args:
      inputs: [batch, width, channels], or with the channels first.
      pool_size: the size of the windows along each spatial axis, or one for all.
      strides: the distance between neighbouring windows, likewise.
      padding: `valid` or `same`.
      data_format: `channels_last` or `channels_first`.
      name: the name.

    Returns:
      [batch, width, channels], or with the channels first.

    Raises:
      ValueError: an argument is malformed.

    >>> import graphflow as tf
    >>> tf.layers.average_pooling1d(tf.ones([1, 8, 3]), 2, 2).shape.as_list()
    [1, 4, 3]
    """
    layer = AveragePooling1D(pool_size, strides, padding, data_format, name)
    return layer(inputs)  # type: ignore[no-any-return]


def average_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """Return the mean of each window of images.

    Args:
      inputs: [batch, height, width, channels], or with the channels first.
      pool_size: the size of the windows along each spatial axis, or one for all.
      strides: the distance between neighbouring windows, likewise.
      padding: `valid` or `same`.
      data_format: `channels_last` or `channels_first`.
      name: the name.

    Returns:
      [batch, height, width, channels], or with the channels first.

    Raises:
      ValueError: an argument is malformed.

    >>> import graphflow as tf
    >>> tf.layers.average_pooling2d(tf.ones([1, 8, 9, 3]), 2, 2).shape.as_list()
    [1, 4, 4, 3]
    """
    layer = AveragePooling2D(pool_size, strides, padding, data_format, name)
    return layer(inputs)  # type: ignore[no-any-return]


def average_pooling3d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """Return the mean of each window of volumes.

    Args:
      inputs: [batch, depth, height, width, channels], or with the channels first.
      pool_size: the size of the windows along each spatial axis, or one for all.
      strides: the distance between neighbouring windows, likewise.
      padding: `valid` or `same`.
      data_format: `channels_last` or `channels_first`.
      name: the name.

    Returns:
      [batch, depth, height, width, channels], or with the channels first.

    Raises:
      ValueError: an argument is malformed.

    >>> import graphflow as tf
    >>> tf.layers.average_pooling3d(tf.ones([1, 4, 6, 8, 3]), 2, 2).shape.as_list()
    [1, 2, 3, 4, 3]
    """
    layer = AveragePooling3D(pool_size, strides, padding, data_format, name)
    return layer(inputs)  # type: ignore[no-any-return]
