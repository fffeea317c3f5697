"""Compiling in another process, so that runs go on at full speed meanwhile.

numba holds the interpreter's lock nearly all the time that it compiles: every operation of a run
then waits for it, and steps take several times as long.  `compile_apart` lets a second process do
the work.  It writes the machine code to the folder of `code_cache`, where this process then reads
it within milliseconds.  Where that cannot be, this process compiles.

The second process is started when it is needed first and ends by itself once it has had nothing to
do for some seconds, or when this one ends.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import importlib
import inspect
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from graphflow.core import code_cache
from graphflow.core.jit import Ending, compiler

_IDLE_SECONDS = 10.0


class Order(NamedTuple):
    """What is to be compiled.

    Attributes:
      source: of a module for `code_cache.load`; None for a module of graphflow.
      name: of the module.
      function: name of a function in it.
      types: numba's types of its arguments.
      cache: the folder for GRAPHFLOW_CACHE.
    """

    source: str | None
    name: str
    function: str
    types: tuple[Any, ...]
    cache: Path


def compile_apart(function: Any, arguments: Sequence[Any]) -> None:
    r"""Compile a function for arguments like some, in another process, and wait for it.

    Args:
      function: from `machine_code`, of a module that `code_cache.load` has defined or of graphflow.
      arguments: arrays and scalars; their dtypes, ranks and layouts count, not their values.

    Raises:
      Exception: numba cannot compile it.
      Ending: the program ends.

    >>> module = code_cache.load(
    ...     "from graphflow.core.code_cache import machine_code\n"
    ...     "triple = machine_code(lambda x: 3 * x)", "example")
    >>> compile_apart(module.triple, [5])
    >>> module.triple(7)
    21
    """
    types = code_cache.types_of(arguments)
    order = _order(function, types)
    if order is not None and types not in function.overloads:
        _put_on_disk(order)
    code_cache.compile_for(function, arguments)


def _order(function: Any, types: tuple[Any, ...]) -> Order | None:
    """The order for a function; None if the other process would not find it."""
    plain = function.py_func
    kept = code_cache.kept_source(function)
    if kept is not None:
        return Order(kept.source, kept.name, plain.__name__, types, kept.folder.parents[1])
    if not plain.__module__.startswith("graphflow.") or "." in plain.__qualname__:
        return None
    return Order(None, plain.__module__, plain.__name__, types, code_cache.folder().parent)


def _put_on_disk(order: Order) -> None:
    """Have the other process compile something, unless that was done before."""
    marker = _marker(order)
    if marker.exists() or not _PROCESS.compile(order):
        return
    with contextlib.suppress(OSError):
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()


def _marker(order: Order) -> Path:
    """A file that tells that machine code is on disk."""
    from llvmlite import binding

    source = order.source
    if source is None:
        source = Path(str(sys.modules[order.name].__file__)).read_text(encoding="utf-8")
    parts = (source, *order[1:4], binding.get_host_cpu_name(), os.environ.get("NUMBA_CACHE_DIR"))
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
    return order.cache / "jit" / code_cache.MARKERS / digest


class _Process:
    """The other process; orders and answers go through pipes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._fails = False
        self.is_closed = False

    def compile(self, order: Order) -> bool:
        """Have something compiled; tell whether that went well."""
        with self._lock:
            for _ in range(2):  # the process may have ended as the order came
                try:
                    process = self._running()
                    assert process.stdin is not None
                    assert process.stdout is not None
                    pickle.dump(order, process.stdin)
                    process.stdin.flush()
                    return bool(pickle.load(process.stdout))
                except (OSError, EOFError, pickle.PickleError):
                    self._end()
                    if self.is_closed:
                        raise Ending from None
            self._fails = True
        return False

    def _running(self) -> subprocess.Popen[bytes]:
        if self._fails or not sys.executable:
            raise OSError("no process can be started")
        if self._owner != os.getpid():  # a fork: the process belongs to the parent
            self._process, self._owner = None, os.getpid()
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            self._process = _start()
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()

    def close(self) -> None:
        """End the process; nobody waits any more for what it compiles."""
        self.is_closed = True
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
        with self._lock:  # whoever waited for an answer has met the end of the pipe
            self._end()


def _start() -> subprocess.Popen[bytes]:
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", "from graphflow.core import compile_process as p; p.serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


_PROCESS = _Process()
# Before the compiler's thread is waited for, which may be waiting for this process: handlers are
# called in reverse order.
compiler()
atexit.register(_PROCESS.close)


def serve() -> None:
    """Compile what comes through standard input, until it ends or nothing has come for long."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get among the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program
    orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
    threading.Thread(target=_read_orders, args=(sys.stdin.buffer, orders), daemon=True).start()
    while True:
        try:
            order = orders.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            os._exit(0)  # not by way of the thread that reads
        pickle.dump(_succeeds(order), answers)
        answers.flush()


def _read_orders(pipe: IO[bytes], orders: queue.SimpleQueue[Order]) -> None:
    with contextlib.suppress(EOFError, OSError, pickle.PickleError):
        while True:
            orders.put(pickle.load(pipe))
    os._exit(0)  # at once: nobody is there for what is being compiled


def _function(order: Order) -> Any:
    if order.source is not None:
        return getattr(code_cache.load(order.source, order.name), order.function)
    found = getattr(importlib.import_module(order.name), order.function)
    return code_cache.machine_code(inspect.unwrap(found))  # without what it was wrapped in


def _succeeds(order: Order) -> bool:
    os.environ["GRAPHFLOW_CACHE"] = str(order.cache)
    try:
        _function(order).compile(order.types)
    except Exception:  # who asked will meet the same, and report it
        return False
    return True
