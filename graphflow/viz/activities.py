"""What the threads of a traced run did: activities on lanes, with what each waited for.

Everything comes from the `StepStats` of a `RunMetadata`, also from those that TensorFlow wrote.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Graph, Operation
from graphflow.interop import protos
from graphflow.interop.functions import bodies_of
from graphflow.interop.run_metadata import Label, Remarks, fill_run_metadata, read_label
from graphflow.runtime.trace import Trace

# Times of TensorFlow's are whole microseconds.
_ROUNDING = 1.0


@dataclass(frozen=True)
class Result:
    """An output of a step.

    Attributes:
      dtype: name of its dtype.
      shape: its sizes.
      size: in bytes.
    """

    dtype: str
    shape: tuple[int, ...]
    size: int


@dataclass(eq=False)
class Activity:
    """What a thread did for a while: a step, several compiled to one, or help with a step.

    Attributes:
      index: its place in the history.
      name: of the operation.
      type: of the operation.
      lane: the number of its thread.
      ready: when all that it waited for was there, in microseconds since the run began.
      start: when it started.
      end: when it ended.
      inputs: names of the tensors that it takes; with `^` what it waits for.
      results: its outputs, as far as somebody uses them.
      remarks: what else was recorded.
      line: the line of the user's that made the operation, '' if that is not known.
      after: the activities that it waited for.
      parent: the activity in whose body or time it lies, or that it helps, None if there is none.
      level: in how many activities of its lane it lies.
    """

    index: int
    name: str
    type: str
    lane: int
    ready: float
    start: float
    end: float
    inputs: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    remarks: Remarks = field(default_factory=Remarks)
    line: str = ""
    after: list[Activity] = field(default_factory=list)
    parent: Activity | None = None
    level: int = 0

    @property
    def duration(self) -> float:
        """How long it took, in microseconds."""
        return self.end - self.start

    @property
    def size(self) -> int:
        """The bytes of its results."""
        return sum(result.size for result in self.results)

    @property
    def is_step(self) -> bool:
        """Whether it is a step of the run itself, not of a body, and no help."""
        return self.parent is None and not self.remarks.helps

    def __repr__(self) -> str:
        return f"<{self.type} {self.name!r}, {self.start:.1f} to {self.end:.1f} µs>"


class History:
    """The activities of a run, by start.

    Args:
      step_stats: the `StepStats` of a `RunMetadata`.
      operations: the graph's operations by name, for the user's lines.

    Attributes:
      lanes: names of the threads.
      activities: what they did.
    """

    def __init__(self, step_stats: Any, operations: Mapping[str, Operation] | None = None) -> None:
        self.lanes: list[str] = []
        self.activities: list[Activity] = []
        nodes = [
            (node, lane) for device in step_stats.dev_stats for node, lane in self._lanes_of(device)
        ]
        begin = min((_start(node) for node, _ in nodes), default=0)
        nodes.sort(key=lambda item: (_start(item[0]), -_length(item[0])))
        for node, lane in nodes:
            self.activities.append(_activity(len(self.activities), node, lane, begin))
        self._nest()
        self._find_causes()
        for activity in self.activities:
            activity.line = _line(activity, operations or {})

    def _lanes_of(self, device: Any) -> Iterator[tuple[Any, int]]:
        """Yield the nodes of a device with their lanes: its threads, if they are known."""
        first = len(self.lanes)
        if not device.thread_names:
            numbers = assigned_lanes(device.node_stats)
            count = max(numbers, default=-1) + 1
            self.lanes += [f"{device.device} lane {number}" for number in range(count)]
            yield from zip(device.node_stats, [first + n for n in numbers], strict=True)
            return
        used = sorted({node.thread_id for node in device.node_stats})
        place = {number: first + position for position, number in enumerate(used)}
        self.lanes += [device.thread_names.get(n, f"thread {n}") for n in used]
        for node in device.node_stats:
            yield node, place[node.thread_id]

    def _nest(self) -> None:
        """Find which activities lie in the time of another one of their lane."""
        open_on: dict[int, list[Activity]] = {}
        for activity in self.activities:
            stack = open_on.setdefault(activity.lane, [])
            while stack and stack[-1].end <= activity.start:
                stack.pop()
            if stack and activity.end <= stack[-1].end:
                activity.parent = stack[-1]
            activity.level = len(stack)
            stack.append(activity)

    def _find_causes(self) -> None:
        """Find what each waited for: the last that was done of each operation that it names."""
        known: dict[str, list[Activity]] = {}
        for activity in self.activities:
            for name in (activity.name, *activity.remarks.fuses):
                known.setdefault(name, []).append(activity)
        # An activity that began later may have ended earlier.
        ends = {name: sorted(found, key=lambda item: item.end) for name, found in known.items()}
        times = {name: [item.end for item in found] for name, found in ends.items()}
        for activity in self.activities:
            said = activity.remarks
            if activity.parent is None and (said.helps or said.within):
                around = known.get(said.helps or said.within, ())
                activity.parent = _around(activity, around)
            names = [text.lstrip("^").partition(":")[0] for text in activity.inputs]
            for name in dict.fromkeys([*names, *said.after]):
                found = ends.get(name, ())
                place = bisect.bisect_right(times.get(name, ()), activity.start + _ROUNDING)
                if place and found[place - 1] is not activity:
                    activity.after.append(found[place - 1])

    # -- numbers --------------------------------------------------------------------------------

    @property
    def span(self) -> float:
        """The time from the start of the first activity to the end of the last, in microseconds."""
        return max((activity.end for activity in self.activities), default=0.0)

    def steps(self) -> list[Activity]:
        """Return the steps of the run itself, without those of bodies."""
        return [activity for activity in self.activities if activity.is_step]

    def busy(self) -> list[float]:
        """Return for each lane how long something happened on it, in microseconds."""
        total, until = [0.0] * len(self.lanes), [0.0] * len(self.lanes)
        for activity in self.activities:
            lane = activity.lane
            total[lane] += max(0.0, activity.end - max(activity.start, until[lane]))
            until[lane] = max(until[lane], activity.end)
        return total

    def idle(self) -> list[float]:
        """Return for each lane how long nothing happened on it, in microseconds."""
        return [self.span - busy for busy in self.busy()]

    @property
    def parallelism(self) -> float:
        """How many threads were at work on average; 0 if nothing happened."""
        return sum(self.busy()) / self.span if self.span else 0.0

    def critical_path(self) -> list[Activity]:
        """Return the longest chain of steps that waited for one another, in order.

        The run cannot take less time than they do together, however many threads there are.
        """
        length: dict[Activity, float] = {}
        cause: dict[Activity, Activity | None] = {}
        for activity in self.steps():
            before = [item for item in activity.after if item in length]
            last = max(before, key=lambda item: length[item], default=None)
            cause[activity] = last
            length[activity] = activity.duration + (length[last] if last is not None else 0.0)
        path = []
        current = max(length, key=lambda item: length[item], default=None)
        while current is not None:
            path.append(current)
            current = cause[current]
        return path[::-1]

    def by_type(self) -> dict[str, float]:
        """Return the microseconds that each type of operations took, the largest first.

        What happens in the time of another activity counts for itself, not for that one.
        """
        own = {activity: activity.duration for activity in self.activities}
        total: dict[str, float] = {}
        for activity in self.activities:
            if activity.parent is not None and activity.parent.lane == activity.lane:
                own[activity.parent] -= activity.duration
        for activity, micros in own.items():
            total[activity.type] = total.get(activity.type, 0.0) + max(0.0, micros)
        return dict(sorted(total.items(), key=lambda item: -item[1]))


def history_of(run: Any, graph: Graph | None = None) -> History:
    """Return what a traced run did.

    Args:
      run: its `RunMetadata`, the `StepStats` in it, or its `Trace`.
      graph: the graph, for the user's lines.

    Raises:
      TypeError: it is none of them.
      ValueError: it holds no steps.
    """
    if isinstance(run, Trace):
        operations = {
            step.operation.name: step.operation for record in run.records for step in record.steps
        }
        metadata = protos.RunMetadata()
        fill_run_metadata(metadata, run)
        return _not_empty(History(metadata.step_stats, operations))
    stats = getattr(run, "step_stats", run)
    if not hasattr(stats, "dev_stats"):
        raise TypeError(f"a timeline shows a RunMetadata, its StepStats or a Trace, not {run!r}")
    return _not_empty(History(stats, operations_of(graph) if graph is not None else {}))


def _not_empty(history: History) -> History:
    if not history.activities:
        raise ValueError(
            "no step was recorded: give session.run the options "
            "tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE) and this run_metadata, and fetch "
            "something that has to be computed"
        )
    return history


def operations_of(graph: Graph) -> dict[str, Operation]:
    """Return the operations of a graph and of all bodies in it, by name."""
    found: dict[str, Operation] = {}
    graphs: list[Graph] = [graph]
    while graphs:
        for operation in graphs.pop().get_operations():
            found.setdefault(operation.name, operation)
            graphs += bodies_of(operation)
    return found


def assigned_lanes(nodes: Iterable[Any]) -> list[int]:
    """Return lanes for the nodes of a device whose threads are not known: no two overlap.

    The first lane that was free before a node started takes it.

    Args:
      nodes: `NodeExecStats`, in the order in which they are to be placed.
    """
    free_after = [0]
    lanes = []
    for node in nodes:
        start = node.all_start_micros
        lane = next((n for n, end in enumerate(free_after) if start > end), len(free_after))
        if lane == len(free_after):
            free_after.append(0)
        free_after[lane] = start + node.all_end_rel_micros
        lanes.append(lane)
    return lanes


def _start(node: Any) -> int:
    """When a node started, in nanoseconds: as a float the time would be cut off."""
    return int(node.all_start_nanos) or 1000 * int(node.all_start_micros)


def _length(node: Any) -> int:
    micros = max(node.all_end_rel_micros, node.op_end_rel_micros)
    return int(node.all_end_rel_nanos) or 1000 * int(micros)


def _activity(index: int, node: Any, lane: int, begin: int) -> Activity:
    label: Label = read_label(node.timeline_label, node.node_name)
    start = _start(node)
    scheduled = int(node.scheduled_nanos) or 1000 * int(node.scheduled_micros) or start
    ready, end = min(scheduled, start), start + _length(node)
    results = tuple(_result(output.tensor_description) for output in node.output)
    ready_at, start_at, end_at = ((time - begin) / 1000 for time in (ready, start, end))
    return Activity(
        index,
        node.node_name,
        label.type,
        lane,
        ready_at,
        start_at,
        end_at,
        label.inputs,
        results,
        label.remarks,
    )


def _result(description: Any) -> Result:
    size = description.allocation_description.requested_bytes
    shape = tuple(dim.size for dim in description.shape.dim)
    try:
        dtype = as_dtype(description.dtype).name
    except TypeError:
        dtype = "unknown"
    return Result(dtype, shape, size)


def _around(activity: Activity, candidates: Sequence[Activity]) -> Activity | None:
    """The one of several activities in whose time an activity began, None if there is none."""
    found = [item for item in candidates if item.start <= activity.start <= item.end]
    return found[-1] if found else None


def _line(activity: Activity, operations: Mapping[str, Operation]) -> str:
    """The user's line; a graph whose operation of that name is of another type is another one."""
    name = activity.remarks.helps or activity.name
    operation = operations.get(name)
    if operation is None:
        return ""
    is_same = activity.remarks.fuses or operation.type in activity.type.split("+")
    return operation.user_line if is_same else ""
