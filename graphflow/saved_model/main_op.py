"""Operations to run when a SavedModel has been loaded."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Operation
from graphflow.tables.base import tables_initializer
from graphflow.variables.variable import (
    global_variables_initializer,
    local_variables_initializer,
)


def main_op() -> Operation:
    """Return an operation that initializes all variables and tables."""
    return ops.group(
        global_variables_initializer(), local_variables_initializer(), tables_initializer()
    )


def main_op_with_restore(restore_op_name: Any) -> Operation:
    """Return an operation that initializes all variables and tables, and then restores.

    Args:
      restore_op_name: the operation that restores.
    """
    with control_dependencies([main_op()]):
        return ops.group(restore_op_name)
