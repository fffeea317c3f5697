"""Layers that convolve sequences, images and volumes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import add_arg_scope
from graphflow.contrib.layers.initializers import DEFAULT_BIASES, DEFAULT_WEIGHTS
from graphflow.contrib.layers.scopes import layer_scope
from graphflow.contrib.layers.utils import n_positive_integers
from graphflow.contrib.layers.weighted import Weighted
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line

# The formats with channels last, by the number of axes to convolve along, and all that there are.
_CHANNELS_LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}
_FORMATS = (None, "NWC", "NCW", "NHWC", "NCHW", "NDHWC", "NCDHW")


@add_arg_scope
def convolution(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
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
    conv_dims: int | None = None,
) -> Tensor:
    """Convolve, add biases and apply the activation.

    Args:
      inputs: floating [batch, *sizes, channels] with 1 to 3 sizes, or NC....
      num_outputs: the number of channels of the output.
      kernel_size: the size of the filters along each axis, or one number for all.
      stride: the distance between windows, likewise.
      padding: "SAME" or "VALID".
      data_format: such as "NHWC" (channels last, the default) or "NCHW".
      rate: the distance between neighbouring taps of the filters; if it is more than 1, `stride`
        must be 1.
      activation_fn: a function of tensors, None for none.
      normalizer_fn: such as `batch_norm`; if it is given there are no biases.
      normalizer_params: further arguments of `normalizer_fn`.
      weights_initializer: initializer of the weights.
      weights_regularizer: a function of the weights whose value is a loss.
      biases_initializer: initializer of the biases, None for no biases.
      biases_regularizer: a function of the biases whose value is a loss.
      reuse: whether to share the variables of a former layer of that scope.
      variables_collections: collections for the variables, or a dictionary of those by name:
        "weights", "biases".
      outputs_collections: collections for the output.
      trainable: whether the variables are trained.
      scope: the variable scope, "Conv" by default.
      conv_dims: the number of axes to convolve along; by default what `inputs` has.

    Returns:
      [batch, *sizes, num_outputs], or NC....

    Raises:
      ValueError: rank or channels of `inputs` are not known or do not fit, or an argument is
        malformed.

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.conv2d(tf.ones([1, 5, 6, 3]), 4, [3, 2], stride=2)
    >>> y.name, y.shape.as_list(), [v.name for v in tf.model_variables()]
    ('Conv/Relu:0', [1, 3, 3, 4], ['Conv/weights:0', 'Conv/biases:0'])
    """
    if data_format not in _FORMATS:
        raise ValueError(f"there is no data_format {data_format!r}{at_user_line()}")
    with layer_scope(scope, "Conv", inputs, reuse) as opened:
        inputs = convert_to_tensor(inputs)
        spatial = _spatial_rank(inputs, conv_dims)
        data_format = data_format or _CHANNELS_LAST[spatial]
        layer = Weighted(
            inputs.dtype.base_dtype, trainable, biases_initializer, biases_regularizer,
            activation_fn, normalizer_fn, normalizer_params, variables_collections,
            outputs_collections,
        )  # fmt: skip
        kernel = n_positive_integers(spatial, kernel_size)
        weights = layer.variable(
            "weights", "kernel", [*kernel, known_channels(inputs, data_format), num_outputs],
            weights_initializer, weights_regularizer,
        )  # fmt: skip
        outputs = ops.convolution(
            inputs, weights, padding.upper(),
            strides=n_positive_integers(spatial, stride),
            dilation_rate=n_positive_integers(spatial, rate),
            data_format=data_format,
            name=f"Conv{spatial}D" if spatial > 1 else "conv1d",
        )  # fmt: skip
        return layer.finish(outputs, num_outputs, opened.name, data_format)


def _spatial_rank(inputs: Tensor, wanted: int | None) -> int:
    """The number of axes to convolve along."""
    rank = inputs.shape.ndims
    if wanted is not None and rank != wanted + 2:
        raise ValueError(
            f"inputs of rank {wanted + 2} are needed, their shape is {inputs.shape}{at_user_line()}"
        )
    if rank not in (3, 4, 5):
        raise ValueError(
            f"the rank of the inputs must be 3, 4 or 5, their shape is {inputs.shape}"
            f"{at_user_line()}"
        )
    return int(rank) - 2


def known_channels(inputs: Tensor, data_format: str) -> int:
    """Return the number of channels of inputs.

    Args:
      inputs: the inputs.
      data_format: such as "NHWC" or "NCHW".

    Raises:
      ValueError: it is not known.
    """
    size = inputs.shape.as_list()[1 if data_format.startswith("NC") else -1]
    if size is None:
        raise ValueError(
            f"the number of channels must be known, the shape of the inputs is {inputs.shape}"
            f"{at_user_line()}"
        )
    return int(size)


@add_arg_scope
def convolution1d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
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
    """Convolve sequences, add biases and apply the activation.

    Args:
      inputs: floating [batch, time, channels], or with "NCW" [batch, channels, time].
      num_outputs: the number of channels of the output.
      kernel_size: as for `convolution`.
      stride: as for `convolution`.
      padding: as for `convolution`.
      data_format: as for `convolution`.
      rate: as for `convolution`.
      activation_fn: as for `convolution`.
      normalizer_fn: as for `convolution`.
      normalizer_params: as for `convolution`.
      weights_initializer: as for `convolution`.
      weights_regularizer: as for `convolution`.
      biases_initializer: as for `convolution`.
      biases_regularizer: as for `convolution`.
      reuse: as for `convolution`.
      variables_collections: as for `convolution`.
      outputs_collections: as for `convolution`.
      trainable: as for `convolution`.
      scope: the variable scope, "Conv" by default.

    Returns:
      A tensor like `inputs`, with `num_outputs` channels.

    Raises:
      ValueError: as for `convolution`.

    >>> import graphflow as tf
    >>> tf.contrib.layers.conv1d(tf.ones([2, 7, 3]), 4, 3, padding="VALID").shape.as_list()
    [2, 5, 4]
    """
    return convolution(
        inputs, num_outputs, kernel_size, stride, padding, data_format, rate, activation_fn,
        normalizer_fn, normalizer_params, weights_initializer, weights_regularizer,
        biases_initializer, biases_regularizer, reuse, variables_collections, outputs_collections,
        trainable, scope, conv_dims=1,
    )  # fmt: skip


@add_arg_scope
def convolution2d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
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
    """Convolve images, add biases and apply the activation.

    Args:
      inputs: floating [batch, height, width, channels], or NCHW.
      num_outputs: the number of channels of the output.
      kernel_size: as for `convolution`.
      stride: as for `convolution`.
      padding: as for `convolution`.
      data_format: as for `convolution`.
      rate: as for `convolution`.
      activation_fn: as for `convolution`.
      normalizer_fn: as for `convolution`.
      normalizer_params: as for `convolution`.
      weights_initializer: as for `convolution`.
      weights_regularizer: as for `convolution`.
      biases_initializer: as for `convolution`.
      biases_regularizer: as for `convolution`.
      reuse: as for `convolution`.
      variables_collections: as for `convolution`.
      outputs_collections: as for `convolution`.
      trainable: as for `convolution`.
      scope: the variable scope, "Conv" by default.

    Returns:
      A tensor like `inputs`, with `num_outputs` channels.

    Raises:
      ValueError: as for `convolution`.

    >>> import graphflow as tf
    >>> tf.contrib.layers.conv2d(tf.ones([2, 7, 6, 3]), 4, 3, scope="c").name
    'c/Relu:0'
    """
    return convolution(
        inputs, num_outputs, kernel_size, stride, padding, data_format, rate, activation_fn,
        normalizer_fn, normalizer_params, weights_initializer, weights_regularizer,
        biases_initializer, biases_regularizer, reuse, variables_collections, outputs_collections,
        trainable, scope, conv_dims=2,
    )  # fmt: skip


@add_arg_scope
def convolution3d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
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
    """Convolve volumes, add biases and apply the activation.

    Args:
      inputs: floating [batch, depth, height, width, channels], or NCDHW.
      num_outputs: the number of channels of the output.
      kernel_size: as for `convolution`.
      stride: as for `convolution`.
      padding: as for `convolution`.
      data_format: as for `convolution`.
      rate: as for `convolution`.
      activation_fn: as for `convolution`.
      normalizer_fn: as for `convolution`.
      normalizer_params: as for `convolution`.
      weights_initializer: as for `convolution`.
      weights_regularizer: as for `convolution`.
      biases_initializer: as for `convolution`.
      biases_regularizer: as for `convolution`.
      reuse: as for `convolution`.
      variables_collections: as for `convolution`.
      outputs_collections: as for `convolution`.
      trainable: as for `convolution`.
      scope: the variable scope, "Conv" by default.

    Returns:
      A tensor like `inputs`, with `num_outputs` channels.

    Raises:
      ValueError: as for `convolution`.

    >>> import graphflow as tf
    >>> tf.contrib.layers.conv3d(tf.ones([2, 5, 7, 6, 3]), 4, 3, 2).shape.as_list()
    [2, 3, 4, 3, 4]
    """
    return convolution(
        inputs, num_outputs, kernel_size, stride, padding, data_format, rate, activation_fn,
        normalizer_fn, normalizer_params, weights_initializer, weights_regularizer,
        biases_initializer, biases_regularizer, reuse, variables_collections, outputs_collections,
        trainable, scope, conv_dims=3,
    )  # fmt: skip


conv1d = convolution1d
conv2d = convolution2d
conv3d = convolution3d
