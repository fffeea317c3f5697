"""The text of a loop that computes a group of steps in one pass over memory.

It is a function for numba.  Sizes are arguments, so that one text serves all batch sizes; what is
fixed is how many axes there are, and along which of them each array varies.
"""

from __future__ import annotations

import ast
import functools
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphflow.compiler.fusion import Group, expression
from graphflow.compiler.memory import Form, form_of
from graphflow.compiler.plan import Step
from graphflow.core.code_cache import fingerprint
from graphflow.core.spec import TensorSpec

_ELEMENTARY = ("exp32", "log32", "sigmoid32", "tanh32")
# Imported late, for it imports numba.
_ELEMENTARY_MODULE = "graphflow.compiler.elementary"


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
    members = [steps[position] for position in group.positions]
    names = _short_names(members)
    forms = {slot: _form(specs, slot) for slot in names}
    arrays = [*group.inputs, *group.outputs]
    loops = nest(group.shape, [forms[slot].shape for slot in arrays])
    varies = dict(zip(arrays, loops.varies, strict=True))
    depth = len(loops.sizes)
    sizes = [f"n{axis}" for axis in range(depth)]
    arguments = [*sizes, *(f"{'y' if s in group.outputs else 'x'}{names[s]}" for s in arrays)]
    lines = [f"def run({', '.join(arguments)}):"]
    for slot in arrays:
        is_output = slot in group.outputs
        argument = f"{'y' if is_output else 'x'}{names[slot]}"
        axes = [f"n{axis}" for axis, has_axis in enumerate(varies[slot]) if has_axis]
        given = f".reshape({', '.join(axes) or '1'})" if axes or is_output else ""
        lines.append(f"    a{names[slot]} = {argument}{given}")
    lines += _loads(group.inputs, names, varies, -1)
    for axis in range(depth):
        lines.append(f"{_indent(axis)}for i{axis} in range(n{axis}):")
        for slot in arrays:
            if varies[slot][axis] and any(varies[slot][axis + 1 :]):
                whole, part = (_row(names[slot], varies[slot][:n]) for n in (axis, axis + 1))
                lines.append(f"{_indent(axis + 1)}{part} = {whole}[i{axis}]")
        lines += _loads(group.inputs, names, varies, axis)
    inner = _indent(depth)
    for step in members:
        (slot,) = step.outputs
        text = expression(step, specs)
        assert text is not None
        lines.append(f"{inner}v{names[slot]} = {_typed(text, step, names, forms)}")
    for slot in group.outputs:
        target = _element(names[slot], varies[slot]) if depth else f"a{names[slot]}[0]"
        lines.append(f"{inner}{target} = v{names[slot]}")
    text = "\n".join(lines)
    used = [name for name in _ELEMENTARY if f"{name}(" in text]
    head = ["import numpy as np", "from graphflow.core.code_cache import machine_code"]
    if used:
        head += [f"from {_ELEMENTARY_MODULE} import {', '.join(used)}", _version()]
    source = "\n".join([*head, "", "@machine_code", text, ""])
    examples = [_example(forms[slot], slot in group.outputs) for slot in arrays]
    return Loop(source, loops.sizes, (*loops.sizes, *examples))


@functools.cache
def _version() -> str:
    """A comment that changes with the functions that loops call."""
    return fingerprint(importlib.import_module(_ELEMENTARY_MODULE))


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


def _loads(
    inputs: Sequence[int],
    names: Mapping[int, int],
    varies: Mapping[int, tuple[bool, ...]],
    axis: int,
) -> list[str]:
    """Read the elements of the inputs whose last axis is this one; -1 stands for none."""
    return [
        f"{_indent(axis + 1)}v{names[slot]} = {_element(names[slot], varies[slot])}"
        for slot in inputs
        if max((n for n, has_axis in enumerate(varies[slot]) if has_axis), default=-1) == axis
    ]


def _row(name: int, varies: tuple[bool, ...]) -> str:
    """The part of an array for given indices of the first axes."""
    fixed = "".join(str(axis) for axis, has_axis in enumerate(varies) if has_axis)
    return f"a{name}" + (f"_{fixed}" if fixed else "")


def _element(name: int, varies: tuple[bool, ...]) -> str:
    if not any(varies):
        return f"a{name}"
    last = max(axis for axis, has_axis in enumerate(varies) if has_axis)
    return f"{_row(name, varies[:last])}[i{last}]"


class _Numbers(ast.NodeTransformer):
    """Gives numbers a dtype: plain ones would make numba compute in float64 or int64."""

    def __init__(self, dtype: str) -> None:
        self._dtype = dtype

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            return node
        return ast.parse(f"np.{self._dtype}({node.value!r})", mode="eval").body


def _typed(text: str, step: Step, names: Mapping[int, int], forms: Mapping[int, Form]) -> str:
    """An expression in the loop's names, with the dtype of the step's result."""
    tree = ast.parse(text, mode="eval")
    dtype = forms[step.outputs[0]].dtype.name
    operands = dtype if dtype != "bool" else forms[step.inputs[0]].dtype.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id[0] == "v" and node.id[1:].isdigit():
            node.id = f"v{names[int(node.id[1:])]}"
    if operands != "bool":
        tree = _Numbers(operands).visit(tree)
    result = ast.unparse(tree)
    # numba computes with integers in 64 bits.
    return f"np.int32({result})" if dtype == "int32" else result
