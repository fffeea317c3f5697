"""`tf.layers.batch_normalization`: moments, updates, the choice of the op, bad input."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

EPSILON = 1e-3


def expected(x, axes):
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + EPSILON)


@pytest.mark.parametrize("fused", [None, False])
@pytest.mark.parametrize("axis", [-1, 1, 3])
def test_training_by_formula(fused, axis):
    x = np.random.randn(4, 3, 5, 2).astype(np.float32) * 3 + 1
    axes = tuple(i for i in range(4) if i != axis % 4)
    layer = tf.layers.BatchNormalization(axis, momentum=0.9, fused=fused)
    y = layer(tf.constant(x), training=True)
    assert ("FusedBatchNormV3" in y.op.type) == (fused is None)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value = session.run([y, *layer.updates])[0]
        mean, variance = session.run([layer.moving_mean, layer.moving_variance])
    np.testing.assert_allclose(value, expected(x, axes), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(mean, 0.1 * x.mean(axes), rtol=1e-4, atol=1e-6)
    count = x.size / x.shape[axis]
    unbiased = x.var(axes) * (count / (count - 1) if fused is None else 1)
    np.testing.assert_allclose(variance, 0.9 + 0.1 * unbiased, rtol=1e-4)


def test_a_program_that_trains_and_then_infers():
    training = tf.placeholder(tf.bool, [])
    x = tf.placeholder(tf.float32, [None, 2])
    y = tf.layers.batch_normalization(x, training=training, momentum=0.5)
    batch = np.float32([[1, 10], [3, 30]])
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        step = tf.identity(y)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(40):
            trained = session.run(step, {x: batch, training: True})
        inferred = session.run(step, {x: batch, training: False})
    np.testing.assert_allclose(trained, expected(batch, (0,)), rtol=1e-4)
    np.testing.assert_allclose(inferred, trained, rtol=1e-4)


def test_images_with_training_as_a_tensor():
    training = tf.placeholder(tf.bool, [])
    x = np.random.randn(4, 3, 5, 2).astype(np.float32)
    layer = tf.layers.BatchNormalization()
    y = layer(tf.constant(x), training=training)
    gradient = tf.gradients(tf.reduce_sum(y * x), layer.gamma)[0]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        fetches = [y, gradient, *layer.updates]
        value, slope = session.run(fetches, {training: True})[:2]
        normalized = expected(x, (0, 1, 2))
        np.testing.assert_allclose(value, normalized, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(slope, (normalized * x).sum((0, 1, 2)), rtol=1e-4)
        before = session.run([layer.moving_mean, layer.moving_variance])
        session.run(fetches, {training: False})
        after = session.run([layer.moving_mean, layer.moving_variance])
    np.testing.assert_array_equal(before, after)


def test_names_and_collections():
    x = tf.ones([2, 3])
    tf.layers.batch_normalization(x)
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == []
    layer = tf.layers.BatchNormalization(trainable=False, name="bn")
    layer(x, training=True)
    assert [v.name for v in tf.trainable_variables()] == [
        "batch_normalization/gamma:0",
        "batch_normalization/beta:0",
    ]
    assert len(layer.non_trainable_weights) == 4
    assert layer.updates == []


def test_float16_and_float64():
    for dtype, tolerance in ((tf.float16, 2e-3), (tf.float64, 1e-10)):
        x = np.random.randn(6, 4, 4, 3).astype(dtype.as_numpy_dtype)
        for fused in (None, False):
            layer = tf.layers.BatchNormalization(fused=fused, epsilon=EPSILON)
            y = layer(tf.constant(x), training=True)
            assert y.dtype == dtype
            kept = tf.float32 if dtype == tf.float16 else dtype
            assert layer.gamma.dtype.base_dtype == kept
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                np.testing.assert_allclose(
                    session.run(y), expected(x.astype(float), (0, 1, 2)), 10 * tolerance, tolerance
                )


def test_partitioner_leaves_moving_moments_whole():
    with tf.variable_scope("net", partitioner=tf.fixed_size_partitioner(2)) as scope:
        tf.layers.batch_normalization(tf.ones([2, 4]), training=True)
        assert scope.partitioner is not None
    names = [v.name for v in tf.global_variables()]
    assert "net/batch_normalization/moving_mean:0" in names
    assert "net/batch_normalization/gamma/part_1:0" in names


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fused": True, "renorm": True}, "fused=True does not go with"),
        ({"virtual_batch_size": 0}, "must be positive, not 0"),
        ({"virtual_batch_size": 2, "axis": 0}, "need axis 0 as the batch's"),
        ({"virtual_batch_size": 2, "adjustment": lambda shape: (1, 0)}, "exclude each other"),
        ({"renorm_clipping": {"max": 3}}, "unknown keys"),
        ({"axis": 4}, "are not different axes"),
        ({"axis": [1, -3]}, "are not different axes"),
        ({"fused": True, "axis": 2}, "along axis 1 or 3"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        tf.layers.batch_normalization(tf.ones([2, 4, 4, 3]), training=True, **arguments)
    assert tf.global_variables() == []


def test_unknown_channels():
    with pytest.raises(ValueError, match="must have known sizes"):
        tf.layers.batch_normalization(tf.placeholder(tf.float32, [2, None]))


def test_layers_in_branches_and_loops(caplog):
    training = tf.placeholder(tf.bool, [])
    x = tf.constant([[1.0, 2.0], [3.0, 8.0]])
    norm = tf.layers.BatchNormalization(epsilon=0.0)
    dense = tf.layers.Dense(2, use_bias=False, kernel_initializer=tf.constant_initializer(0.5))
    dense(x)
    y = tf.cond(training, lambda: norm(x, training=True), lambda: norm(x))
    _, z = tf.while_loop(lambda i, h: i < 3, lambda i, h: (i + 1, dense(h)), [0, x])
    gradient = tf.gradients(z, dense.kernel)[0]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        normalized = session.run(y, {training: True})
        plain, rows, slope = session.run([y, z, gradient], {training: False})
    np.testing.assert_allclose(normalized, [[-1, -1], [1, 1]], rtol=1e-5)
    np.testing.assert_allclose(plain, [[1, 2], [3, 8]], rtol=1e-5)
    np.testing.assert_allclose(rows, [[1.5, 1.5], [5.5, 5.5]])
    step = 1e-3
    kernel = np.full([2, 2], 0.5)
    moved = kernel.copy()
    moved[0, 1] += step
    numbers = np.array([[1, 2], [3, 8.0]])
    change = [(numbers @ k @ k @ k).sum() for k in (moved, 2 * kernel - moved)]
    assert slope[0, 1] == pytest.approx((change[0] - change[1]) / (2 * step), rel=1e-4)
    assert not caplog.records
