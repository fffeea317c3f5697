"""Compiled loops over tiles that come into being in the background."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphflow.core.code_cache import has_kept
from graphflow.core.compile_process import compile_apart
from graphflow.core.jit import WORTH_COMPILING_NS, compiler, is_enabled
from graphflow.ops.kernels.specialised import is_kept, specialised

_logger = logging.getLogger("graphflow")
_WORTH_IT = WORTH_COMPILING_NS / 1e9


@dataclass(frozen=True)
class TileLoops:
    """A source file with constants: see `specialised`.

    Attributes:
      template: name of the file.
      function: name of the function in it.
      constants: what a job determines: called with its numbers where numba may be imported.  None
        if numpy is quicker on this machine.
      arguments: returns arguments of the types that the function is called with; arrays that it
        only reads are read-only, so that it takes both kinds.
    """

    template: str
    function: str
    constants: Callable[..., Mapping[str, int] | None]
    arguments: Callable[[], tuple[Any, ...]]


class TileKernel:
    """A function over tiles for one job; numpy serves until it is compiled.

    Args:
      loops: its source.
      job: numbers that determine the constants.
    """

    def __init__(self, loops: TileLoops, job: tuple[int, ...]) -> None:
        self._loops = loops
        self._job = job
        self._seconds = 0.0
        self._lock = threading.Lock()
        self._request: Future[None] | None = None
        self._was_looked_for = False
        self._function: Callable[..., None] | None = None
        self.constants: Mapping[str, int] = {}

    @staticmethod
    @cache
    def of(loops: TileLoops, job: tuple[int, ...]) -> TileKernel:
        """The one kernel for a job: see `TileKernel`."""
        return TileKernel(loops, job)

    @property
    def function(self) -> Callable[..., None] | None:
        """The compiled function; None if it is not there yet, or compilation is turned off."""
        return self._function if is_enabled() else None

    def note(self, seconds: float) -> None:
        """Count the time that numpy took for the job, and have it compiled once that pays.

        That is when the job comes again, if the machine code is on disk; not before, for numba has
        to be imported.

        Args:
          seconds: that it took now.
        """
        comes_again = self._seconds > 0
        self._seconds += seconds
        if self._seconds > _WORTH_IT:
            self.request()
        elif comes_again and not self._was_looked_for and has_kept(self._loops.template):
            self._was_looked_for = True
            compiler().submit(self._look_for_code, is_urgent=True)

    def request(self) -> Future[None] | None:
        """Have the function compiled in the background; return what tells when it is there."""
        if not is_enabled():
            return None
        with self._lock:
            if self._request is None:
                self._request = compiler().submit(self._compile, is_urgent=True)
            return self._request

    def _look_for_code(self) -> None:
        """Ask for the function if its machine code is on disk."""
        constants = self._loops.constants(*self._job)
        if constants is not None and is_kept(self._loops.template, constants):
            self.request()

    def _compile(self) -> None:
        loops = self._loops
        try:
            constants = loops.constants(*self._job)
            if constants is None:
                return
            module = specialised(loops.template, constants)
            function = getattr(module, loops.function)
            if not function.signatures:  # another job may have the same constants
                compile_apart(function, loops.arguments())
                function.disable_compile()  # no run shall wait for a compilation
        except Exception as error:  # numpy goes on serving
            _logger.warning("numba cannot compile %s for %s: %s", loops.function, self._job, error)
        else:
            self.constants = constants
            self._function = function
