"""`tensorflow.python.ops.control_flow_ops`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.ops.case import case_with as _case_helper

__all__ = ["_case_helper", "with_dependencies"]


def with_dependencies(
    dependencies: Sequence[Any], output_tensor: Any, name: str | None = None
) -> Tensor:
    """Return a tensor that is there after other operations have run.

    Args:
      dependencies: the operations and tensors.
      output_tensor: the tensor.
      name: the name of the operation.
    """
    inputs = [*dependencies, output_tensor]
    with (
        name_scope(name, "control_dependency", inputs) as scope,
        control_dependencies(dependencies),
    ):
        result: Tensor = ops.identity(output_tensor, name=scope)
        return result
