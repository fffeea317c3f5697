"""Gradients with TensorFlow 2's signatures."""

from __future__ import annotations

from typing import Any

from graphflow import ops
from graphflow.core import gradients as core_gradients
from graphflow.core.gradients import UnconnectedGradients
from graphflow.core.graph import Tensor


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Any]:
    """Add the symbolic gradients of the sum of `ys` with respect to each of `xs`.

    Args:
      ys: a tensor or a list of them.
      xs: a tensor or variable or a list of them.
      grad_ys: the gradients of `ys` to begin with; ones by default.
      name: the name scope of the added operations.
      gate_gradients: whether to compute all gradients of an operation before any is used.
      aggregation_method: a hint how to add gradients up.
      stop_gradients: tensors that count as constants.
      unconnected_gradients: what stands for a gradient that is not there.

    Returns:
      A gradient for each of `xs`.

    >>> import graphflow as tf
    >>> x = tf.constant(4.0)
    >>> with tf.Session() as session:
    ...     print(*session.run(tf.compat.v2.gradients(x**3, [x])))
    48.0
    """
    return core_gradients.gradients(
        ys,
        xs,
        grad_ys=grad_ys,
        name=name,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        stop_gradients=stop_gradients,
        unconnected_gradients=unconnected_gradients,
    )


def hessians(
    ys: Any,
    xs: Any,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    name: str = "hessians",
) -> list[Tensor]:
    """Add the second derivatives of the sum of `ys` with respect to each of `xs`.

    Args:
      ys: a tensor or a list of them.
      xs: a tensor or a list of them.
      gate_gradients: as for `gradients`.
      aggregation_method: as for `gradients`.
      name: the name scope of the added operations.

    >>> import graphflow as tf
    >>> x = tf.constant([1.0, 4.0])
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.hessians(x[0] * x[1] ** 2, [x])[0]))
    [[0. 8.]
     [8. 2.]]
    """
    return ops.hessians(
        ys, xs, name=name, gate_gradients=gate_gradients, aggregation_method=aggregation_method
    )
