"""tf.contrib.opt: optimizers around other ones; each expected value is worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf


def _session() -> tf.Session:
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session


def _descent(rate: float = 0.5) -> Any:
    return tf.train.GradientDescentOptimizer(rate)


# -- averages --------------------------------------------------------------------------------------


def test_averages_of_two_steps() -> None:
    v = tf.Variable([1.0, 3.0], name="v")
    optimizer = tf.contrib.opt.MovingAverageOptimizer(_descent(), 0.75)
    step = optimizer.minimize(tf.reduce_sum(v * [2.0, -8.0]))
    session = _session()
    average = tf.global_variables()[-1]
    assert average.name == "v/ExponentialMovingAverage:0"
    session.run(step)  # v = [0, 7]
    np.testing.assert_allclose(session.run(average), [0.75, 4])
    session.run(step)  # v = [-1, 11]
    np.testing.assert_allclose(session.run(average), [0.3125, 5.75])


def test_averages_of_the_variables_before_the_step() -> None:
    v = tf.Variable([1.0, 3.0])
    optimizer = tf.contrib.opt.MovingAverageOptimizer(_descent(), 0.75, sequential_update=False)
    step = optimizer.minimize(tf.reduce_sum(v * [2.0, -8.0]))
    session = _session()
    session.run(step)
    average = session.run("Variable/ExponentialMovingAverage:0")
    # Within one run a read that does not wait for a write comes before it.
    np.testing.assert_allclose(average, [1, 3])


def test_averages_take_the_place_of_variables_in_checkpoints(tmp_path: Path) -> None:
    v = tf.Variable([1.0, 3.0], name="v")
    other = tf.Variable(5.0, name="other", trainable=False)
    optimizer = tf.contrib.opt.MovingAverageOptimizer(tf.train.MomentumOptimizer(0.5, 0.5), 0.75)
    step = optimizer.minimize(tf.reduce_sum(v * [2.0, -8.0]))
    session = _session()
    session.run(step)
    path = optimizer.swapping_saver(max_to_keep=2).save(session, str(tmp_path / "model"))
    saved = {name: tf.train.load_variable(path, name) for name, _ in tf.train.list_variables(path)}
    assert saved["v"].tolist() == [0.75, 4]
    assert saved["v/ExponentialMovingAverage"].tolist() == [0, 7]
    assert saved["v/Momentum"].tolist() == [2, -8]
    assert saved["other"] == 5
    tf.train.Saver([v, other]).restore(session, path)
    assert session.run(v).tolist() == [0.75, 4]
    optimizer.swapping_saver({"w": v}).save(session, str(tmp_path / "named"))
    assert tf.train.list_variables(str(tmp_path / "named")) == [("w", [2])]


def test_a_swapping_saver_needs_a_step() -> None:
    optimizer = tf.contrib.opt.MovingAverageOptimizer(_descent())
    with pytest.raises(RuntimeError, match="minimize or apply_gradients to be called before"):
        optimizer.swapping_saver()


# -- short variables -------------------------------------------------------------------------------


def test_rows_are_shortened() -> None:
    v = tf.Variable([[0.0, 1.0], [3.0, 4.0], [6.0, 8.0]])
    optimizer = tf.contrib.opt.VariableClippingOptimizer(_descent(1.0), {v: [1]}, 5.0)
    rows = tf.gather(v, [1, 0, 1])
    step = optimizer.minimize(tf.reduce_sum(rows * [[-3.0, 0.0], [-1.0, 0.0], [0.0, -4.0]]))
    session = _session()
    session.run(step)
    # Row 1 becomes [6, 8], of length 10; row 2 has no gradient and stays too long.
    np.testing.assert_allclose(session.run(v), [[1, 1], [3, 4], [6, 8]], rtol=1e-6)


@pytest.mark.parametrize("is_sparse", [False, True])
def test_columns_are_shortened(is_sparse: bool) -> None:
    v = tf.Variable([[3.0, 0.0], [4.0, 2.0]])
    optimizer = tf.contrib.opt.VariableClippingOptimizer(_descent(1.0), {v: [0]}, 5.0)
    loss = tf.reduce_sum((tf.gather(v, [0, 1]) if is_sparse else v) * [[-3.0, 0.0], [-4.0, 1.0]])
    step = optimizer.minimize(loss)
    session = _session()
    session.run(step)
    np.testing.assert_allclose(session.run(v), [[3, 0], [4, 1]], rtol=1e-6)


def test_other_variables_are_not_shortened() -> None:
    v, w = tf.Variable([30.0]), tf.Variable([40.0])
    momentum = tf.train.MomentumOptimizer(1.0, 0.5)
    optimizer = tf.contrib.opt.VariableClippingOptimizer(momentum, {v: [0]}, 10.0)
    global_step = tf.train.get_or_create_global_step()
    step = optimizer.minimize(tf.reduce_sum(v + w), global_step)
    session = _session()
    session.run(step)
    assert session.run([v, w, global_step]) == [10, 39, 1]
    assert optimizer.get_slot_names() == ["momentum"]
    assert session.run(optimizer.get_slot(w, "momentum")) == [1]
    with pytest.raises(TypeError, match=r"needs a tf\.train\.Optimizer, not 3"):
        tf.contrib.opt.VariableClippingOptimizer(3, {}, 1.0)


# -- zeros that leave no trace ---------------------------------------------------------------------


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("is_sparse", [False, True])
def test_zeros_leave_no_trace(is_sparse: bool, use_resource: bool) -> None:
    v = tf.Variable([[1.0], [2.0]], use_resource=use_resource)
    weight = tf.placeholder(tf.float32, [])
    momentum = tf.train.MomentumOptimizer(1.0, momentum=0.5)
    optimizer = tf.contrib.opt.MultitaskOptimizerWrapper(momentum)
    rows = tf.gather(v, [0, 1]) if is_sparse else v
    step = optimizer.minimize(tf.reduce_sum(rows * [[1.0], [2.0]]) * weight)
    session = _session()
    slot = optimizer.get_slot(v, "momentum")
    for value, expected, momenta in (
        (1.0, [0, 0], [1, 2]),
        (0.0, [0, 0], [1, 2]),
        (2.0, [-2.5, -5], [2.5, 5]),
    ):
        session.run(step, {weight: value})
        assert session.run(v).ravel().tolist() == expected
        assert session.run(slot).ravel().tolist() == momenta


def test_the_norm_of_several_gradients() -> None:
    v, w, u = tf.Variable([1.0, 2.0]), tf.Variable(1.0), tf.Variable(4.0)
    pairs = [(tf.constant([3.0, 0.0]), v), (None, u), (tf.constant(4.0), w)]
    clipped, norm = tf.contrib.opt.clip_gradients_by_global_norm(pairs, 2.5)
    assert [var for _, var in clipped] == [v, u, w]
    assert clipped[1][0] is None
    session = tf.Session()
    assert session.run(norm) == 5
    assert session.run([clipped[0][0], clipped[2][0]])[0].tolist() == [1.5, 0]


def test_only_optimizers_are_wrapped() -> None:
    with pytest.raises(TypeError, match=r"needs a tf\.train\.Optimizer"):
        tf.contrib.opt.MultitaskOptimizerWrapper("sgd")


# -- late gradients --------------------------------------------------------------------------------


def test_late_gradients_are_dropped() -> None:
    v = tf.Variable(8.0)
    global_step = tf.train.get_or_create_global_step()
    optimizer = tf.contrib.opt.DropStaleGradientOptimizer(_descent(), staleness=1)
    ahead = tf.placeholder(tf.int64, [])
    pairs = optimizer.compute_gradients(v * 2.0, [v])
    # As if other workers had made steps while the gradient was computed.
    with tf.control_dependencies([pairs[0][0]]):
        others = global_step.assign_add(ahead)
    with tf.control_dependencies([others]):
        late = [(tf.identity(pairs[0][0]), v)]
    step = optimizer.apply_gradients(late, global_step)
    session = _session()
    assert session.run(step, {ahead: 1}) == 0
    assert session.run([v, global_step]) == [7, 2]
    assert session.run(step, {ahead: 2}) == 1
    assert session.run([v, global_step]) == [7, 4]
    assert session.run(step, {ahead: 0}) == 1
    assert session.run([v, global_step]) == [6, 5]
    (summary,) = tf.get_collection(tf.GraphKeys.SUMMARIES)
    assert summary.op.type == "ScalarSummary"


def test_lateness_needs_a_global_step() -> None:
    v = tf.Variable(8.0)
    optimizer = tf.contrib.opt.DropStaleGradientOptimizer(_descent(), staleness=1)
    with pytest.raises(ValueError, match="there is no global step"):
        optimizer.minimize(v)
    tf.train.get_or_create_global_step()
    with pytest.raises(ValueError, match="give global_step"):
        optimizer.minimize(v)
