from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def test_the_gradient_of_rows_is_sparse():
    x = tf.placeholder(tf.float32, [None, 2])
    (grad,) = tf.gradients(tf.gather(x, [2, 0, 2]) * [[1.0], [10.0], [100.0]], x)
    assert isinstance(grad, tf.IndexedSlices)
    feed = {x: np.zeros([3, 2])}
    values, indices = tf.Session().run([grad.values, grad.indices], feed)
    assert values.tolist() == [[1, 1], [10, 10], [100, 100]]
    assert indices.tolist() == [2, 0, 2]
    dense = tf.Session().run(tf.convert_to_tensor(grad), feed)
    assert dense.tolist() == [[10, 10], [0, 0], [101, 101]]


def test_sparse_gradients_pass_through_other_operations():
    x = tf.placeholder(tf.float32, [4])
    (grad,) = tf.gradients(tf.gather(tf.reshape(x, [2, 2]), [1, 1]), x)
    assert tf.Session().run(grad, {x: np.zeros(4)}).tolist() == [0, 0, 2, 2]


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize(("axis", "batch_dims"), [(1, 0), (2, 0), (-1, 0), (1, 1), (2, 1), (2, 2)])
def test_gradients_along_any_axis(axis, batch_dims, static):
    values = np.arange(24.0).reshape(2, 3, 4)
    places = np.asarray([[1, 0, 1], [2, 2, 0]])
    x = tf.placeholder(tf.float64, values.shape if static else None)
    weights = tf.placeholder(tf.float64)
    taken = tf.gather(x, places, axis=axis, batch_dims=batch_dims)
    (grad,) = tf.gradients(taken, x, grad_ys=weights)
    session = tf.Session()
    shape = session.run(taken, {x: values}).shape
    scale = np.random.default_rng(5).normal(size=shape)
    found = session.run(grad, {x: values, weights: scale})
    # The gradient is the transpose of a linear map: <gather(v), w> = <v, gradient(w)>.
    forward = session.run(taken, {x: values})
    np.testing.assert_allclose(np.sum(forward * scale), np.sum(values * found))


def test_gather_nd_of_batches():
    x = tf.constant([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
    assert tf.Session().run(tf.gather_nd(x, [[1], [0]], batch_dims=1)).tolist() == [[3, 4], [5, 6]]


def test_top_k_gives_equal_elements_in_order():
    values, indices = tf.nn.top_k([[1, 7, 7, 3], [2, 2, 2, 2]], 3)
    assert tf.Session().run(indices).tolist() == [[1, 2, 3], [0, 1, 2]]
    assert tf.Session().run(values).tolist() == [[7, 7, 3], [2, 2, 2]]


def test_where_chooses_rows_by_a_vector():
    x, y = tf.constant([[1, 2], [3, 4]]), tf.constant([[10, 20], [30, 40]])
    assert tf.Session().run(tf.where([True, False], x, y)).tolist() == [[1, 2], [30, 40]]
    with pytest.raises(ValueError, match="both x and y"):
        tf.where([True], x)


def test_sequence_mask_finds_the_longest():
    lengths = tf.placeholder(tf.int32, [None])
    mask = tf.sequence_mask(lengths)
    assert tf.Session().run(mask, {lengths: [1, 3]}).tolist() == [
        [True, False, False],
        [True, True, True],
    ]


def test_gather_nd_of_several_axes_and_a_bad_index():
    params = np.arange(24).reshape(2, 3, 4)
    places = tf.placeholder(tf.int32, [None, 2])
    picked = tf.gather_nd(params, places)
    with tf.Session() as session:
        assert session.run(picked, {places: [[1, 0], [0, 2]]}).tolist() == [
            [12, 13, 14, 15],
            [8, 9, 10, 11],
        ]
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[1\] = \[0, 3\]"):
            session.run(picked, {places: [[1, 0], [0, 3]]})


def test_an_operation_of_integers_runs_for_its_own_sake():
    place = tf.placeholder(tf.int32, [])
    picked = tf.gather([5, 6, 7], place)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError):
        session.run(picked.op, {place: 3})
