"""Hooks that end training early: by what evaluations gave, or at a step."""

from __future__ import annotations

import glob
import operator
import os
from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow import logging
from graphflow.core.dtypes import as_dtype
from graphflow.core.keys import GraphKeys
from graphflow.estimator.estimator import Estimator
from graphflow.monitored.hooks import StopAtStepHook
from graphflow.monitored.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from graphflow.monitored.timer import SecondOrStepTimer
from graphflow.summary.writer import summary_iterator
from graphflow.train.global_step import get_global_step
from graphflow.variables.initializers import Constant
from graphflow.variables.scope import AUTO_REUSE, get_variable, variable_scope


class _StopHook(SessionRunHook):
    """Ends training once a function says so."""

    def __init__(
        self, should_stop_fn: Callable[[], bool], seconds: float | None, steps: int | None
    ) -> None:
        if not callable(should_stop_fn):
            raise TypeError(f"should_stop_fn is a function, not {should_stop_fn!r}")
        self._should_stop_fn = should_stop_fn
        self._timer = SecondOrStepTimer(every_secs=seconds, every_steps=steps)
        self._step: Any = None
        self._stop_op: Any = None

    def begin(self) -> None:
        """Add the variable that says, in checkpoints too, whether training was ended."""
        self._step = get_global_step()
        with variable_scope("signal_early_stopping", values=[], reuse=AUTO_REUSE):
            stop = get_variable(
                "STOP",
                [],
                as_dtype("bool"),
                Constant(False),
                trainable=False,
                collections=[GraphKeys.GLOBAL_VARIABLES],
            )
        self._stop_op = ops.assign(stop, True)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the step."""
        return SessionRunArgs(self._step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Ask the function, if it is time."""
        step = int(run_values.results)
        if not self._timer.should_trigger_for_step(step):
            return
        self._timer.update_last_triggered_step(step)
        if self._should_stop_fn():
            logging.info("Training is ended early at step %d.", step)
            run_context.session.run(self._stop_op)
            run_context.request_stop()


def make_early_stopping_hook(
    estimator: Estimator,
    should_stop_fn: Callable[[], bool],
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """Return a hook that ends training once a function says so.

    Args:
      estimator: the estimator that is trained.
      should_stop_fn: a function without arguments that returns whether to end.
      run_every_secs: how many seconds there are at least between two calls of it.
      run_every_steps: how many steps there are between two calls; then `run_every_secs` is None.

    Raises:
      TypeError: `estimator` is none, or the function is none.
      ValueError: both intervals are given, or none.
    """
    if not isinstance(estimator, Estimator):
        raise TypeError(f"estimator is a tf.estimator.Estimator, not {estimator!r}")
    if (run_every_secs is None) == (run_every_steps is None):
        raise ValueError("give run_every_secs or run_every_steps, and None for the other")
    return _StopHook(should_stop_fn, run_every_secs, run_every_steps)


def read_eval_metrics(eval_dir: str) -> dict[int, dict[str, float]]:
    """Return the values of metrics that evaluations have written.

    Args:
      eval_dir: the folder of the summaries, see `Estimator.eval_dir`.

    Returns:
      From each step, in order, to values by name.
    """
    found: dict[int, dict[str, float]] = {}
    for path in sorted(glob.glob(os.path.join(glob.escape(eval_dir), "*.tfevents.*"))):
        for event in summary_iterator(path):
            values = {
                value.tag: value.simple_value
                for value in event.summary.value
                if value.HasField("simple_value")
            }
            if values:
                found.setdefault(event.step, {}).update(values)
    return dict(sorted(found.items()))


def _value(metrics: dict[str, float], name: str) -> float:
    if name not in metrics:
        raise ValueError(f"no metric is called {name!r}: evaluations gave {sorted(metrics)}")
    return metrics[name]


def _at_threshold(
    is_beyond: Callable[[float, float], bool],
    estimator: Estimator,
    metric_name: str,
    threshold: float,
    eval_dir: str | None,
    min_steps: int,
    run_every_secs: float | None,
    run_every_steps: int | None,
) -> SessionRunHook:
    def should_stop() -> bool:
        return any(
            is_beyond(_value(metrics, metric_name), threshold)
            for step, metrics in read_eval_metrics(eval_dir or estimator.eval_dir()).items()
            if step >= min_steps
        )

    return make_early_stopping_hook(estimator, should_stop, run_every_secs, run_every_steps)


def _without_progress(
    is_better: Callable[[float, float], bool],
    estimator: Estimator,
    metric_name: str,
    most_steps: int,
    eval_dir: str | None,
    min_steps: int,
    run_every_secs: float | None,
    run_every_steps: int | None,
) -> SessionRunHook:
    def should_stop() -> bool:
        best: float | None = None
        best_step = 0
        for step, metrics in read_eval_metrics(eval_dir or estimator.eval_dir()).items():
            if step < min_steps:
                continue
            value = _value(metrics, metric_name)
            if best is None or is_better(value, best):
                best, best_step = value, step
            if step - best_step >= most_steps:
                return True
        return False

    return make_early_stopping_hook(estimator, should_stop, run_every_secs, run_every_steps)


def stop_if_higher_hook(
    estimator: Estimator,
    metric_name: str,
    threshold: float,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """Return a hook that ends training once an evaluation gave more than a threshold.

    Args:
      estimator: the estimator that is trained.
      metric_name: the metric, such as "accuracy".
      threshold: the threshold.
      eval_dir: the folder of the summaries of evaluations, by default that of the estimator.
      min_steps: evaluations before this step do not count.
      run_every_secs: see `make_early_stopping_hook`.
      run_every_steps: see there.
    """
    return _at_threshold(
        operator.gt, estimator, metric_name, threshold, eval_dir, min_steps, run_every_secs,
        run_every_steps,
    )  # fmt: skip


def stop_if_lower_hook(
    estimator: Estimator,
    metric_name: str,
    threshold: float,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """Return a hook that ends training once an evaluation gave less than a threshold.

    Args:
      estimator: see `stop_if_higher_hook`.
      metric_name: the metric, such as "loss".
      threshold: the threshold.
      eval_dir: see `stop_if_higher_hook`.
      min_steps: see there.
      run_every_secs: see `make_early_stopping_hook`.
      run_every_steps: see there.
    """
    return _at_threshold(
        operator.lt, estimator, metric_name, threshold, eval_dir, min_steps, run_every_secs,
        run_every_steps,
    )  # fmt: skip


def stop_if_no_increase_hook(
    estimator: Estimator,
    metric_name: str,
    max_steps_without_increase: int,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """Return a hook that ends training once a metric has not risen for some steps.

    Args:
      estimator: see `stop_if_higher_hook`.
      metric_name: the metric, such as "accuracy".
      max_steps_without_increase: for how many steps.
      eval_dir: see `stop_if_higher_hook`.
      min_steps: see there.
      run_every_secs: see `make_early_stopping_hook`.
      run_every_steps: see there.
    """
    return _without_progress(
        operator.gt, estimator, metric_name, max_steps_without_increase, eval_dir, min_steps,
        run_every_secs, run_every_steps,
    )  # fmt: skip


def stop_if_no_decrease_hook(
    estimator: Estimator,
    metric_name: str,
    max_steps_without_decrease: int,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """Return a hook that ends training once a metric has not fallen for some steps.

    Args:
      estimator: see `stop_if_higher_hook`.
      metric_name: the metric, such as "loss".
      max_steps_without_decrease: for how many steps.
      eval_dir: see `stop_if_higher_hook`.
      min_steps: see there.
      run_every_secs: see `make_early_stopping_hook`.
      run_every_steps: see there.
    """
    return _without_progress(
        operator.lt, estimator, metric_name, max_steps_without_decrease, eval_dir, min_steps,
        run_every_secs, run_every_steps,
    )  # fmt: skip


def make_stop_at_checkpoint_step_hook(
    estimator: Estimator, last_step: int, wait_after_file_check_secs: float = 30
) -> SessionRunHook:
    """Return a hook that ends training at a step.

    Args:
      estimator: the estimator that is trained.
      last_step: the step.
      wait_after_file_check_secs: accepted; workers that wait for the chief's checkpoint need it,
        and an estimator here is always the chief.

    Raises:
      TypeError: `estimator` is none.
    """
    del wait_after_file_check_secs
    if not isinstance(estimator, Estimator):
        raise TypeError(f"estimator is a tf.estimator.Estimator, not {estimator!r}")
    return StopAtStepHook(last_step=last_step)
