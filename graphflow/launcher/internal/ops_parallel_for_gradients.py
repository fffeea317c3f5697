"""`tensorflow.python.ops.parallel_for.gradients`: Jacobians, row after row in a loop."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor


def jacobian(
    output: Any, inputs: Any, use_pfor: bool = True, parallel_iterations: int | None = None
) -> Any:
    """Add nodes for the derivatives of each element of a tensor.

    Args:
      output: a tensor.
      inputs: a tensor or variable, or a structure of those.
      use_pfor: accepted; the rows are computed in a loop in either case.
      parallel_iterations: accepted; a hint.

    Returns:
      For each input a tensor of the shape output.shape + input.shape, or None.
    """
    del use_pfor, parallel_iterations
    return ops.jacobian(output, inputs)


def batch_jacobian(
    output: Any, inp: Any, use_pfor: bool = True, parallel_iterations: int | None = None
) -> Tensor | None:
    """Add nodes for the derivatives of rows of a tensor with respect to the same rows of another.

    Args:
      output: a tensor [batch, ...].
      inp: a tensor [batch, ...].
      use_pfor: accepted; the columns are computed in a loop in either case.
      parallel_iterations: accepted; a hint.

    Returns:
      A tensor [batch, *output.shape[1:], *inp.shape[1:]], or None.

    Raises:
      ValueError: the first dimensions differ.
    """
    del use_pfor, parallel_iterations
    return ops.batch_jacobian(output, inp)
