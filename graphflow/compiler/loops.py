"""The text of a loop that computes a group of steps in one pass over memory.

It is a function for numba.  Sizes are arguments, so that one text serves all batch sizes; what is
fixed is how many axes there are, and along which of them each array varies.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphflow.compiler.expressions import module_of, typed
from graphflow.compiler.fusion import Group, expression
from graphflow.compiler.memory import Form, form_of
from graphflow.compiler.plan import Step
from graphflow.core.spec import TensorSpec


@dataclass(frozen=True)
class Loops:
    """The nest of loops over a group's shape: axes that all arrays treat alike are one.

    Attributes:
      sizes: of the axes.
      varies: for each array whether it has each axis, or is the same along it.
    """

    sizes: tuple[int, ...]
    varies: tuple[tuple[bool, ...], ...]


def nest(shape: tuple[int, ...], arrays: Sequence[tuple[int, ...]]) -> Loops:
    """Find the nest of loops over a shape.

    Args:
      shape: what the arrays broadcast to.
      arrays: their shapes.

    >>> nest((5, 2, 3), [(5, 2, 3), (2, 3), ()])
    Loops(sizes=(5, 6), varies=((True, True), (False, True), (False, False)))
    """
    padded = [(1,) * (len(shape) - len(array)) + array for array in arrays]
    sizes: list[int] = []
    columns: list[tuple[bool, ...]] = []
    for axis, size in enumerate(shape):
        if size == 1:
            continue
        column = tuple(array[axis] != 1 for array in padded)
        if columns and columns[-1] == column:
            sizes[-1] *= size
        else:
            sizes.append(size)
            columns.append(column)
    varies = tuple(tuple(column[index] for column in columns) for index in range(len(arrays)))
    return Loops(tuple(sizes), varies)


@dataclass(frozen=True)
class Loop:
    """A loop for numba.

    Attributes:
      source: the text of a module with the function `run`, which takes the sizes of the axes, the
        inputs and the outputs; inputs of one element are numbers.
      sizes: of the axes.
      examples: arguments of the types that it is called with.
    """

    source: str
    sizes: tuple[int, ...]
    examples: tuple[Any, ...]


def write_loop(
    group: Group,
    steps: Sequence[Step],
    specs: Mapping[int, TensorSpec],
) -> Loop:
    """Write the loop for a group.

    Args:
      group: the group.
      steps: the steps of the run.
      specs: for each slot what is known of its value.
    """
    writer = _Writer(group, [steps[position] for position in group.positions], specs)
    source = module_of("\n".join(writer.lines()))
    return Loop(source, writer.sizes, (*writer.sizes, *writer.examples()))


class _Writer:
    """Writes the lines of the function.

    In these, `x3` and `y3` are an input and an output as they are given, `a3` is the array with the
    axes that it varies along, `a3_01` its part for given indices of the axes 0 and 1, and `v3` one
    element.

    Args:
      group: the group.
      members: its steps.
      specs: for each slot what is known of its value.

    Attributes:
      sizes: of the axes.
    """

    def __init__(
        self, group: Group, members: Sequence[Step], specs: Mapping[int, TensorSpec]
    ) -> None:
        self._inputs, self._outputs = group.inputs, group.outputs
        self._arrays = [*group.inputs, *group.outputs]
        self._members = members
        self._specs = specs
        self._names = _short_names(members)
        self._forms = {slot: _form(specs, slot) for slot in self._names}
        loops = nest(group.shape, [self._forms[slot].shape for slot in self._arrays])
        self._varies = dict(zip(self._arrays, loops.varies, strict=True))
        self.sizes = loops.sizes

    def examples(self) -> list[Any]:
        """Small arguments of the types of the inputs and outputs."""
        return [_example(self._forms[slot], slot in self._outputs) for slot in self._arrays]

    def lines(self) -> list[str]:
        """The function, line by line."""
        sizes = [f"n{axis}" for axis in range(len(self.sizes))]
        arguments = [*sizes, *map(self._argument, self._arrays)]
        lines = [f"def run({', '.join(arguments)}):", *map(self._opening, self._arrays)]
        lines += self._loads(-1)
        for axis in range(len(self.sizes)):
            lines.append(f"{_indent(axis)}for i{axis} in range(n{axis}):")
            lines += self._rows(axis)
            lines += self._loads(axis)
        return lines + self._body()

    def _argument(self, slot: int) -> str:
        return f"{'y' if slot in self._outputs else 'x'}{self._names[slot]}"

    def _opening(self, slot: int) -> str:
        """Give an array the axes that it varies along."""
        axes = [f"n{axis}" for axis, has_axis in enumerate(self._varies[slot]) if has_axis]
        is_array = axes or slot in self._outputs
        given = f".reshape({', '.join(axes) or '1'})" if is_array else ""
        return f"    a{self._names[slot]} = {self._argument(slot)}{given}"

    def _rows(self, axis: int) -> list[str]:
        """Take the parts of arrays for an index of this axis."""
        lines = []
        for slot in self._arrays:
            varies = self._varies[slot]
            if varies[axis] and any(varies[axis + 1 :]):
                whole, part = (_row(self._names[slot], varies[:n]) for n in (axis, axis + 1))
                lines.append(f"{_indent(axis + 1)}{part} = {whole}[i{axis}]")
        return lines

    def _loads(self, axis: int) -> list[str]:
        """Read the elements of the inputs whose last axis is this one; -1 stands for none."""
        return [
            f"{_indent(axis + 1)}v{self._names[slot]} = {self._element(slot)}"
            for slot in self._inputs
            if max((n for n, varies in enumerate(self._varies[slot]) if varies), default=-1) == axis
        ]

    def _element(self, slot: int) -> str:
        name, varies = self._names[slot], self._varies[slot]
        if not any(varies):
            return f"a{name}"
        last = max(axis for axis, has_axis in enumerate(varies) if has_axis)
        return f"{_row(name, varies[:last])}[i{last}]"

    def _body(self) -> list[str]:
        """Compute the elements, and write those of the outputs."""
        inner = _indent(len(self.sizes))
        lines = []
        for step in self._members:
            (slot,) = step.outputs
            text = expression(step, self._specs)
            assert text is not None
            value = _typed(text, step, self._names, self._forms)
            lines.append(f"{inner}v{self._names[slot]} = {value}")
        for slot in self._outputs:
            target = self._element(slot) if self.sizes else f"a{self._names[slot]}[0]"
            lines.append(f"{inner}{target} = v{self._names[slot]}")
        return lines


def _example(form: Form, is_output: bool) -> Any:
    """A small argument of the same type."""
    if is_output or form.elements > 1:
        return np.empty((1,) * len(form.shape), form.dtype)
    return form.dtype.type(0)


def _short_names(members: Sequence[Step]) -> dict[int, int]:
    """Number the slots as they come, so that equal groups of different plans have equal texts."""
    slots = [slot for step in members for slot in (*step.inputs, *step.outputs)]
    return {slot: index for index, slot in enumerate(dict.fromkeys(slots))}


def _form(specs: Mapping[int, TensorSpec], slot: int) -> Form:
    form = form_of(specs[slot])
    assert form is not None
    return form


def _indent(depth: int) -> str:
    return "    " * (depth + 1)


def _row(name: int, varies: tuple[bool, ...]) -> str:
    """The part of an array for given indices of the first axes."""
    fixed = "".join(str(axis) for axis, has_axis in enumerate(varies) if has_axis)
    return f"a{name}" + (f"_{fixed}" if fixed else "")


def _typed(text: str, step: Step, names: Mapping[int, int], forms: Mapping[int, Form]) -> str:
    """An expression in the loop's names, with the dtype of the step's result."""
    tree = ast.parse(text, mode="eval")
    dtype = forms[step.outputs[0]].dtype.name
    operands = dtype if dtype != "bool" else forms[step.inputs[0]].dtype.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id[0] == "v" and node.id[1:].isdigit():
            node.id = f"v{names[int(node.id[1:])]}"
    return typed(ast.unparse(tree), dtype, operands)
