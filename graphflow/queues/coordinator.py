"""Coordinators: threads that stop together and pass on the error of the first that fails."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from graphflow.core.errors import OutOfRangeError

_logger = logging.getLogger("graphflow")

# How often those who join look whether threads have ended, in seconds.
_LOOK_SECONDS = 0.02

_ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


class Coordinator:
    """Lets threads stop together.

    Any thread may call `request_stop`; all ask `should_stop` from time to time, and end when it is
    true.  The first error that is passed to `request_stop` is raised by `join`.

    Args:
      clean_stop_exception_types: errors that are a good end, not to be raised; by default
        `tf.errors.OutOfRangeError`, the end of the data.

    >>> import threading
    >>> import graphflow as tf
    >>> coord, found = tf.train.Coordinator(), []
    >>> def count():
    ...     with coord.stop_on_exception():
    ...         while not coord.should_stop():
    ...             found.append(len(found))
    ...             if len(found) == 3:
    ...                 raise ValueError("that is enough")
    >>> thread = threading.Thread(target=count)
    >>> thread.start()
    >>> coord.join([thread])
    Traceback (most recent call last):
    ValueError: that is enough
    >>> found
    [0, 1, 2]
    """

    def __init__(
        self, clean_stop_exception_types: Sequence[type[BaseException]] | None = None
    ) -> None:
        if clean_stop_exception_types is None:
            clean_stop_exception_types = (OutOfRangeError,)
        self._clean_types = tuple(clean_stop_exception_types)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._joined = False
        self._threads: set[threading.Thread] = set()

    @property
    def joined(self) -> bool:
        """Whether `join` has returned or raised."""
        return self._joined

    def request_stop(self, ex: BaseException | _ExcInfo | None = None) -> None:
        """Ask all threads to stop.

        Args:
          ex: why, an exception or what `sys.exc_info()` returns; the first is raised by `join`.
            After `join` it is raised at once.
        """
        error = self._unclean(ex)
        with self._lock:
            if self._joined and error is not None:
                raise error
            if self._stop.is_set():
                return
            if error is not None:
                _logger.info("Error reported to Coordinator: %s, %s", type(error), error)
                self._error = error
            self._stop.set()

    def _unclean(self, ex: BaseException | _ExcInfo | None) -> BaseException | None:
        """The exception to raise, None if it is a good end."""
        if isinstance(ex, tuple):
            kind, error, trace = ex
            if error is None and kind is not None:
                error = kind()
            ex = error if error is None or trace is None else error.with_traceback(trace)
        return None if isinstance(ex, self._clean_types) else ex

    def clear_stop(self) -> None:
        """Forget that a stop was asked for, and why."""
        with self._lock:
            self._joined = False
            self._error = None
            self._stop.clear()

    def should_stop(self) -> bool:
        """Return whether a stop was asked for."""
        return self._stop.is_set()

    @contextlib.contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """Return a block that turns an exception in it into a request to stop."""
        try:
            yield
        except BaseException:
            self.request_stop(sys.exc_info())

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Wait until a stop is asked for.

        Args:
          timeout: how many seconds at most, None for any time.

        Returns:
          Whether a stop was asked for.
        """
        return self._stop.wait(timeout)

    def register_thread(self, thread: threading.Thread) -> None:
        """Let `join` wait for a thread.

        Args:
          thread: the thread.
        """
        with self._lock:
            self._threads.add(thread)

    def join(
        self,
        threads: Iterable[threading.Thread] | None = None,
        stop_grace_period_secs: float = 120,
        ignore_live_threads: bool = False,
    ) -> None:
        """Wait until threads have ended.

        Once a stop was asked for, they have some time to end.

        Args:
          threads: threads in addition to the registered ones.
          stop_grace_period_secs: how many seconds they have.
          ignore_live_threads: whether threads that still run then are no error.

        Raises:
          BaseException: what was given to `request_stop`.
          RuntimeError: some threads still run.
        """
        with self._lock:
            waited = list(self._threads.union(threads or ()))
        while any(thread.is_alive() for thread in waited) and not self.wait_for_stop(_LOOK_SECONDS):
            pass
        end = time.monotonic() + stop_grace_period_secs
        for thread in waited:
            if thread.ident is not None:
                thread.join(max(0.0, end - time.monotonic()))
        late = [thread.name for thread in waited if thread.is_alive()]
        with self._lock:
            self._joined = True
            self._threads.clear()
            if self._error is not None:
                raise self._error
        if not late:
            return
        if not ignore_live_threads:
            raise RuntimeError(f"Coordinator stopped with threads still running: {' '.join(late)}")
        _logger.info("Coordinator stopped with threads still running: %s", " ".join(late))

    def raise_requested_exception(self) -> None:
        """Raise what was given to `request_stop`, if anything was."""
        with self._lock:
            if self._error is not None:
                raise self._error


class LooperThread(threading.Thread):
    """A thread that does something again and again until its coordinator stops.

    It calls `start_loop` once, then `run_loop` repeatedly, then `stop_loop`.  An exception becomes
    a request to stop.

    Args:
      coord: the coordinator, with which it is registered.
      timer_interval_secs: the time from one call to the next, None for no pause.
      target: what `run_loop` calls, unless a subclass overrides it.
      args: positional arguments for `target`.
      kwargs: arguments by name for `target`.

    Raises:
      ValueError: `coord` is no coordinator, or there are arguments without `target`.

    >>> import graphflow as tf
    >>> coord, left = tf.train.Coordinator(), [3, 2, 1]
    >>> def step(items):
    ...     items.pop()
    ...     if not items:
    ...         coord.request_stop()
    >>> tf.train.LooperThread.loop(coord, None, step, (left,)).join()
    >>> left
    []
    """

    def __init__(
        self,
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any] | None = None,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord!r}")
        if target is None and (args or kwargs):
            raise ValueError("'args' and 'kwargs' arguments require that you also pass 'target'")
        super().__init__(daemon=True)
        self._coord = coord
        self._interval = timer_interval_secs
        self._call = target
        self._positional = tuple(args or ())
        self._by_name = dict(kwargs or {})
        coord.register_thread(self)

    @staticmethod
    def loop(
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> LooperThread:
        """Start a thread that calls a function again and again.

        Args:
          coord: the coordinator.
          timer_interval_secs: the time from one call to the next, None for no pause.
          target: the function.
          args: its positional arguments.
          kwargs: its arguments by name.

        Returns:
          The started thread.
        """
        looper = LooperThread(coord, timer_interval_secs, target, args, kwargs)
        looper.start()
        return looper

    def run(self) -> None:
        """Do the loop; `start` calls this on the new thread."""
        with self._coord.stop_on_exception():
            self.start_loop()
            if self._interval is None:
                while not self._coord.should_stop():
                    self.run_loop()
            else:
                due = time.monotonic()
                while not self._coord.wait_for_stop(max(0.0, due - time.monotonic())):
                    due += self._interval
                    self.run_loop()
            self.stop_loop()

    def start_loop(self) -> None:
        """Do what comes before the first call; nothing by default."""

    def run_loop(self) -> None:
        """Do what is to be done again and again."""
        if self._call is not None:
            self._call(*self._positional, **self._by_name)

    def stop_loop(self) -> None:
        """Do what comes after the last call; nothing by default."""
