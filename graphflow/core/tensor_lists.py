"""The value of a list of tensors, which a scalar tensor of dtype variant holds.

A list is never changed: each operation makes another one.  Yet all of them take constant time in a
loop, because the lists that come from one another share one Python list, the *items*:

- The newest of these lists owns the items.
- Every older one knows how it differs from the next newer: an item to put back, to append, or to
  remove from the end.  It costs only whoever goes back to an old list, and then one step for each
  change that was made since.

(Persistent arrays by rerooting: H. G. Baker, "Shallow binding makes functional arrays fast", 1991.)

Of a new list whose items are not written nothing is kept but the first few that are: the gradient
of reading an item is such a list, and adding it to another one takes no look at all the others.

A list may also be the parts of one array along its first axis, a *stack*: those that compiled loops
make, and those that come from one tensor.  Single items are made of it only when somebody changes
such a list.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from graphflow.core.dtypes import DType
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.op import Array
from graphflow.core.spec import TensorShape


class Stack(NamedTuple):
    """The items of a list as one array.

    Attributes:
      array: [n, ...]: the items; zeros where none is written.  Nobody writes to it.
      written: bool [n]: which items are written; None for all.
    """

    array: Array
    written: Array | None = None


class _Difference(NamedTuple):
    """What to do to the items of `newer` to get those of an older list.

    Attributes:
      newer: the list that was made from the older one.
      position: which item to replace; the length to append one, -1 to remove the last one.
      item: the item.
    """

    newer: TensorList
    position: int
    item: Array


class TensorList:
    """A list of tensors of one dtype; an item is None until it is written, which counts as zeros.

    Args:
      items: the tensors' values.
      dtype: their dtype.
      shape: what is known of their shape.
    """

    __slots__ = ("_difference", "_few", "_items", "_length", "_lock", "_stack", "dtype", "shape")

    def __init__(self, items: Sequence[Array], dtype: DType, shape: TensorShape) -> None:
        self.dtype = dtype
        self.shape = shape
        self._items: list[Array] | None = list(items)
        self._length = len(items)
        self._difference: _Difference | None = None
        self._stack: Stack | None = None
        self._few: dict[int, Array] | None = None
        self._lock = threading.Lock()

    @classmethod
    def unwritten(
        cls, length: int, dtype: DType, shape: TensorShape, few: dict[int, Array] | None = None
    ) -> TensorList:
        """Make a list whose items are not written, but for a few.

        Args:
          length: how many items there are.
          dtype: their dtype.
          shape: what is known of their shape.
          few: those that are written, by their index.
        """
        made = cls((), dtype, shape)
        made._items, made._length, made._few = None, length, few or {}
        return made

    @classmethod
    def of_stack(cls, stack: Stack, dtype: DType, shape: TensorShape) -> TensorList:
        """Make a list of the parts of an array.

        Args:
          stack: the items.
          dtype: their dtype.
          shape: what is known of their shape.
        """
        made = cls((), dtype, shape)
        made._items, made._length, made._stack = None, len(stack.array), stack
        return made

    def __len__(self) -> int:
        return self._length

    def items(self) -> list[Array]:
        """Return the items; None for those that were not written."""
        if self._stack is not None:
            return _taken_apart(self._stack)
        if self._few is not None:
            return _spread(self._few, self._length)
        with self._lock:
            return self._own().copy()

    def item(self, index: int) -> Array:
        """Return one item, None if it was not written.

        Raises:
          InvalidArgumentError: there is no such item.
        """
        self._check(index)
        if self._stack is not None:
            array, written = self._stack
            return array[index] if written is None or written[index] else None
        if self._few is not None:
            return self._few.get(index)
        with self._lock:
            return self._own()[index]

    def stack(self) -> Stack | None:
        """Return the items as one array if they are at hand as one."""
        return self._stack

    def with_item(self, index: int, item: Array) -> TensorList:
        """Return the list with another item.

        Raises:
          InvalidArgumentError: there is no such item.
        """
        self._check(index)
        if self._few is not None and len(self._few) < _MAX_FEW:
            few = {**self._few, index: item}
            return TensorList.unwritten(self._length, self.dtype, self.shape, few)
        with self._lock:
            items = self._own()
            old, items[index] = items[index], item
            return self._next(items, index, old)

    def few(self) -> dict[int, Array] | None:
        """Return the written items by index, if they are few of a list that was made without."""
        return self._few

    def push_back(self, item: Array) -> TensorList:
        """Return the list with one more item."""
        with self._lock:
            items = self._own()
            items.append(item)
            return self._next(items, -1, None)

    def pop_back(self) -> tuple[TensorList, Array]:
        """Return the list without its last item, and that item.

        Raises:
          InvalidArgumentError: the list is empty.
        """
        if not self._length:
            raise InvalidArgumentError(None, None, "there is nothing to pop: the list is empty")
        with self._lock:
            items = self._own()
            item = items.pop()
            return self._next(items, len(items), item), item

    def resized(self, length: int) -> TensorList:
        """Return the list cut off, or with more items that are not written."""
        if length == self._length:
            return self
        if self._few is not None:
            few = {index: item for index, item in self._few.items() if index < length}
            return TensorList.unwritten(length, self.dtype, self.shape, few)
        if abs(length - self._length) <= _MAX_STEPS:
            return self._resized_in_steps(length)
        items = self.items()[:length]
        return TensorList(items + [None] * (length - len(items)), self.dtype, self.shape)

    def _resized_in_steps(self, length: int) -> TensorList:
        """Return the list with some items more or less, without a copy of the others."""
        resized = self
        while len(resized) < length:
            resized = resized.push_back(None)
        while len(resized) > length:
            resized, _ = resized.pop_back()
        return resized

    def as_array(self) -> Array:
        """Return the list as the value of a scalar tensor."""
        array = np.empty((), object)
        array[()] = self
        return array

    def _check(self, index: int) -> None:
        if not 0 <= index < self._length:
            raise InvalidArgumentError(
                None, None, f"there is no item {index} in a list of {self._length}"
            )

    def _next(self, items: list[Array], index: int, item: Array) -> TensorList:
        """Hand the changed items over to a new list; this one remembers how it differs."""
        newer = TensorList.__new__(TensorList)
        newer.dtype, newer.shape = self.dtype, self.shape
        newer._items, newer._length = items, len(items)
        newer._difference, newer._lock = None, self._lock
        newer._stack = newer._few = None
        self._items, self._difference = _NOTHING, _Difference(newer, index, item)
        return newer

    def _own(self) -> list[Array]:
        """Make this list the one that owns the items; the caller holds the lock."""
        path: list[TensorList] = []
        current = self
        while current._difference is not None:
            path.append(current)
            current = current._difference.newer
        for older in reversed(path):
            assert older._difference is not None
            newer, index, item = older._difference
            items = newer._items
            assert items is not None
            if index < 0:
                back = _Difference(older, len(items) - 1, items.pop())
            elif index == len(items):
                items.append(item)
                back = _Difference(older, -1, None)
            else:
                back = _Difference(older, index, items[index])
                items[index] = item
            older._items, older._difference = items, None
            newer._items, newer._difference = _NOTHING, back
        if self._items is None and self._few is not None:
            self._items = _spread(self._few, self._length)
        elif self._items is None:
            assert self._stack is not None
            self._items = _taken_apart(self._stack)
        return self._items

    def __repr__(self) -> str:
        return f"TensorList of {self._length} {self.dtype.name}{self.shape}"


# The items of a list that does not own any.
_NOTHING: list[Array] = []


# So many written items are kept apart from those that are not.
_MAX_FEW = 4
# Lists that get longer or shorter by no more items share these.
_MAX_STEPS = 8


def _spread(few: dict[int, Array], length: int) -> list[Array]:
    """All items where a few are written."""
    items: list[Array] = [None] * length
    for index, item in few.items():
        items[index] = item
    return items


def _taken_apart(stack: Stack) -> list[Array]:
    """The items in a stack, None for those that were not written."""
    if stack.written is None:
        return list(stack.array)
    return [
        item if written else None for item, written in zip(stack.array, stack.written, strict=True)
    ]


def list_in(value: Array) -> TensorList:
    """Return the list that a scalar tensor's value holds.

    Raises:
      InvalidArgumentError: it holds something else.
    """
    item = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
    if not isinstance(item, TensorList):
        raise InvalidArgumentError(None, None, f"expected a list of tensors, found {item!r}")
    return item


def is_list(value: Array) -> bool:
    """Tell whether a tensor's value holds a list of tensors."""
    return (
        isinstance(value, np.ndarray)
        and value.dtype == object
        and value.ndim == 0
        and (isinstance(value.item(), TensorList))
    )


def zeros_of(value: Array) -> Array:
    """Return zeros in the form of a value: for a list, a list of zeros of the same length."""
    if not is_list(value):
        return None if value is None else np.zeros_like(value)
    tensors = value.item()
    stack = tensors.stack()
    if stack is not None:
        empty = Stack(np.zeros_like(stack.array), stack.written)
        return TensorList.of_stack(empty, tensors.dtype, tensors.shape).as_array()
    zeros = [zeros_of(item) for item in tensors.items()]
    return TensorList(zeros, tensors.dtype, tensors.shape).as_array()


def sum_of(one: Array, other: Array) -> Array:
    """Return the sum of two values; lists are added item by item.

    Raises:
      InvalidArgumentError: the lists are not equally long.
    """
    if one is None or other is None:
        return other if one is None else one
    if not is_list(one):
        return np.add(one, other)
    first, second = list_in(one), list_in(other)
    if len(first) != len(second):
        raise InvalidArgumentError(
            None, None, f"cannot add a list of {len(first)} and a list of {len(second)} tensors"
        )
    first, second = (first, second) if first.few() is None else (second, first)
    few = second.few()
    if few is not None:
        total = first
        for index, item in few.items():
            total = total.with_item(index, sum_of(total.item(index), item))
        return total.as_array()
    stacks = first.stack(), second.stack()
    if all(stack is not None and stack.written is None for stack in stacks):
        one, other = (stack.array for stack in stacks if stack is not None)
        if one.shape == other.shape:
            both = Stack(np.add(one, other))
            return TensorList.of_stack(both, first.dtype, first.shape).as_array()
    pairs = zip(first.items(), second.items(), strict=True)
    return TensorList([sum_of(a, b) for a, b in pairs], first.dtype, first.shape).as_array()
