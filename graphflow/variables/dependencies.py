"""Initial values that depend on other variables, which may not be initialized yet."""

from __future__ import annotations

from typing import Any

from graphflow.core.graph import Operation, Tensor
from graphflow.core.keys import GraphKeys

# These are safe whether or not the variable has a value, or meant to read it as it is.
_LEFT_ALONE = frozenset({
    "IsVariableInitialized", "VarIsInitializedOp", "ReadVariableOp", "If", "Case", "While",
})  # fmt: skip
_VARIABLES = frozenset({"Variable", "VariableV2", "VarHandleOp"})


def guarded(initial: Tensor, name: str) -> Tensor:
    """Return an initial value in which other variables stand for their initialized values.

    Initializers run in any order; one that reads another variable would otherwise fail at times.

    Args:
      initial: the initial value.
      name: the name of the variable that it is for.

    Returns:
      `initial` itself unless it depends on variables.
    """
    if not initial.op.inputs and initial.op.type not in _VARIABLES:
        return initial
    return _Guard(name).tensor(initial)


class _Guard:
    """Copies what depends on variables, each operation once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._copies: dict[Operation, Operation] = {}

    def tensor(self, tensor: Tensor) -> Tensor:
        operations = self._in_order(tensor.op)
        for operation in operations:
            self._copies[operation] = self._copy(operation)
        return self._follow(tensor)

    def _in_order(self, last: Operation) -> list[Operation]:
        """The operations that `last` depends on, inputs first."""
        found: set[Operation] = set()
        stack = [last]
        while stack:
            operation = stack.pop()
            if operation in found:
                continue
            found.add(operation)
            if not _is_left_alone(operation):
                stack.extend(tensor.op for tensor in operation.inputs)
        return sorted(found, key=lambda operation: operation.id)

    def _follow(self, tensor: Tensor) -> Tensor:
        return self._copies[tensor.op].outputs[tensor.value_index]

    def _copy(self, operation: Operation) -> Operation:
        if _is_left_alone(operation):
            return operation
        if operation.type in _VARIABLES:
            return _initialized(operation)
        inputs = [self._follow(tensor) for tensor in operation.inputs]
        if all(new is old for new, old in zip(inputs, operation.inputs, strict=True)):
            return operation
        name = f"{operation.name}_{self._name}/"
        return operation.graph.add_operation(operation.op, inputs, name)


def _is_left_alone(operation: Operation) -> bool:
    """Whether to keep an operation as it is: a copy of one that writes would write once more."""
    return operation.type in _LEFT_ALONE or bool(operation.op.writes)


def _initialized(operation: Operation) -> Operation:
    """The operation of a variable's initialized value; of the variable itself if it is unknown."""
    graph = operation.graph
    keys = (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES)
    known: list[Any] = [variable for key in keys for variable in graph.get_collection(key)]
    for variable in known:
        if variable.op is operation:
            value: Tensor = variable.initialized_value()
            return value.op
    return operation
