"""What tracing costs: nothing when it is off, little for each step when it is on."""

from __future__ import annotations

import inspect
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.profiler.recording import Recording
from graphflow.runtime.trace import Trace

FULL = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)


def chain(length: int) -> tuple[Any, Any]:
    x = tf.placeholder(tf.float32, [10], name="x")
    y = x
    for _ in range(length):
        y = tf.sin(y)
    return x, y


def micros(call: Callable[[], Any], calls: int = 300, rounds: int = 15) -> float:
    """The time that a call takes, in CPU microseconds: the least median of several rounds."""
    times = []
    for _ in range(rounds):
        spans = []
        for _ in range(calls):
            start = time.thread_time_ns()
            call()
            spans.append(time.thread_time_ns() - start)
        times.append(statistics.median(spans))
    return min(times) / 1000


def test_the_function_of_an_untraced_run_has_no_clock():
    x, y = chain(3)
    config = tf.ConfigProto(inter_op_parallelism_threads=1)
    with tf.Session(config=config) as session:
        for _ in range(5):
            session.run(y, {x: np.ones(10)})
        (plan,) = session._plans.values()
        (variant,) = plan.variants.values()
        untraced = variant.line._function
        assert variant.line._traced is None
        session.run(y, {x: np.ones(10)}, options=FULL, run_metadata=tf.RunMetadata())
        assert variant.line._function is untraced
        traced = variant.line._traced.function
    assert "clock" not in inspect.signature(untraced).parameters
    assert not {"clock", "note"} & set(untraced.__code__.co_varnames)
    assert {"clock", "note"} <= set(traced.__code__.co_varnames)


@pytest.mark.bench
@pytest.mark.parametrize("length", [1, 200])
def test_runs_are_as_quick_after_traced_ones_as_before(length):
    x, y = chain(length)
    value = np.ones(10, np.float32)
    config = tf.ConfigProto(inter_op_parallelism_threads=1)
    with tf.Session(config=config) as session:
        before = micros(lambda: session.run(y, {x: value}))
        for _ in range(20):
            session.run(y, {x: value}, options=FULL, run_metadata=tf.RunMetadata())
        with Recording().on():
            session.run(y, {x: value})
        after = micros(lambda: session.run(y, {x: value}))
    print(f"{length} steps: {before:.2f} µs before, {after:.2f} µs after")
    assert after < 1.1 * before + 0.2


@pytest.mark.bench
def test_a_traced_step_costs_microseconds():
    x, y = chain(200)
    value = np.ones(10, np.float32)
    config = tf.ConfigProto(inter_op_parallelism_threads=1)
    with tf.Session(config=config) as session:
        session.run(y, {x: value})
        (plan,) = session._plans.values()
        off = micros(lambda: session._execute(plan, [value]))
        on = micros(lambda: session._execute(plan, [value], None, Trace()))
    print(f"200 steps: {off:.1f} µs untraced, {on:.1f} µs traced")
    assert (on - off) / 200 < 8
