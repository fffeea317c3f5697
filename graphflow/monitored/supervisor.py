"""`Supervisor`: a session with threads that save checkpoints and summaries."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import graphflow.ops as ops
from graphflow import logging
from graphflow.checkpoints.saver import Saver
from graphflow.core.graph import Graph, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.interop import protos
from graphflow.interop.graphdef import write_graph
from graphflow.interop.meta_graph import export_meta_graph
from graphflow.monitored.scaffold import Scaffold
from graphflow.monitored.session_manager import SessionManager
from graphflow.queues.coordinator import Coordinator, LooperThread
from graphflow.summary.functions import merge_all
from graphflow.summary.writer import FileWriter
from graphflow.train.global_step import get_global_step, global_step as value_of_step
from graphflow.variables.variable import (
    global_variables,
    global_variables_initializer,
    report_uninitialized_variables,
)


class Supervisor:
    """Helps to train: makes a session that is ready, and saves in threads beside training.

    Args:
      graph: the graph, by default the default graph.
      ready_op: the names of variables that are not initialized, None for no check.
      ready_for_local_init_op: the same, of those that `local_init_op` needs.
      is_chief: whether this process initializes and saves.
      init_op: initializes the variables.
      init_feed_dict: what it is fed.
      local_init_op: runs in each new session.
      logdir: the folder of checkpoints and summaries, None for none.
      summary_op: the summaries, None for none.
      saver: saves and restores, None for none.
      global_step: the step, None for none.
      save_summaries_secs: how far apart summaries are, in seconds; 0 for none.
      save_model_secs: how far apart checkpoints are, in seconds; 0 for none.
      recovery_wait_secs: how long to wait between looks for a session that is ready.
      stop_grace_secs: how long threads have to end.
      checkpoint_basename: what the names of checkpoints begin with.
      session_manager: makes sessions.
      summary_writer: writes summaries, None for none.
      init_fn: called with the session after `init_op`.
      local_init_run_options: the `RunOptions` of `local_init_op`.

    >>> import tempfile
    >>> import graphflow as tf
    >>> step = tf.train.get_or_create_global_step()
    >>> train = tf.assign_add(step, 1)
    >>> supervisor = tf.train.Supervisor(logdir=tempfile.mkdtemp())
    >>> with supervisor.managed_session() as sess:
    ...     while not supervisor.should_stop():
    ...         if sess.run(train) == 3:
    ...             supervisor.request_stop()
    """

    USE_DEFAULT: Any = 0

    def __init__(
        self,
        graph: Graph | None = None,
        ready_op: Any = USE_DEFAULT,
        ready_for_local_init_op: Any = USE_DEFAULT,
        is_chief: bool = True,
        init_op: Any = USE_DEFAULT,
        init_feed_dict: Any = None,
        local_init_op: Any = USE_DEFAULT,
        logdir: Any = None,
        summary_op: Any = USE_DEFAULT,
        saver: Any = USE_DEFAULT,
        global_step: Any = USE_DEFAULT,
        save_summaries_secs: float = 120,
        save_model_secs: float = 600,
        recovery_wait_secs: float = 30,
        stop_grace_secs: float = 120,
        checkpoint_basename: str = "model.ckpt",
        session_manager: SessionManager | None = None,
        summary_writer: Any = USE_DEFAULT,
        init_fn: Callable[[Any], Any] | None = None,
        local_init_run_options: Any = None,
    ) -> None:
        self._graph = get_default_graph() if graph is None else graph
        self._is_chief = is_chief
        self._init_feed_dict = init_feed_dict
        self._init_fn = init_fn
        self._stop_grace_secs = stop_grace_secs
        self._coord = Coordinator()
        self._save_summaries_secs = save_summaries_secs
        self._save_model_secs = save_model_secs
        self._logdir = None if logdir is None else os.fspath(logdir)
        with self._graph.as_default():
            self._init_op, self._local_init_op = self._operations(init_op, local_init_op)
            get = Scaffold.get_or_default
            self._ready_op = _default(
                ready_op,
                lambda: get("ready_op", GraphKeys.READY_OP, report_uninitialized_variables),
            )
            self._ready_for_local_init_op = _default(ready_for_local_init_op, lambda: None)
            self._summary_op = _default(
                summary_op, lambda: get("summary_op", GraphKeys.SUMMARY_OP, merge_all)
            )
            self._global_step = _default(global_step, get_global_step)
            self._saver = _default(saver, _first_saver)
            if self._saver is not None:
                self._saver.build()
        has_folder = self._logdir is not None and is_chief
        self._save_path = os.path.join(self._logdir or "", checkpoint_basename)
        self._summary_writer = _default(
            summary_writer, lambda: FileWriter(self._logdir) if has_folder else None
        )
        self._session_manager = session_manager or SessionManager(
            local_init_op=self._local_init_op,
            ready_op=self._ready_op,
            ready_for_local_init_op=self._ready_for_local_init_op,
            graph=self._graph,
            recovery_wait_secs=recovery_wait_secs,
            local_init_run_options=local_init_run_options,
        )
        self._graph.finalize()

    @staticmethod
    def _operations(init_op: Any, local_init_op: Any) -> tuple[Any, Any]:
        get = Scaffold.get_or_default
        return (
            _default(
                init_op,
                lambda: get(
                    "init_op", GraphKeys.INIT_OP, lambda: ops.group(global_variables_initializer())
                ),
            ),
            _default(
                local_init_op,
                lambda: get(
                    "local_init_op", GraphKeys.LOCAL_INIT_OP, Scaffold.default_local_init_op
                ),
            ),
        )

    # -- what it has ------------------------------------------------------------------------------

    @property
    def is_chief(self) -> bool:
        """Whether this process initializes and saves."""
        return self._is_chief

    @property
    def session_manager(self) -> SessionManager:
        """What makes sessions."""
        return self._session_manager

    @property
    def coord(self) -> Coordinator:
        """The coordinator of the threads."""
        return self._coord

    @property
    def init_op(self) -> Any:
        """The operation that initializes the variables."""
        return self._init_op

    @property
    def init_feed_dict(self) -> Any:
        """What `init_op` is fed."""
        return self._init_feed_dict

    @property
    def ready_op(self) -> Any:
        """The names of variables that are not initialized."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """The names of variables that `local_init_op` needs and that are not initialized."""
        return self._ready_for_local_init_op

    @property
    def summary_writer(self) -> Any:
        """What writes summaries."""
        return self._summary_writer

    @property
    def summary_op(self) -> Any:
        """The summaries."""
        return self._summary_op

    @property
    def save_summaries_secs(self) -> float:
        """How far apart summaries are, in seconds."""
        return self._save_summaries_secs

    @property
    def global_step(self) -> Any:
        """The step."""
        return self._global_step

    @property
    def saver(self) -> Any:
        """What saves and restores."""
        return self._saver

    @property
    def save_model_secs(self) -> float:
        """How far apart checkpoints are, in seconds."""
        return self._save_model_secs

    @property
    def save_path(self) -> str:
        """The path of checkpoints, without their step."""
        return self._save_path

    # -- sessions ---------------------------------------------------------------------------------

    def prepare_or_wait_for_session(
        self,
        master: str = "",
        config: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        start_standard_services: bool = True,
    ) -> Any:
        """Return a session that is ready, with its threads.

        Args:
          master: the target of the session.
          config: a `ConfigProto`.
          wait_for_checkpoint: whether to wait for a checkpoint.
          max_wait_secs: how long, in seconds.
          start_standard_services: whether to start the threads that save.
        """
        self._coord.clear_stop()
        if self._summary_writer is not None:
            self._summary_writer.reopen()
        if not self._is_chief:
            session = self._session_manager.wait_for_session(master, config, max_wait_secs)
        else:
            session = self._session_manager.prepare_session(
                master,
                init_op=self._init_op,
                saver=self._saver,
                checkpoint_dir=self._logdir,
                wait_for_checkpoint=wait_for_checkpoint,
                max_wait_secs=max_wait_secs,
                config=config,
                init_feed_dict=self._init_feed_dict,
                init_fn=self._init_fn,
            )
            self._write_graph()
            if start_standard_services:
                logging.info("Starting standard services.")
                self.start_standard_services(session)
        logging.info("Starting queue runners.")
        self.start_queue_runners(session)
        return session

    PrepareSession = prepare_or_wait_for_session

    @contextmanager
    def managed_session(
        self,
        master: str = "",
        config: Any = None,
        start_standard_services: bool = True,
        close_summary_writer: bool = True,
    ) -> Iterator[Any]:
        """Open a block with a session that is ready; at its end threads and session end.

        Args:
          master: see `prepare_or_wait_for_session`.
          config: see there.
          start_standard_services: see there.
          close_summary_writer: whether to end the file of summaries.

        Yields:
          The session.
        """
        session = None
        try:
            session = self.prepare_or_wait_for_session(
                master, config, start_standard_services=start_standard_services
            )
            yield session
        except Exception as error:
            self._coord.request_stop(error)
        finally:
            try:
                # Raises the error of the block or of a thread.
                self.stop(close_summary_writer=close_summary_writer)
            finally:
                if session is not None:
                    session.close()

    def _write_graph(self) -> None:
        if self._logdir is None:
            return
        write_graph(self._graph, self._logdir, "graph.pbtxt")
        if self._summary_writer is not None:
            self._summary_writer.add_graph(self._graph)
            definition = None if self._saver is None else self._saver.saver_def
            meta = export_meta_graph(graph=self._graph, saver_def=definition)
            self._summary_writer.add_meta_graph(meta)

    # -- threads ----------------------------------------------------------------------------------

    def start_standard_services(self, sess: Any) -> list[LooperThread] | None:
        """Start the threads that save summaries, the speed and checkpoints.

        Args:
          sess: the session.

        Returns:
          The threads; None without a folder.

        Raises:
          RuntimeError: this process is not the chief.
        """
        if not self._is_chief:
            raise RuntimeError("only the chief starts the standard services")
        if self._logdir is None:
            logging.warning("Standard services need a 'logdir' passed to the SessionManager")
            return None
        if self._global_step is not None and self._summary_writer is not None:
            log = protos.SessionLog(status=protos.SessionLog.START)
            step = value_of_step(sess, self._global_step)
            self._summary_writer.add_session_log(log, step)
        threads: list[LooperThread] = []
        if self._save_summaries_secs and self._summary_writer is not None:
            if self._summary_op is not None:
                threads.append(_SummaryThread(self, sess))
            if self._global_step is not None:
                threads.append(_StepCounterThread(self, sess))
        if self._saver is not None and self._save_model_secs:
            threads.append(_CheckpointThread(self, sess))
        for thread in threads:
            thread.start()
        return threads

    StartStandardServices = start_standard_services

    def start_queue_runners(self, sess: Any, queue_runners: Any = None) -> list[Any]:
        """Start the threads that fill queues.

        Args:
          sess: the session.
          queue_runners: the queue runners, by default those of the graph.

        Returns:
          The threads.
        """
        if queue_runners is None:
            queue_runners = self._graph.get_collection(GraphKeys.QUEUE_RUNNERS)
        threads: list[Any] = []
        for runner in queue_runners:
            threads += runner.create_threads(sess, coord=self._coord, daemon=True, start=True)
        return threads

    StartQueueRunners = start_queue_runners

    def loop(
        self,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Sequence[Any] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> LooperThread:
        """Start a thread that calls a function again and again.

        Args:
          timer_interval_secs: how far apart calls are, None for no pause.
          target: the function.
          args: its arguments.
          kwargs: its arguments by name.

        Returns:
          The thread.
        """
        thread = LooperThread(self._coord, timer_interval_secs, target=target, args=args,
                              kwargs=kwargs)  # fmt: skip
        thread.start()
        return thread

    Loop = loop

    def stop(
        self,
        threads: Sequence[Any] | None = None,
        close_summary_writer: bool = True,
        ignore_live_threads: bool = False,
    ) -> None:
        """End the threads; an error of one of them is raised.

        Args:
          threads: those to wait for, by default all.
          close_summary_writer: whether to end the file of summaries.
          ignore_live_threads: whether threads may go on beyond the time that they have.
        """
        self._coord.request_stop()
        try:
            self._coord.join(
                threads,
                stop_grace_period_secs=self._stop_grace_secs,
                ignore_live_threads=ignore_live_threads,
            )
        finally:
            if close_summary_writer and self._summary_writer is not None:
                log = protos.SessionLog(status=protos.SessionLog.STOP)
                self._summary_writer.add_session_log(log)
                self._summary_writer.close()

    Stop = stop

    def request_stop(self, ex: Any = None) -> None:
        """Ask the threads to end.

        Args:
          ex: the error that is the reason.
        """
        self._coord.request_stop(ex)

    RequestStop = request_stop

    def should_stop(self) -> bool:
        """Tell whether somebody asked for an end."""
        return self._coord.should_stop()

    ShouldStop = should_stop

    def stop_on_exception(self) -> Any:
        """Open a block whose exceptions ask for an end."""
        return self._coord.stop_on_exception()

    StopOnException = stop_on_exception

    def wait_for_stop(self) -> None:
        """Wait until somebody asks for an end."""
        self._coord.wait_for_stop()

    WaitForStop = wait_for_stop

    def summary_computed(self, sess: Any, summary: Any, global_step: Any = None) -> None:
        """Write a summary.

        Args:
          sess: the session.
          summary: a `Summary`, or a serialized one.
          global_step: its step, by default the present one.

        Raises:
          RuntimeError: there is no writer.
        """
        if self._summary_writer is None:
            raise RuntimeError("writing a summary takes a summary writer: give a logdir")
        if global_step is None and self._global_step is not None:
            global_step = value_of_step(sess, self._global_step)
        self._summary_writer.add_summary(summary, global_step)

    SummaryComputed = summary_computed


def _default(value: Any, make: Callable[[], Any]) -> Any:
    """A value, or what is made if it is `USE_DEFAULT`."""
    is_default = isinstance(value, int) and value == Supervisor.USE_DEFAULT
    return make() if is_default else value


def _first_saver() -> Saver | None:
    """The first saver of the default graph; a new one if there is none but variables."""
    graph = get_default_graph()
    savers: list[Saver] = graph.get_collection(GraphKeys.SAVERS)
    if not savers and global_variables():
        graph.add_to_collection(GraphKeys.SAVERS, Saver())
        savers = graph.get_collection(GraphKeys.SAVERS)
    return savers[0] if savers else None


class _SummaryThread(LooperThread):
    """Writes summaries."""

    def __init__(self, supervisor: Supervisor, session: Any) -> None:
        super().__init__(supervisor.coord, supervisor.save_summaries_secs)
        self._supervisor = supervisor
        self._session = session

    def run_loop(self) -> None:
        supervisor = self._supervisor
        if supervisor.global_step is not None:
            fetches = [supervisor.summary_op, supervisor.global_step]
            summary, step = self._session.run(fetches)
        else:
            summary, step = self._session.run(supervisor.summary_op), None
        if supervisor.summary_writer is not None:
            supervisor.summary_writer.add_summary(summary, step)


class _StepCounterThread(LooperThread):
    """Writes how many steps a second there are."""

    def __init__(self, supervisor: Supervisor, session: Any) -> None:
        super().__init__(supervisor.coord, supervisor.save_summaries_secs)
        self._supervisor = supervisor
        self._session = session
        self._tag = f"{supervisor.global_step.op.name}/sec"

    def start_loop(self) -> None:
        self._last_time = time.monotonic()
        self._last_step = value_of_step(self._session, self._supervisor.global_step)

    def run_loop(self) -> None:
        step, now = value_of_step(self._session, self._supervisor.global_step), time.monotonic()
        passed = now - self._last_time
        rate = (step - self._last_step) / passed if passed > 0 else float("inf")
        self._last_step, self._last_time = step, now
        if self._supervisor.summary_writer is not None:
            value = protos.Summary.Value(tag=self._tag, simple_value=rate)
            self._supervisor.summary_writer.add_summary(protos.Summary(value=[value]), step)
        logging.log_first_n(logging.INFO, "%s: %g", 10, self._tag, rate)


class _CheckpointThread(LooperThread):
    """Saves checkpoints."""

    def __init__(self, supervisor: Supervisor, session: Any) -> None:
        super().__init__(supervisor.coord, supervisor.save_model_secs)
        self._supervisor = supervisor
        self._session = session

    def run_loop(self) -> None:
        supervisor = self._supervisor
        logging.info("Saving checkpoint to path %s", supervisor.save_path)
        supervisor.saver.save(
            self._session, supervisor.save_path, global_step=supervisor.global_step
        )
        if supervisor.summary_writer is not None and supervisor.global_step is not None:
            log = protos.SessionLog(
                status=protos.SessionLog.CHECKPOINT, checkpoint_path=supervisor.save_path
            )
            step = value_of_step(self._session, supervisor.global_step)
            supervisor.summary_writer.add_session_log(log, step)


def basic_train_loop(
    supervisor: Supervisor,
    train_step_fn: Callable[..., Any],
    args: Sequence[Any] | None = None,
    kwargs: dict[str, Any] | None = None,
    master: str = "",
) -> None:
    """Call a function with a session again and again until the supervisor stops.

    Args:
      supervisor: the supervisor.
      train_step_fn: takes the session, then `args` and `kwargs`.
      args: its further arguments.
      kwargs: its arguments by name.
      master: the target of the session.
    """
    with supervisor.managed_session(master) as session:
        while not supervisor.should_stop():
            train_step_fn(session, *(args or ()), **(kwargs or {}))
