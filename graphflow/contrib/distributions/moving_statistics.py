"""Exponentially decaying averages in variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.variables.initializers import zeros_initializer
from graphflow.variables.scope import get_variable, variable_scope


def assign_moving_mean_variance(
    mean_var: Any, variance_var: Any, value: Any, decay: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Move a mean and a variance towards a value.

    The mean becomes decay * mean + (1 - decay) * value, the variance
    decay * (variance + (1 - decay) * (value - mean)^2), with the mean before.

    Args:
      mean_var: a floating variable.
      variance_var: a variable of the same dtype and shape.
      value: a tensor of this dtype and shape.
      decay: a scalar, near 1 for long averages.
      name: name scope of the operations.

    Returns:
      The new mean and the new variance.

    Raises:
      TypeError: the dtypes differ.

    >>> import graphflow as tf
    >>> mean, variance = tf.Variable(1.0), tf.Variable(4.0)
    >>> kinds = tf.contrib.distributions
    >>> update = kinds.assign_moving_mean_variance(mean, variance, 5.0, decay=0.75)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(update)
    (np.float32(2.0), np.float32(6.0))
    """
    with name_scope(name, "assign_moving_mean_variance", [variance_var, mean_var, value, decay]):
        dtype = mean_var.dtype.base_dtype
        if variance_var.dtype.base_dtype != dtype:
            raise TypeError(
                f"mean_var is {dtype.name}, variance_var {variance_var.dtype.base_dtype.name}"
            )
        share = 1.0 - convert_to_tensor(decay, dtype, name="decay")
        step = convert_to_tensor(value, dtype, name="value") - mean_var
        shrink = share * (variance_var - (1.0 - share) * ops.square(step))
        return mean_var.assign_add(share * step), variance_var.assign_sub(shrink)


def assign_log_moving_mean_exp(
    log_mean_exp_var: Any, log_value: Any, decay: Any, name: str | None = None
) -> Tensor:
    """Move the logarithm of a mean towards the logarithm of a value.

    It becomes log(decay * exp(it) + (1 - decay) * exp(log_value)).

    Args:
      log_mean_exp_var: a floating variable.
      log_value: a tensor of its dtype and shape.
      decay: a scalar between 0 and 1.
      name: name scope of the operations.

    Returns:
      The new logarithm.

    >>> import graphflow as tf
    >>> logarithm = tf.Variable(tf.log(2.0))
    >>> update = tf.contrib.distributions.assign_log_moving_mean_exp(logarithm, tf.log(6.0), 0.75)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(tf.round(1e3 * tf.exp(update)))
    np.float32(3000.0)
    """
    with name_scope(name, "assign_log_moving_mean_exp", [log_mean_exp_var, log_value, decay]):
        dtype = log_mean_exp_var.dtype.base_dtype
        log_value = convert_to_tensor(log_value, dtype, name="log_value")
        decay = convert_to_tensor(decay, dtype, name="decay")
        kept = log_mean_exp_var + ops.log(decay)
        added = log_value + ops.log1p(-decay)
        moved: Tensor = log_mean_exp_var.assign(ops.reduce_logsumexp(ops.stack([kept, added]), 0))
        return moved


def moving_mean_variance(
    value: Any, decay: Any, collections: Sequence[str] | None = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Move a mean and a variance, both in new variables that start as 0, towards a value.

    Args:
      value: floating, of a known shape.
      decay: a scalar, near 1 for long averages.
      collections: the collections of the variables; by default the global variables.
      name: variable scope of the variables, which are "moving_mean" and "moving_variance".

    Returns:
      The new mean and the new variance.

    >>> import graphflow as tf
    >>> update = tf.contrib.distributions.moving_mean_variance([4.0, 8.0], decay=0.75)
    >>> [variable.name for variable in tf.global_variables()]
    ['moving_mean_variance/moving_mean:0', 'moving_mean_variance/moving_variance:0']
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(update)
    (array([1., 2.], dtype=float32), array([ 3., 12.], dtype=float32))
    """
    with variable_scope(name, "moving_mean_variance", [value, decay]):
        value = convert_to_tensor(value, name="value")
        mean, variance = (
            get_variable(
                variable,
                shape=value.shape,
                dtype=value.dtype.base_dtype,
                initializer=zeros_initializer(),
                trainable=False,
                collections=collections,
            )
            for variable in ("moving_mean", "moving_variance")
        )
        return assign_moving_mean_variance(mean, variance, value, decay)
