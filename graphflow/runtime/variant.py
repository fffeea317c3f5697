"""What is known of a plan once the feeds' shapes are: values, and which steps need checking.

The first run with feeds of certain shapes infers all shapes again, now concrete, before anything
is executed: a feed that fits no operation is refused with the state untouched.  Arithmetic on
shapes then has known results and is not executed at all.  Only steps whose shapes depend on data
(such as those behind a boolean mask) are checked at every run.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from graphflow.compiler.fusion import Group, find_groups
from graphflow.compiler.plan import NO_SLOT, Plan, Step, declared_shape
from graphflow.compiler.rewrites import rewrite_steps
from graphflow.core.dtypes import DType
from graphflow.core.graph import Operation
from graphflow.core.jit import WORTH_COMPILING_NS, compiler, is_enabled
from graphflow.core.op import Array, Op
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.runtime.checks import Check, depends_on_values, infer_checked, spec_of
from graphflow.runtime.fused import compile_groups
from graphflow.runtime.jit import quickest_kernel
from graphflow.runtime.schedule import Trial, estimated_costs, threads_pay
from graphflow.runtime.straight_line import StraightLine
from graphflow.runtime.units import Cluster, Fused, is_plain

if TYPE_CHECKING:
    from graphflow.compiler.native.cluster import ClusterCode

_logger = logging.getLogger("graphflow")
_MAX_CONSTANT_ELEMENTS = 4096
# The code of clusters is for certain shapes, and stays in memory: for so many a plan has some.
_MAX_CLUSTERED = 8


class _StepSource:
    """The source of a step's output: its value follows from the concrete shapes, or does not."""

    __slots__ = ("_dtype", "_index", "_known", "_op", "_specs", "_value")

    def __init__(self, op: Op, specs: Sequence[TensorSpec], index: int, dtype: DType) -> None:
        self._op = op
        self._dtype = dtype
        self._specs = specs
        self._index = index
        self._known = False
        self._value: Array = None

    def constant_value(self) -> Array | None:
        """Return the value if shapes and constants determine it, else None."""
        if not self._known:
            self._known = True
            self._value = self._find()
        return self._value

    def _find(self) -> Array | None:
        op = self._op
        if op.stateful or op.writes or op.blocking:
            return None
        partial = self.partial_value()
        if partial is not None and not (isinstance(partial, tuple) and None in partial):
            return np.asarray(partial, self._dtype.as_numpy_dtype)
        values = []
        for spec in self._specs:
            elements = spec.shape.num_elements()
            if elements is None or elements > _MAX_CONSTANT_ELEMENTS:
                return None
            value = spec.value
            if value is None:
                return None
            values.append(value)
        try:
            with np.errstate(all="ignore"):
                results = op.kernel(*values)
        except Exception:  # the step itself will report it
            return None
        return np.asarray(results[self._index] if isinstance(results, (tuple, list)) else results)

    def partial_value(self) -> tuple[int | None, ...] | int | None:
        """Return the statically known parts of an integer value."""
        return self._op.partial_output(self._index, *self._specs)


# The code of a cluster is for certain shapes, and stays in memory.
_MAX_CLUSTERED = 8


class Variant:
    """A plan for feeds of certain shapes.

    Attributes:
      checked: for each step, whether its inputs are checked at every run.
      kernels: for each step the quickest callable that computes its outputs.
      known: slots whose values the shapes determine, with the values.
      checks: for each step what checks its inputs.
      program: the steps that are left, each with the slots to clear after it.
      specs: for each slot what is known of its value.
      runs: how many runs on one thread were measured.
      costs: for each step the least time it took, in nanoseconds.
      serial_ns: the least time that a run on one thread took.
      expects_threads: whether the first run is one on several threads, as the shapes suggest.
      trial: runs that find out whether threads pay, None if there are none at the moment.
      is_parallel: whether threads pay; None until that is known.
      line: the steps as one function, once one thread has executed them a few times.
      counted_runs: how many runs there were since steps are not measured any more.
      is_counted: whether these were enough for compiling to be worth it.
      line_steps: its steps, which are those of `program`, rewritten for the known shapes.
    """

    __slots__ = (
        "checked",
        "checks",
        "costs",
        "counted_runs",
        "expects_threads",
        "is_counted",
        "is_parallel",
        "kernels",
        "known",
        "line",
        "line_steps",
        "program",
        "runs",
        "serial_ns",
        "skipped",
        "specs",
        "trial",
    )

    def __init__(self, plan: Plan, slots: Sequence[Any]) -> None:
        self.runs = 0
        self.costs = [0] * len(plan.steps)
        self.serial_ns = sys.maxsize
        self.trial: Trial | None = None
        self.is_parallel: bool | None = None
        self.known: list[tuple[int, Array]] = []
        self.skipped: set[int] = set()
        self.checked: list[bool] = []
        self.checks = [Check(step) for step in plan.steps]
        self.kernels = [quickest_kernel(step.op) for step in plan.steps]
        self.line: StraightLine | None = None
        self.counted_runs = 0
        self.is_counted = False
        specs = _source_specs(plan, slots)
        for step in plan.steps:
            must_check = infer_step(plan, step, specs)
            is_known = "shapes" in plan.switches and self._find_known(step, specs)
            self.checked.append(must_check and not is_known)
        self.expects_threads = False
        self._estimate(plan, specs)
        self.program = _without(plan, self.skipped)
        self.line_steps, self.specs = rewrite_steps(
            [step for step, _ in self.program],
            specs,
            self._is_plain,
            frozenset(plan.fetches),
            len(plan.initial),
            plan.switches,
        )

    def _estimate(self, plan: Plan, specs: dict[int, TensorSpec]) -> None:
        """Let the first run use threads if there are large products to share."""
        costs = estimated_costs(plan, specs)
        if costs is not None and threads_pay(plan, costs, 2):
            self.expects_threads = True
            self.costs = costs

    def _find_known(self, step: Step, specs: dict[int, TensorSpec]) -> bool:
        """Enter the results of a step that computes with shapes only; tell whether it is one."""
        found = known_results(step, specs)
        if not found:
            return False
        self.known += found.items()
        self.skipped.add(step.index)
        return True

    def write_line(
        self, plan: Plan, fused: Sequence[Fused] = (), clusters: Sequence[Cluster] = ()
    ) -> StraightLine:
        """Write the function that executes the steps on one thread.

        Args:
          plan: the plan that this is a variant of.
          fused: groups of the steps that became loops.
          clusters: small steps that became one function.
        """
        line = StraightLine(
            plan,
            self.line_steps,
            self.specs,
            self.checked,
            self.kernels,
            fused,
            clusters,
            self.skipped,
        )
        self.line = line
        return line

    def judge_costs(self, plan: Plan, threads: int) -> None:
        """Decide by the costs of the steps whether to try several threads.

        Args:
          plan: the plan that this is a variant of.
          threads: how many there are.
        """
        if threads > 1 and threads_pay(plan, self.costs, threads):
            self.try_threads()
        else:
            self.is_parallel = False

    def try_threads(self) -> None:
        """Let the next runs find out whether threads pay."""
        self.trial = Trial()
        self.is_parallel = None

    def uses_threads(self) -> bool:
        """Whether the next run is one on several threads."""
        trial = self.trial
        if trial is not None:
            return trial.tries_threads()
        if self.expects_threads:
            self.expects_threads = False
            return True
        return self.is_parallel is True

    def enter_trial(self, has_threads: bool, elapsed: int) -> None:
        """Enter a run of the trial, if there is still one.

        Args:
          has_threads: whether several threads worked.
          elapsed: nanoseconds that it took.
        """
        trial = self.trial
        if trial is None:
            return
        trial.enter(has_threads, elapsed)
        if trial.verdict is not None:
            self.is_parallel = trial.verdict
            self.trial = None

    def count_run(self, plan: Plan) -> None:
        """Count a run; once compiling has become worth it, ask for that.

        Args:
          plan: the plan that this is a variant of.
        """
        if not self.runs:
            return  # nothing is measured yet
        self.counted_runs += 1
        if self.is_counted or self.counted_runs * self.serial_ns < WORTH_COMPILING_NS:
            return
        self.is_counted = True  # not by the number of runs: other threads count too
        if is_enabled() and plan.switches & {"clusters", "fusion"}:
            compiler().submit(self._fuse, plan)

    def _fuse(self, plan: Plan) -> None:
        """Compile functions for groups of steps; runs go on without them until they are there."""
        try:
            groups = self._find_groups(plan, ())
            codes = self._find_clusters(plan, groups)
            if codes:
                groups = self._find_groups(plan, codes)
            fused = compile_groups(groups)
            if fused:
                self._use(plan, fused)
            if codes:
                plan.clustered += 1
                self._use(plan, fused, [_clusters().compile_cluster(code) for code in codes])
        except Exception as error:  # the kernels go on serving
            _logger.warning("numba cannot compile a loop for a run: %s", error)

    def _find_groups(self, plan: Plan, clusters: Sequence[ClusterCode]) -> list[Group]:
        """Find groups of steps that become loops, outside of clusters."""
        if "fusion" not in plan.switches:
            return []
        steps = self.line_steps
        taken = {id(steps[position]) for code in clusters for position in code.positions}

        def is_free(step: Step) -> bool:
            return id(step) not in taken and self._is_plain(step)

        return find_groups(steps, self.specs, is_free, frozenset(plan.fetches))

    def _find_clusters(self, plan: Plan, groups: Sequence[Group]) -> list[ClusterCode]:
        """Find clusters of small steps that take longer as groups and calls of kernels."""
        if "clusters" not in plan.switches or plan.clustered >= _MAX_CLUSTERED:
            return []
        values = {source.slot: source.value for source in plan.constants} | dict(self.known)
        kept = frozenset(plan.fetches)
        steps = self.line_steps
        return _clusters().clusters_of(  # type: ignore[no-any-return]
            steps, self.specs, values, self._is_plain, kept, groups
        )

    def _use(self, plan: Plan, fused: Sequence[Fused], clusters: Sequence[Cluster] = ()) -> None:
        """Let runs use compiled functions from now on."""
        self.write_line(plan, fused, clusters)
        if self.is_parallel:
            self.try_threads()

    def _is_plain(self, step: Step) -> bool:
        return is_plain(step, self.checked)


def _clusters() -> ModuleType:
    """The module that compiles clusters: it is imported when something is compiled."""
    return import_module("graphflow.runtime.clusters")


def _without(plan: Plan, skipped: set[int]) -> list[tuple[Step, tuple[int, ...]]]:
    """The steps but the skipped ones, and after which of them each slot is used no more."""
    if not skipped:
        return [(step, step.frees) for step in plan.steps]
    steps = [step for step in plan.steps if step.index not in skipped]
    last = {slot: step.index for step in steps for slot in step.inputs}
    keep = set(plan.fetches) | {source.slot for source in plan.constants}
    frees: dict[int, list[int]] = {}
    for slot, index in last.items():
        if slot not in keep:
            frees.setdefault(index, []).append(slot)
    return [(step, tuple(frees.get(step.index, ()))) for step in steps]


def _source_specs(plan: Plan, slots: Sequence[Any]) -> dict[int, TensorSpec]:
    """The specs of the slots that are filled before the first step."""
    specs: dict[int, TensorSpec] = {}
    for source in plan.feeds:
        if source.slot != NO_SLOT:
            # The shape alone: another run may feed other values of that shape.
            value = slots[source.slot]
            shape = TensorShape(None) if value is None else TensorShape.of(np.shape(value))
            specs[source.slot] = TensorSpec(shape, source.tensor.dtype.base_dtype)
    for source in plan.constants:
        specs[source.slot] = spec_of(source.value, source.tensor)
    for source in plan.variables:
        value = slots[source.slot]
        if value is not None:
            shape = TensorShape.of(value.shape)
        else:
            shape = TensorShape(None) if source.is_read else declared_shape(source.tensor)
        specs[source.slot] = TensorSpec(shape, source.tensor.dtype.base_dtype)
    return specs


def infer_step(plan: Plan, step: Step, specs: dict[int, TensorSpec]) -> bool:
    """Infer the outputs of a step; tell whether it must be checked at every run.

    Args:
      plan: the plan.
      step: one of its steps.
      specs: for each slot what is known of its value; gets those of the outputs.

    Raises:
      InvalidArgumentError: the shapes do not fit.
    """
    inputs = [specs[slot] for slot in step.inputs]
    known = [spec.shape.is_fully_defined() for spec in inputs]
    operation = step.operation
    static = [tensor.shape for tensor in (*operation.inputs, *operation.outputs)]
    if plan.trusts_shapes and all(shape.is_fully_defined() for shape in static):
        outputs: Sequence[TensorSpec] = [tensor.spec for tensor in operation.outputs]
    else:
        outputs = infer_checked(step, inputs)
    is_known = all(known)
    is_complete = is_known and all(spec.shape.is_fully_defined() for spec in outputs)
    for index, (slot, spec) in enumerate(zip(step.outputs, outputs, strict=True)):
        if slot != NO_SLOT:
            dtype = spec.dtype.base_dtype
            source = _StepSource(step.op, inputs, index, dtype)
            specs[slot] = TensorSpec(spec.shape, dtype, source=source)
    is_reference = bool(outputs) and outputs[0].dtype._is_ref_dtype
    for variable, slot in zip(step.updates, step.updated, strict=True):
        if slot != NO_SLOT:
            # A write through a handle does not say which shape the variable has afterwards.
            shape = outputs[0].shape if is_reference else TensorShape(None)
            specs[slot] = TensorSpec(shape, _value_dtype(variable))
    return not (is_complete or (is_known and not depends_on_values(step, inputs)))


def known_results(step: Step, specs: dict[int, TensorSpec]) -> dict[int, Array]:
    """Return the results of a step that computes with shapes only by slot; none for all others.

    Args:
      step: the step.
      specs: for each slot what is known of its value; gets the values of the results.
    """
    op, outputs = step.op, step.operation.outputs
    if op.stateful or op.writes or not outputs:
        return {}
    if not all(tensor.dtype.is_integer for tensor in outputs):
        return {}
    pairs = [(s, t) for s, t in zip(step.outputs, outputs, strict=True) if s != NO_SLOT]
    # Without any, it is run for its own sake.
    values = [specs[slot].value for slot, _ in pairs]
    if any(value is None for value in values):
        return {}
    for (slot, tensor), value in zip(pairs, values, strict=True):
        specs[slot] = spec_of(value, tensor)
    return {slot: value for (slot, _), value in zip(pairs, values, strict=True)}


def _value_dtype(variable: Operation) -> DType:
    """The dtype of a variable's value, not of its handle."""
    output = variable.outputs[0].dtype
    return output.base_dtype if output._is_ref_dtype else variable.get_attr("dtype")
