"""What may be done to gradients before they are applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor

GradsAndVars: TypeAlias = list[tuple[Any, Any]]


def on_values(function: Callable[[Any], Any], grad: Any) -> Any:
    """Return a function of a dense gradient, or of the rows of a sparse one; None for None.

    Args:
      function: a function of a tensor that returns one of the same shape.
      grad: a tensor, `IndexedSlices` or None.
    """
    if isinstance(grad, IndexedSlices):
        return IndexedSlices(function(grad.values), grad.indices, grad.dense_shape)
    return None if grad is None else function(grad)


def values_of(grad: Any) -> Any:
    """Return a dense gradient, or the rows of a sparse one.

    Args:
      grad: a tensor or `IndexedSlices`.
    """
    return grad.values if isinstance(grad, IndexedSlices) else grad


def scaled(grad: Any, factor: Any) -> Any:
    """Return a gradient times a factor.

    Args:
      grad: a tensor, `IndexedSlices` or None.
      factor: a scalar.
    """
    return on_values(lambda values: values * factor, grad)


def clip_by_global_norm(grads_and_vars: GradsAndVars, norm: float) -> GradsAndVars:
    """Scale all gradients down together.

    Args:
      grads_and_vars: gradients and variables.
      norm: the greatest Euclidean norm of all gradients together.
    """
    clipped, _ = ops.clip_by_global_norm([grad for grad, _ in grads_and_vars], norm)
    return list(zip(clipped, [var for _, var in grads_and_vars], strict=True))


def add_noise(grads_and_vars: GradsAndVars, scale: float) -> GradsAndVars:
    """Add normally distributed noise, cut at two deviations; sparse gradients become dense.

    Args:
      grads_and_vars: gradients and variables.
      scale: the deviation before the cut.
    """
    return [(_noisy(grad, scale), var) for grad, var in grads_and_vars]


def _noisy(grad: Any, scale: float) -> Any:
    if grad is None:
        return None
    if isinstance(grad, IndexedSlices):
        grad = convert_to_tensor(grad)
    return grad + ops.truncated_normal(ops.shape(grad), dtype=grad.dtype.base_dtype) * scale


def multiply(grads_and_vars: GradsAndVars, multipliers: Mapping[Any, Any]) -> GradsAndVars:
    """Multiply the gradients of some variables.

    Args:
      grads_and_vars: gradients and variables.
      multipliers: factors by variables or their names, such as "w:0" or "w".
    """
    result = []
    for grad, var in grads_and_vars:
        keys = [key for key in (var, var.name, var.op.name) if key in multipliers]
        if grad is not None and keys:
            factor = ops.cast(multipliers[keys[0]], grad.dtype.base_dtype)
            grad = scaled(grad, factor)
        result.append((grad, var))
    return result
