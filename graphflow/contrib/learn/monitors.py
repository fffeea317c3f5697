"""`tf.contrib.learn.monitors`: what is done beside training, from before there were hooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphflow import logging
from graphflow.monitored.hooks import (
    CheckpointSaverHook,
    NanTensorHook,
    StepCounterHook,
    StopAtStepHook,
    SummarySaverHook,
    tensor_of,
)
from graphflow.monitored.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from graphflow.train.global_step import get_global_step


class BaseMonitor:
    """Base of what is done beside training."""

    def __init__(self) -> None:
        self._estimator: Any = None
        self._max_steps: int | None = None

    @property
    def run_on_all_workers(self) -> bool:
        """Whether it is for every process."""
        return False

    def set_estimator(self, estimator: Any) -> None:
        """Learn which estimator is trained.

        Args:
          estimator: the estimator.
        """
        self._estimator = estimator

    def begin(self, max_steps: int | None = None) -> None:
        """Act before training.

        Args:
          max_steps: the step at which training ends, if it is known.
        """
        self._max_steps = max_steps

    def epoch_begin(self, epoch: int) -> None:
        """Act when training begins, after `begin`.

        Args:
          epoch: always 0.
        """

    def step_begin(self, step: int) -> list[Any]:
        """Return tensors, or their names, that are fetched with a step.

        Args:
          step: the step.
        """
        return []

    def step_end(self, step: int, output: Mapping[str, Any]) -> bool:
        """Act after a step; return whether training ends.

        Args:
          step: the step.
          output: the values of the tensors by name.
        """
        return False

    def post_step(self, step: int, session: Any) -> None:
        """Act after `step_end`.

        Args:
          step: the step.
          session: the session.
        """

    def epoch_end(self, epoch: int) -> None:
        """Act after training, before `end`.

        Args:
          epoch: always 0.
        """

    def end(self, session: Any = None) -> None:
        """Act after training.

        Args:
          session: the session.
        """


class EveryN(BaseMonitor):
    """Acts at every n-th step, and at the first and last ones.

    Args:
      every_n_steps: how many steps there are between two times.
      first_n_steps: how many steps at the beginning count all.
    """

    def __init__(self, every_n_steps: int = 100, first_n_steps: int = 1) -> None:
        super().__init__()
        self._every_n_steps = every_n_steps
        self._first_n_steps = first_n_steps
        self._last_active = -1
        self._last_step = -1

    def _is_active(self, step: int) -> bool:
        return (
            step <= self._first_n_steps
            or step >= self._last_active + self._every_n_steps
            or step == self._max_steps
        )

    def every_n_step_begin(self, step: int) -> list[Any]:
        """Return tensors, or their names, that are fetched with the step.

        Args:
          step: the step.
        """
        return []

    def every_n_step_end(self, step: int, outputs: Mapping[str, Any]) -> bool | None:
        """Act after the step; return whether training ends.

        Args:
          step: the step.
          outputs: the values of the tensors by name.
        """
        return False

    def every_n_post_step(self, step: int, session: Any) -> None:
        """Act after `every_n_step_end`.

        Args:
          step: the step.
          session: the session.
        """

    def step_begin(self, step: int) -> list[Any]:
        """Return tensors if it is time; see `BaseMonitor.step_begin`."""
        return self.every_n_step_begin(step) if self._is_active(step) else []

    def step_end(self, step: int, output: Mapping[str, Any]) -> bool:
        """Act if it is time; see `BaseMonitor.step_end`."""
        self._last_step = step
        if not self._is_active(step):
            return False
        return bool(self.every_n_step_end(step, output))

    def post_step(self, step: int, session: Any) -> None:
        """Act if it is time; see `BaseMonitor.post_step`."""
        if self._is_active(step):
            self.every_n_post_step(step, session)
            self._last_active = step


class PrintTensor(EveryN):
    """Logs tensors.

    Args:
      tensor_names: the names of tensors, or from what they are called to those.
      every_n: how many steps there are between two times.
      first_n: how many steps at the beginning count all.
    """

    def __init__(self, tensor_names: Any, every_n: int = 100, first_n: int = 1) -> None:
        super().__init__(every_n, first_n)
        is_named = isinstance(tensor_names, Mapping)
        self._names = dict(tensor_names) if is_named else {name: name for name in tensor_names}

    def every_n_step_begin(self, step: int) -> list[Any]:
        """Return the tensors; see `EveryN.every_n_step_begin`."""
        return list(self._names.values())

    def every_n_step_end(self, step: int, outputs: Mapping[str, Any]) -> bool:
        """Log the tensors; see `EveryN.every_n_step_end`."""
        texts = [f"{called} = {outputs[name]}" for called, name in self._names.items()]
        logging.info("Step %d: %s", step, ", ".join(texts))
        return False


class CaptureVariable(EveryN):
    """Keeps the values of a tensor.

    Args:
      var_name: the name of the tensor, or of a variable.
      every_n: how many steps there are between two times.
      first_n: how many steps at the beginning count all.
    """

    def __init__(self, var_name: str, every_n: int = 100, first_n: int = 1) -> None:
        super().__init__(every_n, first_n)
        self._name = var_name
        self._values: dict[int, Any] = {}

    @property
    def values(self) -> dict[int, Any]:
        """The values by step."""
        return self._values

    def every_n_step_begin(self, step: int) -> list[Any]:
        """Return the tensor; see `EveryN.every_n_step_begin`."""
        return [self._name]

    def every_n_step_end(self, step: int, outputs: Mapping[str, Any]) -> bool:
        """Keep the value; see `EveryN.every_n_step_end`."""
        self._values[step] = outputs[self._name]
        return False


class ValidationMonitor(EveryN):
    """Evaluates the newest checkpoint, and may end training when nothing improves.

    A checkpoint is evaluated once; save them often enough, see `RunConfig`.

    Args:
      x: features, see `Estimator.evaluate`.
      y: labels.
      input_fn: returns features and labels, instead.
      batch_size: how many examples are evaluated at once.
      eval_steps: how many batches are evaluated; None for all.
      every_n_steps: how many steps there are between two times.
      metrics: further metrics.
      hooks: hooks of the evaluation.
      early_stopping_rounds: after how many steps without a better value training ends; None for
        never.
      early_stopping_metric: the metric of which that is so.
      early_stopping_metric_minimize: whether less of it is better.
      name: the name of the evaluation.
      check_interval_secs: accepted; whether there is a new checkpoint is asked at every n-th step.

    Raises:
      ValueError: there is neither `x` nor `input_fn`.
    """

    def __init__(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        eval_steps: int | None = None,
        every_n_steps: int = 100,
        metrics: Any = None,
        hooks: Any = None,
        early_stopping_rounds: int | None = None,
        early_stopping_metric: str = "loss",
        early_stopping_metric_minimize: bool = True,
        name: str | None = None,
        check_interval_secs: float = 5,
    ) -> None:
        del check_interval_secs
        super().__init__(every_n_steps, first_n_steps=-1)
        if x is None and input_fn is None:
            raise ValueError("give x or input_fn")
        self._arguments = {
            "x": x, "y": y, "input_fn": input_fn, "batch_size": batch_size, "steps": eval_steps,
            "metrics": metrics, "hooks": hooks, "name": name,
        }  # fmt: skip
        self._rounds = early_stopping_rounds
        self._metric = early_stopping_metric
        self._is_less_better = early_stopping_metric_minimize
        self._evaluated: str | None = None
        self._best: dict[str, Any] | None = None
        self._best_step = 0
        self._has_stopped = False

    @property
    def early_stopped(self) -> bool:
        """Whether it ended training."""
        return self._has_stopped

    @property
    def best_step(self) -> int | None:
        """The step of the best value, None if there is none."""
        return None if self._best is None else self._best_step

    @property
    def best_value(self) -> Any:
        """The best value, None if there is none."""
        return None if self._best is None else self._best[self._metric]

    @property
    def best_metrics(self) -> dict[str, Any] | None:
        """All metrics at the step of the best value."""
        return self._best

    def every_n_step_end(self, step: int, outputs: Mapping[str, Any]) -> bool:
        """Evaluate the newest checkpoint; see `EveryN.every_n_step_end`."""
        found = self._evaluate()
        if found is None or self._rounds is None:
            return False
        if self._metric not in found:
            raise ValueError(f"there is no metric {self._metric!r} among {sorted(found)}")
        if self._best is None or self._is_better(found[self._metric]):
            self._best, self._best_step = found, int(found["global_step"])
        self._has_stopped = step - self._best_step >= self._rounds
        if self._has_stopped:
            logging.info(
                "Training ends: %s was best, %s, at step %d.",
                self._metric, self.best_value, self._best_step,
            )  # fmt: skip
        return self._has_stopped

    def _evaluate(self) -> dict[str, Any] | None:
        path = self._estimator.latest_checkpoint()
        if path is None or path == self._evaluated:
            return None
        self._evaluated = path
        found: dict[str, Any] = self._estimator.evaluate(checkpoint_path=path, **self._arguments)
        texts = [f"{name} = {found[name]}" for name in sorted(found)]
        logging.info("Validation: %s", ", ".join(texts))
        return found

    def _is_better(self, value: Any) -> bool:
        assert self._best is not None
        best = self._best[self._metric]
        return bool(value < best if self._is_less_better else value > best)


# Monitors that became hooks: functions with the older arguments.


def StopAtStep(num_steps: int | None = None, last_step: int | None = None) -> SessionRunHook:
    """Return a hook that ends training at a step, see `tf.train.StopAtStepHook`.

    Args:
      num_steps: after so many steps.
      last_step: at this step; one of the two.
    """
    return StopAtStepHook(num_steps, last_step)


def NanLoss(
    loss_tensor: Any, every_n_steps: int = 100, fail_on_nan_loss: bool = True
) -> SessionRunHook:
    """Return a hook that ends training at a loss that is no number, see `tf.train.NanTensorHook`.

    Args:
      loss_tensor: the loss.
      every_n_steps: accepted; the loss is looked at in every step.
      fail_on_nan_loss: whether that is an error.
    """
    del every_n_steps
    return NanTensorHook(loss_tensor, fail_on_nan_loss)


def CheckpointSaver(
    checkpoint_dir: str,
    save_secs: int | None = None,
    save_steps: int | None = None,
    saver: Any = None,
    checkpoint_basename: str = "model.ckpt",
    scaffold: Any = None,
) -> SessionRunHook:
    """Return a hook that saves checkpoints, see `tf.train.CheckpointSaverHook`.

    Args:
      checkpoint_dir: see there.
      save_secs: see there.
      save_steps: see there.
      saver: see there.
      checkpoint_basename: see there.
      scaffold: see there.
    """
    return CheckpointSaverHook(
        checkpoint_dir, save_secs, save_steps, saver, checkpoint_basename, scaffold
    )


def StepCounter(
    every_n_steps: int = 100, output_dir: str | None = None, summary_writer: Any = None
) -> SessionRunHook:
    """Return a hook that measures how fast steps are, see `tf.train.StepCounterHook`.

    Args:
      every_n_steps: see there.
      output_dir: see there.
      summary_writer: see there.
    """
    return StepCounterHook(every_n_steps, None, output_dir, summary_writer)


def SummarySaver(
    summary_op: Any,
    save_steps: int = 100,
    output_dir: str | None = None,
    summary_writer: Any = None,
    scaffold: Any = None,
) -> SessionRunHook:
    """Return a hook that writes summaries, see `tf.train.SummarySaverHook`.

    Args:
      summary_op: see there.
      save_steps: see there.
      output_dir: see there.
      summary_writer: see there.
      scaffold: see there.
    """
    return SummarySaverHook(save_steps, None, output_dir, summary_writer, scaffold, summary_op)


# -- as hooks -------------------------------------------------------------------------------------


class RunHookAdapterForMonitors(SessionRunHook):
    """Calls the methods of monitors.

    Args:
      monitors: the monitors.
    """

    def __init__(self, monitors: Sequence[BaseMonitor]) -> None:
        self._monitors = list(monitors)
        self._step: Any = None
        self._next = 0

    def begin(self) -> None:
        """Find the step, and tell the monitors of the beginning."""
        self._step = get_global_step()
        self._next = 0
        for monitor in self._monitors:
            monitor.begin()
            monitor.epoch_begin(0)

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Learn which step is next."""
        self._next = int(session.run(self._step)) + 1

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for what the monitors want to know."""
        wanted: dict[Any, Any] = {}
        for monitor in self._monitors:
            for item in monitor.step_begin(self._next) or ():
                wanted[item] = tensor_of(item)
        return SessionRunArgs({"step": self._step, "wanted": wanted})

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Tell the monitors what was asked for."""
        step, values = self._next, run_values.results["wanted"]
        ends = [monitor.step_end(step, values) for monitor in self._monitors]
        if any(ends):
            run_context.request_stop()
        for monitor in self._monitors:
            monitor.post_step(step, run_context.session)
        self._next = step + 1

    def end(self, session: Any) -> None:
        """Tell the monitors of the end."""
        for monitor in self._monitors:
            monitor.epoch_end(0)
            monitor.end(session)


def replace_monitors_with_hooks(monitors_or_hooks: Any, estimator: Any) -> list[SessionRunHook]:
    """Return hooks for monitors and hooks.

    Args:
      monitors_or_hooks: the monitors and hooks, or None.
      estimator: the estimator that is trained.

    Raises:
      TypeError: something is neither.
    """
    given = list(monitors_or_hooks or ())
    hooks: list[SessionRunHook] = [one for one in given if isinstance(one, SessionRunHook)]
    monitors = [one for one in given if not isinstance(one, SessionRunHook)]
    for monitor in monitors:
        if not isinstance(monitor, BaseMonitor):
            raise TypeError(f"monitors holds monitors and hooks, not {monitor!r}")
        monitor.set_estimator(estimator)
    if monitors:
        hooks.append(RunHookAdapterForMonitors(monitors))
    return hooks
