"""`tf.keras.backend`: values by hand, settings, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

X = np.float32([[1, 2, 4], [3, -8, 0]])


@pytest.fixture(autouse=True)
def the_settings_stay():
    K = tf.keras.backend
    yield
    K.set_floatx("float32")
    K.set_epsilon(1e-7)
    K.set_image_data_format("channels_last")


def test_values_by_numpy():
    K = tf.keras.backend
    pairs = [
        (K.mean(X, axis=1, keepdims=True), X.mean(1, keepdims=True)), (K.var(X, 0), X.var(0)),
        (K.std(X), X.std()), (K.clip(X, -1, 2), X.clip(-1, 2)), (K.clip(X, 3, 1), 3 + 0 * X),
        (K.clip(X, 0, None), X.clip(0)), (K.argmax(X), X.argmax(-1)), (K.argmin(X, 0), X.argmin(0)),
        (K.dot(X, X.T), X @ X.T), (K.flatten(X), X.ravel()), (K.reverse(X, 1), X[:, ::-1]),
        (K.batch_flatten(np.ones([2, 3, 4])), np.ones([2, 12])),
        (K.tile(X[0], 2), np.tile(X[0], 2)),
        (K.concatenate([X, X]), np.hstack([X, X])), (K.permute_dimensions(X, (1, 0)), X.T),
        (K.one_hot([2, 0], 3), np.eye(3)[[2, 0]]), (K.expand_dims(X), X[..., None]),
        (K.l2_normalize(X, 1), X / np.linalg.norm(X, axis=1, keepdims=True)),
        (K.squeeze(X[:1], 0), X[0]), (K.gather(X, [1]), X[[1]]), (K.pow(X, 2), X**2),
        (K.switch(tf.constant(True), lambda: X, lambda: -X), X),
        (K.stack([X, X], 2), np.dstack([X, X])),
        (K.binary_crossentropy([[1.0]], [[0.25]]), [[-np.log(0.25)]]), (K.relu(X), X.clip(0)),
    ]  # fmt: skip
    with tf.Session() as session:
        found = session.run([ours for ours, _ in pairs])
    for index, (value, (_, wanted)) in enumerate(zip(found, pairs, strict=True)):
        np.testing.assert_allclose(value, wanted, rtol=1e-5, atol=1e-6, err_msg=str(index))


def test_variables_and_placeholders():
    K = tf.keras.backend
    w = K.variable([[1, 2]], name="w")
    x = K.placeholder(ndim=2)
    assert (K.int_shape(x), K.ndim(w), K.dtype(w)) == ((None, None), 2, "float32")
    (gradient,) = K.gradients(K.sum(w * w), [w])
    with tf.Session().as_default() as session:
        session.run(tf.global_variables_initializer())
        K.set_value(w, [[3, 5]])
        assert K.get_value(w).tolist() == [[3, 5]]
        assert session.run(gradient).tolist() == [[6, 10]]
    with pytest.raises(NotImplementedError, match="ragged"):
        K.placeholder(ragged=True)


def test_settings():
    K = tf.keras.backend
    K.set_floatx("float64")
    assert (K.floatx(), K.constant(1).dtype, K.cast_to_floatx([1]).dtype) == (
        "float64", tf.float64, np.float64,
    )  # fmt: skip
    K.set_epsilon(1e-3)
    K.set_image_data_format("channels_first")
    assert (K.epsilon(), K.image_data_format()) == (1e-3, "channels_first")
    pooled = tf.keras.layers.MaxPooling2D()(tf.ones([1, 3, 4, 6]))
    assert pooled.shape.as_list() == [1, 3, 2, 3]
    with pytest.raises(ValueError, match="unknown floatx"):
        K.set_floatx("int32")
    with pytest.raises(AttributeError, match=r"no tf.keras.backend.rnn"):
        _ = K.rnn


def test_repeated_rows():
    x = tf.placeholder(tf.float32, [None, 3])
    repeated = tf.keras.backend.repeat(x, 4)
    with tf.Session() as session:
        values = session.run(repeated, {x: [[1, 2, 4], [8, 16, 32]]})
    assert values.shape == (2, 4, 3)
    np.testing.assert_array_equal(values[1], [[8, 16, 32]] * 4)
    with pytest.raises(ValueError, match="takes a matrix"):
        tf.keras.backend.repeat(tf.ones([2]), 2)
