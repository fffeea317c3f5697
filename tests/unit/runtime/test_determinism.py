"""The number of threads changes no bit, and programs can ask for the same bits in every run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.core.jit import is_enabled, obey_environment
from graphflow.ops.kernels import products

_STEPS = 10


def _train(threads: int, fuse: bool) -> list[np.ndarray]:
    """Train a net with convolutions, sums and large products; return its variables."""
    random = np.random.RandomState(2)
    with tf.Graph().as_default() as graph:
        pixels = tf.placeholder(tf.float32, [None, 12, 12, 3])

        def weights(*shape: int) -> Any:
            return tf.Variable(0.1 * random.normal(size=shape).astype(np.float32))

        hidden = tf.nn.conv2d(pixels, weights(3, 3, 3, 8), [1, 1, 1, 1], "SAME")
        hidden = tf.nn.relu(hidden + weights(8))
        hidden = tf.reshape(tf.nn.max_pool(hidden, [1, 2, 2, 1], [1, 2, 2, 1], "SAME"), [-1, 288])
        mean, spread = tf.nn.moments(hidden, [0])
        hidden = tf.tanh((hidden - mean) * tf.rsqrt(spread + 0.01))
        loss = tf.reduce_mean(tf.square(tf.matmul(hidden, weights(288, 40))))
        step = tf.train.AdamOptimizer(0.01).minimize(loss)
        variables = tf.trainable_variables()
    feed = {pixels: random.uniform(size=(33, 12, 12, 3))}
    config = tf.ConfigProto(inter_op_parallelism_threads=threads)
    with tf.Session(graph=graph, config=config) as session:
        session.run(tf.variables_initializer(graph.get_collection("variables")))
        for number in range(_STEPS):
            session.run(step, feed)
            if fuse and number == 4:
                (plan,) = (plan for plan in session._plans.values() if plan.feeds)
                (variant,) = plan.variants.values()
                variant._fuse(plan)
        return session.run(variables)


@pytest.mark.parametrize("fuse", [False, True])
def test_any_number_of_threads_gives_the_same_bits(
    fuse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "_CHUNK", 1 << 14)
    monkeypatch.setattr("graphflow.runtime.schedule.HEAVY_NS", 1)
    # Machine code that comes when it is ready must not come between.
    monkeypatch.setattr("graphflow.ops.kernels.tile_kernel._WORTH_IT", 1e9)
    monkeypatch.setattr("graphflow.ops.kernels.compiled._WORTH_IT", 1e9)
    monkeypatch.setattr("graphflow.ops.kernels.tile_kernel.has_kept", lambda template: False)
    monkeypatch.setattr("graphflow.runtime.variant.WORTH_COMPILING_NS", 1e18)
    expected = _train(1, fuse)
    assert all(np.isfinite(values).all() for values in expected)
    for threads in (1, 2, 3, 5):
        for values, others in zip(_train(threads, fuse), expected, strict=True):
            np.testing.assert_array_equal(values, others)


def test_programs_ask_for_it_as_in_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPHFLOW_JIT", raising=False)
    obey_environment()
    monkeypatch.setenv("TF_DETERMINISTIC_OPS", "0")
    tf.Session().close()
    assert is_enabled()
    monkeypatch.setenv("TF_DETERMINISTIC_OPS", "1")
    tf.Session().close()
    assert not is_enabled()
