"""A `Plan`: steps in order, the slots that hold their values, and what depends on what."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from graphflow.compiler.ir import Kind, Node, Program, Value, tensor_of
from graphflow.compiler.sections import held_mutexes
from graphflow.compiler.switches import ALL
from graphflow.core.graph import Operation, Tensor
from graphflow.core.handles import ResourceHandle
from graphflow.core.op import Array, Op
from graphflow.core.spec import TensorShape, as_shape

NO_SLOT = -1


@dataclass(slots=True, eq=False)
class Step:
    """One operation to execute.

    Attributes:
      index: its place in the plan's order.
      operation: the user's operation, for errors and traces.
      op: its type and attributes.
      inputs: the slots of its inputs.
      outputs: the slot of each output, NO_SLOT if nobody uses it.
      updates: the variables that it writes.
      updated: for each of those the slot for the new value, or NO_SLOT.
      frees: the slots whose last user, in the plan's order, this step is.
      successors: the steps that wait for this one.
      waits_for: the number of steps that this one waits for.
    """

    index: int
    operation: Operation
    op: Op
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    updates: tuple[Operation, ...]
    updated: tuple[int, ...]
    frees: tuple[int, ...] = ()
    successors: tuple[int, ...] = ()
    waits_for: int = 0

    def __repr__(self) -> str:
        return f"<step {self.index}: {self.op.type} {self.operation.name!r}>"


@dataclass(slots=True)
class Source:
    """A slot that is filled before the first step.

    Attributes:
      slot: the slot.
      tensor: the graph's tensor whose value it holds.
      value: for a constant, the value.
      reader: for a variable (or an argument that is one), a step's operation that needs it
        initialized; None if none does.
      is_read: False for a variable whose value steps only overwrite: nobody needs it in the slot.
    """

    slot: int
    tensor: Tensor
    value: Array = None
    reader: Operation | None = None
    is_read: bool = True


@dataclass(slots=True, eq=False)
class Plan:
    """Everything that is needed to execute one combination of fetches and feeds.

    Attributes:
      steps: in an order in which they may run one after the other.
      initial: the slots before a run, with the constants filled in.
      feeds: one source for each fed tensor, in the order in which values are given.
      constants: sources with their values.
      variables: sources that take a variable's value when the run begins.
      fetches: the slot of each fetched tensor.
      unshaped: slots of the variables whose shape the graph does not fix.
      users: for each slot the number of steps and fetches that use it.
      has_blocking: whether a step may wait for something other than the processor.
      blas_threads: 1 if a step multiplies matrices, so that a thread which runs the plan counts as
        one that BLAS has to share the cores with; else 0.
      has_variables: whether a run reads or writes variables, other than in bodies.
      mutexes: what a run must hold, in order.
      trusts_shapes: whether static shapes hold for all feeds (see `Program`).
      switches: names of the passes that are on (see `graphflow.compiler.switches`).
      variants: what the runtime learned about feeds of certain shapes; it owns the contents.
      sessions: what it learned about the variables of sessions, by their resources; the same.
      loops: the same for loops whose body this is.
      clustered: for how many variants clusters of steps were compiled.
    """

    steps: list[Step]
    initial: list[Array]
    feeds: list[Source]
    constants: list[Source]
    variables: list[Source]
    fetches: list[int]
    unshaped: list[int]
    users: list[int]
    has_blocking: bool
    blas_threads: int
    has_variables: bool
    mutexes: list[ResourceHandle]
    trusts_shapes: bool
    switches: frozenset[str] = ALL
    variants: dict[Any, Any] = field(default_factory=dict)
    sessions: WeakKeyDictionary[Any, Any] = field(default_factory=WeakKeyDictionary)
    loops: Any = None
    clustered: int = 0


def make_plan(program: Program, fed: Sequence[Tensor], switches: frozenset[str] = ALL) -> Plan:
    """Lay out a program as a plan.

    Args:
      program: what a run computes.
      fed: the tensors that are fed.
      switches: names of the passes that are on once shapes are known.
    """
    return _Layout(program, fed).plan(switches)


class _Layout:
    """Assigns slots and an order to the nodes of a program."""

    def __init__(self, program: Program, fed: Sequence[Tensor]) -> None:
        self.program = program
        self.fed = fed
        self.slot_of: dict[Value, int] = {}
        self.feeds: list[Source] = []
        self.constants: list[Source] = []
        self.variables: list[Source] = []
        self.readers: dict[Value, Operation] = {}
        self.read: set[Value] = set(program.fetches)

    def plan(self, switches: frozenset[str]) -> Plan:
        ordered = _order([n for n in self.program.nodes if n.kind is Kind.OPERATION])
        used = {value for node in ordered for value in node.inputs} | set(self.program.fetches)
        self._find_readers(ordered)
        feed_nodes = {
            tensor_of(Value(node, 0)): node for node in self.program.nodes if node.kind is Kind.FEED
        }
        for tensor in self.fed:
            node = feed_nodes.get(tensor)
            slot = self._slot(Value(node, 0)) if node is not None else NO_SLOT
            reader = self._reader(Value(node, 0)) if node and _may_be_missing(tensor) else None
            self.feeds.append(Source(slot, tensor, reader=reader))
        for node in self.program.nodes:
            if node.kind in (Kind.CONSTANT, Kind.VARIABLE):
                self._add_source(node)
        steps = [self._step(index, node, used) for index, node in enumerate(ordered)]
        _connect(steps, ordered)
        fetches = [self.slot_of[value] for value in self.program.fetches]
        users = self._count_users(steps, fetches)
        self._free_early(steps, fetches)
        return Plan(
            steps,
            self._initial(),
            self.feeds,
            self.constants,
            self.variables,
            fetches,
            [
                source.slot
                for source in self.variables
                if not declared_shape(source.tensor).is_fully_defined()
            ],
            users,
            any(step.op.blocking for step in steps),
            int(any(step.op.uses_blas for step in steps)),
            bool(self.variables) or any(step.updates for step in steps),
            held_mutexes(step.operation for step in steps),
            self.program.trusts_shapes,
            switches,
        )

    def _initial(self) -> list[Array]:
        slots: list[Array] = [None] * len(self.slot_of)
        for source in self.constants:
            slots[source.slot] = source.value
        return slots

    def _slot(self, value: Value) -> int:
        return self.slot_of.setdefault(value, len(self.slot_of))

    def _find_readers(self, ordered: Sequence[Node]) -> None:
        """Find who needs which values: the first operation, and whether for more than to write."""
        for node in ordered:
            op = node.operation.op
            overwritten = op.writes if node.updates and not op.runs_bodies else ()
            for index, value in enumerate(node.inputs):
                if index not in op.reads_uninitialized:
                    self.readers.setdefault(value, node.operation)
                if index not in overwritten:
                    self.read.add(value)

    def _add_source(self, node: Node) -> None:
        value = Value(node, 0)
        if node.kind is Kind.CONSTANT:
            tensor = node.operation.outputs[node.index]
            self.constants.append(Source(self._slot(value), tensor, node.value))
            return
        tensor = tensor_of(value)
        self.variables.append(
            Source(
                self._slot(value),
                tensor,
                reader=self._reader(value),
                is_read=value in self.read or not declared_shape(tensor).is_fully_defined(),
            )
        )

    def _reader(self, value: Value) -> Operation | None:
        """An operation that cannot do without the value of a variable, None if none is such."""
        reader = self.readers.get(value)
        if reader is None and value in self.program.fetches:
            return value.node.operation
        return reader

    def _step(self, index: int, node: Node, used: set[Value]) -> Step:
        count = len(node.operation.outputs)
        slots = [
            self._slot(value) if value in used else NO_SLOT
            for value in (Value(node, i) for i in range(count + len(node.updates)))
        ]
        return Step(
            index,
            node.operation,
            node.operation.op,
            tuple(self.slot_of[value] for value in node.inputs),
            tuple(slots[:count]),
            node.updates,
            tuple(slots[count:]),
        )

    def _count_users(self, steps: Sequence[Step], fetches: Sequence[int]) -> list[int]:
        users = [0] * len(self.slot_of)
        for step in steps:
            for slot in set(step.inputs):
                users[slot] += 1
        for slot in fetches:
            users[slot] += 1
        return users

    def _free_early(self, steps: Sequence[Step], fetches: Sequence[int]) -> None:
        keep = set(fetches) | {source.slot for source in self.constants}
        last: dict[int, Step] = {}
        for step in steps:
            for slot in step.inputs:
                last[slot] = step
        frees: dict[int, list[int]] = {}
        for slot, step in last.items():
            if slot not in keep:
                frees.setdefault(step.index, []).append(slot)
        for index, slots in frees.items():
            steps[index].frees = tuple(slots)


def declared_shape(variable: Tensor) -> TensorShape:
    """Return what the graph says of the shape of a variable, from its reference or handle."""
    shape = variable.shape if variable.dtype._is_ref_dtype else variable.op.get_attr("shape")
    return as_shape(shape)


def _may_be_missing(tensor: Tensor) -> bool:
    """Whether a body's argument may be an uninitialized variable."""
    return tensor.dtype._is_ref_dtype or tensor.dtype.name == "resource"


def _order(nodes: Sequence[Node]) -> list[Node]:
    """A topological order: by creation, but writes of variables as late as others allow.

    Late writes find fewer holders of the old value, so that more of them may happen in place.
    """
    position = {id(node): index for index, node in enumerate(nodes)}
    waiting: dict[int, int] = {}
    followers: dict[int, list[Node]] = {}
    for node in nodes:
        before = {id(n) for n in _dependencies(node) if id(n) in position}
        waiting[id(node)] = len(before)
        for item in before:
            followers.setdefault(item, []).append(node)

    def entry(node: Node) -> tuple[bool, int, Node]:
        return bool(node.updates), position[id(node)], node

    ready = [entry(node) for node in nodes if waiting[id(node)] == 0]
    heapq.heapify(ready)
    ordered = []
    while ready:
        node = heapq.heappop(ready)[2]
        ordered.append(node)
        for follower in followers.get(id(node), ()):
            waiting[id(follower)] -= 1
            if waiting[id(follower)] == 0:
                heapq.heappush(ready, entry(follower))
    return ordered


def _dependencies(node: Node) -> list[Node]:
    return [value.node for value in node.inputs] + node.control


def _connect(steps: Sequence[Step], nodes: Sequence[Node]) -> None:
    """Enter who waits for whom, including readers of a value before those that overwrite it."""
    index_of = {id(node): step.index for step, node in zip(steps, nodes, strict=True)}
    before: list[set[int]] = []
    for node in nodes:
        before.append({index_of[id(n)] for n in _dependencies(node) if id(n) in index_of})
    _let_readers_finish(steps, nodes, before)
    successors: list[list[int]] = [[] for _ in steps]
    for index, earlier in enumerate(before):
        steps[index].waits_for = len(earlier)
        for item in earlier:
            successors[item].append(index)
    for step, after in zip(steps, successors, strict=True):
        step.successors = tuple(after)


def _let_readers_finish(
    steps: Sequence[Step], nodes: Sequence[Node], before: list[set[int]]
) -> None:
    """Let a write wait for the readers of the old value that come earlier in the order.

    The values would be right without it, for a reader holds the array it sees; but then the write
    could not happen in place.
    """
    readers: dict[Operation, list[int]] = {}
    for step, node in zip(steps, nodes, strict=True):
        for variable in node.updates:
            before[step.index].update(readers.pop(variable, ()))
        for value in node.inputs:
            behind = _variable_behind(value)
            if behind is not None and behind not in node.updates:
                readers.setdefault(behind, []).append(step.index)


def _variable_behind(value: Value) -> Operation | None:
    if value.node.kind is Kind.VARIABLE:
        return value.node.operation
    extra = value.index - len(value.node.operation.outputs)
    if value.node.kind is Kind.OPERATION and extra >= 0:
        return value.node.updates[extra]
    return None
