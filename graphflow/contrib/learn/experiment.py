"""`tf.contrib.learn.Experiment`: an estimator together with the data to train and evaluate it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphflow.contrib.learn.estimator import Estimator
from graphflow.contrib.learn.export_strategy import ExportStrategy
from graphflow.contrib.learn.monitors import ValidationMonitor
from graphflow.estimator.estimator import Estimator as CoreEstimator
from graphflow.estimator.specs import EvalSpec, TrainSpec
from graphflow.estimator.training import train_and_evaluate


class Experiment:
    """An estimator together with the data to train and evaluate it.

    Args:
      estimator: a `tf.contrib.learn.Estimator` or a `tf.estimator.Estimator`.
      train_input_fn: returns features and labels for training.
      eval_input_fn: returns those for evaluation.
      eval_metrics: further metrics, see `tf.contrib.learn.Estimator.evaluate`.
      train_steps: the step at which training ends; None to go on to the end of the data.
      eval_steps: how many batches are evaluated; None for all.
      train_monitors: monitors and hooks of training.
      eval_hooks: hooks of evaluation.
      local_eval_frequency: the older name of `min_eval_frequency`.
      eval_delay_secs: accepted; one process evaluates when a checkpoint is there.
      continuous_eval_throttle_secs: accepted, likewise.
      min_eval_frequency: how many steps there are at least between evaluations in
        `train_and_evaluate`, which evaluate new checkpoints; 0 for evaluating at the end alone.
      delay_workers_by_global_step: accepted; there is one worker.
      export_strategies: one or several `ExportStrategy`s.
      train_steps_per_iteration: accepted; training goes on while checkpoints are evaluated.
      checkpoint_and_export: accepted, likewise.
      saving_listeners: `CheckpointSaverListener`s, for a `tf.estimator.Estimator`.

    Raises:
      ValueError: the estimator is of another kind, or an argument does not fit it.

    >>> import numpy as np
    >>> import graphflow as tf
    >>> learn = tf.contrib.learn
    >>> def input_fn():
    ...     return {"x": tf.constant([[1.0], [2.0]])}, tf.constant([[3.0], [6.0]])
    >>> x = tf.contrib.layers.real_valued_column("x")
    >>> regressor = learn.LinearRegressor([x], optimizer=tf.train.GradientDescentOptimizer(0.1))
    >>> experiment = Experiment(regressor, input_fn, input_fn, train_steps=100, eval_steps=1)
    >>> result, exports = experiment.train_and_evaluate()
    >>> bool(result["loss"] < 0.02), int(result["global_step"]), exports
    (True, 100, [])
    """

    def __init__(
        self,
        estimator: Any,
        train_input_fn: Callable[[], Any],
        eval_input_fn: Callable[[], Any],
        eval_metrics: Any = None,
        train_steps: int | None = None,
        eval_steps: int | None = 100,
        train_monitors: Sequence[Any] | None = None,
        eval_hooks: Sequence[Any] | None = None,
        local_eval_frequency: int | None = None,
        eval_delay_secs: float = 120,
        continuous_eval_throttle_secs: float = 60,
        min_eval_frequency: int | None = None,
        delay_workers_by_global_step: bool = False,
        export_strategies: Any = None,
        train_steps_per_iteration: int | None = None,
        checkpoint_and_export: bool = False,
        saving_listeners: Sequence[Any] | None = None,
    ) -> None:
        del eval_delay_secs, continuous_eval_throttle_secs, delay_workers_by_global_step
        del train_steps_per_iteration, checkpoint_and_export
        self._is_core = isinstance(estimator, CoreEstimator)
        if not self._is_core and not isinstance(estimator, Estimator):
            raise ValueError(f"the estimator of an experiment is an Estimator, not {estimator!r}")
        if self._is_core and eval_metrics is not None:
            raise ValueError("a tf.estimator.Estimator takes no eval_metrics: see add_metrics")
        if not self._is_core and saving_listeners is not None:
            raise ValueError("saving_listeners are for a tf.estimator.Estimator")
        self._estimator = estimator
        self._train_input_fn = train_input_fn
        self._eval_input_fn = eval_input_fn
        self._metrics = eval_metrics
        self._train_steps = train_steps
        self._eval_steps = eval_steps
        self._monitors = list(train_monitors or ())
        self._eval_hooks = list(eval_hooks or ())
        given = min_eval_frequency if min_eval_frequency is not None else local_eval_frequency
        self._frequency = 1 if given is None else given
        self._listeners = saving_listeners
        self.reset_export_strategies(export_strategies)

    @property
    def estimator(self) -> Any:
        """The estimator."""
        return self._estimator

    @property
    def eval_metrics(self) -> Any:
        """The further metrics."""
        return self._metrics

    @property
    def train_steps(self) -> int | None:
        """The step at which training ends."""
        return self._train_steps

    @property
    def eval_steps(self) -> int | None:
        """How many batches are evaluated."""
        return self._eval_steps

    def reset_export_strategies(self, new_export_strategies: Any = None) -> list[Any]:
        """Replace the strategies of export, and return the former ones.

        Args:
          new_export_strategies: one or several `ExportStrategy`s, or None.
        """
        former = getattr(self, "_strategies", [])
        is_single = isinstance(new_export_strategies, ExportStrategy)
        given = [new_export_strategies] if is_single else list(new_export_strategies or ())
        for strategy in given:
            if not isinstance(strategy, ExportStrategy):
                raise ValueError(f"export_strategies holds ExportStrategys, not {strategy!r}")
        self._strategies = given
        return former

    def extend_train_hooks(self, additional_hooks: Sequence[Any]) -> None:
        """Add hooks of training.

        Args:
          additional_hooks: the hooks.
        """
        self._monitors.extend(additional_hooks)

    def train(self, delay_secs: float | None = None) -> Any:
        """Train the estimator.

        Args:
          delay_secs: accepted; there is one worker, which begins at once.

        Returns:
          The estimator.
        """
        del delay_secs
        return self._train(self._monitors)

    def _train(self, monitors: Sequence[Any]) -> Any:
        if self._is_core:
            return self._estimator.train(
                self._train_input_fn,
                hooks=list(monitors),
                max_steps=self._train_steps,
                saving_listeners=self._listeners,
            )
        return self._estimator.fit(
            input_fn=self._train_input_fn, max_steps=self._train_steps, monitors=monitors
        )

    def evaluate(self, delay_secs: float | None = None, name: str | None = None) -> Any:
        """Evaluate the newest checkpoint.

        Args:
          delay_secs: accepted; the checkpoint is there.
          name: the name of the evaluation.

        Returns:
          The metrics by name.
        """
        del delay_secs
        more = {} if self._is_core else {"metrics": self._metrics}
        return self._estimator.evaluate(
            input_fn=self._eval_input_fn,
            steps=self._eval_steps,
            hooks=self._eval_hooks,
            name=name,
            **more,
        )

    def train_and_evaluate(self) -> tuple[Any, list[Any]]:
        """Train the estimator and evaluate it, at new checkpoints and at the end; export it.

        Returns:
          The last metrics by name, and what the strategies of export returned.
        """
        if self._is_core:
            return self._train_and_evaluate_core()
        monitors = list(self._monitors)
        if self._frequency:
            monitors.append(
                ValidationMonitor(
                    input_fn=self._eval_input_fn,
                    eval_steps=self._eval_steps,
                    metrics=self._metrics,
                    every_n_steps=self._frequency,
                    hooks=self._eval_hooks,
                    name="one_pass",
                )
            )
        self._train(monitors)
        result = self.evaluate(name="one_pass")
        return result, self._export(result)

    def _train_and_evaluate_core(self) -> tuple[Any, list[Any]]:
        result, _ = train_and_evaluate(
            self._estimator,
            TrainSpec(self._train_input_fn, self._train_steps, self._monitors),
            EvalSpec(
                self._eval_input_fn, self._eval_steps, "one_pass", self._eval_hooks,
                start_delay_secs=0, throttle_secs=0,
            ),
        )  # fmt: skip
        if result is None:
            result = self.evaluate(name="one_pass")
        return result, self._export(result)

    def _export(self, result: Any) -> list[Any]:
        path = self._estimator.latest_checkpoint()
        folder = f"{self._estimator.model_dir}/export"
        return [
            strategy.export(self._estimator, f"{folder}/{strategy.name}", path, result)
            for strategy in self._strategies
        ]

    def continuous_eval(
        self,
        delay_secs: float | None = None,
        throttle_delay_secs: float | None = None,
        evaluate_checkpoint_only_once: bool = True,
        continuous_eval_predicate_fn: Callable[[Any], bool] | None = None,
        name: str = "continuous",
    ) -> None:
        """Evaluate new checkpoints as another process writes them, which does not happen here.

        Args:
          delay_secs: not used.
          throttle_delay_secs: not used.
          evaluate_checkpoint_only_once: not used.
          continuous_eval_predicate_fn: not used.
          name: not used.

        Raises:
          NotImplementedError: always; use `train_and_evaluate`.
        """
        del delay_secs, throttle_delay_secs, evaluate_checkpoint_only_once
        del continuous_eval_predicate_fn, name
        raise NotImplementedError("continuous_eval waits for other processes: train_and_evaluate")

    def test(self) -> tuple[Any, list[Any]]:
        """Train one step and evaluate one batch, to see whether all fits.

        Returns:
          What `train_and_evaluate` returns.
        """
        if self._is_core:
            self._estimator.train(self._train_input_fn, hooks=self._monitors, steps=1)
            more = {}
        else:
            self._estimator.fit(input_fn=self._train_input_fn, steps=1, monitors=self._monitors)
            more = {"metrics": self._metrics}
        result = self._estimator.evaluate(
            input_fn=self._eval_input_fn, steps=1, name="one_pass", **more
        )
        return result, self._export(result)

    def run_std_server(self) -> None:
        """Serve other processes, of which there are none.

        Raises:
          NotImplementedError: always.
        """
        raise NotImplementedError("run_std_server serves other processes, of which there are none")


def run(
    experiment_fn: Callable[..., Any],
    output_dir: str | None = None,
    schedule: str | None = None,
    run_config: Any = None,
    hparams: Any = None,
) -> Any:
    """Make an experiment and run it.

    Args:
      experiment_fn: makes the `Experiment`: of `output_dir`, or of `run_config` and `hparams`.
      output_dir: the folder of the model.
      schedule: the method of the experiment to call, `train_and_evaluate` by default.
      run_config: a `RunConfig` with a folder, instead of `output_dir`.
      hparams: hyperparameters.

    Returns:
      What the method returns.

    Raises:
      ValueError: there is not one of `output_dir` and `run_config`, or there is no such method.
      TypeError: `experiment_fn` made something else.
    """
    if (output_dir is None) == (run_config is None):
        raise ValueError("give output_dir or run_config")
    experiment = _made(experiment_fn, output_dir, run_config, hparams)
    if not isinstance(experiment, Experiment):
        raise TypeError(f"experiment_fn must return an Experiment, not {experiment!r}")
    method = schedule or "train_and_evaluate"
    if method.startswith("_") or not callable(getattr(experiment, method, None)):
        raise ValueError(f"an Experiment has no schedule {method!r}")
    return getattr(experiment, method)()


def _made(
    experiment_fn: Callable[..., Any], output_dir: str | None, run_config: Any, hparams: Any
) -> Any:
    if run_config is None:
        return experiment_fn(output_dir)
    if not run_config.model_dir:
        raise ValueError("run_config must have a model_dir")
    takes: Mapping[str, Any] = inspect.signature(experiment_fn).parameters
    if "run_config" in takes and "hparams" in takes:
        return experiment_fn(run_config=run_config, hparams=hparams)
    return experiment_fn(run_config, hparams)
