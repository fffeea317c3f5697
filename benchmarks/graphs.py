"""The fixed cost of a run, of an operation and of an iteration, and the construction of graphs."""

from __future__ import annotations

import gc
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.networks import Mlp
from benchmarks.program import Program, Setting, fetching, workload

# --- the cost of a run and of an operation


@workload("session.run of the sum of two fed scalars")
def empty_run(setting: Setting) -> Program:
    tf = setting.tf
    with tf.Graph().as_default() as graph:
        a = tf.placeholder(tf.float32, [])
        b = tf.placeholder(tf.float32, [])
        total = a + b
    return fetching(setting, graph, total, {a: 3.0, b: 4.5})


@workload("chain of 1,000 operations on 10 numbers")
def chain_1000(setting: Setting) -> Program:
    tf = setting.tf
    with tf.Graph().as_default() as graph:
        x, shift, scale = (tf.placeholder(tf.float32, [10]) for _ in range(3))
        y = _chain(tf, x, shift, scale, 1000)
    feeds = {x: np.arange(10.0), shift: np.full(10, 0.01), scale: np.full(10, 0.99)}
    return fetching(setting, graph, y, feeds)


@workload("1,000 independent operations on 10 numbers, added up")
def fan_1000(setting: Setting) -> Program:
    tf = setting.tf
    values = np.random.RandomState(3).randn(1001, 10).astype(np.float32)
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [10])
        total = tf.add_n([tf.maximum(x, tf.constant(row)) for row in values[1:]])
    return fetching(setting, graph, total, {x: values[0]})


def _chain(tf: ModuleType, x: Any, shift: Any, scale: Any, operations: int) -> Any:
    for _ in range(operations // 2):
        x = tf.multiply(tf.add(x, shift), scale)
    return x


# --- loops


@workload("a while loop of 1,000 iterations: a matmul and an add of 10 numbers")
def loop_1000(setting: Setting) -> Program:
    return _looping(setting, has_gradient=False)


@workload("the same loop with its gradient")
def loop_1000_gradient(setting: Setting) -> Program:
    return _looping(setting, has_gradient=True)


def _looping(setting: Setting, has_gradient: bool) -> Program:
    tf = setting.tf
    matrix = 0.3 * np.random.RandomState(5).randn(10, 10)
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [1, 10])
        weights = tf.constant(matrix, tf.float32)
        _, y = tf.while_loop(
            lambda i, _: i < 1000, lambda i, y: (i + 1, tf.tanh(tf.matmul(y, weights)) + x), (0, x)
        )
        fetch = tf.gradients(y, x)[0] if has_gradient else y
    return fetching(setting, graph, fetch, {x: np.arange(10.0).reshape(1, 10) / 10})


# --- construction of graphs


@workload("building the five layers with gradients and Adam")
def build_mlp(setting: Setting) -> Program:
    tf = setting.tf

    def step() -> None:
        with tf.Graph().as_default():
            Mlp(tf)

    return Program(step, prepare=gc.collect)


@workload("building a chain of 1,000 operations with its gradient")
def build_chain_1000(setting: Setting) -> Program:
    return _building_a_chain(setting, 1000)


@workload("building a chain of 10,000 operations with its gradient")
def build_chain_10000(setting: Setting) -> Program:
    return _building_a_chain(setting, 10_000)


@workload("building a chain of 50,000 operations with its gradient")
def build_chain_50000(setting: Setting) -> Program:
    return _building_a_chain(setting, 50_000)


def _building_a_chain(setting: Setting, operations: int) -> Program:
    tf = setting.tf

    def step() -> None:
        with tf.Graph().as_default():
            x, shift, scale = (tf.placeholder(tf.float32, [10]) for _ in range(3))
            tf.gradients(_chain(tf, x, shift, scale, operations), [x])

    # The graph of the step before is garbage: to collect it is no part of building the next one.
    return Program(step, prepare=gc.collect)
