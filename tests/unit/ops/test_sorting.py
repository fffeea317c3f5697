from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def run(value, feeds=None):
    return tf.Session().run(value, feeds)


def test_sorting_is_stable_in_both_directions():
    x = [2, 1, 2, 1]
    assert run(tf.argsort(x)).tolist() == [1, 3, 0, 2]
    assert run(tf.argsort(x, direction="DESCENDING")).tolist() == [0, 2, 1, 3]


@pytest.mark.parametrize("axis", [0, 1, 2, -2])
def test_any_axis(axis):
    x = np.random.RandomState(3).randint(-50, 50, (3, 4, 5))
    np.testing.assert_array_equal(run(tf.sort(x, axis)), np.sort(x, axis))
    fed = tf.placeholder(tf.int64)
    np.testing.assert_array_equal(run(tf.sort(fed, axis), {fed: x}), np.sort(x, axis))


def test_extremes_do_not_overflow():
    x = np.asarray([0, -(2**31), 2**31 - 1], np.int32)
    np.testing.assert_array_equal(run(tf.sort(x)), np.sort(x))


def test_gradient_goes_to_where_the_elements_came_from():
    x = tf.constant([3.0, 1.0, 2.0])
    grad = tf.gradients(tf.reduce_sum(tf.sort(x) * [10.0, 20.0, 30.0]), x)[0]
    assert run(grad).tolist() == [30, 10, 20]


@pytest.mark.parametrize("side", ["left", "right"])
def test_searching_many_rows_is_searching_each(side):
    random = np.random.RandomState(1)
    rows = np.sort(random.randint(0, 20, (4, 13)), axis=1)
    values = random.randint(-1, 22, (4, 9))
    found = run(tf.searchsorted(rows, values, side))
    for row, wanted, places in zip(rows, values, found, strict=True):
        np.testing.assert_array_equal(places, np.searchsorted(row, wanted, side))


def test_weighted_counts_have_a_gradient():
    weights = tf.constant([0.5, 2.0, 1.0])
    counts = tf.bincount([1, 0, 1], weights=weights)
    assert run(tf.gradients(counts * [10.0, 20.0], weights)[0]).tolist() == [20, 10, 20]


def test_classes_in_a_column():
    labels = tf.placeholder(tf.int64, [None, 1])
    matrix = tf.confusion_matrix(labels, [0, 1], num_classes=2)
    assert run(matrix, {labels: [[1], [1]]}).tolist() == [[0, 0], [1, 1]]


def test_repeated_gradient_adds_up():
    x = tf.constant([1.0, 2.0])
    grad = tf.gradients(tf.repeat(x, [3, 1]) * [1.0, 10.0, 100.0, 7.0], x)[0]
    assert run(tf.convert_to_tensor(grad)).tolist() == [111, 7]
