"""Hundreds of concurrent runs with random delays, errors and timeouts leave nothing behind."""

from __future__ import annotations

import random
import signal
import threading
import time

import numpy as np
import pytest

import graphflow as tf


def graphflow_threads():
    return [t for t in threading.enumerate() if t.name.startswith("graphflow")]


def test_concurrent_runs_with_delays_errors_and_timeouts():  # noqa: C901
    x = tf.placeholder(tf.float32, [None, 3])
    mode = tf.placeholder(tf.int32, [])

    def act(value, mode):
        time.sleep(random.random() * 0.004)
        if mode == 1:
            raise ValueError("asked to fail")
        if mode == 2:
            time.sleep(0.3)
        return value * 2

    slow = tf.py_func(act, [x, mode], tf.float32)
    slow.set_shape([None, 3])
    branches = [tf.reduce_sum(slow + float(i)) for i in range(6)]
    total = tf.add_n(branches)
    session = tf.Session(config=tf.ConfigProto(inter_op_parallelism_threads=4))
    unexpected = []

    def work(seed):
        generator = random.Random(seed)
        for _ in range(20):
            rows = generator.randrange(1, 5)
            kind = generator.choice([0, 0, 0, 1, 2])
            feed = {x: np.ones((rows, 3), np.float32), mode: kind}
            options = tf.RunOptions(timeout_in_ms=60) if kind == 2 else None
            try:
                value = session.run(total, feed, options=options)
                if kind != 0 or value != rows * 3 * (6 * 2 + 15):
                    unexpected.append((kind, rows, value))
            except tf.errors.InvalidArgumentError as error:
                if kind != 1 or "asked to fail" not in str(error):
                    unexpected.append((kind, error))
            except tf.errors.DeadlineExceededError:
                if kind != 2:
                    unexpected.append((kind, "deadline"))

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(10)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert not worker.is_alive()
    assert unexpected == []
    assert session.run(total, {x: np.ones((1, 3)), mode: 0}) == 3 * 27
    session.close()
    deadline = time.monotonic() + 10
    while graphflow_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert graphflow_threads() == []


def test_a_hanging_kernel_does_not_hold_up_other_runs():
    gate = threading.Event()
    stuck = tf.py_func(lambda: np.float32(gate.wait(30)), [], tf.float32)
    quick = tf.py_func(lambda: np.float32(3), [], tf.float32)
    session = tf.Session(config=tf.ConfigProto(inter_op_parallelism_threads=2))
    runs = [threading.Thread(target=session.run, args=(stuck,)) for _ in range(8)]
    for run in runs:
        run.start()
    assert [session.run(quick) for _ in range(5)] == [3.0] * 5
    gate.set()
    for run in runs:
        run.join(30)
        assert not run.is_alive()
    session.close()


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_a_run_and_leaves_the_session_usable():
    gate = threading.Event()
    stuck = tf.py_func(lambda: np.float32(gate.wait(30)), [], tf.float32)
    session = tf.Session()
    main = threading.main_thread().ident
    timer = threading.Timer(0.2, signal.pthread_kill, (main, signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        session.run(stuck)
    timer.join()
    gate.set()
    assert session.run(tf.constant(2.0) + 1.0) == 3.0
    session.close()


def test_heavy_branches_in_parallel_agree_with_one_thread():
    generator = np.random.RandomState(0)
    a = tf.constant(generator.rand(300, 300).astype(np.float32))
    chains = []
    for seed in range(4):
        chain = a + float(seed)
        for _ in range(3):
            chain = tf.matmul(chain, a) / 150.0
        chains.append(tf.reduce_sum(chain))
    x = tf.placeholder(tf.float32, [])
    result = tf.stack(chains) * x
    values = []
    for threads in (1, 2, 4):
        with tf.Session(config=tf.ConfigProto(inter_op_parallelism_threads=threads)) as session:
            values += [session.run(result, {x: 2.0}) for _ in range(6)]
    for value in values[1:]:
        np.testing.assert_array_equal(value, values[0])


def test_the_first_error_names_its_node_and_the_session_goes_on():
    x = tf.placeholder(tf.int32, [2], name="x")
    bad = tf.gather([1.0, 2.0, 3.0], x, name="pick")
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            session.run(bad, {x: [0, 7]})
        assert "pick" in str(caught.value)
        assert "test_sessions.py" in str(caught.value)
        assert caught.value.op is bad.op
        np.testing.assert_array_equal(session.run(bad, {x: [2, 0]}), [3.0, 1.0])


def test_steps_on_overlapping_variables_lose_no_update_and_wait_for_nobody_in_a_circle():
    variables = [tf.Variable(np.zeros(3, np.float32)) for _ in range(12)]

    def step(rate, chosen):
        pairs = [(tf.fill([3], float(index + 1)), variables[index]) for index in chosen]
        return tf.train.GradientDescentOptimizer(rate).apply_gradients(pairs)

    steps = [step(0.5, range(12)), step(0.25, range(11, 3, -1)), step(2.0, [7, 2, 9, 0])]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for each in steps:
            for _ in range(5):
                session.run(each)

        torn = []

        def run(number):
            for _ in range(60):
                session.run(steps[number % 3])
                torn.extend(v for v in session.run(variables) if not (v == v[0]).all())

        workers = [threading.Thread(target=run, args=(number,)) for number in range(6)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(timeout=60)
            assert not worker.is_alive()
        assert torn == []
        for index, value in enumerate(session.run(variables)):
            rate = 0.5 + 0.25 * (index > 3) + 2.0 * (index in (7, 2, 9, 0))
            np.testing.assert_array_equal(value, np.full(3, -125 * rate * (index + 1)))
