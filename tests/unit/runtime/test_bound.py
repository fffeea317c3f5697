"""Plans find the cells of their variables once; what is done to the session's state must show."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import graphflow as tf
from graphflow.compiler.compile import compile_plan
from graphflow.runtime.bound import bound_to
from graphflow.runtime.resources import ResourceManager


def _adam_step():
    v = tf.Variable([1.0, 2.0, 4.0])
    step = tf.train.AdamOptimizer(0.1).minimize(tf.reduce_sum(v * v))
    return v, step


def test_values_that_are_only_overwritten_are_not_read():
    v, step = _adam_step()
    plan = compile_plan((), (step,), ())
    read = {source.tensor.op.name for source in plan.variables if source.is_read}
    written = {source.tensor.op.name for source in plan.variables if not source.is_read}
    assert read == {v.op.name, "beta1_power", "beta2_power"}
    assert written == {f"{v.op.name}/Adam", f"{v.op.name}/Adam_1"}


@pytest.mark.parametrize("runs_before", [0, 5])
def test_an_overwritten_variable_must_be_initialized_before_anything_changes(runs_before):
    v, step = _adam_step()
    slot = tf.global_variables()[-1]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(runs_before):
            session.run(step)
        before = session.run(tf.global_variables())
        session._resources.cell(slot.op).clear()
        with pytest.raises(tf.errors.FailedPreconditionError, match=slot.op.name):
            session.run(step)
        others = [var for var in tf.global_variables() if var is not slot]
        after = session.run(others)
        for found, expected in zip(after, before[:-1], strict=True):
            np.testing.assert_array_equal(found, expected)
        assert session.run(v).shape == (3,)


def test_a_reset_of_containers_shows_in_plans_that_ran_before():
    server = tf.train.Server.create_local_server()
    v = tf.Variable([3.0, 5.0])
    add = tf.assign_add(v, [1.0, 2.0])
    for _ in range(2):
        session = tf.Session(server.target)
        session.run(v.initializer)
        for _ in range(6):
            session.run(add)
        assert session.run(v).tolist() == [9, 17]
        tf.Session.reset(server.target)
        with pytest.raises(tf.errors.OpError):
            session.run(add)


def test_sessions_of_one_graph_and_their_bodies_keep_states_apart():
    v = tf.Variable(1.0)

    def body(i):
        with tf.control_dependencies([tf.assign(v, v * 3.0)]):
            return i + 1

    loop = tf.while_loop(lambda i: i < 4, body, [0])
    first, second = tf.Session(), tf.Session()
    for session, start in ((first, 1.0), (second, 2.0)):
        session.run(v.initializer)
        session.run(tf.assign(v, start))
    for _ in range(3):
        first.run(loop)
    second.run(loop)
    assert (first.run(v), second.run(v)) == (3.0**12, 2 * 3.0**4)


def test_a_plan_keeps_no_session():
    v = tf.Variable([1.0, 2.0])
    plan = compile_plan((v.value(),), (), ())
    resources = ResourceManager()
    bound = bound_to(plan, resources)
    assert bound_to(plan, resources) is bound
    reference = weakref.ref(resources)
    del resources
    gc.collect()
    assert reference() is None
    assert len(plan.sessions) == 0
