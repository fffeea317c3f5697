from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import graphflow as tf

VALUES = np.arange(2 * 5 * 3, dtype=np.float32).reshape(2, 5, 3)


def items(size: int) -> st.SearchStrategy:
    """Indices and slices of an axis."""
    bounds = st.none() | st.integers(-size - 2, size + 2)
    steps = st.none() | st.integers(-3, 3).filter(bool)
    return st.integers(-size, size - 1) | st.builds(slice, bounds, bounds, steps)


@st.composite
def keys(draw) -> tuple:
    """Keys for `VALUES`: some axes, perhaps an ellipsis, new axes anywhere."""
    front = draw(st.integers(0, VALUES.ndim))
    back = draw(st.integers(0, VALUES.ndim - front))
    sizes = VALUES.shape[:front], VALUES.shape[VALUES.ndim - back :] if back else ()
    first, last = ([draw(items(size)) for size in group] for group in sizes)
    key = [*first, ..., *last] if last or draw(st.booleans()) else first
    for _ in range(draw(st.integers(0, 2))):
        key.insert(draw(st.integers(0, len(key))), None)
    return tuple(key)


@settings(max_examples=150, deadline=None)
@given(key=keys())
def test_slices_are_those_of_numpy(key):
    with tf.Graph().as_default():
        expected = VALUES[key]
        fed = tf.placeholder(tf.float32, VALUES.shape)
        unknown = tf.placeholder(tf.float32)
        assert fed[key].shape.as_list() == list(expected.shape)
        static, dynamic = tf.Session().run([fed[key], unknown[key]], {fed: VALUES, unknown: VALUES})
    np.testing.assert_array_equal(static, expected)
    np.testing.assert_array_equal(dynamic, expected)


@settings(max_examples=50, deadline=None)
@given(key=keys())
def test_gradients_of_slices_count_the_elements_taken(key):
    with tf.Graph().as_default():
        x = tf.constant(VALUES)
        (grad,) = tf.gradients(x[key], x)
        counted = tf.Session().run(grad)
    expected = np.zeros_like(VALUES)
    expected[key] = 1
    np.testing.assert_array_equal(counted, expected)


@settings(max_examples=50, deadline=None)
@given(key=items(4))
def test_parts_of_a_shape_are_known(key):
    with tf.Graph().as_default():
        part = tf.shape(tf.placeholder(tf.float32, [2, None, 3, 7]))[key]
        reshaped = tf.reshape(tf.placeholder(tf.float32), tf.reshape(part, [-1]))
    sizes = np.asarray([2, None, 3, 7], object)[key]
    assert reshaped.shape.as_list() == ([sizes] if isinstance(key, int) else sizes.tolist())


def test_tensors_as_bounds():
    x = tf.constant([10, 20, 30, 40])
    at = tf.placeholder(tf.int32, [])
    results = tf.Session().run([x[at], x[at:], x[: at + 1], x[::at]], {at: 2})
    assert [np.asarray(result).tolist() for result in results] == [
        30, [30, 40], [10, 20, 30], [10, 30],
    ]  # fmt: skip
    wide = tf.constant(1, tf.int64)
    assert tf.Session().run(x[wide:3]).tolist() == [20, 30]


def test_names_and_masks_are_those_of_tensorflow():
    x = tf.placeholder(tf.float32, [4, 5], name="x")
    operation = x[..., tf.newaxis, -1].op
    assert operation.name == "strided_slice"
    assert [t.op.name for t in operation.inputs] == [
        "x", "strided_slice/stack", "strided_slice/stack_1", "strided_slice/stack_2",
    ]  # fmt: skip
    masks = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    assert [operation.get_attr(mask) for mask in masks] == [0, 0, 1, 2, 4]


def test_boolean_masks():
    x = tf.constant([[1, 2], [3, 4], [5, 6]])
    assert tf.Session().run(x[np.asarray([True, False, True])]).tolist() == [[1, 2], [5, 6]]
    assert tf.Session().run(x[x > 2]).tolist() == [3, 4, 5, 6]
    masked = tf.boolean_mask(x, [False, True], axis=1)
    assert masked.shape.as_list() == [3, None]
    assert tf.Session().run(masked).tolist() == [[2], [4], [6]]


@pytest.mark.parametrize("key", [1.0, "a", slice(0, 2.5), np.asarray([1]), slice("a", None)])
def test_keys_that_are_no_integers(key):
    with pytest.raises(TypeError, match="an index is an integer"):
        tf.placeholder(tf.float32, [4])[key]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (4, "index 4 is out of range"),
        ((0, 0), "2 axes are sliced"),
        (slice(None, None, 0), "must not be 0"),
        ((..., ...), "more than one ellipsis"),
    ],
)
def test_keys_outside(key, message):
    with pytest.raises(ValueError, match=message):
        tf.placeholder(tf.float32, [4])[key]


def test_an_index_outside_is_found_when_the_graph_runs():
    x, at = tf.placeholder(tf.float32), tf.placeholder(tf.int32, [])
    with pytest.raises(tf.errors.InvalidArgumentError, match="lies outside"):
        tf.Session().run(x[at], {x: [1.0, 2.0], at: 2})
