"""Clusters of small steps as compiled functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphflow.compiler.fusion import Group
from graphflow.compiler.native.cluster import ClusterCode, find_clusters
from graphflow.compiler.plan import Step
from graphflow.core.code_cache import load
from graphflow.core.compile_process import compile_apart
from graphflow.core.op import Array
from graphflow.core.spec import TensorSpec
from graphflow.runtime.native_arena import NativeArena, bytes_of
from graphflow.runtime.spare_arenas import SpareArenas
from graphflow.runtime.units import Cluster

# Different functions for one plan; each takes a second or two to compile.
_MAX_FUNCTIONS = 6
# About how many microseconds a compiled function takes for each array that it is given.
_ARRAY_COST = 0.12


def clusters_of(
    steps: Sequence[Step],
    specs: Mapping[int, TensorSpec],
    values: Mapping[int, Array],
    is_free: Callable[[Step], bool],
    kept: frozenset[int],
    groups: Sequence[Group],
) -> list[ClusterCode]:
    """Find clusters of steps that are worth it.

    Args:
      steps: the steps of a run, in order.
      specs: for each slot what is known of its value.
      values: of the slots that are constants.
      is_free: tells whether a step is a call of a kernel and nothing else.
      kept: slots that are read after the last step: those of the fetches.
      groups: of the steps that become loops without it.
    """
    costs = {position: _share(group) for group in groups for position in group.positions}
    found = find_clusters(steps, specs, values, is_free, kept, costs)
    chosen = set(list(dict.fromkeys(code.source for code in found))[:_MAX_FUNCTIONS])
    return [code for code in found if code.source in chosen]


def _share(group: Group) -> float:
    """What the call of a compiled group costs, in microseconds, for each of its steps."""
    arrays = len(group.inputs) + len(group.outputs)
    return (1 + _ARRAY_COST * arrays) / len(group.positions)


def compile_cluster(code: ClusterCode) -> Cluster:
    """Compile the function of a cluster, and wait for that.

    Args:
      code: the cluster.
    """
    function = load(code.source, "cluster").run
    compile_apart(function, code.examples())
    return Cluster(
        tuple(code.positions),
        tuple(slot for slot, _ in code.inputs),
        tuple(slot for slot, _ in code.outputs),
        _Caller(code, function).call,
    )


class _Arena(NativeArena):
    """The arrays that a function works in, for one run at a time."""

    def __init__(self, code: ClusterCode) -> None:
        super().__init__(code.arenas, code.constants)
        self.inputs = [self.part(place) for _, place in code.inputs]
        self.outputs = [self.part(place) for _, place in code.outputs]


class _Caller:
    """Calls the function of a cluster.

    Args:
      code: what it takes.
      function: the function.
    """

    def __init__(self, code: ClusterCode, function: Callable[..., Any]) -> None:
        self._function = function
        self._arenas = SpareArenas(lambda: _Arena(code), bytes_of(code.arenas))

    def call(self, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        """Run the steps.

        Args:
          inputs: the values of what they read.
          outputs: arrays for what they compute.
        """
        arena = self._arenas.take()
        for part, value in zip(arena.inputs, inputs, strict=True):
            part[...] = value
        self._function(*arena.arrays.values())
        for value, part in zip(outputs, arena.outputs, strict=True):
            value[...] = part
        self._arenas.give_back(arena)
