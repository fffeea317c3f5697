"""Norms agree with numpy's."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.testing import check_gradient

X = (np.arange(24.0) * 7 % 11 - 4).reshape(2, 3, 4)


@pytest.mark.parametrize("shape", [X.shape, None])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(
    ("ord", "axis"),
    [
        (1, 0), (2, 1), (np.inf, -1), (3, 2), (2.5, 0),
        ("fro", (0, 1)), (1, (2, 0)), (np.inf, (-1, 1)), (2, (0, -1)), (2, (1, 2)),
    ],
)  # fmt: skip
def test_values(ord, axis, keepdims: bool, shape):
    x = tf.placeholder(tf.float64, shape)
    with tf.Session() as session:
        actual = session.run(tf.norm(x, ord, axis, keepdims), {x: X})
    np.testing.assert_allclose(actual, np.linalg.norm(X, ord, axis, keepdims))


def test_all_elements_are_one_vector_by_default():
    with tf.Session() as session:
        values = session.run([tf.norm(X), tf.norm(X, 1), tf.norm(X, np.inf, keepdims=True)])
    np.testing.assert_allclose(values[0], np.sqrt((X**2).sum()))
    np.testing.assert_allclose(values[1], abs(X).sum())
    np.testing.assert_allclose(values[2], [[[6]]])


@pytest.mark.parametrize(("ord", "axis"), [("euclidean", 1), (3, None), (2, (0, 2))])
def test_gradients(ord, axis):
    check_gradient(lambda x: tf.norm(x, ord, axis), X + 0.25, order=2)


@pytest.mark.parametrize(
    ("ord", "axis", "message"),
    [
        ("fro", 0, "vectors have norms"),
        (0, None, "vectors have norms"),
        (3, (0, 1), "matrices have norms"),
        ("nuc", (0, 1), "matrices have norms"),
        (1, (0, 0), "two different ones"),
        (1, [0], "two different ones"),
        (1, 3, "axis"),
        (2, (0, 3), "axis 3 is out of range"),
    ],
)
def test_refusals(ord, axis, message: str):
    with pytest.raises(ValueError, match=message):
        tf.norm(X, ord, axis)
