"""Layers that convolve in other ways: transposed, in planes, channels and positions apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import add_arg_scope
from graphflow.contrib.layers.convolution import known_channels
from graphflow.contrib.layers.initializers import DEFAULT_BIASES, DEFAULT_WEIGHTS
from graphflow.contrib.layers.scopes import layer_scope
from graphflow.contrib.layers.utils import n_positive_integers, two_element_tuple
from graphflow.contrib.layers.weighted import Weighted
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line

# -- transposed ------------------------------------------------------------------------------------


@add_arg_scope
def convolution2d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    activation_fn: Callable[..., Any] | None = ops.relu,
    normalizer_fn: Callable[..., Any] | None = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = DEFAULT_WEIGHTS,
    weights_regularizer: Any = None,
    biases_initializer: Any = DEFAULT_BIASES,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """Apply the transpose of a convolution to images, add biases and apply the activation.

    Args:
      inputs: floating [batch, height, width, channels], or NCHW.
      num_outputs: the number of channels of the output.
      kernel_size: the size of the filters along each axis, or one number for all.
      stride: by how much the output is larger along each axis, or one number for all.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      activation_fn: a function of tensors, None for none.
      normalizer_fn: such as `batch_norm`; if it is given there are no biases.
      normalizer_params: further arguments of `normalizer_fn`.
      weights_initializer: initializer of the weights.
      weights_regularizer: a function of the weights whose value is a loss.
      biases_initializer: initializer of the biases, None for no biases.
      biases_regularizer: a function of the biases whose value is a loss.
      reuse: whether to share the variables of a former layer of that scope.
      variables_collections: collections for the variables, or a dictionary of those by name.
      outputs_collections: collections for the output.
      trainable: whether the variables are trained.
      scope: the variable scope, "Conv2d_transpose" by default.

    Returns:
      A tensor like `inputs`, larger by `stride`, with `num_outputs` channels.

    Raises:
      ValueError: the number of channels is not known, or an argument is malformed.

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.conv2d_transpose(tf.ones([1, 5, 6, 3]), 4, 3, stride=2)
    >>> y.name, y.shape.as_list(), [v.name for v in tf.model_variables()][:1]
    ('Conv2d_transpose/Relu:0', [1, 10, 12, 4], ['Conv2d_transpose/weights:0'])
    """
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError(f"data_format must be NHWC or NCHW, not {data_format!r}{at_user_line()}")
    with layer_scope(scope, "Conv2d_transpose", inputs, reuse) as opened:
        inputs = convert_to_tensor(inputs)
        layer = Weighted(
            inputs.dtype.base_dtype, trainable, biases_initializer, biases_regularizer,
            activation_fn, normalizer_fn, normalizer_params, variables_collections,
            outputs_collections,
        )  # fmt: skip
        kernel = n_positive_integers(2, kernel_size)
        weights = layer.variable(
            "weights", "kernel", [*kernel, num_outputs, known_channels(inputs, data_format)],
            weights_initializer, weights_regularizer,
        )  # fmt: skip
        outputs = _transposed(
            ops.conv2d_transpose, inputs, weights, kernel, n_positive_integers(2, stride),
            num_outputs, padding.upper(), data_format,
        )  # fmt: skip
        return layer.finish(outputs, num_outputs, opened.name, data_format)


@add_arg_scope
def convolution3d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NDHWC",
    activation_fn: Callable[..., Any] | None = ops.relu,
    normalizer_fn: Callable[..., Any] | None = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = DEFAULT_WEIGHTS,
    weights_regularizer: Any = None,
    biases_initializer: Any = DEFAULT_BIASES,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """Apply the transpose of a convolution to volumes, add biases and apply the activation.

    Args:
      inputs: floating [batch, depth, height, width, channels], or NCDHW.
      num_outputs: the number of channels of the output.
      kernel_size: the size of the filters along each axis, or one number for all.
      stride: by how much the output is larger along each axis, or one number for all.
      padding: "SAME" or "VALID".
      data_format: "NDHWC" or "NCDHW".
      activation_fn: a function of tensors, None for none.
      normalizer_fn: such as `batch_norm`; if it is given there are no biases.
      normalizer_params: further arguments of `normalizer_fn`.
      weights_initializer: initializer of the weights.
      weights_regularizer: a function of the weights whose value is a loss.
      biases_initializer: initializer of the biases, None for no biases.
      biases_regularizer: a function of the biases whose value is a loss.
      reuse: whether to share the variables of a former layer of that scope.
      variables_collections: collections for the variables, or a dictionary of those by name.
      outputs_collections: collections for the output.
      trainable: whether the variables are trained.
      scope: the variable scope, "Conv3d_transpose" by default.

    Returns:
      A tensor like `inputs`, larger by `stride`, with `num_outputs` channels.

    Raises:
      ValueError: the number of channels is not known, or an argument is malformed.
    """
    if data_format not in ("NDHWC", "NCDHW"):
        raise ValueError(f"data_format must be NDHWC or NCDHW, not {data_format!r}{at_user_line()}")
    with layer_scope(scope, "Conv3d_transpose", inputs, reuse) as opened:
        inputs = convert_to_tensor(inputs)
        layer = Weighted(
            inputs.dtype.base_dtype, trainable, biases_initializer, biases_regularizer,
            activation_fn, normalizer_fn, normalizer_params, variables_collections,
            outputs_collections,
        )  # fmt: skip
        kernel = n_positive_integers(3, kernel_size)
        weights = layer.variable(
            "weights", "kernel", [*kernel, num_outputs, known_channels(inputs, data_format)],
            weights_initializer, weights_regularizer,
        )  # fmt: skip
        outputs = _transposed(
            ops.conv3d_transpose, inputs, weights, kernel, n_positive_integers(3, stride),
            num_outputs, padding.upper(), data_format,
        )  # fmt: skip
        return layer.finish(outputs, num_outputs, opened.name, data_format)


def _transposed(
    transpose: Callable[..., Tensor],
    inputs: Tensor,
    weights: Any,
    kernel: Sequence[int],
    stride: Sequence[int],
    num_outputs: int,
    padding: str,
    data_format: str,
) -> Tensor:
    rank = len(data_format)
    first = 2 if data_format.startswith("NC") else 1
    channels_axis = 1 if first == 2 else rank - 1
    found = ops.shape(inputs)
    static: list[Any] = inputs.shape.with_rank(rank).as_list()
    dynamic: list[Any] = [found[i] if size is None else size for i, size in enumerate(static)]
    steps = [1] * rank
    for axis, (window, step) in enumerate(zip(kernel, stride, strict=True), start=first):
        # Without padding the last window reaches beyond the last step.
        extra = max(window - step, 0) if padding == "VALID" else 0
        dynamic[axis] = dynamic[axis] * step + extra
        static[axis] = None if static[axis] is None else static[axis] * step + extra
        steps[axis] = step
    static[channels_axis] = dynamic[channels_axis] = num_outputs
    outputs = transpose(inputs, weights, dynamic, steps, padding, data_format)
    outputs.set_shape(static)
    return outputs


# -- in planes, and channels apart from positions --------------------------------------------------


@add_arg_scope
def convolution2d_in_plane(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    activation_fn: Callable[..., Any] | None = ops.relu,
    normalizer_fn: Callable[..., Any] | None = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = DEFAULT_WEIGHTS,
    weights_regularizer: Any = None,
    biases_initializer: Any = DEFAULT_BIASES,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """Convolve each channel of images with one and the same filter.

    Args:
      inputs: floating [batch, height, width, channels].
      kernel_size: height and width of the filter, or one number for both.
      stride: the distance between windows, likewise.
      padding: "SAME" or "VALID".
      activation_fn: a function of tensors, None for none.
      normalizer_fn: such as `batch_norm`; if it is given there are no biases.
      normalizer_params: further arguments of `normalizer_fn`.
      weights_initializer: initializer of the weights.
      weights_regularizer: a function of the weights whose value is a loss.
      biases_initializer: initializer of the biases, None for no biases.
      biases_regularizer: a function of the biases whose value is a loss.
      reuse: whether to share the variables of a former layer of that scope.
      variables_collections: collections for the variables, or a dictionary of those by name.
      outputs_collections: collections for the output.
      trainable: whether the variables are trained.
      scope: the variable scope, "ConvInPlane" by default.

    Returns:
      Images with as many channels.

    Raises:
      ValueError: the number of channels is not known, or an argument is malformed.

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.conv2d_in_plane(tf.ones([1, 5, 6, 3]), [1, 2])
    >>> y.name, [v.shape.as_list() for v in tf.model_variables()]
    ('ConvInPlane/Relu:0', [[1, 2, 1, 1], [3]])
    """
    with layer_scope(scope, "ConvInPlane", inputs, reuse) as opened:
        inputs = convert_to_tensor(inputs)
        layer = Weighted(
            inputs.dtype.base_dtype, trainable, biases_initializer, biases_regularizer,
            activation_fn, normalizer_fn, normalizer_params, variables_collections,
            outputs_collections,
        )  # fmt: skip
        channels = known_channels(inputs, "NHWC")
        weights = layer.variable(
            "weights", "weights", [*two_element_tuple(kernel_size), 1, 1], weights_initializer,
            weights_regularizer,
        )  # fmt: skip
        steps = [1, *two_element_tuple(stride), 1]
        same = ops.tile(weights, [1, 1, channels, 1])
        outputs = ops.depthwise_conv2d(inputs, same, steps, padding.upper())
        return layer.finish(outputs, channels, opened.name)


@add_arg_scope
def separable_convolution2d(
    inputs: Any,
    num_outputs: int | None,
    kernel_size: Any,
    depth_multiplier: int = 1,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    rate: Any = 1,
    activation_fn: Callable[..., Any] | None = ops.relu,
    normalizer_fn: Callable[..., Any] | None = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = DEFAULT_WEIGHTS,
    pointwise_initializer: Any = None,
    weights_regularizer: Any = None,
    biases_initializer: Any = DEFAULT_BIASES,
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """Convolve each channel with filters of its own, then mix the channels of each position.

    Args:
      inputs: floating [batch, height, width, channels], or NCHW.
      num_outputs: the number of channels of the output; None not to mix the channels.
      kernel_size: height and width of the filters, or one number for both.
      depth_multiplier: the number of filters of each channel.
      stride: the distance between windows, or both distances.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      rate: the distance between neighbouring taps of the filters; if it is more than 1, `stride`
        must be 1.
      activation_fn: a function of tensors, None for none.
      normalizer_fn: such as `batch_norm`; if it is given there are no biases.
      normalizer_params: further arguments of `normalizer_fn`.
      weights_initializer: initializer of the weights.
      pointwise_initializer: initializer of the weights that mix, by default the same.
      weights_regularizer: a function of the weights whose value is a loss.
      biases_initializer: initializer of the biases, None for no biases.
      biases_regularizer: a function of the biases whose value is a loss.
      reuse: whether to share the variables of a former layer of that scope.
      variables_collections: collections for the variables, or a dictionary of those by name.
      outputs_collections: collections for the output.
      trainable: whether the variables are trained.
      scope: the variable scope, "SeparableConv2d" by default.

    Returns:
      Images with `num_outputs` channels, or `depth_multiplier` times as many.

    Raises:
      ValueError: the number of channels is not known, or an argument is malformed.

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.separable_conv2d(tf.ones([1, 5, 6, 3]), 4, 3, depth_multiplier=2)
    >>> [(v.op.name, v.shape.as_list()) for v in tf.model_variables()][:2]
    [('SeparableConv2d/depthwise_weights', [3, 3, 3, 2]),
     ('SeparableConv2d/pointwise_weights', [1, 1, 6, 4])]
    """
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError(f"data_format must be NHWC or NCHW, not {data_format!r}{at_user_line()}")
    with layer_scope(scope, "SeparableConv2d", inputs, reuse) as opened:
        inputs = convert_to_tensor(inputs)
        layer = Weighted(
            inputs.dtype.base_dtype, trainable, biases_initializer, biases_regularizer,
            activation_fn, normalizer_fn, normalizer_params, variables_collections,
            outputs_collections,
        )  # fmt: skip
        channels = known_channels(inputs, data_format)
        depthwise = layer.variable(
            "depthwise_weights", "depthwise_kernel",
            [*two_element_tuple(kernel_size), channels, depth_multiplier], weights_initializer,
            weights_regularizer,
        )  # fmt: skip
        height, width = two_element_tuple(stride)
        steps = [1, height, width, 1] if data_format == "NHWC" else [1, 1, height, width]
        holes = two_element_tuple(rate)
        if num_outputs is None:
            outputs = ops.depthwise_conv2d(
                inputs, depthwise, steps, padding.upper(), holes, data_format=data_format
            )
            return layer.finish(outputs, channels * depth_multiplier, opened.name, data_format)
        pointwise = layer.variable(
            "pointwise_weights", "pointwise_kernel",
            [1, 1, channels * depth_multiplier, num_outputs],
            weights_initializer if pointwise_initializer is None else pointwise_initializer,
            weights_regularizer,
        )  # fmt: skip
        outputs = ops.separable_conv2d(
            inputs, depthwise, pointwise, steps, padding.upper(), holes, data_format=data_format
        )
        return layer.finish(outputs, num_outputs, opened.name, data_format)


conv2d_transpose = convolution2d_transpose
conv3d_transpose = convolution3d_transpose
conv2d_in_plane = convolution2d_in_plane
separable_conv2d = separable_convolution2d
