"""Plans on several threads, and plans for variables whose shape changes."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import graphflow as tf
from graphflow.compiler.compile import compile_plan
from graphflow.runtime import executor
from graphflow.runtime.cancellation import Cancellation
from graphflow.runtime.executor import Run
from graphflow.runtime.resources import ResourceManager
from graphflow.runtime.threads import ThreadPool


@pytest.fixture
def pool():
    pool = ThreadPool(3)
    yield pool
    pool.close()


def run_in_parallel(plan, feeds, pool, heavy):
    run = Run(plan, feeds, ResourceManager(), pool, Cancellation(), 0)
    run.variant.is_parallel = True
    run.variant.costs = [executor.HEAVY_NS if step.op.type in heavy else 0 for step in plan.steps]
    return run.execute()


def test_heavy_steps_behind_cheap_ones_run_at_the_same_time(pool, monkeypatch):
    x = tf.placeholder(tf.float32, [2])
    y = tf.exp(-x) + tf.exp(tf.square(x))
    plan = compile_plan([y], [], [x], [])
    both = threading.Barrier(2)
    exp = type(tf.exp(x).op.op)
    kernel = exp.kernel

    def meet(self, *inputs, **options):
        both.wait(10.0)  # fails unless another thread is in the other one
        return kernel(self, *inputs, **options)

    monkeypatch.setattr(exp, "kernel", meet)
    values = np.asarray([1.0, 0.5], np.float32)
    (result,) = run_in_parallel(plan, [values], pool, {"Exp"})
    np.testing.assert_allclose(result, np.exp(-values) + np.exp(values**2), rtol=1e-6)


def test_many_parallel_runs_end(pool):
    x = tf.placeholder(tf.float32, [2])
    plan = compile_plan([tf.add_n([tf.exp(x * float(i)) for i in range(8)])], [], [x], [])
    values = np.asarray([0.5, -0.25], np.float32)
    wanted = sum(np.exp(values * i) for i in range(8))
    for _ in range(300):
        (result,) = run_in_parallel(plan, [values], pool, {"Exp", "Mul", "AddN"})
        np.testing.assert_allclose(result, wanted, rtol=1e-5)


def test_the_first_error_in_the_order_of_the_plan_is_raised(pool):
    x = tf.placeholder(tf.int32, [1])
    bad = [tf.gather(tf.constant([1.0, 2.0]), x + i, name=f"bad_{i}") for i in (5, 6, 7)]
    plan = compile_plan(bad, [], [x], [])
    for _ in range(30):
        with pytest.raises(tf.errors.InvalidArgumentError, match="bad_"):
            run_in_parallel(plan, [np.zeros(1, np.int32)], pool, {"GatherV2", "AddV2"})


def test_shapes_follow_a_variable_that_changes_its_shape():
    v = tf.Variable([1.0, 2.0], validate_shape=False)
    new = tf.placeholder(tf.float32, None)
    assign = tf.assign(v, new, validate_shape=False)
    fetches = [tf.shape(v), tf.size(v), tf.zeros_like(v)]
    with tf.Session() as session:
        session.run(v.initializer)
        assert [np.asarray(a).tolist() for a in session.run(fetches)] == [[2], 2, [0, 0]]
        session.run(assign, {new: [1.0, 2.0, 3.0]})
        assert [np.asarray(a).tolist() for a in session.run(fetches)] == [[3], 3, [0, 0, 0]]
