"""Activations, initializers, regularizers and constraints by name, and their values."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


@pytest.mark.parametrize("name", ["activations", "constraints", "initializers", "regularizers"])
def test_unknown_names(name):
    room = getattr(tf.keras, name)
    with pytest.raises(ValueError, match=r"unknown .* 'nothing': there are"):
        room.get("nothing")
    with pytest.raises(ValueError, match=r"cannot interpret 3\.5"):
        room.get(3.5)
    with pytest.raises(ValueError, match="has no class_name"):
        room.get({"config": {}})


@pytest.mark.parametrize("name", ["constraints", "initializers", "regularizers"])
def test_there_and_back(name):
    room = getattr(tf.keras, name)
    item = room.get({"constraints": "MinMaxNorm", "regularizers": "l1_l2"}.get(name, "orthogonal"))
    again = room.deserialize(room.serialize(item))
    assert type(again) is type(item)
    assert again.get_config() == item.get_config()
    assert room.get(None) is None
    assert room.get(item) is item


def test_activations():
    x = np.float32([[-7, -2, -0.5, 0, 0.25, 1.5, 8]])
    s = 1.0507009873554805
    wanted = {
        "linear": x,
        "elu": np.where(x > 0, x, np.expm1(x)),
        "selu": s * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)),
        "softplus": np.log1p(np.exp(x)),
        "softsign": x / (1 + abs(x)),
        "relu": np.maximum(x, 0),
        "tanh": np.tanh(x),
        "sigmoid": 1 / (1 + np.exp(-x)),
        "hard_sigmoid": np.clip(0.2 * x + 0.5, 0, 1),
        "exponential": np.exp(x),
        "softmax": np.exp(x) / np.exp(x).sum(),
    }
    with tf.Session() as session:
        for name, values in wanted.items():
            found = session.run(tf.keras.activations.get(name)(tf.constant(x)))
            np.testing.assert_allclose(found, values, rtol=1e-5, atol=1e-6, err_msg=name)
        bent = tf.keras.activations.relu(x, 0.5, 6.0, 1.0)
        np.testing.assert_allclose(
            session.run(bent), [[-4, -1.5, -0.75, -0.5, -0.375, 1.5, 6]], rtol=1e-6
        )


def test_initializers_of_keras_have_small_deviations():
    with tf.Session() as session:
        numbers = session.run([tf.keras.initializers.get(n)([5000]) for n in ("normal", "uniform")])
    assert numbers[0].std() == pytest.approx(0.05, rel=0.1)
    assert abs(numbers[1]).max() == pytest.approx(0.05, rel=0.1)


def test_constraints_after_a_step():
    limit = tf.keras.constraints.MaxNorm(1.0, axis=0)
    w = tf.get_variable("w", initializer=np.float32([[3], [4]]), constraint=limit)
    with tf.Session() as session:
        session.run(w.initializer)
        session.run(w.assign(limit(w)))
        np.testing.assert_allclose(session.run(w), [[0.6], [0.8]], rtol=1e-5)


def test_radial_constraint():
    for size, rings in ((4, {0: 3, 1: 1}), (5, {0: 3, 1: 2, 2: 1})):
        kernel = np.arange(size * size, dtype=np.float32).reshape(size, size, 1, 1)
        with tf.Session() as session:
            found = session.run(tf.keras.constraints.RadialConstraint()(kernel))[..., 0, 0]
        for place, diagonal in rings.items():
            assert found[place, place] == kernel[diagonal, diagonal, 0, 0]
        assert (found == found.T).all()
        assert (found == found[::-1, ::-1]).all()
    with pytest.raises(ValueError, match="needs a kernel"):
        tf.keras.constraints.RadialConstraint()(np.ones([3, 4, 1, 1]))


def test_models_are_out_of_scope():
    with pytest.raises(AttributeError, match=r"no tf.keras.Model: models .* out of scope"):
        _ = tf.keras.Model
