"""Functions of whole rows: softmax, and the position of an extreme value."""

from __future__ import annotations

import numpy as np

from graphflow.compiler.native.place import contiguous
from graphflow.compiler.native.writer import CannotCompile, Task, Writer


def write_softmax(writer: Writer, task: Task) -> None:
    """Write the softmax along the last axis, or its logarithm.

    Raises:
      CannotCompile: there are no elements.
    """
    (slot,) = task.outputs
    form, source = writer.form(slot), writer.place(task.inputs[0])
    if not form.elements:
        raise CannotCompile("softmax of no elements")
    target, name = writer.output(slot), form.dtype.name
    exp, log = ("exp32", "log32") if name == "float32" else ("np.exp", "np.log")
    largest, total, value = (writer.name() for _ in range(3))
    *outer, size = form.shape
    with writer.loops(outer) as rows:
        writer.add(f"{largest} = np.{name}(-np.inf)")
        writer.add(f"{total} = np.float64(0)")
        with writer.loops([size], len(outer)) as (index,):
            element = source.element(*rows, index)
            writer.add(f"{value} = {element}")
            writer.add(f"{largest} = {value} if {value} > {largest} or {value} != {value} "
                       f"else {largest}")  # fmt: skip
        with writer.loops([size], len(outer)) as (index,):
            own = target.element(*rows, index)
            writer.add(f"{own} = {source.element(*rows, index)} - {largest}")
            writer.add(f"{value} = {exp}({own})")
            writer.add(f"{total} += {value}")
            if task.op.type == "Softmax":
                writer.add(f"{own} = {value}")
        with writer.loops([size], len(outer)) as (index,):
            own = target.element(*rows, index)
            if task.op.type == "Softmax":
                writer.add(f"{own} = {own} / np.{name}({total})")
            else:
                writer.add(f"{own} = {own} - {log}(np.{name}({total}))")
    writer.work += 12 * form.elements


def write_extreme(writer: Writer, task: Task) -> None:
    """Write the index of the largest or smallest element along an axis; NaNs are passed over."""
    source = writer.place(task.inputs[0])
    axis = int(writer.value(task.inputs[1])) % len(source.shape)
    (slot,) = task.outputs
    form = writer.form(slot)
    kind = writer.form(task.inputs[0]).dtype
    if kind.kind not in "if":
        raise CannotCompile(f"{task.op.type} of {kind}")
    target = writer.output(slot) if form.shape else contiguous("", ())
    best, found, value = (writer.name() for _ in range(3))
    is_largest = task.op.type == "ArgMax"
    size = source.shape[axis]
    with writer.loops(form.shape) as rows:
        first = source.element(*_with(rows, axis, "0"))
        start = first if kind.kind == "i" else f"np.{kind.name}({'-' if is_largest else ''}np.inf)"
        writer.add(f"{best} = {start}")
        writer.add(f"{found} = 0")
        with writer.loops([size], len(rows)) as (index,):
            writer.add(f"{value} = {source.element(*_with(rows, axis, index))}")
            writer.add(f"if {value} {'>' if is_largest else '<'} {best}:")
            with writer.indented():
                writer.add(f"{best} = {value}")
                writer.add(f"{found} = {index}")
        result = f"np.{np.dtype(form.dtype).name}({found})"
        writer.add(f"{target.element(*rows) if form.shape else f'v{slot}'} = {result}")
    writer.work += 2 * source.size


def _with(rows: list[str], axis: int, index: str) -> list[str]:
    """The indices of an element: those of the other axes, and that of one axis."""
    return [*rows[:axis], index, *rows[axis:]]
