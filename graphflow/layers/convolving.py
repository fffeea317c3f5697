"""Layers that convolve, as functions."""

from __future__ import annotations

from typing import Any

from graphflow.core.graph import Tensor
from graphflow.layers.convolutional import Conv1D, Conv2D, Conv3D
from graphflow.layers.separable import SeparableConv1D, SeparableConv2D
from graphflow.layers.transposed import Conv2DTranspose, Conv3DTranspose


def conv1d(
    inputs: Any,
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
    reuse: Any = None,
) -> Tensor:
    """Convolve sequences with new variables or shared ones.

    Args:
      inputs: float [batch, width, channels], or with the channels first.
      filters: how many channels the output has.
      kernel_size: the size of the filters along each spatial axis, or one for all.
      strides: the distance between neighbouring places of the filters, likewise.
      padding: `valid`, `same`, or `causal`, which lets no output see later inputs.
      data_format: `channels_last` or `channels_first`.
      dilation_rate: the distance between neighbouring taps of a filter; not with strides.
      activation: a function of tensors or the name of one, None for none.
      use_bias: whether to add a bias.
      kernel_initializer: initializer of the filters, None for that of the variable scope.
      bias_initializer: initializer of the bias, zeros by default.
      kernel_regularizer: a function of the filters whose value is a loss.
      bias_regularizer: a function of the bias whose value is a loss.
      activity_regularizer: a function of the output whose value is a loss.
      kernel_constraint: a function applied to the filters after an update of an optimizer.
      bias_constraint: the same for the bias.
      trainable: whether the variables are trained.
      name: the name, and the variable scope.
      reuse: whether to share the variables of a former layer of that name.

    Returns:
      float [batch, width, filters], or with the channels first.

    Raises:
      ValueError: an argument is malformed, or the number of channels is not known.

    >>> import graphflow as tf
    >>> tf.layers.conv1d(tf.ones([2, 8, 3]), 5, 3).shape.as_list()
    [2, 6, 5]
    """
    layer = Conv1D(
        filters, kernel_size, strides, padding, data_format, dilation_rate, activation,
        use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint, trainable, name, _scope=name,
        _reuse=reuse,
    )  # fmt: skip
    return layer(inputs)  # type: ignore[no-any-return]


def conv2d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1),
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
    reuse: Any = None,
) -> Tensor:
    """Convolve images with new variables or shared ones.

    Args:
      inputs: float [batch, height, width, channels], or with the channels first.
      filters: how many channels the output has.
      kernel_size: the size of the filters along each spatial axis, or one for all.
      strides: the distance between neighbouring places of the filters, likewise.
      padding: `valid` or `same`.
      data_format: `channels_last` or `channels_first`.
      dilation_rate: the distance between neighbouring taps of a filter; not with strides.
      activation: a function of tensors or the name of one, None for none.
      use_bias: whether to add a bias.
      kernel_initializer: initializer of the filters, None for that of the variable scope.
      bias_initializer: initializer of the bias, zeros by default.
      kernel_regularizer: a function of the filters whose value is a loss.
      bias_regularizer: a function of the bias whose value is a loss.
      activity_regularizer: a function of the output whose value is a loss.
      kernel_constraint: a function applied to the filters after an update of an optimizer.
      bias_constraint: the same for the bias.
      trainable: whether the variables are trained.
      name: the name, and the variable scope.
      reuse: whether to share the variables of a former layer of that name.

    Returns:
      float [batch, height, width, filters], or with the channels first.

    Raises:
      ValueError: an argument is malformed, or the number of channels is not known.

    >>> import graphflow as tf
    >>> y = tf.layers.conv2d(tf.ones([2, 8, 9, 3]), 5, 3, activation=tf.nn.relu, name="hidden")
    >>> y.name, y.shape.as_list(), [v.name for v in tf.trainable_variables()]
    ('hidden/Relu:0', [2, 6, 7, 5], ['hidden/kernel:0', 'hidden/bias:0'])
    """
    layer = Conv2D(
        filters, kernel_size, strides, padding, data_format, dilation_rate, activation,
        use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint, trainable, name, _scope=name,
        _reuse=reuse,
    )  # fmt: skip
    return layer(inputs)  # type: ignore[no-any-return]


def conv3d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1, 1),
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
    reuse: Any = None,
) -> Tensor:
    """Convolve volumes with new variables or shared ones.

    Args:
      inputs: float [batch, depth, height, width, channels], or with the channels first.
      filters: how many channels the output has.
      kernel_size: the size of the filters along each spatial axis, or one for all.
      strides: the distance between neighbouring places of the filters, likewise.
      padding: `valid` or `same`.
      data_format: `channels_last` or `channels_first`.
      dilation_rate: the distance between neighbouring taps of a filter; not with strides.
      activation: a function of tensors or the name of one, None for none.
      use_bias: whether to add a bias.
      kernel_initializer: initializer of the filters, None for that of the variable scope.
      bias_initializer: initializer of the bias, zeros by default.
      kernel_regularizer: a function of the filters whose value is a loss.
      bias_regularizer: a function of the bias whose value is a loss.
      activity_regularizer: a function of the output whose value is a loss.
      kernel_constraint: a function applied to the filters after an update of an optimizer.
      bias_constraint: the same for the bias.
      trainable: whether the variables are trained.
      name: the name, and the variable scope.
      reuse: whether to share the variables of a former layer of that name.

    Returns:
      float [batch, depth, height, width, filters], or with the channels first.

    Raises:
      ValueError: an argument is malformed, or the number of channels is not known.

    >>> import graphflow as tf
    >>> tf.layers.conv3d(tf.ones([2, 4, 5, 6, 3]), 5, 2).shape.as_list()
    [2, 3, 4, 5, 5]
    """
    layer = Conv3D(
        filters, kernel_size, strides, padding, data_format, dilation_rate, activation,
        use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint, trainable, name, _scope=name,
        _reuse=reuse,
    )  # fmt: skip
    return layer(inputs)  # type: ignore[no-any-return]


def separable_conv1d(
    inputs: Any,
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
    reuse: Any = None,
) -> Tensor:
    """Convolve each channel of sequences by itself, then mix the channels.

    Args:
      inputs: float [batch, width, channels], or with the channels first.
      filters: how many channels the output has.
      kernel_size: the size of the filters along each spatial axis, or one for all.
      strides: the distance between neighbouring places of the filters, likewise.
      padding: `valid`, `same`, or `causal`, which lets no output see later inputs.
      data_format: `channels_last` or `channels_first`.
      dilation_rate: the distance between neighbouring taps of a filter; not with strides.
      depth_multiplier: how many channels the first step makes of each.
      activation: a function of tensors or the name of one, None for none.
      use_bias: whether to add a bias.
      depthwise_initializer: initializer of the filters of each channel, None for that of the scope.
      pointwise_initializer: initializer of the weights that mix, None for that of the scope.
      bias_initializer: initializer of the bias, zeros by default.
      depthwise_regularizer: a function of the filters of each channel whose value is a loss.
      pointwise_regularizer: a function of the weights that mix whose value is a loss.
      bias_regularizer: a function of the bias whose value is a loss.
      activity_regularizer: a function of the output whose value is a loss.
      depthwise_constraint: a function applied to the filters of each channel after an update.
      pointwise_constraint: the same for the weights that mix.
      bias_constraint: the same for the bias.
      trainable: whether the variables are trained.
      name: the name, and the variable scope.
      reuse: whether to share the variables of a former layer of that name.

    Returns:
      float [batch, width, filters], or with the channels first.

    Raises:
      ValueError: an argument is malformed, or the number of channels is not known.

    >>> import graphflow as tf
    >>> tf.layers.separable_conv1d(tf.ones([2, 8, 3]), 5, 3).shape.as_list()
    [2, 6, 5]
    """
    layer = SeparableConv1D(
        filters, kernel_size, strides, padding, data_format, dilation_rate, depth_multiplier,
        activation, use_bias, depthwise_initializer, pointwise_initializer, bias_initializer,
        depthwise_regularizer, pointwise_regularizer, bias_regularizer, activity_regularizer,
        depthwise_constraint, pointwise_constraint, bias_constraint, trainable, name,
        _scope=name, _reuse=reuse,
    )  # fmt: skip
    return layer(inputs)  # type: ignore[no-any-return]


def separable_conv2d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1),
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
    reuse: Any = None,
) -> Tensor:
    """Convolve each channel of images by itself, then mix the channels.

    Args:
      inputs: float [batch, height, width, channels], or with the channels first.
      filters: how many channels the output has.
      kernel_size: the size of the filters along each spatial axis, or one for all.
      strides: the distance between neighbouring places of the filters, likewise.
      padding: `valid` or `same`.
      data_format: `channels_last` or `channels_first`.
      dilation_rate: the distance between neighbouring taps of a filter; not with strides.
      depth_multiplier: how many channels the first step makes of each.
      activation: a function of tensors or the name of one, None for none.
      use_bias: whether to add a bias.
      depthwise_initializer: initializer of the filters of each channel, None for that of the scope.
      pointwise_initializer: initializer of the weights that mix, None for that of the scope.
      bias_initializer: initializer of the bias, zeros by default.
      depthwise_regularizer: a function of the filters of each channel whose value is a loss.
      pointwise_regularizer: a function of the weights that mix whose value is a loss.
      bias_regularizer: a function of the bias whose value is a loss.
      activity_regularizer: a function of the output whose value is a loss.
      depthwise_constraint: a function applied to the filters of each channel after an update.
      pointwise_constraint: the same for the weights that mix.
      bias_constraint: the same for the bias.
      trainable: whether the variables are trained.
      name: the name, and the variable scope.
      reuse: whether to share the variables of a former layer of that name.

    Returns:
      float [batch, height, width, filters], or with the channels first.

    Raises:
      ValueError: an argument is malformed, or the number of channels is not known.

    >>> import graphflow as tf
    >>> tf.layers.separable_conv2d(tf.ones([2, 8, 9, 3]), 5, 3).shape.as_list()
    [2, 6, 7, 5]
    """
    layer = SeparableConv2D(
        filters, kernel_size, strides, padding, data_format, dilation_rate, depth_multiplier,
        activation, use_bias, depthwise_initializer, pointwise_initializer, bias_initializer,
        depthwise_regularizer, pointwise_regularizer, bias_regularizer, activity_regularizer,
        depthwise_constraint, pointwise_constraint, bias_constraint, trainable, name,
        _scope=name, _reuse=reuse,
    )  # fmt: skip
    return layer(inputs)  # type: ignore[no-any-return]


def conv2d_transpose(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
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
    reuse: Any = None,
) -> Tensor:
    """Apply the transpose of a convolution to images.

    Args:
      inputs: float [batch, height, width, channels], or with the channels first.
      filters: how many channels the output has.
      kernel_size: the size of the filters along each spatial axis, or one for all.
      strides: the distance between neighbouring places of the filters, likewise.
      padding: `valid` or `same`.
      data_format: `channels_last` or `channels_first`.
      activation: a function of tensors or the name of one, None for none.
      use_bias: whether to add a bias.
      kernel_initializer: initializer of the filters, None for that of the variable scope.
      bias_initializer: initializer of the bias, zeros by default.
      kernel_regularizer: a function of the filters whose value is a loss.
      bias_regularizer: a function of the bias whose value is a loss.
      activity_regularizer: a function of the output whose value is a loss.
      kernel_constraint: a function applied to the filters after an update of an optimizer.
      bias_constraint: the same for the bias.
      trainable: whether the variables are trained.
      name: the name, and the variable scope.
      reuse: whether to share the variables of a former layer of that name.

    Returns:
      float [batch, height, width, filters], or with the channels first.

    Raises:
      ValueError: an argument is malformed, or the number of channels is not known.

    >>> import graphflow as tf
    >>> tf.layers.conv2d_transpose(tf.ones([2, 4, 5, 3]), 6, 3, 2, "same").shape.as_list()
    [2, 8, 10, 6]
    """
    layer = Conv2DTranspose(
        filters, kernel_size, strides, padding, data_format, activation, use_bias,
        kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint, trainable, name, _scope=name,
        _reuse=reuse,
    )  # fmt: skip
    return layer(inputs)  # type: ignore[no-any-return]


def conv3d_transpose(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1, 1),
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
    reuse: Any = None,
) -> Tensor:
    """Apply the transpose of a convolution to volumes.

    Args:
      inputs: float [batch, depth, height, width, channels], or with the channels first.
      filters: how many channels the output has.
      kernel_size: the size of the filters along each spatial axis, or one for all.
      strides: the distance between neighbouring places of the filters, likewise.
      padding: `valid` or `same`.
      data_format: `channels_last` or `channels_first`.
      activation: a function of tensors or the name of one, None for none.
      use_bias: whether to add a bias.
      kernel_initializer: initializer of the filters, None for that of the variable scope.
      bias_initializer: initializer of the bias, zeros by default.
      kernel_regularizer: a function of the filters whose value is a loss.
      bias_regularizer: a function of the bias whose value is a loss.
      activity_regularizer: a function of the output whose value is a loss.
      kernel_constraint: a function applied to the filters after an update of an optimizer.
      bias_constraint: the same for the bias.
      trainable: whether the variables are trained.
      name: the name, and the variable scope.
      reuse: whether to share the variables of a former layer of that name.

    Returns:
      float [batch, depth, height, width, filters], or with the channels first.

    Raises:
      ValueError: an argument is malformed, or the number of channels is not known.

    >>> import graphflow as tf
    >>> tf.layers.conv3d_transpose(tf.ones([1, 2, 3, 4, 5]), 6, 2).shape.as_list()
    [1, 3, 4, 5, 6]
    """
    layer = Conv3DTranspose(
        filters, kernel_size, strides, padding, data_format, activation, use_bias,
        kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint, trainable, name, _scope=name,
        _reuse=reuse,
    )  # fmt: skip
    return layer(inputs)  # type: ignore[no-any-return]
