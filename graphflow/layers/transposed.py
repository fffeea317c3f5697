"""Layers that apply the transpose of a convolution: they make images and volumes larger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorShape, as_shape
from graphflow.layers.arguments import layout, transposed_length
from graphflow.layers.convolutional import Conv


class _Transposed(Conv):
    """Base of layers that apply the transpose of a convolution."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters, kernel_size, strides, padding, data_format, 1, activation, use_bias,
            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            activity_regularizer, kernel_constraint, bias_constraint, trainable, name, **kwargs,
        )  # fmt: skip

    def _kernel_shape(self, channels: int) -> list[int]:
        return [*self.kernel_size, self.filters, channels]

    def _convolved(self, inputs: Tensor) -> Tensor:
        transpose: Callable[..., Tensor]
        transpose = ops.conv2d_transpose if self.rank == 2 else ops.conv3d_transpose
        shape = ops.shape(inputs)
        first = 1 if self.data_format == "channels_last" else 2
        sizes = self._lengths([shape[first + axis] for axis in range(self.rank)])
        wanted = [shape[0], *sizes, self.filters]
        if self.data_format == "channels_first":
            wanted = [shape[0], self.filters, *sizes]
        outputs = transpose(
            inputs, self.kernel, ops.stack(wanted), self._on_all_axes(self.strides),
            self.padding.upper(), layout(self.data_format, self.rank),
        )  # fmt: skip
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs

    def _lengths(self, lengths: list[Any]) -> list[Any]:
        return [
            None if length is None else transposed_length(length, size, self.padding, stride)
            for length, size, stride in zip(lengths, self.kernel_size, self.strides, strict=True)
        ]

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the output for an input.

        Args:
          input_shape: the shape of the input.
        """
        dims = as_shape(input_shape).as_list()
        space = dims[1:-1] if self.data_format == "channels_last" else dims[2:]
        return self._shape_of(dims[0], self._lengths(space))


class Conv2DTranspose(_Transposed):
    """Applies the transpose of a convolution to images.

    The arguments are those of `tf.layers.conv2d_transpose`.

    >>> import graphflow as tf
    >>> layer = tf.layers.Conv2DTranspose(5, 3, strides=2)
    >>> layer(tf.ones([1, 4, 6, 3])).shape.as_list(), layer.kernel.shape.as_list()
    ([1, 9, 13, 5], [3, 3, 5, 3])
    """

    rank = 2


class Conv3DTranspose(_Transposed):
    """Applies the transpose of a convolution to volumes.

    The arguments are those of `tf.layers.conv3d_transpose`.

    >>> import graphflow as tf
    >>> layer = tf.layers.Conv3DTranspose(5, 2, strides=2, padding="same")
    >>> layer(tf.ones([1, 4, 5, 6, 3])).shape.as_list()
    [1, 8, 10, 12, 5]
    """

    rank = 3
