"""Evaluation of models: of one checkpoint, or of each new one that training writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphflow.checkpoints.saver import Saver
from graphflow.checkpoints.waiting import (
    checkpoints_iterator as checkpoints_iterator,
    wait_for_new_checkpoint as wait_for_new_checkpoint,
)
from graphflow.contrib.slim.training_loop import USE_DEFAULT
from graphflow.contrib.training import evaluation as training
from graphflow.monitored.scaffold import Scaffold
from graphflow.monitored.session_run_hook import SessionRunHook

Feed = Mapping[Any, Any]


def evaluate_once(
    master: str,
    checkpoint_path: str,
    logdir: str,
    num_evals: int = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Feed | None = None,
    eval_op: Any = None,
    eval_op_feed_dict: Feed | None = None,
    final_op: Any = None,
    final_op_feed_dict: Feed | None = None,
    summary_op: Any = USE_DEFAULT,
    summary_op_feed_dict: Feed | None = None,
    variables_to_restore: Sequence[Any] | None = None,
    session_config: Any = None,
    hooks: Sequence[Any] | None = None,
) -> Any:
    """Evaluate a checkpoint.

    Args:
      master: the session's target, only "" for this process.
      checkpoint_path: the checkpoint.
      logdir: the folder for summaries.
      num_evals: how often `eval_op` is run.
      initial_op: run first.
      initial_op_feed_dict: what is fed to it.
      eval_op: run again and again, such as the updates of metrics.
      eval_op_feed_dict: what is fed to it.
      final_op: run last; its value is returned.
      final_op_feed_dict: what is fed to it.
      summary_op: the summaries to write, by default all of the graph. None for none.
      summary_op_feed_dict: what is fed to it.
      variables_to_restore: by default all global variables.
      session_config: a `tf.ConfigProto`.
      hooks: further hooks.

    Returns:
      The value of `final_op`, None without one.
    """
    return training.evaluate_once(
        checkpoint_path, master, _scaffold(variables_to_restore), eval_op, eval_op_feed_dict,
        final_op, final_op_feed_dict,
        _hooks(
            num_evals, initial_op, initial_op_feed_dict, logdir, summary_op, summary_op_feed_dict,
            hooks,
        ),
        session_config,
    )  # fmt: skip


def evaluation_loop(
    master: str,
    checkpoint_dir: str,
    logdir: str,
    num_evals: int = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Feed | None = None,
    init_fn: Callable[[Any], Any] | None = None,
    eval_op: Any = None,
    eval_op_feed_dict: Feed | None = None,
    final_op: Any = None,
    final_op_feed_dict: Feed | None = None,
    summary_op: Any = USE_DEFAULT,
    summary_op_feed_dict: Feed | None = None,
    variables_to_restore: Sequence[Any] | None = None,
    eval_interval_secs: float = 60,
    max_number_of_evaluations: int | None = None,
    session_config: Any = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
    hooks: Sequence[Any] | None = None,
) -> Any:
    """Evaluate each new checkpoint of a folder.

    Args:
      master: the session's target, only "" for this process.
      checkpoint_dir: the folder of checkpoints.
      logdir: the folder for summaries.
      num_evals: how often `eval_op` is run for each.
      initial_op: see `evaluate_once`.
      initial_op_feed_dict: see `evaluate_once`.
      init_fn: a function of the session, called when no checkpoint is restored.
      eval_op: see `evaluate_once`.
      eval_op_feed_dict: see `evaluate_once`.
      final_op: see `evaluate_once`.
      final_op_feed_dict: see `evaluate_once`.
      summary_op: see `evaluate_once`.
      summary_op_feed_dict: see `evaluate_once`.
      variables_to_restore: see `evaluate_once`.
      eval_interval_secs: how many seconds there are at least between two evaluations.
      max_number_of_evaluations: how many checkpoints are evaluated; None for no end.
      session_config: a `tf.ConfigProto`.
      timeout: how many seconds to wait for a checkpoint; None for no end.
      timeout_fn: called when the time is over: whether to end, which is so by default.
      hooks: further hooks.

    Returns:
      The value of `final_op` for the last checkpoint.
    """
    return training.evaluate_repeatedly(
        checkpoint_dir, master, _scaffold(variables_to_restore, init_fn), eval_op,
        eval_op_feed_dict, final_op, final_op_feed_dict, eval_interval_secs,
        _hooks(
            num_evals, initial_op, initial_op_feed_dict, logdir, summary_op, summary_op_feed_dict,
            hooks,
        ),
        session_config, max_number_of_evaluations, timeout, timeout_fn,
    )  # fmt: skip


def _scaffold(variables: Sequence[Any] | None, init_fn: Callable[[Any], Any] | None = None) -> Any:
    saver = None if variables is None else Saver(variables)
    wrapped = None if init_fn is None else lambda _, session: init_fn(session)
    return Scaffold(saver=saver, init_fn=wrapped)


class _InitialHook(SessionRunHook):
    """Runs an operation when the session has been made."""

    def __init__(self, op: Any, feed_dict: Feed | None) -> None:
        self._op = op
        self._feed_dict = feed_dict

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Run it."""
        session.run(self._op, self._feed_dict)


def _hooks(
    num_evals: int,
    initial_op: Any,
    initial_op_feed_dict: Feed | None,
    logdir: str,
    summary_op: Any,
    summary_op_feed_dict: Feed | None,
    others: Sequence[Any] | None,
) -> list[Any]:
    hooks: list[Any] = [training.StopAfterNEvalsHook(num_evals)]
    if initial_op is not None:
        hooks.append(_InitialHook(initial_op, initial_op_feed_dict))
    if summary_op is not None:
        chosen = None if summary_op is USE_DEFAULT else summary_op
        hooks.append(
            training.SummaryAtEndHook(logdir, summary_op=chosen, feed_dict=summary_op_feed_dict)
        )
    return [*hooks, *(others or ())]
