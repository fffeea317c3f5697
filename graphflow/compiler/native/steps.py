"""For each type of op the statements that compute it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from graphflow.compiler.expressions import typed
from graphflow.compiler.memory import form_of
from graphflow.compiler.native.functions import expression_of
from graphflow.compiler.native.indexing import (
    depends_on_data,
    write_gather,
    write_one_hot,
    write_segment_sum,
    write_slice,
)
from graphflow.compiler.native.moves import (
    VIEWS,
    write_concat,
    write_constant,
    write_fill,
    write_identity,
    write_pack,
    write_scatter,
    write_view,
)
from graphflow.compiler.native.products import write_product
from graphflow.compiler.native.reductions import REDUCTIONS, write_bias_gradient, write_reduction
from graphflow.compiler.native.rows import write_extreme, write_softmax
from graphflow.compiler.native.writer import ARENAS, CannotCompile, Element, Task, Writer
from graphflow.compiler.parts import broadcasts
from graphflow.core.spec import TensorShape, TensorSpec

# Ops whose results are one element again and again.
_REPETITIONS = frozenset({"Fill", "OnesLike", "ZerosLike"})
_INTEGERS = frozenset({"int32", "int64"})


# -- elements --------------------------------------------------------------------------------------


def is_element(task: Task, writer: Writer) -> bool:
    """Tell whether a task computes each element of its result from those of the inputs.

    Args:
      task: any task.
      writer: knows the specs.
    """
    if len(task.outputs) != 1 or task.op.type in VIEWS or task.op.type in _REPETITIONS:
        return False
    specs = [writer.specs.get(slot) for slot in (*task.inputs, *task.outputs)]
    forms = [form_of(spec) for spec in specs]
    if any(form is None or form.dtype.name not in ARENAS for form in forms):
        return False
    if _is_select_of_rows(task, writer):
        return True
    *inputs, result = [form.shape for form in forms if form is not None]
    fits = all(broadcasts(shape, result) for shape in inputs)
    return fits and _expression(task, writer, task.inputs) is not None


def element_of(task: Task, writer: Writer) -> Element:
    """Return how an element of a task's result is computed.

    Args:
      task: a task that `is_element`.
      writer: knows the specs; gets places for parts of the inputs.
    """
    (slot,) = task.outputs
    operands = task.inputs
    if _is_select_of_rows(task, writer):
        operands = (_as_column(writer, task), *operands[1:])
        text: str | None = f"v{operands[1]} if v{operands[0]} else v{operands[2]}"
    else:
        text = _expression(task, writer, operands)
    assert text is not None
    result = writer.form(slot).dtype.name
    inputs = writer.form(operands[0]).dtype.name if operands else result
    text = typed(text, result, inputs if result == "bool" else result)
    # Functions of the mathematical library may give another dtype.
    return Element(slot, operands, f"np.{result}({text})" if "np." in text else text)


def _expression(task: Task, writer: Writer, operands: Sequence[int]) -> str | None:
    names = [f"v{slot}" for slot in operands]
    specs = [writer.specs[slot] for slot in task.inputs]
    text = task.op.scalar_expression(names, specs)
    if text is not None or not operands:
        return text
    if task.op.type == "Cast":
        return _cast(names[0], specs[0].dtype.name, writer.form(task.outputs[0]).dtype.name)
    return expression_of(task.op, names, writer.form(task.inputs[0]).dtype)


def _cast(name: str, source: str, target: str) -> str | None:
    """A conversion that is right for all values."""
    if target == "bool":
        return f"{name} != 0"
    return f"np.{target}({name})" if source in _INTEGERS | {"bool"} else None


def _is_select_of_rows(task: Task, writer: Writer) -> bool:
    """Whether a vector of conditions chooses whole rows."""
    if task.op.type != "Select":
        return False
    condition, values = (writer.specs[slot].shape.ndims for slot in task.inputs[:2])
    return condition == 1 and (values or 0) > 1


def _as_column(writer: Writer, task: Task) -> int:
    """The vector of conditions with an axis for each of the values' axes."""
    place = writer.place(task.inputs[0])
    ones = (1,) * (len(writer.form(task.inputs[1]).shape) - 1)
    shape = (*place.shape, *ones)
    dtype = writer.specs[task.inputs[0]].dtype
    slot = writer.new_slot(TensorSpec(TensorShape.of(shape), dtype))
    writer.places[slot] = replace(place, shape=shape, strides=(*place.strides, *[0 for _ in ones]))
    return slot


# -- what may fail ---------------------------------------------------------------------------------


def _write_cast(writer: Writer, task: Task) -> None:
    """Round to integers; leave the loop for numbers that no integer of the dtype comes near."""
    form = writer.form(task.outputs[0])
    source = writer.form(task.inputs[0])
    if form.dtype.name not in _INTEGERS or source.dtype.kind != "f":
        raise CannotCompile(f"a conversion from {source.dtype} to {form.dtype}")
    limit = 2.0**31 if form.dtype.name == "int32" else 2.0**63
    _write_checked(writer, task, f"not (-{limit} < {{0}} < {limit})", f"np.{form.dtype}({{0}})")


def _write_division(symbol: str) -> Callable[[Writer, Task], None]:
    def write(writer: Writer, task: Task) -> None:
        form = writer.form(task.outputs[0])
        if form.dtype.name not in _INTEGERS:
            raise CannotCompile(f"{task.op.type} of {form.dtype}")
        # The quotient of the lowest number and -1 is none: processors stop at it.
        quotient = f"np.{form.dtype}({{0}} {symbol} {{1}})"
        _write_checked(writer, task, "{1} == 0 or {1} == -1", quotient)

    return write


def _write_checked(writer: Writer, task: Task, unusual: str, text: str) -> None:
    """Compute element by element; leave the loop if an operand is unusual."""
    (slot,) = task.outputs
    form = writer.form(slot)
    names = [f"v{operand}" for operand in task.inputs]
    if form.shape == ():
        writer.fail_if(unusual.format(*names))
        writer.add(f"v{slot} = {text.format(*names)}")
        return
    target = writer.output(slot)
    writer.add("bad = False")
    with contextlib.ExitStack() as stack:
        indices = stack.enter_context(writer.loops(form.shape))
        for operand in task.inputs:
            if not writer.is_scalar(operand):
                place = writer.place(operand).broadcast(form.shape)
                writer.add(f"v{operand} = {place.element(*indices)}")
        writer.add(f"if {unusual.format(*names)}:")
        with writer.indented():
            writer.add("bad = True")
        writer.add("else:")
        with writer.indented():
            writer.add(f"{target.element(*indices)} = {text.format(*names)}")
    writer.work += 4 * form.elements
    writer.fail_if("bad")


# -- the table -------------------------------------------------------------------------------------

_WRITERS: dict[str, Callable[[Writer, Task], None]] = {
    **dict.fromkeys(VIEWS, write_view),
    **dict.fromkeys(("Slice", "StridedSlice", "StridedSliceGrad"), write_slice),
    **dict.fromkeys(REDUCTIONS, write_reduction),
    **dict.fromkeys(("ArgMax", "ArgMin"), write_extreme),
    **dict.fromkeys(("LogSoftmax", "Softmax"), write_softmax),
    **dict.fromkeys(("MatMul", "BatchMatMul", "BatchMatMulV2"), write_product),
    "BiasAddGrad": write_bias_gradient,
    "Cast": _write_cast,
    "ConcatV2": write_concat,
    "FakeParam": write_constant(0),
    "Fill": write_fill,
    "FloorDiv": _write_division("//"),
    "FloorMod": _write_division("%"),
    "Gather": write_gather,
    "GatherV2": write_gather,
    "OnesLike": write_constant(1),
    "OneHot": write_one_hot,
    "Pack": write_pack,
    "Pad": write_scatter(0),
    "PadV2": write_scatter(0),
    "UnsortedSegmentSum": write_segment_sum,
    "ZerosLike": write_constant(0),
}
_MAY_FAIL = frozenset({
    "Cast", "FloorDiv", "FloorMod", "Gather", "GatherV2", "UnsortedSegmentSum",
})  # fmt: skip


def is_known(task: Task, writer: Writer) -> bool:
    """Tell whether there are statements for a task, at least for some dtypes and shapes.

    Args:
      task: any task.
      writer: knows the specs.
    """
    return task.op.is_identity or task.op.type in _WRITERS or is_element(task, writer)


def may_fail(task: Task, writer: Writer) -> bool:
    """Tell whether a task may leave the loop.

    Args:
      task: any task.
      writer: knows the specs.
    """
    return task.op.type in _MAY_FAIL or depends_on_data(task, writer)


def write_task(writer: Writer, task: Task) -> None:
    """Write the statements of a task that is no function of each element.

    Args:
      writer: where.
      task: what.

    Raises:
      CannotCompile: there are none for it.
    """
    if task.op.is_identity:
        write_identity(writer, task)
        return
    write = _WRITERS.get(task.op.type)
    if write is None:
        raise CannotCompile(f"{task.op.type} is not known here")
    write(writer, task)
