"""The light intermediate form that passes work on: nodes and values, apart from the user's graph.

A `Node` is an operation to run, or a source of values: a feed, a constant, or the value that a
variable has when the run begins.  A `Value` is one output of a node.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array


class Kind(Enum):
    """What a node is."""

    OPERATION = "operation"
    FEED = "feed"
    CONSTANT = "constant"
    VARIABLE = "variable"


class Value(NamedTuple):
    """Output `index` of `node`."""

    node: Node
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs


@dataclass(slots=True, eq=False)
class Node:
    """An operation of the plan, or a source of values.

    Attributes:
      kind: what it is.
      operation: the user's operation it comes from (for a feed, the one whose output is fed).
      inputs: the values it takes, in the order of the op's flattened inputs.
      control: nodes that must have run before.
      index: for a feed, which output of the operation is fed.
      value: for a constant, its value.
      updates: the variables that it writes, in the order of the op's `writes`.
    """

    kind: Kind
    operation: Operation
    inputs: list[Value] = field(default_factory=list)
    control: list[Node] = field(default_factory=list)
    index: int = 0
    value: Array = None
    updates: tuple[Operation, ...] = ()

    @property
    def is_pure(self) -> bool:
        """Whether running it again or not at all makes no difference but to its outputs."""
        op = self.operation.op
        return self.kind is not Kind.OPERATION or not (op.stateful or op.writes)

    @property
    def makes_objects(self) -> bool:
        """Whether an output is a list of tensors or the like, of which each use needs its own."""
        return any(tensor.dtype.name == "variant" for tensor in self.operation.outputs)

    def __repr__(self) -> str:
        return f"<{self.kind.value} {self.operation.name!r}>"


@dataclass(slots=True)
class Program:
    """What a run computes: nodes in an order in which they may run, and the values it returns.

    Attributes:
      nodes: the nodes, each after those that it depends on.
      fetches: the value of each fetched tensor.
      targets: nodes that must run although nothing of them is returned.
      trusts_shapes: whether the graph's static shapes hold: feeding a constant may change shapes
        that were inferred from its value.
    """

    nodes: list[Node]
    fetches: list[Value]
    targets: list[Node]
    trusts_shapes: bool = True

    def replace_values(self, replacement: dict[Value, Value]) -> None:
        """Let every user of a value use its replacement instead."""
        if not replacement:
            return
        for node in self.nodes:
            node.inputs = [_follow(value, replacement) for value in node.inputs]
        self.fetches = [_follow(value, replacement) for value in self.fetches]

    def replace_control(self, replacement: dict[Node, Iterable[Node]]) -> None:
        """Let every node that waits for a replaced node wait for its replacements instead."""
        if not replacement:
            return
        for node in self.nodes:
            if any(before in replacement for before in node.control):
                node.control = list(
                    dict.fromkeys(
                        new for before in node.control for new in replacement.get(before, (before,))
                    )
                )

    def drop_unused(self) -> None:
        """Remove the nodes that neither a fetch nor a target needs."""
        needed: set[int] = set()
        stack = [value.node for value in self.fetches] + list(self.targets)
        while stack:
            node = stack.pop()
            if id(node) in needed:
                continue
            needed.add(id(node))
            stack.extend(value.node for value in node.inputs)
            stack.extend(node.control)
        self.nodes = [node for node in self.nodes if id(node) in needed]


def _follow(value: Value, replacement: dict[Value, Value]) -> Value:
    while value in replacement:
        value = replacement[value]
    return value


def tensor_of(value: Value) -> Tensor:
    """The graph's tensor that a value stands for."""
    node = value.node
    index = node.index if node.kind is Kind.FEED else value.index
    return node.operation.outputs[index]
