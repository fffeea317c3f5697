"""Names in a larger program, as TensorFlow gives them; settings of layers; masks."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def generator(z, training, reuse=None):
    with tf.variable_scope("gen", reuse=reuse):
        h = tf.reshape(tf.layers.dense(z, 4 * 4 * 8), [-1, 4, 4, 8])
        h = tf.nn.relu(tf.layers.batch_normalization(h, training=training))
        return tf.tanh(tf.layers.conv2d_transpose(h, 1, 5, strides=2, padding="same"))


def discriminator(x, training):
    with tf.variable_scope("dis", reuse=tf.AUTO_REUSE):
        h = tf.layers.conv2d(x, 4, 5, 2, "same", activation=tf.nn.leaky_relu)
        h = tf.layers.conv2d(h, 8, 5, 2, "same")
        h = tf.layers.batch_normalization(h, training=training)
        return tf.layers.dense(tf.layers.flatten(h), 1)


def test_adversarial_nets_share_their_variables():
    z = tf.placeholder(tf.float32, [None, 10])
    training = tf.placeholder_with_default(True, [])
    made, sample = generator(z, training), generator(z, False, True)
    outputs = [discriminator(made, training), discriminator(tf.zeros([3, 8, 8, 1]), training)]
    assert [v.name for v in tf.global_variables()] == [
        "gen/dense/kernel:0", "gen/dense/bias:0",
        "gen/batch_normalization/gamma:0", "gen/batch_normalization/beta:0",
        "gen/batch_normalization/moving_mean:0", "gen/batch_normalization/moving_variance:0",
        "gen/conv2d_transpose/kernel:0", "gen/conv2d_transpose/bias:0",
        "dis/conv2d/kernel:0", "dis/conv2d/bias:0",
        "dis/conv2d_1/kernel:0", "dis/conv2d_1/bias:0",
        "dis/batch_normalization/gamma:0", "dis/batch_normalization/beta:0",
        "dis/batch_normalization/moving_mean:0", "dis/batch_normalization/moving_variance:0",
        "dis/dense/kernel:0", "dis/dense/bias:0",
    ]  # fmt: skip
    assert [update.name for update in tf.get_collection(tf.GraphKeys.UPDATE_OPS)] == [
        "gen/batch_normalization/AssignMovingAvg", "gen/batch_normalization/AssignMovingAvg_1",
        "dis/batch_normalization/AssignMovingAvg", "dis/batch_normalization/AssignMovingAvg_1",
        "dis_1/batch_normalization/AssignMovingAvg", "dis_1/batch_normalization/AssignMovingAvg_1",
    ]  # fmt: skip
    names = [made.name, sample.name, *(output.name for output in outputs)]
    assert names == ["gen/Tanh:0", "gen_1/Tanh:0", "dis/dense/BiasAdd:0", "dis_1/dense/BiasAdd:0"]


@pytest.mark.parametrize(
    "layer",
    [
        lambda: tf.layers.Dense(3, "tanh", kernel_regularizer="l2", dtype="float64"),
        lambda: tf.layers.Conv2D(3, 2, (1, 2), "same", bias_constraint="non_neg"),
        lambda: tf.layers.SeparableConv1D(3, 2, depth_multiplier=4),
        lambda: tf.layers.Conv3DTranspose(3, 2, 2),
        lambda: tf.layers.MaxPooling1D(3, 2),
        lambda: tf.layers.BatchNormalization(momentum=0.5, renorm=True),
        lambda: tf.layers.Dropout(0.25, seed=3),
        lambda: tf.layers.Flatten("channels_first", trainable=False),
        lambda: tf.keras.layers.GlobalMaxPooling2D(),
        lambda: tf.keras.layers.Embedding(5, 2),
    ],
)
def test_settings_make_an_equal_layer(layer):
    one = layer()
    again = type(one).from_config(one.get_config())
    assert again.get_config() == one.get_config()


def test_a_layer_that_hides_its_arguments():
    class Scale(tf.layers.Layer):
        def __init__(self, factor, **kwargs):
            super().__init__(**kwargs)
            self._factor = factor

    with pytest.raises(NotImplementedError, match=r"does not keep its arguments .'factor'."):
        Scale(3).get_config()


def test_masks_are_refused():
    layer = tf.layers.Dense(2)
    assert layer.compute_mask(tf.ones([1, 2])) is None
    with pytest.raises(TypeError, match="does not support masks"):
        layer.compute_mask(tf.ones([1, 2]), np.ones([1, 2]))
