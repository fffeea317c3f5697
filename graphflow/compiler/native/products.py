"""Products of small matrices."""

from __future__ import annotations

from dataclasses import replace

from graphflow.compiler.memory import Form
from graphflow.compiler.native.place import Place
from graphflow.compiler.native.writer import CannotCompile, Task, Writer

# Larger products are for BLAS.
_MAX_SIZE = 1 << 20
# So many rows of the second matrix are added to a row of the result at once.
_AT_ONCE = 4
# With fewer columns a row of the result is no vector, and each element is a sum of its own.
_FEW_COLUMNS = 4
# From so many rows on it pays to copy the second matrix so that its rows are vectors.
_WORTH_COPYING = 4


def write_product(writer: Writer, task: Task) -> None:
    """Write a product of matrices, or of stacks of matrices.

    Raises:
      CannotCompile: it is large.
    """
    (slot,) = task.outputs
    form = writer.form(slot)
    a, b = (writer.place(slot) for slot in task.inputs)
    attributes = task.op.attributes()
    if attributes.get("transpose_a") or attributes.get("adj_x"):
        a = a.swapped()
    if attributes.get("transpose_b") or attributes.get("adj_y"):
        b = b.swapped()
    size = form.elements * a.shape[-1]
    if size > _MAX_SIZE:
        raise CannotCompile(f"a product takes {size} multiplications")
    target = writer.output(slot)
    *stack, rows, columns = form.shape
    if 0 in form.shape:
        return
    if not a.shape[-1]:
        writer.copy(target, writer.constant(form.dtype.type(0).reshape(())).broadcast(form.shape))
        return
    a = a.broadcast((*stack, *a.shape[-2:]))
    b = _with_rows(writer, b, form, rows, task.inputs[1] in writer.fixed)
    b = b.broadcast((*stack, *b.shape[-2:]))
    writer.work += size // _AT_ONCE
    with writer.loops(stack) as indices:
        left, right, result = (_Matrix(place, tuple(indices)) for place in (a, b, target))
        is_vector = b.strides[-1] in (0, 1) and columns >= _FEW_COLUMNS
        if is_vector:
            _write_rows(writer, left, right, result, len(stack))
        else:
            _write_sums(writer, left, right, result, form, len(stack))


def _with_rows(writer: Writer, b: Place, form: Form, rows: int, is_fixed: bool) -> Place:
    """The second matrix, so that its rows are vectors if that pays."""
    columns = form.shape[-1]
    if b.strides[-1] in (0, 1) or columns < _FEW_COLUMNS:
        return b
    copied = writer.reserve(Form(b.shape, form.dtype))
    if is_fixed:
        with writer.once():
            writer.copy(copied, b)
        return copied
    if rows < _WORTH_COPYING:
        return b
    writer.copy(copied, b)
    return copied


class _Matrix:
    """A matrix in a stack of them.

    Args:
      place: of the stack.
      indices: names of the indices that say which matrix it is.
    """

    def __init__(self, place: Place, indices: tuple[str, ...]) -> None:
        self._place = place
        self._indices = indices
        self.rows, self.columns = place.shape[-2:]

    def element(self, row: str, column: str) -> str:
        """The text of an element."""
        return self._place.element(*self._indices, row, column)

    def every(self, start: int, step: int, axis: int) -> _Matrix:
        """Every so manieth row (axis -2) or column (axis -1), from one on."""
        place = self._place
        at = len(place.shape) + axis
        strides = (*place.strides[:at], place.strides[at] * step, *place.strides[at + 1 :])
        return _Matrix(
            replace(place, strides=strides, offset=place.offset + start * place.strides[at]),
            self._indices,
        )


def _write_rows(writer: Writer, a: _Matrix, b: _Matrix, target: _Matrix, depth: int) -> None:
    """Add multiples of the second matrix's rows, some at once, for each row of the first one."""
    first = (a.columns - 1) % _AT_ONCE + 1
    with writer.loops([a.rows], depth) as (row,):
        _add_rows(writer, a, b, target, (row, "0", 0), first, "=")
        more = (a.columns - first) // _AT_ONCE
        if more:
            with writer.loops([more], depth + 1) as (block,):
                _add_rows(writer, a, b, target, (row, block, first), _AT_ONCE, "+=")


def _add_rows(
    writer: Writer,
    a: _Matrix,
    b: _Matrix,
    target: _Matrix,
    where: tuple[str, str, int],
    count: int,
    how: str,
) -> None:
    row, block, start = where
    names = [writer.name() for _ in range(count)]
    for n, name in enumerate(names):
        writer.add(f"{name} = {a.every(start + n, _AT_ONCE, -1).element(row, block)}")
    with writer.loops([b.columns], 9) as (column,):
        terms = [
            f"{name} * {b.every(start + n, _AT_ONCE, -2).element(block, column)}"
            for n, name in enumerate(names)
        ]
        writer.add(f"{target.element(row, column)} {how} {' + '.join(terms)}")


def _write_sums(
    writer: Writer, a: _Matrix, b: _Matrix, target: _Matrix, form: Form, depth: int
) -> None:
    """Compute each element as a sum of products, in several parts."""
    parts = min(_AT_ONCE, a.columns)
    sums = [writer.name() for _ in range(parts)]
    with writer.loops([a.rows, b.columns], depth) as (row, column):
        for name in sums:
            writer.add(f"{name} = np.{form.dtype.name}(0)")
        with writer.loops([a.columns // parts], depth + 2) as (block,):
            for n, name in enumerate(sums):
                left = a.every(n, parts, -1).element(row, block)
                right = b.every(n, parts, -2).element(block, column)
                writer.add(f"{name} += {left} * {right}")
        rest = range(a.columns // parts * parts, a.columns)
        terms = [f"{a.element(row, str(n))} * {b.element(str(n), column)}" for n in rest]
        total = " + ".join([*sums, *terms])
        writer.add(f"{target.element(row, column)} = {total}")
