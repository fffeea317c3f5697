"""What ops on datasets with functions share: bodies that run for single elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphflow.core.errors import FailedPreconditionError
from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, Context, Op
from graphflow.core.references import variable_of
from graphflow.ops._static import as_array

# A function of an element and a cancellation token.
Function = Callable[[Sequence[Array], Any], list[Array]]


class RunsBodies(Op):
    """Mixed into ops on datasets that hold bodies.

    The bodies run later than the op, and see the values that variables have then.
    """

    needs_context = True

    def __post_init__(self) -> None:
        total = sum(len(body.inputs) for body in self.bodies())
        # More positions than there are inputs do no harm.
        positions = tuple(range(total + len(self.input_args())))
        object.__setattr__(self, "reads_uninitialized", positions)

    def bodies(self) -> tuple[FuncGraph, ...]:
        """The bodies that the op holds."""
        raise NotImplementedError


def bound(ctx: Context, body: FuncGraph, captured: Sequence[Array], first: int) -> Function:
    """Return a body as a function of its arguments alone.

    Args:
      ctx: the context of the op that holds it.
      body: the body.
      captured: the values that it captures; those of variables are read when it runs.
      first: the position of the first of them among the op's inputs.

    Raises:
      FailedPreconditionError: a value is that of an uninitialized reference variable.
    """
    call = ctx.function(body, is_of_dataset=True)
    values = [as_array(item) if isinstance(item, bytes) else item for item in captured]
    cells = {}
    for index in range(len(values)):
        tensor = ctx.node.inputs[first + index]
        if values[index] is None and tensor.dtype.name != "resource":
            message = f"attempting to use uninitialized value {tensor.op.name}"
            raise FailedPreconditionError(None, None, message)
        variable = _variable_behind(tensor)
        if variable is not None:
            cells[index] = ctx.resources.cell(variable)

    def function(element: Sequence[Array], token: Any) -> list[Array]:
        present = values
        if cells:
            present = list(values)
            for index, cell in cells.items():
                present[index] = cell.read()
        arguments = [as_array(item) if isinstance(item, bytes) else item for item in element]
        return call([*arguments, *present], cancellation=token)

    return function


def _variable_behind(tensor: Tensor) -> Operation | None:
    """The variable that a captured tensor refers to, or whose value it is."""
    op = tensor.op.op
    source = op.source if op.is_argument else None  # type: ignore[attr-defined]
    if source is not None:
        return _variable_behind(source)
    if op.is_identity and tensor.op.inputs[0].dtype._is_ref_dtype:
        return variable_of(tensor.op.inputs[0])
    return variable_of(tensor)
