"""Steps that move elements without computing with them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graphflow.compiler.memory import Form
from graphflow.compiler.native.place import Place, place_at
from graphflow.compiler.native.writer import CannotCompile, Task, Writer
from graphflow.core.op import Array

# Ops whose results are regular parts of one input, or repetitions of it: the input's position.
VIEWS = {
    "BroadcastTo": 0,
    "DepthToSpace": 0,
    "DiagPart": 0,
    "ExpandDims": 0,
    "MatrixDiagPart": 0,
    "MirrorPad": 0,
    "Reshape": 0,
    "Roll": 0,
    "ReverseV2": 0,
    "SpaceToDepth": 0,
    "Split": 1,
    "SplitV": 0,
    "Squeeze": 0,
    "Tile": 0,
    "Transpose": 0,
    "Unpack": 0,
}
# Where `PadV2` has the number to pad with.
_PADDING_VALUE = 2


def write_view(writer: Writer, task: Task) -> None:
    """Find out from the kernel which element of the input each one of the results is."""
    position = VIEWS.get(task.op.type, 0)
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


def _picked(writer: Writer, array: str, positions: Array, form: Form) -> Place:
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


def write_concat(writer: Writer, task: Task) -> None:
    """Copy arrays one behind the other along an axis."""
    *parts, axis_slot = task.inputs
    target = writer.output(task.outputs[0])
    axis = int(writer.value(axis_slot)) % len(target.shape)
    start = 0
    for slot in parts:
        size = writer.form(slot).shape[axis]
        writer.copy(target.part(axis, start, size), writer.place(slot))
        start += size


def write_pack(writer: Writer, task: Task) -> None:
    """Copy arrays one behind the other along a new axis."""
    target = writer.output(task.outputs[0])
    axis = task.op.attributes()["axis"] % len(target.shape)
    for index, slot in enumerate(task.inputs):
        _store(writer, target.at(axis, index), slot)


def write_scatter(position: int) -> Callable[[Writer, Task], None]:
    """Zeros (or another number) with the elements of an input at regular places among them.

    Args:
      position: of that input.
    """

    def write(writer: Writer, task: Task) -> None:
        (slot,) = task.outputs
        form, target = writer.form(slot), writer.output(slot)
        source = writer.place(task.inputs[position])
        has_value = task.op.type == "PadV2"
        inputs = task.inputs[:_PADDING_VALUE] if has_value else task.inputs
        numbers = np.arange(1, source.size + 1).reshape(source.shape)
        arguments = [
            numbers if index == position else writer.value(other)
            for index, other in enumerate(inputs)
        ]
        if has_value:
            arguments.append(np.int64(0))
            around = writer.place(task.inputs[_PADDING_VALUE])
        else:
            around = writer.constant(np.zeros((), form.dtype))
        # The kernel tells where the elements go.
        goal = numbered(target, task.op.kernel(*arguments), source.shape)
        writer.copy(target, around.broadcast(form.shape))
        writer.copy(goal, source)

    return write


def numbered(target: Place, numbers: Array, shape: tuple[int, ...]) -> Place:
    """Return the part of an array that numbers from 1 on are in, in their order.

    Args:
      target: the place of the whole array, whose elements lie one after the other.
      numbers: what is in the array: those numbers, and zeros elsewhere.
      shape: the part's shape.

    Raises:
      CannotCompile: the numbers are at irregular places.
    """
    found = np.asarray(numbers).reshape(-1)
    places = np.flatnonzero(found)
    order: Array = np.argsort(found[places])
    part = place_at(target.array, target.offset + places[order].reshape(shape))
    if part is None:
        raise CannotCompile("elements go to irregular places")
    return part


def write_fill(writer: Writer, task: Task) -> None:
    """Let a result be one number again and again."""
    shape = writer.form(task.outputs[0]).shape
    writer.define(task.outputs[0], writer.place(task.inputs[1]).broadcast(shape))


def write_constant(value: int) -> Callable[[Writer, Task], None]:
    """Let a result be a given number again and again.

    Args:
      value: the number.
    """

    def write(writer: Writer, task: Task) -> None:
        form = writer.form(task.outputs[0])
        place = writer.constant(np.asarray(value, form.dtype))
        writer.define(task.outputs[0], place.broadcast(form.shape))

    return write


def write_identity(writer: Writer, task: Task) -> None:
    """Let a result be the input."""
    source, target = task.inputs[0], task.outputs[0]
    if writer.is_scalar(source):
        writer.add(f"v{target} = v{source}")
    else:
        writer.places[target] = writer.place(source)
