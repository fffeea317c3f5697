"""Training of models: the operation that trains, and the loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphflow.contrib.slim.training_loop import train as train, train_step as train_step
from graphflow.contrib.training.train_op import (
    USE_GLOBAL_STEP,
    GradsAndVars,
    add_gradients_summaries as add_gradients_summaries,
    clip_gradient_norms as clip_gradient_norms,
    create_train_op as _create_train_op,
    multiply_gradients as multiply_gradients,
)
from graphflow.core.graph import Tensor
from graphflow.train.optimizer import Optimizer


def create_train_op(
    total_loss: Any,
    optimizer: Any,
    global_step: Any = USE_GLOBAL_STEP,
    update_ops: Sequence[Any] | None = None,
    variables_to_train: Sequence[Any] | None = None,
    clip_gradient_norm: float = 0,
    summarize_gradients: bool = False,
    gate_gradients: int = Optimizer.GATE_OP,
    aggregation_method: Any = None,
    colocate_gradients_with_ops: bool = False,
    gradient_multipliers: Mapping[Any, Any] | None = None,
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
      clip_gradient_norm: the greatest Euclidean norm of a gradient; 0 for any.
      summarize_gradients: whether to add summaries of the gradients.
      gate_gradients: see `Optimizer.compute_gradients`.
      aggregation_method: see `Optimizer.compute_gradients`.
      colocate_gradients_with_ops: see `Optimizer.compute_gradients`.
      gradient_multipliers: a dictionary of factors by variables or their names.
      check_numerics: whether a step fails if the loss is infinite or not a number.

    Returns:
      A scalar, also added to the collection `GraphKeys.TRAIN_OP`.

    Raises:
      ValueError: there is nothing to train, or a variable is not trainable.

    >>> import graphflow as tf
    >>> slim = tf.contrib.slim
    >>> w = tf.Variable(8.0)
    >>> optimizer = tf.train.GradientDescentOptimizer(0.25)
    >>> step = slim.learning.create_train_op(w * w, optimizer, clip_gradient_norm=2.0)
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> print(sess.run(step), sess.run(w))
    64.0 7.5
    """

    def transform(grads: GradsAndVars) -> GradsAndVars:
        if gradient_multipliers:
            grads = multiply_gradients(grads, gradient_multipliers)
        return clip_gradient_norms(grads, clip_gradient_norm) if clip_gradient_norm > 0 else grads

    return _create_train_op(
        total_loss, optimizer, global_step, update_ops, variables_to_train, transform,
        summarize_gradients, gate_gradients, aggregation_method, colocate_gradients_with_ops,
        check_numerics,
    )  # fmt: skip
