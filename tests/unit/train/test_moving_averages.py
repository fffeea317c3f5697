"""`ExponentialMovingAverage`: what it averages, and what it leaves in the graph."""

from __future__ import annotations

from pathlib import Path

import pytest

import graphflow as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_only_variables_enter_the_collection(tmp_path: Path):
    """Programs average losses too, and write the graph for TensorBoard."""
    v = tf.Variable(2.0, name="v")
    loss = tf.square(v, name="loss")
    averages = tf.train.ExponentialMovingAverage(0.9)
    averages.apply([loss, v])
    assert tf.moving_average_variables() == [v]
    assert averages.average(loss).op.name == "loss/ExponentialMovingAverage"
    tf.train.export_meta_graph(str(tmp_path / "graph.meta"))


def test_a_second_operation_updates_the_same_average():
    v = tf.Variable(2.0, name="v")
    averages = tf.train.ExponentialMovingAverage(0.75)
    first, second = averages.apply([v]), averages.apply([v])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(v.assign(10.0))
        session.run(first)
        assert session.run(averages.average(v)) == 4
        session.run(second)
        assert session.run(averages.average(v)) == 5.5
    assert [w.op.name for w in tf.global_variables()] == ["v", "v/ExponentialMovingAverage"]


def test_integers_have_no_average():
    with pytest.raises(TypeError, match="not floating"):
        tf.train.ExponentialMovingAverage(0.9).apply([tf.constant(1)])


def test_a_collection_of_other_objects_is_not_exported(caplog: pytest.LogCaptureFixture):
    tf.add_to_collection(tf.GraphKeys.MODEL_VARIABLES, tf.constant(1.0))
    tf.add_to_collection("mine", tf.constant(2.0))
    with caplog.at_level("WARNING"):
        meta = tf.train.export_meta_graph()
    assert list(meta.collection_def) == ["mine"]
    assert "model_variables is not exported" in caplog.text
