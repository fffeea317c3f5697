"""Evaluation with hooks: of one checkpoint, or of each new one that training writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow import logging
from graphflow.checkpoints.waiting import checkpoints_iterator
from graphflow.core.dtypes import int64
from graphflow.core.graph import get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.monitored.hooks import FinalOpsHook
from graphflow.monitored.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from graphflow.monitored.sessions import ChiefSessionCreator, MonitoredSession
from graphflow.summary import functions as summary
from graphflow.summary.writer import FileWriterCache
from graphflow.train.global_step import get_or_create_global_step
from graphflow.variables.initializers import Zeros
from graphflow.variables.scope import get_variable


def get_or_create_eval_step() -> Any:
    """Return the counter of evaluation steps of the graph, made if there is none.

    Returns:
      A local int64 variable.

    Raises:
      ValueError: the graph has several.
    """
    graph = get_default_graph()
    found = graph.get_collection(GraphKeys.EVAL_STEP)
    if len(found) > 1:
        raise ValueError(f"the graph has several counters of evaluation steps: {found}")
    if found:
        return found[0]
    return get_variable(
        "eval_step",
        [],
        int64,
        initializer=Zeros(),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.EVAL_STEP],
    )


class StopAfterNEvalsHook(SessionRunHook):
    """Ends an evaluation after a number of runs.

    Args:
      num_evals: the number; None to go on until the data are at their end.
      log_progress: whether to log each run, see `tf.logging`.
    """

    def __init__(self, num_evals: int | None, log_progress: bool = True) -> None:
        self._num_evals = num_evals
        self._log_progress = log_progress
        self._completed: Any = None

    def _set_evals_completed_tensor(self, updated_eval_step: Any) -> None:
        self._completed = updated_eval_step

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the counter of runs."""
        return SessionRunArgs({"evals_completed": self._completed})

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Ask for an end when there were enough."""
        completed = run_values.results["evals_completed"]
        if self._log_progress:
            of_all = "" if self._num_evals is None else f"/{self._num_evals}"
            logging.info("Evaluation [%d%s]", completed, of_all)
        if self._num_evals is not None and completed >= self._num_evals:
            run_context.request_stop()


class SummaryAtEndHook(SessionRunHook):
    """Writes summaries at the end of an evaluation.

    Args:
      log_dir: the folder, if there is no `summary_writer`.
      summary_writer: writes them.
      summary_op: the summaries, by default all of the graph.
      feed_dict: what is fed to them.

    Raises:
      ValueError: both folder and writer are given.
    """

    def __init__(
        self,
        log_dir: str | None = None,
        summary_writer: Any = None,
        summary_op: Any = None,
        feed_dict: Mapping[Any, Any] | None = None,
    ) -> None:
        if log_dir is not None and summary_writer is not None:
            raise ValueError("give log_dir or summary_writer, not both")
        self._log_dir = log_dir
        self._writer = summary_writer
        self._summary_op = summary_op
        self._feed_dict = feed_dict
        self._step: Any = None

    def begin(self) -> None:
        """Merge the summaries of the graph."""
        if self._summary_op is None:
            self._summary_op = summary.merge_all()
        self._step = get_or_create_global_step()

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Open the writer."""
        if self._writer is None and self._log_dir:
            self._writer = FileWriterCache.get(self._log_dir)

    def end(self, session: Any) -> None:
        """Write the summaries."""
        if self._writer is None or self._summary_op is None:
            return
        values, step = session.run([self._summary_op, self._step], self._feed_dict)
        self._writer.add_summary(values, step)
        self._writer.flush()


def evaluate_once(
    checkpoint_path: Any,
    master: str = "",
    scaffold: Any = None,
    eval_ops: Any = None,
    feed_dict: Mapping[Any, Any] | None = None,
    final_ops: Any = None,
    final_ops_feed_dict: Mapping[Any, Any] | None = None,
    hooks: Sequence[Any] | None = None,
    config: Any = None,
) -> Any:
    """Evaluate a checkpoint.

    Args:
      checkpoint_path: the checkpoint.
      master: the session's target, only "" for this process.
      scaffold: a `tf.train.Scaffold`.
      eval_ops: run again and again, such as the updates of metrics, until a hook or the end of the
        data ends it: one, a list or a dictionary.
      feed_dict: what is fed to them.
      final_ops: run last; their values are returned.
      final_ops_feed_dict: what is fed to them.
      hooks: hooks, such as `StopAfterNEvalsHook`.
      config: a `tf.ConfigProto`.

    Returns:
      The values of `final_ops`.
    """
    return _evaluate(
        [checkpoint_path], master, scaffold, eval_ops, feed_dict, final_ops, final_ops_feed_dict,
        hooks, config, None,
    )  # fmt: skip


def evaluate_repeatedly(
    checkpoint_dir: Any,
    master: str = "",
    scaffold: Any = None,
    eval_ops: Any = None,
    feed_dict: Mapping[Any, Any] | None = None,
    final_ops: Any = None,
    final_ops_feed_dict: Mapping[Any, Any] | None = None,
    eval_interval_secs: float = 60,
    hooks: Sequence[Any] | None = None,
    config: Any = None,
    max_number_of_evaluations: int | None = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Any:
    """Evaluate each new checkpoint of a folder.

    Args:
      checkpoint_dir: the folder.
      master: see `evaluate_once`.
      scaffold: see `evaluate_once`.
      eval_ops: see `evaluate_once`.
      feed_dict: see `evaluate_once`.
      final_ops: see `evaluate_once`.
      final_ops_feed_dict: see `evaluate_once`.
      eval_interval_secs: how many seconds there are at least between two evaluations.
      hooks: see `evaluate_once`.
      config: see `evaluate_once`.
      max_number_of_evaluations: how many checkpoints are evaluated; None for no end.
      timeout: how many seconds to wait for a checkpoint; None for no end.
      timeout_fn: called when the time is over: whether to end, which is so by default.

    Returns:
      The values of `final_ops` for the last checkpoint.
    """
    checkpoints = checkpoints_iterator(checkpoint_dir, eval_interval_secs, timeout, timeout_fn)
    return _evaluate(
        checkpoints, master, scaffold, eval_ops, feed_dict, final_ops, final_ops_feed_dict, hooks,
        config, max_number_of_evaluations,
    )  # fmt: skip


def _evaluate(
    checkpoints: Iterable[Any],
    master: str,
    scaffold: Any,
    eval_ops: Any,
    feed_dict: Mapping[Any, Any] | None,
    final_ops: Any,
    final_ops_feed_dict: Mapping[Any, Any] | None,
    hooks: Sequence[Any] | None,
    config: Any,
    most: int | None,
) -> Any:
    final = FinalOpsHook(final_ops, final_ops_feed_dict)
    all_hooks = [*(hooks or ()), final]
    counted = counted_eval_ops(eval_ops, all_hooks)
    for index, checkpoint in enumerate(checkpoints, start=1):
        logging.info("Starting evaluation of %s", checkpoint)
        creator = ChiefSessionCreator(
            scaffold, master, config, checkpoint_filename_with_path=checkpoint
        )
        with MonitoredSession(creator, all_hooks) as session:
            while counted is not None and not session.should_stop():
                session.run(counted, feed_dict)
        logging.info("Finished evaluation of %s", checkpoint)
        if index == most:
            break
    return final.final_ops_values


def counted_eval_ops(eval_ops: Any, hooks: Sequence[Any]) -> Any:
    """Return what an evaluation runs again and again, together with a counter of the runs.

    Args:
      eval_ops: see `evaluate_once`.
      hooks: hooks; a `StopAfterNEvalsHook` learns which the counter is.
    """
    if eval_ops is None:
        return None
    update = ops.assign_add(get_or_create_eval_step(), 1, use_locking=True)
    for hook in hooks:
        if isinstance(hook, StopAfterNEvalsHook):
            hook._set_evals_completed_tensor(update)
    if isinstance(eval_ops, Mapping):
        return {**eval_ops, "update_eval_step": update}
    several = list(eval_ops) if isinstance(eval_ops, (list, tuple)) else [eval_ops]
    return [*several, update]
