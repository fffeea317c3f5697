"""`tensorflow.python.ops.gradients_impl`."""

from __future__ import annotations

from typing import Any

from graphflow.core.gradients import UnconnectedGradients, gradients


def gradients_v2(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Any]:
    """Return derivatives, each near the operation that it belongs to, see `tf.gradients`.

    Args:
      ys: a tensor or list of tensors.
      xs: a tensor or list of tensors.
      grad_ys: derivatives with respect to `ys`.
      name: the name scope.
      gate_gradients: wait for all derivatives of an operation.
      aggregation_method: how several are summed.
      stop_gradients: tensors that count as constant.
      unconnected_gradients: what is returned for an x that no y depends on.
    """
    return gradients(
        ys, xs, grad_ys, name, True, gate_gradients, aggregation_method, stop_gradients,
        unconnected_gradients,
    )  # fmt: skip
