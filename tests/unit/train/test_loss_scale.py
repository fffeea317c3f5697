"""Losses that are scaled; what steps do is compared with TensorFlow in tests/oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphflow as tf

experimental: Any = tf.train.experimental


def test_small_gradients_survive_in_16_bits() -> None:
    v = tf.Variable(1.0)
    loss = tf.cast(v, tf.float16) * 1e-4
    for _ in range(2):  # the gradient is 1e-8: less than the smallest number of 16 bits
        loss = loss * 1e-2
    plain = tf.train.GradientDescentOptimizer(1.0)
    scaled = experimental.MixedPrecisionLossScaleOptimizer(plain, 2.0**12)
    ((lost, _),), ((kept, _),) = plain.compute_gradients(loss), scaled.compute_gradients(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(lost) == 0
        np.testing.assert_allclose(session.run(kept), 1e-8, rtol=0.01)


def test_rows_are_scaled_back() -> None:
    v = tf.Variable([[8.0], [4.0], [2.0]])
    optimizer = experimental.MixedPrecisionLossScaleOptimizer(
        tf.train.MomentumOptimizer(0.5, 0.5), experimental.DynamicLossScale(4.0)
    )
    pairs = optimizer.compute_gradients(tf.reduce_sum(tf.gather(v, [2, 0, 2])))
    assert isinstance(pairs[0][0], tf.IndexedSlices)
    step = optimizer.apply_gradients(pairs)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run(v).ravel().tolist() == [7.5, 4, 1]
    assert optimizer.get_slot_names() == ["momentum"]
    names = [variable.name for variable in optimizer.variables()]
    assert names == ["Variable/Momentum:0", "current_loss_scale:0", "good_steps:0"]


def test_the_scale_never_becomes_infinite_or_less_than_one() -> None:
    scale = experimental.DynamicLossScale(2.0**126, increment_period=1, multiplier=4.0)
    gradient = tf.placeholder(tf.float32, [])
    update, _ = scale.update([gradient, None])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(update, {gradient: 1.0})
        assert session.run(scale()) == 2.0**126
        for _ in range(70):
            session.run(update, {gradient: np.nan})
        assert session.run(scale()) == 1


def test_what_a_scale_tells_of_itself() -> None:
    fixed, dynamic = experimental.FixedLossScale(3), experimental.DynamicLossScale(4, 5, 6)
    assert repr(fixed) == "FixedLossScale(3.0)"
    assert repr(dynamic) == (
        "DynamicLossScale(initial_loss_scale=4.0, increment_period=5, multiplier=6.0)"
    )
    assert (dynamic.initial_loss_scale, dynamic.increment_period, dynamic.multiplier) == (4, 5, 6)
    for scale in (fixed, dynamic):
        again = type(scale).from_config(scale.get_config())
        assert again.get_config() == scale.get_config()
    assert fixed.update([])[1] is True


def test_a_rewrite_scales_the_loss() -> None:
    optimizer = experimental.enable_mixed_precision_graph_rewrite(tf.train.AdamOptimizer())
    assert isinstance(optimizer, experimental.MixedPrecisionLossScaleOptimizer)
    assert optimizer.get_name() == "Adam"
    with pytest.raises(ValueError, match="scaled already"):
        experimental.enable_mixed_precision_graph_rewrite(optimizer)
    experimental.disable_mixed_precision_graph_rewrite()


@pytest.mark.parametrize("value", [0.5, "8", None])
def test_scales_that_are_none(value: Any) -> None:
    with pytest.raises(ValueError, match="number of at least 1"):
        experimental.FixedLossScale(value)
    with pytest.raises(ValueError, match="loss_scale"):
        experimental.MixedPrecisionLossScaleOptimizer(tf.train.AdamOptimizer(), value)


def test_optimizers_that_are_none() -> None:
    with pytest.raises(ValueError, match=r"opt must be a tf\.train\.Optimizer, not 3"):
        experimental.MixedPrecisionLossScaleOptimizer(3, "dynamic")


def test_a_scale_of_its_own() -> None:
    class Halving(experimental.LossScale):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.value = self._add_weight("value", 16.0)

        def __call__(self) -> Any:
            return tf.convert_to_tensor(self.value)

        def update(self, grads: Any) -> Any:
            return self.value.assign(self.value / 2.0).op, True

        def get_config(self) -> dict[str, Any]:
            return {}

    v, scale = tf.Variable(8.0), Halving()
    optimizer = experimental.MixedPrecisionLossScaleOptimizer(
        tf.train.GradientDescentOptimizer(0.5), scale
    )
    step = optimizer.minimize(v)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run([v, scale()]) == [7.5, 8.0]
