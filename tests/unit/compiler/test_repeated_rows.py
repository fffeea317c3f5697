"""Sparse updates that add up repeated slices themselves do what separate steps do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.core.jit import compiler
from graphflow.ops.kernels import compiled

_TABLE = np.random.RandomState(4).normal(size=(50, 3)).astype(np.float32)
_IDS = [[4, 4, 7, 4, 9, 0], [1, 2, 3, 4, 5, 6], [8, 8, 8, 8, 8, 8], [49, 0, 49, 3, 3, 0]]
_OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "Adagrad": lambda: tf.train.AdagradOptimizer(0.5),
    "Momentum": lambda: tf.train.MomentumOptimizer(0.5, 0.9),
    "Nesterov": lambda: tf.train.MomentumOptimizer(0.5, 0.9, use_nesterov=True),
    "RMSProp": lambda: tf.train.RMSPropOptimizer(0.5, momentum=0.3),
    "Ftrl": lambda: tf.train.FtrlOptimizer(0.5, l1_regularization_strength=0.01),
    "ProximalAdagrad": lambda: tf.train.ProximalAdagradOptimizer(0.5),
}


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHFLOW_JIT", "1")
    monkeypatch.setattr(compiled, "_WORTH_IT", 0.0)


def _train(make: Callable[[], Any], kind: dict[str, Any], fetch_rows: bool) -> tuple[Any, set[str]]:
    """The table after some steps, and the types of the steps of a run."""
    with tf.Graph().as_default():
        ids = tf.placeholder(tf.int32, [6])
        table = tf.Variable(_TABLE, **kind)
        picked = tf.nn.embedding_lookup(table, ids)
        step: Any = make().minimize(tf.reduce_sum(picked * picked * [1.0, 2.0, -0.5]))
        if fetch_rows:
            operations = tf.get_default_graph().get_operations()
            step = [step, next(op for op in operations if op.type == "Unique").outputs[0]]
        config = tf.ConfigProto(inter_op_parallelism_threads=1)
        with tf.Session(config=config) as session:
            session.run(tf.global_variables_initializer())
            for rows in _IDS * 2:
                session.run(step, {ids: rows})
                compiler().submit(int).result()
            (plan,) = (p for p in session._plans.values() if p.feeds)
            (variant,) = plan.variants.values()
            assert variant.line is not None
            types = {unit.step.operation.op.type for unit in variant.line.units}
            return session.run(table), types


@pytest.mark.parametrize("name", _OPTIMIZERS)
@pytest.mark.parametrize("is_resource", [False, True])
def test_the_same_values_as_separate_steps(
    name: str, is_resource: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = {"use_resource": is_resource}
    found, types = _train(_OPTIMIZERS[name], kind, fetch_rows=False)
    assert "Unique" not in types
    assert "UnsortedSegmentSum" not in types
    monkeypatch.setenv("GRAPHFLOW_PASSES", "-rows")
    expected, types = _train(_OPTIMIZERS[name], kind, fetch_rows=False)
    assert {"Unique", "UnsortedSegmentSum"} <= types
    np.testing.assert_array_equal(found, expected)


def test_what_is_fetched_stays() -> None:
    found, types = _train(_OPTIMIZERS["Adagrad"], {}, fetch_rows=True)
    assert {"Unique", "UnsortedSegmentSum"} <= types
    expected, _ = _train(_OPTIMIZERS["Adagrad"], {}, fetch_rows=False)
    np.testing.assert_array_equal(found, expected)


def test_by_hand() -> None:
    table = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]])
    slices = tf.IndexedSlices(tf.constant([[1.0, 2], [3, 4], [2, 1]]), tf.constant([2, 0, 2]))
    step = tf.train.MomentumOptimizer(1.0, 0.5).apply_gradients([(slices, table)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(6):
            session.run(step)
        # The sum of 1 - 0.5^n for the first six n is 5.015625 / 0.5 steps' worth.
        moved = sum(2 - 0.5**n for n in range(6))
        expected = np.float32([[1, 2], [3, 4], [5, 7]]) - moved * np.float32(
            [[3, 4], [0, 0], [3, 3]]
        )
        np.testing.assert_array_equal(session.run(table), expected)


@pytest.mark.parametrize("wrong", [-1, 50])
def test_a_row_that_is_not_there_leaves_all_untouched(wrong: int) -> None:
    ids = tf.placeholder(tf.int32, [3])
    table = tf.Variable(_TABLE)
    slices = tf.IndexedSlices(tf.ones([3, 3]), ids)
    step = tf.train.AdagradOptimizer(0.5).apply_gradients([(slices, table)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(6):
            session.run(step, {ids: [3, 4, 3]})
        before = session.run(tf.global_variables())
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"{wrong} is not in .0, 50"):
            session.run(step, {ids: [5, 5, wrong]})
        for found, expected in zip(session.run(tf.global_variables()), before, strict=True):
            np.testing.assert_array_equal(found, expected)
