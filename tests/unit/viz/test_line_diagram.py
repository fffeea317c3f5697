"""The picture of what the compiler made of a plan."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.viz import plan_diagram

pytest.importorskip("graphviz")


@pytest.fixture
def session() -> Any:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 100], name="x")
        weights = tf.Variable(np.ones((100, 50), np.float32), name="weights")
        hidden = tf.tanh(tf.matmul(x, weights, name="product") * 2.0 + 1.0)
        tf.reduce_sum(hidden, name="total")
    with tf.Session(graph=graph, config=tf.ConfigProto(inter_op_parallelism_threads=1)) as session:
        session.run(weights.initializer)
        yield session


def _run(session: Any) -> None:
    for _ in range(5):
        session.run("total:0", {"x:0": np.ones((7, 100))})


def _source(session: Any, **options: Any) -> str:
    return plan_diagram(session, "total:0", ["x:0"], **options).source


def test_before_any_run_there_is_nothing_to_draw(session: Any) -> None:
    with pytest.raises(ValueError, match="run the fetches some more times"):
        _source(session, compiled=True)


def test_steps_have_the_shapes_that_were_fed(session: Any) -> None:
    _run(session)
    source = _source(session, compiled=True)
    assert "1. product" in source
    assert "float32 7×50" in source


def test_a_loop_is_one_box(session: Any) -> None:
    _run(session)
    plan = next(plan for plan in session._plans.values() if plan.feeds)
    (variant,) = plan.variants.values()
    variant._fuse(plan)
    source = _source(session, compiled=True)
    assert "2. loop of 4 steps" in source
    assert "Mul, AddV2, Tanh, Sum" in source
    assert "3. " not in source


def test_only_some_passes(session: Any) -> None:
    assert "5. add" in _source(session, passes=[])
    assert "3. add" in _source(session, passes=["constants"])
    with pytest.raises(ValueError, match="no passes folding; there are control"):
        _source(session, passes=["folding"])


def test_wrong_combinations(session: Any) -> None:
    with pytest.raises(TypeError, match="no times of steps"):
        _source(session, compiled=True, passes=[])
