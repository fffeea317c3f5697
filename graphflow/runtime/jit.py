"""Kernels compiled by numba, in the background.

An op may give a second kernel for numba to compile (`Op.numba_kernel`).  No run waits for the
compiler: the numpy kernel serves until the compiled one is there for the dtypes and ranks at hand.
See graphflow/core/jit.py for the switch.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import cache
from typing import Any

import numpy as np

from graphflow.core.jit import compiler, is_enabled
from graphflow.core.numba_import import import_numba
from graphflow.core.op import Array, Op

_logger = logging.getLogger("graphflow")
_Signature = tuple[Any, ...]


def has_numba_kernel(op: Op) -> bool:
    """Whether an op gives a kernel for numba.

    Args:
      op: any op.
    """
    return type(op).numba_kernel is not Op.numba_kernel


def compile_kernel(op: Op, arrays: Sequence[Array]) -> Callable[..., Any]:
    """Compile an op's kernel for numba and wait for it.

    Args:
      op: the op.
      arrays: examples of the inputs; their dtypes, ranks and layouts count.

    Returns:
      The compiled function.
    """
    numba = import_numba()
    function: Any = numba.njit(nogil=True, error_model="numpy")(op.numba_kernel())
    types = tuple(numba.typeof(array) for array in arrays)
    function.compile(types)
    compiled: Callable[..., Any] = function
    return compiled


class JitKernel:
    """A kernel that becomes quicker once its compiled version is there.

    Args:
      op: an op with a kernel for numba.
    """

    def __init__(self, op: Op) -> None:
        self._op = op
        self._lock = threading.Lock()
        self._compiled: dict[_Signature, Callable[..., Any]] = {}
        self._requests: dict[_Signature, Future[None]] = {}

    def __call__(self, *inputs: Any) -> Any:
        """Compute the op's outputs."""
        arrays = [np.asarray(value) for value in inputs]
        signature = tuple(map(_kind, arrays))
        compiled = self._compiled.get(signature)
        if compiled is not None:
            return compiled(*arrays)
        self._request(signature, arrays)
        return self._op.kernel(*inputs)

    def wait(self) -> None:
        """Wait until all that was asked for is compiled."""
        for request in list(self._requests.values()):
            request.result()

    def _request(self, signature: _Signature, arrays: Sequence[Array]) -> None:
        with self._lock:
            if signature not in self._requests:
                self._requests[signature] = compiler().submit(self._compile, signature, arrays)

    def _compile(self, signature: _Signature, arrays: Sequence[Array]) -> None:
        try:
            self._compiled[signature] = compile_kernel(self._op, arrays)
        except Exception as error:  # the numpy kernel goes on serving
            _logger.warning("numba cannot compile the kernel of %r: %s", self._op, error)


def _kind(array: Array) -> tuple[Any, ...]:
    """What numba compiles for: dtype, rank, layout, and whether the array may be written."""
    flags = array.flags
    return array.dtype, array.ndim, flags.c_contiguous, flags.f_contiguous, flags.writeable


@cache
def _jit_kernel(op: Op) -> JitKernel:
    return JitKernel(op)


def quickest_kernel(op: Op) -> Callable[..., Any]:
    """Return the callable that computes what an op's kernel does, compiled where it can be.

    Args:
      op: an op that needs no context and writes no variables.
    """
    if has_numba_kernel(op) and is_enabled():
        return _jit_kernel(op)
    return op.function()
