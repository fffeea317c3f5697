"""A copy of a session's state, on which a run can be repeated without changing the session.

Values of variables are not copied: both sides hold the same arrays, and whoever writes first makes
a new one.  Streams of random numbers go on in the copy where the session's stand.  Elements of
queues and datasets are borrowed: they are taken out and put back when the copy is closed.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from graphflow.core.handles import ResourceHandle
from graphflow.core.op import Array
from graphflow.ops._queues import Queue
from graphflow.ops.iterators import IteratorState
from graphflow.ops.kernels.philox import Philox
from graphflow.runtime.resources import CellKey, ResourceManager

_LOCKS: dict[type, Callable[[], Any]] = {
    type(threading.Lock()): threading.Lock,
    type(threading.RLock()): threading.RLock,
    threading.Condition: threading.Condition,
}


@dataclass(frozen=True)
class StateSnapshot:
    """Variables and streams of random numbers of a session at one moment.

    Attributes:
      values: for each variable, by container and name, its value; None where there was none.
      states: for each node what it kept.
    """

    values: dict[CellKey, Array]
    states: dict[str, Any]

    @classmethod
    def of(cls, resources: ResourceManager) -> StateSnapshot:
        """Take a snapshot; it copies no array.

        Args:
          resources: the session's state.
        """
        values = {key: cell.read() for key, cell in resources.cells().items()}
        states = {name: copied(state) for name, state in resources.states().items()}
        return cls(values, states)

    def restore(self, resources: ResourceManager) -> None:
        """Give the session the values and streams of the snapshot.

        Variables that got their first value since then are uninitialized again.

        Args:
          resources: the session's state.
        """
        for key, cell in resources.cells().items():
            cell.share(self.values.get(key))
        for name in resources.states():
            resources.set_state(name, copied(self.states.get(name)))


class StateCopy(ResourceManager):
    """The state of a session as it is when somebody first looks at each part of it.

    Args:
      source: the session's state.
      snapshot: what variables and random streams begin with; by default what they are now.

    Attributes:
      notes: what could not be kept from the session, one sentence each.
    """

    def __init__(self, source: ResourceManager, snapshot: StateSnapshot | None = None) -> None:
        super().__init__()
        self._source = source
        self._snapshot = snapshot or StateSnapshot.of(source)
        self._borrowed: list[_BorrowedIterator | _BorrowedQueue] = []
        self.notes: list[str] = []
        for key, value in self._snapshot.values.items():
            super().cell_of(key).share(value)

    def lookup_or_create(self, handle: ResourceHandle, factory: Callable[[], Any]) -> Any:
        """Return the copy of the resource behind a handle; the session has it from then on."""
        self._source.lookup_or_create(handle, factory)
        return self.lookup(handle)

    def lookup(self, handle: ResourceHandle) -> Any:
        """Return the copy of the resource behind a handle, None if there is none."""
        found = self._items.get(handle)
        if found is None:
            original = self._source.lookup(handle)
            if original is None:
                return None
            found = self._items[handle] = self._copy(handle, original)
        return found

    def state(self, node_name: str, factory: Callable[[], Any]) -> Any:
        """Return the copy of the state that a node keeps; the session has it from then on."""
        if self._is_of_dataset:
            return super().state(node_name, factory)
        found = self._states.get(node_name)
        if found is None:
            kept = self._snapshot.states.get(node_name)
            if kept is None:
                kept = self._source.state(node_name, factory)
            found = self._states[node_name] = copied(kept)
        return found

    def close(self) -> None:
        """Put borrowed elements back."""
        for item in reversed(self._borrowed):
            item.give_back()

    def _copy(self, handle: ResourceHandle, original: Any) -> Any:
        if isinstance(original, IteratorState):
            iterator = _BorrowedIterator(original)
            self._borrowed.append(iterator)
            return iterator
        if isinstance(original, Queue):
            queue = _BorrowedQueue(original, self.notes)
            self._borrowed.append(queue)
            return queue
        same = copied(original)
        if same is original:
            self.notes.append(f"the run used the session's own {handle}: it may have moved on")
        return same


def copied(item: Any) -> Any:
    """Return a copy of an object, with locks of its own; the object itself if it has no copy.

    Args:
      item: any object.

    >>> copied({"a": [3, 5]})
    {'a': [3, 5]}
    """
    if isinstance(item, Philox):
        return Philox.at(item.next)
    if isinstance(item, count):
        return count(int(repr(item)[len("count(") : -1]))  # Python warns of copying it
    try:
        return copy.deepcopy(item, _new_locks(item))
    except (TypeError, NotImplementedError):  # such as an open file
        return item


def _new_locks(item: Any) -> dict[int, Any]:
    """Return for the locks that objects keep, by their identities, new ones."""
    memo: dict[int, Any] = {}
    for holder in item if isinstance(item, tuple) else (item,):
        for value in list(getattr(holder, "__dict__", {}).values()):
            make = _LOCKS.get(type(value))
            if make is not None:
                memo[id(value)] = make()
    return memo


class _BorrowedIterator:
    """Walks through the dataset of a session's iterator, and puts back what it took."""

    def __init__(self, original: IteratorState) -> None:
        self.types, self.shapes = original.types, original.shapes
        self._original = original
        self._taken: list[Any] = []
        self._own: IteratorState | None = None

    @property
    def is_initialized(self) -> bool:
        """Whether there is a dataset to walk through."""
        return self._own is not None or self._original.is_initialized

    def start(self, dataset: Any, env: Any) -> None:
        """Walk through another dataset, while the session's iterator stays where it is."""
        if self._own is None:
            self._own = IteratorState(self.types, self.shapes)
        self._own.start(dataset, env)

    def next(self, cancellation: Any) -> Any:
        """Return the next element."""
        if self._own is not None:
            return self._own.next(cancellation)
        element = self._original.next(cancellation)
        self._taken.append(element)
        return element

    def give_back(self) -> None:
        """Put the elements back."""
        self._original.put_back(self._taken)
        self._taken = []


class _BorrowedQueue(Queue):
    """Takes elements out of a session's queue and puts them back; lets none in.

    It has no elements of its own: all that it does not say itself is the original's.
    """

    def __init__(self, original: Queue, notes: list[str]) -> None:
        self.type = original.type
        self._original = original
        self._notes = notes
        self._undo: list[Callable[[], None]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def settings(self) -> dict[str, Any]:
        """What all who share the queue must agree on."""
        return self._original.settings()

    def dequeue(self, cancellation: Any, on_drop: Any = None) -> Any:
        """Borrow an element, once there is one."""
        del on_drop
        return self._original.dequeue(cancellation, self._undo.append)

    def dequeue_many(
        self, count: int, allow_fewer: bool, cancellation: Any, on_drop: Any = None
    ) -> Any:
        """Borrow several elements, once they are there."""
        del on_drop
        return self._original.dequeue_many(count, allow_fewer, cancellation, self._undo.append)

    def enqueue(self, components: Any, cancellation: Any) -> None:
        """Note that an element was not put in."""
        del components, cancellation
        self._note("an element was not put into")

    def enqueue_many(self, components: Any, cancellation: Any) -> None:
        """Note that elements were not put in."""
        del components, cancellation
        self._note("elements were not put into")

    def close(self, cancel_pending: bool, cancellation: Any) -> None:
        """Note that the queue was not closed."""
        del cancel_pending, cancellation
        self._note("the run did not close")

    def give_back(self) -> None:
        """Put the elements back, the last one first."""
        for undo in reversed(self._undo):
            undo()
        self._undo = []

    def _note(self, what: str) -> None:
        self._notes.append(f"{what} the session's queue {self._original.name!r}")
