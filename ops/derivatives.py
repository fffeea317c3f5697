"""Second derivatives."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.gradients import gradients
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope

__all__ = ["hessians"]


def hessians(
    ys: Any,
    xs: Any,
    name: str = "hessians",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
) -> list[Tensor]:
    """Add nodes for the second derivatives of the sum of `ys` with respect to each of `xs`.

    Args:
      ys: a tensor or list of tensors.
      xs: a tensor or list of tensors.
      name: name scope of the operations.
      colocate_gradients_with_ops: see `tf.gradients`.
      gate_gradients: see `tf.gradients`.
      aggregation_method: see `tf.gradients`.

    Returns:
      For each x a tensor of shape x.shape + x.shape.

    Raises:
      ValueError: `ys` does not depend on an x.

    >>> import graphflow as tf
    >>> x = tf.constant([2.0, 3.0])
    >>> tf.Session().run(tf.hessians(x[0] * x[0] * x[1], x)[0])
    array([[6., 4.],
           [4., 0.]], dtype=float32)
    """
    sources = list(xs) if isinstance(xs, (list, tuple)) else [xs]
    options: dict[str, Any] = {
        "colocate_gradients_with_ops": colocate_gradients_with_ops,
        "gate_gradients": gate_gradients,
        "aggregation_method": aggregation_method,
    }
    firsts = gradients(ys, sources, name=f"{name}_first", **options)
    with name_scope(name, "hessians", []):
        return [_hessian(g, x, options) for g, x in zip(firsts, sources, strict=True)]


def _hessian(first: Any, x: Any, options: dict[str, Any]) -> Tensor:
    if first is None:
        raise ValueError(f"the ys do not depend on {x!r}")
    tensor = convert_to_tensor(x)
    flat = ops.reshape(convert_to_tensor(first), [-1])

    def row(index: Tensor) -> Tensor:
        # An element of the gradient that is constant in x has the derivative zero.
        (grad,) = gradients(flat[index], x, unconnected_gradients="zero", **options)
        return ops.reshape(convert_to_tensor(grad), [-1])

    rows = ops.map_fn(row, ops.range(ops.size(flat)), dtype=tensor.dtype.base_dtype)
    shape = ops.shape(tensor)
    result = ops.reshape(rows, ops.concat([shape, shape], 0))
    result.set_shape(tensor.shape.concatenate(tensor.shape))
    return result
