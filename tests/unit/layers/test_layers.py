"""`tf.layers.Layer` and `tf.layers.Dense`: scopes, variables, losses, copies."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import graphflow as tf


def names():
    return [variable.name for variable in tf.global_variables()]


def test_dense_values_and_names():
    x = tf.constant([[1.0, 2.0]])
    layer = tf.layers.Dense(3, tf.nn.relu, kernel_initializer=tf.constant_initializer(-0.5))
    y, again = layer(x), layer(x * -1.0)
    assert names() == ["dense/kernel:0", "dense/bias:0"]
    assert (y.name, again.name) == ("dense/Relu:0", "dense/Relu_1:0")
    assert layer.count_params() == 9
    assert layer.scope_name == "dense"
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first, second = session.run([y, again])
    np.testing.assert_array_equal(first, [[0, 0, 0]])
    np.testing.assert_array_equal(second, [[1.5, 1.5, 1.5]])


def test_functions_make_new_layers_or_share():
    x = tf.ones([2, 4])
    tf.layers.dense(x, 3)
    tf.layers.dense(x, 3)
    with tf.variable_scope("net"):
        tf.layers.dense(x, 3, name="out")
    with tf.variable_scope("net", reuse=True):
        tf.layers.dense(x, 3, name="out")
    tf.layers.dense(x, 3, name="dense", reuse=True, use_bias=False)
    assert names() == [
        "dense/kernel:0", "dense/bias:0", "dense_1/kernel:0", "dense_1/bias:0",
        "net/out/kernel:0", "net/out/bias:0",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="net/out/kernel"), tf.variable_scope("net"):
        tf.layers.dense(x, 3, name="out")


def test_higher_ranks():
    x = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    y = tf.layers.dense(x, 1, kernel_initializer=tf.ones_initializer())
    assert y.shape.as_list() == [2, 3, 1]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(session.run(y)[..., 0], x.sum(-1))


def test_regularizers_are_losses():
    layer = tf.layers.Dense(
        2,
        kernel_initializer=tf.ones_initializer(),
        kernel_regularizer=lambda weights: tf.reduce_sum(weights) * 3,
    )
    layer(tf.ones([1, 4]))
    layer(tf.ones([1, 4]))
    assert layer.losses == tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    assert layer.get_losses_for(None) == layer.losses
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(layer.losses) == [24]


def test_a_layer_that_is_not_trainable():
    layer = tf.layers.Dense(2, trainable=False, name="fixed")
    layer(tf.ones([1, 4]))
    assert tf.trainable_variables() == []
    assert layer.trainable_weights == []
    assert [v.name for v in layer.non_trainable_weights] == ["fixed/kernel:0", "fixed/bias:0"]


def test_a_copy_has_made_no_variables():
    layer = tf.layers.Dense(2)
    layer(tf.ones([1, 4]))
    twin = copy.deepcopy(layer)
    assert not twin.built
    assert twin.weights == []
    twin(tf.ones([1, 4]))
    assert names()[2:] == ["dense_1/kernel:0", "dense_1/bias:0"]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (lambda: tf.ones([3]), "expected min_ndim=2"),
        (lambda: tf.placeholder(tf.float32, [2, None]), "last dimension"),
        (lambda: tf.placeholder(tf.float32), "defined rank"),
    ],
)
def test_inputs_that_do_not_fit(inputs, message):
    with pytest.raises(ValueError, match=rf"(?s){message}.*test_layers\.py"):
        tf.layers.Dense(2)(inputs())


def test_unknown_arguments():
    with pytest.raises(TypeError, match="colour"):
        tf.layers.Layer(colour="blue")
    with pytest.raises(ValueError, match="has not been used yet"):
        _ = tf.layers.Layer().scope_name


def test_layers_and_variables_in_attributes_count():
    class Block(tf.layers.Layer):
        def __init__(self):
            super().__init__()
            self.layers = [
                tf.layers.Dense(3, kernel_regularizer=tf.nn.l2_loss),
                tf.layers.BatchNormalization(),
            ]
            self.scale = tf.Variable(1.0, name="scale")
            self.count = tf.Variable(0, trainable=False, name="count")

        def call(self, inputs):
            return self.layers[1](self.layers[0](inputs), training=True) * self.scale

    block = Block()
    block(tf.ones([2, 4]))
    trained = [variable.name for variable in block.trainable_weights]
    fixed = [variable.name for variable in block.non_trainable_weights]
    assert [name.rpartition("/")[2] for name in trained] == [
        "scale:0", "kernel:0", "bias:0", "gamma:0", "beta:0",
    ]  # fmt: skip
    assert [name.rpartition("/")[2] for name in fixed] == [
        "count:0", "moving_mean:0", "moving_variance:0",
    ]  # fmt: skip
    assert (len(block.losses), len(block.updates)) == (1, 2)
    block.trainable = False
    assert block.trainable_weights == block.updates == []
    assert len(block.weights) == 8


def test_weights_by_names_as_in_keras():
    class Scale(tf.keras.layers.Layer):
        def build(self, input_shape):
            self.factor = self.add_weight(
                name="factor", shape=[int(input_shape[-1])], initializer="ones", regularizer="l2",
                constraint="non_neg",
            )  # fmt: skip
            super().build(input_shape)

        def call(self, inputs):
            return inputs * self.factor

    layer = Scale()
    y = layer(tf.constant([[3.0, 4.0]]))
    assert layer.factor.constraint is not None
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(y).tolist() == [[3, 4]]
        assert session.run(layer.losses[0]) == pytest.approx(0.02)
