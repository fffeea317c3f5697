"""Layers that connect everything with everything."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import add_arg_scope
from graphflow.contrib.layers.initializers import DEFAULT_BIASES, DEFAULT_WEIGHTS
from graphflow.contrib.layers.scopes import add_to_collections, layer_scope
from graphflow.contrib.layers.utils import collect_named_outputs
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.layers.core import Dense


@add_arg_scope
def fully_connected(
    inputs: Any,
    num_outputs: Any,
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
    """Return `activation_fn(inputs · weights + biases)`.

    Args:
      inputs: float [..., n].
      num_outputs: the size of the last axis of the output.
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
      scope: the variable scope, "fully_connected" by default.

    Returns:
      float [..., num_outputs].

    Raises:
      ValueError: `num_outputs` is no integer, or the last axis of `inputs` is not known.

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.fully_connected(tf.ones([3, 4]), 2)
    >>> y.name, y.shape.as_list(), [v.name for v in tf.model_variables()]
    ('fully_connected/Relu:0', [3, 2], ['fully_connected/weights:0', 'fully_connected/biases:0'])
    """
    if not isinstance(num_outputs, numbers.Integral):
        raise ValueError(f"num_outputs must be an integer, not {num_outputs!r}")
    rename = {"kernel": "weights", "bias": "biases"}
    with layer_scope(scope, "fully_connected", inputs, reuse, rename) as opened:
        inputs = convert_to_tensor(inputs)
        layer = Dense(
            units=int(num_outputs),
            use_bias=not normalizer_fn and bool(biases_initializer),
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            trainable=trainable,
            name=opened.name,
            dtype=inputs.dtype.base_dtype,
            _scope=opened,
            _reuse=reuse,
        )
        outputs = layer(inputs)
        add_to_collections(layer.kernel, variables_collections, "weights")
        add_to_collections(layer.bias, variables_collections, "biases")
        if normalizer_fn is not None:
            outputs = normalizer_fn(outputs, **(normalizer_params or {}))
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        named: Tensor = collect_named_outputs(outputs_collections, opened.name, outputs)
        return named


linear = functools.partial(fully_connected, activation_fn=None)
relu = functools.partial(fully_connected, activation_fn=ops.relu)
relu6 = functools.partial(fully_connected, activation_fn=ops.relu6)
elu = functools.partial(fully_connected, activation_fn=ops.elu)
