"""How the weight of the sign falls in `AddSignOptimizer` and `PowerSignOptimizer`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor

Decay = Callable[[Any], Tensor]

_FLOAT = as_dtype("float32")


def _completed(global_step: Any, decay_steps: Any) -> Tensor:
    """The part of the steps that is done, at most 1."""
    if global_step is None:
        raise ValueError("a decay of the sign needs global_step: give it to minimize")
    step = ops.minimum(convert_to_tensor(global_step), decay_steps)
    return ops.cast(step, _FLOAT) / ops.cast(convert_to_tensor(decay_steps), _FLOAT)


def _half_wave(turns: Tensor) -> Tensor:
    """From 1 to 0 in half a turn."""
    return 0.5 * (1.0 + ops.cos(2 * math.pi * turns))


def _until(value: Tensor, done: Tensor, end: float | None) -> Tensor:
    """The value, and zero from the end on."""
    if end is None:
        return value
    return ops.where(ops.greater_equal(done, end), ops.zeros_like(value), value)


def get_linear_decay_fn(decay_steps: Any) -> Decay:
    """Return a function of the step that falls from 1 to 0 in a straight line.

    Args:
      decay_steps: after how many steps it is 0.

    >>> import graphflow as tf
    >>> with tf.Session() as sess:
    ...     print(*sess.run([get_linear_decay_fn(8)(step) for step in (2, 10)]))
    0.75 0.0
    """
    return lambda global_step: 1.0 - _completed(global_step, decay_steps)


def get_cosine_decay_fn(
    decay_steps: Any, num_periods: float = 0.5, zero_after: float | None = None
) -> Decay:
    """Return a function of the step that swings between 1 and 0 along a cosine.

    Args:
      decay_steps: after how many steps it stays as it is.
      num_periods: how many whole periods there are in these steps.
      zero_after: the number of periods after which it is 0.

    >>> import graphflow as tf
    >>> with tf.Session() as sess:
    ...     print(sess.run(tf.stack([get_cosine_decay_fn(8, 1)(i) for i in (2, 4, 8)])).round(3))
    [0.5 0.  1. ]
    """

    def decay(global_step: Any) -> Tensor:
        periods = num_periods * _completed(global_step, decay_steps)
        return _until(_half_wave(periods), periods, zero_after)

    return decay


def get_restart_decay_fn(
    decay_steps: Any, num_periods: float = 1, zero_after: float | None = None
) -> Decay:
    """Return a function of the step that falls from 1 to 0 along half a cosine, and starts again.

    Args:
      decay_steps: after how many steps it stays as it is.
      num_periods: how many times it falls in these steps.
      zero_after: the number of falls after which it is 0.

    >>> import graphflow as tf
    >>> with tf.Session() as sess:
    ...     print(sess.run(tf.stack([get_restart_decay_fn(8, 2)(i) for i in (2, 4, 6)])).round(3))
    [0.5 1.  0.5]
    """

    def decay(global_step: Any) -> Tensor:
        falls = num_periods * _completed(global_step, decay_steps)
        return _until(_half_wave(ops.floormod(falls, 1.0) / 2), falls, zero_after)

    return decay
