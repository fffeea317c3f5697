"""A variable's storage: readers never see a half-written value.

Invariants:

- Readers take the array under the cell's lock, and writers hold the lock while they write, so a
  read finds the value from before or after a write, never in between.
- Whoever holds an array that was read keeps that value: a write happens in the array itself only
  when nobody but the cell refers to it, and otherwise in another one that then takes its place.
- Arrays of a cell are its own: never a constant's, a feed's or another variable's.  Only a copy of
  the session's state shares them, until either writes.
- They are contiguous, in row-major order: kernels write to them through a view of one axis.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import numpy as np

from graphflow.core.op import Array


class VariableCell:
    """Holds the value of one variable in one session; None while it is uninitialized."""

    __slots__ = ("_spare", "_value", "lock", "order")

    def __init__(self, order: int) -> None:
        self.lock = threading.Lock()
        self.order = order
        self._value: Array = None
        self._spare: Array = None

    def read(self) -> Array:
        """Return the current value; it must not be written to."""
        with self.lock:
            return self._value

    def is_empty(self) -> bool:
        """Tell whether there is no value at the moment."""
        return self._value is None

    def buffer(self) -> Array:
        """Return an array for the next value, of the current shape; the caller holds the lock.

        It is the current value itself if nobody else refers to that.
        """
        value = self._value
        if sys.getrefcount(value) == _UNSHARED and value.flags.writeable:
            return value
        spare = self._spare
        if (
            spare is not None
            and sys.getrefcount(spare) == _UNSHARED
            and spare.shape == value.shape
            and spare.dtype == value.dtype
        ):
            return spare
        return np.empty(value.shape, value.dtype)

    def holds(self, array: Array) -> bool:
        """Tell whether an array is the current value; the caller holds the lock."""
        return self._value is array

    def replace(self, value: Array, is_own: bool) -> None:
        """Make `value` the current one; the caller holds the lock.

        Args:
          value: the new value.
          is_own: whether the array came from `buffer()`; any other is copied.
        """
        if not is_own:
            value = np.array(value, order="C")
        if value is not self._value:
            self._spare, self._value = self._value, value

    def share(self, value: Array) -> None:
        """Take an array that another cell may hold as well: whoever writes next makes a new one.

        Args:
          value: an array that was read from a cell; None for no value.
        """
        with self.lock:
            self._value, self._spare = value, None

    def clear(self) -> None:
        """Forget the value."""
        with self.lock:
            self._value = self._spare = None


def _unshared_count() -> int:
    """Return `sys.getrefcount` of an array that only a cell and one local name refer to."""
    cell = VariableCell(0)
    cell._value = np.empty(1)

    def count(self: VariableCell) -> int:
        value = self._value
        return sys.getrefcount(value)

    return count(cell)


_UNSHARED = _unshared_count()


def ordered_cells(cells: Sequence[VariableCell]) -> tuple[VariableCell, ...]:
    """Return the cells, each once, in the order in which `update` locks them.

    There is one order for all, so that runs that write the same variables cannot block each other.
    """
    return tuple(sorted(set(cells), key=_by_order))


class locked:
    """Context manager that holds the locks of cells.

    Args:
      cells: in the order of `ordered_cells`.
    """

    __slots__ = ("_cells", "_held")

    def __init__(self, cells: Sequence[VariableCell]) -> None:
        self._cells = cells
        self._held = 0

    def __enter__(self) -> None:
        try:
            for cell in self._cells:
                cell.lock.acquire()
                self._held += 1
        except BaseException:  # Ctrl-C
            self._release()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._release()

    def _release(self) -> None:
        for cell in self._cells[: self._held]:
            cell.lock.release()


def update(
    cells: Sequence[VariableCell],
    ordered: Sequence[VariableCell],
    kernel: Callable[..., Any],
    inputs: list[Any],
    positions: Sequence[int],
    takes_out: bool,
    require: Callable[[int], None],
) -> tuple[list[Array], Sequence[Any]]:
    """Let a kernel compute new values of variables, atomically.

    Args:
      cells: the variables.
      ordered: `ordered_cells` of them.
      kernel: the op's kernel.
      inputs: its inputs; those at `positions`, None, become the variables' current values.
      positions: for each cell the index of its input.
      takes_out: whether the kernel takes `out=`.
      require: called with a position whose variable is uninitialized; raises if that is an error.

    Returns:
      The new values and the kernel's further outputs.
    """
    with locked(ordered):
        buffers: list[Array] = []
        for cell, position in zip(cells, positions, strict=True):
            if cell._value is None:
                require(position)
                takes_out = False
            elif takes_out:
                buffers.append(cell.buffer())
        for cell, position in zip(cells, positions, strict=True):
            inputs[position] = cell._value
        if takes_out:
            result = kernel(*inputs, out=buffers[0] if len(buffers) == 1 else tuple(buffers))
        else:
            buffers, result = [], kernel(*inputs)
        results = result if isinstance(result, (tuple, list)) else (result,)
        for index, cell in enumerate(cells):
            new = results[index]
            cell.replace(new, takes_out and new is buffers[index])
        return [cell._value for cell in cells], results[len(cells) :]


def _by_order(cell: VariableCell) -> int:
    return cell.order
