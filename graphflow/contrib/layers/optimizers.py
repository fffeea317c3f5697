"""`optimize_loss`: learning rate, gradients, clipping and updates in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.layers.gradients import (
    GradsAndVars,
    add_noise,
    clip_by_global_norm,
    multiply,
    scaled,
    values_of,
)
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.summary import functions as summary
from graphflow.train.adagrad import AdagradOptimizer
from graphflow.train.adam import AdamOptimizer
from graphflow.train.ftrl import FtrlOptimizer
from graphflow.train.global_step import assert_global_step, get_global_step
from graphflow.train.gradient_descent import GradientDescentOptimizer
from graphflow.train.momentum import MomentumOptimizer
from graphflow.train.moving_averages import assign_moving_average
from graphflow.train.optimizer import Optimizer
from graphflow.train.rmsprop import RMSPropOptimizer
from graphflow.variables.initializers import Constant, Zeros
from graphflow.variables.scope import get_variable, variable_scope
from graphflow.variables.variable import trainable_variables


def _momentum(learning_rate: Any) -> MomentumOptimizer:
    return MomentumOptimizer(learning_rate, momentum=0.9)


OPTIMIZER_CLS_NAMES: dict[str, Callable[..., Optimizer]] = {
    "Adagrad": AdagradOptimizer,
    "Adam": AdamOptimizer,
    "Ftrl": FtrlOptimizer,
    "Momentum": _momentum,
    "RMSProp": RMSPropOptimizer,
    "SGD": GradientDescentOptimizer,
}

OPTIMIZER_SUMMARIES = [
    "learning_rate",
    "loss",
    "gradients",
    "gradient_norm",
    "global_gradient_norm",
]


def optimize_loss(
    loss: Any,
    global_step: Any,
    learning_rate: Any,
    optimizer: Any,
    gradient_noise_scale: float | None = None,
    gradient_multipliers: Mapping[Any, Any] | None = None,
    clip_gradients: Any = None,
    learning_rate_decay_fn: Callable[..., Any] | None = None,
    update_ops: Sequence[Any] | None = None,
    variables: Sequence[Any] | None = None,
    name: str | None = None,
    summaries: Sequence[str] | None = None,
    colocate_gradients_with_ops: bool = False,
    increment_global_step: bool = True,
) -> Tensor:
    """Return the tensor that takes a training step when it is evaluated; its value is the loss.

    Args:
      loss: a scalar.
      global_step: a variable that counts steps; None for that of the graph, if there is one.
      learning_rate: a floating number, of which a variable is made, or a scalar tensor; None if the
        optimizer has one.
      optimizer: the name of an optimizer ("SGD", "Adam", ...), its class, an optimizer, or a
        function of the learning rate (of nothing, if there is none) that returns one.
      gradient_noise_scale: the deviation of noise to add to the gradients; None for none.
      gradient_multipliers: factors of gradients by variables or their names.
      clip_gradients: the greatest norm of all gradients together, a floating number; or a function
        of the list of gradients and variables that returns such a list.
      learning_rate_decay_fn: a function of learning rate and global step that returns the rate of
        a step.
      update_ops: operations that run before the loss; by default the collection
        `GraphKeys.UPDATE_OPS`.
      variables: what to train; by default the trainable variables.
      name: the variable scope, "OptimizeLoss" by default.
      summaries: what to summarize, of `OPTIMIZER_SUMMARIES`; by default the loss, the learning rate
        if it decays, and the norm of all gradients together.
      colocate_gradients_with_ops: see `Optimizer.compute_gradients`.
      increment_global_step: whether a step counts.

    Returns:
      A scalar.

    Raises:
      ValueError: an argument is of another kind, or there is nothing to train.

    >>> import graphflow as tf
    >>> w = tf.Variable([3.0, 4.0])
    >>> loss = tf.nn.l2_loss(w)
    >>> step = tf.contrib.layers.optimize_loss(loss, None, 0.5, "SGD", clip_gradients=2.5)
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> print(sess.run(step), sess.run(w))
    12.5 [2.25 3.  ]
    """
    loss = convert_to_tensor(loss)
    ops.assert_scalar(loss)
    if global_step is None:
        global_step = get_global_step()
    else:
        assert_global_step(global_step)
    with variable_scope(name, "OptimizeLoss", [loss, global_step]):
        loss = _after(update_ops, loss)
        rate = _rate(learning_rate)
        wanted = _checked_summaries(summaries)
        if rate is not None and learning_rate_decay_fn is not None:
            if global_step is None:
                raise ValueError("learning_rate_decay_fn needs a global_step")
            rate = learning_rate_decay_fn(rate, global_step)
            if "learning_rate" in wanted:
                summary.scalar("learning_rate", rate)
        chosen = _optimizer(optimizer, rate)
        gradients: GradsAndVars = chosen.compute_gradients(
            loss,
            trainable_variables() if variables is None else variables,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gradient_noise_scale is not None:
            gradients = add_noise(gradients, gradient_noise_scale)
        if gradient_multipliers is not None:
            gradients = multiply(gradients, gradient_multipliers)
        _summarize_norm("global_norm/gradient_norm", gradients, wanted)
        gradients = _clipped(gradients, clip_gradients)
        if "loss" in wanted:
            summary.scalar("loss", loss)
        _summarize_gradients(gradients, wanted)
        if clip_gradients is not None:
            _summarize_norm("global_norm/clipped_gradient_norm", gradients, wanted)
        updates = chosen.apply_gradients(
            gradients, global_step=global_step if increment_global_step else None, name="train"
        )
        step: Tensor = ops.with_dependencies([updates], loss)
        return step


def _after(update_ops: Sequence[Any] | None, loss: Tensor) -> Tensor:
    if update_ops is None:
        update_ops = get_default_graph().get_collection(GraphKeys.UPDATE_OPS)
    if not update_ops:
        return loss
    result: Tensor = ops.with_dependencies(list(update_ops), loss)
    return result


def _rate(learning_rate: Any) -> Any:
    """The learning rate as a tensor or variable, None for none."""
    if learning_rate is None:
        return None
    if isinstance(learning_rate, Tensor) and learning_rate.shape.ndims == 0:
        return learning_rate
    if not isinstance(learning_rate, float):
        raise ValueError(
            f"learning_rate must be a float or a scalar tensor, not {learning_rate!r}"
            f"{at_user_line()}"
        )
    if learning_rate < 0.0:
        raise ValueError(f"learning_rate must not be negative, it is {learning_rate}")
    return get_variable("learning_rate", [], trainable=False, initializer=Constant(learning_rate))


def _checked_summaries(summaries: Sequence[str] | None) -> Sequence[str]:
    if summaries is None:
        return ["loss", "learning_rate", "global_gradient_norm"]
    for name in summaries:
        if name not in OPTIMIZER_SUMMARIES:
            raise ValueError(f"summaries are of {', '.join(OPTIMIZER_SUMMARIES)}, not of {name!r}")
    return summaries


def _summarize_norm(name: str, gradients: GradsAndVars, wanted: Sequence[str]) -> None:
    if "global_gradient_norm" in wanted or "gradient_norm" in wanted:
        summary.scalar(name, ops.global_norm([grad for grad, _ in gradients]))


def _summarize_gradients(gradients: GradsAndVars, wanted: Sequence[str]) -> None:
    for grad, var in gradients:
        if grad is None:
            continue
        values = values_of(grad)
        name = var.name.replace(":", "_")
        if "gradients" in wanted:
            summary.histogram(f"gradients/{name}", values)
        if "gradient_norm" in wanted:
            summary.scalar(f"gradient_norm/{name}", ops.global_norm([values]))


def _optimizer(optimizer: Any, rate: Any) -> Any:
    is_class = isinstance(optimizer, type) and issubclass(optimizer, Optimizer)
    if isinstance(optimizer, str) or is_class:
        if rate is None:
            raise ValueError(f"the optimizer {optimizer!r} needs a learning_rate")
        if is_class:
            return optimizer(learning_rate=rate)
        if optimizer not in OPTIMIZER_CLS_NAMES:
            raise ValueError(
                f"the optimizer must be one of {', '.join(OPTIMIZER_CLS_NAMES)}, not {optimizer!r}"
            )
        return OPTIMIZER_CLS_NAMES[optimizer](learning_rate=rate)
    if isinstance(optimizer, Optimizer):
        return optimizer
    if not callable(optimizer):
        raise ValueError(
            "the optimizer must be a name, a class, an optimizer or a function that returns one, "
            f"not {optimizer!r}"
        )
    made = optimizer() if rate is None else optimizer(rate)
    if not isinstance(made, Optimizer):
        raise ValueError(f"the function must return an optimizer, not {made!r}")
    return made


def _clipped(gradients: GradsAndVars, clip_gradients: Any) -> GradsAndVars:
    if clip_gradients is None:
        return gradients
    if isinstance(clip_gradients, float):
        return clip_by_global_norm(gradients, clip_gradients)
    if callable(clip_gradients):
        return clip_gradients(gradients)  # type: ignore[no-any-return]
    raise ValueError(f"clip_gradients must be a float or a function, not {clip_gradients!r}")


def adaptive_clipping_fn(
    std_factor: float = 2.0,
    decay: Any = 0.95,
    static_max_norm: float | None = None,
    global_step: Any = None,
    report_summary: bool = False,
    epsilon: float = 1e-8,
    name: str | None = None,
) -> Callable[[GradsAndVars], GradsAndVars]:
    """Return a function that clips gradients whose norm is unusually large.

    Mean and deviation of the logarithm of the norm are averaged over the steps; a norm beyond the
    mean and some deviations is brought down to the mean.

    Args:
      std_factor: how many deviations.
      decay: how much of an average stays at a step.
      static_max_norm: the greatest norm in any case; None for any.
      global_step: a counter of steps, with which averages adapt faster at first.
      report_summary: whether to add a summary of the greatest usual norm.
      epsilon: keeps logarithms finite.
      name: the variable scope, "AdaptiveMaxNorm" by default.

    Returns:
      A function of the list of gradients and variables that returns such a list.

    Raises:
      NotImplementedError: `report_summary` is asked for.
    """

    def clip(grads_and_vars: GradsAndVars) -> GradsAndVars:
        norm: Any = ops.global_norm([grad for grad, _ in grads_and_vars])
        greatest, log_mean = _adaptive_norm(norm, std_factor, decay, global_step, epsilon, name)
        if report_summary:
            summary.scalar("global_norm/adaptive_max_gradient_norm", greatest)
        factor: Any = ops.where(norm < greatest, ops.ones_like(norm), ops.exp(log_mean) / norm)
        if static_max_norm is not None:
            factor = ops.minimum(static_max_norm / norm, factor)
        return [(scaled(grad, factor), var) for grad, var in grads_and_vars]

    return clip


def _adaptive_norm(
    norm: Any, std_factor: float, decay: Any, global_step: Any, epsilon: float, name: str | None
) -> tuple[Any, Any]:
    """The greatest usual norm, and the mean of its logarithm."""
    with variable_scope(name, "AdaptiveMaxNorm", [norm]):
        log_norm: Any = ops.log(norm + epsilon)
        if global_step is not None:
            steps = ops.cast(global_step, "float32")
            decay = ops.minimum(decay, steps / (steps + 1.0))

        def average(name: str, value: Any) -> Any:
            variable = get_variable(
                name, value.shape, value.dtype, initializer=Zeros(), trainable=False
            )
            return assign_moving_average(variable, value, decay, zero_debias=False)

        mean = average("mean", log_norm)
        square_mean = average("sq_mean", ops.square(log_norm))
        deviation = ops.sqrt(ops.maximum(epsilon, square_mean - ops.square(mean)))
        return ops.exp(mean + std_factor * deviation), mean
