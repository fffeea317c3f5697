"""Groups of steps as compiled functions, and how these are called."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graphflow.compiler.fusion import Group, find_groups
from graphflow.compiler.loops import Loop, write_loop
from graphflow.compiler.plan import Step
from graphflow.core.code_cache import load
from graphflow.core.compile_process import compile_apart
from graphflow.core.parallel import parallel_for
from graphflow.core.spec import TensorSpec
from graphflow.runtime.units import Fused, FusedCall


def compile_groups(
    steps: Sequence[Step],
    specs: Mapping[int, TensorSpec],
    is_free: Callable[[Step], bool],
    kept: frozenset[int],
) -> list[Fused]:
    """Find groups of steps that are worth it, compile functions for them, and wait for that.

    Args:
      steps: the steps of a run, in order.
      specs: for each slot what is known of its value.
      is_free: tells whether a step is a call of a kernel and nothing else.
      kept: slots that are read after the last step: those of the fetches.

    Returns:
      The groups with their functions.
    """
    groups = find_groups(steps, specs, is_free, kept)
    return [_compile(group, write_loop(group)) for group in groups]


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
