"""A run that looks at every value: which are not finite, and what they come from.

The plan is executed step by step as the graph says it, without rewrites and on one thread, bodies
of loops, branches and functions too.  Each step with a result that is not finite becomes an event,
which knows the events that its inputs came from.  Values are recognised by the arrays themselves:
an array that one step makes and another one gets is the same object, also across bodies.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

from graphflow.compiler.plan import NO_SLOT, Plan, Source, Step
from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array
from graphflow.core.tensor_lists import is_list
from graphflow.runtime.cancellation import Cancellation
from graphflow.runtime.executor import BodyFunction, Run
from graphflow.runtime.resources import ResourceManager
from graphflow.runtime.threads import ThreadPool
from graphflow.runtime.trace import Trace

# Of so many origins the inputs are kept; a loop may have one in each iteration.
_MAX_DETAILED = 200
# Types of operations that act outside of the session; what they return is needed all the same.
_PYTHON = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc"})


class Origin(Enum):
    """What a value that is not finite comes from."""

    STEP = "an operation"
    FEED = "a fed value"
    VARIABLE = "a variable"
    CONSTANT = "a constant"
    ARGUMENT = "an argument of a body"


@dataclass(frozen=True)
class Place:
    """A body in which something happens.

    Attributes:
      operation: the operation that runs the body.
      body: the body.
      call: how often the operation has run this body before, in this execution.
    """

    operation: Operation
    body: FuncGraph
    call: int


@dataclass(eq=False)
class Event:
    """A value that is not finite.

    Attributes:
      number: its place in the order of execution.
      origin: what it comes from.
      operation: the operation that made it, or the placeholder, variable or constant.
      places: the bodies around it, outermost first.
      tensors: what is not finite, and the values.
      causes: the events that its inputs come from, or that happened inside.
      inputs: the inputs' values, kept of origins alone.
      has_nan: whether there is a NaN among the values.
    """

    number: int
    origin: Origin
    operation: Operation
    places: tuple[Place, ...]
    tensors: list[tuple[Tensor, Array]]
    causes: list[Event] = field(default_factory=list)
    inputs: list[Any] = field(default_factory=list)
    has_nan: bool = False

    @property
    def is_origin(self) -> bool:
        """Whether nothing that is not finite came before it."""
        return not self.causes and self.origin is not Origin.ARGUMENT


class Watch(Trace):
    """What a watched run has found.

    Args:
      infinities: whether infinite values count, or NaN alone.
      replayed: values that are fed in place of operations that a run cannot repeat.

    Attributes:
      events: in the order of execution.
      roots: the events of what was fetched, or of what targets have written.
      effects: what was done, or not done, outside of the session.
    """

    def __init__(self, infinities: bool = True, replayed: frozenset[Tensor] = frozenset()) -> None:
        super().__init__()
        self.infinities = infinities
        self.replayed = replayed
        self.events: list[Event] = []
        self.roots: list[Event] = []
        self.effects: dict[str, None] = {}
        self._places: list[Place] = []
        self._enclosing: list[list[Event]] = []
        self._known: dict[int, tuple[Callable[[], Any], Event]] = {}
        self._finite: dict[int, Array] = {}
        self._detailed = 0

    # -- what a trace would record --------------------------------------------------------------

    def step(self, step: Step, slots: Sequence[Any], frame: Any = None) -> Any:
        """Record nothing."""
        del step, slots, frame
        return nullcontext()

    def _add(self, record: Any) -> None:
        del record

    # -- what happens ---------------------------------------------------------------------------

    @property
    def places(self) -> tuple[Place, ...]:
        """The bodies that run now, outermost first."""
        return tuple(self._places)

    @contextmanager
    def inside(self, place: Place) -> Iterator[None]:
        """Run a body in the `with` block."""
        self._places.append(place)
        try:
            yield
        finally:
            self._places.pop()

    @contextmanager
    def during(self, causes: list[Event]) -> Iterator[None]:
        """Run a step in the `with` block.

        Args:
          causes: the events of its inputs.
        """
        self._enclosing.append(causes)
        try:
            yield
        finally:
            self._enclosing.pop()

    def event_of(self, value: Any) -> Event | None:
        """Return the event of an array, None if it is finite as far as is known."""
        found = self._known.get(id(value))
        return found[1] if found is not None and found[0]() is value else None

    def is_bad(self, value: Any) -> bool:
        """Whether an array has elements that count."""
        return not is_finite(value) if self.infinities else has_nan(value)

    def enter_source(self, source: Source, value: Any, origin: Origin) -> None:
        """Look at what fills a slot before the first step."""
        if value is None or id(value) in self._finite or self.event_of(value) is not None:
            return
        if not self.is_bad(value):
            if origin is Origin.CONSTANT:  # once is enough, however often a body runs
                self._finite[id(value)] = value
            return
        causes: list[Event] = []
        if origin is Origin.FEED and self._places:
            origin = Origin.ARGUMENT  # an item of a list, which is a new array each time
            causes = [event for events in reversed(self._enclosing) for event in events][:1]
        elif source.tensor in self.replayed:
            origin = Origin.STEP
        self._enter(origin, source.tensor.op, [(source.tensor, value)], causes, [])

    def enter_step(
        self,
        step: Step,
        inputs: Sequence[Any],
        causes: list[Event],
        made: list[tuple[Tensor, Any]],
        first_inside: int,
    ) -> Event | None:
        """Look at what a step has made.

        Args:
          step: the step.
          inputs: the values of its inputs.
          causes: the events of those.
          made: its results.
          first_inside: how many events there were before it.
        """
        inside = self.events[first_inside:]
        lists_are_bad = bool(causes or inside)  # looking at all items each time would take long
        bad = [
            (tensor, value)
            for tensor, value in made
            if (lists_are_bad if is_list(value) else self.is_bad(value))
        ]
        if not bad:
            return None
        if inside:
            direct = [event for _, value in bad if (event := self.event_of(value)) in inside]
            causes = list(dict.fromkeys(direct)) or inside[-1:]
        origin = Origin.CONSTANT if step.op.type == "Const" else Origin.STEP
        return self._enter(origin, step.operation, bad, causes, inputs)

    def _enter(
        self,
        origin: Origin,
        operation: Operation,
        tensors: list[tuple[Tensor, Array]],
        causes: list[Event],
        inputs: Sequence[Any],
    ) -> Event:
        event = Event(len(self.events), origin, operation, self.places, [], list(causes))
        event.has_nan = any(has_nan(value) for _, value in tensors if not is_list(value))
        if event.is_origin and self._detailed < _MAX_DETAILED:
            self._detailed += 1
            event.inputs = list(inputs)
            event.tensors = tensors
        else:
            event.tensors = [(tensor, None) for tensor, _ in tensors]
        self.events.append(event)
        for _, value in tensors:
            self._known[id(value)] = _reference(value), event
        return event


def _reference(value: Any) -> Callable[[], Any]:
    """A function that returns a value; it does not keep arrays alive."""
    try:
        return weakref.ref(value)
    except TypeError:  # a scalar
        return lambda: value


class WatchedRun(Run):
    """A run that looks at every value.

    Args:
      plan: what to execute; made without rewrites.
      feeds: one array for each of the plan's feeds.
      resources: the state, best a copy of the session's.
      pool: the session's threads.
      cancellation: the run's stop signal.
      step_id: number of the run.
      trace: the `Watch` that receives what is found.
    """

    def __init__(
        self,
        plan: Plan,
        feeds: Sequence[Any],
        resources: ResourceManager,
        pool: ThreadPool,
        cancellation: Cancellation,
        step_id: int,
        trace: Trace | None = None,
    ) -> None:
        _keep_all_results(plan)
        super().__init__(plan, feeds, resources, pool, cancellation, step_id, trace)
        assert isinstance(trace, Watch)
        self.watch = trace
        self.current: Operation | None = None
        sources = [
            (plan.feeds, Origin.FEED),
            (plan.variables, Origin.VARIABLE),
            (plan.constants, Origin.CONSTANT),
        ]
        for listed, origin in sources:
            for source in listed:
                if source.slot != NO_SLOT:
                    self.watch.enter_source(source, self.slots[source.slot], origin)

    def execute(self) -> list[Any]:
        """Run all steps, enter where the fetched values come from, and return them."""
        written: list[Event] = []
        self._written = written
        try:
            return super().execute()
        finally:
            fetched = [self.watch.event_of(self.slots[slot]) for slot in self.plan.fetches]
            self.watch.roots = [event for event in fetched if event is not None] or written

    def _is_plain(self) -> bool:
        return False

    def _execute_steps(self) -> None:
        self._execute_alone()

    def _run_serial(self) -> None:
        self._run_measured()

    def run_step(self, step: Step, frees: tuple[int, ...] = ()) -> None:
        """Run one step, and look at what it makes."""
        if self._is_left_out(step):
            return
        inputs = [self.slots[slot] for slot in step.inputs]
        found = [event for value in inputs if (event := self.watch.event_of(value)) is not None]
        causes = list(dict.fromkeys(found))
        first_inside = len(self.watch.events)
        self.current = step.operation
        with self.watch.during(causes):
            super().run_step(step, frees)
        event = self.watch.enter_step(step, inputs, causes, self._made_by(step), first_inside)
        if event is not None and step.updates and not self.watch.places:
            self._written.append(event)

    def _made_by(self, step: Step) -> list[tuple[Tensor, Any]]:
        made = [
            (tensor, self.slots[slot])
            for slot, tensor in zip(step.outputs, step.operation.outputs, strict=True)
            if slot != NO_SLOT
        ]
        for variable in step.updates:
            made.append((variable.outputs[0], self.resources.cell(variable).read()))
        return made

    def _is_left_out(self, step: Step) -> bool:
        """Whether a step acts outside of the session, and nothing else."""
        kind = step.op.type
        if kind in _PYTHON:
            self.watch.effects[f"the Python function of {step.operation.name!r} was called"] = None
            return False
        is_effect = step.op.stateful and not step.operation.outputs and not step.op.is_check
        if not is_effect or step.updates or _keeps_to_session(step.operation):
            return False
        self.watch.effects[f"{step.operation.name!r} ({kind}) was not run"] = None
        return True

    def function(self, body: FuncGraph, is_inside: bool, is_of_dataset: bool) -> BodyFunction:
        """Return a function that runs a body and knows how often it did."""
        if is_of_dataset or self.current is None:
            return super().function(body, is_inside, is_of_dataset)
        return _WatchedBody(body, self, self.current)


def _keep_all_results(plan: Plan) -> None:
    """Give results that nobody uses a slot, so that they are seen too."""
    for step in plan.steps:
        if NO_SLOT in step.outputs:
            outputs = []
            for slot in step.outputs:
                if slot == NO_SLOT:
                    slot = len(plan.initial)
                    plan.initial.append(None)
                    plan.users.append(0)
                outputs.append(slot)
            step.outputs = tuple(outputs)


def _keeps_to_session(operation: Operation) -> bool:
    """Whether an operation without results acts on a resource, of which the run has a copy."""
    dtypes = {tensor.dtype.base_dtype.name for tensor in operation.inputs}
    is_writer = operation.type.endswith(("Summary", "SummaryWriter", "SummaryFileWriter"))
    return not is_writer and bool(dtypes & {"resource", "variant"})


class _WatchedBody(BodyFunction):
    """Runs a body, and says so to the watch."""

    def __init__(self, body: FuncGraph, run: WatchedRun, operation: Operation) -> None:
        super().__init__(body, run, True, False)
        self._watch = run.watch
        self._body = body
        self._operation = operation
        self._calls = 0

    def __call__(
        self, inputs: Sequence[Any], cancellation: Cancellation | None = None
    ) -> list[Any]:
        place = Place(self._operation, self._body, self._calls)
        self._calls += 1
        with self._watch.inside(place):
            return super().__call__(inputs, cancellation)


def is_finite(value: Any) -> bool:
    """Whether a value has neither NaN nor infinite elements; also if it has no numbers at all.

    Args:
      value: an array of any dtype.

    >>> is_finite(np.float32([1, 3])), is_finite(np.float32([1, np.inf]))
    (True, False)
    """
    return not _has_fractions(value) or bool(np.isfinite(value).all())


def has_nan(value: Any) -> bool:
    """Whether a value has an element that is NaN.

    Args:
      value: an array of any dtype.

    >>> has_nan(np.float32([1, np.nan])), has_nan(np.float32([1, np.inf]))
    (True, False)
    """
    return _has_fractions(value) and bool(np.isnan(value).any())


def _has_fractions(value: Any) -> bool:
    """Whether the elements are floating or complex numbers."""
    if not isinstance(value, (np.ndarray, np.generic)):
        return False
    # Bfloat16 has no kind of its own in numpy.
    return value.dtype.kind in "fc" or value.dtype.name == "bfloat16"
