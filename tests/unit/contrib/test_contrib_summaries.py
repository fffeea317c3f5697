"""Summaries of slim and `tf.contrib.layers`: tags and values."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

layers = tf.contrib.layers
slim = tf.contrib.slim


def written():
    """All summaries of the graph, by tag: a number, or the number of values of a histogram."""
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        message = tf.Summary.FromString(sess.run(tf.summary.merge_all()))
    found = {}
    for value in message.value:
        is_scalar = value.WhichOneof("value") == "simple_value"
        found[value.tag] = value.simple_value if is_scalar else value.histo.num
    return found


def test_tensors_and_collections():
    tf.get_variable("w", [2, 3], collections=["variables", tf.GraphKeys.WEIGHTS])
    tf.get_variable("b", [2], collections=["variables", tf.GraphKeys.BIASES])
    layers.summarize_tensor(tf.constant(2.5, name="x"))
    layers.summarize_tensor(tf.constant([2.5, 1.0]), tag="two")
    layers.summarize_weights()
    layers.summarize_biases()
    assert len(layers.summarize_variables("b")) == 1
    assert layers.summarize_tensors([], lambda tensor: tensor) == []
    assert written() == {
        "x_summary": 2.5,
        "two": 2,
        "w_summary": 6,
        "b_summary": 2,
        "b_summary_1": 2,
    }


def test_activations():
    x = tf.constant([-1.0, 2.0, 7.0, 8.0])
    for name, layer in (("six", tf.nn.relu6), ("linear", tf.identity)):
        tf.add_to_collection(tf.GraphKeys.ACTIVATIONS, layer(x, name=name))
    layers.summarize_activations()
    assert written() == {
        "six/zeros": 0.25, "six/sixes": 0.5, "six/activation": 4, "linear/activation": 4,
    }  # fmt: skip


def test_summaries_of_slim(capfd):
    x = tf.constant([0.0, 3.0, 0.0, 1.0], name="x")
    loss = tf.constant(1.5, name="loss")
    slim.summaries.add_histogram_summaries([x], prefix="values")
    slim.summaries.add_scalar_summaries([loss], prefix="train")
    slim.summaries.add_zero_fraction_summaries([x])
    slim.summaries.add_scalar_summary(loss, "printed", print_summary=True)
    found = written()
    assert found == {
        "values/x": 4, "train/loss": 1.5, "x/Fraction_of_Zero_Values": 0.5, "printed": 1.5,
    }  # fmt: skip
    assert "printed[1.5]" in capfd.readouterr().err


def test_images(capfd):
    images = tf.constant(np.zeros([1, 2, 2, 3], np.uint8), name="pictures")
    slim.summaries.add_image_summaries([images])
    slim.summaries.add_image_summary(images, "more", "test", print_summary=True)
    with tf.Session() as sess:
        message = tf.Summary.FromString(sess.run(tf.summary.merge_all()))
    assert [value.tag for value in message.value] == ["pictures_1/image/0", "test/more/image/0"]
    assert "test/more" in capfd.readouterr().err


def test_gradients():
    w = tf.get_variable("w", initializer=[3.0, 4.0])
    unused = tf.get_variable("unused", [])
    step = slim.learning.create_train_op(
        tf.nn.l2_loss(w), tf.train.GradientDescentOptimizer(1.0), summarize_gradients=True,
        variables_to_train=[w, unused],
    )  # fmt: skip
    assert step is not None
    assert written() == {"summarize_grads/w/gradient": 2, "summarize_grads/w/gradient_norm": 5}


@pytest.mark.parametrize("summaries", [None, [], list(layers.OPTIMIZER_SUMMARIES)])
def test_optimized_losses(summaries):
    w = tf.get_variable("w", initializer=[3.0, 4.0])
    table = tf.get_variable("table", [5, 2])
    loss = tf.nn.l2_loss(w) + tf.reduce_sum(tf.gather(table, [1])) * 0
    layers.optimize_loss(
        loss, tf.train.create_global_step(), 0.5, "SGD", clip_gradients=2.5, summaries=summaries,
        learning_rate_decay_fn=lambda rate, step: rate / 2,
    )  # fmt: skip
    if summaries == []:
        assert tf.get_collection(tf.GraphKeys.SUMMARIES) == []
        return
    found = written()
    usual = {
        "OptimizeLoss/loss": 12.5, "OptimizeLoss/learning_rate_1": 0.25,
        "OptimizeLoss/global_norm/gradient_norm": 5,
        "OptimizeLoss/global_norm/clipped_gradient_norm": 2.5,
    }  # fmt: skip
    each = {
        "OptimizeLoss/gradients/w_0": 2, "OptimizeLoss/gradients/table_0": 2,
        "OptimizeLoss/gradient_norm/w_0": 2.5, "OptimizeLoss/gradient_norm/table_0": 0,
    }  # fmt: skip
    assert found == (usual if summaries is None else {**usual, **each})


def test_adaptive_clipping_is_reported():
    clip = layers.adaptive_clipping_fn(decay=0.0, epsilon=0.0, std_factor=0.0, report_summary=True)
    clip([(tf.constant([3.0, 4.0]), None)])
    (value,) = written().values()
    assert value == pytest.approx(5)
