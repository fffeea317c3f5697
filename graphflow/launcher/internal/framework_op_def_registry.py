"""`tensorflow.python.framework.op_def_registry`."""

from __future__ import annotations

from typing import Any

from graphflow.core.op import op_class, registered_ops
from graphflow.interop.op_defs import op_def


def get_registered_ops() -> dict[str, Any]:
    """Return the declarations of all ops, `OpDef` messages by the ops' types.

    >>> get_registered_ops()["VariableV2"].is_stateful
    True
    """
    return {name: op_def(op_class(name)) for name in registered_ops()}
