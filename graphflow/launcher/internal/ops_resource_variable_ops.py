"""`tensorflow.python.ops.resource_variable_ops`."""

from __future__ import annotations

from typing import Any

from graphflow.variables.resource import ResourceVariable as ResourceVariable


def is_resource_variable(var: Any) -> bool:
    """Tell whether something is a resource variable.

    Args:
      var: anything.
    """
    return isinstance(var, ResourceVariable)
