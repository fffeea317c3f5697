"""Arithmetic on large arrays: element-wise functions, matrix products, rows of a large table."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.program import Program, Setting, fetching, workload


@workload("an element-wise function of a million numbers and its gradient")
def elementwise_gradient(setting: Setting) -> Program:
    tf = setting.tf
    values = np.random.RandomState(3).uniform(-2, 2, 1_000_000)
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [1_000_000])
        y = tf.reduce_sum(tf.tanh(x) * tf.exp(-x * x) + 0.5 * x * tf.sigmoid(x))
        fetches = [y, tf.gradients(y, x)[0]]
    return fetching(setting, graph, fetches, {x: values})


@workload("five products of matrices of 1024 x 1024, with all gradients")
def matmul_chain(setting: Setting) -> Program:
    tf = setting.tf
    matrices = _matrices(5, 1024)
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [1024, 1024])
        weights = [tf.Variable(matrix) for matrix in matrices]
        y = x
        for matrix in weights:
            y = tf.matmul(y, matrix)
        loss = tf.reduce_sum(y)
        step = tf.group(*tf.gradients(loss, [x, *weights]))
        with tf.control_dependencies([step]):
            fetch = tf.identity(loss)
    return fetching(setting, graph, fetch, {x: np.abs(matrices[0])})


@workload("two chains of five products of matrices of 700 x 700, independent of each other")
def matmul_branches(setting: Setting) -> Program:
    tf = setting.tf
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [700, 700])
        ends = []
        for start in range(2):
            y = x
            for matrix in _matrices(5, 700, seed=start):
                y = tf.matmul(y, tf.Variable(matrix))
            ends.append(tf.reduce_sum(tf.abs(y)))
        total = ends[0] + ends[1]
    return fetching(setting, graph, total, {x: _matrices(1, 700, seed=7)[0]})


def _matrices(count: int, size: int, seed: int = 0) -> list[np.ndarray]:
    """Random matrices whose products stay as large as they are."""
    random = np.random.RandomState(seed)
    scale = np.sqrt(size)
    return [(random.randn(size, size) / scale).astype(np.float32) for _ in range(count)]


@workload("128 rows of a table of 50,000 x 128, sparse Adagrad: a training step")
def embedding_adagrad(setting: Setting) -> Program:
    tf = setting.tf
    random = np.random.RandomState(3)
    table = random.uniform(-0.5, 0.5, (50_000, 128)).astype(np.float32)
    batches = random.randint(0, 50_000, (20, 128)).astype(np.int32)
    targets = random.uniform(-0.5, 0.5, (128, 128)).astype(np.float32)
    with tf.Graph().as_default() as graph:
        ids = tf.placeholder(tf.int32, [128])
        rows = tf.nn.embedding_lookup(tf.Variable(table), ids)
        loss = tf.reduce_mean(tf.square(rows - targets))
        train_step = tf.train.AdagradOptimizer(0.5).minimize(loss)
    session = setting.session(graph)
    position = 0

    def step() -> None:
        nonlocal position
        position += 1
        session.run(train_step, {ids: batches[position % len(batches)]})

    def outcome() -> float:
        for batch in batches[:5]:
            session.run(train_step, {ids: batch})
        losses: list[Any] = [session.run(loss, {ids: batch}) for batch in batches]
        return float(np.sum(losses))

    return Program(step, outcome, close=session.close)
