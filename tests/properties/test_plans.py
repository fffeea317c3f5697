"""However a plan is optimised and executed, a run gives the same values and leaves the same state.

Random graphs mix pure operations, constants, identities, duplicates, variables that are read and
written, and control dependencies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, strategies as st

import graphflow as tf
import graphflow.ops as ops
from graphflow.compiler.compile import compile_plan
from graphflow.compiler.passes import PASSES
from graphflow.compiler.switches import ALL
from graphflow.core.build import apply
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.runtime.cancellation import Cancellation
from graphflow.runtime.executor import Run
from graphflow.runtime.resources import ResourceManager
from graphflow.runtime.schedule import HEAVY_NS
from graphflow.runtime.threads import ThreadPool
from tests.properties.examples import examples


def shape_node(tensor: Any) -> Any:
    """Return the shape as a node; `tf.shape` makes a constant if it is known."""
    return apply(ops.Shape(), tensor)


MATRIX = np.array([[1.0, -2.0], [0.5, 4.0]], np.float32)
# What the graph computes, and the same in numpy.
PURE: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "add": (lambda a, b: a + b, lambda a, b: a + b),
    "subtract": (lambda a, b: a - b, lambda a, b: a - b),
    "multiply": (
        lambda a, b: tf.clip_by_value(a * b, -50.0, 50.0),
        lambda a, b: np.clip(a * b, -50, 50),
    ),
    "maximum": (tf.maximum, np.maximum),
    "identity": (lambda a, b: tf.identity(a), lambda a, b: a),
    "tanh": (lambda a, b: tf.tanh(a), lambda a, b: np.tanh(a)),
    "constant": (lambda a, b: tf.constant(MATRIX), lambda a, b: MATRIX),
    "constant sum": (
        lambda a, b: tf.ones([2, 2]) + tf.fill([2, 2], 3.0),
        lambda a, b: np.full((2, 2), 4, np.float32),
    ),
    "shape": (
        lambda a, b: a * tf.cast(tf.reduce_prod(shape_node(b)), tf.float32) / 4.0,
        lambda a, b: a,
    ),
    "reshape": (
        lambda a, b: tf.reshape(tf.reshape(a, [-1]), shape_node(b)),
        lambda a, b: a,
    ),
    "matmul": (lambda a, b: tf.tanh(tf.matmul(a, b)), lambda a, b: np.tanh(a @ b)),
    "sum": (lambda a, b: tf.reduce_sum(a, 0) + b, lambda a, b: a.sum(0) + b),
    "split": (lambda a, b: tf.concat(tf.split(a, 2, 1)[::-1], 1), lambda a, b: a[:, ::-1]),
    "where": (lambda a, b: tf.where(a > b, a, b), np.maximum),
}
READS = {
    "read": (lambda v: v + 0.0, lambda v: v),
    "identity of variable": (tf.identity, lambda v: v),
    "use": (lambda v: v * 2.0, lambda v: v * 2),
}
WRITES = {
    "assign": (tf.assign, lambda v, new: new),
    "assign_add": (tf.assign_add, lambda v, new: v + new),
    "assign_sub": (tf.assign_sub, lambda v, new: v - new),
}
VARIABLES = 2


class Step(NamedTuple):
    """One step of a random graph: a result that later steps may take.

    Operands count the feeds first, then the steps; a control input counts the steps.
    """

    name: str
    a: int
    b: int
    variable: int
    control: int | None


@st.composite
def graphs(draw: st.DrawFn, with_state: bool = True) -> tuple[list[Step], list[int]]:
    """Steps, and which of them to fetch.

    Some steps repeat an earlier one, so that there are duplicates to find, and many wait for a
    step that writes.
    """
    names = st.sampled_from([*PURE])
    if with_state:
        names = names | st.sampled_from([*READS]) | st.sampled_from([*WRITES])
    steps: list[Step] = []
    for index in range(draw(st.integers(1, 14))):
        operand = st.integers(0, len(FEEDS) + index - 1)
        writers = [i for i, step in enumerate(steps) if step.name in WRITES]
        control = st.none()
        if writers:
            control = control | st.sampled_from(writers)
        elif steps:
            control = control | st.integers(0, index - 1)
        if steps and draw(st.integers(0, 3)) == 0:
            twin = draw(st.sampled_from(steps))
            steps.append(twin._replace(control=draw(control)))
            continue
        variable = st.integers(0, VARIABLES - 1)
        parts = draw(names), draw(operand), draw(operand), draw(variable), draw(control)
        steps.append(Step(*parts))
    fetched = st.lists(st.integers(0, len(steps) - 1), min_size=1, max_size=3, unique=True)
    return steps, draw(fetched)


FEEDS = [
    np.array([[0.5, -1.0], [2.0, 0.25]], np.float32),
    np.array([[-0.5, 3.0], [1.5, -2.0]], np.float32),
]
INITIAL = [np.full((2, 2), 1.5, np.float32), np.array([[1, 2], [3, 4]], np.float32)]


class Built:
    """A random graph: what to feed, fetch and run, and its variables."""

    def __init__(self, steps: list[Step], fetched: list[int]) -> None:
        self.graph = Graph()
        with self.graph.as_default():
            self.feeds = [tf.placeholder(tf.float32, shape) for shape in ([2, 2], [None, 2])]
            self.variables = [tf.Variable(tf.zeros([2, 2])) for _ in range(VARIABLES)]
            self.results: list[Any] = []
            for step in steps:
                self.results.append(self._build(*step))
        self.steps = steps
        self.fetched = [index for index in fetched if index % 2 == 0]
        self.run_only = [index for index in fetched if index % 2]
        self.fetches = [self.results[index] for index in self.fetched]
        self.targets = [self.results[index].op for index in self.run_only]

    def _build(self, name: str, a: int, b: int, variable: int, control: int | None) -> Any:
        values = [*self.feeds, *self.results]
        with tf.control_dependencies([] if control is None else [self.results[control]]):
            if name in PURE:
                return PURE[name][0](values[a], values[b])
            if name in READS:
                return READS[name][0](self.variables[variable])
            value = tf.reshape(values[a], [2, 2])
            return WRITES[name][0](self.variables[variable], value)


# Three runs are measured; after them a line with rewritten steps is in use.
RUNS_WITH_LINE = 6


def run(
    built: Built,
    passes: Sequence[Any],
    pool: ThreadPool | None = None,
    switches: frozenset[str] = frozenset(),
    runs: int = 3,
    fuse: bool = False,
) -> tuple[list[Any], list[Any]]:
    """Run some times; return the fetched values of all runs and the variables' last values."""
    plan = compile_plan(built.fetches, built.targets, built.feeds, passes, switches)
    resources = ResourceManager()
    cells = [resources.cell(variable.op) for variable in built.variables]
    for cell, value in zip(cells, INITIAL, strict=True):
        cell.replace(value, is_own=False)
    fetched: list[Any] = []
    for step_id in range(runs):
        execution = Run(plan, FEEDS, resources, pool or ThreadPool(0), Cancellation(), step_id)
        if pool is not None:
            execution.variant.is_parallel = True
            execution.variant.costs = [HEAVY_NS] * len(plan.steps)
        elif fuse and step_id == RUNS_WITH_LINE - 2:
            execution.variant._fuse(plan)
        fetched.extend(np.array(value) for value in execution.execute())
    return fetched, [np.array(cell.read()) for cell in cells]


class Reference:
    """Computes what a run must give step by step in numpy, by the rules for variables.

    A read sees the value from before the run unless it depends on writes: then that after the last
    of them.  Writes of a variable happen in order of creation.
    """

    def __init__(self, built: Built, initial: list[Any]) -> None:
        self.built = built
        self.steps = built.steps
        self.initial = initial
        self.current = list(initial)
        self.values: dict[int, Any] = {}
        needed: set[int] = set()
        for index in (*built.fetched, *built.run_only):
            needed |= {index} | self.ancestors(index)
        for index in sorted(needed):
            self.values[index] = self.compute(index)
        self.fetched = [self.values[index] for index in built.fetched]

    def direct(self, index: int) -> list[int]:
        step = self.steps[index]
        operands = [step.a, step.b] if step.name in PURE else [step.a]
        if step.name in READS or step.name.startswith("constant"):
            operands = []
        elif step.name in ("identity", "tanh", "split"):
            operands = [step.a]
        found = [operand - len(FEEDS) for operand in operands if operand >= len(FEEDS)]
        return found if step.control is None else [*found, step.control]

    def ancestors(self, index: int) -> set[int]:
        found: set[int] = set()
        stack = self.direct(index)
        while stack:
            item = stack.pop()
            if item not in found:
                found.add(item)
                stack.extend(self.direct(item))
        return found

    def compute(self, index: int) -> Any:
        step = self.steps[index]
        if step.name in READS:
            return READS[step.name][1](self.seen(index, step.variable))
        if step.name in PURE:
            return PURE[step.name][1](self.operand(index, step.a), self.operand(index, step.b))
        value = WRITES[step.name][1](self.current[step.variable], self.operand(index, step.a))
        self.current[step.variable] = value
        return value

    def operand(self, user: int, number: int) -> Any:
        """The value of a feed or step; the result of a write is the variable, which is read."""
        if number < len(FEEDS):
            return FEEDS[number]
        index = number - len(FEEDS)
        if self.steps[index].name in WRITES and index in self.ancestors(user):
            return self.seen(user, self.steps[index].variable)
        return self.values.get(index)

    def seen(self, reader: int, variable: int) -> Any:
        """The value of a variable that a step reads."""
        before = self.ancestors(reader)
        writes = [
            index
            for index in sorted(self.values)
            if self.steps[index].name in WRITES and self.steps[index].variable == variable
        ]
        last = max((index for index in writes if index in before), default=None)
        return self.initial[variable] if last is None else self.values[last]


def assert_same(one: tuple[list[Any], list[Any]], other: tuple[list[Any], list[Any]]) -> None:
    for values, others in zip(one, other, strict=True):
        for value, expected in zip(values, others, strict=True):
            np.testing.assert_array_equal(value, expected)


@pytest.fixture(scope="module")
def pool():
    pool = ThreadPool(3)
    yield pool
    pool.close()


@given(graphs())
@examples(150)
def test_all_passes_together(graph):
    built = Built(*graph)
    assert_same(run(built, PASSES), run(built, ()))


@pytest.mark.parametrize("rewrite", PASSES, ids=lambda rewrite: rewrite.__name__)
@given(graph=graphs())
@examples(80)
def test_each_pass_alone(rewrite, graph):
    built = Built(*graph)
    assert_same(run(built, [rewrite]), run(built, ()))


@pytest.mark.parametrize("switch", sorted(ALL))
@given(graph=graphs())
@examples(40)
def test_each_switch_alone(switch, graph):
    built = Built(*graph)
    alone = run(built, (), switches=frozenset({switch}), runs=RUNS_WITH_LINE)
    assert_same(alone, run(built, (), runs=RUNS_WITH_LINE))
    without = run(built, PASSES, switches=ALL - {switch}, runs=RUNS_WITH_LINE)
    assert_same(without, run(built, (), runs=RUNS_WITH_LINE))


@pytest.mark.slow
@given(graphs())
@examples(100)
def test_fused_loops(graph):
    built = Built(*graph)
    fused = run(built, PASSES, switches=ALL, runs=RUNS_WITH_LINE, fuse=True)
    plain = run(built, (), runs=RUNS_WITH_LINE)
    for values, others in zip(fused, plain, strict=True):
        for value, expected in zip(values, others, strict=True):
            np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-4)


@given(graphs())
@examples(80)
def test_passes_in_reverse_order(graph):
    built = Built(*graph)
    assert_same(run(built, PASSES[::-1]), run(built, ()))


@given(graphs())
@examples(150)
def test_threads(pool, graph):
    built = Built(*graph)
    assert_same(run(built, PASSES, pool), run(built, ()))
    assert_same(run(built, (), pool), run(built, ()))


@given(graphs())
@examples(200)
def test_values_follow_the_rules(graph):
    built = Built(*graph)
    fetched, state = run(built, PASSES)
    expected = []
    values: list[Any] = INITIAL
    for _ in range(3):
        reference = Reference(built, values)
        expected.extend(reference.fetched)
        values = reference.current
    for value, other in zip([*fetched, *state], [*expected, *values], strict=True):
        np.testing.assert_allclose(value, other, rtol=1e-4, atol=1e-4)


@given(graphs())
@examples(60)
def test_a_session_agrees(graph):
    built = Built(*graph)
    expected, state = run(built, ())
    with tf.Session(graph=built.graph) as session:
        for variable, value in zip(built.variables, INITIAL, strict=True):
            variable.load(value, session)
        fetched = []
        for _ in range(3):
            values = session.run(
                [*built.fetches, *built.targets], dict(zip(built.feeds, FEEDS, strict=True))
            )
            fetched.extend(values[: len(built.fetches)])
        assert_same((fetched, session.run(built.variables)), (expected, state))


@given(graphs(with_state=False), st.integers(0, 13))
@examples(60)
def test_fetching_less_gives_the_same_values(graph, index):
    """Pruning: what else is fetched makes no difference."""
    steps, _ = graph
    built = Built(steps, [0])
    results: list[Tensor | Operation] = built.results
    feeds = dict(zip(built.feeds, FEEDS, strict=True))
    with tf.Session(graph=built.graph) as session:
        everything = session.run(results, feeds)
        one = session.run(results[index % len(results)], feeds)
    np.testing.assert_array_equal(one, everything[index % len(results)])


@given(graphs(with_state=False), st.integers(0, 13))
@examples(60)
def test_any_tensor_can_be_fed(graph, index):
    """A run with an intermediate value fed gives what follows from that value."""
    steps, _ = graph
    built = Built(steps, [0])
    fed = built.results[index % len(steps)]
    feeds = dict(zip(built.feeds, FEEDS, strict=True))
    with tf.Session(graph=built.graph) as session:
        expected = session.run(built.results, feeds)
        value = expected[index % len(steps)]
        again = session.run(built.results, {**feeds, fed: value})
    for one, other in zip(again, expected, strict=True):
        np.testing.assert_array_equal(one, other)
