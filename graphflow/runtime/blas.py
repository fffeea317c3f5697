"""One budget of threads for BLAS and the scheduler.

When several steps compute at the same time, each gets its share of the cores for its matrix
products; when one computes alone, it gets all.  Two BLAS calls that each use all cores would slow
each other down by more than they gain.
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
    """Sets the number of BLAS threads by how many threads compute at the moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._libraries: list[Any] | None = None
        self._limit = 0
        self._current = 0
        self._active = 0

    def enter(self, threads: int) -> None:
        """Announce that `threads` more threads compute."""
        with self._lock:
            self._active += threads
            self._apply()

    def leave(self, threads: int) -> None:
        """Announce that `threads` threads are done."""
        with self._lock:
            self._active -= threads
            self._apply()

    def _apply(self) -> None:
        if self._active <= 1 and self._libraries is None:
            return  # nothing was ever limited: leave the libraries as they are
        if self._libraries is None:
            self._load()
        wanted = max(1, self._limit // max(1, self._active))
        if wanted == self._current:
            return
        self._current = wanted
        for library in self._libraries or ():
            library.set_num_threads(wanted)

    def _load(self) -> None:
        # Looking the libraries up takes milliseconds; it happens when threads first compete.
        from threadpoolctl import ThreadpoolController

        controller = ThreadpoolController().select(user_api="blas")
        self._libraries = controller.lib_controllers
        counts = [library.num_threads or 1 for library in self._libraries]
        self._limit = self._current = max(counts, default=1)


BUDGET = BlasBudget()
