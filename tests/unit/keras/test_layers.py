"""`tf.keras.layers` and `tf.keras.utils`: values by hand, what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def run(fetches):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches)


def test_a_network_of_keras_layers():
    x = tf.placeholder_with_default(tf.ones([2, 9, 8, 3]), [None, 9, 8, 3])
    of = tf.keras.layers
    y = of.MaxPooling2D()(of.Conv2D(5, 3, activation="relu")(x))
    assert y.shape.as_list() == [None, 3, 3, 5]
    y = of.Dropout(0.5)(of.BatchNormalization()(y), training=True)
    y = of.Dense(4)(of.Flatten()(y))
    y = of.Activation("softmax")(of.Reshape((2, 2))(y))
    assert y.shape.as_list() == [None, 2, 2]
    np.testing.assert_allclose(run(y).sum(-1), np.ones([2, 2]), rtol=1e-5)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_global_poolings(rank):
    x = np.random.randn(2, *range(3, 3 + rank), 4).astype(np.float32)
    space = tuple(range(1, 1 + rank))
    first = np.moveaxis(x, -1, 1)
    for name, function in (("Max", np.max), ("Average", np.mean)):
        make = getattr(tf.keras.layers, f"Global{name}Pooling{rank}D")
        found = run([make()(x), make("channels_first")(first)])
        for values in found:
            np.testing.assert_allclose(values, function(x, axis=space), rtol=1e-5, atol=1e-6)


def test_merging():
    a, b, c = np.float32([[1, 2]]), np.float32([[3, 5]]), np.float32([[5, 2]])
    of = tf.keras.layers
    found = run([layer([a, b, c]) for layer in (of.Add(), of.Multiply(), of.Average())])
    np.testing.assert_allclose(found, [[[9, 9]], [[15, 20]], [[3, 3]]])
    assert run(of.Concatenate(0)([a, b])).tolist() == [[1, 2], [3, 5]]
    with pytest.raises(ValueError, match="two or more inputs"):
        of.Add()([a])


def test_embedding():
    layer = tf.keras.layers.Embedding(5, 3, embeddings_initializer="ones")
    y = layer(tf.constant([[0, 4]]))
    gradient = tf.gradients(y, layer.embeddings)[0]
    assert isinstance(gradient, tf.IndexedSlices)
    assert run(y).tolist() == [[[1, 1, 1], [1, 1, 1]]]
    with pytest.raises(NotImplementedError, match="mask_zero"):
        tf.keras.layers.Embedding(5, 3, mask_zero=True)


def test_a_wrapper_has_the_weights_of_its_layer():
    class Shifted(tf.keras.layers.Wrapper):
        def build(self, input_shape):
            super().build(input_shape)
            self.shift = self.add_weight("shift", [], initializer="ones")

        def call(self, inputs):
            return self.layer(inputs) + self.shift

    inner = tf.keras.layers.Dense(1, kernel_initializer="ones")
    layer = Shifted(inner)
    y = layer(tf.constant([[2.0, 5.0]]))
    assert run(y).tolist() == [[8.0]]
    assert {w.op.name.split("/")[-1] for w in layer.weights} == {"kernel", "bias", "shift"}
    with pytest.raises(TypeError, match="Shifted takes a layer, not 3"):
        Shifted(3)


def test_what_is_out_of_scope():
    with pytest.raises(AttributeError, match=r"no tf.keras.layers.LSTM: .* tf.nn.rnn_cell"):
        _ = tf.keras.layers.LSTM


def test_utils():
    utils = tf.keras.utils
    assert utils.to_categorical([[1], [0]], dtype="int32").tolist() == [[0, 1], [1, 0]]
    assert utils.to_categorical([[0, 1]], 3).shape == (1, 2, 3)
    for classes in ([3], [-1]):
        with pytest.raises(ValueError, match="must be from 0 to 2"):
            utils.to_categorical(classes, 3)
    x = np.random.randn(4, 3)
    np.testing.assert_allclose(utils.normalize(x, 0, 1), x / np.abs(x).sum(0))


def test_mnist_comes_from_our_loader(monkeypatch):
    class Digits:
        train_images, train_labels, test_images, test_labels = range(4)

    monkeypatch.setattr(tf.keras.datasets.mnist, "load", Digits)
    assert tf.keras.datasets.mnist.load_data() == ((0, 1), (2, 3))
