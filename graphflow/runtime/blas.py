"""One budget of threads for BLAS and the scheduler.

While a run computes, BLAS works on one thread.  Two BLAS calls that each use all cores slow each
other down by more than they gain, and a call that waits for a thread on a core that is busy with
something else can take ten times as long.  Large products are split over the run's own threads
(graphflow/ops/kernels/products.py).
"""

from __future__ import annotations

import os
import threading
from typing import Any


def cpu_count() -> int:
    """The number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class BlasBudget:
    """Sets the number of BLAS threads by what computes at the moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._libraries: list[Any] | None = None
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
        if self._libraries is None:
            self._load()
        wanted = self._limit if self._active == 0 else 1
        if wanted == self._current:
            return
        self._current = wanted
        for library in self._libraries or ():
            library.set_num_threads(wanted)

    def _load(self) -> None:
        # Looking the libraries up takes milliseconds; it happens at the first run that needs them.
        from threadpoolctl import ThreadpoolController

        controller = ThreadpoolController().select(user_api="blas")
        self._libraries = controller.lib_controllers
        counts = [library.num_threads or 1 for library in self._libraries]
        self._limit = self._current = max(counts, default=1)


BUDGET = BlasBudget()
