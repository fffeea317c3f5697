"""The training loop of slim: where it begins and ends, and what it writes."""

from __future__ import annotations

import json
import logging
import threading

import pytest

import graphflow as tf

slim = tf.contrib.slim


def quadratic(start=8.0):
    """The operation that halves a variable in each step; its value is the square before."""
    w = tf.get_variable("w", initializer=start)
    step = slim.learning.create_train_op(w * w, tf.train.GradientDescentOptimizer(0.25))
    return w, step


@pytest.fixture
def messages(caplog):
    """The messages that the loop logs."""
    with caplog.at_level(logging.INFO, "tensorflow"):
        yield lambda: [record.message for record in caplog.records]


def test_steps_logs_and_files(tmp_path, messages):
    _, step = quadratic()
    tf.summary.scalar("always", tf.constant(1.5))
    loss = slim.learning.train(step, str(tmp_path), number_of_steps=5, log_every_n_steps=2)
    assert loss == (8 / 16) ** 2
    losses = [message for message in messages() if message.startswith("global step")]
    assert [message[:29] for message in losses] == [
        "global step 2: loss = 16.0000",
        "global step 4: loss = 1.0000 ",
    ]
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "model.ckpt-5")
    assert (tmp_path / "model.ckpt-0.index").exists()  # it begins with a checkpoint
    assert (tmp_path / "graph.pbtxt").exists()
    (events,) = tmp_path.glob("events.*")
    values = [v for event in tf.train.summary_iterator(str(events)) for v in event.summary.value]
    assert [value.tag for value in values] == ["always"]


def test_training_goes_on_from_a_checkpoint(tmp_path):
    w, step = quadratic()
    slim.learning.train(step, str(tmp_path), number_of_steps=2)
    tf.reset_default_graph()
    w, step = quadratic(start=1000.0)
    loss = slim.learning.train(step, str(tmp_path), number_of_steps=3)
    assert loss == 4
    assert w.op.name == "w"


def test_without_files():
    w, step = quadratic()
    seen = []

    def own_step(sess, train_op, global_step, options):
        seen.append(sess.run([w, global_step]))
        return slim.learning.train_step(sess, train_op, global_step, options)

    loss = slim.learning.train(
        step, None, own_step, number_of_steps=2, log_every_n_steps=0,
        init_fn=lambda sess: w.load(40.0, sess), session_wrapper=lambda sess: sess,
        session_config=tf.ConfigProto(),
    )  # fmt: skip
    assert loss == 400
    assert [tuple(map(float, item)) for item in seen] == [(40, 0), (20, 1)]


def test_the_end_of_the_data(tmp_path):
    (number,) = tf.train.slice_input_producer([[3.0, 5.0, 7.0]], num_epochs=1, shuffle=False)
    w = tf.get_variable("w", initializer=1.0)
    step = slim.learning.create_train_op(w * number, tf.train.GradientDescentOptimizer(0.125))
    loss = slim.learning.train(step, str(tmp_path), log_every_n_steps=0)
    assert loss == pytest.approx(7 * (1 - 3 / 8 - 5 / 8))
    assert tf.train.latest_checkpoint(str(tmp_path)).endswith("-3")


def test_an_error_ends_training(tmp_path):
    _, step = quadratic(start=float("nan"))
    with pytest.raises(tf.errors.InvalidArgumentError, match="inf or nan"):
        slim.learning.train(step, str(tmp_path))


def test_what_is_refused(tmp_path):
    _, step = quadratic()

    def refused(error, match, *arguments, **options):
        with pytest.raises(error, match=match):
            slim.learning.train(*arguments, **options)

    refused(ValueError, "no train_op", None, str(tmp_path))
    refused(ValueError, "must be positive", step, None, number_of_steps=0)
    refused(ValueError, "summary_op needs a logdir", step, None, summary_op=tf.constant(""))
    refused(ValueError, "saver needs a logdir", step, None, saver=tf.train.Saver())
    refused(ValueError, "trace_every_n_steps needs a logdir", step, None, trace_every_n_steps=2)
    refused(ValueError, "no SyncReplicasOptimizer", step, None, sync_optimizer=["adam"])
    sync = synchronous()
    refused(ValueError, "must be 0", step, None, sync_optimizer=sync, startup_delay_steps=3)
    refused(RuntimeError, "these variables are not initialized: w", step, None, init_op=None)
    with pytest.raises(ValueError, match="should_trace needs logdir"):
        slim.learning.train_step(None, step, None, {"should_trace": True})


def test_some_steps_are_timed(tmp_path):
    _, step = quadratic()
    slim.learning.train(step, str(tmp_path), number_of_steps=5, trace_every_n_steps=2)
    traces = sorted(path.name for path in tmp_path.glob("tf_trace-*"))
    assert traces == ["tf_trace-1.json", "tf_trace-3.json", "tf_trace-5.json"]
    trace = json.loads((tmp_path / "tf_trace-3.json").read_text())
    assert "Square" in str(trace) or "Mul" in str(trace)
    (events,) = tmp_path.glob("events.*")
    tags = [event.tagged_run_metadata.tag for event in tf.train.summary_iterator(str(events))]
    assert [tag for tag in tags if tag] == ["run_metadata-1", "run_metadata-3", "run_metadata-5"]


# -- several workers -------------------------------------------------------------------------------


def synchronous(workers=1):
    optimizer = tf.train.GradientDescentOptimizer(0.25)
    return tf.train.SyncReplicasOptimizer(optimizer, workers, workers)


def test_the_chief_makes_the_steps_of_synchronous_workers(tmp_path):
    w = tf.get_variable("w", initializer=8.0)
    optimizer = synchronous()
    step = slim.learning.create_train_op(w * w, optimizer)
    slim.learning.train(step, str(tmp_path), number_of_steps=3, sync_optimizer=optimizer)
    path = tf.train.latest_checkpoint(str(tmp_path))
    assert path.endswith("-3")
    assert tf.train.load_variable(path, "w") == 1


def test_a_worker_waits_for_the_chief_and_its_steps():
    server = tf.train.Server.create_local_server()
    order = []

    def work(is_chief, steps, **options):
        def own_step(sess, train_op, counter, kwargs):
            order.append((is_chief, int(sess.run(counter))))
            return slim.learning.train_step(sess, train_op, counter, kwargs)

        with tf.Graph().as_default():
            _, step = quadratic()
            return slim.learning.train(
                step, None, own_step, master=server.target, is_chief=is_chief,
                number_of_steps=steps, **options,
            )  # fmt: skip

    worker = threading.Thread(target=work, args=(False, 5), kwargs={"startup_delay_steps": 3})
    worker.start()
    assert work(True, 3) == 4
    worker.join()
    assert order == [(True, 0), (True, 1), (True, 2), (False, 3), (False, 4)]
