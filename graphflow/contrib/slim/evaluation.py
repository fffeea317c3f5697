"""Evaluation of models: of one checkpoint, or of each new one that training writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphflow import logging
from graphflow.checkpoints.saver import Saver
from graphflow.checkpoints.waiting import (
    checkpoints_iterator as checkpoints_iterator,
    wait_for_new_checkpoint as wait_for_new_checkpoint,
)
from graphflow.contrib.framework.variables import get_variables_to_restore
from graphflow.contrib.slim.queues import QueueRunners
from graphflow.contrib.slim.training_loop import USE_DEFAULT
from graphflow.session import Session
from graphflow.summary import functions as summary
from graphflow.summary.writer import FileWriterCache
from graphflow.tables.base import tables_initializer
from graphflow.train.global_step import get_or_create_global_step
from graphflow.variables.variable import local_variables_initializer

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
      hooks: must be None or empty.

    Returns:
      The value of `final_op`, None without one.

    Raises:
      NotImplementedError: there are hooks.
    """
    if hooks:
        raise NotImplementedError("slim.evaluation: hooks")
    step = get_or_create_global_step()
    written = summary.merge_all() if summary_op is USE_DEFAULT else summary_op
    variables = get_variables_to_restore() if variables_to_restore is None else variables_to_restore
    saver = Saver(variables)
    local_init = [local_variables_initializer(), tables_initializer()]
    logging.info("Starting evaluation at %s", checkpoint_path)
    with Session(master, config=session_config) as sess:
        saver.restore(sess, checkpoint_path)
        sess.run(local_init)
        with QueueRunners(sess):
            if initial_op is not None:
                sess.run(initial_op, initial_op_feed_dict)
            if eval_op is not None:
                for index in range(num_evals):
                    sess.run(eval_op, eval_op_feed_dict)
                    logging.info("Evaluation [%d/%d]", index + 1, num_evals)
            if written is not None:
                values, count = sess.run([written, step], summary_op_feed_dict)
                writer = FileWriterCache.get(logdir)
                writer.add_summary(values, count)
                writer.flush()
            result = None if final_op is None else sess.run(final_op, final_op_feed_dict)
    logging.info("Finished evaluation at %s", checkpoint_path)
    return result


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
      init_fn: must be None.
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
      hooks: must be None or empty.

    Returns:
      The value of `final_op` for the last checkpoint.

    Raises:
      NotImplementedError: there are hooks, or an `init_fn`.
    """
    if init_fn is not None:
        raise NotImplementedError("slim.evaluation.evaluation_loop: init_fn")
    written = summary.merge_all() if summary_op is USE_DEFAULT else summary_op
    result = None
    checkpoints = checkpoints_iterator(checkpoint_dir, eval_interval_secs, timeout, timeout_fn)
    for index, checkpoint in enumerate(checkpoints, start=1):
        result = evaluate_once(
            master, checkpoint, logdir, num_evals, initial_op, initial_op_feed_dict, eval_op,
            eval_op_feed_dict, final_op, final_op_feed_dict, written, summary_op_feed_dict,
            variables_to_restore, session_config, hooks,
        )  # fmt: skip
        if index == max_number_of_evaluations:
            break
    return result
