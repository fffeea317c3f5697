"""Reductions over segments: what samples are too small, or too plain, to say."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.core.errors import InvalidArgumentError


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8, np.complex64])
def test_sums_of_wide_rows(dtype):
    generator = np.random.RandomState(3)
    data = generator.randint(-3, 4, [300, 20]).astype(dtype)
    ids = generator.randint(-1, 7, 300)
    found = tf.Session().run(tf.unsorted_segment_sum(data, ids, 8))
    expected = np.stack([data[ids == segment].sum(axis=0, dtype=dtype) for segment in range(8)])
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, expected)
    ids.sort()
    found = tf.Session().run(tf.segment_sum(data[ids >= 0], ids[ids >= 0]))
    expected = np.stack([data[ids == segment].sum(axis=0, dtype=dtype) for segment in range(7)])
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("is_sorted", [True, False])
def test_extremes_of_wide_rows(is_sorted):
    generator = np.random.RandomState(4)
    data = generator.randint(-30, 40, [200, 9])
    ids = generator.randint(0, 50, 200)
    ids[ids == 7] = 8
    if is_sorted:
        ids.sort()
    found = tf.Session().run(tf.unsorted_segment_max(data, ids, 50))
    least = np.iinfo(np.int64).min
    expected = np.stack([data[ids == i].max(axis=0, initial=least) for i in range(50)])
    np.testing.assert_array_equal(found, expected)


def test_not_a_number_stays_in_its_segment():
    data = np.zeros([300, 20], np.float32)
    data[4] = np.nan
    data[5] = np.inf
    found = tf.Session().run(tf.segment_sum(data, np.arange(300) // 5))
    assert np.isnan(found[0]).all()
    assert np.isinf(found[1]).all()
    assert (found[2:] == 0).all()


def test_segments_without_rows_hold_the_extreme_numbers_of_the_dtype():
    ids = [1, -1]
    least = tf.unsorted_segment_min(tf.constant([2.0, 3.0]), ids, 3)
    largest = tf.unsorted_segment_max(tf.constant([2.0, 3.0], tf.float64), ids, 3)
    found = tf.Session().run([least, largest])
    top = np.finfo(np.float32).max
    assert found[0].tolist() == [top, 2, top]
    assert found[1].tolist() == [np.finfo(np.float64).min, 2, np.finfo(np.float64).min]


def test_equal_elements_share_the_gradient():
    x = tf.constant([2.0, 2.0, 1.0, 5.0])
    by_order = tf.gradients(tf.segment_max(x, [0, 0, 0, 1]), x, [[6.0, 10.0]])
    in_any_order = tf.gradients(tf.unsorted_segment_max(x, [0, 0, -1, 1], 3), x)
    found = tf.Session().run([by_order, in_any_order])
    assert found[0][0].tolist() == [3, 3, 0, 10]
    assert found[1][0].tolist() == [0.5, 0.5, 0, 1]


def test_gradient_of_products_with_zeros():
    x = tf.constant([2.0, 0.0, 3.0, 0.0, 0.0, 5.0])
    (grad,) = tf.gradients(tf.unsorted_segment_prod(x, [0, 0, 0, 1, 1, 1], 2), x)
    assert tf.Session().run(grad).tolist() == [0, 6, 0, 0, 0, 0]


def test_means_over_segments_of_several_axes():
    data = tf.constant([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 10.0]]])
    mean = tf.unsorted_segment_mean(data, [[0, 1], [1, -1]], 3)
    root = tf.math.unsorted_segment_sqrt_n(data, [[0, 1], [1, -1]], 3)
    assert mean.op.name == "UnsortedSegmentMean/truediv"
    found = tf.Session().run([mean, root])
    assert found[0].tolist() == [[1, 2], [4, 5], [0, 0]]
    np.testing.assert_allclose(found[1], [[1, 2], [8 / 2**0.5, 10 / 2**0.5], [0, 0]], rtol=1e-6)


def test_segments_that_are_not_in_order_are_refused():
    ids = tf.placeholder(tf.int32)
    total = tf.segment_sum([1.0, 2.0], ids)
    with pytest.raises(InvalidArgumentError, match="unsorted_segment"):
        tf.Session().run(total, {ids: [1, 0]})


def test_picked_rows():
    data = tf.placeholder(tf.float32, [4, 1])
    picked = tf.sparse.segment_mean(data, [3, 0, 3], [0, 0, 2], num_segments=4)
    assert picked.shape.as_list() == [4, 1]
    (grad,) = tf.gradients(picked, data, [[[2.0], [3.0], [5.0], [7.0]]])
    found = tf.Session().run([picked, grad], {data: [[1], [2], [4], [8]]})
    assert found[0].tolist() == [[4.5], [0], [8], [0]]
    assert found[1].tolist() == [[1], [0], [0], [6]]
