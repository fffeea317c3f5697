"""One budget of threads for BLAS and the scheduler.

While a run computes, BLAS works on one thread.  Two BLAS calls that each use all cores slow each
other down by more than they gain, and a call that waits for a thread on a core that is busy with
something else can take ten times as long.  Large products are split over the run's own threads
(graphflow/ops/kernels/products.py).
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from typing import Any

# How builds of OpenBLAS call the function that sets the number of threads.
_OPENBLAS_NAMES = [
    f"{prefix}openblas_set_num_threads{suffix}"
    for prefix in ("scipy_", "")
    for suffix in ("64_", "_64", "")
]


def cpu_count() -> int:
    """The number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class BlasBudget:
    """Sets the number of BLAS threads by what computes at the moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._setters: list[Callable[[int], Any]] | None = None
        self._limit = 1
        self._current = 1
        self._active = 0

    def enter(self, threads: int) -> None:
        """Announce that `threads` more threads compute with BLAS."""
        if not threads:
            return
        with self._lock:
            self._active += threads
            self._apply()

    def leave(self, threads: int) -> None:
        """Announce that `threads` threads are done."""
        if not threads:
            return
        with self._lock:
            self._active -= threads
            self._apply()

    def _apply(self) -> None:
        if self._setters is None:
            self._load()
        wanted = self._limit if self._active == 0 else 1
        if wanted == self._current:
            return
        self._current = wanted
        for set_threads in self._setters or ():
            set_threads(wanted)

    def _load(self) -> None:
        # Looking the libraries up takes milliseconds; it happens at the first run that needs them.
        from threadpoolctl import ThreadpoolController

        controller = ThreadpoolController().select(user_api="blas")
        libraries = controller.lib_controllers
        self._setters = [_setter(library) for library in libraries]
        counts = [library.num_threads or 1 for library in libraries]
        self._limit = self._current = max(counts, default=1)


def _setter(library: Any) -> Callable[[int], Any]:
    """Return what sets a library's number of threads: it is called twice in each run.

    Args:
      library: what threadpoolctl tells of it.
    """
    is_plain = getattr(library, "threading_layer", None) == "pthreads"
    if library.internal_api == "openblas" and is_plain:
        functions = ctypes.PyDLL(library.filepath)  # the lock of Python is not worth giving away
        for name in _OPENBLAS_NAMES:
            function = getattr(functions, name, None)
            if function is not None:
                function.argtypes, function.restype = [ctypes.c_int], None
                return function  # type: ignore[no-any-return]
    return library.set_num_threads  # type: ignore[no-any-return]


BUDGET = BlasBudget()
