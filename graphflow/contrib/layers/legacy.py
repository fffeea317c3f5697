"""Fully connected layers as they were before `fully_connected`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import add_arg_scope
from graphflow.contrib.layers.initializers import DEFAULT_BIASES, DEFAULT_WEIGHTS
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.variables.scope import get_variable, variable_scope


@add_arg_scope
def legacy_fully_connected(
    x: Any,
    num_output_units: int,
    activation_fn: Callable[..., Any] | None = None,
    weight_init: Any = DEFAULT_WEIGHTS,
    bias_init: Any = DEFAULT_BIASES,
    name: str | None = None,
    weight_collections: Sequence[str] | None = (GraphKeys.WEIGHTS,),
    bias_collections: Sequence[str] | None = (GraphKeys.BIASES,),
    output_collections: Sequence[str] | None = (GraphKeys.ACTIVATIONS,),
    trainable: bool = True,
    weight_regularizer: Any = None,
    bias_regularizer: Any = None,
) -> Tensor:
    """Return `activation_fn(x · weights + bias)`.

    Args:
      x: float [..., n].
      num_output_units: the size of the last axis of the output.
      activation_fn: a function of tensors, None for none.
      weight_init: initializer of the weights.
      bias_init: initializer of the bias, None for no bias.
      name: the variable scope, "fully_connected" by default.
      weight_collections: collections for the weights.
      bias_collections: collections for the bias.
      output_collections: collections for the output, beside `GraphKeys.ACTIVATIONS`.
      trainable: whether the variables are trained.
      weight_regularizer: a function of the weights whose value is a loss.
      bias_regularizer: a function of the bias whose value is a loss.

    Returns:
      float [..., num_output_units].

    Raises:
      ValueError: the rank of `x` is not known or less than 2, or its last axis is not known.

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.legacy_linear(tf.ones([3, 4]), 2)
    >>> y.shape.as_list(), [v.name for v in tf.global_variables()]
    ([3, 2], ['fully_connected/weights:0', 'fully_connected/bias:0'])
    """
    with variable_scope(name, "fully_connected", [x]):
        x = convert_to_tensor(x)
        sizes = x.shape.as_tuple()
        if sizes is None or len(sizes) < 2 or sizes[-1] is None:
            raise ValueError(
                f"x must have a rank of 2 or more and a known last axis, not shape {x.shape}"
                f"{at_user_line()}"
            )

        def variable(name: str, size: list[int], init: Any, collections: Any, penalty: Any) -> Any:
            return get_variable(
                name,
                size,
                x.dtype.base_dtype,
                initializer=init,
                regularizer=penalty,
                trainable=trainable,
                collections=[*dict.fromkeys([*(collections or ()), GraphKeys.GLOBAL_VARIABLES])],
            )

        weights = variable(
            "weights", [sizes[-1], num_output_units], weight_init, weight_collections,
            weight_regularizer,
        )  # fmt: skip
        y: Any = ops.matmul(ops.reshape(x, [-1, sizes[-1]]) if len(sizes) > 2 else x, weights)
        if bias_init is not None:
            bias = variable(
                "bias", [num_output_units], bias_init, bias_collections, bias_regularizer
            )
            y = ops.bias_add(y, bias)
        if len(sizes) > 2:
            y = ops.reshape(y, ops.concat([ops.shape(x)[:-1], [num_output_units]], 0))
            y.set_shape([*sizes[:-1], num_output_units])
        if activation_fn is not None:
            y = activation_fn(y)
        collections = dict.fromkeys([*(output_collections or ()), GraphKeys.ACTIVATIONS])
        get_default_graph().add_to_collections(list(collections), y)
        result: Tensor = y
        return result


legacy_linear = functools.partial(legacy_fully_connected, activation_fn=None)
legacy_relu = functools.partial(legacy_fully_connected, activation_fn=ops.relu)
