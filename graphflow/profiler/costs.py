"""What each operation of a graph costs: parameters, float operations, time and memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.core.keys import GraphKeys
from graphflow.interop.run_metadata import executed_operations
from graphflow.profiler.flops import Shape, UnknownShape, float_operations
from graphflow.profiler.options import TRAINABLE_VARIABLES

_VARIABLES = frozenset({"Variable", "VariableV2", "VarHandleOp"})
# How many operations a name stands for: it has a total only.
DEFINITIONS = "definition_count"


@dataclass
class Costs:
    """What an operation costs.

    Attributes:
      operation: the operation.
      numbers: the costs, by the names that they have in `GraphNodeProto`.
      types: its type, its device and others, by which costs are selected.
      devices: where it ran.
    """

    operation: Operation
    numbers: Counter[str] = field(default_factory=Counter)
    types: set[str] = field(default_factory=set)
    devices: set[str] = field(default_factory=set)


def costs_of(
    graph: Graph, runs: Iterable[Any] = (), op_log: Any = None
) -> tuple[dict[str, Costs], list[str]]:
    """Return what each operation costs.

    Args:
      graph: the graph.
      runs: `RunMetadata` of traced runs. Times are their means; shapes that the graph leaves open
        are those of the runs.
      op_log: an `OpLogProto` with float operations and types to use for some operations.

    Returns:
      The costs by name, and the names of operations whose float operations cannot be counted
      because shapes are unknown.
    """
    runs = list(runs)
    shapes = _Shapes(runs)
    found: dict[str, Costs] = {}
    uncounted = []
    trainable = {v.op.name for v in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)}
    for operation in graph.get_operations():
        costs = found[operation.name] = Costs(operation)
        costs.numbers[DEFINITIONS] = 1
        costs.types.add(operation.type)
        if operation.device:
            costs.types.add(operation.device)
        if operation.name in trainable:
            costs.types.add(TRAINABLE_VARIABLES)
        costs.numbers["parameters"] = _parameters(operation)
        try:
            costs.numbers["float_ops"] = float_operations(operation, shapes.of)
        except UnknownShape:
            uncounted.append(operation.name)
    for run in runs:
        _add_run(found, run, len(runs))
    for entry in op_log.log_entries if op_log is not None else ():
        _add_entry(found, entry)
    return found, [name for name in uncounted if not found[name].numbers["float_ops"]]


class _Shapes:
    """Shapes of tensors: those of the graph, or else of runs."""

    def __init__(self, runs: Iterable[Any]) -> None:
        self._seen: dict[tuple[str, int], Shape] = {}
        for stats, _ in _executions(runs):
            for output in stats.output:
                dims = output.tensor_description.shape.dim
                self._seen[stats.node_name, output.slot] = tuple(dim.size for dim in dims)

    def of(self, tensor: Tensor) -> Shape:
        dims = tensor.shape.as_tuple()
        if dims is not None and None not in dims:
            return tuple(size for size in dims if size is not None)
        try:
            return self._seen[tensor.op.name, tensor.value_index]
        except KeyError:
            raise UnknownShape(tensor.name) from None


def _executions(runs: Iterable[Any]) -> Iterable[tuple[Any, str]]:
    for run in runs:
        for device in run.step_stats.dev_stats:
            for stats in device.node_stats:
                yield stats, device.device


def _parameters(operation: Operation) -> int:
    if operation.type not in _VARIABLES:
        return 0
    shape = operation.attributes().get("shape")
    dims = None if shape is None else shape.as_tuple()
    return 0 if dims is None or None in dims else math.prod(dims)


def _add_run(found: Mapping[str, Costs], run: Any, count: int) -> None:
    for stats, device in _executions([run]):
        for name, share in executed_operations(stats):
            if name in found:
                micros = round(stats.all_end_rel_micros * share) // count
                _add_time(found[name], micros, device)
        if stats.node_name in found:
            found[stats.node_name].numbers.update(_memory(stats, count))


def _add_time(costs: Costs, micros: int, device: str) -> None:
    costs.devices.add(device)
    costs.types.add(device)
    kind = "cpu_exec_micros" if "cpu" in device.lower() else "accelerator_exec_micros"
    costs.numbers.update({"run_count": 1, "exec_micros": micros, kind: micros})


def _memory(stats: Any, count: int) -> dict[str, int]:
    outputs = sum(
        item.tensor_description.allocation_description.requested_bytes for item in stats.output
    )
    return {
        "requested_bytes": sum(item.total_bytes for item in stats.memory) // count,
        "peak_bytes": sum(item.peak_bytes for item in stats.memory) // count,
        "residual_bytes": sum(item.live_bytes for item in stats.memory) // count,
        "output_bytes": outputs // count,
    }


def _add_entry(found: Mapping[str, Costs], entry: Any) -> None:
    costs = found.get(entry.name)
    if costs is None:
        return
    costs.types.update(entry.types)
    if entry.float_ops:
        costs.numbers["float_ops"] = entry.float_ops
