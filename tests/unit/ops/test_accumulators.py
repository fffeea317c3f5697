"""Accumulators of gradients. What is dropped and what is averaged is as in TensorFlow."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import graphflow as tf


@pytest.fixture
def session():
    with tf.Session() as sess:
        yield sess


def test_mean_and_sum(session):
    for kind, expected in (("MEAN", [2, 5.5]), ("SUM", [4, 11])):
        accumulator = tf.ConditionalAccumulator(tf.float32, [2], reduction_type=kind)
        session.run(accumulator.apply_grad([1.0, 5.0]))
        session.run(accumulator.apply_grad([3.0, 6.0]))
        assert session.run(accumulator.take_grad(1)).tolist() == expected
        assert session.run(accumulator.num_accumulated()) == 0


def test_gradients_of_earlier_steps_are_dropped(session):
    accumulator = tf.ConditionalAccumulator(tf.float64)
    session.run(accumulator.apply_grad(np.float64(3)))
    session.run(accumulator.take_grad(1))
    session.run(accumulator.apply_grad(np.float64(5), local_step=0))
    assert session.run(accumulator.num_accumulated()) == 0
    session.run(accumulator.set_global_step(7))
    session.run(accumulator.apply_grad(np.float64(5), local_step=6))
    session.run(accumulator.apply_grad(np.float64(9), local_step=7))
    assert session.run(accumulator.take_grad(1)) == 9


def test_taking_waits_for_enough(session):
    accumulator = tf.ConditionalAccumulator(tf.float32)
    take, apply = accumulator.take_grad(3), accumulator.apply_grad(4.0)
    found = []
    waiter = threading.Thread(target=lambda: found.append(session.run(take)))
    waiter.start()
    for _ in range(3):
        assert not found
        session.run(apply)
    waiter.join(10)
    assert found == [4]


def test_waiting_ends_with_the_timeout(session):
    take = tf.ConditionalAccumulator(tf.float32).take_grad(1)
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(take, options=tf.RunOptions(timeout_in_ms=50))


def test_shared_names(session):
    first = tf.ConditionalAccumulator(tf.float32, shared_name="s")
    second = tf.ConditionalAccumulator(tf.float32, shared_name="s", name="other")
    session.run(first.apply_grad(2.0))
    assert session.run(second.take_grad(1)) == 2
    different = tf.ConditionalAccumulator(tf.float64, shared_name="s")
    with pytest.raises(tf.errors.InvalidArgumentError, match="another shared_name"):
        session.run(different.num_accumulated())


def test_names(session):
    accumulator = tf.ConditionalAccumulator(tf.float32, name="scope/Q")
    assert accumulator.name == "Q"
    assert accumulator.num_accumulated().op.name == "Q_NumAccumulated"
    assert accumulator.accumulator_ref.op.type == "ResourceConditionalAccumulator"
    assert tf.SparseConditionalAccumulator(tf.float32).accumulator_ref.dtype.name == "string_ref"


def test_shapes_must_agree(session):
    with pytest.raises(ValueError, match="not compatible"):
        tf.ConditionalAccumulator(tf.float32, [2]).apply_grad([1.0])
    accumulator = tf.ConditionalAccumulator(tf.float32, [None])
    session.run(accumulator.apply_grad([1.0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"expected is \(1,\)"):
        session.run(accumulator.apply_grad([1.0, 2.0]))


def test_rows_are_averaged_where_they_are(session):
    accumulator = tf.SparseConditionalAccumulator(tf.float32, [4, 2])
    for indices, rows in (([0, 2], [1, 2]), ([2, 3], [5, 6]), ([2], [7])):
        values = np.repeat(np.asarray(rows, np.float32)[:, None], 2, axis=1)
        session.run(accumulator.apply_grad(indices, values))
    found = session.run(accumulator.take_indexed_slices_grad(3))
    assert found.indices.tolist() == [0, 2, 3]
    np.testing.assert_allclose(found.values[:, 1], [1, 14 / 3, 6])
    assert found.dense_shape.tolist() == [4, 2]


def test_rows_of_indexed_slices(session):
    x = tf.Variable(tf.ones([3, 2]))
    [grad] = tf.gradients(tf.gather(x, [2, 2]) * 5.0, [x])
    accumulator = tf.SparseConditionalAccumulator(tf.float32)
    session.run(x.initializer)
    session.run(accumulator.apply_indexed_slices_grad(grad))
    indices, values, shape = session.run(accumulator.take_grad(1))
    assert indices.tolist() == [2]
    assert values.tolist() == [[10, 10]]
    assert shape.tolist() == [-1, 2]


@pytest.mark.parametrize(
    ("indices", "values", "shape", "message"),
    [
        ([0], [[1.0, 2.0, 3.0]], None, "expected is"),
        ([4], [[1.0, 2.0]], None, "outside of shape"),
        ([[1]], [[1.0, 2.0]], None, "must be a vector"),
        ([1, 2], [[1.0, 2.0]], None, "2 indices"),
        ([1], [[1.0, 2.0]], [5, 2], "a dense shape"),
        ([1], [[1.0, 2.0]], 4, "gradient_shape must"),
    ],
)
def test_rows_must_fit(session, indices, values, shape, message):
    accumulator = tf.SparseConditionalAccumulator(tf.float32, [4, 2])
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        session.run(accumulator.apply_grad(indices, values, shape))


def test_a_scalar_shape_says_nothing_of_rows(session):
    accumulator = tf.SparseConditionalAccumulator(tf.float32, shape=())
    session.run(accumulator.apply_grad([0, 2], [[1.0, 4.0], [5.0, 6.0]], [4, 2]))
    found = session.run(accumulator.take_grad(1))
    assert found.shape.tolist() == [-1, 2]
    assert found.values.tolist() == [[1, 4], [5, 6]]
