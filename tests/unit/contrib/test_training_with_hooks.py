"""`tf.contrib.training`: training and evaluation with hooks."""

from __future__ import annotations

import pytest

import graphflow as tf

training = tf.contrib.training


@pytest.fixture
def folder(tmp_path):
    """A folder in which `w` was trained: 1 after 3 steps that halve it."""
    with tf.Graph().as_default():
        w = tf.get_variable("w", initializer=8.0)
        step = training.create_train_op(w * w, tf.train.GradientDescentOptimizer(0.25))
        hook = tf.train.StopAtStepHook(last_step=3)
        loss = training.train(step, str(tmp_path / "train"), hooks=[hook])
        assert loss == 4
    return tmp_path


def counted():
    """A sum over the runs, as metrics are: its value and its update."""
    w = tf.get_variable("w", initializer=0.0)
    total = tf.contrib.framework.local_variable(0.0, name="total")
    return total.read_value(), total.assign_add(w)


@pytest.mark.parametrize("kind", [lambda op: op, lambda op: [op], lambda op: {"sum": op}])
def test_one_checkpoint(folder, kind):
    value, update = counted()
    tf.summary.scalar("total", value)
    tf.train.create_global_step()
    found = training.evaluate_once(
        tf.train.latest_checkpoint(str(folder / "train")),
        eval_ops=kind(update),
        final_ops={"total": value},
        hooks=[
            training.StopAfterNEvalsHook(5),
            training.SummaryAtEndHook(str(folder / "eval")),
        ],
    )
    assert found == {"total": 5}
    (path,) = (folder / "eval").glob("events.*")
    events = [event for event in tf.train.summary_iterator(str(path)) if event.summary.value]
    assert [(event.step, event.summary.value[0].simple_value) for event in events] == [(3, 5)]


def test_each_new_checkpoint(folder):
    value, update = counted()
    found = training.evaluate_repeatedly(
        str(folder / "train"), eval_ops=update, final_ops=value, timeout=0, eval_interval_secs=0,
        hooks=[training.StopAfterNEvalsHook(2, log_progress=False)],
    )  # fmt: skip
    assert found == 2
    found = training.evaluate_repeatedly(
        str(folder / "train"), final_ops=value + 0.5, max_number_of_evaluations=1
    )
    assert found == 0.5


def test_the_counter_of_runs():
    step = training.get_or_create_eval_step()
    assert training.get_or_create_eval_step() is step
    assert step in tf.local_variables()
    tf.add_to_collection(tf.GraphKeys.EVAL_STEP, step)
    with pytest.raises(ValueError, match="several counters"):
        training.get_or_create_eval_step()


def test_what_is_refused():
    with pytest.raises(ValueError, match="a chief needs a logdir"):
        training.train(tf.no_op(), None)
    with pytest.raises(ValueError, match="not both"):
        training.SummaryAtEndHook("here", summary_writer=object())
