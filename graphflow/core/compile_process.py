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
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from graphflow.core import code_cache
from graphflow.core.code_cache import KeptSource
from graphflow.core.jit import Ending, compiler

_IDLE_SECONDS = 10.0


class Order(NamedTuple):
    """What is to be compiled.

    Attributes:
      source: of a module for `code_cache.load`.
      name: of the module.
      function: name of a function in it.
      types: numba's types of its arguments.
      cache: the folder for GRAPHFLOW_CACHE.
    """

    source: str
    name: str
    function: str
    types: tuple[Any, ...]
    cache: Path


def compile_apart(function: Any, arguments: Sequence[Any]) -> None:
    r"""Compile a function for arguments like some, in another process, and wait for it.

    Args:
      function: from `machine_code`, of a module that `code_cache.load` has defined.
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
    kept = code_cache.kept_source(function)
    if kept is not None:
        _put_on_disk(kept, function, code_cache.types_of(arguments))
    code_cache.compile_for(function, arguments)


def _put_on_disk(kept: KeptSource, function: Any, types: tuple[Any, ...]) -> None:
    """Have the other process compile a function, unless that was done before."""
    if types in function.overloads:
        return
    marker = _marker(kept.folder, function, types)
    if marker.exists():
        return
    order = Order(kept.source, kept.name, function.py_func.__name__, types, kept.folder.parents[1])
    if _PROCESS.compile(order):
        with contextlib.suppress(OSError):
            marker.touch()


def _marker(folder: Path, function: Any, types: tuple[Any, ...]) -> Path:
    """A file that tells that machine code for such arguments is on disk."""
    from llvmlite import binding

    processor = binding.get_host_cpu_name()
    parts = (function.py_func.__name__, types, processor, os.environ.get("NUMBA_CACHE_DIR"))
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
    return folder / f"{digest}.compiled"


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
    orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
    threading.Thread(target=_read_orders, args=(sys.stdin.buffer, orders), daemon=True).start()
    while True:
        try:
            order = orders.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            order = None
        if order is None:
            os._exit(0)  # not by way of the thread that reads
        pickle.dump(_succeeds(order), answers)
        answers.flush()


def _read_orders(pipe: IO[bytes], orders: queue.SimpleQueue[Order | None]) -> None:
    with contextlib.suppress(EOFError, OSError, pickle.PickleError):
        while True:
            orders.put(pickle.load(pipe))
    orders.put(None)


def _succeeds(order: Order) -> bool:
    os.environ["GRAPHFLOW_CACHE"] = str(order.cache)
    try:
        module = code_cache.load(order.source, order.name)
        getattr(module, order.function).compile(order.types)
    except Exception:  # who asked will meet the same, and report it
        return False
    return True
