from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as arrays

import graphflow as tf

KINDS = ["float16", "float32", "int8", "uint32", "int32", "float64", "int64"]


def in_order(row: np.ndarray, k: int) -> list[int]:
    """The indices of the k largest elements by Python's own sort, which is stable."""
    return sorted(range(row.size), key=lambda i: row[i], reverse=True)[:k]


@given(
    values=arrays.arrays(np.int8, (2, 12), elements=st.integers(-3, 3)),
    k=st.integers(0, 12),
    kind=st.sampled_from(KINDS),
)
def test_top_k_is_the_beginning_of_a_stable_sort(values, k, kind):
    values = np.abs(values) if kind.startswith("u") else values
    numbers = values.astype(kind)
    with tf.Graph().as_default(), tf.Session() as session:
        found, indices = session.run(tf.nn.top_k(tf.placeholder_with_default(numbers, [2, 12]), k))
    assert indices.tolist() == [in_order(row, k) for row in numbers]
    assert found.tolist() == np.take_along_axis(numbers, indices, axis=-1).tolist()


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_top_k_of_special_values(kind):
    values = np.asarray([1, -np.inf, np.nan, np.inf, -0.0, 0.0, -1, 2, 3e38], kind)
    found, indices = tf.Session().run(tf.nn.top_k(tf.constant(values), 2))
    assert indices.tolist() == [2, 3]
    np.testing.assert_array_equal(found, [np.nan, np.inf])
