"""Layers that convolve sequences, images and volumes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.spec import TensorShape, as_shape
from graphflow.keras import activations, constraints, initializers, regularizers
from graphflow.layers.arguments import (
    channels_of,
    checked_channels,
    checked_padding,
    layout,
    output_length,
    per_axis,
)
from graphflow.layers.base import Layer
from graphflow.layers.input_spec import InputSpec
from graphflow.variables.initializers import Zeros


class Conv(Layer):
    """Base of layers that convolve; `rank` is the number of spatial axes.

    Args:
      filters: how many channels the output has.
      kernel_size: the size of the filters along each spatial axis, or one for all.
      strides: the distance between neighbouring places of the filters, likewise.
      padding: `valid` or `same`.
      data_format: `channels_last` or `channels_first`.
      dilation_rate: the distance between neighbouring taps of a filter; not with strides.
      activation: a function of tensors or the name of one, None for none.
      use_bias: whether to add a bias.
      kernel_initializer: initializer of the filters, None for that of the variable scope.
      bias_initializer: initializer of the bias.
      kernel_regularizer: a function of the filters whose value is a loss.
      bias_regularizer: the same for the bias.
      activity_regularizer: the same for the output.
      kernel_constraint: a function applied to the filters after an update of an optimizer.
      bias_constraint: the same for the bias.
      trainable: whether its variables are trained.
      name: its name.
      **kwargs: as for `Layer`.

    Raises:
      ValueError: an argument is malformed.
    """

    rank: ClassVar[int]
    _paddings: ClassVar[tuple[str, ...]] = ("valid", "same")

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = 1,
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
            trainable=trainable, name=name,
            activity_regularizer=regularizers.get(activity_regularizer), **kwargs,
        )  # fmt: skip
        self.filters = int(filters)
        self.kernel_size = per_axis("kernel_size", kernel_size, self.rank)
        self.strides = per_axis("strides", strides, self.rank)
        self.padding = checked_padding(padding, self._paddings)
        self.data_format = checked_channels(data_format)
        self.dilation_rate = per_axis("dilation_rate", dilation_rate, self.rank)
        self.activation = None if activation is None else activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer) or Zeros()
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.kernel: Any = None
        self.bias: Any = None
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def build(self, input_shape: Any) -> None:
        """Make filters and bias.

        Args:
          input_shape: the shape of the inputs.

        Raises:
          ValueError: the number of channels is not known.
        """
        axis, channels = channels_of(input_shape, self.data_format, self.name)
        self.kernel = self.add_weight(
            "kernel", self._kernel_shape(channels), initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer, constraint=self.kernel_constraint,
        )  # fmt: skip
        self._build_bias()
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        self.built = True

    def _kernel_shape(self, channels: int) -> list[int]:
        return [*self.kernel_size, channels, self.filters]

    def _build_bias(self) -> None:
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", [self.filters], initializer=self.bias_initializer,
                regularizer=self.bias_regularizer, constraint=self.bias_constraint,
            )  # fmt: skip

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
        """Convolve, add the bias, apply the activation.

        Args:
          inputs: float [batch, *sizes, channels], or with the channels first.
          *args: none.
          **kwargs: none.

        Returns:
          float [batch, *sizes, filters], or with the channels first.
        """
        return self._finished(self._convolved(convert_to_tensor(inputs)))

    def _convolved(self, inputs: Tensor) -> Tensor:
        convolve: Callable[..., Tensor] = (ops.conv1d, ops.conv2d, ops.conv3d)[self.rank - 1]
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"layer {self.name}: strides {self.strides} and dilation_rate "
                f"{self.dilation_rate} cannot both be more than 1{at_user_line()}"
            )
        form = layout(self.data_format, self.rank)
        steps, holes = (
            self._on_all_axes(values) if self.rank > 1 else values[0]
            for values in (self.strides, self.dilation_rate)
        )
        padding = "VALID" if self.padding == "causal" else self.padding.upper()
        return convolve(inputs, self.kernel, steps, padding, data_format=form, dilations=holes)

    def _on_all_axes(self, values: tuple[int, ...]) -> list[int]:
        """Numbers of the spatial axes, with ones for batch and channels."""
        return [1, *values, 1] if self.data_format == "channels_last" else [1, 1, *values]

    def _finished(self, outputs: Tensor) -> Tensor:
        """Add bias and activation."""
        outputs = self._with_bias(outputs)
        return outputs if self.activation is None else self.activation(outputs)

    def _with_bias(self, outputs: Tensor) -> Tensor:
        if not self.use_bias:
            return outputs
        if self.data_format == "channels_last":
            return ops.bias_add(outputs, self.bias)
        if self.rank == 1:
            return outputs + ops.reshape(self.bias, [1, self.filters, 1])
        return ops.bias_add(outputs, self.bias, data_format="NCHW")

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the output for an input.

        Args:
          input_shape: the shape of the input.
        """
        dims = as_shape(input_shape).as_list()
        space = dims[1:-1] if self.data_format == "channels_last" else dims[2:]
        sizes = [
            output_length(size, kernel, self.padding, stride, dilation)
            for size, kernel, stride, dilation in zip(
                space, self.kernel_size, self.strides, self.dilation_rate, strict=True
            )
        ]
        return self._shape_of(dims[0], sizes)

    def _shape_of(self, batch: int | None, sizes: list[Any]) -> TensorShape:
        if self.data_format == "channels_last":
            return TensorShape([batch, *sizes, self.filters])
        return TensorShape([batch, self.filters, *sizes])


class Conv1D(Conv):
    """Convolves sequences; `padding="causal"` pads so that no output sees later inputs.

    The arguments are those of `tf.layers.conv1d`.

    >>> import graphflow as tf
    >>> layer = tf.layers.Conv1D(5, 3, padding="same")
    >>> layer(tf.ones([2, 8, 4])).shape.as_list()
    [2, 8, 5]
    """

    rank = 1
    _paddings = ("valid", "same", "causal")

    def _convolved(self, inputs: Tensor) -> Tensor:
        if self.padding == "causal":
            left = self.dilation_rate[0] * (self.kernel_size[0] - 1)
            ends = [[0, 0], [left, 0], [0, 0]]
            if self.data_format == "channels_first":
                ends = [[0, 0], [0, 0], [left, 0]]
            inputs = ops.pad(inputs, ends)
        return super()._convolved(inputs)


class Conv2D(Conv):
    """Convolves images.

    The arguments are those of `tf.layers.conv2d`.

    >>> import graphflow as tf
    >>> layer = tf.layers.Conv2D(6, [3, 5], strides=2)
    >>> layer(tf.ones([2, 9, 9, 4])).shape.as_list(), layer.kernel.shape.as_list()
    ([2, 4, 3, 6], [3, 5, 4, 6])
    """

    rank = 2


class Conv3D(Conv):
    """Convolves volumes.

    The arguments are those of `tf.layers.conv3d`.

    >>> import graphflow as tf
    >>> tf.layers.Conv3D(5, 2)(tf.ones([1, 4, 5, 6, 3])).shape.as_list()
    [1, 3, 4, 5, 5]
    """

    rank = 3
