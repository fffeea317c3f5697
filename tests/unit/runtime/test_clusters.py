"""Small steps that become one function give what their kernels give."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.core.jit import compiler
from graphflow.runtime import variant

_ONE_THREAD = tf.ConfigProto(inter_op_parallelism_threads=1)


@pytest.fixture(autouse=True)
def compile_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variant, "WORTH_COMPILING_NS", 1)
    monkeypatch.setenv("GRAPHFLOW_JIT", "1")


def _wait(session: Any, fetches: Any, feeds: dict[Any, Any]) -> None:
    """Run until compiled functions are in use."""
    for _ in range(6):
        session.run(fetches, feeds)
    compiler().submit(lambda: None).result()


def _clusters(session: Any) -> list[int]:
    """How many steps each cluster of the session has."""
    found = [item for plan in session._plans.values() for item in plan.variants.values()]
    return [
        len(unit.cluster.positions)
        for item in found
        if item.line is not None
        for unit in item.line.units
        if unit.cluster is not None
    ]


def _policy(x: Any) -> Any:
    random = np.random.RandomState(3)
    hidden = x
    for size in (8, 6):
        weights = tf.constant(random.randn(hidden.shape[1].value, size).astype(np.float32))
        hidden = tf.nn.relu(tf.matmul(hidden, weights) + 0.1)
    return tf.nn.softmax(tf.concat([hidden, hidden[:, ::-1]], 1))


def test_a_small_net() -> None:
    x = tf.placeholder(tf.float32, [2, 3])
    y = _policy(x)
    fetches, feeds = [y, tf.argmax(y, 1)], {x: [[1, 2, 3], [-1, 0.5, 2]]}
    with tf.Session(config=_ONE_THREAD) as session:
        expected = session.run(fetches, feeds)
        _wait(session, fetches, feeds)
        assert max(_clusters(session)) > 8
        for _ in range(2):
            found = session.run(fetches, feeds)
            np.testing.assert_allclose(found[0], expected[0], rtol=1e-5)
            np.testing.assert_array_equal(found[1], expected[1])
            assert found[1].dtype == expected[1].dtype
            found[0][:] = 7  # the caller's own
        other = session.run(fetches, {x: [[0, 0, 0], [9, -9, 9]]})
    with tf.Session(config=_ONE_THREAD) as session:
        np.testing.assert_allclose(
            session.run(y, {x: [[0, 0, 0], [9, -9, 9]]}), other[0], rtol=1e-5
        )


def test_a_net_that_learns() -> None:
    random = np.random.RandomState(5)
    x, y = random.randn(4, 2).astype(np.float32), random.randn(4, 1).astype(np.float32)

    def losses(passes: str) -> list[float]:
        with tf.Graph().as_default(), pytest.MonkeyPatch.context() as patch:
            patch.setenv("GRAPHFLOW_PASSES", passes)
            w1 = tf.Variable(np.linspace(-1, 1, 10).reshape(2, 5).astype(np.float32))
            w2 = tf.Variable(np.linspace(1, -1, 5).reshape(5, 1).astype(np.float32))
            hidden = tf.tanh(tf.matmul(tf.constant(x), w1))
            error = tf.matmul(hidden, w2) - tf.constant(y)
            loss = tf.reduce_mean(tf.square(error))
            rate = tf.train.exponential_decay(0.1, tf.train.get_or_create_global_step(), 10, 0.9)
            step = tf.train.GradientDescentOptimizer(rate).minimize(
                loss, tf.train.get_global_step()
            )
            found = []
            with tf.Session(config=_ONE_THREAD) as session:
                session.run(tf.global_variables_initializer())
                for number in range(40):
                    found.append(session.run([loss, step])[0])
                    if number == 10:
                        compiler().submit(lambda: None).result()
                assert bool(_clusters(session)) is (passes == "all")
            return found

    with_clusters, without = losses("all"), losses("-clusters")
    np.testing.assert_allclose(with_clusters, without, rtol=1e-4)
    assert with_clusters[-1] < with_clusters[0]


def test_many_small_terms_of_a_sum() -> None:
    rows = np.random.RandomState(1).randn(70, 6).astype(np.float32)
    x = tf.placeholder(tf.float32, [6])
    total = tf.add_n([tf.maximum(x, tf.constant(row)) for row in rows])
    with tf.Session(config=_ONE_THREAD) as session:
        feeds = {x: np.linspace(-1, 1, 6)}
        expected = session.run(total, feeds)
        _wait(session, total, feeds)
        np.testing.assert_array_equal(session.run(total, feeds), expected)
        assert max(_clusters(session)) == 60


def test_several_threads_run_the_same_clusters() -> None:
    x = tf.placeholder(tf.float32, [2, 3])
    y = _policy(x)
    wrong: list[Any] = []
    with tf.Session(config=_ONE_THREAD) as session:
        values = [np.random.RandomState(seed).randn(2, 3) for seed in range(4)]
        expected = [session.run(y, {x: value}) for value in values]
        _wait(session, y, {x: values[0]})
        assert _clusters(session)

        def work(number: int) -> None:
            for _ in range(100):
                found = session.run(y, {x: values[number]})
                if not np.allclose(found, expected[number], rtol=1e-4):
                    wrong.append(found)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_large_steps_are_left_to_their_kernels() -> None:
    x = tf.placeholder(tf.float32, [100, 100])
    y = tf.nn.softmax(tf.matmul(tf.matmul(x, x), tf.transpose(x)))
    feeds = {x: np.eye(100)}
    with tf.Session(config=_ONE_THREAD) as session:
        _wait(session, y, feeds)
        assert _clusters(session) == []


def test_no_code_is_made_for_all_of_many_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variant, "_MAX_CLUSTERED", 2)
    x = tf.placeholder(tf.float32, [None, 3])
    y = _policy(x)
    with tf.Session(config=_ONE_THREAD) as session:
        for rows in (1, 2, 3, 4):
            _wait(session, y, {x: np.ones((rows, 3))})
        (plan,) = session._plans.values()
        assert plan.clustered == 2
        assert len(_clusters(session)) == 2
