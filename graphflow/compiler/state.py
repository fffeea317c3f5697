"""Which value of a variable each operation sees.

The rules, for one run:

- An operation that takes a variable as an input reads it.  It sees the variable's value from before
  the run, unless it depends, by data or control edges, on operations that write the variable: then
  it sees the value after the last of these.
- A run that fetches the variable itself, a reference, sees the value at its end.
- Operations that write the same variable run in their order of creation.
- The variable's own read operation (`<name>/read`) is transparent: those who use it are the
  readers.  So `with control_dependencies([assign]): y = v + 1` sees the assigned value.

This turns variables into plain data flow: a read is an edge from the write it follows, or from a
source node that takes the value when the run begins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from graphflow.compiler.ir import Kind, Node, Value
from graphflow.core.graph import Operation, Tensor
from graphflow.core.references import variable_of


class States:
    """The values of all variables in one run, while its program is built.

    Args:
      operations: those of the run, in order of creation.
      fed: the tensors that are fed.
      waits: operations that follow another one although no edge of the graph says so.

    Attributes:
      writers: for each variable the nodes that write it, in order of creation.
    """

    def __init__(
        self,
        operations: Sequence[Operation],
        fed: set[Tensor],
        waits: Mapping[Operation, Operation],
    ) -> None:
        self._fed = fed
        self._waits = waits
        self._initial: dict[Operation, Node] = {}
        self._nodes: dict[Operation, Node] = {}
        self.writers: dict[Operation, list[Operation]] = defaultdict(list)
        self._bit: dict[Operation, int] = {}
        for operation in operations:
            for variable in self.written_by(operation):
                self.writers[variable].append(operation)
                self._bit.setdefault(operation, 1 << len(self._bit))
        self._ancestors: dict[Operation, int] = {}
        if self._bit:
            self._find_ancestors(operations)

    def _find_ancestors(self, operations: Sequence[Operation]) -> None:
        """For each operation the set of writers it depends on, as a bit mask."""
        ancestors = self._ancestors
        last_writer: dict[Operation, Operation] = {}
        for operation in operations:
            mask = 0
            for tensor in operation._inputs:
                if tensor not in self._fed:
                    mask |= ancestors.get(tensor._op, 0)
            for before in operation._control_inputs:
                mask |= ancestors.get(before, 0)
            if operation in self._waits:
                mask |= ancestors[self._waits[operation]]
            if operation in self._bit:
                for variable in self.written_by(operation):
                    previous = last_writer.get(variable)
                    if previous is not None:
                        mask |= ancestors[previous]
                    last_writer[variable] = operation
                mask |= self._bit[operation]
            ancestors[operation] = mask

    def written_by(self, operation: Operation) -> tuple[Operation, ...]:
        """The variables that an operation writes, in the order of the op's `writes`.

        Raises:
          ValueError: what it writes is fed, or no variable.
        """
        if not operation.op.writes:
            return ()
        found = []
        for index in operation.op.writes:
            tensor = operation._inputs[index]
            variable = variable_of(tensor, self._fed)
            if variable is None:
                raise ValueError(
                    f"{operation!r} writes {tensor!r}, which is not a variable in this run"
                    + (" because it is fed" if tensor in self._fed else "")
                )
            found.append(variable)
        return tuple(found)

    def enter(self, operation: Operation, node: Node) -> None:
        """Remember the node of a writing operation, and make it follow the writer before it."""
        self._nodes[operation] = node
        for variable in node.updates:
            writers = self.writers[variable]
            position = writers.index(operation)
            if position:
                node.control.append(self._nodes[writers[position - 1]])

    def read(self, variable: Operation, reader: Operation | None) -> Value:
        """The value of `variable` that `reader` sees; None stands for the result of a body."""
        if reader is not None and variable in self.writers:
            mask = self._ancestors[reader] & ~self._bit.get(reader, 0)
            for writer in reversed(self.writers[variable]):
                if mask & self._bit[writer]:
                    return self.after(writer, variable)
        return Value(self._initial_node(variable), 0)

    def last(self, variable: Operation) -> Value:
        """The value of `variable` at the end of the run."""
        if variable not in self.writers:
            return Value(self._initial_node(variable), 0)
        return self.after(self.writers[variable][-1], variable)

    def after(self, writer: Operation, variable: Operation) -> Value:
        """The value of `variable` right after `writer` has run.

        New values stand behind a node's ordinary outputs.
        """
        node = self._nodes[writer]
        return Value(node, len(writer.outputs) + node.updates.index(variable))

    def _initial_node(self, variable: Operation) -> Node:
        node = self._initial.get(variable)
        if node is None:
            node = self._initial[variable] = Node(Kind.VARIABLE, variable)
        return node

    def initial_nodes(self) -> list[Node]:
        """The source nodes of the variables whose value from before the run is used."""
        return list(self._initial.values())
