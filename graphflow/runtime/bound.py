"""The variables of a plan in one session: their cells, found once, and what writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from graphflow.compiler.plan import Plan, Source, Step
from graphflow.core.errors import FailedPreconditionError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array
from graphflow.core.references import variable_of
from graphflow.runtime.failures import failure
from graphflow.runtime.resources import ResourceManager
from graphflow.runtime.variables import VariableCell, locked, ordered_cells, update


class Write:
    """Executes a step that writes variables.

    Args:
      step: the step.
      cells: the variables.

    Attributes:
      step: the step.
      cells: the variables.
    """

    __slots__ = ("_kernel", "_ordered", "_positions", "_takes_out", "cells", "step")

    def __init__(self, step: Step, cells: Sequence[VariableCell]) -> None:
        op = step.op
        self.step = step
        self.cells = tuple(cells)
        self._ordered = ordered_cells(cells)
        self._kernel = op.kernel
        self._positions = tuple([index + op.needs_context for index in op.writes])
        self._takes_out = op.has_out

    def __call__(
        self, inputs: list[Any], kernel: Callable[..., Any] | None = None
    ) -> tuple[list[Array], Sequence[Any]]:
        """Run the kernel.

        Args:
          inputs: its inputs, among them the context if it needs one; None for the variables.
          kernel: another kernel, of an op that does the work of others too.

        Returns:
          The new values, in the order of the step's `updates`, and the outputs that are no
          references.

        Raises:
          FailedPreconditionError: a variable is uninitialized.
        """
        return update(
            self.cells,
            self._ordered,
            kernel or self._kernel,
            inputs,
            self._positions,
            self._takes_out,
            self._require,
        )

    def buffers(self) -> list[Array] | None:
        """The current values if they may be overwritten, else None; the caller holds the locks."""
        found = []
        for cell in self.cells:
            if cell.is_empty():
                return None
            buffer = cell.buffer()
            if not cell.holds(buffer):
                return None
            found.append(buffer)
        return found

    def _require(self, position: int) -> None:
        """Raise unless the op accepts an uninitialized variable at a position."""
        op = self.step.op
        if position - op.needs_context not in op.reads_uninitialized:
            variable = self.step.updates[self._positions.index(position)]
            raise uninitialized(variable.outputs[0])


class JointWrite:
    """Executes several steps that write variables at once, if that can happen in place.

    Args:
      writes: what executes each of them; their ops are equal.
    """

    __slots__ = ("_op", "_ordered", "_writes")

    def __init__(self, writes: Sequence[Write]) -> None:
        self._writes = writes
        self._ordered = ordered_cells([cell for write in writes for cell in write.cells])
        self._op = writes[0].step.op

    def __call__(self, inputs: Sequence[list[Any]]) -> None:
        """Run the kernels.

        Args:
          inputs: for each step the inputs of its kernel; None for the variables.

        Raises:
          FailedPreconditionError: a variable is uninitialized.
        """
        with locked(self._ordered):
            states = []
            for write in self._writes:
                buffers = write.buffers()
                if buffers is None:
                    break
                states.append(buffers)
            else:
                self._op.update_all(states, inputs)
                return
        for write, arguments in zip(self._writes, inputs, strict=True):
            write(arguments)


class Bound:
    """The cells of a plan's variables in one session.

    Attributes:
      writes: for each step that writes variables, by its index, what executes it.
    """

    __slots__ = ("_joint", "_overwritten", "_reads", "writes")

    def __init__(
        self, variables: Sequence[Source], steps: Sequence[Step], resources: ResourceManager
    ) -> None:
        self._reads: list[tuple[VariableCell, int, Source]] = []
        self._overwritten: list[tuple[VariableCell, Source]] = []
        for source in variables:
            cell = resources.cell(source.tensor.op)
            if source.is_read:
                self._reads.append((cell, source.slot, source))
            elif source.reader is not None:
                self._overwritten.append((cell, source))
        self._joint: dict[tuple[int, ...], JointWrite] = {}
        self.writes: dict[int, Write] = {
            step.index: Write(step, [resources.cell(variable) for variable in step.updates])
            for step in steps
            if step.updates and not step.op.runs_bodies
        }

    def write_together(self, indices: tuple[int, ...], inputs: Sequence[list[Any]]) -> None:
        """Execute several steps whose ops are equal, see `JointWrite`.

        Args:
          indices: of the steps.
          inputs: for each the inputs of its kernel; None for the variables.
        """
        joint = self._joint.get(indices)
        if joint is None:
            joint = self._joint[indices] = JointWrite([self.writes[index] for index in indices])
        joint(inputs)

    def read(self, slots: list[Any]) -> None:
        """Put the values of variables into their slots.

        Raises:
          FailedPreconditionError: a variable whose value is needed is uninitialized.
        """
        for cell, slot, source in self._reads:
            value = cell.read()
            if value is None and source.reader is not None:
                raise failure(uninitialized(source.tensor), source.reader, None)
            slots[slot] = value
        for cell, source in self._overwritten:
            if cell.is_empty() and source.reader is not None:
                raise failure(uninitialized(source.tensor), source.reader, None)


NOTHING_BOUND = Bound((), (), ResourceManager())


def bound_to(plan: Plan, resources: ResourceManager) -> Bound:
    """Return the cells of a plan's variables in the session that has these resources."""
    sessions: WeakKeyDictionary[ResourceManager, Bound] = plan.sessions
    bound = sessions.get(resources)
    if bound is None:
        bound = sessions[resources] = Bound(plan.variables, plan.steps, resources)
    return bound


def uninitialized(tensor: Tensor) -> FailedPreconditionError:
    """Return the error of a variable without a value, from its reference or handle."""
    variable = variable_of(tensor) or tensor.op
    return FailedPreconditionError(
        None,
        None,
        f"attempting to use uninitialized value {variable.name}: run its initializer first "
        "(such as session.run(tf.global_variables_initializer())), in a run of its own",
    )
