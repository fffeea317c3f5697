"""For each type of op the statements that compute it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from graphflow.compiler.expressions import typed
from graphflow.compiler.memory import Form, form_of
from graphflow.compiler.native.place import Place, merge_axes, place_at
from graphflow.compiler.native.products import write_product
from graphflow.compiler.native.reductions import REDUCTIONS, write_bias_gradient, write_reduction
from graphflow.compiler.native.writer import ARENAS, CannotCompile, Element, Task, Writer
from graphflow.compiler.parts import broadcasts
from graphflow.core.spec import TensorShape, TensorSpec

# Ops whose results are regular parts of one input, or repetitions of it: the input's position.
_VIEWS = {
    "BroadcastTo": 0,
    "ExpandDims": 0,
    "Reshape": 0,
    "ReverseV2": 0,
    "Slice": 0,
    "Split": 1,
    "SplitV": 0,
    "Squeeze": 0,
    "StridedSlice": 0,
    "Tile": 0,
    "Transpose": 0,
    "Unpack": 0,
}
_INTEGERS = frozenset({"int32", "int64"})


# -- elements --------------------------------------------------------------------------------------


def is_element(task: Task, writer: Writer) -> bool:
    """Tell whether a task computes each element of its result from those of the inputs.

    Args:
      task: any task.
      writer: knows the specs.
    """
    if len(task.outputs) != 1:
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
    return Element(slot, operands, typed(text, result, inputs if result == "bool" else result))


def _expression(task: Task, writer: Writer, operands: Sequence[int]) -> str | None:
    names = [f"v{slot}" for slot in operands]
    specs = [writer.specs[slot] for slot in task.inputs]
    text = task.op.scalar_expression(names, specs)
    if text is None and task.op.type == "Cast":
        return _cast(names[0], specs[0].dtype.name, writer.form(task.outputs[0]).dtype.name)
    return text


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


# -- views and copies ------------------------------------------------------------------------------


def _write_view(writer: Writer, task: Task) -> None:
    """Find out from the kernel which element of the input each one of the results is."""
    position = _VIEWS[task.op.type]
    source = writer.place(task.inputs[position])
    arguments = [
        source.positions() if index == position else writer.value(slot)
        for index, slot in enumerate(task.inputs)
    ]
    found = task.op.kernel(*arguments)
    results = found if isinstance(found, (tuple, list)) else [found]
    for slot, result in zip(task.outputs, results, strict=True):
        if slot < 0:
            continue
        positions = np.asarray(result)
        place = place_at(source.array, positions)
        if place is None:
            place = _picked(writer, source.array, positions, writer.form(slot))
        writer.define(slot, place)


def _picked(writer: Writer, array: str, positions: np.ndarray, form: Form) -> Place:
    """Copy elements from irregular positions."""
    table = writer.constant(positions.reshape(-1).astype(np.int64))
    place = writer.reserve(form)
    flat = Place(place.array, (place.size,), (1,), place.offset)
    writer.work += place.size
    with writer.loops([place.size]) as (index,):
        writer.add(f"{flat.element(index)} = {array}[{table.element(index)}]")
    return place


def _store(writer: Writer, target: Place, slot: int) -> None:
    if writer.is_scalar(slot):
        writer.add(f"{target.element(*['0'] * len(target.shape))} = v{slot}")
    else:
        writer.copy(target, writer.place(slot))


def _write_concat(writer: Writer, task: Task) -> None:
    *parts, axis_slot = task.inputs
    target = writer.output(task.outputs[0])
    axis = int(writer.value(axis_slot)) % len(target.shape)
    start = 0
    for slot in parts:
        size = writer.form(slot).shape[axis]
        writer.copy(target.part(axis, start, size), writer.place(slot))
        start += size


def _write_pack(writer: Writer, task: Task) -> None:
    target = writer.output(task.outputs[0])
    axis = task.op.attributes()["axis"] % len(target.shape)
    for index, slot in enumerate(task.inputs):
        _store(writer, target.at(axis, index), slot)


def _write_fill(writer: Writer, task: Task) -> None:
    shape = writer.form(task.outputs[0]).shape
    writer.define(task.outputs[0], writer.place(task.inputs[1]).broadcast(shape))


def _write_constant(value: int) -> Callable[[Writer, Task], None]:
    def write(writer: Writer, task: Task) -> None:
        form = writer.form(task.outputs[0])
        place = writer.constant(np.asarray(value, form.dtype))
        writer.define(task.outputs[0], place.broadcast(form.shape))

    return write


def _write_identity(writer: Writer, task: Task) -> None:
    source, target = task.inputs[0], task.outputs[0]
    if writer.is_scalar(source):
        writer.add(f"v{target} = v{source}")
    else:
        writer.places[target] = writer.place(source)


# -- what may fail ---------------------------------------------------------------------------------


def _write_gather(writer: Writer, task: Task) -> None:
    """Copy the elements at given indices of an axis; leave the loop if there is no such index."""
    source = writer.place(task.inputs[0])
    axis = 0 if task.op.type == "Gather" else int(writer.value(task.inputs[2]))
    axis %= len(source.shape)
    if task.op.attributes().get("batch_dims"):
        raise CannotCompile("gathering in batches")
    (slot,) = task.outputs
    form = writer.form(slot)
    target = writer.output(slot) if form.shape else writer.reserve(form)
    chosen = writer.place(task.inputs[1])
    count, at = source.shape[axis], writer.name("at")
    writer.add("bad = False")
    with writer.loops(chosen.shape) as indices:
        writer.add(f"{at} = {chosen.element(*indices)}")
        writer.add(f"if {at} < 0 or {at} >= {count}:")
        with writer.indented():
            writer.add("bad = True")
        if count:
            writer.add("else:")
            with writer.indented():
                writer.add(f"first = {source.strides[axis]} * {at}")
                _copy_slice(writer, target, source, axis, indices)
    writer.work += target.size
    writer.fail_if("bad")
    if not form.shape:
        writer.define(slot, target)


def _copy_slice(
    writer: Writer, target: Place, source: Place, axis: int, indices: Sequence[str]
) -> None:
    """Copy what is at the index whose first element is `first` further on."""
    rest = source.at(axis, 0)
    rank = len(indices)
    to = Place(
        target.array,
        rest.shape,
        (*target.strides[:axis], *target.strides[axis + rank :]),
    )
    own = " + ".join(
        [str(target.offset)]
        + [
            f"{index} * {stride}"
            for index, stride in zip(indices, target.strides[axis : axis + rank], strict=True)
        ]
    )
    # A part of its own, or the loop would ask for each element whether its index is negative.
    reach = 1 + sum((n - 1) * s for n, s in zip(rest.shape, rest.strides, strict=True))
    if any(stride < 0 for stride in rest.strides) or not rest.size:
        raise CannotCompile("gathering from an array that is read backwards")
    part = writer.name("part")
    writer.add(f"{part} = {source.array}[first + {rest.offset} : first + {rest.offset + reach}]")
    writer.add(f"goal = {own}")
    sizes, (left, right) = merge_axes(rest.shape, [to.strides, rest.strides])
    with writer.loops(sizes, rank) as inner:
        aim = Place(target.array, tuple(sizes), left).element(*inner)
        origin = Place(part, tuple(sizes), right).element(*inner)
        writer.add(f"{aim.replace('[', '[goal + ')} = {origin}")


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
    **dict.fromkeys(_VIEWS, _write_view),
    **dict.fromkeys(REDUCTIONS, write_reduction),
    **dict.fromkeys(("MatMul", "BatchMatMul", "BatchMatMulV2"), write_product),
    "BiasAddGrad": write_bias_gradient,
    "Cast": _write_cast,
    "ConcatV2": _write_concat,
    "Fill": _write_fill,
    "FloorDiv": _write_division("//"),
    "FloorMod": _write_division("%"),
    "Gather": _write_gather,
    "GatherV2": _write_gather,
    "OnesLike": _write_constant(1),
    "Pack": _write_pack,
    "ZerosLike": _write_constant(0),
}
# These may leave the loop.
MAY_FAIL = frozenset({"Cast", "FloorDiv", "FloorMod", "Gather", "GatherV2"})


def write_task(writer: Writer, task: Task) -> None:
    """Write the statements of a task that is no function of each element.

    Args:
      writer: where.
      task: what.

    Raises:
      CannotCompile: there are none for it.
    """
    if task.op.is_identity:
        _write_identity(writer, task)
        return
    write = _WRITERS.get(task.op.type)
    if write is None:
        raise CannotCompile(f"{task.op.type} is not known here")
    write(writer, task)
