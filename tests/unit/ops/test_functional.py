"""`map_fn`, `foldl`, `foldr` and `scan`."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.testing import check_gradient

X = np.asarray([[0.5, -1.0], [2.0, 0.25], [1.5, -0.75]])


def run(fetches, feed_dict=None):
    with tf.Session() as session:
        return session.run(fetches, feed_dict)


def test_map_fn_with_another_dtype_and_structures():
    x = {"a": tf.constant([1, 2, 3]), "b": tf.constant([[0.5], [1.5], [2.5]])}
    y = tf.map_fn(
        lambda part: (tf.cast(part["a"], tf.float32) * part["b"], part["a"] > 1),
        x,
        dtype=(tf.float32, tf.bool),
    )
    assert [part.shape.as_list() for part in y] == [[3, 1], [3]]
    product, larger = run(y)
    np.testing.assert_array_equal(product, [[0.5], [3], [7.5]])
    np.testing.assert_array_equal(larger, [False, True, True])


def test_map_fn_over_an_unknown_number():
    x = tf.placeholder(tf.float32, [None, 2])
    y = tf.map_fn(lambda row: row[::-1] * 2, x)
    assert y.shape.as_list() == [None, 2]
    np.testing.assert_array_equal(run(y, {x: [[1, 2], [3, 4]]}), [[4, 2], [8, 6]])
    assert run(y, {x: np.zeros((0, 2))}).shape == (0, 2)


def test_nested_map_fn():
    x = tf.constant(X)
    y = tf.map_fn(lambda row: tf.map_fn(lambda v: v * v + tf.reduce_sum(row), row), x)
    np.testing.assert_allclose(run(y), X**2 + X.sum(1, keepdims=True))


def test_gradients_of_map_fn():
    check_gradient(lambda x: tf.map_fn(lambda row: tf.sin(row) * row[0], x), X, order=2)
    check_gradient(
        lambda x, w: tf.map_fn(lambda row: tf.tensordot(w, row, 1) ** 2, x), X, X[0], order=2
    )


def test_gradients_inside_map_fn():
    w = tf.Variable([2.0, 3.0])

    def adapted(x):
        loss = tf.reduce_sum(w * w * x)
        (grad,) = tf.gradients(loss, [w])
        return tf.reduce_sum((w - 0.1 * grad) * x)

    total = tf.reduce_sum(tf.map_fn(adapted, tf.constant([[1.0, 2.0], [0.5, 1.0]])))
    (grad,) = tf.gradients(total, w)
    with tf.Session() as session:
        session.run(w.initializer)
        value, slope = session.run([total, grad])
    x = np.asarray([[1, 2], [0.5, 1]])
    np.testing.assert_allclose(value, ((1 - 0.2 * x) * [2, 3] * x).sum(), rtol=1e-6)
    np.testing.assert_allclose(slope, ((1 - 0.2 * x) * x).sum(0), rtol=1e-6)


def test_folds():
    x = tf.constant([1.0, 2.0, 4.0])
    left = tf.foldl(lambda a, v: a / 2 - v, x)
    right = tf.foldr(lambda a, v: a / 2 - v, x, initializer=10.0)
    assert run([left, right]) == [(0.5 - 2) / 2 - 4, ((10 / 2 - 4) / 2 - 2) / 2 - 1]


def test_gradients_of_folds():
    check_gradient(lambda x: tf.foldl(lambda a, row: tf.sin(a) * row, x), X, order=2)
    check_gradient(lambda x: tf.foldr(lambda a, row: tf.sin(a) + row * x[0], x), X, order=2)


@pytest.mark.parametrize("reverse", [False, True])
def test_scan(reverse):
    x = tf.constant([1, 2, 3, 4])
    sums = tf.scan(lambda a, v: a + v, x, reverse=reverse)
    with_start = tf.scan(lambda a, v: a + v, x, initializer=tf.constant(100), reverse=reverse)
    expected = np.cumsum([1, 2, 3, 4])
    if reverse:
        expected = np.cumsum([4, 3, 2, 1])[::-1]
    found = run([sums, with_start])
    np.testing.assert_array_equal(found[0], expected)
    np.testing.assert_array_equal(found[1], expected + 100)


def test_scan_with_structures():
    elems = (tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0]))
    a, b = tf.scan(lambda acc, x: (acc[0] * x[0], acc[1] + x[1]), elems, (tf.constant(1.0), 0.0))
    assert [v.tolist() for v in run([a, b])] == [[1, 2], [3, 7]]


def test_gradients_of_scan():
    check_gradient(lambda x: tf.scan(lambda a, row: tf.tanh(a * row) + row, x), X, order=2)
    check_gradient(
        lambda x: tf.scan(lambda a, row: a * row + x[0], x, X[1], reverse=True), X, order=2
    )


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: tf.map_fn(3, X), TypeError, "fn must be callable"),
        (lambda: tf.map_fn(lambda v: v, 3.0), ValueError, "is a scalar"),
        (lambda: tf.map_fn(lambda v: v[0], (X, X[:2])), ValueError, "one first dimension"),
        (lambda: tf.map_fn(lambda v: tf.cast(v, tf.int32), X), TypeError, "float64 .* int32"),
        (lambda: tf.map_fn(lambda v: (v, v), X), ValueError, "structure of elems"),
        (lambda: tf.scan(lambda a, v: (a, v), X), ValueError, "what is accumulated"),
        (lambda: tf.scan(lambda a, v: tf.stack([a, v]), X), ValueError, "shape"),
        (lambda: tf.foldl(lambda a, v: v, X, parallel_iterations=0), TypeError, "positive"),
        (
            lambda: tf.map_fn(lambda v: v, tf.SparseTensor([[0, 0]], [1.0], [1, 1])),
            TypeError,
            "sparse tensor",
        ),
    ],
)
def test_errors(build, error, message):
    with pytest.raises(error, match=message):
        build()
