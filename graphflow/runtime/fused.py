"""Groups of steps as compiled functions, and how these are called."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from graphflow.compiler.fusion import Group
from graphflow.compiler.loops import Loop, write_loop
from graphflow.core.code_cache import load
from graphflow.core.compile_process import compile_apart
from graphflow.core.parallel import parallel_for
from graphflow.runtime.units import Fused, FusedCall


def compile_group(group: Group) -> Fused:
    """Compile functions for a group of steps, and wait for that.

    Args:
      group: the group.
    """
    return _compile(group, write_loop(group))


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
