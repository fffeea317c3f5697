"""Sparse tensors as programs use them: fed, fetched, differentiated, and large ones."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow import ops

VALUE = tf.SparseTensorValue(np.asarray([[0, 2], [1, 0], [1, 3]]), np.float32([5, 7, 9]), [2, 4])


@pytest.fixture(name="session")
def make_session():
    with tf.Session() as session:
        yield session


def as_lists(value):
    return [np.asarray(part).tolist() for part in value]


class TestFeedsAndFetches:
    def test_a_value_and_a_tuple_feed_a_placeholder(self, session):
        x = tf.sparse_placeholder(tf.float32)
        dense = tf.sparse_tensor_to_dense(x)
        for value in (VALUE, tuple(VALUE)):
            assert session.run(dense, {x: value}).tolist() == [[0, 0, 5, 0], [7, 0, 0, 9]]

    def test_what_is_fetched_is_a_value(self, session):
        x = tf.sparse_placeholder(tf.float32, [None, 4])
        fetched = session.run({"x": x, "twice": x * 2.0}, {x: VALUE})
        assert isinstance(fetched["x"], tf.SparseTensorValue)
        assert as_lists(fetched["twice"]) == [[[0, 2], [1, 0], [1, 3]], [10, 14, 18], [2, 4]]

    def test_eval(self, session):
        x = tf.sparse_placeholder(tf.float32)
        with session.as_default():
            value = tf.sparse_transpose(x).eval({x: VALUE})
        assert as_lists(value) == [[[0, 1], [2, 0], [3, 1]], [7, 5, 9], [4, 2]]

    def test_partial_runs(self, session):
        x, scale = tf.sparse_placeholder(tf.float32), tf.placeholder(tf.float32)
        total = tf.sparse_reduce_sum(x, 1)
        scaled = total * scale
        handle = session.partial_run_setup([total, scaled], [x, scale])
        assert session.partial_run(handle, total, {x: VALUE}).tolist() == [5, 16]
        assert session.partial_run(handle, scaled, {scale: 10.0}).tolist() == [50, 160]

    def test_a_feed_that_is_not_sparse_is_refused(self, session):
        x = tf.sparse_placeholder(tf.float32)
        with pytest.raises(TypeError, match="SparseTensorValue"):
            session.run(x, {x: 3.0})


def test_constants_of_a_sparse_tensor_have_a_name_scope():
    sparse = tf.SparseTensor([[0, 1]], [2.0], [2, 3])
    assert sparse.indices.name == "SparseTensor/indices:0"
    assert sparse.values.name == "SparseTensor/values:0"
    assert sparse.dense_shape.name == "SparseTensor/dense_shape:0"


class TestPlaceholders:
    def test_names_and_shapes(self):
        x = tf.sparse_placeholder(tf.float32, [None, 4], name="x")
        assert [tensor.name for tensor in (x.indices, x.values, x.dense_shape)] == [
            "x/indices:0",
            "x/values:0",
            "x/shape:0",
        ]
        assert x.shape.as_list() == [None, 4]
        assert x.indices.shape.as_list() == [None, 2]
        assert tf.sparse_placeholder(tf.float32).shape.rank is None

    def test_the_declared_shape_lives_on(self):
        x = tf.sparse_placeholder(tf.float32, [None, 4])
        assert tf.sparse_reorder(x).shape.as_list() == [None, 4]
        assert tf.sparse_transpose(x).shape.as_list() == [4, None]
        assert tf.sparse.expand_dims(x, 1).shape.as_list() == [None, 1, 4]
        assert tf.square(x).shape.as_list() == [None, 4]

    def test_a_contradicting_shape_is_refused(self):
        x = tf.SparseTensor([[0, 1]], [3.0], [2, 4])
        with pytest.raises(ValueError, match="not compatible"):
            x.set_shape([2, 5])


def test_a_linear_model_on_sparse_features_learns(session):
    x, y = tf.sparse_placeholder(tf.float32, [None, 4]), tf.placeholder(tf.float32, [None, 1])
    w = tf.Variable(tf.zeros([4, 1]))
    loss = tf.reduce_sum((tf.sparse_tensor_dense_matmul(x, w) - y) ** 2)
    train = tf.train.GradientDescentOptimizer(0.004).minimize(loss)
    session.run(tf.global_variables_initializer())
    feed = {x: VALUE, y: [[10.0], [-9.0]]}
    before = session.run(loss, feed)
    for _ in range(200):
        session.run(train, feed)
    assert session.run(loss, feed) < 1e-3 * before
    assert session.run(w)[1] == 0  # no element is in its column


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int32, np.complex64])
def test_large_products(session, dtype):
    generator = np.random.RandomState(1)
    a = generator.randint(-2, 3, [60, 50]) * (generator.rand(60, 50) < 0.2)
    b = generator.randint(-2, 3, [60, 30])
    a, b = (a * (1 + 1j), b * (2 - 1j)) if dtype is np.complex64 else (a, b)
    sparse = tf.sparse.from_dense(a.astype(dtype))
    product = tf.sparse.matmul(sparse, b.astype(dtype), adjoint_a=True)
    np.testing.assert_array_equal(session.run(product), (np.conj(a.T) @ b).astype(dtype))


def test_indices_beyond_what_int64_counts(session):
    places = [[2**40, 5, 1], [3, 2**41, 0]]
    shape = [2**42, 2**42, 2]
    x = tf.sparse_reorder(tf.SparseTensor(places, [1.0, 2.0], shape))
    y = tf.SparseTensor([places[1]], [10.0], shape)
    assert as_lists(session.run(tf.sparse_add(x, y)))[:2] == [[places[1], places[0]], [12, 1]]


def test_sparse_operands_of_operators(session):
    x = tf.SparseTensor(*VALUE)
    column = tf.constant([[2.0], [4.0]])
    found = session.run([x * column, column * x, x / column])
    assert [value.values.tolist() for value in found] == [
        [10, 28, 36],
        [10, 28, 36],
        [2.5, 1.75, 2.25],
    ]
    with pytest.raises(TypeError):
        column + x


def test_integers_are_divided_as_floating_numbers(session):
    quotient = tf.SparseTensor([[1]], [3], [4]) / tf.constant([2])
    assert quotient.dtype == tf.float64
    assert session.run(quotient).values.tolist() == [1.5]
    assert session.run(ops.sparse_dense_cwise_div([[0], [1]], [-7, 7], [2], [2, -2])).tolist() == [
        -3,
        -3,
    ]


def test_gradients_of_sums_go_to_all_summands(session):
    a, b = tf.SparseTensor([[0], [2]], [1.0, 2.0], [4]), tf.SparseTensor([[2]], [-2.0], [4])
    total = tf.sparse_add(a, b, 0.5)
    assert session.run(total).values.tolist() == [1.0]  # the other sum is 0
    found = session.run(tf.gradients(total.values * 3.0, [a.values, b.values]))
    assert as_lists(found) == [[3, 0], [0]]


def test_set_operations_keep_strings_apart_by_row(session):
    a = tf.constant([["b", "a", "b"], ["c", "c", "c"]])
    b = tf.SparseTensor([[0, 3], [1, 0], [1, 1]], ["a", "d", "a"], [2, 4])
    assert as_lists(session.run(tf.sets.union(a, b))) == [
        [[0, 0], [0, 1], [1, 0], [1, 1], [1, 2]],
        [b"a", b"b", b"a", b"c", b"d"],
        [2, 3],
    ]
    assert session.run(tf.sets.difference(b, a)).values.tolist() == [b"a", b"d"]
    assert session.run(tf.sets.size(b)).tolist() == [1, 2]


def test_deprecated_arguments():
    x = tf.SparseTensor(*VALUE)
    assert tf.sparse_reduce_sum(x, reduction_axes=0, keep_dims=True).shape.as_list() == [1, 4]
    with pytest.raises(ValueError, match="not both"):
        tf.sparse_reduce_sum(x, axis=0, reduction_axes=0)
    with pytest.raises(ValueError, match="are the same"):
        tf.sparse_concat(0, [x], expand_nonconcat_dim=True, expand_nonconcat_dims=True)
    with pytest.raises(ValueError, match="by name"):
        tf.sparse_split(x, 2, 0)


@pytest.mark.parametrize(
    "function",
    [
        tf.sparse_tensor_to_dense,
        tf.sparse_reorder,
        tf.sparse_reduce_sum,
        tf.sparse_softmax,
        tf.sparse_transpose,
        tf.sets.size,
    ],
)
def test_dense_tensors_are_refused(function):
    with pytest.raises(TypeError, match=r"must be a SparseTensor.*tf.sparse.from_dense"):
        function(tf.constant([[1]]))


def test_identity_of_composites(session):
    sparse = tf.identity(tf.SparseTensor(*VALUE))
    assert sparse.shape.as_list() == [2, 4]
    assert as_lists(session.run(sparse)) == [[[0, 2], [1, 0], [1, 3]], [5, 7, 9], [2, 4]]
    slices = tf.identity(tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([3])))
    assert isinstance(slices, tf.IndexedSlices)
    assert session.run(slices).indices.tolist() == [3]


def test_parts_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"shape \(1, 2\).* make no sparse tensor"):
        tf.SparseTensor([[0, 1]], [1.0, 2.0], [2, 3])
