"""`tf.contrib.slim`: training operations, analyzers, and the measure of a batch."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import graphflow as tf

slim = tf.contrib.slim


def started():
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return sess


def test_slim_has_the_layers_and_the_variables():
    assert slim.fully_connected is tf.contrib.layers.fully_connected
    assert slim.arg_scope is tf.contrib.framework.arg_scope
    assert slim.get_model_variables is tf.contrib.framework.get_model_variables


# -- training operations ---------------------------------------------------------------------------


@pytest.fixture
def loss():
    a = tf.Variable([3.0, 4.0], name="a")
    b = tf.Variable(2.0, name="b")
    return tf.reduce_sum(a * a) / 2 + b


def test_a_step_updates_before_it_computes_the_loss(loss):
    count = tf.Variable(0.0, trainable=False, name="count")
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, count.assign_add(1.0))
    step = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.5))
    assert tf.get_collection(tf.GraphKeys.TRAIN_OP)[-1] is step
    with started() as sess:
        assert sess.run(step) == 14.5
        assert sess.run(tf.train.get_global_step()) == 1
        assert sess.run("a:0").tolist() == [1.5, 2]
        assert sess.run(count) == 1


def test_gradients_are_multiplied_and_clipped(loss):
    step = slim.learning.create_train_op(
        loss, tf.train.GradientDescentOptimizer(1.0), global_step=None, clip_gradient_norm=2.5,
        gradient_multipliers={"b": 0.25},
    )  # fmt: skip
    assert tf.train.get_global_step() is None
    with started() as sess:
        sess.run(step)
        assert sess.run("a:0").tolist() == [1.5, 2]
        assert sess.run("b:0") == 1.75


def test_only_some_variables_are_trained(loss):
    a, b = tf.trainable_variables()
    step = slim.learning.create_train_op(
        loss, tf.train.GradientDescentOptimizer(1.0), variables_to_train=[b]
    )
    with started() as sess:
        sess.run(step)
        assert sess.run([a, b])[0].tolist() == [3, 4]
        assert sess.run(b) == 1
    fixed = tf.Variable(1.0, trainable=False, name="fixed")
    with pytest.raises(ValueError, match="fixed is not trainable"):
        slim.learning.create_train_op(
            loss, tf.train.GradientDescentOptimizer(1.0), variables_to_train=[fixed]
        )


def test_a_loss_that_is_no_number_fails():
    w = tf.Variable(-1.0)
    step = slim.learning.create_train_op(tf.log(w), tf.train.GradientDescentOptimizer(1.0))
    with started() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="inf or nan"):
        sess.run(step)


def test_missing_updates_are_noted(loss, caplog):
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.no_op())
    with caplog.at_level(logging.WARNING, "graphflow"):
        tf.contrib.training.create_train_op(
            loss, tf.train.GradientDescentOptimizer(1.0), update_ops=[]
        )
    assert "UPDATE_OPS" in caplog.records[0].message


def test_nothing_to_train():
    with pytest.raises(ValueError, match="no variables to train"):
        slim.learning.create_train_op(tf.constant(1.0), tf.train.GradientDescentOptimizer(1.0))


def test_sparse_gradients_are_multiplied_and_clipped():
    w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    slices = tf.IndexedSlices(tf.constant([[3.0, 4.0]]), tf.constant([1]))
    ((multiplied, _),) = tf.contrib.training.multiply_gradients([(slices, w)], {w: 2.0})
    ((clipped, _),) = tf.contrib.training.clip_gradient_norms_fn(2.5)([(slices, w)])
    with tf.Session() as sess:
        assert sess.run(multiplied.values).tolist() == [[6, 8]]
        np.testing.assert_allclose(sess.run(clipped.values), [[1.5, 2]])
    assert tf.contrib.training.clip_gradient_norms([(None, w)], 1.0) == [(None, w)]


def test_multipliers_that_are_refused():
    w = tf.Variable(1.0, name="w")
    with pytest.raises(ValueError, match="grads_and_vars is a list"):
        slim.learning.multiply_gradients({}, {"w": 1.0})
    with pytest.raises(ValueError, match="a dictionary with items"):
        slim.learning.multiply_gradients([(w, w)], {})
    with pytest.raises(ValueError, match="for w is None"):
        slim.learning.multiply_gradients([(None, w)], {"w": 1.0})


# -- analyzers -------------------------------------------------------------------------------------


def test_sizes_of_variables(capsys):
    slim.fully_connected(tf.ones([3, 4]), 2)
    assert slim.model_analyzer.analyze_vars(slim.get_variables(), print_info=True) == (10, 40)
    lines = capsys.readouterr().out.splitlines()
    assert lines[3:5] == [
        "fully_connected/weights:0 (float32_ref 4x2) [8, bytes: 32]",
        "fully_connected/biases:0 (float32_ref 2) [2, bytes: 8]",
    ]
    assert slim.model_analyzer.analyze_ops(tf.get_default_graph()) > 12


# -- the measure of a batch ------------------------------------------------------------------------


def test_accuracy():
    predictions, labels = tf.constant(["a", "b", "c"]), tf.constant(["a", "c", "c"])
    with tf.Session() as sess:
        weighted = tf.contrib.metrics.accuracy(predictions, labels, weights=[2.0, 1.0, 5.0])
        assert sess.run(weighted) == 0.875
    with pytest.raises(ValueError, match="integers, strings or booleans"):
        tf.contrib.metrics.accuracy([1.0], [1.0])
    with pytest.raises(ValueError, match="of one dtype"):
        tf.contrib.metrics.accuracy(["a"], [1])


def test_aggregated_metrics():
    pairs = {"a": (tf.constant(1), tf.constant(2)), "b": (tf.constant(3), tf.constant(4))}
    values, updates = slim.metrics.aggregate_metric_map(pairs)
    with tf.Session() as sess:
        assert sess.run([values, updates]) == [{"a": 1, "b": 3}, {"a": 2, "b": 4}]
    with pytest.raises(ValueError, match="no metric"):
        slim.metrics.aggregate_metrics()


def test_servers_for_variables():
    variables = [tf.get_variable(name, [size]) for name, size in (("a", 9), ("b", 2), ("c", 4))]
    training = tf.contrib.training
    strategy = training.GreedyLoadBalancingStrategy(2, training.byte_size_load_fn)
    assert [strategy(v.op) for v in variables] == [0, 1, 1]
    assert {training.RandomStrategy(3)(None) for _ in range(5)} <= {0, 1, 2}
    with pytest.raises(ValueError, match="has 0 outputs"):
        training.byte_size_load_fn(tf.no_op())
    with pytest.raises(ValueError, match="not known"):
        training.byte_size_load_fn(tf.placeholder(tf.float32, [None]).op)
