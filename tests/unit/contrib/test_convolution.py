"""Layers that convolve: values, shapes, names, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

import graphflow as tf

layers = tf.contrib.layers
RAMP = np.random.RandomState(3).normal(size=[2, 7, 6, 3]).astype(np.float32)


def value(tensor, feed=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(tensor, feed)


def names(variables):
    return [variable.op.name for variable in variables]


def correlated(image, filters):
    """The valid correlation of one image [height, width, in] with [height, width, in, out]."""
    return np.stack(
        [
            sum(
                signal.correlate2d(image[:, :, i], filters[:, :, i, o], "valid")
                for i in range(image.shape[2])
            )
            for o in range(filters.shape[3])
        ],
        axis=-1,
    )


@pytest.mark.parametrize("stride", [1, [2, 3]])
@pytest.mark.parametrize("first", [False, True], ids=["NHWC", "NCHW"])
def test_values_of_images(stride, first):
    filters = np.random.RandomState(4).normal(size=[3, 2, 3, 4]).astype(np.float32)
    x = RAMP.transpose(0, 3, 1, 2) if first else RAMP
    y = layers.conv2d(
        tf.constant(x), 4, [3, 2], stride, "VALID", "NCHW" if first else None,
        weights_initializer=tf.constant_initializer(filters),
        biases_initializer=tf.constant_initializer([1.0, -1.0, 0.5, 0.0]),
    )  # fmt: skip
    down, right = (1, 1) if stride == 1 else stride
    wanted = np.stack([correlated(image, filters)[::down, ::right] for image in RAMP])
    wanted = np.maximum(wanted + np.array([1, -1, 0.5, 0]), 0)
    found = value(y)
    np.testing.assert_allclose(found.transpose(0, 2, 3, 1) if first else found, wanted, atol=1e-4)


def test_filters_with_holes():
    x = tf.reshape(tf.constant([1.0, 2, 4, 8, 16]), [1, 5, 1])
    y = layers.conv1d(
        x, 1, 2, rate=2, padding="VALID", activation_fn=None,
        weights_initializer=tf.constant_initializer([-1.0, 1.0]),
    )  # fmt: skip
    assert value(y).ravel().tolist() == [3, 6, 12]


def test_ranks():
    for rank, layer in ((3, layers.conv1d), (4, layers.conv2d), (5, layers.conv3d)):
        x = tf.ones([*[2, 5, 6, 7][: rank - 1], 3])
        by_rank = layers.convolution(x, 4, 3, 2)
        assert layer(x, 4, 3, 2).shape == by_rank.shape
        with pytest.raises(ValueError, match=f"inputs of rank {rank} are needed"):
            layer(tf.ones([2, 3]), 4, 3)
    with pytest.raises(ValueError, match="3, 4 or 5"):
        layers.convolution(tf.ones([2, 3]), 4, 3)


def test_names_and_sharing():
    x = tf.constant(RAMP)
    first = layers.conv2d(x, 4, 3)
    with tf.variable_scope("net"):
        second = layers.conv2d(x, 4, 3, activation_fn=None, scope="c")
        third = layers.conv2d(x, 4, 3, activation_fn=None, scope="c", reuse=True)
    assert names([first, second, third]) == ["Conv/Relu", "net/c/BiasAdd", "net/c_1/BiasAdd"]
    assert names(tf.global_variables()) == [
        "Conv/weights", "Conv/biases", "net/c/weights", "net/c/biases",
    ]  # fmt: skip
    assert first.op.inputs[0].op.inputs[0].op.name == "Conv/Conv2D"
    one, other = value([second, third])
    np.testing.assert_array_equal(one, other)


def test_penalties_are_named_after_the_kernel():
    x = tf.constant(RAMP)
    square = layers.l2_regularizer(0.5)
    for reuse in (None, True):
        layers.conv2d(
            x, 2, 1, weights_regularizer=square, biases_regularizer=square, scope="c", reuse=reuse,
            weights_initializer=tf.ones_initializer(),
        )  # fmt: skip
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    assert names(losses) == [
        "c/kernel/Regularizer/l2_regularizer",
        "c/bias/Regularizer/l2_regularizer",
    ]
    assert value(losses) == [1.5, 0]


def test_penalties_of_partitioned_weights():
    with tf.variable_scope("net", partitioner=tf.fixed_size_partitioner(3, axis=2)):
        layers.conv2d(
            RAMP, 2, 1, weights_regularizer=layers.l1_regularizer(0.5), biases_initializer=None,
            weights_initializer=tf.ones_initializer(),
        )  # fmt: skip
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    assert value(losses) == [1, 1, 1]


def test_a_normalized_convolution():
    with tf.contrib.framework.arg_scope(
        [layers.conv2d],
        normalizer_fn=layers.batch_norm,
        normalizer_params={"scale": True, "epsilon": 0.0, "updates_collections": None},
        activation_fn=None,
    ):
        y = layers.conv2d(tf.constant(RAMP), 5, 3, scope="c")
    assert names(tf.trainable_variables()) == [
        "c/weights", "c/BatchNorm/beta", "c/BatchNorm/gamma",
    ]  # fmt: skip
    found = value(y)
    np.testing.assert_allclose(found.mean((0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(found.var((0, 1, 2)), 1, atol=1e-3)


def test_what_is_refused():
    x = tf.constant(RAMP)
    with pytest.raises(ValueError, match="no data_format 'CHWN'"):
        layers.conv2d(x, 4, 3, data_format="CHWN")
    with pytest.raises(ValueError, match="2 positive integers"):
        layers.conv2d(x, 4, [3, 3, 3])
    with pytest.raises(ValueError, match="number of channels must be known"):
        layers.conv2d(tf.placeholder(tf.float32, [2, 5, 6, None]), 4, 3)


# -- transposed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("padding", "kernel", "stride", "size"),
    [("SAME", 3, 2, [14, 12]), ("VALID", [4, 2], [2, 3], [16, 18]), ("VALID", 1, 2, [14, 12])],
)
def test_shapes_of_transposed_convolutions(padding, kernel, stride, size):
    batch = tf.placeholder(tf.float32, [None, 7, 6, 3])
    y = layers.conv2d_transpose(batch, 5, kernel, stride, padding)
    assert y.shape.as_list() == [None, *size, 5]
    assert value(y, {batch: RAMP}).shape == (2, *size, 5)
    turned = tf.constant(RAMP.transpose(0, 3, 1, 2))
    y = layers.conv2d_transpose(turned, 5, kernel, stride, padding, "NCHW", activation_fn=None)
    assert value(y).shape == (2, 5, *size)


def test_values_of_transposed_convolutions():
    x = tf.constant([[[[1.0], [2.0]]]])
    y = layers.conv2d_transpose(
        x, 1, [1, 2], [1, 2], weights_initializer=tf.constant_initializer([10.0, 3.0])
    )
    assert value(y).ravel().tolist() == [10, 3, 20, 6]
    volume = layers.conv3d_transpose(tf.ones([1, 2, 3, 4, 2]), 5, 3, 2, "VALID")
    assert volume.shape.as_list() == [1, 5, 7, 9, 5]
    assert names(tf.global_variables())[-2:] == [
        "Conv3d_transpose/weights", "Conv3d_transpose/biases",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="NHWC or NCHW"):
        layers.conv2d_transpose(x, 1, 2, data_format="NWC")


# -- in planes, and channels apart -----------------------------------------------------------------


def test_one_filter_for_all_planes():
    y = layers.conv2d_in_plane(
        tf.constant(RAMP), [1, 2], padding="VALID", activation_fn=None,
        weights_initializer=tf.constant_initializer([-1.0, 1.0]),
    )  # fmt: skip
    np.testing.assert_allclose(value(y), np.diff(RAMP, axis=2), atol=1e-6)


@pytest.mark.parametrize("first", [False, True], ids=["NHWC", "NCHW"])
def test_separable_convolutions(first):
    depthwise = np.random.RandomState(4).normal(size=[3, 2, 3, 2]).astype(np.float32)
    pointwise = np.random.RandomState(5).normal(size=[1, 1, 6, 4]).astype(np.float32)
    y = layers.separable_conv2d(
        tf.constant(RAMP.transpose(0, 3, 1, 2) if first else RAMP), 4, [3, 2], 2, 2, "VALID",
        "NCHW" if first else "NHWC", activation_fn=None,
        weights_initializer=tf.constant_initializer(depthwise),
        pointwise_initializer=tf.constant_initializer(pointwise),
    )  # fmt: skip
    apart = np.stack(
        [
            np.concatenate(
                [correlated(image[:, :, i : i + 1], depthwise[:, :, i : i + 1]) for i in range(3)],
                axis=-1,
            )[::2, ::2]
            for image in RAMP
        ]
    )
    found = value(y)
    wanted = apart @ pointwise[0, 0]
    np.testing.assert_allclose(found.transpose(0, 2, 3, 1) if first else found, wanted, atol=1e-4)


def test_channels_that_are_not_mixed():
    square = layers.l2_regularizer(0.5)
    y = layers.separable_conv2d(
        tf.constant(RAMP), None, 3, 2, scope="dw", weights_regularizer=square
    )
    assert y.shape.as_list() == [2, 7, 6, 6]
    assert [(v.op.name, v.shape.as_list()) for v in tf.global_variables()] == [
        ("dw/depthwise_weights", [3, 3, 3, 2]),
        ("dw/biases", [6]),
    ]
    assert names(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == [
        "dw/depthwise_kernel/Regularizer/l2_regularizer"
    ]


# -- dropout ---------------------------------------------------------------------------------------


def test_dropout():
    x = tf.ones([1000, 3])
    is_training = tf.placeholder(tf.bool, [])
    y = layers.dropout(x, 0.8, is_training=is_training, seed=1)
    found = value(y, {is_training: True})
    assert set(np.unique(found)) == {0, np.float32(1.25)}
    assert 0.75 < (found > 0).mean() < 0.85
    np.testing.assert_array_equal(value(y, {is_training: False}), np.ones([1000, 3]))
    assert layers.dropout(x).op.name.startswith("Dropout_1/dropout/")
    rows = value(layers.dropout(x, noise_shape=[1000, 1], seed=1))
    np.testing.assert_array_equal(rows[:, 0], rows[:, 2])
