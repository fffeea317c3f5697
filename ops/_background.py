"""Work in the background of a walk through a dataset: reading ahead, and calls side by side.

What walks hold (`ReadAhead`, `Workers`) and what threads hold (`_Shared` state) are different
objects: when a walk is dropped before its end, its holder is collected, which tells the threads to
end.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from graphflow.core.errors import CancelledError
from graphflow.ops._dataset import Element, Environment, Item, Items

_END: Any = object()


class _Shared:
    """What a holder and its threads share.

    Attributes:
      changed: guards everything, and is notified of each change.
      is_closed: whether nobody wants more.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.is_closed = False

    def close(self) -> None:
        """Tell the threads to end."""
        with self.changed:
            self.is_closed = True
            self.changed.notify_all()


class _Failure:
    """An error in place of an element."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def _delivered(result: Any) -> Any:
    """Return a result, None for the end; raise an error that came in its place."""
    if isinstance(result, _Failure):
        raise result.error
    return None if result is _END else result


# -- reading ahead ---------------------------------------------------------------------------------


class _Buffer(_Shared):
    """Results that were read ahead, at most `size`."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.results: deque[Any] = deque()
        self.has_ended = False


class ReadAhead(Items):
    """The elements of a walk, read by a thread of its own before they are asked for.

    Args:
      elements: starts the walk.
      size: how many elements are read ahead at most.
      env: of the walk.
      gate: limits how many threads read at the same time, None for no limit.
    """

    def __init__(
        self,
        elements: Callable[[], Items],
        size: int,
        env: Environment,
        gate: threading.Semaphore | None = None,
    ) -> None:
        self._elements = elements
        self._env = env
        self._gate = gate
        self._buffer = _Buffer(size)
        self._is_started = False

    def start(self) -> None:
        """Begin to read, unless the thread reads already."""
        if self._is_started:
            return
        self._is_started = True
        buffer, elements, life, gate = self._buffer, self._elements, self._env.life, self._gate
        self._env.spawn(lambda: _read_ahead(buffer, elements, life, gate))

    def next(self, token: Any) -> Element | None:
        self.start()
        buffer = self._buffer
        with buffer.changed:
            token.wait_for(buffer.changed, lambda: buffer.results or buffer.has_ended)
            if not buffer.results:
                return None
            result = buffer.results.popleft()
            buffer.changed.notify_all()
        return _delivered(result)  # type: ignore[no-any-return]

    def __del__(self) -> None:
        self._buffer.close()


def _read_ahead(
    buffer: _Buffer,
    start: Callable[[], Items],
    life: Any,
    gate: threading.Semaphore | None,
) -> None:
    """The thread's work: put results into the buffer until the end."""
    elements: Items | None = None
    while True:
        try:
            with buffer.changed:
                life.wait_for(
                    buffer.changed,
                    lambda: buffer.is_closed or len(buffer.results) < buffer.size,
                )
                if buffer.is_closed:
                    return
            if gate is not None:
                gate.acquire()
            try:
                elements = elements or start()
                result = elements.next(life)
            finally:
                if gate is not None:
                    gate.release()
        except Exception as error:
            result = _Failure(error)
        is_last = result is None or life.is_cancelled
        with buffer.changed:
            if result is not None:
                buffer.results.append(result)
            buffer.has_ended = is_last
            buffer.changed.notify_all()
        if is_last:
            return


# -- calls side by side ----------------------------------------------------------------------------


class _Calls(_Shared):
    """The state of calls side by side.

    Results are known by the number of their element; the elements from `next_out` to
    `next_out + window` may be in work or wait to be fetched.
    """

    def __init__(self, items: Items, call: Callable[[Item, Any], Any], window: int) -> None:
        super().__init__()
        self.items = items
        self.call = call
        self.window = window
        self.input_lock = threading.Lock()
        self.results: dict[int, Any] = {}
        self.next_in = 0
        self.next_out = 0
        self.has_ended = False


class Workers(Items):
    """The results of a function for the items of a walk, in order, computed by several threads.

    Args:
      items: the walk.
      call: the function of an item and a cancellation token; None as a result is the end.
      count: how many threads there are; as many results are computed ahead.
      env: of the walk.
    """

    def __init__(
        self, items: Items, call: Callable[[Item, Any], Any], count: int, env: Environment
    ) -> None:
        self._calls = _Calls(items, call, count)
        self._count = count
        self._env = env
        self._is_started = False

    def next(self, token: Any) -> Any:
        if not self._is_started:
            self._is_started = True
            calls, life = self._calls, self._env.life
            for _ in range(self._count):
                self._env.spawn(lambda: _work(calls, life))
        calls = self._calls
        with calls.changed:
            token.wait_for(calls.changed, lambda: calls.next_out in calls.results)
            result = calls.results[calls.next_out]
            if result is _END:  # stays, for those who ask again
                return None
            del calls.results[calls.next_out]
            calls.next_out += 1
            calls.changed.notify_all()
        return _delivered(result)

    def __del__(self) -> None:
        self._calls.close()


def _work(calls: _Calls, life: Any) -> None:
    """A thread's work: take an item, call the function, hand in the result; again until the end."""
    while True:
        try:
            number, item = _take(calls, life)
        except Exception:  # the walk was told to end
            _finish(calls, calls.next_in, _Failure(CancelledError(None, None, _ENDED)))
            return
        if number is None:
            return
        if isinstance(item, _Failure):
            _finish(calls, number, item)
            continue
        try:
            result = calls.call(item, life)
        except Exception as error:
            result = _Failure(error)
        if result is None:
            with calls.changed:
                calls.has_ended = True
            result = _END
        _finish(calls, number, result)


_ENDED = "the iterator was closed while an element was waited for"


def _take(calls: _Calls, life: Any) -> tuple[int | None, Item]:
    """Return the next item and its number, None when there is nothing left to do.

    An error of the walk comes in place of the item.
    """
    with calls.input_lock:
        with calls.changed:
            life.wait_for(
                calls.changed,
                lambda: (
                    calls.is_closed
                    or calls.has_ended
                    or calls.next_in < calls.next_out + calls.window
                ),
            )
            if calls.is_closed or calls.has_ended:
                return None, None
            number = calls.next_in
            calls.next_in += 1
        try:
            item = calls.items.next(life)
        except Exception as error:
            item = _Failure(error)
        if item is None:
            with calls.changed:
                calls.has_ended = True
            _finish(calls, number, _END)
            return None, None
        return number, item


def _finish(calls: _Calls, number: int, result: Any) -> None:
    with calls.changed:
        calls.results[number] = result
        calls.changed.notify_all()
