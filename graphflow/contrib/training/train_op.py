"""The operation that trains: gradients, what is done to them, updates."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.layers.gradients import (
    GradsAndVars as GradsAndVars,
    on_values,
    scaled,
    values_of,
)
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.summary import functions as summary
from graphflow.train.global_step import get_or_create_global_step
from graphflow.train.optimizer import Optimizer
from graphflow.variables.variable import trainable_variables

_logger = logging.getLogger("graphflow")

# Stands for the graph's own global step, which None does not.
USE_GLOBAL_STEP = 0


def multiply_gradients(
    grads_and_vars: GradsAndVars, gradient_multipliers: Mapping[Any, Any]
) -> GradsAndVars:
    """Multiply the gradients of some variables.

    Args:
      grads_and_vars: a list of gradients and variables, as of `Optimizer.compute_gradients`.
      gradient_multipliers: a dictionary of numbers or tensors by variables or their names.

    Returns:
      A list of the same form.

    Raises:
      ValueError: an argument is of another kind or empty, or a gradient to multiply is None.

    >>> import graphflow as tf
    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> pairs = [(tf.constant([3.0, 5.0]), w)]
    >>> (grad, _), = tf.contrib.training.multiply_gradients(pairs, {"w": 0.5})
    >>> tf.Session().run(grad)
    array([1.5, 2.5], dtype=float32)
    """
    if not isinstance(grads_and_vars, list):
        raise ValueError(f"grads_and_vars is a list, not {grads_and_vars!r}")
    if not isinstance(gradient_multipliers, dict) or not gradient_multipliers:
        raise ValueError(
            f"gradient_multipliers is a dictionary with items, not {gradient_multipliers!r}"
        )
    return [(_multiplied(grad, var, gradient_multipliers), var) for grad, var in grads_and_vars]


def _multiplied(grad: Any, var: Any, multipliers: Mapping[Any, Any]) -> Any:
    key = var if var in multipliers else var.op.name
    if key not in multipliers:
        return grad
    if grad is None:
        raise ValueError(f"the gradient for {var.op.name} is None and cannot be multiplied")
    factor = convert_to_tensor(multipliers[key], dtype=grad.dtype.base_dtype)
    return scaled(grad, factor)


def clip_gradient_norms(gradients_to_variables: GradsAndVars, max_norm: Any) -> GradsAndVars:
    """Scale each gradient down to a Euclidean norm at most.

    Args:
      gradients_to_variables: a list of gradients and variables.
      max_norm: the greatest norm.

    Returns:
      A list of the same form.

    >>> import graphflow as tf
    >>> w = tf.Variable([1.0, 2.0])
    >>> (grad, _), = tf.contrib.training.clip_gradient_norms([(tf.constant([3.0, 4.0]), w)], 2.5)
    >>> tf.Session().run(grad)
    array([1.5, 2. ], dtype=float32)
    """

    def clip(values: Any) -> Any:
        return ops.clip_by_norm(values, max_norm)

    return [(on_values(clip, grad), var) for grad, var in gradients_to_variables]


def clip_gradient_norms_fn(max_norm: Any) -> Callable[[GradsAndVars], GradsAndVars]:
    """Return `clip_gradient_norms` as a function of gradients and variables alone.

    Args:
      max_norm: the greatest norm.
    """

    def clip(gradients_to_variables: GradsAndVars) -> GradsAndVars:
        return clip_gradient_norms(gradients_to_variables, max_norm)

    return clip


def add_gradients_summaries(grads_and_vars: GradsAndVars) -> list[Tensor]:
    """Summarize gradients: a histogram and the norm of each.

    Args:
      grads_and_vars: a list of gradients and variables.

    Returns:
      The summaries, which are also in the collection `GraphKeys.SUMMARIES`.
    """
    summaries = []
    for grad, var in grads_and_vars:
        if grad is None:
            _logger.info("the variable %s has no gradient", var.op.name)
            continue
        values = values_of(grad)
        summaries.append(summary.histogram(f"{var.op.name}/gradient", values))
        norm = ops.global_norm([values])
        summaries.append(summary.scalar(f"{var.op.name}/gradient_norm", norm))
    return summaries


def create_train_op(
    total_loss: Any,
    optimizer: Any,
    global_step: Any = USE_GLOBAL_STEP,
    update_ops: Sequence[Any] | None = None,
    variables_to_train: Sequence[Any] | None = None,
    transform_grads_fn: Callable[[GradsAndVars], GradsAndVars] | None = None,
    summarize_gradients: bool = False,
    gate_gradients: int = Optimizer.GATE_OP,
    aggregation_method: Any = None,
    colocate_gradients_with_ops: bool = False,
    check_numerics: bool = True,
) -> Tensor:
    """Return the tensor that takes a training step when it is evaluated; its value is the loss.

    Args:
      total_loss: the loss, a scalar.
      optimizer: a `tf.train.Optimizer`.
      global_step: a variable that counts steps; None for none; by default that of the graph, made
        if there is none.
      update_ops: operations that run before the loss is computed; by default the collection
        `GraphKeys.UPDATE_OPS`.
      variables_to_train: by default the trainable variables.
      transform_grads_fn: a function of the list of gradients and variables that returns such a
        list, which is applied.
      summarize_gradients: whether to add summaries of the gradients.
      gate_gradients: see `Optimizer.compute_gradients`.
      aggregation_method: see `Optimizer.compute_gradients`.
      colocate_gradients_with_ops: see `Optimizer.compute_gradients`.
      check_numerics: whether a step fails if the loss is infinite or not a number.

    Returns:
      A scalar, also added to the collection `GraphKeys.TRAIN_OP`.

    Raises:
      ValueError: there is nothing to train, or a variable is not trainable.

    >>> import graphflow as tf
    >>> w = tf.Variable(8.0)
    >>> optimizer = tf.train.GradientDescentOptimizer(0.25)
    >>> step = tf.contrib.training.create_train_op(w * w, optimizer)
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> print(sess.run(step), sess.run(w), sess.run(tf.train.get_global_step()))
    64.0 4.0 1
    """
    if global_step is USE_GLOBAL_STEP:
        global_step = get_or_create_global_step()
    total_loss = _after(_chosen_updates(update_ops), convert_to_tensor(total_loss))
    grads = optimizer.compute_gradients(
        total_loss,
        _checked(variables_to_train),
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
    )
    if transform_grads_fn is not None:
        grads = transform_grads_fn(grads)
    if summarize_gradients:
        with name_scope("summarize_grads"):
            add_gradients_summaries(grads)
    updates = optimizer.apply_gradients(grads, global_step=global_step)
    with name_scope("train_op"):
        if check_numerics:
            total_loss = ops.check_numerics(total_loss, "LossTensor is inf or nan")
        train_op: Tensor = ops.with_dependencies([updates], total_loss)
    get_default_graph().get_collection_ref(GraphKeys.TRAIN_OP).append(train_op)
    return train_op


def _chosen_updates(update_ops: Sequence[Any] | None) -> list[Any]:
    found = get_default_graph().get_collection(GraphKeys.UPDATE_OPS)
    if update_ops is None:
        return found
    if any(all(item is not other for other in update_ops) for item in found):
        _logger.warning(
            "create_train_op is given update_ops that lack some of the collection UPDATE_OPS"
        )
    return list(update_ops)


def _after(updates: list[Any], total_loss: Tensor) -> Tensor:
    if not updates:
        return total_loss
    with control_dependencies(updates):
        barrier = ops.no_op(name="update_barrier")
    result: Tensor = ops.with_dependencies([barrier], total_loss)
    return result


def _checked(variables: Sequence[Any] | None) -> list[Any]:
    trainable = trainable_variables()
    if variables is None:
        variables = trainable
    for var in variables:
        if not any(var is other for other in trainable):
            raise ValueError(f"the variable {var.op.name} is not trainable")
    if not variables:
        raise ValueError("there are no variables to train")
    return list(variables)
