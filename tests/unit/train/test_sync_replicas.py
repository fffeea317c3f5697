"""Synchronous training of several workers: threads that share a graph and a session."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphflow as tf


def _optimizer(replicas: int, **arguments: Any) -> Any:
    return tf.train.SyncReplicasOptimizer(
        tf.train.GradientDescentOptimizer(0.5), replicas, **arguments
    )


def _in_threads(count: int, rounds: int, work: Callable[[int, int], None]) -> None:
    """Do `work(worker, round)` in some threads, which begin each round together."""
    barrier = threading.Barrier(count)
    errors: list[BaseException] = []

    def run(worker: int) -> None:
        try:
            for number in range(rounds):
                barrier.wait(60)
                work(worker, number)
        except BaseException as error:
            errors.append(error)
            barrier.abort()

    threads = [threading.Thread(target=run, args=(worker,)) for worker in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]


def test_three_threads_share_a_graph_and_a_session() -> None:
    x = tf.placeholder(tf.float32, [2])
    w = tf.Variable([1.0, 10.0])
    step = tf.train.get_or_create_global_step()
    optimizer = _optimizer(3)
    train = optimizer.minimize(tf.reduce_sum(w * x), global_step=step)
    hook = optimizer.make_session_run_hook(is_chief=True, num_tokens=0)
    with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
        # The mean of the workers' gradients: of [0, 3], [1, 3] and [2, 3] in the first round.
        _in_threads(
            3, 4, lambda worker, number: session.raw_session().run(train, {x: [worker, 3 + number]})
        )
        assert session.run(step) == 4
        expected = [1 - 0.5 * 4 * 1, 10 - 0.5 * (3 + 4 + 5 + 6)]
        np.testing.assert_allclose(session.run(w), expected)


def test_rows_are_averaged_over_the_workers_that_have_them() -> None:
    ids = tf.placeholder(tf.int32, [2])
    table = tf.Variable([[1.0], [2.0], [3.0], [4.0]])
    step = tf.train.get_or_create_global_step()
    optimizer = _optimizer(2)
    loss = tf.reduce_sum(tf.gather(table, ids) * [[1.0], [3.0]])
    train = optimizer.minimize(loss, global_step=step)
    hook = optimizer.make_session_run_hook(True, num_tokens=0)
    pairs = [[0, 2], [2, 3]]
    with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
        _in_threads(2, 1, lambda worker, _: session.raw_session().run(train, {ids: pairs[worker]}))
        # Row 0: 1 from the first; row 2: 3 and 1, on average 2; row 3: 3 from the second.
        assert session.run(table).ravel().tolist() == [0.5, 2, 2, 2.5]


def test_a_step_does_not_wait_for_a_spare_worker() -> None:
    w = tf.Variable(8.0)
    step = tf.train.get_or_create_global_step()
    optimizer = _optimizer(2, total_num_replicas=3)
    train = optimizer.minimize(w * 4.0, global_step=step)
    hook = optimizer.make_session_run_hook(True, num_tokens=0)
    with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
        _in_threads(3, 3, lambda *_: session.raw_session().run(train))
        _in_threads(2, 1, lambda *_: session.raw_session().run(train))
        assert session.run([w, step]) == [0.0, 4]


def test_each_worker_gives_several_gradients() -> None:
    x, w = tf.placeholder(tf.float32, []), tf.Variable(8.0)
    step = tf.train.get_or_create_global_step()
    optimizer = _optimizer(4, total_num_replicas=1)
    train = optimizer.minimize(w * x, global_step=step)
    hook = optimizer.make_session_run_hook(True, num_tokens=3)
    with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
        for value in (1.0, 2.0, 3.0, 6.0):
            token = session.run(train, {x: value})
        assert token == 1
        assert session.run([w, step]) == [8 - 0.5 * 3, 1]


def test_a_late_gradient_is_dropped() -> None:
    x, w = tf.placeholder(tf.float32, []), tf.Variable(8.0)
    step = tf.train.get_or_create_global_step()
    optimizer = _optimizer(1)
    train = optimizer.minimize(w * x, global_step=step)
    hook = optimizer.make_session_run_hook(True, num_tokens=0)
    (local_step,) = tf.local_variables()
    go_back = local_step.assign(0)
    with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
        assert session.run(train, {x: 2.0}) == 1
        session.run(go_back)
        options = tf.RunOptions(timeout_in_ms=100)  # it would wait for a token for ever
        with pytest.raises(tf.errors.DeadlineExceededError):
            session.raw_session().run(train, {x: 100.0}, options)
        assert session.run([w, step]) == [7, 1]


def test_averages_follow_each_step() -> None:
    w = tf.Variable(8.0)
    step = tf.train.get_or_create_global_step()
    averages = tf.train.ExponentialMovingAverage(0.75)
    optimizer = _optimizer(1, variable_averages=averages, variables_to_average=[w])
    train = optimizer.minimize(w * 4.0, global_step=step)
    hook = optimizer.make_session_run_hook(True, num_tokens=0)
    with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
        session.run(train)
        average = averages.average(w)
        # The token comes before the average is moved: wait for the next one.
        session.run(train)
        assert session.run(average) in (0.75 * 8 + 0.25 * 6, 0.75 * 7.5 + 0.25 * 4)


def test_an_error_of_the_step_reaches_the_workers() -> None:
    w = tf.Variable([8.0, 1.0])
    step = tf.train.get_or_create_global_step()
    inner = tf.train.GradientDescentOptimizer(tf.check_numerics(w[1] / 0.0, "bad rate"))
    optimizer = tf.train.SyncReplicasOptimizer(inner, 1)
    train = optimizer.minimize(w, global_step=step)
    hook = optimizer.make_session_run_hook(True)
    session = tf.train.SingularMonitoredSession(hooks=[hook])
    session.run(train)  # has its token before
    with pytest.raises(tf.errors.InvalidArgumentError, match="bad rate"):
        session.run(train, options=tf.RunOptions(timeout_in_ms=60_000))


def test_state_is_that_of_the_other_optimizer() -> None:
    w = tf.Variable(8.0, name="w")
    step = tf.train.get_or_create_global_step()
    momentum = tf.train.MomentumOptimizer(0.5, 0.5)
    optimizer = tf.train.SyncReplicasOptimizer(momentum, 1)
    optimizer.minimize(w, global_step=step)
    assert optimizer.get_slot_names() == ["momentum"]
    assert optimizer.get_slot(w, "momentum") is momentum.get_slot(w, "momentum")
    assert [v.name for v in optimizer.variables()] == ["w/Momentum:0"]


def test_what_is_refused() -> None:
    w = tf.Variable(8.0)
    step = tf.train.get_or_create_global_step()
    optimizer = _optimizer(4, total_num_replicas=2)
    with pytest.raises(ValueError, match="needs minimize or apply_gradients"):
        optimizer.get_chief_queue_runner()
    with pytest.raises(ValueError, match="needs minimize or apply_gradients"):
        optimizer.get_init_tokens_op()
    with pytest.raises(ValueError, match="needs minimize or apply_gradients"):
        optimizer.make_session_run_hook(True).begin()
    with pytest.raises(ValueError, match="no variables"):
        optimizer.apply_gradients([], step)
    with pytest.raises(ValueError, match="give global_step"):
        optimizer.minimize(w)
    optimizer.minimize(w, global_step=step)
    with pytest.raises(ValueError, match="needs 2 tokens, it would wait for ever with 1"):
        optimizer.get_init_tokens_op(1)
    assert optimizer.get_init_tokens_op(2).type == "QueueEnqueueManyV2"


def test_variables_without_values_are_named() -> None:
    w = tf.Variable(8.0, name="w")
    step = tf.train.get_or_create_global_step()
    optimizer = _optimizer(1)
    optimizer.minimize(w, global_step=step)
    hook = optimizer.make_session_run_hook(True)
    hook.begin()
    with tf.Session() as session:
        session.run(step.initializer)
        with pytest.raises(RuntimeError, match="not initialized are: w"):
            hook.after_create_session(session, tf.train.Coordinator())
