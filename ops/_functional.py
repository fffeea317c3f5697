"""What ops that hold bodies of functions share, and the bodies of their gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.func_graph import FuncGraph
from graphflow.core.gradients import is_trainable
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph
from graphflow.core.op import Array, Op
from graphflow.core.references import variable_of, variable_read_by
from graphflow.core.scopes import name_scope

# Intermediate results up to this size that are constants are made again in a gradient, not saved.
_MAX_CONSTANT_ELEMENTS = 1024


class FunctionalOp(Op):
    """Base class of the ops that run bodies of functions.

    What an operation does follows from its bodies: whether it has effects, may wait, and which
    variables it writes.
    """

    needs_context = True
    runs_bodies = True
    takes_missing_gradients = True

    def __post_init__(self) -> None:
        bodies = self.bodies()
        start = self.first_body_input()
        written = {start + index for body in bodies for index in body.written_inputs()}
        references = {
            start + index
            for body in bodies
            for index, tensor in enumerate(body.inputs)
            if tensor.dtype._is_ref_dtype or tensor.dtype.name == "resource"
        }
        facts = {
            "stateful": any(body.is_stateful for body in bodies),
            "blocking": any(body.is_blocking for body in bodies),
            "writes": tuple(sorted(written)),
            # Whether a body can do without the value shows when it runs.
            "reads_uninitialized": tuple(sorted(references)),
        }
        for name, value in facts.items():
            object.__setattr__(self, name, value)  # the dataclass is frozen

    def bodies(self) -> tuple[FuncGraph, ...]:
        """The bodies that the op holds."""
        raise NotImplementedError

    def first_body_input(self) -> int:
        """The position among the op's inputs of what the bodies get as their first argument."""
        return 0


def apply_functional(op: FunctionalOp, *inputs: Any, name: str) -> Operation:
    """Add an op that holds bodies, after the operations that its bodies wait for."""
    waits = dict.fromkeys(item for body in op.bodies() for item in body.control_captures)
    graph = get_default_graph()
    if not waits:
        return apply_op(op, *inputs, name=name)
    with graph.control_dependencies(list(waits)):
        return apply_op(op, *inputs, name=name)


def value_of(tensor: Any) -> Tensor:
    """Return the value of a reference to a variable, anything else as it is."""
    converted = convert_to_tensor(tensor)
    return ops.identity(converted) if converted.dtype._is_ref_dtype else converted


def gradient_zeros(tensor: Tensor) -> Tensor:
    """Return zeros of the shape and dtype that a gradient for `tensor` has."""
    if tensor.dtype.name != "resource":
        return ops.zeros_like(tensor)
    variable = variable_of(tensor)
    if variable is None:
        raise TypeError(f"{tensor!r} is no variable, and there are no gradients for it")
    return ops.zeros_like(ops.read_variable_op(tensor, variable.get_attr("dtype")))


def is_true(value: Array) -> bool:
    """Tell whether a predicate holds: not zero, not an empty string, or not an empty tensor."""
    if value.__class__ is np.bool_:  # what most conditions give
        return bool(value)
    if np.ndim(value):
        return bool(np.size(value))
    return bool(value.item() if isinstance(value, np.ndarray) else value)


class GradientBody(FuncGraph):
    """The body of a gradient: it may use tensors of the body that it differentiates.

    Args:
      name: what it is called.
      operation: the operation that is differentiated.
      forward: that one of its bodies.
    """

    def __init__(self, name: str, operation: Operation, forward: FuncGraph) -> None:
        super().__init__(name)
        self.operation = operation
        self.forward = forward
        self._known: dict[Tensor, Tensor] = {}

    def _capture_specially(self, tensor: Tensor) -> Tensor | None:
        if tensor.graph is not self.forward:
            return None
        known = self._known.get(tensor)
        if known is None:
            known = self._known[tensor] = self._stand_in(tensor)
        return known

    def _stand_in(self, tensor: Tensor) -> Tensor:
        source = tensor.op.op.source if tensor.op.op.is_argument else None  # type: ignore[attr-defined]
        if source is not None:
            return self.saved(tensor) if self._is_changing_value(tensor) else self.capture(source)
        value = _constant_value(tensor)
        if value is None:
            return self.saved(tensor)
        with self.as_default(), self.control_dependencies(None), name_scope(None):
            return ops.constant(value, tensor.dtype.base_dtype, name=tensor.op.name)

    def _is_changing_value(self, argument: Tensor) -> bool:
        """Whether an argument stands for the value of a variable that the forward body writes."""
        if variable_read_by(argument) is None:
            return False
        return self.forward.inputs.index(argument) in self.forward.changing_inputs()

    def saved(self, tensor: Tensor) -> Tensor:
        """Return what the body gets as the value that `tensor` had in the forward run."""
        raise NotImplementedError


def _constant_value(tensor: Tensor) -> Array | None:
    """The value of a constant to make again; None for what may be differentiated once more."""
    if is_trainable(tensor) and tensor.op.type != "Const":
        return None
    elements = tensor.shape.num_elements()
    if elements is None or elements > _MAX_CONSTANT_ELEMENTS:
        return None
    return tensor.constant_value()


def dense(grads: Sequence[Any]) -> list[Tensor | None]:
    """Convert gradients to tensors; those that are missing stay None."""
    return [None if grad is None else convert_to_tensor(grad) for grad in grads]


def seen_from(graph: Graph, tensor: Tensor) -> Tensor:
    """Return `tensor` of an outer graph as a tensor of `graph`."""
    return graph.capture(tensor) if isinstance(graph, FuncGraph) else tensor
