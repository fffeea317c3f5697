"""Layers that convolve each channel by itself and then mix the channels."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.keras import constraints, initializers, regularizers
from graphflow.layers.arguments import channels_of, layout
from graphflow.layers.convolutional import Conv
from graphflow.layers.input_spec import InputSpec


class _SeparableConv(Conv):
    """Base of layers that convolve each channel by itself and then mix the channels."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        bias_initializer: Any = None,
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, activation,
            use_bias, None, bias_initializer, None, bias_regularizer, activity_regularizer, None,
            bias_constraint, trainable, name, **kwargs,
        )  # fmt: skip
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_constraint = constraints.get(pointwise_constraint)
        self.depthwise_kernel: Any = None
        self.pointwise_kernel: Any = None

    def build(self, input_shape: Any) -> None:
        """Make both kinds of filters, and the bias.

        Args:
          input_shape: the shape of the inputs.

        Raises:
          ValueError: the number of channels is not known.
        """
        axis, channels = channels_of(input_shape, self.data_format, self.name)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel", [*self.kernel_size, channels, self.depth_multiplier],
            initializer=self.depthwise_initializer, regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )  # fmt: skip
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel", [1] * self.rank + [self.depth_multiplier * channels, self.filters],
            initializer=self.pointwise_initializer, regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )  # fmt: skip
        self._build_bias()
        self.built = True


class SeparableConv1D(_SeparableConv):
    """Convolves each channel of sequences by itself, then mixes the channels.

    The arguments are those of `tf.layers.separable_conv1d`.

    >>> import graphflow as tf
    >>> layer = tf.layers.SeparableConv1D(5, 3, depth_multiplier=2)
    >>> layer(tf.ones([1, 8, 4])).shape.as_list(), layer.pointwise_kernel.shape.as_list()
    ([1, 6, 5], [1, 8, 5])
    """

    rank = 1
    _paddings = ("valid", "same", "causal")

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
        """Convolve, add the bias, apply the activation.

        Args:
          inputs: float [batch, width, channels], or with the channels first.
          *args: none.
          **kwargs: none.

        Returns:
          float [batch, width, filters], or with the channels first.
        """
        inputs = convert_to_tensor(inputs)
        axis = 1 if self.data_format == "channels_last" else 2
        if self.padding == "causal":
            ends = [[0, 0], [0, 0], [0, 0]]
            ends[axis][0] = self.dilation_rate[0] * (self.kernel_size[0] - 1)
            inputs = ops.pad(inputs, ends)
        # A sequence is an image of one row, whose strides must be equal along both axes.
        outputs = ops.separable_conv2d(
            ops.expand_dims(inputs, axis),
            ops.expand_dims(self.depthwise_kernel, 0),
            ops.expand_dims(self.pointwise_kernel, 0),
            self._on_all_axes(self.strides * 2),
            "SAME" if self.padding == "same" else "VALID",
            rate=(1, *self.dilation_rate),
            data_format=layout(self.data_format, 2),
        )
        if self.use_bias:
            form = "NHWC" if self.data_format == "channels_last" else "NCHW"
            outputs = ops.bias_add(outputs, self.bias, data_format=form)
        outputs = ops.squeeze(outputs, [axis])
        return outputs if self.activation is None else self.activation(outputs)


class SeparableConv2D(_SeparableConv):
    """Convolves each channel of images by itself, then mixes the channels.

    The arguments are those of `tf.layers.separable_conv2d`.

    >>> import graphflow as tf
    >>> layer = tf.layers.SeparableConv2D(5, 3, padding="same")
    >>> layer(tf.ones([1, 8, 9, 4])).shape.as_list()
    [1, 8, 9, 5]
    """

    rank = 2

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
        """Convolve, add the bias, apply the activation.

        Args:
          inputs: float [batch, height, width, channels], or with the channels first.
          *args: none.
          **kwargs: none.

        Returns:
          float [batch, height, width, filters], or with the channels first.
        """
        outputs = ops.separable_conv2d(
            inputs, self.depthwise_kernel, self.pointwise_kernel, self._on_all_axes(self.strides),
            self.padding.upper(), rate=self.dilation_rate, data_format=layout(self.data_format, 2),
        )  # fmt: skip
        return self._finished(outputs)
