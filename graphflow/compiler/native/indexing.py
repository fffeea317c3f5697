"""Steps that read or write at places which depend on data: they may leave the loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from graphflow.compiler.native.moves import numbered, write_scatter, write_view
from graphflow.compiler.native.place import Place, merge_axes, place_at
from graphflow.compiler.native.writer import ARENAS, CannotCompile, Task, Writer
from graphflow.core.op import Array

# The first input of each that says where.
_SLICES = {"Slice": 1, "StridedSlice": 1, "StridedSliceGrad": 1}


def depends_on_data(task: Task, writer: Writer) -> bool:
    """Tell whether a slice begins where shapes and constants do not tell.

    Args:
      task: any task.
      writer: knows the specs.
    """
    if task.op.type not in _SLICES:
        return False
    return any(writer.specs[slot].value is None for slot in task.inputs[1:4])


def write_slice(writer: Writer, task: Task) -> None:
    """Write a slice, or its gradient.

    Raises:
      CannotCompile: its size depends on data.
    """
    if not depends_on_data(task, writer):
        write = write_scatter(4) if task.op.type == "StridedSliceGrad" else write_view
        write(writer, task)
    elif task.op.type == "Slice":
        _write_block(writer, task)
    elif task.op.type == "StridedSlice":
        _write_strided(writer, task)
    else:
        _write_strided_gradient(writer, task)


def _write_block(writer: Writer, task: Task) -> None:
    source = writer.place(task.inputs[0])
    (slot,) = task.outputs
    shape = writer.form(slot).shape
    first, place = [], source
    for axis, (begin, size) in enumerate(zip(_numbers(writer, task.inputs[1]), shape, strict=True)):
        room = source.shape[axis] - size
        if isinstance(begin, int):
            place = place.part(axis, begin, size)
            continue
        place = place.part(axis, 0, size)
        at = writer.name("at")
        writer.add(f"{at} = {begin}")
        writer.fail_if(f"{at} < 0 or {at} > {room}")
        first.append(f"{at} * {source.strides[axis]}")
    _define_moved(writer, slot, place, first)


def _write_strided(writer: Writer, task: Task) -> None:
    source = writer.place(task.inputs[0])
    vectors, first = _strided_bounds(writer, task, source)
    positions = np.asarray(task.op.kernel(source.positions(), *vectors))
    place = place_at(source.array, positions)
    if place is None:
        raise CannotCompile("an irregular slice")
    _define_moved(writer, task.outputs[0], place, first)


def _write_strided_gradient(writer: Writer, task: Task) -> None:
    (slot,) = task.outputs
    target = writer.output(slot)
    vectors, first = _strided_bounds(writer, task, target)
    source = writer.place(task.inputs[4])
    numbers = np.arange(1, source.size + 1).reshape(source.shape)
    shape = np.asarray(target.shape, np.int64)
    goal = numbered(target, task.op.kernel(shape, *vectors, numbers), source.shape)
    zero = writer.constant(np.zeros((), writer.form(slot).dtype))
    writer.copy(target, zero.broadcast(target.shape))
    if goal.size:
        writer.copy(_moved(writer, goal, first), source)


def _strided_bounds(writer: Writer, task: Task, whole: Place) -> tuple[list[Array], list[str]]:
    """Begin, end and strides as if all indices that depend on data were 0.

    Returns:
      The vectors, and for each such index how far it moves the slice.

    Raises:
      CannotCompile: the size depends on data, or what is not a single index.
    """
    begins, ends, strides = (_numbers(writer, slot) for slot in task.inputs[1:4])
    attributes = task.op.attributes()
    known_begins, known_ends, first = [], [], []
    for i, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        is_index = bool(attributes["shrink_axis_mask"] >> i & 1)
        ignores_begin = bool(attributes["begin_mask"] >> i & 1) and not is_index
        ignores_end = bool(attributes["end_mask"] >> i & 1) or is_index
        if (attributes["ellipsis_mask"] | attributes["new_axis_mask"]) >> i & 1:
            ignores_begin = ignores_end = True
        if isinstance(begin, str) and is_index:
            axis = _axis_of(i, len(begins), attributes, len(whole.shape))
            first.append(_checked_index(writer, begin, whole, axis))
        elif (isinstance(begin, str) and not ignores_begin) or (
            isinstance(end, str) and not ignores_end
        ):
            raise CannotCompile("the size of a slice depends on data")
        known_begins.append(begin if isinstance(begin, int) else 0)
        known_ends.append(end if isinstance(end, int) else known_begins[-1] + 1)
    if any(isinstance(stride, str) for stride in strides):
        raise CannotCompile("the strides of a slice depend on data")
    return [np.asarray(vector) for vector in (known_begins, known_ends, strides)], first


def _axis_of(i: int, count: int, attributes: dict[str, int], rank: int) -> int:
    """Which axis an item of the vectors is about."""
    ellipsis, new = attributes["ellipsis_mask"], attributes["new_axis_mask"]

    def axes(start: int, stop: int) -> int:
        return sum(not (ellipsis | new) >> n & 1 for n in range(start, stop))

    has_ellipsis_before = bool(ellipsis & ((1 << i) - 1))
    return rank - axes(i, count) if has_ellipsis_before else axes(0, i)


def _checked_index(writer: Writer, text: str, whole: Place, axis: int) -> str:
    """How far an index moves a slice; negative ones count from the end."""
    at, size = writer.name("at"), whole.shape[axis]
    writer.add(f"{at} = np.int64({text})")
    writer.add(f"if {at} < 0:")
    with writer.indented():
        writer.add(f"{at} += {size}")
    writer.fail_if(f"{at} < 0 or {at} >= {size}")
    return f"{at} * {whole.strides[axis]}"


def _numbers(writer: Writer, slot: int) -> list[int | str]:
    """The elements of a vector of integers, texts for those that depend on data."""
    spec = writer.specs[slot]
    if spec.value is not None:
        return [int(number) for number in spec.value]
    place = writer.place(slot)
    known = spec.partial()
    if not isinstance(known, tuple):
        known = (None,) * place.size
    return [
        place.element(str(index)) if number is None else int(number)
        for index, number in enumerate(known)
    ]


def _define_moved(writer: Writer, slot: int, place: Place, first: Sequence[str]) -> None:
    """Let a result be what is at a place after that was moved."""
    if not place.size:
        writer.define(slot, place)
        return
    moved = _moved(writer, place, first)
    if writer.is_scalar(slot) or place.array not in ARENAS.values():
        writer.define(slot, moved)
    else:  # a loop variable may be there, which changes
        writer.copy(writer.output(slot), moved)


def _moved(writer: Writer, place: Place, first: Sequence[str]) -> Place:
    """A place further on."""
    reach = [(n - 1) * step for n, step in zip(place.shape, place.strides, strict=True)]
    low = place.offset + sum(length for length in reach if length < 0)
    high = place.offset + sum(length for length in reach if length > 0)
    goal, part = writer.name("goal"), writer.name("part")
    writer.add(f"{goal} = {' + '.join([str(low), *first])}")
    # A part of its own, or loops would ask for each element whether its index is negative.
    writer.add(f"{part} = {place.array}[{goal} : {goal} + {high - low + 1}]")
    return replace(place, array=part, offset=place.offset - low)


def write_gather(writer: Writer, task: Task) -> None:
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


def write_segment_sum(writer: Writer, task: Task) -> None:
    """Add up the rows of each segment; leave the loop if there is no such segment."""
    (slot,) = task.outputs
    form, target = writer.form(slot), writer.output(slot)
    rows, ids = (writer.place(slot) for slot in task.inputs[:2])
    zero = writer.constant(np.zeros((), form.dtype))
    writer.copy(target, zero.broadcast(form.shape))
    at = writer.name("at")
    writer.add("bad = False")
    with writer.loops(ids.shape) as indices:
        writer.add(f"{at} = {ids.element(*indices)}")
        writer.add(f"if {at} >= {form.shape[0]}:")
        with writer.indented():
            writer.add("bad = True")
        writer.add(f"elif {at} >= 0:")
        with writer.indented():
            rank = len(ids.shape)
            with writer.loops(form.shape[1:], rank) as inner:
                element = rows.element(*indices, *inner)
                writer.add(f"{target.element(at, *inner)} += {element}")
    writer.work += 2 * rows.size
    writer.fail_if("bad")


def write_one_hot(writer: Writer, task: Task) -> None:
    """Write vectors with one element that differs from the others."""
    (slot,) = task.outputs
    form, target = writer.form(slot), writer.output(slot)
    indices, _, on, off = task.inputs
    axis = task.op.attributes()["axis"] % len(form.shape)
    chosen = writer.place(indices)
    with writer.loops(form.shape) as names:
        rest = [*names[:axis], *names[axis + 1 :]]
        writer.add(f"if {chosen.element(*rest)} == {names[axis]}:")
        with writer.indented():
            writer.add(f"{target.element(*names)} = v{on}")
        writer.add("else:")
        with writer.indented():
            writer.add(f"{target.element(*names)} = v{off}")
    writer.work += 2 * form.elements
