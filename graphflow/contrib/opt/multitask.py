"""Losses of which a part may be missing in a step: gradients of zeros leave no trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices
from graphflow.core.graph import Operation, Tensor
from graphflow.train.optimizer import Optimizer

_UPDATES = ("_apply_dense", "_apply_sparse", "_resource_apply_dense", "_resource_apply_sparse")


class MultitaskOptimizerWrapper:
    """Lets an optimizer pass over a variable whose gradient is all zeros.

    Neither the variable nor its slots change then.  The optimizer itself is changed.

    Args:
      opt: the optimizer.

    Raises:
      TypeError: `opt` is no optimizer.

    >>> import graphflow as tf
    >>> v, weight = tf.Variable(1.0), tf.placeholder(tf.float32, [])
    >>> momentum = tf.train.MomentumOptimizer(1.0, momentum=0.5)
    >>> step = MultitaskOptimizerWrapper(momentum).minimize(v * weight)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     for value in (2.0, 0.0, 4.0):
    ...         sess.run(step, {weight: value})
    ...         print(sess.run(v))
    -1.0
    -1.0
    -6.0
    """

    def __init__(self, opt: Optimizer) -> None:
        if not isinstance(opt, Optimizer):
            raise TypeError(f"MultitaskOptimizerWrapper needs a tf.train.Optimizer, not {opt!r}")
        self._opt = opt
        for name in _UPDATES:
            # A method that the optimizer inherits leads to one of the others.
            if getattr(type(opt), name) is not getattr(Optimizer, name):
                _skip_zeros(opt, name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opt, name)


def _skip_zeros(optimizer: Optimizer, name: str) -> None:
    """Replace a method that updates a variable by one that does so if there is a gradient."""
    update = getattr(optimizer, name)

    def update_unless_zero(grad: Any, *args: Any) -> Any:
        def updated() -> Operation:
            result = update(grad, *args)
            return result.op if isinstance(result, Tensor) else result

        return ops.cond(_is_zero(grad), ops.no_op, updated)

    setattr(optimizer, name, update_unless_zero)


def _is_zero(grad: Any) -> Tensor:
    values = grad.values if isinstance(grad, IndexedSlices) else grad
    return ops.equal(ops.count_nonzero(values), 0)


def clip_gradients_by_global_norm(
    gradients_variables: Sequence[tuple[Any, Any]], clip_norm: Any = 20.0
) -> tuple[list[tuple[Any, Any]], Tensor]:
    """Scale gradients down by one factor so that their global norm is at most `clip_norm`.

    Args:
      gradients_variables: (gradient, variable) pairs; a gradient may be None.
      clip_norm: the greatest global norm.

    Returns:
      The pairs with the scaled gradients, and the norm before.

    >>> import graphflow as tf
    >>> v = tf.Variable([1.0, 2.0])
    >>> ((gradient, _),), norm = clip_gradients_by_global_norm([(tf.constant([6.0, 8.0]), v)], 5.0)
    >>> with tf.Session() as sess:
    ...     print(sess.run(gradient), sess.run(norm))
    [3. 4.] 10.0
    """
    gradients = [grad for grad, _ in gradients_variables]
    # Zeros add nothing to the norm, so that no part has to be left out.
    norm = ops.global_norm(gradients)
    clipped, _ = ops.clip_by_global_norm(gradients, clip_norm, use_norm=norm)
    variables = [var for _, var in gradients_variables]
    return list(zip(clipped, variables, strict=True)), norm
