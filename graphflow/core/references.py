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
