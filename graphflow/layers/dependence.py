"""Which losses and updates of a layer depend on which inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Operation, Tensor


def related_to(items: Sequence[tuple[Any, bool]], inputs: Any) -> list[Any]:
    """Return those of some losses or updates that depend on inputs, or on none.

    Args:
      items: each with whether it depends on inputs.
      inputs: a tensor or structure of tensors; None for those that depend on none.
    """
    if inputs is None:
        return [item for item, is_conditional in items if not is_conditional]
    sources = {convert_to_tensor(tensor).op for tensor in nest.flatten(inputs)}
    return [item for item, is_conditional in items if is_conditional and _depends(item, sources)]


def _depends(item: Any, sources: set[Operation]) -> bool:
    stack = [item.op if isinstance(item, Tensor) else item]
    seen: set[Operation] = set()
    while stack:
        operation = stack.pop()
        if operation in sources:
            return True
        if operation not in seen:
            seen.add(operation)
            stack.extend(tensor.op for tensor in operation.inputs)
            stack.extend(operation.control_inputs)
    return False
