"""Groups of steps as compiled functions, and how these are called."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphflow.compiler.fusion import Group
from graphflow.compiler.loops import Loop, write_loop
from graphflow.core.code_cache import load
from graphflow.core.compile_process import compile_apart
from graphflow.core.jit import compiler
from graphflow.core.parallel import parallel_for
from graphflow.runtime.units import Fused, FusedCall

_logger = logging.getLogger("graphflow")


def compile_groups(groups: Sequence[Group]) -> list[Fused]:
    """Compile functions for groups of steps, on the thread that does so, and wait for that.

    Args:
      groups: the groups.

    Returns:
      Those for which that went well; the steps of others stay as they are.
    """
    compiled = []
    for group in groups:
        compiler().do_urgent()
        try:
            compiled.append(_compile(group, write_loop(group)))
        except Exception as error:  # the kernels go on serving
            _logger.warning("numba cannot compile a loop for a run: %s", error)
    return compiled


def _compile(group: Group, loop: Loop) -> Fused:
    module = load(loop.source, "loop")
    calls = []
    for call in loop.calls:
        function = getattr(module, call.name)
        compile_apart(function, call.examples)
        calls.append(FusedCall(call, function, np.asarray(call.sizes, np.int64)))
    outputs = [slot for slot in group.outputs if slot not in loop.scratch]
    return Fused(dataclasses.replace(group, outputs=outputs), tuple(calls))


def split(function: Callable[..., None], chunks: int, sizes: Any, *arrays: Any) -> None:
    """Call a compiled function for each chunk, on as many threads as were granted.

    Args:
      function: takes the sizes, the number of the chunk, how many there are, and the arrays.
      chunks: how many there are.
      sizes: of the axes.
      *arrays: what it reads and writes.
    """
    parallel_for(lambda chunk: function(sizes, chunk, chunks, *arrays), chunks)
