"""Execute a plan: one step after the other, or on several threads as inputs become ready.

Invariants of the scheduler:

- A step runs exactly once, after all steps that it waits for.
- `pending`, `users`, `in_flight` and `finished` are touched only while holding `lock`.
- A slot is written by one step before any step that reads it runs, and cleared after its last user,
  so an intermediate result lives no longer than needed.
- After the first error no further step starts.  The run returns once the steps in flight are done;
  blocking ones are told to stop, are given a moment for it, and their results are dropped.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from graphflow.compiler.compile import compile_body
from graphflow.compiler.plan import NO_SLOT, Plan, Step
from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Context
from graphflow.core.parallel import Team, grant, granted
from graphflow.core.references import variable_of
from graphflow.runtime.blas import BUDGET
from graphflow.runtime.bound import NOTHING_BOUND, bound_to, uninitialized
from graphflow.runtime.cancellation import Cancellation, deadline_error
from graphflow.runtime.failures import failure
from graphflow.runtime.loops import LoopRun, Loops
from graphflow.runtime.mutex import hold
from graphflow.runtime.resources import ResourceManager
from graphflow.runtime.schedule import HEAVY_NS
from graphflow.runtime.threads import ThreadPool
from graphflow.runtime.trace import Frame, Trace
from graphflow.runtime.variant import Variant

_MEASURED_RUNS = 3
# How long a run that has failed waits for steps that wait for something, so that they have ended
# and given back what they held.  Python functions of the user's do not know that it failed.
_GRACE_SECONDS = 0.2
# How many feed shapes a plan remembers; beyond that the oldest is forgotten.
_MAX_VARIANTS = 64
# What `sys.getrefcount` says in `own_copy` of an array that only a slot refers to: the slot, the
# local name and the argument.
_UNSHARED = 3


class Run:
    """One execution of a plan.

    Args:
      plan: what to execute.
      feeds: one array for each of the plan's feeds.
      resources: the session's state.
      pool: the session's threads.
      cancellation: the run's stop signal.
      step_id: number of the run within its session.
      trace: where to record each step, None for nowhere.
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
        self.plan = plan
        self.resources = resources
        self.pool = pool
        self.cancellation = cancellation
        self.step_id = step_id
        self.trace = trace
        self.frame: Frame | None = None
        self.undo: dict[Operation, Callable[[], None]] = {}
        self.slots: list[Any] = plan.initial.copy()
        self.bound = bound_to(plan, resources) if plan.has_variables else NOTHING_BOUND
        self._take(feeds)
        self.variant = self._find_variant(feeds)
        for slot, value in self.variant.known:
            self.slots[slot] = value
        if trace is not None:
            self.frame = trace.frame(plan, self.variant.costs)

    def _take(self, feeds: Sequence[Any]) -> None:
        """Put feeds and the values of variables into their slots."""
        for source, array in zip(self.plan.feeds, feeds, strict=True):
            if source.slot != NO_SLOT:
                if array is None and source.reader is not None:
                    array = self._read_argument(source.tensor, source.reader)
                self.slots[source.slot] = array
        self.bound.read(self.slots)

    def _read_argument(self, argument: Tensor, reader: Operation) -> Any:
        """Read the variable behind an argument.

        Its value is not handed to the bodies of an op if one of them writes it, but another may
        be the one that runs.
        """
        variable = variable_of(argument)
        value = None if variable is None else self.resources.cell(variable).read()
        if value is None:
            raise failure(uninitialized(argument), reader, None)
        return value

    def _find_variant(self, feeds: Sequence[Any]) -> Variant:
        variants = self.plan.variants
        key: tuple[Any, ...] = tuple(_shapes(feeds))
        if self.plan.unshaped:
            values = [self.slots[slot] for slot in self.plan.unshaped]
            key = (*key, *[None if value is None else value.shape for value in values])
        variant = variants.get(key)
        if variant is None:
            variant = Variant(self.plan, self.slots)
            while len(variants) >= _MAX_VARIANTS:
                oldest = next(iter(tuple(variants)))  # a copy: other threads may add to it
                variants.pop(oldest, None)
            variants[key] = variant
        return variant

    def execute(self) -> list[Any]:
        """Run all steps and return the fetched values, each one the caller's own."""
        if self.plan.steps:
            self._execute_steps()
        return [own_copy(self.slots, slot) for slot in self.plan.fetches]

    def execute_body(self, is_inside: bool) -> list[Any]:
        """Run all steps and return the results, which are nobody's to write to.

        Args:
          is_inside: whether a step of another run waits for it on this thread, so that the thread
            is prepared already.
        """
        if is_inside and self._is_plain():
            self._run_serial()
        elif self.plan.steps:
            self._execute_steps()
        return [self.slots[slot] for slot in self.plan.fetches]

    def _is_plain(self) -> bool:
        """Whether one thread executes the steps, and nothing happens between them."""
        return self.variant.is_parallel is False and self.cancellation.deadline is None

    def team(self) -> Team:
        """The threads that help kernels with their work."""
        return self.pool if self.trace is None else self.trace.team(self.pool)

    def _execute_steps(self) -> None:
        if self.plan.has_blocking:
            _ParallelRun(self).execute()
            return
        variant = self.variant
        has_threads = self.pool.size > 0 and variant.uses_threads()
        start = time.perf_counter_ns()
        if has_threads:
            variant.count_run(self.plan)
            _ParallelRun(self).execute()
        else:
            self._execute_alone()
        if variant.trial is not None:
            variant.enter_trial(has_threads, time.perf_counter_ns() - start)

    def _execute_alone(self) -> None:
        """Run all steps on this thread; heavy ones split their work over the others."""
        BUDGET.enter(self.plan.blas_threads)
        before = grant(self.pool if self.trace is None else self.team())
        try:
            with np.errstate(all="ignore"):
                if self.variant.runs < _MEASURED_RUNS or self.cancellation.deadline is not None:
                    self._run_measured()
                else:
                    self._run_serial()
        finally:
            grant(before)
            BUDGET.leave(self.plan.blas_threads)

    def _run_serial(self) -> None:
        line = self.variant.line or self.variant.write_line(self.plan)
        self.variant.count_run(self.plan)
        try:
            if self.trace is None or self.frame is None:
                line.run(self.slots, self, self.bound.writes)
            else:
                line.run_traced(self.slots, self, self.bound.writes, self.trace, self.frame)
        except Exception as error:
            step = line.failed_step(error.__traceback__)
            if step is None:
                raise
            if self.trace is not None and not self.trace.has_failed(step):
                self.trace.enter_failure(step, self.trace.last_end(), error, self.frame)
            inputs = line.inputs_of(step, self.slots)
            raise failure(error, step.operation, inputs) from error.__cause__

    def _run_measured(self) -> None:
        """Like `_run_serial`, and measure what each step costs."""
        costs = self.variant.costs
        clock = time.perf_counter_ns
        begin = clock()
        for step, frees in self.variant.program:
            self.cancellation.check()
            start = clock()
            self.run_step(step, frees)
            for slot in frees:
                self.slots[slot] = None
            cost = clock() - start
            index = step.index
            costs[index] = cost if self.variant.runs == 0 else min(cost, costs[index])
        self.variant.serial_ns = min(self.variant.serial_ns, clock() - begin)
        self.variant.runs += 1
        if self.variant.runs == _MEASURED_RUNS:
            self.variant.judge_costs(self.plan, 1 + self.pool.size)

    def run_step(self, step: Step, frees: tuple[int, ...] = ()) -> None:
        """Run one step: read its slots, compute, write its slots.

        Args:
          step: the step.
          frees: slots that nobody needs after it.
        """
        slots = self.slots
        inputs = [slots[slot] for slot in step.inputs]
        try:
            if self.variant.checked[step.index]:
                self.check(step, inputs)
            if self.trace is not None:
                with self.trace.step(step, slots, self.frame):
                    self._compute(step, inputs, frees)
            else:
                self._compute(step, inputs, frees)
        except Exception as error:
            raise failure(error, step.operation, inputs) from error.__cause__

    def check(self, step: Step, inputs: list[Any]) -> None:
        """Check the inputs of a step whose shapes depend on data."""
        self.variant.checks[step.index](inputs)

    def _compute(self, step: Step, inputs: list[Any], frees: tuple[int, ...]) -> None:
        slots = self.slots
        op = step.op
        if op.needs_context:
            inputs = [Context(step.operation, self), *inputs]
        if op.runs_bodies:
            self._run_bodies(step, inputs, frees)
            return
        if step.updates:
            self._update(step, inputs, frees)
            return
        outputs = step.outputs
        result = self.variant.kernels[step.index](*inputs)
        if len(outputs) == 1 and not isinstance(result, (tuple, list)):
            if outputs[0] != NO_SLOT:
                slots[outputs[0]] = result
            return
        for slot, value in zip(outputs, result, strict=True):
            if slot != NO_SLOT:
                slots[slot] = value

    def _update(self, step: Step, inputs: list[Any], frees: tuple[int, ...]) -> None:
        for index in step.op.writes:
            # Or the old value would count as still in use.
            inputs[index + step.op.needs_context] = None
        self._drop_old_values(step, frees)
        values, others = self.bound.writes[step.index](inputs)
        for slot, value in zip(step.updated, values, strict=True):
            if slot != NO_SLOT:
                self.slots[slot] = value
        free_outputs = iter(others)
        for slot, tensor in zip(step.outputs, step.operation.outputs, strict=True):
            if tensor.dtype._is_ref_dtype:
                if slot != NO_SLOT:
                    self.slots[slot] = values[0]
                continue
            value = next(free_outputs)
            if slot != NO_SLOT:
                self.slots[slot] = value

    def _run_bodies(self, step: Step, inputs: list[Any], frees: tuple[int, ...]) -> None:
        """Run an op whose bodies write variables themselves."""
        for index in step.op.writes:
            inputs[index + 1] = None  # after the context
        self._drop_old_values(step, frees)
        results = step.op.kernel(*inputs)
        for slot, value in zip(step.outputs, results, strict=True):
            if slot != NO_SLOT:
                self.slots[slot] = value
        for slot, variable in zip(step.updated, step.updates, strict=True):
            if slot != NO_SLOT:
                self.slots[slot] = self.resources.cell(variable).read()

    def _drop_old_values(self, step: Step, frees: tuple[int, ...]) -> None:
        """Forget the slots of the values about to be overwritten, if this is their last use."""
        for index in step.op.writes:
            slot = step.inputs[index]
            if slot in frees:
                self.slots[slot] = None

    def function(self, body: FuncGraph, is_inside: bool, is_of_dataset: bool) -> BodyFunction:
        """Return a function that runs a body with the state of this run's session."""
        return BodyFunction(body, self, is_inside, is_of_dataset)

    def compiled_loop(self, test: FuncGraph, body: FuncGraph, variables: int) -> LoopRun:
        """Return what runs a loop as machine code, once there is any."""
        switches = self.plan.switches
        if "loops" not in switches:
            return LoopRun(None, self.cancellation)
        plan, fed = _compiled(body, switches)
        if plan.loops is None:
            test_plan, fed_to_test = _compiled(test, switches)
            takes_all = len(fed) == len(body.inputs) and len(fed_to_test) == len(test.inputs)
            consumed = len(body.inputs) - len(test.inputs)
            plan.loops = Loops(test_plan, plan, variables, consumed) if takes_all else False
        return LoopRun(plan.loops or None, self.cancellation, self.trace)

    def spawn(self, job: Callable[[], None]) -> None:
        """Run a job that may wait long on a thread of the session's."""
        self.pool.submit_blocking(job)


def own_copy(slots: list[Any], slot: int) -> Any:
    """Return the value in a slot, as an array that nobody else holds and anybody may write to.

    Values of rank 0 become scalars, as TensorFlow returns them.
    """
    value = slots[slot]
    if not isinstance(value, np.ndarray):
        return value
    if value.ndim == 0:
        return value[()]
    if value.base is None and value.flags.writeable and sys.getrefcount(value) == _UNSHARED:
        return value
    return value.copy()


class BodyFunction:
    """Runs the body of a function with the state of a run's session, also after that has ended.

    Args:
      body: the body.
      run: the run that asks for it.
      is_inside: whether only the kernel that asks calls it, on its thread.
      is_of_dataset: whether it belongs to a dataset, and its nodes keep states of their own.
    """

    def __init__(self, body: FuncGraph, run: Run, is_inside: bool, is_of_dataset: bool) -> None:
        self._is_inside = is_inside
        # Runs that look at each step do so in bodies; the functions of a dataset go on without.
        self._make_run = Run if is_of_dataset else type(run)
        self._plan, self._positions = _compiled(body, run.plan.switches)
        self._takes_all = len(self._positions) == len(body.inputs)
        self._resources = run.resources.for_dataset() if is_of_dataset else run.resources
        self._pool = run.pool
        self._cancellation = run.cancellation
        self._step_id = run.step_id
        self._trace = run.trace
        self._repeated: RepeatedBody | None = None

    def __call__(
        self, inputs: Sequence[Any], cancellation: Cancellation | None = None
    ) -> list[Any]:
        """Run the body.

        Args:
          inputs: one value for each of its inputs; those of variables that it writes are not used.
          cancellation: a stop signal instead of the run's.  An error of the body does not set it.
        """
        if cancellation is None:
            repeated = self._repeated
            if repeated is not None and repeated.fits(inputs):
                return repeated(inputs)
            return self._run(inputs, self._cancellation)
        if not self._plan.has_blocking:
            return self._run(inputs, cancellation)
        with cancellation.child() as stop:
            return self._run(inputs, stop)

    def _run(self, inputs: Sequence[Any], stop: Cancellation) -> list[Any]:
        plan = self._plan
        feeds = inputs if self._takes_all else [inputs[index] for index in self._positions]
        arguments = (plan, feeds, self._resources, self._pool, stop, self._step_id, self._trace)
        if not plan.mutexes:
            run = self._make_run(*arguments)
            results = run.execute_body(self._is_inside)
            may_repeat = self._may_repeat(run, feeds)
            self._repeated = RepeatedBody(run, inputs, self._positions) if may_repeat else None
            return results
        with hold(plan.mutexes, self._resources, stop):
            return self._make_run(*arguments).execute_body(self._is_inside)

    def _may_repeat(self, run: Run, feeds: Sequence[Any]) -> bool:
        plan = self._plan
        for source, array in zip(plan.feeds, feeds, strict=True):
            if array is None and source.reader is not None:
                return False  # it was read from the variable, which changes
        is_like_others = self._is_inside and run.cancellation is self._cancellation
        return is_like_others and not (plan.has_blocking or plan.unshaped) and run._is_plain()


class RepeatedBody:
    """The body of a loop, which runs again and again for inputs of the same shapes.

    It does what a new `Run` for each iteration would do, without finding everything out again.

    Args:
      run: the body's run that went before; it is used again.
      inputs: the body's inputs in that run.
      positions: which of them the plan is fed.
    """

    def __init__(self, run: Run, inputs: Sequence[Any], positions: Sequence[int]) -> None:
        self._run = run
        self._fed = [
            (source.slot, position)
            for source, position in zip(run.plan.feeds, positions, strict=True)
            if source.slot != NO_SLOT
        ]
        self._read = [position for _, position in self._fed]
        self._shapes = self._shapes_of(inputs)
        self._fetches = run.plan.fetches
        self._initial = run.plan.initial.copy()
        for slot, value in run.variant.known:
            self._initial[slot] = value

    def _shapes_of(self, inputs: Sequence[Any]) -> list[Any]:
        """The shapes of the inputs that are read."""
        return _shapes([inputs[position] for position in self._read])

    def fits(self, inputs: Sequence[Any]) -> bool:
        """Whether inputs have the shapes of before."""
        return self._shapes_of(inputs) == self._shapes

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """Run the body; the results are nobody's to write to."""
        run = self._run
        run.slots = slots = self._initial.copy()
        if run.trace is not None:
            run.frame = run.trace.frame(run.plan, run.variant.costs)
        for slot, position in self._fed:
            slots[slot] = inputs[position]
        run.bound.read(slots)
        run._run_serial()
        return [slots[slot] for slot in self._fetches]


def _shapes(feeds: Sequence[Any]) -> list[Any]:
    return [None if array is None else array.shape for array in feeds]


def _compiled(body: FuncGraph, switches: frozenset[str]) -> tuple[Plan, list[int]]:
    """The plan of a body, made again after it was changed, as by the gradient of its operation."""
    key = (body._mutations, body.version, len(body.outputs), switches)
    compiled = body.compiled
    if compiled is None or compiled[0] != key:
        compiled = body.compiled = (key, compile_body(body, switches))
    return compiled[1]  # type: ignore[no-any-return]


class _ParallelRun:
    """The state of a run that several threads work on.

    Attributes:
      pending: for each step how many of those it waits for are not finished.
      users: for each slot how many uses are still to come.
      ready: heavy steps that wait for a thread; None tells the calling thread that all is done.
      in_flight: how many steps run on other threads and are waited for.
      blocked: how many steps may be waiting for something on threads of their own.
      finished: how many steps are finished.
      helpers: how many pool threads work on this run.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.plan = run.plan
        self.pool = run.pool
        self.lock = threading.Lock()
        self.pending = [step.waits_for for step in run.plan.steps]
        self.users = list(run.plan.users)
        self.ready: SimpleQueue[Step | None] = SimpleQueue()
        self.in_flight = 0
        self.blocked = 0
        self.finished = 0
        self.helpers = 0
        self.errors: list[tuple[int, BaseException]] = []
        self.heavy = [cost >= HEAVY_NS for cost in run.variant.costs]

    def execute(self) -> None:
        first = [step for step in self.plan.steps if step.waits_for == 0]
        BUDGET.enter(self.plan.blas_threads)
        try:
            with np.errstate(all="ignore"), granted(self.run.team()):
                self._work(first)
                self._help_until_done()
        except BaseException as error:  # Ctrl-C, or the deadline
            self._fail(len(self.plan.steps), error)
        finally:
            BUDGET.leave(self.plan.blas_threads)
        if self.errors:
            self._wait_for_others()
            raise min(self.errors, key=lambda item: item[0])[1]

    def _help_until_done(self) -> None:
        """Work on the calling thread until every step is finished or the run has failed."""
        while True:
            with self.lock:
                if self._is_over():
                    return
            try:
                step = self.ready.get(timeout=self.run.cancellation.remaining())
            except Empty:
                step = self._expire()
            if step is not None:
                self._work([step])

    def _expire(self) -> Step | None:
        """Fail because the time is over, unless other threads are about to finish the run."""
        error = deadline_error()
        with self.lock:
            if self._is_over():
                return None
            is_idle = self.in_flight == 0
            if is_idle:
                self.errors.append((len(self.plan.steps), error))
        if not is_idle:
            return self.ready.get()
        self.run.cancellation.cancel(error)
        return None

    def _wait_for_others(self) -> None:
        """Wait for the steps in flight; not for ever for those that wait for something."""
        deadline = time.monotonic() + _GRACE_SECONDS
        while True:
            with self.lock:
                if self.in_flight == 0 and self.blocked == 0:
                    return
                timeout = None if self.in_flight else max(0.0, deadline - time.monotonic())
            try:
                self.ready.get(timeout=timeout)
            except Empty:
                return

    def _is_over(self) -> bool:
        if self.errors:
            return self.in_flight == 0
        return self.finished == len(self.plan.steps)

    def _help(self) -> None:
        """Work on a pool thread as long as heavy steps wait."""
        BUDGET.enter(self.plan.blas_threads)
        try:
            with np.errstate(all="ignore"), granted(self.run.team()):
                while True:
                    with self.lock:
                        step = self._take()
                        if step is None:
                            self.helpers -= 1
                            break
                        self.in_flight += 1
                    self._work([step])
                    with self.lock:
                        self.in_flight -= 1
                        over = self._is_over()
                    if over:
                        self.ready.put(None)
        finally:
            BUDGET.leave(self.plan.blas_threads)

    def _take(self) -> Step | None:
        if self.errors:
            return None
        try:
            step = self.ready.get_nowait()
        except Empty:
            return None
        if step is None:
            self.ready.put(None)  # it was for the calling thread, which may wait for it
        return step

    def _block(self, step: Step) -> None:
        """Run a blocking step on a thread of its own, then what becomes ready by it."""
        with np.errstate(all="ignore"):
            error = self._try(step)
        with self.lock:
            abandoned = bool(self.errors)
            if not abandoned:
                self.in_flight += 1
                self.blocked -= 1
        if abandoned:
            self._drop(step)
            return
        if error is not None:
            self._fail(step.index, error)
        else:
            with np.errstate(all="ignore"):
                self._work(self._finish(step))
        with self.lock:
            self.in_flight -= 1
        self.ready.put(None)

    def _drop(self, step: Step) -> None:
        """Undo what a blocking step did that ended after its run had failed."""
        undo = self.run.undo.get(step.operation)
        if undo is not None:
            undo()
        with self.lock:
            self.blocked -= 1
        self.ready.put(None)

    def _work(self, ready: Sequence[Step]) -> None:
        """Run steps that are ready, and those that become ready by them.

        Cheap steps run first, on this thread.  Of the heavy ones that are ready then, one runs on
        this thread; the others were handed over as soon as they became ready.
        """
        cheap: list[Step] = []
        kept: Step | None = None
        while not self.errors:
            for step in ready:
                if step.op.blocking:
                    with self.lock:
                        self.blocked += 1
                    self.pool.submit_blocking(partial(self._block, step))
                elif not self.heavy[step.index]:
                    cheap.append(step)
                elif kept is None:
                    kept = step
                else:
                    self._hand_over(step)
            if cheap:
                step = cheap.pop()
            elif kept is not None:
                step, kept = kept, None
            else:
                return
            error = self._try(step)
            if error is not None:
                self._fail(step.index, error)
                return
            ready = self._finish(step)

    def _try(self, step: Step) -> BaseException | None:
        try:
            self.run.cancellation.check()
            if step.index not in self.run.variant.skipped:
                self.run.run_step(step)
        except BaseException as error:
            return error
        return None

    def _finish(self, step: Step) -> list[Step]:
        """Enter that a step is done; return the steps that become ready by it."""
        slots, users = self.run.slots, self.users
        ready = []
        with self.lock:
            for slot in set(step.inputs):
                users[slot] -= 1
                if users[slot] == 0:
                    slots[slot] = None
            for index in step.successors:
                self.pending[index] -= 1
                if self.pending[index] == 0:
                    ready.append(self.plan.steps[index])
            self.finished += 1
            done = self.finished == len(self.plan.steps)
        if done:
            self.ready.put(None)
        return ready

    def _hand_over(self, step: Step) -> None:
        self.ready.put(step)
        with self.lock:
            wanted = self.helpers < self.pool.size
            if wanted:
                self.helpers += 1
        if wanted:
            self.pool.submit(self._help)

    def _fail(self, index: int, error: BaseException) -> None:
        with self.lock:
            self.errors.append((index, error))
        self.run.cancellation.cancel(error)
        self.ready.put(None)
