"""Tell what the operations of a graph are for: variables with all that serves them, updates, ..."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from graphflow.core.graph import Operation, Tensor
from graphflow.core.references import variable_of
from graphflow.viz.picture import Kind

PLACEHOLDERS = frozenset({"Placeholder", "PlaceholderV2", "PlaceholderWithDefault"})
# tf.gradients puts all it makes into the first scope, what one operation needs into the second.
_GRADIENT_SCOPE = re.compile(r"(^|/)(gradients(_\d+)?|[^/]+_grad(_\d+)?)/")


def scope_of(operation: Operation) -> tuple[str, ...]:
    """Return the names of the scopes around an operation, outermost first."""
    return tuple(operation.name.split("/")[:-1])


class Purposes:
    """What each operation of a graph is for.

    Args:
      operations: all operations of one graph, in order of creation.

    Attributes:
      owner: for operations that belong to a variable (its read, its initializer and what only that
        needs, its optimizer slots): the variable.
      slots: for each variable its slots, such as Adam's moments.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._waiting = _waiting_operations(operations)
        variables = {op.name: op for op in operations if op.op.is_variable}
        self.owner: dict[Operation, Operation] = {}
        self.slots: dict[Operation, list[Operation]] = {op: [] for op in variables.values()}
        for variable in variables.values():
            self._find_primary(variable, variables)
        self._initializers: set[Operation] = set()
        for operation in operations:
            self._find_owner(operation)
        for operation in self._initializers:
            self._claim_initial_value(operation)
        self._kinds: dict[Operation, Kind] = {}
        self._homes: dict[Operation, set[str | None]] = {}
        self._find_kinds(operations)

    def kind(self, operation: Operation) -> Kind:
        """Return the kind of an operation."""
        return self._kinds[operation]

    def scope(self, operation: Operation) -> tuple[str, ...]:
        """Return the names of the scopes in which an operation is drawn.

        They are those of its name, but for a variable that only an optimizer uses: such an
        accumulator is drawn with the optimizer's operations.
        """
        homes = self._homes.get(operation, set())
        if len(homes) == 1 and None not in homes:
            return tuple(str(next(iter(homes))).split("/"))
        return scope_of(operation)

    def initialised_by(self, operation: Operation) -> int:
        """Return how many variables a group of initializers initialises, 0 for anything else."""
        if self._kinds.get(operation) is not Kind.INITIALISATION:
            return 0
        return sum(
            1 if before in self._initializers else self.initialised_by(before)
            for before in operation.control_inputs
        )

    def _find_primary(self, variable: Operation, variables: dict[str, Operation]) -> None:
        """Enter a variable named `<other variable>/<slot>` as a slot of the other."""
        primary = variables.get(variable.name.rpartition("/")[0])
        if primary is None:
            self.owner[variable] = variable
            return
        self.slots[primary].append(variable)
        self.owner[variable] = primary

    def _find_owner(self, operation: Operation) -> None:
        """Enter the operations that do no more than read or initialise a variable.

        They stand under the variable's name; resource variables are also read at each use.
        """
        is_plain_read = operation.type == "ReadVariableOp" and not operation.control_inputs
        for tensor in operation.inputs:
            variable = variable_of(tensor)
            if variable is None:
                continue
            if is_plain_read or operation.name.startswith(variable.name + "/"):
                self.owner[operation] = self.owner[variable]
                if operation.op.writes:
                    self._initializers.add(operation)

    def _claim_initial_value(self, initializer: Operation) -> None:
        """Enter what only the initializers need."""
        stack = [tensor.op for tensor in initializer.inputs]
        while stack:
            operation = stack.pop()
            if operation in self.owner or operation.type in PLACEHOLDERS:
                continue
            users = [user for tensor in operation.outputs for user in tensor.consumers()]
            users += self._waiting.get(operation, [])
            if all(user in self.owner for user in users):
                self.owner[operation] = self.owner[initializer]
                stack.extend(tensor.op for tensor in operation.inputs)

    # -- kinds ----------------------------------------------------------------------------------

    def _find_kinds(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            self._kinds[operation] = self._own_kind(operation)
        training_scopes = {
            operation.name
            for operation in operations
            if self._kinds[operation] is Kind.TRAINING and not operation.outputs
        }
        for operation in operations:
            around = [name for name in _enclosing(operation.name) if name in training_scopes]
            if around and self._kinds[operation] is Kind.COMPUTE:
                self._kinds[operation] = Kind.TRAINING
            self._note_use_of_variables(operation, around[0] if around else None)

    def _note_use_of_variables(self, operation: Operation, training_scope: str | None) -> None:
        """Enter for the variables that an operation uses in which training step it is, if any."""
        if operation in self.owner:
            return
        for tensor in operation.inputs:
            variable = self.owner.get(tensor.op)
            if variable is not None:
                self._homes.setdefault(variable, set()).add(training_scope)

    def _own_kind(self, operation: Operation) -> Kind:
        if operation.op.is_variable:
            return Kind.VARIABLE
        if operation.type in PLACEHOLDERS:
            return Kind.PLACEHOLDER
        if operation.type == "Const":
            return Kind.CONSTANT
        if operation in self._initializers:
            return Kind.INITIALISATION
        if operation.op.writes:
            return Kind.TRAINING
        if _GRADIENT_SCOPE.search(operation.name):
            return Kind.GRADIENT
        if operation.type == "NoOp":
            return self._group_kind(operation)
        return Kind.COMPUTE

    def _group_kind(self, operation: Operation) -> Kind:
        """The kind of a group is that of what it groups."""
        kinds = {self._kinds[before] for before in operation.control_inputs}
        if kinds == {Kind.INITIALISATION}:
            return Kind.INITIALISATION
        return Kind.TRAINING if Kind.TRAINING in kinds else Kind.GROUP


def _waiting_operations(operations: Iterable[Operation]) -> dict[Operation, list[Operation]]:
    """Map each operation to those that have it as a control input."""
    waiting: dict[Operation, list[Operation]] = {}
    for operation in operations:
        for before in operation.control_inputs:
            waiting.setdefault(before, []).append(operation)
    return waiting


def _enclosing(name: str) -> list[str]:
    """Return the names of the scopes around an operation's name, full ones."""
    return [name[:end] for end, letter in enumerate(name) if letter == "/"]


def is_plain_constant(operation: Operation, fed: set[Tensor]) -> bool:
    """Whether a constant only sets a parameter of operations that have other inputs as well."""
    if operation.type != "Const" or operation.control_inputs or operation.outputs[0] in fed:
        return False
    users = operation.outputs[0].consumers()
    return bool(users) and all(
        any(tensor.op.type != "Const" for tensor in user.inputs) for user in users
    )
