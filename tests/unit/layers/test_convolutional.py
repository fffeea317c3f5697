"""Layers that convolve and pool: layouts, shapes, sharing, arguments by name, bad input."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def run(fetches, feeds=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches, feeds)


def to_first(x):
    return tf.transpose(x, [0, x.shape.ndims - 1, *range(1, x.shape.ndims - 1)])


IMAGES = {1: [2, 9, 3], 2: [2, 9, 8, 3], 3: [2, 5, 6, 7, 3]}


@pytest.mark.parametrize(
    ("rank", "make", "size"),
    [
        (1, tf.layers.Conv1D, 3),
        (2, tf.layers.Conv2D, (3, 2)),
        (3, tf.layers.Conv3D, 2),
        (1, tf.layers.SeparableConv1D, 3),
        (2, tf.layers.SeparableConv2D, 3),
        (2, tf.layers.Conv2DTranspose, 3),
        (3, tf.layers.Conv3DTranspose, 2),
    ],
)
@pytest.mark.parametrize("padding", ["valid", "SAME"])
@pytest.mark.parametrize("strides", [1, 2])
def test_channels_first_is_the_same_with_axes_moved(rank, make, size, padding, strides):
    x = tf.constant(np.random.randn(*IMAGES[rank]), tf.float32)
    initial = tf.ones_initializer()
    last = make(4, size, strides, padding, activation="relu", bias_initializer=initial)
    first = make(4, size, strides, padding, "channels_first", activation="relu", name="first")
    ours, theirs = to_first(last(x)), first(to_first(x))
    assert ours.shape.as_list() == theirs.shape.as_list()
    assert last.compute_output_shape(x.shape) == last.output.shape
    assert first.compute_output_shape(to_first(x).shape) == theirs.shape
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with session.as_default():
            first.set_weights(last.get_weights())
        np.testing.assert_allclose(*session.run([ours, theirs]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("rank", "make"),
    [
        (1, tf.layers.MaxPooling1D),
        (1, tf.layers.AveragePooling1D),
        (2, tf.layers.MaxPooling2D),
        (2, tf.layers.AveragePooling2D),
        (3, tf.layers.MaxPooling3D),
        (3, tf.layers.AveragePooling3D),
    ],
)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_pooling_with_channels_first(rank, make, padding):
    x = tf.constant(np.random.randn(*IMAGES[rank]), tf.float32)
    last, first = make(3, 2, padding), make(3, 2, padding, "channels_first")
    ours, theirs = run([to_first(last(x)), first(to_first(x))])
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert list(ours.shape) == first.compute_output_shape(to_first(x).shape).as_list()


def test_values_by_hand():
    x = np.float32([[[1], [2], [4], [8]]])
    kernel = tf.constant_initializer([1.0, 10.0])
    causal = tf.layers.conv1d(x, 1, 2, padding="causal", kernel_initializer=kernel)
    holes = tf.layers.conv1d(x, 1, 2, dilation_rate=2, kernel_initializer=kernel)
    values = run([causal, holes])
    assert values[0].ravel().tolist() == [10, 21, 42, 84]
    assert values[1].ravel().tolist() == [41, 82]


def test_unknown_sizes():
    x = tf.placeholder(tf.float32, [None, None, None, 3])
    y = tf.layers.conv2d(x, 4, 3, padding="same")
    z = tf.layers.conv2d_transpose(y, 2, 3, 2)
    flat = tf.layers.flatten(tf.layers.max_pooling2d(z, 2, 2))
    assert y.shape.as_list() == [None, None, None, 4]
    assert z.shape.as_list() == [None, None, None, 2]
    assert flat.shape.as_list() == [None, None]
    assert run(flat, {x: np.ones([2, 5, 4, 3])}).shape == (2, 5 * 4 * 2)


def test_functions_share_by_name():
    x = tf.ones([1, 8, 8, 2])
    tf.layers.conv2d(x, 3, 3, name="conv")
    with pytest.raises(ValueError, match="conv/kernel"):
        tf.layers.conv2d(x, 3, 3, name="conv")
    tf.layers.conv2d(x, 3, 3, name="conv", reuse=True)
    tf.layers.conv2d(x, 3, 3, name="conv", reuse=tf.AUTO_REUSE)
    assert [v.name for v in tf.trainable_variables()] == ["conv/kernel:0", "conv/bias:0"]


def test_attributes():
    layer = tf.layers.Conv2D(4, (3, 2), kernel_regularizer="l2", bias_initializer="ones")
    with pytest.raises(AttributeError, match="never called"):
        _ = layer.input_shape
    x = tf.placeholder(tf.float32, [None, 9, 8, 3])
    y = layer(x)
    assert (layer.input, layer.output) == (x, y)
    assert layer.input_shape == (None, 9, 8, 3)
    assert layer.get_output_shape_at(0) == (None, 7, 7, 4)
    assert layer.count_params() == 3 * 2 * 3 * 4 + 4
    assert layer.losses == tf.losses.get_regularization_losses()
    assert [v.name for v in layer.variables] == ["conv2d/kernel:0", "conv2d/bias:0"]
    layer(tf.ones([2, 5, 5, 3]))
    with pytest.raises(AttributeError, match="several shapes"):
        _ = layer.input_shape
    with pytest.raises(AttributeError, match="called 2 times"):
        _ = layer.output


def test_weights_are_set_all_or_none():
    layer = tf.layers.Dense(2)
    layer(tf.ones([1, 3]))
    with tf.Session().as_default() as session:
        session.run(tf.global_variables_initializer())
        layer.set_weights([np.ones([3, 2]), np.float32([1, 2])])
        with pytest.raises(ValueError, match="shape"):
            layer.set_weights([np.zeros([3, 2]), np.zeros(3)])
        with pytest.raises(ValueError, match="has 2 variables, not 1"):
            layer.set_weights([np.zeros([3, 2])])
        kernel, bias = layer.get_weights()
    assert (kernel.tolist(), bias.tolist()) == ([[1, 1]] * 3, [1, 2])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: tf.layers.conv2d(x, 3, [1, 2, 3]), "kernel_size must be an integer or 2"),
        (lambda x: tf.layers.conv2d(x, 3, 2, padding="causal"), "padding must be one of"),
        (lambda x: tf.layers.conv2d(x, 3, 2, data_format="NHWC"), "data_format must be"),
        (lambda x: tf.layers.conv2d(x, 3, 2, 2, dilation_rate=2), "cannot both be more than 1"),
        (lambda x: tf.layers.conv2d(x, 3, 2, activation="rely"), "unknown activation"),
        (lambda x: tf.layers.conv2d(x, 3, 2, kernel_initializer=7), "cannot interpret 7"),
        (lambda x: tf.layers.conv1d(x, 3, 2), "expected ndim=3"),
        (lambda x: tf.layers.max_pooling2d(x, 2, "a"), "strides must be an integer or 2"),
        (lambda x: tf.layers.dropout(x, 1.5, training=True), "between 0 and 1"),
        (lambda x: tf.layers.dropout(x, 0.5, training="yes"), "a condition is a bool"),
    ],
)
def test_bad_arguments(build, message):
    with pytest.raises((ValueError, TypeError), match=message):
        build(tf.ones([1, 5, 5, 2]))


def test_channels_must_be_known():
    with pytest.raises(ValueError, match="should be defined"):
        tf.layers.conv2d(tf.placeholder(tf.float32, [1, 5, 5, None]), 3, 2)
    layer = tf.layers.Conv2D(3, 2)
    layer(tf.ones([1, 5, 5, 2]))
    with pytest.raises(ValueError, match="axis -1 of input shape to have value 2"):
        layer(tf.ones([1, 5, 5, 4]))


def test_dropout_by_a_tensor():
    training = tf.placeholder(tf.bool, [])
    x = tf.ones([40, 25])
    y = tf.layers.dropout(x, 0.25, noise_shape=[None, 1], seed=3, training=training)
    assert (run(y, {training: False}) == 1).all()
    rows = run(y, {training: True})
    assert sorted(set(rows[:, 0].round(4))) == [0, np.float32(1 / 0.75).round(4)]
    assert (rows == rows[:, :1]).all()


def test_activity_regularizer_is_divided_by_the_batch():
    x = tf.constant([[3.0], [5.0]])
    layer = tf.layers.Dense(
        1, kernel_initializer="ones", activity_regularizer=tf.keras.regularizers.l1(0.5)
    )
    layer(x)
    assert layer.get_losses_for(x) == layer.losses
    assert run(layer.losses) == [2]
