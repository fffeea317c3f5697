"""Runs on one thread as one function, with results in an arena."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.runtime.straight_line import StraightLine

_ONE_THREAD: dict[str, Any] = {"inter_op_parallelism_threads": 1}
# From so many runs on the function is in use: three are measured before.
_RUNS = 6


def _session(graph: tf.Graph) -> tf.Session:
    return tf.Session(graph=graph, config=tf.ConfigProto(**_ONE_THREAD))


def _lines(session: tf.Session) -> list[StraightLine]:
    plans = session._plans.values()
    variants = [variant for plan in plans for variant in plan.variants.values()]
    return [variant.line for variant in variants if variant.line is not None]


def test_every_run_gives_the_same_whatever_lies_in_the_arena() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 3])
        product = tf.matmul(x, [[1.0, -2.0], [0.5, 3.0], [2.0, 1.0]])
        hidden = tf.nn.relu(tf.nn.bias_add(product, [0.5, -1.0]))
        total = tf.reduce_sum(tf.reshape(hidden, [-1]) * 2.0)
        gradient = tf.gradients(total, x)[0]
    with _session(graph) as session:
        for run in range(_RUNS):
            value = np.asarray([[run, 1, -2], [3, run, 1]], np.float32)
            found = session.run([total, gradient], {x: value})
            product = value @ np.asarray([[1, -2], [0.5, 3], [2, 1]], np.float32) + [0.5, -1]
            np.testing.assert_allclose(found[0], 2 * np.maximum(product, 0).sum(), rtol=1e-6)
            weights = np.asarray([[1, -2], [0.5, 3], [2, 1]])
            np.testing.assert_allclose(found[1], 2 * (product > 0) @ weights.T, rtol=1e-6)
        assert _lines(session)


def test_what_was_fetched_is_not_overwritten_by_later_runs() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [3])
        doubled = tf.exp(x) * 2.0
        flat = tf.reshape(doubled + 1.0, [3, 1])
    with _session(graph) as session:
        results = [session.run([doubled, flat], {x: [run, 0.0, 1.0]}) for run in range(_RUNS + 2)]
        for run, (first, second) in enumerate(results):
            expected = 2 * np.exp(np.asarray([run, 0, 1], np.float32))
            np.testing.assert_allclose(first, expected, rtol=1e-6)
            np.testing.assert_allclose(second, expected[:, None] + 1, rtol=1e-6)


def test_what_a_queue_or_a_variable_keeps_is_not_overwritten() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2])
        queue = tf.FIFOQueue(20, tf.float32, [[2]])
        kept = tf.Variable([0.0, 0.0])
        value = tf.square(x) + 1.0
        keep = tf.group(queue.enqueue(tf.negative(value)), tf.assign(kept, value * 3.0))
        taken = queue.dequeue()
    with _session(graph) as session:
        session.run(kept.initializer)
        for run in range(_RUNS):
            session.run(keep, {x: [run, 2.0]})
            np.testing.assert_allclose(session.run(kept), [3 * (run * run + 1), 15])
        for run in range(_RUNS):
            np.testing.assert_allclose(session.run(taken), [-(run * run + 1), -5])


def test_an_error_names_the_failing_operation_and_its_inputs() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.int32, [2])
        y = tf.gather(tf.constant([5, 6, 7]) * 2, tf.add(x, 1, name="places"), name="chosen")
        z = tf.add(y, 1)
    with _session(graph) as session:
        for _ in range(_RUNS):
            assert session.run(z, {x: [0, 1]}).tolist() == [13, 15]
        assert _lines(session)
        with pytest.raises(tf.errors.InvalidArgumentError, match="chosen") as caught:
            session.run(z, {x: [0, 7]})
        assert "places:0: int32" in str(caught.value)
        assert caught.value.op is graph.get_operation_by_name("chosen")
        assert session.run(z, {x: [0, 1]}).tolist() == [13, 15]


def test_runs_at_once_have_arenas_of_their_own() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float64, [200])
        y = x
        for _ in range(30):
            y = tf.sqrt(y * y + 1.0)
    mistakes: list[float] = []
    with _session(graph) as session:

        def work(start: float) -> None:
            for run in range(150):
                value = np.full(200, start + run)
                expected = np.sqrt(value * value + 30)
                found = session.run(y, {x: value})
                if not np.allclose(found, expected, rtol=1e-12):
                    mistakes.append(start + run)

        threads = [threading.Thread(target=work, args=(1000.0 * n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not mistakes


def test_results_share_memory_and_views_take_no_step() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [1000])
        y = x
        for _ in range(10):
            y = tf.reshape(tf.sin(tf.expand_dims(y, 0)), [10, 100])
            y = tf.reshape(tf.cos(y), [1000])
        total = tf.reduce_sum(y)
    with _session(graph) as session:
        for _ in range(_RUNS):
            session.run(total, {x: np.linspace(0, 1, 1000)})
        (line,) = _lines(session)
        # A function of each element may work in place: all of them in one array.
        assert line._arena.layout.size == 4032
        assert len(line._arena.skipped) >= 20


def test_arenas_end_with_their_session() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [50_000])
        total = tf.reduce_sum(tf.exp(x) + tf.sin(x))
    session = _session(graph)
    for _ in range(_RUNS):
        session.run(total, {x: np.zeros(50_000)})
    (line,) = _lines(session)
    memory = weakref.ref(line._arenas._spare[0][0].base)
    session.close()
    del line
    gc.collect()
    assert memory() is None


def test_scalars_and_empty_arrays() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [])
        none = tf.placeholder(tf.float32, [0, 3])
        y = tf.exp(x * 2.0) + tf.reduce_sum(tf.square(none) + 1.0)
    with _session(graph) as session:
        for run in range(_RUNS):
            found = session.run(y, {x: 0.1 * run, none: np.zeros((0, 3))})
            assert isinstance(found, np.float32)
            assert found == pytest.approx(np.exp(0.2 * run), rel=1e-6)
