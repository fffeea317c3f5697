"""What a reference or a resource handle leads to."""

from __future__ import annotations

from collections.abc import Container

from graphflow.core.graph import Operation, Tensor


def variable_of(tensor: Tensor, fed: Container[Tensor] = ()) -> Operation | None:
    """Return the variable operation that a reference or resource handle refers to.

    Args:
      tensor: any tensor.
      fed: tensors whose values come from outside.

    Returns:
      The operation; one of an outer graph if a body captures it.  None for values, for handles of
      something else, and for what leads to a fed tensor.
    """
    while tensor not in fed:
        dtype = tensor.dtype
        if not dtype._is_ref_dtype and dtype.name != "resource":
            return None
        operation = tensor._op
        if operation.op.is_variable:
            return operation
        source = operation.op.source if operation.op.is_argument else None  # type: ignore[attr-defined]
        if source is not None:
            tensor = source
        elif operation._inputs:
            tensor = operation._inputs[0]
        else:
            return None
    return None


def is_transparent_read(operation: Operation) -> bool:
    """Whether the operation is a variable's own read, whose users count as the readers."""
    if not operation.op.is_identity or operation._control_inputs or len(operation._inputs) != 1:
        return False
    source = operation._inputs[0]
    return (
        source.dtype._is_ref_dtype
        and source._op.op.is_variable
        and operation.name == f"{source._op.name}/read"
    )


def variable_read_by(tensor: Tensor) -> Operation | None:
    """Return the variable whose own read `tensor` is, or stands for in a body; else None."""
    operation = tensor._op
    while operation.op.is_argument:
        source = operation.op.source  # type: ignore[attr-defined]
        if source is None:
            return None
        operation = source._op
    return operation._inputs[0]._op if is_transparent_read(operation) else None
