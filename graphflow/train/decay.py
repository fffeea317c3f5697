"""Learning rates that change with the step."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope


def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """Decay a learning rate: `learning_rate * decay_rate ** (global_step / decay_steps)`.

    Args:
      learning_rate: the rate at step 0, a floating scalar.
      global_step: the step, an integer scalar.
      decay_steps: after how many steps the rate is multiplied by `decay_rate`.
      decay_rate: the factor.
      staircase: whether the exponent is rounded down to a whole number.
      name: name scope of the operations.

    Returns:
      The decayed rate, a scalar of the dtype of `learning_rate`.

    Raises:
      ValueError: there is no `global_step`.

    >>> import graphflow as tf
    >>> rate = tf.train.exponential_decay(0.5, 3, decay_steps=2, decay_rate=0.25)
    >>> print(tf.Session().run(rate))
    0.0625
    """
    if global_step is None:
        raise ValueError("exponential_decay needs a global_step")
    inputs = [learning_rate, global_step, decay_steps, decay_rate]
    with name_scope(name, "ExponentialDecay", inputs) as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = ops.cast(decay_steps, rate.dtype)
        factor = ops.cast(decay_rate, rate.dtype)
        step = ops.cast(global_step, rate.dtype)
        exponent = step / steps
        if staircase:
            exponent = ops.floor(exponent)
        return ops.multiply(rate, ops.pow(factor, exponent), name=scope)
