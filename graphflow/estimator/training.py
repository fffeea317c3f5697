"""`tf.estimator.train_and_evaluate`, in one process."""

from __future__ import annotations

import os
import time
from typing import Any

from graphflow import logging
from graphflow.estimator.specs import EvalSpec, TrainSpec
from graphflow.monitored.hooks import CheckpointSaverListener


def train_and_evaluate(
    estimator: Any, train_spec: TrainSpec, eval_spec: EvalSpec
) -> tuple[Any, list[Any]]:
    """Train a model and evaluate it after checkpoints, and at the end.

    Args:
      estimator: the `Estimator`.
      train_spec: what training is asked for.
      eval_spec: what evaluation is asked for.

    Returns:
      What the last evaluation gave, and what the exporters returned at the end; None and an empty
      list if training was at its end before.

    Raises:
      TypeError: an argument is of another kind.
      ValueError: there are no checkpoints to evaluate.
    """
    if not isinstance(train_spec, TrainSpec):
        raise TypeError(f"train_spec is a TrainSpec, not {train_spec!r}")
    if not isinstance(eval_spec, EvalSpec):
        raise TypeError(f"eval_spec is an EvalSpec, not {eval_spec!r}")
    config = estimator.config
    if not (config.save_checkpoints_secs or config.save_checkpoints_steps):
        raise ValueError("train_and_evaluate needs checkpoints: let the RunConfig save some")
    listener = _Evaluations(estimator, train_spec.max_steps, eval_spec)
    estimator.train(
        train_spec.input_fn,
        hooks=list(train_spec.hooks),
        max_steps=train_spec.max_steps,
        saving_listeners=[listener],
    )
    return listener.result, listener.exports


class _Evaluations(CheckpointSaverListener):
    """Evaluates and exports a model when a checkpoint was written."""

    def __init__(self, estimator: Any, max_steps: int | None, eval_spec: EvalSpec) -> None:
        self._estimator = estimator
        self._max_steps = max_steps
        self._spec = eval_spec
        self._last = float("-inf")
        self._evaluated: str | None = None
        self._step_of_begin: int | None = None
        self._has_final_exports = False
        self.result: Any = None
        self.exports: list[Any] = []

    def begin(self) -> None:
        """Forget what was evaluated when."""
        self._step_of_begin = None

    def after_save(self, session: Any, global_step_value: int) -> bool | None:
        """Evaluate the checkpoint, unless the last evaluation was a short time ago."""
        if self._step_of_begin is None:
            # The first checkpoint is that of the variables before training.
            self._step_of_begin = global_step_value
            return None
        if time.monotonic() - self._last < self._spec.throttle_secs:
            return None
        self._evaluate(global_step_value)
        return None

    def end(self, session: Any, global_step_value: int) -> None:
        """Evaluate the last checkpoint, and export the model."""
        if global_step_value == self._step_of_begin:
            return
        self._evaluate(global_step_value, is_at_end=True)

    def _evaluate(self, step: int, is_at_end: bool = False) -> None:
        path = self._estimator.latest_checkpoint()
        is_final = is_at_end or (self._max_steps is not None and step >= self._max_steps)
        if path != self._evaluated:
            self.result = self._estimator.evaluate(
                self._spec.input_fn,
                steps=self._spec.steps,
                name=self._spec.name,
                checkpoint_path=path,
                hooks=list(self._spec.hooks),
            )
            self._evaluated, self._last = path, time.monotonic()
        elif not is_final or self._has_final_exports:
            return
        self.exports = [self._export(exporter, path, is_final) for exporter in self._spec.exporters]
        self._has_final_exports = is_final

    def _export(self, exporter: Any, path: str, is_final: bool) -> Any:
        logging.info("exporter %s is asked for an export", exporter.name)
        return exporter.export(
            estimator=self._estimator,
            export_path=os.path.join(self._estimator.model_dir, "export", exporter.name),
            checkpoint_path=path,
            eval_result=self.result,
            is_the_final_export=is_final,
        )
