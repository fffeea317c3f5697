"""What a read of a variable sees, case by case: the table in docs/variables.md, under delays.

Every case runs many times with kernels that sleep for random moments on several threads, so that an
answer that depends on the schedule would show.
"""

from __future__ import annotations

import random
import threading
import time

import numpy as np
import pytest

import graphflow as tf

RUNS = 15


def delayed(tensor, seed=0):
    """Return the tensor's value after a random moment."""
    generator = random.Random(seed)

    def wait(value):
        time.sleep(generator.random() * 0.003)
        return value

    result = tf.py_func(wait, [tensor], tensor.dtype.base_dtype)
    result.set_shape(tensor.shape)
    return result


@pytest.fixture(params=[1, 4], ids=["one thread", "four threads"])
def session_of(request):
    """Make sessions with one or several threads."""
    sessions = []

    def make():
        config = tf.ConfigProto(inter_op_parallelism_threads=request.param)
        session = tf.Session(config=config)
        sessions.append(session)
        return session

    yield make
    for session in sessions:
        session.close()


def check(session_of, variables, fetch, expected, after):
    """Run `fetch` on fresh variables again and again."""
    init = tf.global_variables_initializer()
    session = session_of()
    for _ in range(RUNS):
        session.run(init)
        np.testing.assert_array_equal(session.run(fetch), expected)
        np.testing.assert_array_equal(session.run(variables), after)


def test_a_read_sees_the_value_from_before_the_run(session_of):
    v = tf.Variable(1.0)
    write = tf.assign(v, delayed(tf.constant(5.0)))
    read = delayed(v + 0.0)
    with tf.control_dependencies([read]):
        done = tf.group(write)
    fetch = [read, v, done]
    init = tf.global_variables_initializer()
    session = session_of()
    for _ in range(RUNS):
        session.run(init)
        assert session.run(fetch) == [1.0, 5.0, None]
        assert session.run(v) == 5.0


@pytest.mark.parametrize("use_resource", [False, True])
def test_fetching_a_reference_gives_the_value_at_the_end_of_the_run(session_of, use_resource):
    v = tf.get_variable("v", initializer=1.0, use_resource=use_resource)
    first = delayed(tf.assign(v, delayed(tf.constant(5.0), 1)), 2)
    second = tf.assign_add(v, delayed(tf.constant(2.0), 3))
    seen = [1, 1] if use_resource else [7, 7]
    check(session_of, v, [first, second, v, v.value(), v + 0.0], [5, 7, *seen, 1], after=7)


def test_a_read_behind_a_control_edge_sees_the_write(session_of):
    v = tf.Variable(1.0)
    with tf.control_dependencies([tf.assign(v, delayed(tf.constant(5.0)))]):
        inside = v + 10.0
        identity = tf.identity(v)
        explicit = v.read_value()
    check(session_of, [v], [inside, identity, explicit], [15.0, 5.0, 5.0], [5.0])


def test_a_value_computed_before_stays_the_old_one(session_of):
    v = tf.Variable(1.0)
    old = tf.identity(v) * 2.0
    with tf.control_dependencies([tf.assign(v, delayed(tf.constant(5.0)))]):
        both = tf.stack([old, v + 0.0])
    check(session_of, [v], both, [2.0, 5.0], [5.0])


def test_the_result_of_an_assignment_is_the_value_right_after_it(session_of):
    v = tf.Variable(1.0)
    first = tf.assign(v, 2.0)
    second = tf.assign_add(v, 10.0)
    check(session_of, [v], [first, second], [2.0, 12.0], [12.0])


def test_unordered_writes_happen_in_order_of_creation(session_of):
    v = tf.Variable(1.0)
    add = tf.assign_add(v, delayed(tf.constant(2.0), 1))
    double = tf.assign(v, delayed(tf.constant(7.0), 2))
    last = tf.assign_sub(v, delayed(tf.constant(3.0), 3))
    check(session_of, [v], [add, double, last], [3.0, 7.0, 4.0], [4.0])


def test_a_chain_of_assignments(session_of):
    v = tf.Variable(1.0)
    chain = tf.assign_add(tf.assign_add(v, 1.0), 1.0)
    check(session_of, [v], chain, 3.0, [3.0])


def test_two_variables_swap_their_values(session_of):
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    swap = tf.group(tf.assign(a, delayed(b + 0.0)), tf.assign(b, delayed(a + 0.0)))
    init = tf.global_variables_initializer()
    session = session_of()
    session.run(init)
    for turn in range(RUNS):
        session.run(swap)
        assert session.run([a, b]) == ([2.0, 1.0] if turn % 2 == 0 else [1.0, 2.0])


def test_reads_that_cross_writes_see_the_values_from_before(session_of):
    # Each read comes behind the other variable's write: no schedule without snapshots serves both.
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    write_a, write_b = tf.assign(a, 10.0), tf.assign(b, 20.0)
    with tf.control_dependencies([write_b]):
        read_a = a + 0.0
    with tf.control_dependencies([write_a]):
        read_b = b + 0.0
    check(session_of, [a, b], [read_a, read_b], [1.0, 2.0], [10.0, 20.0])


def test_an_optimizer_steps_with_one_consistent_set_of_weights(session_of):
    w = tf.Variable([3.0, -2.0])
    loss = tf.reduce_sum(tf.square(delayed(w + 0.0)))
    step = tf.train.GradientDescentOptimizer(0.25).minimize(tf.reduce_sum(w * w))
    session = session_of()
    session.run(tf.global_variables_initializer())
    value = np.array([3.0, -2.0])
    for _ in range(5):
        got, _ = session.run([loss, step])
        assert got == pytest.approx(np.sum(value**2))
        value = value / 2


def test_a_resource_variable_follows_the_same_rules(session_of):
    v = tf.Variable(1.0, use_resource=True)
    before = delayed(v + 0.0)
    write = v.assign(delayed(tf.constant(5.0)), read_value=False)
    with tf.control_dependencies([write]):
        after = v + 10.0
    check(session_of, [v], [before, after], [1.0, 15.0], [5.0])


def test_a_branch_that_writes_is_one_write(session_of):
    v = tf.Variable(1.0)
    branch = tf.cond(
        delayed(v, 1) > 0.0,
        lambda: tf.assign_add(v, delayed(tf.constant(10.0), 2)),
        lambda: v + 0.0,
    )
    later = tf.assign_add(v, delayed(tf.constant(100.0), 3))
    with tf.control_dependencies([branch]):
        after_branch = v * 1.0
    with tf.control_dependencies([later]):
        after_both = v * 1.0
    before = delayed(v * 1.0, 4)
    fetch = [before, branch, after_branch, later, after_both]
    check(session_of, v, fetch, [1, 11, 11, 111, 111], after=111)


@pytest.mark.parametrize("use_resource", [False, True])
def test_a_loop_that_writes_is_one_write(session_of, use_resource):
    v = tf.get_variable("v", initializer=1.0, use_resource=use_resource)

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, delayed(tf.constant(1.0), 1))]):
            seen = v.read_value()
            with tf.control_dependencies([seen]):
                return i + tf.cast(seen, tf.int32)

    loop = tf.while_loop(lambda i: i < 9, body, [0])  # i = 2, 5, 9
    with tf.control_dependencies([loop]):
        after = v.read_value()
        double = tf.assign(v, after * 2.0)
    fetch = [delayed(v.read_value(), 2), loop, after, double]
    check(session_of, v, fetch, [1, 9, 4, 8], after=8)


@pytest.mark.parametrize("use_resource", [False, True])
def test_iterations_see_what_they_and_earlier_ones_have_written(session_of, use_resource):
    v = tf.Variable(2, use_resource=use_resource)

    def body(i, total):
        before = v + 0
        with tf.control_dependencies([v.assign_add(i)]):
            return i + 1, total + 10 * before + (v + 0)

    loop = tf.while_loop(lambda i, total: v < 8, body, [1, 0])  # v = 2, 3, 5, 8
    after = tf.group(*loop)
    with tf.control_dependencies([after]):
        last = v + 0
    with session_of() as session:
        session.run(v.initializer)
        assert session.run([*loop, last]) == [4, 10 * (2 + 3 + 5) + 3 + 5 + 8, 8]


@pytest.mark.parametrize("use_resource", [False, True])
def test_a_branch_of_an_iteration_sees_what_the_iteration_has_written(session_of, use_resource):
    v = tf.Variable(2, use_resource=use_resource)

    def body(i, total):
        with tf.control_dependencies([v.assign(v * 3)]):
            part = tf.cond(i > 0, lambda: v + 1, lambda: v + 2)
        return i + 1, total + part

    loop = tf.while_loop(lambda i, total: i < 3, body, [0, 0])  # v = 6, 18, 54
    with session_of() as session:
        session.run(v.initializer)
        assert session.run(loop) == (3, 8 + 19 + 55)


def test_concurrent_runs_lose_no_update_and_see_no_half_written_value():
    size = 20_000
    v = tf.Variable(tf.zeros([size]))
    add = tf.assign_add(v, tf.ones([size]))
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    problems = []

    def write():
        for _ in range(100):
            session.run(add.op)

    def read():
        for _ in range(200):
            value = session.run(v)
            if value.min() != value.max():
                problems.append(value)

    threads = [threading.Thread(target=target) for target in (write, write, write, read, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    np.testing.assert_array_equal(session.run(v), np.full(size, 300.0))
    session.close()


def test_a_fetched_array_is_the_callers_own():
    v = tf.Variable([1.0, 2.0, 3.0])
    same = tf.identity(v)
    fed = tf.placeholder(tf.float32, [2])
    array = np.array([1.0, 2.0], np.float32)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first, second, third, echoed = session.run([v, same, v, fed], {fed: array})
        first[:] = 0
        second[0] = 7
        echoed[:] = 0
        np.testing.assert_array_equal(third, [1.0, 2.0, 3.0])
        np.testing.assert_array_equal(session.run(v), [1.0, 2.0, 3.0])
        np.testing.assert_array_equal(array, [1.0, 2.0])
        kept = session.run(v)
        session.run(tf.assign_add(v, [1.0, 1.0, 1.0]))
        np.testing.assert_array_equal(kept, [1.0, 2.0, 3.0])


def test_a_failed_write_leaves_the_variable_as_it_was():
    v = tf.Variable([1.0, 2.0, 3.0])
    indices = tf.placeholder(tf.int32, [None])
    update = tf.scatter_update(v, indices, 9.0 * tf.ones_like(tf.cast(indices, tf.float32)))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(update, {indices: [0, 3]})
        np.testing.assert_array_equal(session.run(v), [1.0, 2.0, 3.0])


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("make", [
    lambda: tf.train.GradientDescentOptimizer(0.5), lambda: tf.train.MomentumOptimizer(0.5, 0.0),
    lambda: tf.train.FtrlOptimizer(0.5), lambda: tf.train.AdamOptimizer(0.5),
], ids=["sgd", "momentum", "ftrl", "adam"])  # fmt: skip
def test_values_with_axes_in_another_order_are_trained(make, use_resource: bool):
    """Orthogonal matrices, for one, come from a transposed array."""
    fed = tf.placeholder(tf.float32, [3, 2])
    plain = tf.get_variable(
        "plain", initializer=[[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]], use_resource=use_resource
    )
    turned = tf.get_variable("turned", initializer=tf.transpose(fed), use_resource=use_resource)
    loss = tf.add_n([tf.reduce_sum(tf.square(v) * [1.0, 2.0, 3.0]) for v in (plain, turned)])
    train = make().minimize(loss)
    value = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer(), {fed: value})
        for _ in range(3):
            session.run(train)
        first, second = session.run([plain, turned])
    np.testing.assert_array_equal(first, second)
    assert (np.abs(first - value.T) > 0.5).all()
