"""`tf.keras.losses`: reductions, weights, shapes, names, bad input."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

TRUE = np.float32([[1, 2], [4, 3]])
PREDICTED = np.float32([[2, 4], [4, -1]])


def run(fetches):
    with tf.Session() as session:
        return session.run(fetches)


def test_reductions_and_weights():
    keras = tf.keras.losses
    assert run(keras.MeanAbsoluteError()(TRUE, PREDICTED)) == pytest.approx(1.75)
    assert run(keras.MeanAbsoluteError("sum")(TRUE, PREDICTED)) == pytest.approx(3.5)
    none = keras.MeanAbsoluteError(reduction="none")
    np.testing.assert_allclose(run(none(TRUE, PREDICTED)), [1.5, 2])
    np.testing.assert_allclose(run(none(TRUE, PREDICTED, [[2], [0.5]])), [3, 1])
    assert run(keras.MeanAbsoluteError()(TRUE, PREDICTED, [2, 0])) == pytest.approx(1.5)
    with pytest.raises(ValueError, match="reduction must be one of"):
        keras.Hinge("mean")


def test_names_and_gradients():
    y = tf.constant(PREDICTED)
    loss = tf.keras.losses.MeanSquaredError()(TRUE, y)
    assert loss.name.startswith("mean_squared_error/weighted_loss/value")
    np.testing.assert_allclose(run(tf.gradients(loss, y)[0]), (PREDICTED - TRUE) / 2)


def test_labels_with_a_last_axis():
    loss = tf.keras.losses.MeanSquaredError()
    assert run(loss(TRUE[:, :1], PREDICTED[:, 0])) == pytest.approx(0.5)
    sparse = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    logits = np.random.randn(2, 3, 4).astype(np.float32)
    labels = np.array([[1, 3, 0], [2, 2, 1]])
    picked = np.take_along_axis(logits, labels[..., None], -1)[..., 0]
    wanted = np.mean(np.log(np.exp(logits).sum(-1)) - picked)
    for given in (labels, labels[..., None]):
        assert run(sparse(given, logits)) == pytest.approx(wanted, rel=1e-5)


def test_axis_of_the_classes():
    probabilities = np.float32([[0.7, 0.2], [0.3, 0.8]])
    loss = tf.keras.losses.sparse_categorical_crossentropy([0, 1], probabilities, axis=0)
    np.testing.assert_allclose(run(loss), -np.log([0.7, 0.8]), rtol=1e-5)


def test_by_name_and_configuration():
    keras = tf.keras.losses
    assert keras.get("MAPE") is keras.mean_absolute_percentage_error
    again = keras.deserialize(keras.serialize(keras.Huber(delta=3.0, reduction="sum")))
    assert again.get_config() == {"reduction": "sum", "name": "huber_loss", "delta": 3.0}
    with pytest.raises(ValueError, match="unknown loss 'best'"):
        keras.get("best")
