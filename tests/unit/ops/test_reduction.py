"""What generic checks of reductions cannot prove."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def test_names_of_the_axes():
    x = tf.constant([[1.0, 2.0], [3.0, 5.0]], name="x")
    assert tf.reduce_sum(x).op.inputs[1].op.name == "Const"
    assert tf.reduce_sum(x, 1).op.inputs[1].op.name == "Sum_1/reduction_indices"


def test_all_axes_of_an_unknown_rank():
    x = tf.placeholder(tf.float32)
    total = tf.reduce_sum(x)
    assert tf.Session().run(total, {x: [[1, 2], [3, 5]]}) == 11
    assert tf.Session().run(tf.gradients(total, x)[0], {x: [[1, 2]]}).tolist() == [[1, 1]]


def test_axes_that_are_known_only_in_a_run():
    x, axes = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.int32, [None])
    mean = tf.reduce_mean(x, axes)
    (slope,) = tf.gradients(mean, x)
    feed = {x: [[1, 2, 3], [4, 5, 9]], axes: [-1]}
    assert tf.Session().run(mean, feed).tolist() == [2, 6]
    np.testing.assert_allclose(tf.Session().run(slope, feed), np.full([2, 3], 1 / 3), rtol=1e-6)
    for wrong, message in (([2], "does not exist"), ([0, -2], "twice")):
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            tf.Session().run(mean, {**feed, axes: wrong})


def test_means_of_integers_are_cut():
    assert tf.Session().run(tf.reduce_mean([3, 4])) == 3
    assert tf.Session().run(tf.reduce_mean([-3, -4])) == -3
    assert tf.Session().run(tf.reduce_mean(tf.constant([200, 202], tf.uint8))) == 201


def test_reductions_of_nothing():
    empty = tf.zeros([0, 2])
    values = tf.Session().run(
        [tf.reduce_max(empty, 0), tf.reduce_min(empty, 0), tf.reduce_prod(empty, 0)]
    )
    assert [value.tolist() for value in values] == [[-np.inf] * 2, [np.inf] * 2, [1, 1]]
    assert tf.Session().run(tf.reduce_max(tf.zeros([0], tf.int32))) == -(2**31)
    assert np.isnan(tf.Session().run(tf.reduce_mean(empty)))


def test_equal_maxima_share_the_gradient():
    x = tf.constant([[2.0, 7.0, 7.0], [1.0, 0.0, -1.0]])
    (slope,) = tf.gradients(tf.reduce_max(x, 1), x)
    assert tf.Session().run(slope).tolist() == [[0, 0.5, 0.5], [1, 0, 0]]


@pytest.mark.parametrize(
    ("row", "expected"),
    [([2.0, 3.0, 5.0], [15, 10, 6]), ([2.0, 0.0, 5.0], [0, 10, 0]), ([0.0, 0.0, 5.0], [0, 0, 0])],
)
def test_the_gradient_of_a_product_with_zeros(row, expected):
    x = tf.constant([row])
    (slope,) = tf.gradients(tf.reduce_prod(x, 1), x)
    assert tf.Session().run(slope).tolist() == [expected]


def test_short_floats_are_summed_in_float32():
    # In float16 the sum would stop at 2048, where 1 is less than half of the spacing.
    assert tf.Session().run(tf.reduce_sum(tf.ones([4000], tf.float16))) == 4000


def test_deprecated_arguments():
    x = tf.constant([[1.0, 2.0], [3.0, 5.0]])
    total = tf.reduce_sum(x, reduction_indices=1, keep_dims=True)
    assert tf.Session().run(total).tolist() == [[3], [8]]
    with pytest.raises(ValueError, match="axis"):
        tf.reduce_sum(x, axis=1, reduction_indices=1)
