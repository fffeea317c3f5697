"""Embedding lookups: whole tables, shards, variables, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.core.convert import IndexedSlices


@pytest.mark.parametrize("resource", [False, True])
@pytest.mark.parametrize("strategy", ["mod", "div"])
def test_a_partitioned_variable_is_a_list_of_shards(resource: bool, strategy: str):
    rows = np.arange(10.0).reshape(5, 2)
    parts = tf.get_variable(
        "t", [5, 2], tf.float64, tf.zeros_initializer(),
        partitioner=tf.fixed_size_partitioner(2), use_resource=resource,
    )  # fmt: skip
    first, second = parts
    found = tf.nn.embedding_lookup(parts, [[3, 1, 0]], partition_strategy=strategy)
    grads = tf.gradients(found, [first, second])
    with tf.Session() as session:
        session.run([first.assign(rows[:3]), second.assign(rows[3:])])
        # By "mod", ids 0, 2, 4 are the rows of the first shard; by "div", ids 0, 1, 2 are.
        order = [0, 3, 1, 4, 2] if strategy == "mod" else [0, 1, 2, 3, 4]
        assert session.run(found).tolist() == [[rows[order[i]].tolist() for i in (3, 1, 0)]]
        values = session.run(grads)
    assert [value.indices.tolist() for value in values] == (
        [[0], [1, 0]] if strategy == "mod" else [[1, 0], [0]]
    )


def test_the_gradient_is_sparse():
    table = tf.Variable(tf.ones([4, 3]))
    (grad,) = tf.gradients(tf.nn.embedding_lookup(table, [[1, 3], [1, 1]]), table)
    assert isinstance(grad, IndexedSlices)
    with tf.Session() as session:
        value = session.run(grad)
    assert value.indices.tolist() == [1, 3, 1, 1]
    assert value.dense_shape.tolist() == [4, 3]


def test_what_is_refused():
    table = tf.ones([4, 3])
    with pytest.raises(ValueError, match="'mod' or 'div', not 'rows'"):
        tf.nn.embedding_lookup([table, table], [0], partition_strategy="rows")
    with pytest.raises(ValueError, match="at least one shard"):
        tf.nn.embedding_lookup([], [0])
    with pytest.raises(ValueError, match="params is None"):
        tf.nn.embedding_lookup(None, [0])
    with pytest.raises(TypeError, match="float32"):
        tf.nn.embedding_lookup(table, [0.5])
    outside = tf.nn.embedding_lookup(table, [4])
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="4 is not"):
        session.run(outside)


def sparse_ids() -> tf.SparseTensor:
    return tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [2, 0, 2], [2, 2])


@pytest.mark.parametrize(
    ("combiner", "divisors"), [("sum", [1, 1]), ("mean", [3, 1.5]), ("sqrtn", [3, 1.25**0.5])]
)
def test_rows_are_combined_with_weights(combiner: str, divisors: list[float]):
    table = np.array([[1.0, 2.0], [0.0, 0.0], [4.0, -6.0]])
    weights = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [3.0, 1.0, 0.5], [2, 2])
    found = tf.nn.embedding_lookup_sparse(
        tf.constant(table), sparse_ids(), weights, combiner=combiner
    )
    expected = np.array([3 * table[2], table[0] + table[2] / 2]) / np.array(divisors)[:, None]
    np.testing.assert_allclose(tf.Session().run(found), expected)


def test_half_precision_is_added_up_in_single_precision():
    table = tf.constant([[2048.0], [1.0], [1.0]], tf.float16)
    ids = tf.SparseTensor([[0, 0], [0, 1], [0, 2]], [0, 1, 2], [1, 3])
    found = tf.nn.embedding_lookup_sparse(table, ids, None, combiner="sum")
    assert found.dtype == tf.float16
    assert tf.Session().run(found).tolist() == [[2050.0]]


def test_the_gradient_of_combined_rows_is_sparse():
    table = tf.Variable(tf.ones([4, 3]))
    found = tf.nn.embedding_lookup_sparse(table, sparse_ids(), None)
    (grad,) = tf.gradients(found, table)
    assert isinstance(grad, IndexedSlices)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(grad).indices.tolist() == [2, 0]


def test_what_sparse_lookups_refuse():
    table, ids = tf.ones([4, 3]), sparse_ids()
    with pytest.raises(ValueError, match="one of mean, sqrtn, sum, not 'max'"):
        tf.nn.embedding_lookup_sparse(table, ids, None, combiner="max")
    with pytest.raises(TypeError, match="sp_ids must be a SparseTensor"):
        tf.nn.embedding_lookup_sparse(table, [1, 2], None)
    with pytest.raises(TypeError, match="sp_weights must be a SparseTensor"):
        tf.nn.embedding_lookup_sparse(table, ids, [1.0, 2.0, 3.0])
    weights = tf.SparseTensor([[0, 0]], [1.0], [2, 2])
    with pytest.raises(ValueError, match="must have the same shape"):
        tf.nn.embedding_lookup_sparse(table, ids, weights)
    with pytest.raises(ValueError, match="embedding_weights is empty"):
        tf.nn.safe_embedding_lookup_sparse([], ids)


def test_safe_lookups_keep_unknown_ranks():
    table = tf.ones([4, 3])
    ids = tf.sparse_placeholder(tf.int64)
    found = tf.nn.safe_embedding_lookup_sparse(table, ids)
    value = tf.SparseTensorValue([[0, 1, 0]], [2], [2, 2, 5])
    with tf.Session() as session:
        result = session.run(found, {ids: value})
    assert result.tolist() == [[[0] * 3, [1] * 3], [[0] * 3, [0] * 3]]
