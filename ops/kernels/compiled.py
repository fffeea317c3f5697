"""Loops that numba compiles when they are first called, or when they have been called often."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from functools import cache, wraps
from typing import Any, TypeVar

import numpy as np

from graphflow.core.code_cache import machine_code
from graphflow.core.compile_process import compile_apart
from graphflow.core.jit import WORTH_COMPILING_NS, compiler, is_enabled

_Function = TypeVar("_Function", bound=Callable[..., Any])
_WORTH_IT = WORTH_COMPILING_NS / 1e9
_logger = logging.getLogger("graphflow")


def compiled(function: _Function) -> _Function:
    """Have numba compile a function at its first call, and keep the machine code on disk.

    With `GRAPHFLOW_JIT=0` in the environment Python runs it, a thousand times slower.

    Args:
      function: loops over arrays, without calls of other compiled functions.

    Returns:
      A function that does the same.

    >>> @compiled
    ... def count_pairs(size):
    ...     pairs = 0
    ...     for others in range(size):
    ...         pairs += others
    ...     return pairs
    >>> count_pairs(4)
    6
    """

    @cache
    def code() -> Any:
        return machine_code(function)

    @wraps(function)
    def call(*args: Any) -> Any:
        if is_enabled():
            return code()(*args)
        with np.errstate(all="ignore"):  # as in machine code
            return function(*args)

    return call  # type: ignore[return-value]


class CompiledLater:
    """A loop that takes the place of numpy's functions once they have taken long enough.

    It is compiled in the background, so that no call waits for that.  It must give the same bits.

    Args:
      function: loops over arrays, without calls of other compiled functions; returns nothing.
    """

    def __init__(self, function: Callable[..., None]) -> None:
        self._function = self.__wrapped__ = function
        self._seconds: dict[Hashable, float] = {}
        self._code: dict[Hashable, Callable[..., None]] = {}
        self._requests: dict[Hashable, Future[None]] = {}
        self._machine_code = cache(lambda: machine_code(function))

    def code(self, kind: Hashable) -> Callable[..., None] | None:
        """The compiled loop; None if it is not there yet, or compilation is turned off.

        Args:
          kind: see `run`.
        """
        return self._code.get(kind) if is_enabled() else None

    def run(
        self,
        kind: Hashable,
        arguments: Callable[[], Sequence[Any]],
        otherwise: Callable[[], None],
    ) -> None:
        """Run the loop if it is compiled, else what does the same.

        Args:
          kind: what numba compiles for: tells the dtypes, and which arrays may be written.
          arguments: returns the loop's arguments: arrays and numpy scalars.
          otherwise: does the same.
        """
        code = self.code(kind)
        if code is not None:
            code(*arguments())
        else:
            self.count(kind, arguments, otherwise)

    def count(
        self,
        kind: Hashable,
        arguments: Callable[[], Sequence[Any]],
        otherwise: Callable[[], None],
    ) -> None:
        """Run what does the same as the loop; ask for machine code once that has taken long.

        Args:
          kind: see `run`.
          arguments: see `run`.
          otherwise: see `run`.
        """
        start = time.perf_counter()
        otherwise()
        seconds = self._seconds.get(kind, 0.0) + time.perf_counter() - start
        self._seconds[kind] = seconds
        if seconds > _WORTH_IT and kind not in self._requests and is_enabled():
            self._requests[kind] = compiler().submit(self.compile, kind, arguments())

    def compile(self, kind: Hashable, args: Sequence[Any]) -> None:
        """Compile the loop and wait for it.

        Args:
          kind: see `run`.
          args: arguments of that kind.
        """
        try:
            code = self._machine_code()
            compile_apart(code, args)
        except Exception as error:  # numpy goes on serving
            _logger.warning("numba cannot compile %s: %s", self._function.__name__, error)
        else:
            self._code[kind] = code
