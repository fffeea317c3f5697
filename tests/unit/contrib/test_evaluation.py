"""Evaluation of checkpoints by slim."""

from __future__ import annotations

import pytest

import graphflow as tf

slim = tf.contrib.slim


@pytest.fixture
def folder(tmp_path):
    """A folder with a checkpoint of `w`, 4 at step 1."""
    with tf.Graph().as_default():
        w = tf.get_variable("w", initializer=8.0)
        step = slim.learning.create_train_op(w * w, tf.train.GradientDescentOptimizer(0.25))
        slim.learning.train(step, str(tmp_path / "train"), number_of_steps=1, log_every_n_steps=0)
    return tmp_path


def counted():
    """A sum over the examples, as metrics are: its value and its update."""
    w = tf.get_variable("w", initializer=0.0)
    total = slim.local_variable(0.0, name="total")
    return total.read_value(), total.assign_add(w)


def test_one_checkpoint(folder):
    value, update = counted()
    extra = tf.placeholder(tf.float32, [])
    slim.create_global_step()
    tf.summary.scalar("total", value)
    checkpoint = tf.train.latest_checkpoint(str(folder / "train"))
    found = slim.evaluation.evaluate_once(
        "", checkpoint, str(folder / "eval"), num_evals=3, initial_op=tf.no_op(), eval_op=update,
        final_op=value + extra, final_op_feed_dict={extra: 0.5},
        variables_to_restore=slim.get_variables_to_restore(include=["w", "global_step"]),
    )  # fmt: skip
    assert found == 12.5
    (path,) = (folder / "eval").glob("events.*")
    events = [event for event in tf.train.summary_iterator(str(path)) if event.summary.value]
    assert [(event.step, event.summary.value[0].simple_value) for event in events] == [(1, 12)]


def test_each_new_checkpoint(folder):
    value, update = counted()
    folders = str(folder / "train"), str(folder / "eval")
    options = {"eval_op": update, "final_op": value, "summary_op": None, "eval_interval_secs": 0}
    assert (
        slim.evaluation.evaluation_loop("", *folders, max_number_of_evaluations=1, **options) == 4
    )
    asked = []
    found = slim.evaluation.evaluation_loop(
        "", *folders, timeout=0, timeout_fn=lambda: asked.append(1) or len(asked) == 2, **options
    )
    assert (found, asked) == (4, [1, 1])


def test_further_hooks(folder):
    value, update = counted()
    checkpoint = tf.train.latest_checkpoint(str(folder / "train"))
    hook = tf.train.FinalOpsHook(value * 2)
    options = {
        "summary_op": None,
        "hooks": [hook],
        "initial_op": value.graph.get_operation_by_name("total/Assign"),
    }
    assert slim.evaluation.evaluate_once("", checkpoint, "", 2, eval_op=update, **options) is None
    assert hook.final_ops_values == 16


def test_no_checkpoint(tmp_path):
    waiting = slim.evaluation.wait_for_new_checkpoint
    assert waiting(str(tmp_path), timeout=0) is None
    assert waiting(str(tmp_path), seconds_to_sleep=0.001, timeout=0.01) is None
    assert list(tf.train.checkpoints_iterator(str(tmp_path), timeout=0)) == []
