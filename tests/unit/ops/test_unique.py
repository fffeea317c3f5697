from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


@pytest.mark.parametrize(
    "x",
    [
        np.asarray([5, -3, 5, 9, -3, 0], np.int32),  # a small range: by a table
        np.asarray([10**15, -3, 10**15, 4], np.int64),  # a large one: by sorting
        np.asarray([250, 3, 250], np.uint8),
        np.asarray([-128, 127, -128], np.int8),
        np.asarray([2.5, -1.0, 2.5]),
    ],
)
def test_distinct_elements_in_order_of_appearance(x):
    y, index, count = tf.Session().run(tf.unique_with_counts(x))
    assert y.tolist() == list(dict.fromkeys(x.tolist()))
    np.testing.assert_array_equal(y[index], x)
    assert count.tolist() == [x.tolist().count(item) for item in y.tolist()]
    assert y.dtype == x.dtype
