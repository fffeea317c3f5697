"""Sums, means and extreme values along axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphflow.compiler.memory import Form
from graphflow.compiler.native.place import Place, merge_axes
from graphflow.compiler.native.writer import CannotCompile, Task, Writer


@dataclass(frozen=True)
class _Reduction:
    """How one is computed.

    Attributes:
      step: the text of a partial result with one more element.
      kinds: the kinds of dtypes that it takes.
    """

    step: str
    kinds: str


REDUCTIONS = {
    "All": _Reduction("{0} and {1}", "b"),
    "Any": _Reduction("{0} or {1}", "b"),
    "Max": _Reduction("{1} if {1} >= {0} or {1} != {1} else {0}", "if"),
    "Mean": _Reduction("{0} + {1}", "f"),
    "Min": _Reduction("{1} if {1} <= {0} or {1} != {1} else {0}", "if"),
    "Prod": _Reduction("{0} * {1}", "if"),
    "Sum": _Reduction("{0} + {1}", "if"),
}


def write_reduction(writer: Writer, task: Task) -> None:
    """Write a reduction along axes.

    Raises:
      CannotCompile: not for this dtype, or of no elements.
    """
    source = writer.place(task.inputs[0])
    rank = len(source.shape)
    axes = sorted({int(axis) % rank for axis in writer.value(task.inputs[1]).reshape(-1)})
    _write(writer, task, source, axes)


def write_bias_gradient(writer: Writer, task: Task) -> None:
    """Write the sum along all axes but the last one.

    Raises:
      CannotCompile: the channels are along another axis.
    """
    if task.op.attributes()["data_format"] != "NHWC":
        raise CannotCompile("the gradient of a bias along another axis than the last")
    source = writer.place(task.inputs[0])
    _write(writer, task, source, range(len(source.shape) - 1))


def _write(writer: Writer, task: Task, source: Place, axes: Sequence[int]) -> None:
    kind = "Sum" if task.op.type == "BiasAddGrad" else task.op.type
    (slot,) = task.outputs
    form = writer.form(slot)
    if form.dtype.kind not in REDUCTIONS[kind].kinds or not source.size:
        raise CannotCompile(f"{kind} of {source.shape} in {form.dtype}")
    writer.work += 2 * source.size
    kept = [axis for axis in range(len(source.shape)) if axis not in axes]
    target = writer.output(slot) if form.shape else writer.reserve(form)
    shape = tuple(source.shape[axis] for axis in kept)
    # The result without the axes of size 1 that stand for the reduced ones.
    flat = Place(target.array, shape, _strides(shape), target.offset)
    wide = [axis for axis, size in enumerate(source.shape) if size > 1]
    if wide and wide[-1] in kept and len(axes):
        _write_along_rows(writer, kind, source, flat, kept, form)
    else:
        _write_along_columns(writer, kind, source, flat, kept, axes, form)
    if not form.shape:
        writer.define(slot, target)


def _strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(len(shape)))


def _write_along_columns(
    writer: Writer,
    kind: str,
    source: Place,
    target: Place,
    kept: Sequence[int],
    axes: Sequence[int],
    form: Form,
) -> None:
    """Reduce the elements of each result one after the other."""
    outer = [source.strides[axis] for axis in kept]
    inner = [axis for axis in axes if source.shape[axis] > 1]
    count = int(np.prod([source.shape[axis] for axis in axes], dtype=np.int64))
    shape = tuple(source.shape[axis] for axis in inner)
    x0, x1 = writer.name(), writer.name()
    with writer.loops(target.shape) as rows:
        writer.add(f"{x0} = {_start(kind, form, is_wide=True)}")
        with writer.loops(shape, len(rows)) as columns:
            strides = (*outer, *[source.strides[axis] for axis in inner])
            every = Place(source.array, (*target.shape, *shape), strides, source.offset)
            writer.add(f"{x1} = {every.element(*rows, *columns)}")
            writer.add(f"{x0} = {REDUCTIONS[kind].step.format(x0, x1)}")
        writer.add(f"{target.element(*rows)} = {_finished(kind, x0, count, form)}")


def _write_along_rows(
    writer: Writer, kind: str, source: Place, target: Place, kept: Sequence[int], form: Form
) -> None:
    """Reduce whole rows, which are vectors: the results are partial ones meanwhile."""
    strides = [0] * len(source.shape)
    for axis, stride in zip(kept, target.strides, strict=True):
        strides[axis] = stride
    sizes, (of, to) = merge_axes(source.shape, [source.strides, tuple(strides)])
    count = source.size // target.size
    x0, x1 = writer.name(), writer.name()
    with writer.loops([target.size]) as (index,):
        flat = Place(target.array, (target.size,), (1,), target.offset)
        writer.add(f"{flat.element(index)} = {_start(kind, form, is_wide=False)}")
    with writer.loops(sizes) as indices:
        own = Place(target.array, tuple(sizes), to, target.offset).element(*indices)
        writer.add(f"{x0} = {own}")
        element = Place(source.array, tuple(sizes), of, source.offset).element(*indices)
        writer.add(f"{x1} = {element}")
        writer.add(f"{own} = {REDUCTIONS[kind].step.format(x0, x1)}")
    if kind == "Mean":
        with writer.loops([target.size]) as (index,):
            own = flat.element(index)
            writer.add(f"{own} = {_finished(kind, own, count, form)}")


def _start(kind: str, form: Form, is_wide: bool) -> str:
    """The text of the result for no elements; sums of float32 may be formed in float64."""
    if kind in ("All", "Any"):
        return str(kind == "All")
    name = form.dtype.name
    if kind in ("Max", "Min"):
        if form.dtype.kind == "f":
            return f"np.{name}({'-' if kind == 'Max' else ''}np.inf)"
        limits = np.iinfo(form.dtype)
        return f"np.{name}({limits.min if kind == 'Max' else limits.max})"
    wide = {"int32": "int64", "float32": "float64"}.get(name, name) if is_wide else name
    return f"np.{wide}({1 if kind == 'Prod' else 0})"


def _finished(kind: str, text: str, count: int, form: Form) -> str:
    if kind == "Mean":
        return f"np.{form.dtype.name}({text} / np.{form.dtype.name}({count}))"
    return text
