"""`MonitoredSession`: a session with hooks and threads that comes back after failures."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from graphflow import logging
from graphflow.core.errors import AbortedError, OutOfRangeError, UnavailableError
from graphflow.core.graph import Graph, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.interop import protos
from graphflow.monitored.hooks import CheckpointSaverHook, StepCounterHook, SummarySaverHook
from graphflow.monitored.scaffold import Scaffold
from graphflow.monitored.session_manager import SessionManager
from graphflow.monitored.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from graphflow.queues.coordinator import Coordinator
from graphflow.queues.runner import start_queue_runners

# What a session does not survive, but training does.
_PASSING = (AbortedError, UnavailableError)
USE_DEFAULT = object()


class SessionCreator:
    """Makes sessions for `MonitoredSession`."""

    def create_session(self) -> Any:
        """Return a new session."""
        raise NotImplementedError(f"{type(self).__name__} must say how to make a session")


class ChiefSessionCreator(SessionCreator):
    """Makes sessions that restore variables from a checkpoint, or else initialize them.

    Args:
      scaffold: the operations for that.
      master: the target of the session.
      config: a `ConfigProto`.
      checkpoint_dir: the folder with checkpoints.
      checkpoint_filename_with_path: a checkpoint.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: Any = None,
    ) -> None:
        self._scaffold = scaffold or Scaffold()
        self._master = master
        self._config = config
        self._checkpoint_dir = checkpoint_dir
        self._checkpoint = checkpoint_filename_with_path
        self._manager: SessionManager | None = None

    def create_session(self) -> Any:
        """Return a new session."""
        self._scaffold.finalize()
        self._manager = self._manager or _manager_of(self._scaffold)
        return self._manager.prepare_session(
            self._master,
            saver=self._scaffold.saver,
            checkpoint_dir=self._checkpoint_dir,
            checkpoint_filename_with_path=self._checkpoint,
            config=self._config,
            init_op=self._scaffold.init_op,
            init_feed_dict=self._scaffold.init_feed_dict,
            init_fn=self._scaffold.init_fn,
        )


class WorkerSessionCreator(SessionCreator):
    """Makes sessions once others have initialized the variables.

    Args:
      scaffold: the operations that check that.
      master: the target of the session.
      config: a `ConfigProto`.
      max_wait_secs: how long to wait, in seconds.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        max_wait_secs: float = 1800,
    ) -> None:
        self._scaffold = scaffold or Scaffold()
        self._master = master
        self._config = config
        self._max_wait_secs = max_wait_secs
        self._manager: SessionManager | None = None

    def create_session(self) -> Any:
        """Return a new session."""
        self._scaffold.finalize()
        self._manager = self._manager or _manager_of(self._scaffold)
        return self._manager.wait_for_session(
            self._master, config=self._config, max_wait_secs=self._max_wait_secs
        )


def _manager_of(scaffold: Scaffold) -> SessionManager:
    return SessionManager(
        local_init_op=scaffold.local_init_op,
        ready_op=scaffold.ready_op,
        ready_for_local_init_op=scaffold.ready_for_local_init_op,
        graph=get_default_graph(),
    )


class HookedSession:
    """A session to whose runs hooks add what they want.

    Args:
      session: the session.
      hooks: the hooks; they have begun already.
    """

    def __init__(self, session: Any, hooks: Sequence[SessionRunHook]) -> None:
        self.session = session
        self.stop_requested = False
        self._hooks = hooks

    @property
    def graph(self) -> Graph:
        """The session's graph."""
        graph: Graph = self.session.graph
        return graph

    def should_stop(self) -> bool:
        """Whether a hook asked for an end."""
        return self.stop_requested

    def run(
        self,
        fetches: Any,
        feed_dict: Any = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Run with what the hooks add; see `Session.run` for the arguments."""
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), self.session)
        options = protos.RunOptions() if options is None else options
        feeds = dict(feed_dict or {})
        wanted: dict[Any, Any] = {}
        for hook in self._hooks:
            request = hook.before_run(context)
            if request is None:
                continue
            if request.fetches is not None:
                wanted[hook] = request.fetches
            _add_feeds(feeds, request.feed_dict, hook)
            if request.options is not None:
                options.MergeFrom(protos.adopted(request.options, "RunOptions"))
        metadata = run_metadata if run_metadata is not None else protos.RunMetadata()
        keys = list(wanted)
        is_traced = bool(options.ListFields()) or run_metadata is not None
        values = self.session.run(
            {"caller": fetches, "hooks": [wanted[key] for key in keys]},
            feeds,
            options if options.ListFields() else None,
            metadata if is_traced else None,
        )
        found = dict(zip(keys, values["hooks"], strict=True))
        for hook in self._hooks:
            hook.after_run(context, SessionRunValues(found.get(hook), options, metadata))
        self.stop_requested = self.stop_requested or context.stop_requested
        return values["caller"]

    def close(self) -> None:
        """Close the session."""
        self.session.close()


class _RunningSession(HookedSession):
    """One session with its threads, and what the hooks add to its runs."""

    def __init__(
        self, creator: SessionCreator, hooks: Sequence[SessionRunHook], stop_grace_period: float
    ) -> None:
        super().__init__(creator.create_session(), hooks)
        self._stop_grace_period = stop_grace_period
        self.coordinator = Coordinator()
        with self.graph.as_default():
            if self.graph.get_collection(GraphKeys.QUEUE_RUNNERS):
                start_queue_runners(self.session, self.coordinator)
        for hook in hooks:
            hook.after_create_session(self.session, self.coordinator)

    def should_stop(self) -> bool:
        """Whether a hook or a thread asked for an end."""
        return super().should_stop() or self.coordinator.should_stop()

    def run(
        self,
        fetches: Any,
        feed_dict: Any = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Run with what the hooks add; an exception of a thread is raised."""
        try:
            return super().run(fetches, feed_dict, options, run_metadata)
        except _PASSING:
            raise
        except Exception as error:
            # The error of a thread, if there is one, is why this run failed.
            try:
                self.coordinator.raise_requested_exception()
            except _PASSING:
                raise
            except Exception as first:
                raise first from error
            raise

    def close(self) -> None:
        """End the threads and the session."""
        self.coordinator.request_stop()
        try:
            self.coordinator.join(
                stop_grace_period_secs=self._stop_grace_period, ignore_live_threads=True
            )
        finally:
            # What the threads still wait for ends with the session.
            with contextlib.suppress(Exception):
                self.session.close()


def _add_feeds(feeds: dict[Any, Any], more: Any, hook: SessionRunHook) -> None:
    for key, value in (more or {}).items():
        if key in feeds:
            raise RuntimeError(f"{key!r} is fed twice, the second time by {hook!r}")
        feeds[key] = value


class StepContext:
    """What a function given to `run_step_fn` gets.

    Args:
      session: the session.
      run_with_hooks_fn: runs with what the hooks add.
    """

    def __init__(self, session: Any, run_with_hooks_fn: Callable[..., Any]) -> None:
        self._session = session
        self._run_with_hooks_fn = run_with_hooks_fn

    @property
    def session(self) -> Any:
        """The session."""
        return self._session

    def run_with_hooks(self, *args: Any, **kwargs: Any) -> Any:
        """Run with what the hooks add; the arguments are those of `session.run`."""
        return self._run_with_hooks_fn(*args, **kwargs)

    def request_stop(self) -> None:
        """End the function, and training.

        Raises:
          StopIteration: always.
        """
        raise StopIteration("step_fn has requested the iterations to stop.")


class _MonitoredBase:
    """What both monitored sessions have in common."""

    StepContext = StepContext
    _recovers = False

    def __init__(
        self,
        session_creator: SessionCreator | None,
        hooks: Sequence[SessionRunHook] | None,
        stop_grace_period_secs: float,
    ) -> None:
        self._creator = session_creator or ChiefSessionCreator()
        self._hooks = list(hooks or ())
        self._stop_grace_period = stop_grace_period_secs
        self._graph = get_default_graph()
        self._graph_was_finalized = self._graph.finalized
        self._is_closed = False
        for hook in self._hooks:
            hook.begin()
        self._current: _RunningSession | None = self._created()

    def _created(self) -> _RunningSession:
        while True:
            try:
                return _RunningSession(self._creator, self._hooks, self._stop_grace_period)
            except _PASSING as error:
                if not self._recovers:
                    raise
                logging.info("An error was raised while a session was being created: %s", error)

    @property
    def graph(self) -> Graph | None:
        """The graph, None once the session is closed."""
        session = self._tf_sess()
        return None if session is None else session.graph

    def _tf_sess(self) -> Any:
        return None if self._current is None else self._current.session

    def run(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """Run with what the hooks add; the arguments are those of `session.run`.

        Raises:
          RuntimeError: the session is closed.
        """
        while True:
            current = self._open()
            try:
                return current.run(fetches, feed_dict, options, run_metadata)
            except _PASSING as error:
                if not self._recovers:
                    raise
                logging.info("The session failed and will be created again: %s", error)
                self._leave(current)

    def _open(self) -> _RunningSession:
        if self._is_closed:
            raise RuntimeError("Run called even after should_stop requested.")
        if self._current is None:
            self._current = self._created()
        return self._current

    def _leave(self, current: _RunningSession) -> None:
        with contextlib.suppress(Exception):
            current.close()
        self._current = None

    def run_step_fn(self, step_fn: Callable[..., Any]) -> Any:
        """Call a function that makes a step with several runs.

        Args:
          step_fn: takes a `StepContext`; as a method, `self` and that.

        Returns:
          What it returns, None if it asked for an end.
        """
        current = self._open()
        try:
            return step_fn(self.StepContext(current.session, lambda *a, **k: self.run(*a, **k)))
        except StopIteration:
            current.stop_requested = True
            return None

    def should_stop(self) -> bool:
        """Tell whether training should end."""
        return self._is_closed or (self._current is not None and self._current.should_stop())

    def close(self) -> None:
        """End the hooks, the threads and the session."""
        self._close(None)

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        # The end of the input is the end of training.
        if kind is not None and issubclass(kind, (OutOfRangeError, StopIteration)):
            kind = None
        self._close(kind)
        return kind is None

    def _close(self, kind: type[BaseException] | None) -> None:
        current = self._current
        try:
            if kind is None and current is not None:
                for hook in self._hooks:
                    hook.end(current.session)
        finally:
            self._is_closed = True
            self._current = None
            if current is not None:
                # An error of the program counts more than one of its threads.
                is_failing = kind is not None or sys.exc_info()[0] is not None
                with contextlib.suppress(Exception) if is_failing else contextlib.nullcontext():
                    current.close()
            if not self._graph_was_finalized:
                self._graph._unsafe_unfinalize()


class MonitoredSession(_MonitoredBase):
    """A session for training with hooks, which is created again after passing failures.

    Args:
      session_creator: makes the session, by default a `ChiefSessionCreator`.
      hooks: what is done before and after runs.
      stop_grace_period_secs: how long, in seconds, threads have to end.

    >>> import graphflow as tf
    >>> step = tf.train.get_or_create_global_step()
    >>> train = tf.assign_add(step, 1)
    >>> with tf.train.MonitoredSession(hooks=[tf.train.StopAtStepHook(last_step=3)]) as sess:
    ...     while not sess.should_stop():
    ...         print(sess.run(train), end=" ")
    1 2 3
    """

    _recovers = True

    def __init__(
        self,
        session_creator: SessionCreator | None = None,
        hooks: Sequence[SessionRunHook] | None = None,
        stop_grace_period_secs: float = 120,
    ) -> None:
        super().__init__(session_creator, hooks, stop_grace_period_secs)


class SingularMonitoredSession(_MonitoredBase):
    """A session for training with hooks, which ends at the first failure.

    Args:
      hooks: what is done before and after runs.
      scaffold: the operations that initialize and save.
      master: the target of the session.
      config: a `ConfigProto`.
      checkpoint_dir: the folder with checkpoints to restore from.
      stop_grace_period_secs: how long, in seconds, threads have to end.
      checkpoint_filename_with_path: a checkpoint to restore from.
    """

    def __init__(
        self,
        hooks: Sequence[SessionRunHook] | None = None,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: Any = None,
        stop_grace_period_secs: float = 120,
        checkpoint_filename_with_path: Any = None,
    ) -> None:
        creator = ChiefSessionCreator(
            scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path
        )
        super().__init__(creator, hooks, stop_grace_period_secs)

    def raw_session(self) -> Any:
        """Return the session itself."""
        return self._tf_sess()


def MonitoredTrainingSession(
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: Any = None,
    scaffold: Scaffold | None = None,
    hooks: Sequence[SessionRunHook] | None = None,
    chief_only_hooks: Sequence[SessionRunHook] | None = None,
    save_checkpoint_secs: Any = USE_DEFAULT,
    save_summaries_steps: Any = USE_DEFAULT,
    save_summaries_secs: Any = USE_DEFAULT,
    config: Any = None,
    stop_grace_period_secs: float = 120,
    log_step_count_steps: int | None = 100,
    max_wait_secs: float = 7200,
    save_checkpoint_steps: Any = USE_DEFAULT,
    summary_dir: Any = None,
) -> MonitoredSession:
    """Return a `MonitoredSession` with the usual hooks: it restores, saves and summarizes.

    Args:
      master: the target of the session.
      is_chief: whether this process initializes and saves.
      checkpoint_dir: the folder with checkpoints.
      scaffold: the operations that initialize, save and summarize.
      hooks: further hooks.
      chief_only_hooks: hooks of the chief alone.
      save_checkpoint_secs: how far apart checkpoints are, in seconds: by default 600.
      save_summaries_steps: how far apart summaries are, in steps: by default 100.
      save_summaries_secs: the same in seconds.
      config: a `ConfigProto`.
      stop_grace_period_secs: how long, in seconds, threads have to end.
      log_step_count_steps: after how many steps the speed is reported.
      max_wait_secs: how long others than the chief wait for it, in seconds.
      save_checkpoint_steps: how far apart checkpoints are, in steps.
      summary_dir: the folder of summaries, by default that of checkpoints.

    Returns:
      The session.
    """
    if save_summaries_steps is USE_DEFAULT and save_summaries_secs is USE_DEFAULT:
        save_summaries_steps, save_summaries_secs = 100, None
    if save_checkpoint_secs is USE_DEFAULT and save_checkpoint_steps is USE_DEFAULT:
        save_checkpoint_secs, save_checkpoint_steps = 600, None
    summary_steps, summary_secs, checkpoint_secs, checkpoint_steps = (
        None if value is USE_DEFAULT else value
        for value in (
            save_summaries_steps, save_summaries_secs, save_checkpoint_secs, save_checkpoint_steps,
        )
    )  # fmt: skip
    scaffold = scaffold or Scaffold()
    if not is_chief:
        creator: SessionCreator = WorkerSessionCreator(scaffold, master, config, max_wait_secs)
        return MonitoredSession(creator, hooks, stop_grace_period_secs)
    all_hooks = list(chief_only_hooks or ())
    creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    folder = summary_dir or checkpoint_dir
    if folder:
        if log_step_count_steps and log_step_count_steps > 0:
            all_hooks.append(StepCounterHook(log_step_count_steps, output_dir=folder))
        if (summary_steps and summary_steps > 0) or (summary_secs and summary_secs > 0):
            all_hooks.append(
                SummarySaverHook(
                    summary_steps, summary_secs, output_dir=os.fspath(folder), scaffold=scaffold
                )
            )
    if checkpoint_dir and (
        (checkpoint_secs and checkpoint_secs > 0) or (checkpoint_steps and checkpoint_steps > 0)
    ):
        all_hooks.append(
            CheckpointSaverHook(
                checkpoint_dir, checkpoint_secs, checkpoint_steps, scaffold=scaffold
            )
        )
    return MonitoredSession(creator, [*all_hooks, *(hooks or ())], stop_grace_period_secs)
