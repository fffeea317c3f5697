"""Learning rates that change with the step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope


def _need_step(name: str, global_step: Any) -> None:
    if global_step is None:
        raise ValueError(f"{name} needs a global_step")


def _fraction(step: Tensor, steps: Any, is_staircase: bool) -> Tensor:
    """How many times `steps` have passed, with or without the part."""
    passed: Tensor = step / ops.cast(steps, step.dtype)
    return ops.floor(passed) if is_staircase else passed


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
    _need_step("exponential_decay", global_step)
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


def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """Decay a learning rate: `learning_rate * exp(-decay_rate * global_step / decay_steps)`.

    Args:
      learning_rate: see `exponential_decay`, like the others.
      global_step: the step.
      decay_steps: see above.
      decay_rate: see above.
      staircase: see above.
      name: name scope of the operations.

    >>> import graphflow as tf
    >>> rate = tf.train.natural_exp_decay(0.5, 3, 2, 0.25)
    >>> print(tf.Session().run(rate).round(4))
    0.3436
    """
    _need_step("natural_exp_decay", global_step)
    with name_scope(name, "ExponentialDecay", [learning_rate, global_step, decay_rate]) as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        factor = ops.exp(-ops.cast(decay_rate, rate.dtype))
        passed = _fraction(ops.cast(global_step, rate.dtype), decay_steps, staircase)
        return ops.multiply(rate, ops.pow(factor, passed), name=scope)


def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """Decay a learning rate: `learning_rate / (1 + decay_rate * global_step / decay_steps)`.

    Args:
      learning_rate: see `exponential_decay`, like the others.
      global_step: the step.
      decay_steps: see above.
      decay_rate: see above.
      staircase: see above.
      name: name scope of the operations.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.train.inverse_time_decay(0.5, 3, 2, 0.5)).round(4))
    0.2857
    """
    _need_step("inverse_time_decay", global_step)
    with name_scope(name, "InverseTimeDecay", [learning_rate, global_step, decay_rate]) as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        passed = _fraction(ops.cast(global_step, rate.dtype), decay_steps, staircase)
        factor = ops.cast(decay_rate, rate.dtype)
        decayed: Tensor = ops.divide(rate, 1 + factor * passed, name=scope)
        return decayed


def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Tensor:
    """Let a learning rate fall to another one in a number of steps.

    `(learning_rate - end_learning_rate) * (1 - step / decay_steps) ** power + end_learning_rate`

    Args:
      learning_rate: the rate at step 0, a floating scalar.
      global_step: the step, an integer scalar.
      decay_steps: after how many steps the end is reached.
      end_learning_rate: the rate at the end.
      power: the exponent, 1 for a straight line.
      cycle: whether the rate rises again beyond `decay_steps`, to fall in the next multiple of it.
      name: name scope of the operations.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.train.polynomial_decay(0.5, 3, 4, 0.1)).round(4))
    0.2
    """
    _need_step("polynomial_decay", global_step)
    inputs = [learning_rate, global_step, decay_steps, end_learning_rate, power]
    with name_scope(name, "PolynomialDecay", inputs) as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        end = ops.cast(end_learning_rate, rate.dtype)
        steps = ops.cast(decay_steps, rate.dtype)
        step = ops.cast(global_step, rate.dtype)
        if cycle:
            rounds = ops.where(
                ops.equal(step, 0), ops.constant(1.0, rate.dtype), ops.ceil(step / steps)
            )
            steps = steps * rounds
        else:
            step = ops.minimum(step, steps)
        left = ops.pow(1 - step / steps, ops.cast(power, rate.dtype))
        return ops.add((rate - end) * left, end, name=scope)


def piecewise_constant(
    x: Any, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None
) -> Tensor:
    """Return one of several values, whichever belongs to the interval that `x` is in.

    Args:
      x: the step, a scalar.
      boundaries: where the intervals end, of the dtype of `x`; the end belongs to the interval.
      values: a value for each interval, one more than boundaries.
      name: name scope of the operations.

    Raises:
      ValueError: there are not as many values as intervals, or dtypes differ.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.train.piecewise_constant(5, [5, 9], [1.0, 0.5, 0.1])))
    1.0
    """
    if len(boundaries) != len(values) - 1:
        raise ValueError(
            f"{len(boundaries)} boundaries make {len(boundaries) + 1} intervals, but there are "
            f"{len(values)} values"
        )
    with name_scope(name, "PiecewiseConstant", [x, *boundaries, *values]):
        step = convert_to_tensor(x)
        edges = [_as_step(edge, step) for edge in boundaries]
        rates = [convert_to_tensor(value) for value in values]
        if any(rate.dtype.base_dtype != rates[0].dtype.base_dtype for rate in rates):
            raise ValueError(f"the values are not of one dtype: {rates}")
        if not edges:
            return rates[0]
        pairs = [(step <= edges[0], lambda: rates[0])]
        for low, high, rate in zip(edges, edges[1:], rates[1:-1], strict=False):
            inside = ops.logical_and(step > low, step <= high)
            pairs.append((inside, lambda rate=rate: rate))  # type: ignore[misc]
        pairs.append((step > edges[-1], lambda: rates[-1]))
        chosen: Tensor = ops.case(pairs, default=lambda: rates[0], exclusive=True)
        return chosen


def _as_step(edge: Any, step: Tensor) -> Tensor:
    boundary = convert_to_tensor(edge)
    if boundary.dtype.base_dtype == step.dtype.base_dtype:
        return boundary
    if step.dtype.base_dtype == as_dtype("int32") or not boundary.dtype.is_integer:
        raise ValueError(f"the boundary {boundary!r} is not of the dtype of {step!r}")
    return ops.cast(boundary, step.dtype.base_dtype)


piecewise_constant_decay = piecewise_constant


def cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    alpha: float = 0.0,
    name: str | None = None,
) -> Tensor:
    """Let a learning rate fall along half a cosine (Loshchilov and Hutter, 2017).

    Args:
      learning_rate: the rate at step 0, a floating scalar.
      global_step: the step, an integer scalar.
      decay_steps: after how many steps the end is reached.
      alpha: the part of the rate that is left at the end.
      name: name scope of the operations.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.train.cosine_decay(0.5, 2, 4, 0.2)).round(4))
    0.3
    """
    _need_step("cosine decay", global_step)
    with name_scope(name, "CosineDecay", [learning_rate, global_step]):
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = ops.cast(decay_steps, rate.dtype)
        passed = ops.minimum(ops.cast(global_step, rate.dtype), steps) / steps
        return ops.multiply(rate, (1 - alpha) * _half_cosine(passed) + alpha)


def _half_cosine(passed: Tensor) -> Tensor:
    """From 1 to 0 while `passed` goes from 0 to 1."""
    angle = ops.constant(math.pi, passed.dtype.base_dtype) * passed
    return ops.multiply(0.5, 1.0 + ops.cos(angle))


def cosine_decay_restarts(
    learning_rate: Any,
    global_step: Any,
    first_decay_steps: Any,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
    name: str | None = None,
) -> Tensor:
    """Let a learning rate fall along half a cosine again and again (Loshchilov and Hutter, 2017).

    Args:
      learning_rate: the rate at step 0, a floating scalar.
      global_step: the step, an integer scalar.
      first_decay_steps: how many steps the first fall takes.
      t_mul: how much longer each one takes than the one before.
      m_mul: how much higher each one begins than the one before.
      alpha: the part of the rate that is left at each end.
      name: name scope of the operations.

    >>> import graphflow as tf
    >>> rate = tf.train.cosine_decay_restarts(0.5, 8, 4, m_mul=0.5)
    >>> print(tf.Session().run(rate).round(4))
    0.125
    """
    _need_step("cosine decay restarts", global_step)
    with name_scope(name, "SGDRDecay", [learning_rate, global_step]):
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        dtype = rate.dtype
        first, longer = ops.cast(first_decay_steps, dtype), ops.cast(t_mul, dtype)
        passed = ops.cast(global_step, dtype) / first
        if t_mul == 1.0:
            restarts = ops.floor(passed)
            passed = passed - restarts
        else:
            restarts = ops.floor(ops.log(1.0 - passed * (1.0 - longer)) / ops.log(longer))
            before = (1.0 - longer**restarts) / (1.0 - longer)
            passed = (passed - before) / longer**restarts
        height = ops.cast(m_mul, dtype) ** restarts
        return ops.multiply(rate, (1 - alpha) * (height * _half_cosine(passed)) + alpha)


def linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    num_periods: float = 0.5,
    alpha: float = 0.0,
    beta: float = 0.001,
    name: str | None = None,
) -> Tensor:
    """Let a learning rate fall along a line times a cosine (Bello et al., 2017).

    Args:
      learning_rate: the rate at step 0, a floating scalar.
      global_step: the step, an integer scalar.
      decay_steps: after how many steps the end is reached.
      num_periods: how many periods the cosine has.
      alpha: added to the line.
      beta: added to the product.
      name: name scope of the operations.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.train.linear_cosine_decay(0.5, 2, 4, beta=0.1)).round(4))
    0.175
    """
    _need_step("linear cosine decay", global_step)
    with name_scope(name, "LinearCosineDecay", [learning_rate, global_step]):
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        left, cosine = _line_and_cosine(rate, global_step, decay_steps, num_periods)
        return ops.multiply(rate, (alpha + left) * cosine + beta)


def _line_and_cosine(
    rate: Tensor, global_step: Any, decay_steps: Any, num_periods: float
) -> tuple[Tensor, Tensor]:
    dtype = rate.dtype
    steps = ops.cast(decay_steps, dtype)
    step = ops.minimum(ops.cast(global_step, dtype), steps)
    periods = ops.cast(num_periods, dtype) * 2.0 * (step / steps)
    return (steps - step) / steps, _half_cosine(periods)


def noisy_linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    initial_variance: float = 1.0,
    variance_decay: float = 0.55,
    num_periods: float = 0.5,
    alpha: float = 0.0,
    beta: float = 0.001,
    name: str | None = None,
) -> Tensor:
    """Like `linear_cosine_decay`, with noise on the line that becomes less (Bello et al., 2017).

    Args:
      learning_rate: see `linear_cosine_decay`, like the others.
      global_step: the step.
      decay_steps: see above.
      initial_variance: the variance of the noise at step 0.
      variance_decay: the variance is divided by `(1 + step) ** variance_decay`.
      num_periods: see above.
      alpha: see above.
      beta: see above.
      name: name scope of the operations.

    >>> import graphflow as tf
    >>> tf.set_random_seed(3)
    >>> rate = tf.train.noisy_linear_cosine_decay(0.5, 2, 4, initial_variance=0.0, beta=0.1)
    >>> print(tf.Session().run(rate).round(4))
    0.175
    """
    _need_step("noisy linear cosine decay", global_step)
    with name_scope(name, "NoisyLinearCosineDecay", [learning_rate, global_step]):
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        left, cosine = _line_and_cosine(rate, global_step, decay_steps, num_periods)
        dtype = rate.dtype
        steps = ops.cast(decay_steps, dtype)
        step = ops.minimum(ops.cast(global_step, dtype), steps)
        variance = initial_variance / ops.pow(1.0 + step, ops.cast(variance_decay, dtype))
        noise = ops.random_normal(left.shape, stddev=ops.sqrt(variance), dtype=dtype.base_dtype)
        return ops.multiply(rate, (alpha + left + noise) * cosine + beta)
