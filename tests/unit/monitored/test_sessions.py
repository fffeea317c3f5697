"""Monitored sessions, their hooks, and supervisors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf


@pytest.fixture(autouse=True)
def graph():
    tf.summary.FileWriterCache.clear()
    with tf.Graph().as_default() as graph:
        yield graph
    tf.summary.FileWriterCache.clear()


class Recorder(tf.train.SessionRunHook):
    """Writes down what happens to it."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def begin(self):
        self.events.append("begin")

    def after_create_session(self, session, coord):
        self.events.append("created")

    def before_run(self, run_context):
        return tf.train.SessionRunArgs(fetches={"step": tf.train.get_global_step()})

    def after_run(self, run_context, run_values):
        self.events.append(int(run_values.results["step"]))

    def end(self, session):
        self.events.append("end")


def counting() -> Any:
    return tf.assign_add(tf.train.get_or_create_global_step(), 1)


def test_hooks_in_order(graph: tf.Graph):
    train, hook = counting(), Recorder()
    with tf.train.MonitoredSession(hooks=[hook, tf.train.StopAtStepHook(num_steps=2)]) as sess:
        assert graph.finalized
        while not sess.should_stop():
            sess.run(train)
    assert hook.events == ["begin", "created", 1, 2, "end"]
    assert not graph.finalized
    with pytest.raises(RuntimeError, match="should_stop requested"):
        sess.run(train)


def test_the_end_of_a_session_opens_its_own_graph_alone():
    graph, other = tf.Graph(), tf.Graph()
    with graph.as_default():
        tf.train.get_or_create_global_step()
        session = tf.train.MonitoredSession()
    other.finalize()
    with other.as_default():
        session.close()
    assert (graph.finalized, other.finalized) == (False, True)


def test_no_end_after_an_error():
    train, hook = counting(), Recorder()

    def fail() -> None:
        with tf.train.MonitoredSession(hooks=[hook]) as sess:
            sess.run(train)
            raise KeyError("gone")

    with pytest.raises(KeyError):
        fail()
    assert hook.events == ["begin", "created", 1]


def test_end_of_the_input_is_the_end():
    counting()
    element = tf.data.make_one_shot_iterator(tf.data.Dataset.range(3)).get_next()
    found = []
    with tf.train.MonitoredSession() as sess:
        while not sess.should_stop():
            found.append(int(sess.run(element)))
    assert found == [0, 1, 2]


@pytest.mark.parametrize("error", [tf.errors.AbortedError, tf.errors.UnavailableError])
def test_passing_failures(error: Any):
    train = counting()
    failures = [error(None, None, "gone for a moment")]

    class Failing(tf.train.SessionRunHook):
        def before_run(self, run_context):
            if failures:
                raise failures.pop()

    hook = Recorder()
    with tf.train.MonitoredSession(hooks=[Failing(), hook]) as sess:
        assert sess.run(train) == 1
    assert hook.events == ["begin", "created", "created", 1, "end"]
    failures.append(error(None, None, "gone"))
    with pytest.raises(error), tf.train.SingularMonitoredSession(hooks=[Failing()]) as sess:
        sess.run(train)


def test_feeds_of_hooks():
    x = tf.placeholder(tf.float32, [])
    y = 2 * x
    with tf.train.MonitoredSession(hooks=[tf.train.FeedFnHook(lambda: {x: 3.0})]) as sess:
        assert sess.run(y) == 6
        with pytest.raises(RuntimeError, match="fed twice"):
            sess.run(y, {x: 1.0})


def test_step_functions():
    train = counting()

    def step(context):
        context.session.run(train)
        if context.run_with_hooks(train) == 4:
            context.request_stop()
        return "more"

    with tf.train.MonitoredSession() as sess:
        assert sess.run_step_fn(step) == "more"
        assert sess.run_step_fn(step) is None
        assert sess.should_stop()


def test_queues_are_filled():
    counting()
    batch = tf.train.batch([tf.train.range_input_producer(5, 1, shuffle=False).dequeue()], 5)
    with tf.train.MonitoredSession() as sess:
        assert sess.run(batch).tolist() == [0, 1, 2, 3, 4]


def test_training_goes_on_from_a_checkpoint(tmp_path: Path):
    def train(last_step: int) -> int:
        with tf.Graph().as_default():
            step = counting()
            v = tf.get_variable("v", initializer=1.0)
            tf.summary.scalar("value", v)
            both = tf.group(step, v.assign_add(1.0))
            hooks = [tf.train.StopAtStepHook(last_step=last_step)]
            runs = 0
            with tf.train.MonitoredTrainingSession(
                checkpoint_dir=str(tmp_path), hooks=hooks, save_checkpoint_steps=2,
                save_summaries_steps=1, log_step_count_steps=2,
            ) as sess:  # fmt: skip
                while not sess.should_stop():
                    sess.run(both)
                    runs += 1
            return runs

    assert train(5) == 5
    tf.summary.FileWriterCache.clear()
    assert train(8) == 3
    assert tf.train.latest_checkpoint(tmp_path).endswith("model.ckpt-8")
    assert tf.train.load_variable(tmp_path, "v") == 9
    tf.summary.FileWriterCache.clear()
    events = [event for file in sorted(tmp_path.glob("events*"))
              for event in tf.train.summary_iterator(file)]  # fmt: skip
    tags = {value.tag for event in events for value in event.summary.value}
    assert tags == {"value", "global_step/sec"}
    assert (tmp_path / "graph.pbtxt").exists()


class TestHooks:
    def run(self, hook: Any, fetch: Any, times: int = 3) -> None:
        with tf.train.SingularMonitoredSession(hooks=[hook]) as sess:
            for _ in range(times):
                if not sess.should_stop():
                    sess.run(fetch)

    def test_logging(self, caplog: pytest.LogCaptureFixture):
        tf.logging.set_verbosity(tf.logging.INFO)
        train = counting()
        value = tf.identity(tf.constant(1.5), name="loss")
        self.run(tf.train.LoggingTensorHook({"loss": value}, every_n_iter=2), train)
        self.run(tf.train.LoggingTensorHook(["loss:0"], at_end=True, formatter=str), train)
        tf.logging.set_verbosity(tf.logging.WARN)
        messages = [record.getMessage() for record in caplog.records]
        assert messages[0] == "loss = 1.5"
        assert messages[1].startswith("loss = 1.5 (")
        assert "loss:0" in messages[-1]
        with pytest.raises(ValueError, match="either every_n_iter or every_n_secs"):
            tf.train.LoggingTensorHook({})

    def test_logging_by_the_name_of_an_operation(self, caplog: pytest.LogCaptureFixture):
        tf.logging.set_verbosity(tf.logging.INFO)
        train = counting()
        tf.nn.softmax([0.0, 0.0], name="probabilities")
        self.run(tf.train.LoggingTensorHook({"p": "probabilities"}, every_n_iter=5), train)
        tf.logging.set_verbosity(tf.logging.WARN)
        assert caplog.records[0].getMessage() == "p = [0.5 0.5]"
        tf.unstack([1.0, 2.0], name="parts")
        with pytest.raises(ValueError, match="'parts' has several outputs"):
            self.run(tf.train.LoggingTensorHook(["parts"], every_n_iter=5), train)
        with pytest.raises(KeyError, match="nothing"):
            self.run(tf.train.LoggingTensorHook(["nothing"], every_n_iter=5), train)

    def test_no_number(self):
        loss = tf.log(tf.constant(-1.0))
        counting()
        with pytest.raises(tf.train.NanLossDuringTrainingError, match="NaN loss"):
            self.run(tf.train.NanTensorHook(loss), loss)
        self.run(tf.train.NanTensorHook(loss, fail_on_nan_loss=False), loss)

    def test_listeners(self, tmp_path: Path):
        seen = []

        class Listener(tf.train.CheckpointSaverListener):
            def begin(self):
                seen.append("begin")

            def before_save(self, session, global_step_value):
                seen.append(("before", global_step_value))

            def after_save(self, session, global_step_value):
                seen.append(("after", global_step_value))
                return global_step_value == 2

            def end(self, session, global_step_value):
                seen.append(("end", global_step_value))

        train = counting()
        saver = tf.train.Saver()
        hook = tf.train.CheckpointSaverHook(
            tmp_path, save_steps=2, saver=saver, listeners=[Listener()]
        )
        self.run(hook, train, times=9)
        assert seen == [
            "begin", ("before", 0), ("after", 0), ("before", 2), ("after", 2), ("end", 2),
        ]  # fmt: skip

    def test_final_values(self):
        train = counting()
        hook = tf.train.FinalOpsHook(tf.train.get_global_step())
        self.run(hook, train)
        assert hook.final_ops_values == 3

    def test_profiles(self, tmp_path: Path):
        train = counting()
        self.run(tf.train.ProfilerHook(save_steps=1, output_dir=tmp_path), train)
        (first, *_) = sorted(tmp_path.glob("timeline-*.json"))
        names = {event["args"]["name"] for event in json.loads(first.read_text())["traceEvents"]
                 if event["ph"] == "X"}  # fmt: skip
        assert train.op.name in names

    def test_need_of_a_step(self):
        with pytest.raises(RuntimeError, match="needs a global step"):
            self.run(tf.train.StopAtStepHook(num_steps=3), tf.no_op())


class TestScaffold:
    def test_functions_and_feeds(self):
        x = tf.placeholder(tf.float32, [])
        v = tf.get_variable("v", initializer=x)
        w = tf.get_variable("w", initializer=0.0)
        seen = []
        scaffold = tf.train.Scaffold(
            init_feed_dict={x: 3.0}, init_fn=lambda scaffold, sess: seen.append(sess.run(v))
        )
        with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold)) as sess:
            assert sess.run([v, w]) == [3, 0]
        assert seen == [3]

    def test_variables_that_are_forgotten(self):
        tf.get_variable("v", initializer=0.0)
        scaffold = tf.train.Scaffold(init_op=tf.no_op())
        creator = tf.train.ChiefSessionCreator(scaffold)
        with pytest.raises(RuntimeError, match=r"(?s)local variables.*\bv\b"):
            tf.train.MonitoredSession(creator)

    def test_several_savers(self):
        tf.get_variable("v", initializer=0.0)
        for _ in range(2):
            tf.add_to_collection(tf.GraphKeys.SAVERS, tf.train.Saver())
        with pytest.raises(RuntimeError, match="has 2 elements"):
            tf.train.Scaffold().finalize()


class TestSupervisor:
    def test_checkpoints_and_summaries(self, tmp_path: Path):
        train = counting()
        tf.summary.scalar("step", tf.train.get_global_step())
        supervisor = tf.train.Supervisor(logdir=str(tmp_path), save_model_secs=1000)
        with supervisor.managed_session() as sess:
            while not supervisor.should_stop():
                if sess.run(train) >= 5:
                    supervisor.summary_computed(sess, sess.run(supervisor.summary_op))
                    supervisor.saver.save(sess, supervisor.save_path, supervisor.global_step)
                    supervisor.request_stop()
        assert tf.train.latest_checkpoint(tmp_path).endswith("model.ckpt-5")
        with tf.Graph().as_default():
            counting()
            with tf.train.Supervisor(logdir=str(tmp_path)).managed_session() as sess:
                assert sess.run(tf.train.get_global_step()) >= 5

    def test_errors_come_out(self, tmp_path: Path):
        counting()
        supervisor = tf.train.Supervisor(logdir=None)
        with pytest.raises(ValueError, match="here"), supervisor.managed_session():
            raise ValueError("here")

    def test_threads(self):
        counting()
        supervisor = tf.train.Supervisor(summary_op=None)
        calls: list[int] = []

        def call() -> None:
            calls.append(1)
            if len(calls) == 3:
                supervisor.request_stop()

        with supervisor.managed_session():
            supervisor.loop(None, call)
            supervisor.wait_for_stop()
        assert len(calls) >= 3

    def test_basic_loop(self):
        train = counting()
        supervisor = tf.train.Supervisor()

        def step(sess: Any, last: int) -> None:
            if sess.run(train) == last:
                supervisor.request_stop()

        tf.train.basic_train_loop(supervisor, step, args=(4,))


def test_manager_waits_for_others():
    v = tf.get_variable("v", initializer=0.0)
    ready = tf.report_uninitialized_variables()
    manager = tf.train.SessionManager(ready_op=ready, recovery_wait_secs=0.01)
    with pytest.raises(tf.errors.DeadlineExceededError, match=r"not ready .*v"):
        manager.wait_for_session("", max_wait_secs=0.05)
    session, is_ready = manager.recover_session("")
    assert not is_ready
    with pytest.raises(RuntimeError, match="neither init_op"):
        manager.prepare_session("")
    assert manager.prepare_session("", v.initializer).run(v) == np.float32(0)
    session.close()


def test_the_supervisors_saver(tmp_path):
    """It is the first of the graph; its own writes one file, whatever devices variables have."""
    with tf.Graph().as_default():
        with tf.device("/cpu:0"):
            tf.Variable(1.0, name="v")
        tf.Variable(2.0, name="w")
        supervisor = tf.train.Supervisor(logdir=str(tmp_path), summary_op=None)
        with supervisor.managed_session() as session:
            supervisor.saver.save(session, str(tmp_path / "model"))
        names = {path.name for path in tmp_path.glob("model.data*")}
        assert names == {"model.data-00000-of-00001"}
    with tf.Graph().as_default():
        tf.Variable(1.0)
        savers = [tf.train.Saver(), tf.train.Saver()]
        for saver in savers:
            tf.add_to_collection(tf.GraphKeys.SAVERS, saver)
        assert tf.train.Supervisor(summary_op=None).saver is savers[0]
    with tf.Graph().as_default():
        tf.no_op()
        assert tf.train.Supervisor(summary_op=None).saver is None
