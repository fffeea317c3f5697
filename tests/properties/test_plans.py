"""However a plan is optimised and executed, a run gives the same values and leaves the same state.

Random graphs mix pure operations, constants, identities, duplicates, variables that are read and
written, and control dependencies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import graphflow as tf
from graphflow.compiler.compile import compile_plan
from graphflow.compiler.passes import PASSES
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.runtime.cancellation import Cancellation
from graphflow.runtime.executor import Run
from graphflow.runtime.resources import ResourceManager
from graphflow.runtime.schedule import HEAVY_NS
from graphflow.runtime.threads import ThreadPool

PURE = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: tf.clip_by_value(a * b, -50.0, 50.0),
    "maximum": tf.maximum,
    "identity": lambda a, b: tf.identity(a),
    "tanh": lambda a, b: tf.tanh(a),
    "constant": lambda a, b: tf.constant([[1.0, -2.0], [0.5, 4.0]]),
    "same constant": lambda a, b: tf.constant([[1.0, -2.0], [0.5, 4.0]]),
    "constant sum": lambda a, b: tf.ones([2, 2]) + tf.fill([2, 2], 3.0),
    "shape": lambda a, b: a * tf.cast(tf.reduce_prod(tf.shape(a)), tf.float32),
    "reshape": lambda a, b: tf.reshape(tf.reshape(a, [-1]), tf.shape(b)),
    "matmul": lambda a, b: tf.tanh(tf.matmul(a, b)),
    "sum": lambda a, b: tf.reduce_sum(a, 0) + b,
    "split": lambda a, b: tf.concat(tf.split(a, 2, 1)[::-1], 1),
    "where": lambda a, b: tf.where(a > b, a, b),
}
READS = {
    "read": lambda v: v + 0.0,
    "identity of variable": tf.identity,
    "use": lambda v: v * 2.0,
}
WRITES = {
    "assign": tf.assign,
    "assign_add": tf.assign_add,
    "assign_sub": tf.assign_sub,
}
VARIABLES = 2
Step = tuple[str, int, int, int, "int | None"]


@st.composite
def graphs(draw: st.DrawFn, with_state: bool = True) -> tuple[list[Step], list[int]]:
    """Steps (name, operands, variable, control input), and which steps to fetch."""
    names = [*PURE, *(READS if with_state else ()), *(WRITES if with_state else ())]
    steps: list[Step] = []
    for index in range(draw(st.integers(1, 14))):
        operand = st.integers(0, index + 1)
        control = st.none() | st.integers(0, index - 1) if index else st.none()
        variable = st.integers(0, VARIABLES - 1)
        steps.append(
            (
                draw(st.sampled_from(names)),
                draw(operand),
                draw(operand),
                draw(variable),
                draw(control),
            )
        )
    fetched = st.lists(st.integers(0, len(steps) - 1), min_size=1, max_size=4, unique=True)
    return steps, draw(fetched)


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
        self.fetches = [self.results[index] for index in fetched if index % 2 == 0]
        self.targets = [self.results[index].op for index in fetched if index % 2]

    def _build(self, name: str, a: int, b: int, variable: int, control: int | None) -> Any:
        values = [*self.feeds, *self.results]
        with tf.control_dependencies([] if control is None else [self.results[control]]):
            if name in PURE:
                return PURE[name](values[a], values[b])
            if name in READS:
                return READS[name](self.variables[variable])
            value = tf.reshape(values[a], [2, 2])
            return WRITES[name](self.variables[variable], value)


FEEDS = [
    np.array([[0.5, -1.0], [2.0, 0.25]], np.float32),
    np.array([[-0.5, 3.0], [1.5, -2.0]], np.float32),
]
INITIAL = [np.full((2, 2), 1.5, np.float32), np.array([[1, 2], [3, 4]], np.float32)]


def run(
    built: Built, passes: Sequence[Any], pool: ThreadPool | None = None
) -> tuple[list[Any], list[Any]]:
    """Run three times; return the fetched values of all runs and the variables' last values."""
    plan = compile_plan(built.fetches, built.targets, built.feeds, passes)
    resources = ResourceManager()
    cells = [resources.cell(variable.op) for variable in built.variables]
    for cell, value in zip(cells, INITIAL, strict=True):
        cell.replace(value, is_own=False)
    fetched: list[Any] = []
    for step_id in range(3):
        execution = Run(plan, FEEDS, resources, Cancellation(), step_id)
        if pool is not None:
            execution.variant.is_parallel = True
            execution.variant.costs = [HEAVY_NS] * len(plan.steps)
        fetched.extend(np.array(value) for value in execution.execute(pool))
    return fetched, [np.array(cell.read()) for cell in cells]


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
@settings(max_examples=150, deadline=None)
def test_all_passes_together(graph):
    built = Built(*graph)
    assert_same(run(built, PASSES), run(built, ()))


@pytest.mark.parametrize("rewrite", PASSES, ids=lambda rewrite: rewrite.__name__)
@given(graph=graphs())
@settings(max_examples=80, deadline=None)
def test_each_pass_alone(rewrite, graph):
    built = Built(*graph)
    assert_same(run(built, [rewrite]), run(built, ()))


@given(graphs())
@settings(max_examples=80, deadline=None)
def test_passes_in_reverse_order(graph):
    built = Built(*graph)
    assert_same(run(built, PASSES[::-1]), run(built, ()))


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_threads(pool, graph):
    built = Built(*graph)
    assert_same(run(built, PASSES, pool), run(built, ()))
    assert_same(run(built, (), pool), run(built, ()))


@given(graphs())
@settings(max_examples=60, deadline=None)
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
@settings(max_examples=60, deadline=None)
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
@settings(max_examples=60, deadline=None)
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
