"""Batch normalization: values, moving averages, and when they are updated."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

batch_norm = tf.contrib.layers.batch_norm
UPDATE_OPS = tf.GraphKeys.UPDATE_OPS


def started():
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return sess


def normalized(x, axes, epsilon=0.001):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + epsilon)


def values(*shape):
    return np.random.RandomState(5).normal(2, 3, shape).astype(np.float32)


SHAPES = [(6, 3), (4, 2, 5, 3), (4, 5, 3), (2, 3, 2, 2, 3)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("fused", [None, False])
def test_values_in_training_and_outside(shape, fused):
    x = values(*shape)
    axes = tuple(range(len(shape) - 1))
    is_training = tf.placeholder(tf.bool, [])
    y = batch_norm(
        tf.constant(x), decay=0.75, scale=True, is_training=is_training, fused=fused,
        param_initializers={"beta": tf.constant_initializer(0.5)},
    )  # fmt: skip
    count = x.size // 3
    unbiased = count / (count - 1) if fused is None and len(shape) in (2, 4) else 1
    with started() as sess:
        found, _ = sess.run([y, tf.get_collection(UPDATE_OPS)], {is_training: True})
        np.testing.assert_allclose(found, normalized(x, axes) + 0.5, atol=1e-5)
        mean, variance = sess.run(["BatchNorm/moving_mean:0", "BatchNorm/moving_variance:0"])
        np.testing.assert_allclose(mean, 0.25 * x.mean(axes), rtol=1e-5)
        np.testing.assert_allclose(variance, 0.75 + 0.25 * unbiased * x.var(axes), rtol=1e-5)
        outside, _ = sess.run([y, tf.get_collection(UPDATE_OPS)], {is_training: False})
        np.testing.assert_allclose(outside, (x - mean) / np.sqrt(variance + 0.001) + 0.5, rtol=1e-4)
        np.testing.assert_array_equal(sess.run("BatchNorm/moving_mean:0"), mean)


def test_names_and_collections():
    y = batch_norm(
        tf.constant(values(4, 2, 2, 3)), scale=True, activation_fn=tf.nn.relu,
        variables_collections={"moving_mean": ["mm"]}, outputs_collections="ends",
    )  # fmt: skip
    names = ["BatchNorm/gamma", "BatchNorm/beta", "BatchNorm/moving_mean"]
    assert [v.op.name for v in tf.model_variables()] == [*names, "BatchNorm/moving_variance"]
    assert [v.op.name for v in tf.trainable_variables()] == names[:2]
    assert [v.op.name for v in tf.get_collection("mm")] == names[2:]
    assert [op.name for op in tf.get_collection(UPDATE_OPS)] == [
        "BatchNorm/AssignMovingAvg",
        "BatchNorm/AssignMovingAvg_1",
    ]
    assert y.op.name == "BatchNorm/Relu"
    assert tf.get_collection("ends") == [y]


def test_updates_can_be_part_of_the_output():
    x = values(6, 3)
    y = batch_norm(tf.constant(x), decay=0.5, updates_collections=None)
    assert tf.get_collection(UPDATE_OPS) == []
    with started() as sess:
        np.testing.assert_allclose(sess.run(y), normalized(x, 0), atol=1e-5)
        mean = sess.run("BatchNorm/moving_mean:0")
        np.testing.assert_allclose(mean, x.mean(0) / 2, rtol=1e-5)


def test_updates_that_depend_on_a_tensor():
    x = values(6, 3)
    is_training = tf.placeholder_with_default(False, [])
    y = batch_norm(tf.constant(x), decay=0.5, updates_collections=None, is_training=is_training)
    with started() as sess:
        np.testing.assert_allclose(sess.run(y), x / np.sqrt(1.001), rtol=1e-5)
        assert sess.run("BatchNorm/moving_mean:0").tolist() == [0, 0, 0]
        np.testing.assert_allclose(sess.run(y, {is_training: True}), normalized(x, 0), atol=1e-5)
        mean = sess.run("BatchNorm/moving_mean:0")
        np.testing.assert_allclose(mean, x.mean(0) / 2, rtol=1e-5)


def test_own_collections_of_updates():
    batch_norm(tf.constant(values(6, 3)), updates_collections="mine")
    assert len(tf.get_collection("mine")) == 2
    assert tf.get_collection(UPDATE_OPS) == []


def test_no_updates_outside_training():
    batch_norm(tf.constant(values(6, 3)), is_training=False)
    assert tf.get_collection(UPDATE_OPS) == []


@pytest.mark.parametrize("fused", [None, False])
def test_channels_first(fused):
    x = values(4, 3, 2, 5)
    y = batch_norm(tf.constant(x), data_format="NCHW", fused=fused, scale=True)
    with started() as sess:
        np.testing.assert_allclose(sess.run(y), normalized(x, (0, 2, 3)), atol=1e-5)


def test_examples_with_weights():
    x = values(4, 5, 3)
    weights = np.array([2, 0, 1, 1], np.float32)
    y = batch_norm(tf.constant(x), batch_weights=weights)
    counted = np.repeat(x, weights.astype(int), axis=0)
    wanted = (x - counted.mean((0, 1))) / np.sqrt(counted.var((0, 1)) + 0.001)
    with started() as sess:
        np.testing.assert_allclose(sess.run(y), wanted, atol=1e-5)


def test_a_mean_that_is_debiased():
    x = tf.placeholder(tf.float32, [2, 1])
    batch_norm(x, decay=0.75, zero_debias_moving_mean=True)
    updates = tf.get_collection(UPDATE_OPS)
    with started() as sess:
        sess.run(updates, {x: [[1], [3]]})
        np.testing.assert_allclose(sess.run("BatchNorm/moving_mean:0"), [2], rtol=1e-6)
        sess.run(updates, {x: [[5], [7]]})
        biased = 0.75 * 0.5 + 0.25 * 6
        assert sess.run("BatchNorm/BatchNorm/moving_mean/biased:0") == biased
        mean = sess.run("BatchNorm/moving_mean:0")
        np.testing.assert_allclose(mean, [biased / (1 - 0.75**2)], rtol=1e-6)


def test_double_precision_and_partitions():
    x = values(6, 4).astype(np.float64)
    with tf.variable_scope("net", partitioner=tf.fixed_size_partitioner(2)):
        y = batch_norm(tf.constant(x), scale=True)
    with started() as sess:
        np.testing.assert_allclose(sess.run(y), normalized(x, 0), atol=1e-12)
    assert [v.op.name for v in tf.global_variables()][-3:] == [
        "net/BatchNorm/beta/part_1",
        "net/BatchNorm/moving_mean",
        "net/BatchNorm/moving_variance",
    ]


def test_renormalization_and_adjustments():
    x = values(6, 3)
    batch_norm(tf.constant(x), renorm=True, renorm_clipping={"rmax": 2.0, "rmin": 0.5}, scope="r")
    names = [v.op.name for v in tf.global_variables()]
    assert "r/renorm_mean" in names
    assert set(tf.model_variables()) == set(tf.global_variables())
    adjusted = batch_norm(tf.constant(x), adjustment=lambda _: (2.0, 0.5), scope="a")
    with started() as sess:
        np.testing.assert_allclose(sess.run(adjusted), 2 * normalized(x, 0) + 0.5, atol=1e-4)


def test_shared_variables_and_regularizers():
    x = tf.constant(values(6, 3))
    square = {"gamma": tf.contrib.layers.l2_regularizer(2.0)}
    batch_norm(x, scale=True, scope="bn", param_regularizers=square)
    batch_norm(x, scale=True, scope="bn", param_regularizers=square, reuse=True)
    assert len(tf.global_variables()) == 4
    (loss,) = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    with started() as sess:
        assert sess.run(loss) == 3


def test_gradients_agree_with_finite_differences():
    start = values(4, 3)
    x = tf.Variable(start, dtype=tf.float64)
    is_training = tf.placeholder_with_default(True, [])
    y = batch_norm(x, scale=True, is_training=is_training)
    loss = tf.reduce_sum(y * start[::-1])
    single = tf.constant(start)
    fused = batch_norm(single, scale=True, is_training=is_training)
    with started() as sess, sess.as_default():
        assert tf.test.compute_gradient_error(x, [4, 3], loss, [], delta=1e-4) < 1e-5
        wanted = sess.run(tf.gradients(loss, x)[0])
        found = sess.run(tf.gradients(tf.reduce_sum(fused * start[::-1]), single)[0])
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_what_is_refused():
    x = tf.constant(values(6, 3))
    with pytest.raises(ValueError, match="do not go with"):
        batch_norm(x, renorm=True, updates_collections=None)
    with pytest.raises(ValueError, match="do not go with"):
        batch_norm(x, adjustment=lambda shape: (1.0, 0.0), batch_weights=[1.0] * 6)
    with pytest.raises(ValueError, match="NHWC or NCHW"):
        batch_norm(x, data_format="CHWN")
    with pytest.raises(ValueError, match="rank of the inputs"):
        batch_norm(tf.placeholder(tf.float32))
    with pytest.raises(ValueError, match="number of channels"):
        batch_norm(tf.placeholder(tf.float32, [3, None]))
