"""The training loop: it restores or initializes a model, trains it, and saves it now and then."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow import logging
from graphflow.checkpoints.saver import Saver
from graphflow.core.errors import AbortedError, OutOfRangeError
from graphflow.core.graph import get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.interop import protos
from graphflow.interop.graphdef import write_graph
from graphflow.monitored.session_manager import SessionManager
from graphflow.queues.coordinator import Coordinator
from graphflow.queues.runner import start_queue_runners
from graphflow.summary import functions as summary
from graphflow.summary.writer import FileWriter
from graphflow.tables.base import tables_initializer
from graphflow.train.global_step import get_or_create_global_step
from graphflow.train.sync_replicas import SyncReplicasOptimizer
from graphflow.variables.variable import (
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)
from graphflow.viz.chrome_trace import chrome_trace

# Stands for what the loop does by itself, which None switches off.
USE_DEFAULT = 0

TrainStep = Callable[[Any, Any, Any, dict[str, Any]], tuple[Any, Any]]


def train_step(
    sess: Any, train_op: Any, global_step: Any, train_step_kwargs: Mapping[str, Any]
) -> tuple[Any, Any]:
    """Take one step.

    Args:
      sess: the session.
      train_op: what takes the step; its value is the loss.
      global_step: the counter of steps.
      train_step_kwargs: tensors: "should_log" tells whether to log the loss, "should_stop" whether
        this was the last step, "should_trace" whether to time its operations. Such a timeline is
        written into the folder "logdir" and given to "summary_writer".

    Returns:
      The loss, and whether this was the last step.

    Raises:
      ValueError: there is "should_trace" but no "logdir".
    """
    options, timings = _tracing(sess, train_step_kwargs)
    started = time.perf_counter()
    total_loss = sess.run(train_op, options=options, run_metadata=timings)
    seconds = time.perf_counter() - started
    if timings is not None:
        _write_trace(timings, sess.run(global_step), train_step_kwargs)
    if "should_log" in train_step_kwargs and sess.run(train_step_kwargs["should_log"]):
        step = sess.run(global_step)
        logging.info("global step %d: loss = %.4f (%.3f sec/step)", step, total_loss, seconds)
    if "should_stop" not in train_step_kwargs:
        return total_loss, False
    return total_loss, sess.run(train_step_kwargs["should_stop"])


def _tracing(sess: Any, tensors: Mapping[str, Any]) -> tuple[Any, Any]:
    """The options and the metadata of a run whose operations are timed, if they are to be."""
    if "should_trace" not in tensors:
        return None, None
    if "logdir" not in tensors:
        raise ValueError("should_trace needs logdir, the folder for the timeline")
    if not sess.run(tensors["should_trace"]):
        return None, None
    return protos.RunOptions(trace_level=protos.RunOptions.FULL_TRACE), protos.RunMetadata()


def _write_trace(timings: Any, step: int, tensors: Mapping[str, Any]) -> None:
    path = os.path.join(tensors["logdir"], f"tf_trace-{step}.json")
    logging.info("Writing trace to %s", path)
    with open(path, "w", encoding="utf-8") as file:
        file.write(chrome_trace(timings.step_stats).format_to_string())
    if "summary_writer" in tensors:
        tensors["summary_writer"].add_run_metadata(timings, f"run_metadata-{step}")


def train(
    train_op: Any,
    logdir: str | None,
    train_step_fn: TrainStep = train_step,
    train_step_kwargs: Any = USE_DEFAULT,
    log_every_n_steps: int = 1,
    graph: Any = None,
    master: str = "",
    is_chief: bool = True,
    global_step: Any = None,
    number_of_steps: int | None = None,
    init_op: Any = USE_DEFAULT,
    init_feed_dict: Mapping[Any, Any] | None = None,
    local_init_op: Any = USE_DEFAULT,
    init_fn: Callable[[Any], Any] | None = None,
    ready_op: Any = USE_DEFAULT,
    summary_op: Any = USE_DEFAULT,
    save_summaries_secs: float = 600,
    summary_writer: Any = USE_DEFAULT,
    startup_delay_steps: int = 0,
    saver: Any = None,
    save_interval_secs: float = 600,
    sync_optimizer: Any = None,
    session_config: Any = None,
    session_wrapper: Callable[[Any], Any] | None = None,
    trace_every_n_steps: int | None = None,
    ignore_live_threads: bool = False,
) -> Any:
    """Train a model until enough steps are taken or its data are at their end.

    It begins with the newest checkpoint of `logdir`, or initializes all variables.  Checkpoints and
    summaries are written before the first step, as time goes by, and a last checkpoint at the end.

    Args:
      train_op: what takes a step, as `create_train_op` makes it; its value is the loss.
      logdir: the folder for checkpoints and summaries; None for none.
      train_step_fn: a function of session, `train_op`, global step and `train_step_kwargs` that
        takes a step and returns the loss and whether it was the last one.
      train_step_kwargs: what it is given; by default the tensors that `train_step` knows.
      log_every_n_steps: after how many steps the loss is logged, see `tf.logging`.
      graph: the graph, by default the default graph.
      master: the session's target, only "" for this process.
      is_chief: whether this worker initializes the model and writes files; the others wait until
        one has initialized it.
      global_step: the counter of steps, by default that of the graph.
      number_of_steps: up to which step to train; None for no end.
      init_op: initializes variables; by default all global ones. None for nothing.
      init_feed_dict: what is fed to it.
      local_init_op: initializes local variables and tables, also after a restoration.
      init_fn: a function of the session, called after `init_op`.
      ready_op: a tensor that is empty once the model is initialized.
      summary_op: the summaries to write, by default all of the graph. None for none.
      save_summaries_secs: how often they are written.
      summary_writer: writes them, by default into `logdir`. None for none.
      startup_delay_steps: up to which step one waits who is not the chief.
      saver: saves the checkpoints, by default all variables.
      save_interval_secs: how often it does.
      sync_optimizer: the `SyncReplicasOptimizer` behind `train_op`, or several, whose steps the
        chief makes.
      session_config: a `tf.ConfigProto`.
      session_wrapper: a function that turns the session into the one to use.
      trace_every_n_steps: after how many steps the chief times the operations of a step, see
        `train_step`; None for never.
      ignore_live_threads: whether threads that do not end in time are no error.

    Returns:
      The loss of the last step; None if there was none.

    Raises:
      ValueError: an argument is missing, malformed or needs `logdir`.
      RuntimeError: after initialization there still are uninitialized variables.
    """
    _check(train_op, logdir, number_of_steps, summary_op, saver, trace_every_n_steps)
    replicas = _Replicas(sync_optimizer, is_chief, startup_delay_steps, number_of_steps)
    graph = graph or get_default_graph()
    with graph.as_default():
        counter = get_or_create_global_step() if global_step is None else global_step
        written = logdir if is_chief else None
        start = _Start(
            master,
            session_config,
            _default(init_op, global_variables_initializer),
            init_feed_dict,
            _default(local_init_op, _local_initializer),
            init_fn,
            _default(ready_op, report_uninitialized_variables),
        )
        replicas.build()
        if train_step_kwargs is USE_DEFAULT:
            train_step_kwargs = _step_tensors(counter, number_of_steps, log_every_n_steps)
            if is_chief and trace_every_n_steps is not None:
                train_step_kwargs["should_trace"] = _is_multiple(counter, trace_every_n_steps)
                train_step_kwargs["logdir"] = logdir
        services = _Services(
            written,
            counter,
            (saver or Saver()) if written else None,
            _default(summary_op, summary.merge_all) if written else None,
            _writer(summary_writer, written, graph),
            save_interval_secs,
            save_summaries_secs,
        )
        if services.writer is not None:
            train_step_kwargs["summary_writer"] = services.writer

        def run() -> Any:
            session = start.session(services, is_chief)
            with session if session_wrapper is None else session_wrapper(session) as sess:
                replicas.wait(sess, counter)
                return _loop(
                    sess, lambda: train_step_fn(sess, train_op, counter, train_step_kwargs),
                    services, replicas, ignore_live_threads,
                )  # fmt: skip

        while True:
            try:
                return run()
            except AbortedError:  # begin anew, with the last checkpoint
                logging.info("Retrying training!")


def _check(
    train_op: Any,
    logdir: str | None,
    number_of_steps: int | None,
    summary_op: Any,
    saver: Any,
    trace_every_n_steps: int | None,
) -> None:
    if train_op is None:
        raise ValueError("there is no train_op")
    if number_of_steps is not None and number_of_steps <= 0:
        raise ValueError(f"number_of_steps must be positive or None, not {number_of_steps}")
    if logdir is None:
        if summary_op is not USE_DEFAULT and summary_op is not None:
            raise ValueError("summary_op needs a logdir")
        if saver is not None:
            raise ValueError("saver needs a logdir")
        if trace_every_n_steps is not None:
            raise ValueError("trace_every_n_steps needs a logdir")


def _default(value: Any, make: Callable[[], Any]) -> Any:
    return make() if value is USE_DEFAULT else value


def _local_initializer() -> Any:
    return ops.group(local_variables_initializer(), tables_initializer())


def _step_tensors(
    counter: Any, number_of_steps: int | None, log_every_n_steps: int
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with name_scope("train_step"):
        if number_of_steps is None:
            found["should_stop"] = ops.constant(False)
        else:
            found["should_stop"] = ops.greater_equal(counter, number_of_steps)
        if log_every_n_steps > 0:
            found["should_log"] = _is_multiple(counter, log_every_n_steps)
    return found


def _is_multiple(counter: Any, steps: int) -> Any:
    return ops.equal(ops.floormod(counter, steps), 0)


def _writer(writer: Any, logdir: str | None, graph: Any) -> Any:
    if writer is not USE_DEFAULT:
        return writer
    return FileWriter(logdir, graph) if logdir else None


class _Start(NamedTuple):
    """How a session begins."""

    master: str
    config: Any
    init_op: Any
    init_feed_dict: Any
    local_init_op: Any
    init_fn: Any
    ready_op: Any

    def session(self, services: _Services, is_chief: bool) -> Any:
        """Return a session whose model is restored or initialized, by the chief."""
        manager = SessionManager(self.local_init_op, self.ready_op, recovery_wait_secs=1)
        if not is_chief:
            return manager.wait_for_session(self.master, self.config)
        return manager.prepare_session(
            self.master, self.init_op, services.saver, services.logdir, config=self.config,
            init_feed_dict=self.init_feed_dict, init_fn=self.init_fn,
        )  # fmt: skip


class _Replicas:
    """What workers that train a model together do beside their steps."""

    def __init__(
        self, optimizers: Any, is_chief: bool, delay_steps: int, number_of_steps: int | None
    ) -> None:
        if isinstance(optimizers, SyncReplicasOptimizer):
            optimizers = [optimizers]
        for optimizer in optimizers or ():
            if not isinstance(optimizer, SyncReplicasOptimizer):
                raise ValueError(f"sync_optimizer: no SyncReplicasOptimizer is {optimizer!r}")
        if optimizers and delay_steps > 0:
            raise ValueError("with sync_optimizer startup_delay_steps must be 0")
        self._optimizers: Sequence[SyncReplicasOptimizer] = optimizers or ()
        self._is_chief = is_chief
        self._first_step = min(delay_steps, number_of_steps or delay_steps)
        self._first_tokens: list[Any] = []
        self._runners: list[Any] = []

    def build(self) -> None:
        """Add what the chief runs once training begins."""
        if self._is_chief:
            self._first_tokens = [each.get_init_tokens_op() for each in self._optimizers]
            self._runners = [each.get_chief_queue_runner() for each in self._optimizers]

    def wait(self, sess: Any, counter: Any) -> None:
        """Let a worker that is not the chief begin later."""
        while not self._is_chief and sess.run(counter) < self._first_step:
            time.sleep(1.0)

    def start(self, sess: Any, coordinator: Coordinator) -> None:
        """Make ready what the optimizers keep, and let the chief make steps of what it gets."""
        for each in self._optimizers:
            sess.run(each.chief_init_op if self._is_chief else each.local_step_init_op)
        for runner in self._runners:
            runner.create_threads(sess, coordinator, daemon=True, start=True)
        sess.run(self._first_tokens)


class _Services:
    """Checkpoints and summaries, written when they are due."""

    def __init__(
        self,
        logdir: str | None,
        counter: Any,
        saver: Any,
        summary_op: Any,
        writer: Any,
        save_interval_secs: float,
        save_summaries_secs: float,
    ) -> None:
        self.logdir = logdir
        self.saver = saver
        self.writer = writer
        self._counter = counter
        self._summary_op = summary_op
        self._intervals = {"save": save_interval_secs, "summaries": save_summaries_secs}
        self._due: dict[str, float] = {}

    def begin(self, sess: Any) -> None:
        """Write the graph, and what is due before the first step."""
        if self.logdir:
            write_graph(sess.graph.as_graph_def(add_shapes=True), self.logdir, "graph.pbtxt")
        self._due = {name: time.monotonic() for name, secs in self._intervals.items() if secs}
        self.tick(sess)

    def tick(self, sess: Any) -> None:
        """Write what is due."""
        if self._is_due("save"):
            self.save(sess)
        if self._is_due("summaries"):
            self._summarize(sess)

    def _is_due(self, name: str) -> bool:
        now = time.monotonic()
        if now < self._due.get(name, float("inf")):
            return False
        self._due[name] = now + self._intervals[name]
        return True

    def save(self, sess: Any) -> None:
        """Write a checkpoint."""
        if self.saver is not None and self.logdir:
            os.makedirs(self.logdir, exist_ok=True)
            path = os.path.join(self.logdir, "model.ckpt")
            self.saver.save(sess, path, global_step=self._counter)

    def _summarize(self, sess: Any) -> None:
        if self._summary_op is None or self.writer is None:
            return
        written, step = sess.run([self._summary_op, self._counter])
        self.writer.add_summary(written, step)

    def end(self, sess: Any) -> None:
        """Write the last checkpoint."""
        if self.logdir:
            logging.info("Finished training! Saving model to disk.")
            self.save(sess)


def _loop(
    sess: Any,
    step: Callable[[], Any],
    services: _Services,
    replicas: _Replicas,
    ignore_live_threads: bool,
) -> Any:
    """Take steps until one is the last, or the data are at their end; return the last loss."""
    logging.info("Starting Session.")
    coordinator = Coordinator()
    total_loss = None
    has_queues = bool(get_default_graph().get_collection(GraphKeys.QUEUE_RUNNERS))
    threads = start_queue_runners(sess, coordinator) if has_queues else []
    logging.info("Starting Queues.")
    try:
        services.begin(sess)
        replicas.start(sess, coordinator)
        while not coordinator.should_stop():
            total_loss, should_stop = step()
            if should_stop:
                logging.info("Stopping Training.")
                break
            services.tick(sess)
    except OutOfRangeError as error:
        logging.info("Caught OutOfRangeError. Stopping Training. %s", error)
    finally:
        coordinator.request_stop()
        coordinator.join(
            threads, stop_grace_period_secs=120, ignore_live_threads=ignore_live_threads
        )
    services.end(sess)
    if services.writer is not None:
        services.writer.close()
    return total_loss
