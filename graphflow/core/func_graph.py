"""`FuncGraph`: the body of a function, such as a branch of `cond` or the body of a loop.

A body is a graph of its own inside another one.  Using a tensor of an outer graph in it *captures*
the tensor: the body gets one more argument that stands for it, and the operation that holds the
body passes the tensor's value as a trailing input.  Variables are made in the outermost graph, and
collections are shared with it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from graphflow.core.convert import convert_to_tensor
from graphflow.core.extensions import provide
from graphflow.core.graph import (
    Graph,
    Operation,
    Tensor,
    get_default_graph,
    outer_graphs,
    where_it_is,
)
from graphflow.core.op import Op
from graphflow.core.references import variable_of, variable_read_by
from graphflow.core.spec import TensorSpec

# Python's usual limit, and what a body inside another one adds to the stack, generously.
_FRAMES = 1000
_FRAMES_PER_BODY = 40


@dataclass(frozen=True, eq=False, repr=False)
class Argument(Op):
    """An argument of a body; one that stands for a captured tensor knows it as its `source`."""

    spec: TensorSpec
    source: Tensor | None = None

    type = "_Arg"
    is_argument = True

    def infer(self) -> TensorSpec:
        """Return the spec that was asked for."""
        return self.spec

    def partial_output(self, index: int, *specs: TensorSpec) -> tuple[int | None, ...] | int | None:
        """Return what is statically known of the captured tensor's value."""
        return None if self.source is None else self.source.partial_value()

    def attributes(self) -> dict[str, Any]:
        """The attributes by TensorFlow's names."""
        return {"T": self.spec.dtype}


class FuncGraph(Graph):
    """The body of a function.

    Args:
      name: what the function is called; made unique among those of the outermost graph.
      outer_graph: the graph around it, by default the default graph.

    Attributes:
      name: the function's name.
      outer_graph: the graph around it.
      inputs: the arguments, then those that stand for captured tensors.
      outputs: the results, set when the body is complete.
      targets: operations that run for their effects although no result depends on them.
      captured: the captured tensors of the outer graph, in the order of their arguments.
      control_captures: operations of outer graphs that the body waits for.
      runs_with: a body that runs in turns with this one, which sees what it writes.
    """

    def __init__(self, name: str, outer_graph: Graph | None = None) -> None:
        super().__init__()
        outer: Graph = get_default_graph() if outer_graph is None else outer_graph
        self._outer = self.outer_graph = outer
        self.depth = outer.depth + 1
        _allow_recursion(self.depth)
        self._building_function = True
        self._lock = outer._lock
        self._collections = outer._collections
        self._functions = outer._functions
        self._py_functions = outer._py_functions
        self._producer_version = outer._producer_version
        self._blocks.inherit(outer._blocks)
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.targets: list[Operation] = []
        self._argument_of: dict[Tensor, Tensor] = {}
        self.control_captures: dict[Operation, None] = {}
        self.runs_with: FuncGraph | None = None
        self.name = self._register(name.replace("/", "_"))
        # The runtime keeps the compiled body here.
        self.compiled: Any = None

    def _register(self, wished: str) -> str:
        with self._lock:
            number, name = 0, wished
            while name in self._functions:
                number += 1
                name = f"{wished}_{number}"
            self._functions[name] = self
        return name

    @property
    def captured(self) -> list[Tensor]:
        """The tensors of the outer graph whose values the body needs."""
        return list(self._argument_of)

    @property
    def seed(self) -> int | None:
        """The graph-level random seed, that of the outer graph."""
        return self._outer.seed

    @seed.setter
    def seed(self, seed: int | None) -> None:
        self._outer.seed = seed

    @property
    def _last_id(self) -> int:
        # Seeds of random ops derive from it: it must differ from those of the graphs around.
        return self._outer._last_id + len(self._operations)

    @property
    def state_scope(self) -> str:
        """What the names of state that its operations keep begin with."""
        return f"{self.name}:"

    # -- arguments and captures -------------------------------------------------------------------

    def add_input(self, spec: TensorSpec, name: str = "arg") -> Tensor:
        """Add an argument.

        Args:
          spec: its shape and dtype.
          name: the name of the operation that stands for it.
        """
        return self._add_argument(Argument(TensorSpec(spec.shape, spec.dtype)), name)

    def _add_argument(self, op: Argument, name: str) -> Tensor:
        with self.control_dependencies(None):
            tensor = self.add_operation(op, (), name).outputs[0]
        self.inputs.append(tensor)
        return tensor

    def capture(self, tensor: Tensor) -> Tensor:
        """Return what stands for a tensor of an outer graph in this body.

        Raises:
          ValueError: the tensor is of no outer graph.
        """
        if tensor.graph is self:
            return tensor
        known = self._argument_of.get(tensor)
        if known is not None:
            return known
        found = self._capture_specially(tensor)
        if found is not None:
            return found
        if tensor.graph is not self.outer_graph:
            return self._capture_from_further_out(tensor)
        name = tensor.op.name.rpartition("/")[2]
        argument = self._add_argument(Argument(tensor.spec, tensor), name)
        value = tensor.constant_value()
        if value is not None:
            argument._value = value
        self._argument_of[tensor] = argument
        return argument

    def _capture_from_further_out(self, tensor: Tensor) -> Tensor:
        outer = self.outer_graph
        if not isinstance(outer, FuncGraph):
            raise ValueError(
                f"{tensor!r} (made at {tensor.op.user_line}) cannot be used in {self.name!r}: "
                f"{where_it_is(tensor.graph)}"
            )
        return self.capture(outer.capture(tensor))

    def _capture_specially(self, tensor: Tensor) -> Tensor | None:
        """Return what stands for a tensor that is captured in another way, None for all others."""
        return None

    def order_captures(self, tensors: Sequence[Tensor]) -> None:
        """Give the arguments of captured tensors the order of `tensors`, which holds them all."""
        arguments = len(self.inputs) - len(self._argument_of)
        self._argument_of = {tensor: self.capture(tensor) for tensor in tensors}
        self.inputs = [*self.inputs[:arguments], *self._argument_of.values()]

    def written_inputs(self) -> frozenset[int]:
        """The positions of the arguments that are variables which the body writes."""
        positions = {tensor: index for index, tensor in enumerate(self.inputs)}
        found = set()
        for operation in self._operations:
            for index in operation.op.writes:
                argument = _argument_behind(operation.inputs[index])
                if argument in positions:
                    found.add(positions[argument])
        return frozenset(found)

    def changing_inputs(self) -> frozenset[int]:
        """The positions of the arguments whose values are those of variables when the body runs.

        These are the variables that it writes, or that the body writes which it runs in turns with;
        and what stands for the own reads of these variables.
        """
        own = self.written_inputs()
        variables = {variable_of(self.inputs[index]) for index in own}
        if self.runs_with is not None:
            written = self.runs_with.written_inputs()
            variables.update(variable_of(self.runs_with.inputs[index]) for index in written)
        variables.discard(None)
        if not variables:
            return own
        return own.union(
            index
            for index, argument in enumerate(self.inputs)
            if (variable_of(argument) or variable_read_by(argument)) in variables
        )

    @property
    def is_stateful(self) -> bool:
        """Whether an operation of the body has effects, or results that differ from run to run."""
        return any(op.op.stateful or op.op.writes for op in self._operations)

    @property
    def is_blocking(self) -> bool:
        """Whether an operation of the body may wait for something other than the processor."""
        return any(op.op.blocking for op in self._operations)

    # -- what refers to outer graphs --------------------------------------------------------------

    def _control_operation(self, item: Any) -> Operation | None:
        values = getattr(item, "values", None)
        element = values if isinstance(values, Tensor) else item
        convert = getattr(element, "_as_graph_element", None)
        element = element if convert is None else convert()
        operation = element.op if isinstance(element, Tensor) else element
        if not isinstance(operation, Operation) or operation.graph is self:
            return super()._control_operation(item)
        if operation.graph in outer_graphs(self):
            self.control_captures[operation] = None
            return None
        return super()._control_operation(item)

    def colocate_with(self, op: Any, ignore_existing: bool = False) -> AbstractContextManager[None]:
        """Record that the operations of a block belong on the device of `op`.

        Those of a body cannot be recorded with an operation outside of it: then nothing is.

        Args:
          op: an operation, tensor or variable.
          ignore_existing: whether to forget outer blocks.
        """
        convert = getattr(op, "_as_graph_element", None)
        graph = getattr(op if convert is None else convert(), "graph", self)
        inner = op if graph is self else None
        return super().colocate_with(inner, ignore_existing or inner is None)

    def __repr__(self) -> str:
        return f"<function {self.name}>"


def _allow_recursion(depth: int) -> None:
    """Let Python recurse as deep as bodies at this depth need to be differentiated and run."""
    needed = _FRAMES + _FRAMES_PER_BODY * depth
    if sys.getrecursionlimit() < needed:
        sys.setrecursionlimit(needed)


def _argument_behind(tensor: Tensor) -> Tensor | None:
    """The argument that a reference or handle leads to, through operations that pass it on."""
    while not isinstance(tensor.op.op, Argument):
        if not tensor.op.inputs:
            return None
        tensor = tensor.op.inputs[0]
    return tensor


def data_inputs(operation: Operation) -> tuple[Tensor, ...]:
    """The tensors that an operation computes with; for a captured argument, what was captured."""
    op = operation._op
    if op.is_argument:
        source = op.source  # type: ignore[attr-defined]
        return () if source is None else (source,)
    return operation._inputs


@provide("capture")
def _capture(tensor: Tensor) -> Tensor:
    graph = get_default_graph()
    return graph.capture(tensor) if isinstance(graph, FuncGraph) else tensor


def trace(
    name: str,
    function: Callable[..., Sequence[Any]],
    specs: Sequence[TensorSpec],
    arg_names: Sequence[str] | None = None,
) -> FuncGraph:
    """Build the body of a function.

    Args:
      name: what it is called.
      function: takes one tensor for each spec; returns the list of results.
      specs: shapes and dtypes of the arguments.
      arg_names: what the arguments are called.

    Returns:
      The complete body.

    >>> from graphflow.core.dtypes import float32
    >>> from graphflow.core.spec import TensorShape
    >>> spec = TensorSpec(TensorShape([3]), float32)
    >>> trace("double", lambda x: [x + x], [spec]).outputs[0].shape.as_list()
    [3]
    """
    body = FuncGraph(name)
    names = arg_names or [f"arg{index}" for index in range(len(specs))]
    with body.as_default():
        arguments = [
            body.add_input(spec, arg_name) for spec, arg_name in zip(specs, names, strict=True)
        ]
        body.outputs = [as_output(item) for item in function(*arguments)]
    return body


def as_output(value: Any) -> Tensor:
    """Convert a result of the body that is being built to one of its tensors."""
    return convert_to_tensor(value)


def union_of_captures(bodies: Sequence[FuncGraph]) -> list[Tensor]:
    """Let all bodies take the captured tensors of all, in one order; return these."""
    tensors = list(dict.fromkeys(tensor for body in bodies for tensor in body.captured))
    for body in bodies:
        body.order_captures(tensors)
    return tensors
