"""Limits for values and norms."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def test_values_are_clipped_by_minimum_and_maximum():
    x = tf.constant([-5.0, 0.5, 5.0], name="x")
    clipped = tf.clip_by_value(x, -1, 2)
    assert [clipped.op.type, clipped.op.inputs[0].op.type] == ["Maximum", "Minimum"]
    assert clipped.op.name == "clip_by_value"
    assert tf.Session().run(clipped).tolist() == [-1, 0.5, 2]


def test_limits_must_fit_into_the_tensor():
    with pytest.raises(ValueError, match="must fit"):
        tf.clip_by_value(tf.constant([1.0, 2.0]), tf.zeros([3, 2]), 1.0)


def test_short_vectors_keep_their_length():
    x = tf.constant([[3.0, 4.0], [0.3, 0.4]])
    assert (
        tf.Session().run(tf.clip_by_norm(x, 10.0)).tolist()
        == np.float32([[3.0, 4.0], [0.3, 0.4]]).tolist()
    )
    rows = tf.Session().run(tf.clip_by_norm(x, 1.0, axes=[1]))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.3, 0.4]], rtol=1e-6)


def test_the_zero_vector_has_a_finite_gradient():
    x = tf.constant([0.0, 0.0])
    (slope,) = tf.gradients(tf.clip_by_norm(x, 2.0), x)
    assert tf.Session().run(slope).tolist() == [1, 1]


def test_a_global_norm_over_dense_and_sparse_tensors():
    slices = tf.IndexedSlices(tf.constant([[3.0], [4.0]]), tf.constant([0, 7]))
    dense = tf.constant([12.0])
    clipped, norm = tf.clip_by_global_norm([slices, None, dense], 6.5)
    assert clipped[1] is None
    assert clipped[0].indices is slices.indices
    values = tf.Session().run([norm, clipped[0].values, clipped[2]])
    assert values[0] == 13
    np.testing.assert_allclose(values[1], [[1.5], [2.0]], rtol=1e-6)
    np.testing.assert_allclose(values[2], [6.0], rtol=1e-6)


def test_an_infinite_norm_makes_everything_nan():
    clipped, norm = tf.clip_by_global_norm([tf.constant([1.0, np.inf])], 1.0)
    values = tf.Session().run([norm, *clipped])
    assert np.isinf(values[0])
    assert np.isnan(values[1]).all()


def test_a_single_tensor_is_no_list():
    with pytest.raises(TypeError, match="list"):
        tf.clip_by_global_norm(tf.constant([1.0]), 1.0)
