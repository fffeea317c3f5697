"""`tf.contrib.sparsemax`: probabilities many of which are 0, after Martins and Astudillo (2016)."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope


def sparsemax(logits: Any, name: str | None = None) -> Tensor:
    """Return the probabilities that are nearest to numbers.

    Args:
      logits: float16, float32 or float64 [batch, classes].
      name: the operation's name scope.

    Returns:
      A tensor like `logits`; each row is at least 0 and has the sum 1. It is NaN where the row has
      a NaN or an infinite maximum.

    >>> import graphflow as tf
    >>> tf.Session().run(sparsemax([[0.5, 0.25, -1.0], [3.0, 1.0, 2.5]]))
    array([[0.625, 0.375, 0.   ],
           [0.75 , 0.   , 0.25 ]], dtype=float32)
    """
    with name_scope(name, "sparsemax", [logits]):
        numbers: Any = convert_to_tensor(logits, name="logits")
        dtype = numbers.dtype
        classes = ops.shape(numbers)[1]
        falling, _ = ops.top_k(numbers, k=classes)
        sums: Any = ops.cumsum(falling, axis=1)
        counts: Any = ops.cast(ops.range(1, classes + 1), dtype)
        # The largest numbers get something: as many as stay above what all of them must give up.
        some = ops.reduce_sum(ops.cast(1 + counts * falling > sums, "int32"), 1, keepdims=True)
        last = ops.expand_dims(ops.maximum(some, 1) - 1, 2)
        threshold = (ops.gather_nd(sums, last, batch_dims=1) - 1) / ops.cast(some, dtype)
        result = ops.maximum(numbers - threshold, 0)
        invalid = ops.logical_or(ops.equal(some, 0), ops.is_nan(sums[:, -1:]))
        invalid = ops.logical_or(invalid, ops.zeros_like(numbers, dtype="bool"))
        return ops.where(
            invalid, ops.fill(ops.shape(numbers), ops.cast(float("nan"), dtype)), result
        )


def sparsemax_loss(logits: Any, sparsemax: Any, labels: Any, name: str | None = None) -> Tensor:
    """Return the loss whose gradient for the logits is `sparsemax` minus the labels.

    Args:
      logits: float16, float32 or float64 [batch, classes].
      sparsemax: `sparsemax(logits)`.
      labels: probabilities of the same shape and dtype.
      name: the operation's name scope.

    Returns:
      [batch].

    >>> import graphflow as tf
    >>> logits = tf.constant([[0.5, 0.25, -1.0], [3.0, 1.0, 2.5]])
    >>> labels = tf.constant([[0.625, 0.375, 0.0], [0.0, 1.0, 0.0]])
    >>> tf.Session().run(sparsemax_loss(logits, tf.contrib.sparsemax.sparsemax(logits), labels))
    array([0.    , 2.0625], dtype=float32)
    """
    with name_scope(name, "sparsemax_loss", [logits, sparsemax, labels]):
        numbers: Any = convert_to_tensor(logits, name="logits")
        found: Any = convert_to_tensor(sparsemax, numbers.dtype, name="sparsemax")
        wanted: Any = convert_to_tensor(labels, numbers.dtype, name="labels")
        zeros = ops.zeros_like(numbers)
        # An infinite logit whose probability is 0 costs nothing; 0 times infinity would be NaN.
        counts = ops.logical_or(found > 0, ops.is_nan(found))
        gained = ops.where(counts, found * (numbers - 0.5 * found), zeros)
        free = ops.logical_and(ops.equal(wanted, 0), ops.is_inf(numbers))
        owed: Any = ops.where(free, zeros, wanted * (0.5 * wanted - numbers))
        return ops.reduce_sum(gained + owed, axis=1)
