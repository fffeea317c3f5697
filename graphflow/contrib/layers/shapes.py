"""Layers without weights, and layers made of layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import add_arg_scope
from graphflow.contrib.framework.variables import model_variable
from graphflow.contrib.layers.initializers import DEFAULT_BIASES
from graphflow.contrib.layers.utils import (
    collect_named_outputs,
    get_variable_collections,
    last_dimension,
    smart_cond,
)
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.variables.initializers import Constant, Ones
from graphflow.variables.scope import variable_scope


@add_arg_scope
def flatten(inputs: Any, outputs_collections: Any = None, scope: str | None = None) -> Tensor:
    """Flatten all axes but the first.

    Args:
      inputs: [batch, ...].
      outputs_collections: collections for the output.
      scope: name scope of the operations, "Flatten" by default.

    Returns:
      [batch, n].

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.flatten(tf.placeholder(tf.float32, [None, 4, 3]))
    >>> y.name, y.shape.as_list()
    ('Flatten/flatten/Reshape:0', [None, 12])
    """
    with name_scope(scope, "Flatten", [inputs]) as opened:
        inputs = convert_to_tensor(inputs)
        sizes = inputs.shape.as_tuple()
        if sizes is not None and not sizes:
            raise ValueError(f"a scalar cannot be flattened{at_user_line()}")
        with name_scope("flatten"):
            batch = ops.shape(inputs)[0] if sizes is None or sizes[0] is None else sizes[0]
            outputs = ops.reshape(inputs, [batch, -1])
        if sizes is not None:
            outputs.set_shape([sizes[0], inputs.shape[1:].num_elements()])
        return collect_named_outputs(outputs_collections, opened, outputs)  # type: ignore[no-any-return]


@add_arg_scope
def one_hot_encoding(
    labels: Any,
    num_classes: int,
    on_value: Any = 1.0,
    off_value: Any = 0.0,
    outputs_collections: Any = None,
    scope: str | None = None,
) -> Tensor:
    """Turn labels into vectors with one value that is on.

    Args:
      labels: int [batch].
      num_classes: the size of the vectors.
      on_value: the value at the label.
      off_value: the other values.
      outputs_collections: collections for the output.
      scope: name scope of the operations, "OneHotEncoding" by default.

    Returns:
      [batch, num_classes].

    >>> import graphflow as tf
    >>> tf.Session().run(tf.contrib.layers.one_hot_encoding([2, 0], 3))
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    with name_scope(scope, "OneHotEncoding", [labels, num_classes]) as opened:
        labels = convert_to_tensor(labels)
        if labels.dtype.base_dtype.name == "int32":
            labels = ops.cast(labels, "int64")
        outputs = ops.one_hot(labels, num_classes, on_value=on_value, off_value=off_value)
        return collect_named_outputs(outputs_collections, opened, outputs)  # type: ignore[no-any-return]


@add_arg_scope
def bias_add(
    inputs: Any,
    activation_fn: Callable[..., Any] | None = None,
    initializer: Any = DEFAULT_BIASES,
    regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Tensor:
    """Add a trained bias to each channel.

    Args:
      inputs: [batch, ..., channels], or with "NCHW" [batch, channels, height, width].
      activation_fn: a function of tensors, None for none.
      initializer: initializer of the biases.
      regularizer: a function of the biases whose value is a loss.
      reuse: whether to share the variables of a former layer of that scope.
      variables_collections: collections for the variable, or a dictionary of those by name.
      outputs_collections: collections for the output.
      trainable: whether the biases are trained.
      data_format: "NHWC" or "NCHW".
      scope: the variable scope, "BiasAdd" by default.

    Returns:
      A tensor like `inputs`.

    Raises:
      ValueError: `data_format` is none of these, or the number of channels is not known.

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.bias_add(tf.zeros([2, 3]), initializer=tf.constant_initializer(0.5))
    >>> y.name, tf.model_variables()[0].name
    ('BiasAdd/BiasAdd:0', 'BiasAdd/biases:0')
    """
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError(f"data_format must be NHWC or NCHW, not {data_format!r}{at_user_line()}")
    with variable_scope(scope, "BiasAdd", [inputs], reuse=reuse) as opened:
        inputs = convert_to_tensor(inputs)
        if data_format == "NCHW" and inputs.shape.ndims not in (4, None):
            raise ValueError(
                f"inputs in format NCHW have 4 axes, not shape {inputs.shape}{at_user_line()}"
            )
        axis = 1 if data_format == "NCHW" else -1
        channels = None if inputs.shape.ndims is None else inputs.shape.as_list()[axis]
        if channels is None:
            raise ValueError(
                f"the number of channels must be known, the shape of the inputs is {inputs.shape}"
                f"{at_user_line()}"
            )
        biases = model_variable(
            "biases",
            shape=[channels],
            dtype=inputs.dtype.base_dtype,
            initializer=initializer,
            regularizer=regularizer,
            collections=get_variable_collections(variables_collections, "biases"),
            trainable=trainable,
        )
        outputs: Any = ops.bias_add(inputs, biases, data_format=data_format)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, opened.name, outputs)  # type: ignore[no-any-return]


@add_arg_scope
def dropout(
    inputs: Any,
    keep_prob: Any = 0.5,
    noise_shape: Any = None,
    is_training: Any = True,
    outputs_collections: Any = None,
    scope: Any = None,
    seed: int | None = None,
) -> Tensor:
    """In training, set random elements to zero and scale the others up.

    Args:
      inputs: a floating tensor.
      keep_prob: the probability with which an element is kept, also a tensor.
      noise_shape: the shape of the choices, which broadcasts; by default each element has its own.
      is_training: True, False or a boolean tensor; outside training the inputs stay as they are.
      outputs_collections: collections for the output.
      scope: the variable scope, "Dropout" by default.
      seed: the random seed, see `tf.set_random_seed`.

    Returns:
      A tensor like `inputs`.

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.dropout(tf.ones([3]), is_training=False)
    >>> print(y.name, tf.Session().run(y))
    Dropout/Identity:0 [1. 1. 1.]
    """
    with variable_scope(scope, "Dropout", [inputs]) as opened:
        inputs = convert_to_tensor(inputs)
        # TensorFlow's layer opens a scope of this name first, which shows in the names after it.
        with name_scope(opened.name.rpartition("/")[2]):
            pass
        outputs = smart_cond(
            is_training,
            lambda: ops.dropout(inputs, noise_shape=noise_shape, seed=seed, rate=1 - keep_prob),
            lambda: ops.identity(inputs),
        )
        return collect_named_outputs(outputs_collections, opened.name, outputs)  # type: ignore[no-any-return]


@add_arg_scope
def softmax(logits: Any, scope: Any = None) -> Tensor:
    """Turn the logits along the last axis into probabilities.

    Args:
      logits: floating [..., n].
      scope: the variable scope, "softmax" by default.

    Returns:
      A tensor like `logits`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.contrib.layers.softmax([[[0.0, 0.0]]]))
    array([[[0.5, 0.5]]], dtype=float32)
    """
    with variable_scope(scope, "softmax", [logits]):
        logits = convert_to_tensor(logits)
        flat = ops.reshape(logits, [-1, last_dimension(logits.shape, min_rank=2)])
        outputs = ops.reshape(ops.softmax(flat), ops.shape(logits))
        outputs.set_shape(logits.shape)
        return outputs


def spatial_softmax(
    features: Any,
    temperature: Any = None,
    name: Any = None,
    variables_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
) -> Tensor:
    """Return for each channel the mean position, with the softmax of the channel as weights.

    Args:
      features: float32 [batch, height, width, channels], or NCHW.
      temperature: the first temperature of the softmax, 1 by default.
      name: the variable scope, "spatial_softmax" by default.
      variables_collections: collections for the temperature, or a dictionary of those by name.
      trainable: whether the temperature is trained.
      data_format: "NHWC" or "NCHW".

    Returns:
      float32 [batch, 2 * channels]: for each channel a row and a column, from -1 to 1.

    Raises:
      ValueError: `data_format` is none of these, or the number of channels is not known.

    >>> import graphflow as tf
    >>> image = tf.constant([[[[0.0], [0.0]], [[0.0], [100.0]]]])
    >>> keypoints = tf.contrib.layers.spatial_softmax(image)
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(keypoints)
    array([[1., 1.]], dtype=float32)
    """
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError(f"data_format must be NHWC or NCHW, not {data_format!r}{at_user_line()}")
    with variable_scope(name, "spatial_softmax"):
        features = convert_to_tensor(features)
        channels = features.shape.with_rank(4).as_list()[1 if data_format == "NCHW" else 3]
        if channels is None:
            raise ValueError(
                f"the number of channels must be known, the shape of the features is "
                f"{features.shape}{at_user_line()}"
            )
        with name_scope("spatial_softmax_op", "spatial_softmax_op", [features]):
            if data_format == "NHWC":
                features = ops.transpose(features, [0, 3, 1, 2])
            size = ops.shape(features)
            height, width = size[2], size[3]
            rows, columns = ops.meshgrid(
                ops.linspace(-1.0, 1.0, height), ops.linspace(-1.0, 1.0, width), indexing="ij"
            )
            scale = _temperature(temperature, variables_collections, trainable)
            weights = ops.softmax(ops.reshape(features, [-1, height * width]) / scale)
            means = [
                ops.reduce_sum(ops.reshape(position, [height * width]) * weights, [1], True)
                for position in (rows, columns)
            ]
            keypoints = ops.reshape(ops.concat(means, 1), [-1, channels * 2])
            keypoints.set_shape([None, channels * 2])
            return keypoints


def _temperature(start: Any, variables_collections: Any, trainable: bool) -> Any:
    collections = get_variable_collections(variables_collections, "temperature")
    return model_variable(
        "temperature",
        shape=(),
        initializer=Ones() if start is None else Constant(start),
        collections=collections if trainable else None,
        trainable=trainable,
    )


@add_arg_scope
def maxout(inputs: Any, num_units: int, axis: int = -1, scope: str | None = None) -> Tensor:
    """Divide an axis into groups and take the maximum of each (Goodfellow et al., 2013).

    Args:
      inputs: a tensor.
      num_units: the number of groups; it divides the size of the axis.
      axis: the axis.
      scope: name scope of the operations, "MaxOut" by default.

    Returns:
      A tensor like `inputs`, with `num_units` in place of the size of the axis.

    Raises:
      ValueError: the size of the axis is not known, or not a multiple of `num_units`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.contrib.layers.maxout([[1.0, 7.0, 3.0, 2.0]], 2))
    array([[7., 3.]], dtype=float32)
    """
    with name_scope(scope, "MaxOut", [inputs]):
        inputs = convert_to_tensor(inputs)
        sizes: list[Any] = inputs.shape.as_list()
        channels = sizes[axis]
        if channels is None or channels % num_units:
            raise ValueError(
                f"axis {axis} of shape {inputs.shape} must be a multiple of {num_units}"
                f"{at_user_line()}"
            )
        position = axis % len(sizes)
        found = ops.shape(inputs)
        actual = [found[i] if size is None else size for i, size in enumerate(sizes)]
        actual[position : position + 1] = [num_units, channels // num_units]
        outputs = ops.reduce_max(ops.reshape(inputs, actual), position + 1)
        sizes[position] = num_units
        outputs.set_shape(sizes)
        return outputs


def repeat(
    inputs: Any, repetitions: int, layer: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    """Apply the same kind of layer several times, each with variables of its own.

    Args:
      inputs: what the first layer takes.
      repetitions: how many times.
      layer: a function of inputs, *args, **kwargs and `scope`.
      *args: further arguments of the layer.
      **kwargs: further arguments of the layer; `scope` is the scope of all, by default "Repeat"
        with layers named after the function: `conv2d_1`, `conv2d_2`, ...

    Returns:
      What the last layer returns.

    >>> import graphflow as tf
    >>> dense = tf.contrib.layers.fully_connected
    >>> y = tf.contrib.layers.repeat(tf.ones([2, 4]), 2, dense, 3, scope="fc")
    >>> [v.name for v in tf.global_variables()][::2]
    ['fc/fc_1/weights:0', 'fc/fc_2/weights:0']
    """
    scope = kwargs.pop("scope", None)
    with variable_scope(scope, "Repeat", [inputs]):
        inputs = convert_to_tensor(inputs)
        prefix = _name_of(layer, "repeat") if scope is None else scope
        outputs = inputs
        for index in range(repetitions):
            outputs = layer(outputs, *args, **{**kwargs, "scope": f"{prefix}_{index + 1}"})
        return outputs


def stack(inputs: Any, layer: Callable[..., Any], stack_args: Sequence[Any], **kwargs: Any) -> Any:
    """Apply one kind of layer several times, each with arguments of its own.

    Args:
      inputs: what the first layer takes.
      layer: a function of inputs, further arguments, **kwargs and `scope`.
      stack_args: for each layer its arguments, or its only one.
      **kwargs: further arguments of all; `scope` is the scope of all, by default "Stack" with
        layers named after the function.

    Returns:
      What the last layer returns.

    >>> import graphflow as tf
    >>> dense = tf.contrib.layers.fully_connected
    >>> y = tf.contrib.layers.stack(tf.ones([2, 4]), dense, [3, 5], scope="fc")
    >>> y.shape.as_list(), [v.name for v in tf.global_variables()][::2]
    ([2, 5], ['fc/fc_1/weights:0', 'fc/fc_2/weights:0'])
    """
    scope = kwargs.pop("scope", None)
    with variable_scope(scope, "Stack", [inputs]):
        inputs = convert_to_tensor(inputs)
        prefix = _name_of(layer, "stack") if scope is None else scope
        outputs = inputs
        for index, item in enumerate(stack_args):
            arguments = item if isinstance(item, (list, tuple)) else [item]
            outputs = layer(outputs, *arguments, **{**kwargs, "scope": f"{prefix}_{index + 1}"})
        return outputs


def _name_of(layer: Any, default: str) -> str:
    """The name of a function, also of a partial one."""
    function = layer if hasattr(layer, "__name__") else getattr(layer, "func", None)
    return str(getattr(function, "__name__", default))


@ops.custom_gradient
def _scaled(inputs: Any, multiplier: Any) -> tuple[Tensor, Callable[..., Any]]:
    def gradient(grad: Any) -> tuple[Any, None]:
        return multiplier * grad, None

    return ops.identity(inputs), gradient


def scale_gradient(inputs: Any, gradient_multiplier: Any) -> Tensor:
    """Return a tensor whose gradient is multiplied by a number on its way back.

    Args:
      inputs: a floating tensor.
      gradient_multiplier: the number.

    Returns:
      A tensor like `inputs`.

    >>> import graphflow as tf
    >>> x = tf.constant([2.0, 5.0])
    >>> y = tf.contrib.layers.scale_gradient(x, 0.25) * 3.0
    >>> print(tf.Session().run(tf.gradients(y, x)[0]))
    [0.75 0.75]
    """
    inputs = convert_to_tensor(inputs)
    multiplier = convert_to_tensor(gradient_multiplier, dtype=inputs.dtype.base_dtype)
    outputs: Tensor = _scaled(inputs, multiplier)
    return outputs
