"""Work in the background of a walk through a dataset: reading ahead, and calls side by side.

What walks hold (`ReadAhead`, `Workers`) and what threads hold (`_Shared` state) are different
objects: when a walk is dropped before its end, its holder is collected, which tells the threads to
end.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from graphflow.ops._dataset import Element, Environment, Item, Items

_END: Any = object()

Spawn = Callable[[Callable[[], None]], None]


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
        results = self._take(1, token)
        return _delivered(results[0]) if results else None

    def next_many(self, count: int, token: Any) -> Sequence[Element]:
        found: list[Element] = []
        while len(found) < count:
            results = self._take(count - len(found), token)
            if not results:
                break
            found.extend(map(_delivered, results))
        return found

    def _take(self, count: int, token: Any) -> list[Any]:
        """Wait for so many results, or a full buffer, or the end; return them."""
        self.start()
        buffer = self._buffer
        enough = min(count, buffer.size)
        with buffer.changed:
            token.wait_for(
                buffer.changed, lambda: len(buffer.results) >= enough or buffer.has_ended
            )
            taken = [buffer.results.popleft() for _ in range(min(count, len(buffer.results)))]
            buffer.changed.notify_all()
        return taken

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

# While calls are short, more results are computed ahead, so that threads change less often: as many
# as come in about this time, up to a limit.
_AHEAD_SECONDS = 2e-3
_MOST_AHEAD = 64
# Python runs on one thread at a time: only calls that compute or wait for long gain by several.
_LONG_COMPUTATION = 3e-4
_LONG_WAIT = 1e-3
_MEASURED = 8  # the first calls and then each so-many-th are measured


class _Calls(_Shared):
    """The state of calls side by side.

    Results are known by the number of their element; those from `next_out` to
    `next_out + window` may be in work or wait to be fetched.

    Attributes:
      input_lock: is held by the thread that takes an item from the walk.
      threads: how many there are, at most `count`.
      results: those that wait to be fetched, by number.  Only the thread that fetches them takes
        them out.
      needed: how many there must be before it is worth waking the thread that fetches.
      seconds: how long a call takes, and how long it computes, smoothed.
    """

    def __init__(self, items: Items, call: Callable[[Item, Any], Any], count: int) -> None:
        super().__init__()
        self.items = items
        self.call = call
        self.count = count
        self.window = count
        self.input_lock = threading.Lock()
        self.threads = 1
        self.results: dict[int, Any] = {}
        self.next_in = 0
        self.next_out = 0
        self.needed = 1
        self.has_ended = False
        self.seconds = 0.0
        self.computing = 0.0
        self.calls = 0

    def put(self, number: int, result: Any) -> None:
        """Hand in a result."""
        self.results[number] = result
        if len(self.results) >= self.needed or self.has_ended:
            with self.changed:
                self.changed.notify_all()

    def measured(self, seconds: float, computing: float) -> None:
        """Take note of how long a call took."""
        self.calls += 1
        weight = max(0.1, 1 / self.calls)
        self.seconds += weight * (seconds - self.seconds)
        self.computing += weight * (computing - self.computing)
        ahead = int(_AHEAD_SECONDS / max(self.seconds, 1e-9))
        self.window = max(self.count, min(ahead, _MOST_AHEAD))

    @property
    def are_short(self) -> bool:
        """Whether calls are so short that one thread is best."""
        return self.computing < _LONG_COMPUTATION / 2 and self.seconds < _LONG_WAIT / 2

    def more_threads(self) -> int:
        """Return how many more threads are to be started now: they become more step by step."""
        if not self.are_long or self.threads >= self.count:
            return 0
        with self.changed:
            more = min(self.count - self.threads, self.threads + 1)
            self.threads += more
        return more

    def end(self, number: int) -> None:
        """Note that there is no element of this number."""
        self.has_ended = True
        self.put(number, _END)

    @property
    def are_long(self) -> bool:
        """Whether calls are so long that it pays to make several at the same time."""
        return self.computing > _LONG_COMPUTATION or self.seconds > _LONG_WAIT

    def has(self, count: int) -> bool:
        """Whether the next so many results are there, or fewer with the end behind them."""
        for number in range(self.next_out, self.next_out + count):
            if number not in self.results:
                # Those behind a gap do not count: wake up when there is one more.
                self.needed = max(count, len(self.results) + 1)
                if number not in self.results:  # it may have come just now
                    self.changed.notify_all()  # the window may have become larger
                    return False
            if self.results[number] is _END:
                return True
        return True


class Workers(Items):
    """The results of a function for the items of a walk, in order, computed by several threads.

    Args:
      items: the walk.
      call: the function of an item and a cancellation token; None as a result is the end.
      count: how many threads there are at most; at first there is one.
      env: of the walk.
    """

    def __init__(
        self, items: Items, call: Callable[[Item, Any], Any], count: int, env: Environment
    ) -> None:
        self._calls = _Calls(items, call, count)
        self._env = env
        self._is_started = False

    def next(self, token: Any) -> Any:
        results = self._take(1, token)
        return _delivered(results[0]) if results else None

    def next_many(self, count: int, token: Any) -> Sequence[Any]:
        found: list[Any] = []
        while len(found) < count:
            results = self._take(count - len(found), token)
            if not results:
                break
            found.extend(map(_delivered, results))
        return found

    def _take(self, count: int, token: Any) -> list[Any]:
        """Wait for so many results, or as many as are computed ahead; return them."""
        calls = self._calls
        self._start()
        taken: list[Any] = []
        with calls.changed:
            token.wait_for(calls.changed, lambda: calls.has(min(count, calls.window)))
            while len(taken) < count and calls.next_out in calls.results:
                result = calls.results[calls.next_out]
                if result is _END:  # it stays, for those who ask again
                    break
                del calls.results[calls.next_out]
                calls.next_out += 1
                taken.append(result)
            calls.changed.notify_all()
        return taken

    def _start(self) -> None:
        if self._is_started:
            return
        self._is_started = True
        calls, life = self._calls, self._env.life
        spawn = self._env.spawn
        spawn(lambda: _work(calls, life, spawn, True))

    def __del__(self) -> None:
        self._calls.close()


def _work(calls: _Calls, life: Any, spawn: Spawn, is_first: bool) -> None:
    """A thread's work: take an item, call the function, hand in the result; again until the end.

    All threads but the first end when calls are short.
    """
    while True:
        try:
            number, item = _take(calls, life)
        except Exception as error:  # the walk was told to end
            calls.put(calls.next_in, _Failure(error))
            return
        if number is None:
            return
        if isinstance(item, _Failure):
            calls.put(number, item)
            continue
        is_measured = number < _MEASURED or number % _MEASURED == 0
        if is_measured:
            start, computed = time.perf_counter(), time.thread_time()
        try:
            result = calls.call(item, life)
        except Exception as error:
            result = _Failure(error)
        if is_measured:
            calls.measured(time.perf_counter() - start, time.thread_time() - computed)
            for _ in range(calls.more_threads()):
                spawn(lambda: _work(calls, life, spawn, False))
        if result is None:
            calls.end(number)
        else:
            calls.put(number, result)
        if not is_first and calls.are_short:
            with calls.changed:
                calls.threads -= 1
            return


def _take(calls: _Calls, life: Any) -> tuple[int | None, Item]:
    """Return the next item and its number, None when there is nothing left to do.

    An error of the walk comes in place of the item.
    """
    with calls.input_lock:
        if calls.next_in >= calls.next_out + calls.window or calls.is_closed:
            with calls.changed:
                calls.changed.notify_all()  # the window may have become smaller
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
        life.check()
        number = calls.next_in
        calls.next_in += 1
        try:
            item = calls.items.next(life)
        except Exception as error:
            item = _Failure(error)
        if item is None:
            calls.end(number)
            return None, None
        return number, item
