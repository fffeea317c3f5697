"""Small variables that are updated alike are updated at once, with the same values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.core.jit import compiler
from graphflow.ops.kernels import compiled

_SHAPES = [(3, 4), (5,), (2, 1, 3), (), (7,)]
_OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "GradientDescent": lambda: tf.train.GradientDescentOptimizer(0.1),
    "Momentum": lambda: tf.train.MomentumOptimizer(0.1, 0.9),
    "Nesterov": lambda: tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "Adam": lambda: tf.train.AdamOptimizer(0.1),
    "Adagrad": lambda: tf.train.AdagradOptimizer(0.1),
    "RMSProp": lambda: tf.train.RMSPropOptimizer(0.1, momentum=0.3),
}


def _variables(count: int = 5, **kind: Any) -> list[Any]:
    random = np.random.RandomState(6)
    shapes = [_SHAPES[index % len(_SHAPES)] for index in range(count)]
    return [
        tf.Variable(np.asarray(random.normal(size=shape), np.float32), **kind) for shape in shapes
    ]


def _step(make: Callable[[], Any], variables: list[Any]) -> Any:
    """A step of an optimizer; each variable has a gradient of its own."""
    loss = tf.add_n([tf.reduce_sum(v * v * float(index + 1)) for index, v in enumerate(variables)])
    return make().minimize(loss)


def _sizes(session: Any) -> list[int]:
    """How many updates the lines of a session's plans execute at once."""
    return sorted(
        len(indices)
        for plan in session._plans.values()
        for bound in plan.sessions.values()
        for indices in bound._joint
    )


def _train(step: Any, variables: list[Any], runs: int = 8) -> tuple[list[Any], list[int]]:
    config = tf.ConfigProto(inter_op_parallelism_threads=1)
    with tf.Session(graph=tf.get_default_graph(), config=config) as session:
        session.run(tf.global_variables_initializer())
        for _ in range(runs):
            session.run(step)
            compiler().submit(int).result()
        return session.run(variables), _sizes(session)


@pytest.fixture(params=["numpy", "compiled"])
def jit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHFLOW_JIT", "1" if request.param == "compiled" else "0")
    monkeypatch.setattr(compiled, "_WORTH_IT", 0.0)


@pytest.mark.parametrize("name", _OPTIMIZERS)
@pytest.mark.parametrize("is_resource", [False, True])
@pytest.mark.usefixtures("jit")
def test_the_same_values_as_one_by_one(
    name: str, is_resource: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = _variables(use_resource=is_resource)
    step = _step(_OPTIMIZERS[name], variables)
    found, sizes = _train(step, variables)
    assert sizes == [5]
    monkeypatch.setattr("graphflow.runtime.joint._MOST", 1)
    expected, sizes = _train(step, variables)
    assert sizes == []
    for value, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(value, other)


@pytest.mark.usefixtures("jit")
def test_many_are_updated_in_several_groups() -> None:
    variables = _variables(20)
    _, sizes = _train(_step(_OPTIMIZERS["GradientDescent"], variables), variables)
    assert sizes == [4, 16]


def test_what_differs_in_more_than_the_gradient_is_apart() -> None:
    variables = _variables(4)
    steps = [
        _step(lambda: tf.train.GradientDescentOptimizer(0.5), variables[:2]),
        _step(lambda: tf.train.GradientDescentOptimizer(0.25), variables[2:]),
    ]
    before = [np.array(v) for v in _train(tf.no_op(), variables, 1)[0]]
    found, sizes = _train(tf.group(*steps), variables)
    assert sizes in ([2, 2], [2], [])  # as the order of the steps happens to be
    # One step of 0.5 with the gradients 2 v and 4 v, and of 0.25: times 0, -1, 0.5 and 0.
    expected = [0 * before[0], before[1], 0.5**8 * before[2], 0 * before[3]]
    for value, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, other, atol=1e-6)


@pytest.mark.usefixtures("jit")
def test_who_holds_a_value_keeps_it() -> None:
    variables = _variables()
    step = _step(_OPTIMIZERS["Momentum"], variables)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(6):
            cells = [session._resources.cell(v.op) for v in variables]
            held = [cells[index].read() for index in (1, 3)]
            copies = [value.copy() for value in held]
            before = session.run(variables)
            session.run(step)
            compiler().submit(int).result()
            for value, copy in zip(held, copies, strict=True):
                np.testing.assert_array_equal(value, copy)
            after = session.run(variables)
            assert all((a != b).any() for a, b in zip(after, before, strict=True))


def test_one_without_a_value_is_named() -> None:
    variables = _variables()
    step = _step(_OPTIMIZERS["GradientDescent"], variables)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(6):
            session.run(step)
        session._resources.cell(variables[2].op).clear()
        with pytest.raises(tf.errors.FailedPreconditionError, match=variables[2].op.name):
            session.run(step)
