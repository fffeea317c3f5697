"""The queues of a session: what is in them, and who waits for them.

Invariants:

- Everything is guarded by one lock.  A thread that has to wait leaves an *attempt*; those for
  putting in and those for taking out are served in the order in which they came, by whichever
  thread makes it possible.
- Only the first attempt of either kind makes progress, piece by piece: a large batch that does not
  fit blocks those behind it, and goes on as soon as there is room for one more element.
- An attempt that is given up (its run failed, timed out or was cancelled) disappears at once.  What
  it has put in stays, what it has taken out goes back.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from graphflow.core.dtypes import DType
from graphflow.core.errors import CancelledError, OutOfRangeError
from graphflow.core.op import Array, Context
from graphflow.core.spec import TensorShape
from graphflow.ops._static import as_array, invalid
from graphflow.ops.kernels.philox import Philox, Stream, sequence

# What handles of queues are called, see `core/handles.py`.
KIND = "queue"

Element = tuple[Array, ...]
OnDrop = Callable[[Callable[[], None]], None]

# How many random words a shuffling queue draws at once.
_WORDS_AT_ONCE = 256


class Queue:
    """Elements, first in, first out; the base of the other kinds.

    Args:
      name: its name, for messages.
      dtypes: the dtype of each component of an element.
      shapes: the shape of each component, () if they may have any.
      capacity: how many elements there may be, negative for any number.
    """

    type = "FIFOQueue"

    def __init__(
        self, name: str, dtypes: Sequence[DType], shapes: Sequence[TensorShape], capacity: int
    ) -> None:
        self.name = name
        self.dtypes = tuple(dtypes)
        self.shapes = tuple(shapes)
        self.capacity = capacity
        self._is_closed = False
        self._lock = threading.RLock()
        self._enqueues: deque[_Attempt] = deque()
        self._dequeues: deque[_Attempt] = deque()
        self._items: Any = self._empty()

    # -- what a kind of queue decides -----------------------------------------------------------

    def _empty(self) -> Any:
        return deque()

    def _push(self, element: Element) -> None:
        self._items.append(element)

    def _pop(self) -> Any:
        return self._items.popleft()

    def _put_back(self, taken: Sequence[Any]) -> None:
        self._items.extendleft(reversed(taken))

    def _element(self, item: Any) -> Element:
        """The element in an item as `_pop` returns it."""
        return item  # type: ignore[no-any-return]

    def _available(self) -> int:
        """How many elements may be taken out now."""
        return len(self._items)

    def settings(self) -> dict[str, Any]:
        """What all who share a queue must agree on, by the words of a message."""
        return {
            "capacity": self.capacity,
            "component types": [dtype.name for dtype in self.dtypes],
            "component shapes": [str(shape) for shape in self.shapes],
        }

    # -- for kernels ------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        """Whether it takes no elements any more."""
        return self._is_closed

    def __len__(self) -> int:
        return len(self._items)

    def enqueue(self, components: Sequence[Any], cancellation: Any) -> None:
        """Put an element in, once there is room.

        Args:
          components: the components of the element.
          cancellation: the run's token.

        Raises:
          InvalidArgumentError: a component has the wrong dtype or shape.
          CancelledError: the queue is closed.
        """
        arrays = [as_array(component) for component in components]
        self._check(arrays, [array.shape for array in arrays])
        # Copies: a fed array is the caller's, a view would keep a larger array alive.
        element = tuple([array.copy() for array in arrays])
        self._serve(_Enqueue(iter([element])), self._enqueues, cancellation)

    def enqueue_many(self, components: Sequence[Any], cancellation: Any) -> None:
        """Put the slices of some arrays along the first axis in, each once there is room.

        Args:
          components: arrays of one length.
          cancellation: the run's token.

        Raises:
          InvalidArgumentError: a component has the wrong dtype, shape or length.
          CancelledError: the queue is closed, or was closed before all were in.
        """
        arrays = [as_array(component) for component in components]
        self._check_many(arrays)
        count = len(arrays[0])
        if count == 0:
            return
        elements = (tuple([array[row, ...].copy() for array in arrays]) for row in range(count))
        self._serve(_Enqueue(elements), self._enqueues, cancellation)

    def dequeue(self, cancellation: Any, on_drop: OnDrop | None = None) -> Element:
        """Take an element out, once there is one.

        Args:
          cancellation: the run's token.
          on_drop: is given a function that puts the element back.

        Raises:
          OutOfRangeError: the queue is closed and empty.
        """
        attempt = _Dequeue(1, False)
        self._serve(attempt, self._dequeues, cancellation)
        if on_drop is not None:
            on_drop(partial(self._take_back, attempt))
        return self._element(attempt.taken[0])

    def dequeue_many(
        self, count: int, allow_fewer: bool, cancellation: Any, on_drop: OnDrop | None = None
    ) -> Element:
        """Take several elements out, once they are there, as arrays with one more axis.

        Args:
          count: how many.
          allow_fewer: whether those left will do, once the queue is closed.
          cancellation: the run's token.
          on_drop: is given a function that puts the elements back.

        Raises:
          InvalidArgumentError: the shapes of components are unknown, or `count` is negative.
          OutOfRangeError: the queue is closed and there are not enough, which stay in it.
        """
        if count < 0:
            raise invalid(f"DequeueMany requested {count} < 0 elements")
        if not self.shapes:
            raise invalid(
                f"{self.type}'s DequeueMany and DequeueUpTo require the components to have "
                "specified shapes: give the queue shapes"
            )
        attempt = _Dequeue(count, allow_fewer)
        if count:
            self._serve(attempt, self._dequeues, cancellation)
            if on_drop is not None:
                on_drop(partial(self._take_back, attempt))
        elements = [self._element(item) for item in attempt.taken]
        return tuple([self._joined(index, elements) for index in range(len(self.dtypes))])

    def close(self, cancel_pending: bool, cancellation: Any) -> None:
        """Take no elements any more, once those who wait for room have been served.

        Args:
          cancel_pending: whether those who wait for room fail instead.
          cancellation: the run's token.

        Raises:
          CancelledError: it is closed already, unless `cancel_pending`.
        """
        if not cancel_pending:
            self._serve(_Close(), self._enqueues, cancellation)
            return
        with self._lock:
            self._is_closed = True
            for attempt in self._enqueues:
                attempt.end(
                    CancelledError(None, None, f"Queue {self.name!r}: the enqueue was cancelled")
                )
            self._enqueues.clear()
            self._flush()

    # -- checks -----------------------------------------------------------------------------------

    def _check(self, arrays: Sequence[Array], shapes: Sequence[tuple[int, ...]]) -> None:
        """Refuse an element whose components do not fit."""
        if len(arrays) != len(self.dtypes):
            raise invalid(
                f"Wrong number of components in tuple. Expected {len(self.dtypes)}, got "
                f"{len(arrays)}"
            )
        for index, (array, dtype) in enumerate(zip(arrays, self.dtypes, strict=True)):
            if array.dtype != dtype.numpy:
                raise invalid(
                    f"Type mismatch in tuple component {index}. Expected {dtype.name}, got "
                    f"{array.dtype}"
                )
        for index, (expected, shape) in enumerate(zip(self.shapes, shapes, strict=False)):
            if not _fits(shape, expected.as_tuple()):
                raise invalid(
                    f"Shape mismatch in tuple component {index}. Expected {expected}, got "
                    f"{TensorShape(shape)}"
                )

    def _check_many(self, arrays: Sequence[Array]) -> None:
        for index, array in enumerate(arrays):
            if array.ndim == 0:
                raise invalid(f"Component {index} is a scalar: EnqueueMany takes it apart")
            if len(array) != len(arrays[0]):
                raise invalid(
                    "All input tensors must have the same size in the 0th dimension. Component "
                    f"{index} has {len(array)}, and should have {len(arrays[0])}"
                )
        self._check(arrays, [array.shape[1:] for array in arrays])

    def _joined(self, index: int, elements: Sequence[Element]) -> Array:
        """One component of several elements as one array."""
        if not elements:
            dims = self.shapes[index].as_tuple() or ()
            return np.zeros((0, *[dim or 0 for dim in dims]), self.dtypes[index].numpy)
        return np.stack([element[index] for element in elements])

    def insufficient(self, requested: int) -> OutOfRangeError:
        """The error of those who ask a closed queue for more than there is."""
        return OutOfRangeError(
            None,
            None,
            f"{self.type} {self.name!r} is closed and has insufficient elements "
            f"(requested {requested}, current size {len(self._items)})",
        )

    # -- attempts ---------------------------------------------------------------------------------

    def _serve(self, attempt: _Attempt, line: deque[_Attempt], cancellation: Any) -> None:
        """Join a line and wait until it is this attempt's turn and it is done."""
        with self._lock:
            line.append(attempt)
            try:
                self._flush()
                if not attempt.is_done:
                    attempt.changed = threading.Condition(self._lock)
                    cancellation.wait_for(attempt.changed, lambda: attempt.is_done)
            except BaseException:
                if attempt in line:
                    line.remove(attempt)
                attempt.undo(self)
                self._flush()
                raise
        if attempt.error is not None:
            raise attempt.error

    def _take_back(self, attempt: _Attempt) -> None:
        """Undo an attempt that succeeded too late for its run."""
        with self._lock:
            attempt.undo(self)
            self._flush()

    def _flush(self) -> None:
        """Let attempts make what progress they can."""
        is_changed = True
        while is_changed:
            is_changed = self._advance(self._enqueues)
            is_changed = self._advance(self._dequeues) or is_changed

    def _advance(self, line: deque[_Attempt]) -> bool:
        is_changed = False
        while line:
            first = line[0]
            if not first.advance(self):
                return is_changed
            is_changed = True
            if not first.is_done:
                return True
            line.popleft()
        return is_changed


def _fits(shape: tuple[int, ...], dims: tuple[int | None, ...] | None) -> bool:
    """Whether a shape is one of those that a partly unknown one stands for."""
    if dims is None:
        return True
    return len(shape) == len(dims) and all(
        dim in (None, size) for size, dim in zip(shape, dims, strict=True)
    )


class _Attempt:
    """What a thread waits for to be done in its name.

    Attributes:
      is_done: whether it came to an end.
      error: with which it did, None for a good end.
      changed: on which the thread waits, None if it does not.
    """

    def __init__(self) -> None:
        self.is_done = False
        self.error: BaseException | None = None
        self.changed: threading.Condition | None = None

    def end(self, error: BaseException | None = None) -> bool:
        """Come to an end; returns True, for that is progress."""
        self.is_done = True
        self.error = error
        if self.changed is not None:
            self.changed.notify()
        return True

    def advance(self, queue: Queue) -> bool:
        """Make what progress is possible; return whether there was any."""
        raise NotImplementedError

    def undo(self, queue: Queue) -> None:
        """Give back what it has, because nobody waits for it any more."""


class _Enqueue(_Attempt):
    """Put elements in."""

    def __init__(self, elements: Iterator[Element]) -> None:
        super().__init__()
        self._elements = elements
        self._next: Element | None = next(elements)

    def advance(self, queue: Queue) -> bool:
        if queue._is_closed:
            return self.end(CancelledError(None, None, f"{queue.type} {queue.name!r} is closed."))
        is_changed = False
        while queue.capacity < 0 or len(queue._items) < queue.capacity:
            assert self._next is not None
            queue._push(self._next)
            is_changed = True
            self._next = next(self._elements, None)
            if self._next is None:
                return self.end()
        return is_changed


class _Dequeue(_Attempt):
    """Take elements out.

    Args:
      count: how many.
      allow_fewer: whether fewer will do once the queue is closed.

    Attributes:
      taken: those taken so far.
    """

    def __init__(self, count: int, allow_fewer: bool) -> None:
        super().__init__()
        self._count = count
        self._allow_fewer = allow_fewer
        self.taken: list[Any] = []

    def advance(self, queue: Queue) -> bool:
        missing = self._count - len(self.taken)
        if queue._is_closed and len(queue._items) < missing:
            if not (self._allow_fewer and self._settle(queue)):
                if self._allow_fewer and queue._enqueues:
                    return True  # they will fail, but may have put in something before
                error = queue.insufficient(missing)
                self.undo(queue)
                return self.end(error)
            missing = self._count - len(self.taken)
        is_changed = False
        for _ in range(min(missing, max(queue._available(), 0))):
            self.taken.append(queue._pop())
            is_changed = True
        return self.end() if len(self.taken) == self._count else is_changed

    def _settle(self, queue: Queue) -> bool:
        """Ask only for as many as are left, if there are any."""
        self.undo(queue)
        if not queue._items:
            return False
        self._count = len(queue._items)
        return True

    def undo(self, queue: Queue) -> None:
        queue._put_back(self.taken)
        self.taken = []


class _Close(_Attempt):
    """Take no elements from now on."""

    def advance(self, queue: Queue) -> bool:
        if queue._is_closed:
            return self.end(CancelledError(None, None, f"Queue {queue.name!r} is already closed."))
        queue._is_closed = True
        return self.end()


class PaddingQueue(Queue):
    """Elements, first in, first out, whose sizes may differ: batches are padded with zeros."""

    type = "PaddingFIFOQueue"

    def _joined(self, index: int, elements: Sequence[Element]) -> Array:
        arrays = [element[index] for element in elements]
        dims = self.shapes[index].as_tuple()
        if not arrays or dims is None or None not in dims:
            return super()._joined(index, elements)
        sizes = np.max([array.shape for array in arrays], axis=0)
        dtype = self.dtypes[index]
        fill = b"" if dtype.name == "string" else 0
        joined = np.full((len(arrays), *sizes), fill, dtype.numpy)
        for row, array in zip(joined, arrays, strict=True):
            row[tuple([slice(size) for size in array.shape])] = array
        return joined


class ShuffleQueue(Queue):
    """Elements that come out in random order.

    Args:
      min_after_dequeue: how many elements must stay in it until it is closed.
      seed: the seed of the order.
      seed2: a second one; with both 0 the order is another one each time.
    """

    type = "RandomShuffleQueue"

    def __init__(
        self,
        name: str,
        dtypes: Sequence[DType],
        shapes: Sequence[TensorShape],
        capacity: int,
        min_after_dequeue: int,
        seed: int,
        seed2: int,
    ) -> None:
        super().__init__(name, dtypes, shapes, capacity)
        if min_after_dequeue < 0:
            raise invalid(f"min_after_dequeue {min_after_dequeue} must be >= 0")
        if 0 <= capacity <= min_after_dequeue:
            raise invalid(f"min_after_dequeue {min_after_dequeue} must be < capacity {capacity}")
        self._min_after_dequeue = min_after_dequeue
        self._seeds = (seed, seed2)
        self._words = _words(Philox(seed, seed2).next)

    def _empty(self) -> Any:
        return []

    def _pop(self) -> Any:
        items = self._items
        place = next(self._words) % len(items)
        item, items[place] = items[place], items[-1]
        items.pop()
        return item

    def _put_back(self, taken: Sequence[Any]) -> None:
        self._items.extend(reversed(taken))

    def _available(self) -> int:
        return len(self._items) - (0 if self._is_closed else self._min_after_dequeue)

    def settings(self) -> dict[str, Any]:
        return {
            **super().settings(),
            "min_after_dequeue": self._min_after_dequeue,
            "random seeds": self._seeds,
        }


def _words(stream: Stream) -> Iterator[int]:
    while True:
        yield from sequence(stream, _WORDS_AT_ONCE).tolist()
        stream = stream.skip(_WORDS_AT_ONCE // 4)


class PriorityQueue(Queue):
    """Elements that come out in the order of their first component, an int64 scalar.

    Those of one priority come out in the order in which they went in.
    """

    type = "PriorityQueue"

    def __init__(
        self, name: str, dtypes: Sequence[DType], shapes: Sequence[TensorShape], capacity: int
    ) -> None:
        super().__init__(name, dtypes, shapes, capacity)
        self._arrivals = itertools.count()

    def _empty(self) -> Any:
        return []

    def _push(self, element: Element) -> None:
        heapq.heappush(self._items, (int(element[0]), next(self._arrivals), element))

    def _pop(self) -> Any:
        return heapq.heappop(self._items)

    def _put_back(self, taken: Sequence[Any]) -> None:
        for item in taken:
            heapq.heappush(self._items, item)

    def _element(self, item: Any) -> Element:
        return item[2]  # type: ignore[no-any-return]


def queue_of(ctx: Context, handle: Array) -> Queue:
    """Return the queue behind a handle, for kernels of ops that take one.

    A reader, for example, gets the name of its next file by
    `queue_of(ctx, handle).dequeue(ctx.cancellation)[0]`; its op must be `blocking`.

    Raises:
      InvalidArgumentError: it is not the handle of a queue.
      NotFoundError: the session does not have the queue.
    """
    queue = ctx.resource(KIND, handle)
    assert isinstance(queue, Queue)
    return queue


def private_name(node_name: str) -> str:
    """The name of a queue that no other node shares, as messages give it."""
    return f"_0_{node_name}"


__all__ = [
    "KIND",
    "PaddingQueue",
    "PriorityQueue",
    "Queue",
    "ShuffleQueue",
    "private_name",
    "queue_of",
]
