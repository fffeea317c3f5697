"""The switch for compilation by numba, and the thread on which it happens.

`GRAPHFLOW_JIT=0` in the environment turns it off.  So does `TF_DETERMINISTIC_OPS=1`, TensorFlow's
own way to ask for the same bits in every run of a program: machine code may round the last place
otherwise than numpy, and takes over when it happens to be ready.  `GRAPHFLOW_JIT_AFTER=2` has a
job's kernels take two seconds before it is compiled.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from typing import Any


def _worth_compiling() -> float:
    """How many seconds of kernels are worth machine code."""
    text = os.environ.get("GRAPHFLOW_JIT_AFTER", "0.05")
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"GRAPHFLOW_JIT_AFTER must be a number of seconds, not {text!r}") from None


# Once kernels have taken so many nanoseconds for a job that comes again and again, its machine code
# is worth making.  That takes one to five seconds of another process, and a core.
WORTH_COMPILING_NS = int(1e9 * _worth_compiling())


def is_enabled() -> bool:
    """Whether kernels are compiled; kernels ask at each call."""
    return _is_enabled


def obey_environment() -> None:
    """Read the switch from the environment, as each new session does."""
    global _is_enabled
    is_deterministic = os.environ.get("TF_DETERMINISTIC_OPS", "").lower() in ("1", "true")
    _is_enabled = os.environ.get("GRAPHFLOW_JIT", "0" if is_deterministic else "1") != "0"


_is_enabled = True
obey_environment()


class Ending(BaseException):
    """The program ends, and what was to be compiled is not needed any more."""


_Order = tuple[Future[Any], Callable[[], Any]]


class Compiler:
    """One thread that compiles, of no session; what waits at the end of the program is dropped.

    Some orders are urgent: each of them saves more time than the others, as one for a convolution
    does.  They come before the others, and between the parts of an order that has several.
    """

    def __init__(self) -> None:
        # None stands for an urgent order.
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._urgent: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.is_closed = False

    def submit(
        self, function: Callable[..., Any], *args: Any, is_urgent: bool = False
    ) -> Future[Any]:
        """Call a function on the thread, after those that were submitted before.

        Args:
          function: what to call.
          args: its arguments.
          is_urgent: whether to call it before those that are not urgent.

        Returns:
          A future for its result.
        """
        future: Future[Any] = Future()
        order = future, lambda: function(*args)
        if is_urgent:
            self._urgent.put(order)
        self._orders.put(None if is_urgent else order)
        with self._lock:
            # A fork has no threads but the one that forked.
            if not self.is_closed and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(
                    target=self._work, name="numba-compiler", daemon=True
                )
                self._thread.start()
        return future

    def _work(self) -> None:
        while not self.is_closed:
            order = self._orders.get()
            self.do_urgent()
            if order is not None:
                _carry_out(*order)
            del order  # or the idle thread would keep what it holds

    def do_urgent(self) -> None:
        """Carry out the urgent orders that wait, on the thread."""
        while not self.is_closed:
            try:
                order = self._urgent.get_nowait()
            except queue.Empty:
                return
            _carry_out(*order)

    def close(self) -> None:
        """Drop what waits, and wait for what is being done: LLVM must not be left in the middle."""
        self.is_closed = True
        for orders in (self._urgent, self._orders):
            with contextlib.suppress(queue.Empty):
                while True:
                    order = orders.get_nowait()
                    if order is not None:
                        order[0].cancel()
        with self._lock:
            thread = self._thread
        if thread is not None and thread.is_alive():
            self.submit(int)
            thread.join()


def _carry_out(future: Future[Any], call: Callable[[], Any]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:
        future.set_exception(error)


@cache
def compiler() -> Compiler:
    """The one compiler."""
    made = Compiler()
    atexit.register(made.close)
    return made
