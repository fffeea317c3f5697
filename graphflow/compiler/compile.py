"""Compile fetches and feeds of a graph into a `Plan`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from graphflow.compiler.ir import Kind, Node, Program, Value
from graphflow.compiler.passes import PASSES, passes_named
from graphflow.compiler.plan import Plan, make_plan
from graphflow.compiler.prune import prune
from graphflow.compiler.sections import section_order
from graphflow.compiler.state import States
from graphflow.compiler.switches import ALL
from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Operation, Tensor
from graphflow.core.references import is_transparent_read, variable_of, variable_read_by

# Nothing is inferred from the value of these, so that feeding them contradicts no static shape.
_PLACEHOLDERS = frozenset({"Placeholder", "PlaceholderV2", "PlaceholderWithDefault", "_Arg"})

Pass = Callable[[Program], None]


def compile_plan(
    fetches: Sequence[Tensor],
    targets: Sequence[Operation],
    fed: Sequence[Tensor],
    passes: Sequence[Pass] = PASSES,
    switches: frozenset[str] = ALL,
) -> Plan:
    """Compile a plan.

    Args:
      fetches: tensors whose values a run returns.
      targets: operations that a run executes for their effects.
      fed: tensors whose values are given to a run, in this order.
      passes: the rewrites to apply, in order.
      switches: names of the passes that are on once shapes are known.
    """
    program = build_program(fetches, targets, fed)
    for rewrite in passes:
        rewrite(program)
    return make_plan(program, fed, switches)


def compile_body(body: FuncGraph, switches: frozenset[str]) -> tuple[Plan, list[int]]:
    """Compile the body of a function.

    A variable that changes while the body runs is no feed, nor is its own read: their value is that
    of the session when the body runs.

    Args:
      body: what to compile.
      switches: names of the passes that are on.

    Returns:
      The plan, and the positions of the body's inputs that are fed, in order.
    """
    changing = body.changing_inputs()
    positions = [index for index in range(len(body.inputs)) if index not in changing]
    fed = [body.inputs[index] for index in positions]
    passes = passes_named(switches)
    return compile_plan(tuple(body.outputs), body.targets, fed, passes, switches), positions


def build_program(
    fetches: Sequence[Tensor], targets: Sequence[Operation], fed: Sequence[Tensor]
) -> Program:
    """Prune the graph and translate what is left into a program."""
    return _Builder(fetches, targets, fed).program()


class _Builder:
    """Translates pruned operations to nodes, with variables turned into plain data flow."""

    def __init__(
        self, fetches: Sequence[Tensor], targets: Sequence[Operation], fed: Sequence[Tensor]
    ) -> None:
        self.fetches = fetches
        self.targets = targets
        self.fed = set(fed)
        roots = [tensor._op for tensor in fetches if tensor not in self.fed]
        self.operations = prune([*roots, *targets], self.fed)
        self.waits = section_order(self.operations)
        self.states = States(self.operations, self.fed, self.waits)
        self.feeds = {
            tensor: Node(Kind.FEED, tensor._op, index=tensor._value_index) for tensor in fed
        }
        self.nodes: dict[Operation, Node] = {}

    def program(self) -> Program:
        for operation in self.operations:
            if not self._is_reference_only(operation):
                self._translate(operation)
        fetched = [self._fetch(tensor) for tensor in self.fetches]
        targets = [self.nodes[op] for op in self.targets if op in self.nodes]
        nodes = [*self.feeds.values(), *self.states.initial_nodes(), *self.nodes.values()]
        trusts_shapes = all(tensor._op.op.type in _PLACEHOLDERS for tensor in self.fed)
        program = Program(nodes, fetched, targets, trusts_shapes)
        program.drop_unused()
        return program

    def _is_reference_only(self, operation: Operation) -> bool:
        """Variables and their transparent reads are not run: their users read the value."""
        op = operation.op
        return (
            op.is_variable
            or op.is_argument
            or (is_transparent_read(operation) and operation._inputs[0] not in self.fed)
        )

    def _translate(self, operation: Operation) -> None:
        node = Node(Kind.OPERATION, operation)
        node.updates = self.states.written_by(operation)
        node.inputs = [self._read(tensor, operation) for tensor in operation._inputs]
        node.control = [
            self.nodes[before] for before in operation._control_inputs if before in self.nodes
        ]
        if operation in self.waits:
            node.control.append(self.nodes[self.waits[operation]])
        self.nodes[operation] = node
        if node.updates:
            self.states.enter(operation, node)

    def _read(self, tensor: Tensor, reader: Operation | None) -> Value:
        if tensor in self.fed:
            return Value(self.feeds[tensor], 0)
        variable = variable_of(tensor, self.fed)
        if variable is None:
            variable = self._variable_read_by(tensor)
        if variable is not None:
            return self.states.read(variable, reader)
        return Value(self.nodes[tensor._op], tensor._value_index)

    def _variable_read_by(self, tensor: Tensor) -> Operation | None:
        variable = variable_read_by(tensor)
        return None if variable is None or variable.outputs[0] in self.fed else variable

    def _fetch(self, tensor: Tensor) -> Value:
        """The value of a fetched tensor; what a write returns is the value right after it."""
        variable = variable_of(tensor, self.fed)
        if variable is None:
            variable = self._variable_read_by(tensor)
            if variable is None or tensor in self.fed:
                return self._read(tensor, None)
            return self._fetch_variable(variable, tensor)
        operation = tensor._op
        while operation is not variable:
            if variable in self.states.written_by(operation):
                return self.states.after(operation, variable)
            operation = operation._inputs[0]._op
        return self._fetch_variable(variable, tensor)

    def _fetch_variable(self, variable: Operation, tensor: Tensor) -> Value:
        """The value of a variable at the end of a run, or at the beginning of a body."""
        if isinstance(tensor.graph, FuncGraph) or not variable.outputs[0].dtype._is_ref_dtype:
            return self.states.read(variable, None)
        return self.states.last(variable)
