"""Which operations a run needs: walk back from the fetches, cut at the feeds."""

from __future__ import annotations

from collections.abc import Iterable

from graphflow.core.graph import Operation, Tensor

_PLACEHOLDERS = frozenset({"Placeholder", "PlaceholderV2"})


def prune(roots: Iterable[Operation], fed: set[Tensor]) -> list[Operation]:
    """Return the operations that the roots depend on, in order of creation.

    A graph only grows, so the order of creation is one in which they may run.

    Args:
      roots: the operations that are fetched, or whose outputs are.
      fed: tensors whose values come from outside: what only they need is not run, nor are
        placeholders that others only wait for.
    """
    needed: set[Operation] = set()
    stack = list(roots)
    while stack:
        operation = stack.pop()
        if operation in needed:
            continue
        needed.add(operation)
        stack.extend(tensor._op for tensor in operation._inputs if tensor not in fed)
        stack.extend(before for before in operation._control_inputs if not _is_given(before, fed))
    return sorted(needed, key=_creation_order)


def _is_given(operation: Operation, fed: set[Tensor]) -> bool:
    """Tell whether an operation is a placeholder that is fed, so that nothing waits for it."""
    return operation.op.type in _PLACEHOLDERS and all(out in fed for out in operation.outputs)


def _creation_order(operation: Operation) -> int:
    return operation._id
