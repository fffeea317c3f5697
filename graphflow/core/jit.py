"""The switch for compilation by numba, and the thread on which it happens.

`GRAPHFLOW_JIT=0` in the environment turns it off.  So does `TF_DETERMINISTIC_OPS=1`, TensorFlow's
own way to ask for the same bits in every run of a program: machine code may round the last place
otherwise than numpy, and takes over when it happens to be ready.
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

# Once kernels have taken so many nanoseconds for a job that comes again and again, its machine code
# is worth making.  That takes one to five seconds of another process, and a core.
WORTH_COMPILING_NS = 50_000_000


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


class Compiler:
    """One thread that compiles, of no session; what waits at the end of the program is dropped."""

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.is_closed = False

    def submit(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        """Call a function on the thread, after those that were submitted before.

        Args:
          function: what to call.
          args: its arguments.

        Returns:
          A future for its result.
        """
        future: Future[Any] = Future()
        self._orders.put((future, lambda: function(*args)))
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
            future, call = self._orders.get()
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)
            del future, call  # or the idle thread would keep what they hold

    def close(self) -> None:
        """Drop what waits, and wait for what is being done: LLVM must not be left in the middle."""
        self.is_closed = True
        with contextlib.suppress(queue.Empty):
            while True:
                self._orders.get_nowait()[0].cancel()
        with self._lock:
            thread = self._thread
        if thread is not None and thread.is_alive():
            self.submit(int)
            thread.join()


@cache
def compiler() -> Compiler:
    """The one compiler."""
    made = Compiler()
    atexit.register(made.close)
    return made
