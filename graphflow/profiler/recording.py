"""Record what the sessions of a program do: how long each run took, and some runs in full.

While a recording is on, a few methods of sessions are replaced by ones that look at the clock.
Programs that nobody profiles pay nothing for it, not even a question whether somebody does.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from graphflow.compiler.plan import Plan
from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.interop.run_metadata import member_shares
from graphflow.runtime.trace import StepRecord, Trace
from graphflow.session import BaseSession
from graphflow.viz.activities import operations_of

# The latest traced runs of each kind, among which the typical one is found.
_KEPT = 15
_KNOWN_PLANS = 2048
_OF_GRADIENT = re.compile(r"(.+)_grad(?:_\d+)?")


class OpKey(NamedTuple):
    """What is known of an operation once its graph may be gone.

    Attributes:
      name: its name.
      type: its type.
      line: the line of the user's that caused it: of a gradient, the one of what is differentiated.
      is_gradient: whether it is part of a gradient.
    """

    name: str
    type: str
    line: str
    is_gradient: bool


@dataclass
class OpTotal:
    """What an operation cost in the traced runs of a kind.

    Attributes:
      calls: how often it ran.
      micros: its own time, without that of steps in its body.
      size: the bytes of its results.
    """

    calls: float = 0.0
    micros: float = 0.0
    size: float = 0.0

    def add(self, other: OpTotal, runs: float = 1.0, time: float = 1.0) -> None:
        """Add another total.

        Args:
          other: the other one.
          runs: for how many runs each one of its runs stands.
          time: for how much time each microsecond stands.
        """
        self.calls += other.calls * runs
        self.micros += other.micros * time
        self.size += other.size * runs


@dataclass(eq=False)
class RunKind:
    """Runs of equal fetches.

    Attributes:
      fetches: names of what was fetched.
      runs: how many runs there were.
      nanos: how long they took.
      traced: how many of them were traced.
      traced_nanos: how long these took.
      failed: how many failed.
      totals: the costs of each operation in the traced runs.
      latest: times and traces of the latest traced runs.
    """

    fetches: tuple[str, ...]
    runs: int = 0
    nanos: int = 0
    traced: int = 0
    traced_nanos: int = 0
    failed: int = 0
    totals: dict[OpKey, OpTotal] = field(default_factory=dict)
    latest: list[tuple[int, Trace]] = field(default_factory=list)

    @property
    def typical(self) -> Trace | None:
        """The trace, among the latest ones, that took the middle time; None if there is none."""
        ordered = sorted(self.latest, key=lambda item: item[0])
        return ordered[len(ordered) // 2][1] if ordered else None

    def estimated(self) -> dict[OpKey, OpTotal]:
        """Return the costs of each operation in all runs, by those that were traced."""
        if not self.traced:
            return {}
        found = {}
        for key, total in self.totals.items():
            found[key] = OpTotal()
            found[key].add(total, self.runs / self.traced, self.nanos / self.traced_nanos)
        return found


class Recording:
    """What the sessions of a program did.

    Args:
      every: which runs of equal fetches are traced: the first, and then each one that is so far
        after the last traced one.

    Attributes:
      kinds: runs by what they fetched.
      compile_nanos: how long it took to prepare plans.
      plans: how many plans there were.
      inside_nanos: how long at least one thread was within a session's run.
      own_nanos: how long the recording itself took, within the time inside.

    Raises:
      ValueError: `every` is less than 1.
    """

    def __init__(self, every: int = 10) -> None:
        if every < 1:
            raise ValueError(f"runs are traced every 1, 2, ... times, not every {every}")
        self._every = every
        self.kinds: dict[tuple[str, ...], RunKind] = {}
        self.compile_nanos = 0
        self.plans = 0
        self.inside_nanos = 0
        self.own_nanos = 0
        self._lock = threading.Lock()
        self._of_plan: OrderedDict[Plan, RunKind] = OrderedDict()
        self._keys = _Keys()
        self._inside = 0
        self._entered = 0
        self._depth = threading.local()

    @contextmanager
    def on(self) -> Iterator[Recording]:
        """Record within a `with` block; one recording at a time."""
        names = ("run", "partial_run", "_run", "_plan", "_execute")
        originals = {name: getattr(BaseSession, name) for name in names}
        for name in ("run", "partial_run", "_run"):
            setattr(BaseSession, name, self._timed(originals[name]))
        setattr(BaseSession, "_plan", self._compiling(originals["_plan"]))  # noqa: B010
        setattr(BaseSession, "_execute", self._executing(originals["_execute"]))  # noqa: B010
        try:
            yield self
        finally:
            for name, method in originals.items():
                setattr(BaseSession, name, method)

    # -- what takes the place of the methods ------------------------------------------------------

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """A method that enters for how long some thread is within a run."""

        @wraps(method)
        def timed(*arguments: Any, **options: Any) -> Any:
            depth = getattr(self._depth, "value", 0)
            self._depth.value = depth + 1
            if not depth:
                self._enter()
            try:
                return method(*arguments, **options)
            finally:
                self._depth.value = depth
                if not depth:
                    self._leave()

        return timed

    def _enter(self) -> None:
        with self._lock:
            if not self._inside:
                self._entered = time.perf_counter_ns()
            self._inside += 1

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self.inside_nanos += time.perf_counter_ns() - self._entered

    def _compiling(self, method: Callable[..., Plan]) -> Callable[..., Plan]:
        @wraps(method)
        def compiling(
            session: Any,
            fetches: tuple[Tensor, ...],
            targets: tuple[Operation, ...],
            fed: tuple[Tensor, ...],
        ) -> Plan:
            start = time.perf_counter_ns()
            plan = method(session, fetches, targets, fed)
            elapsed = time.perf_counter_ns() - start
            with self._lock:
                if plan not in self._of_plan:
                    self.compile_nanos += elapsed
                    self.plans += 1
                    names = [tensor.name for tensor in fetches] + [op.name for op in targets]
                    self._know(plan, tuple(names))
            return plan

        return compiling

    def _executing(self, method: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        @wraps(method)
        def executing(
            session: Any,
            plan: Plan,
            arrays: list[Any],
            options: Any = None,
            trace: Trace | None = None,
        ) -> list[Any]:
            kind = self._kind_of(plan)
            with self._lock:
                is_due = kind.runs % self._every == 0
                kind.runs += 1
            used = Trace() if trace is None and is_due else trace
            start = time.perf_counter_ns()
            failed = True
            try:
                values = method(session, plan, arrays, options, used)
                failed = False
                return values
            finally:
                elapsed = time.perf_counter_ns() - start
                if used is not None and trace is None:
                    used.close()
                with self._lock:
                    kind.nanos += elapsed
                    kind.failed += failed
                    if used is not None:
                        self._enter_trace(kind, elapsed, used)
                        self.own_nanos += time.perf_counter_ns() - start - elapsed

        return executing

    def _kind_of(self, plan: Plan) -> RunKind:
        """The kind of a plan's runs; of one made before the recording began, an unnamed one."""
        with self._lock:
            kind = self._of_plan.get(plan)
            return self._know(plan, ("(prepared before)",)) if kind is None else kind

    def _know(self, plan: Plan, names: tuple[str, ...]) -> RunKind:
        """Enter a plan; its graph is kept as long as it is among the latest ones."""
        kind = self._of_plan[plan] = self.kinds.setdefault(names, RunKind(names))
        while len(self._of_plan) > _KNOWN_PLANS:
            self._of_plan.popitem(last=False)
        return kind

    def _enter_trace(self, kind: RunKind, elapsed: int, trace: Trace) -> None:
        kind.traced += 1
        kind.traced_nanos += elapsed
        kind.latest = [*kind.latest[1 - _KEPT :], (elapsed, trace)]
        for record, own in own_times(trace.records):
            for step, share in zip(record.steps, member_shares(record), strict=True):
                key = self._keys.of(step.operation)
                total = kind.totals.setdefault(key, OpTotal())
                is_last = step is record.step or not record.members
                total.add(OpTotal(1, own * share, _size_of(record) if is_last else 0))


def _size_of(record: StepRecord) -> int:
    return sum(output[1] for output in record.outputs if output is not None)


def own_times(records: Sequence[StepRecord]) -> list[tuple[StepRecord, float]]:
    """Return the records of a trace with their times, without those of what ran within them.

    Args:
      records: of one trace.
    """
    ordered = sorted(records, key=lambda record: (record.ident, record.start, -record.end))
    own = [record.end - record.start for record in ordered]
    around: list[int] = []
    for position, record in enumerate(ordered):
        while around and (
            ordered[around[-1]].ident != record.ident or ordered[around[-1]].end <= record.start
        ):
            around.pop()
        if around:
            own[around[-1]] -= record.end - record.start
        around.append(position)
    return [(record, max(0.0, micros)) for record, micros in zip(ordered, own, strict=True)]


class _Keys:
    """Finds what is known of operations, each once."""

    def __init__(self) -> None:
        self._found: WeakKeyDictionary[Operation, OpKey] = WeakKeyDictionary()
        self._graphs: WeakKeyDictionary[Graph, tuple[int, Mapping[str, Operation]]]
        self._graphs = WeakKeyDictionary()

    def of(self, operation: Operation) -> OpKey:
        key = self._found.get(operation)
        if key is None:
            source = self._differentiated(operation)
            line = (source or operation).user_line or operation.user_line
            key = OpKey(operation.name, operation.type, line, source is not None)
            self._found[operation] = key
        return key

    def _differentiated(self, operation: Operation) -> Operation | None:
        """The operation whose gradient an operation is part of, by its name; None if of none."""
        parts = operation.name.split("/")
        for end in range(len(parts) - 2, -1, -1):
            found = _OF_GRADIENT.fullmatch(parts[end])
            if found is None:
                continue
            known = self._operations(operation.graph)
            for start in range(end + 1):
                source = known.get("/".join([*parts[start:end], found[1]]))
                if source is not None:
                    return source
        return None

    def _operations(self, graph: Graph) -> Mapping[str, Operation]:
        while isinstance(graph, FuncGraph) and graph.outer_graph is not None:
            graph = graph.outer_graph
        known = self._graphs.get(graph)
        if known is None or known[0] != graph.version:
            known = self._graphs[graph] = (graph.version, operations_of(graph))
        return known[1]
