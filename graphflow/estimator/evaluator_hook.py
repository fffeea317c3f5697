"""A hook that evaluates a model while it is trained, without checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.training.evaluation import StopAfterNEvalsHook, counted_eval_ops
from graphflow.core.defaults import get_collection
from graphflow.core.keys import GraphKeys
from graphflow.estimator.estimator import Estimator
from graphflow.estimator.specs import checked_hooks
from graphflow.monitored.hooks import FinalOpsHook
from graphflow.monitored.scaffold import Scaffold
from graphflow.monitored.session_run_hook import (
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from graphflow.monitored.sessions import ChiefSessionCreator, MonitoredSession
from graphflow.monitored.timer import SecondOrStepTimer


class InMemoryEvaluatorHook(SessionRunHook):
    """Evaluates a model before training, every few runs and at the end, without checkpoints.

    The variables that both the trained and the evaluated graph have are handed over.

    Args:
      estimator: the estimator that is trained.
      input_fn: the data, see `Estimator.evaluate`; called once.
      steps: how many batches are evaluated; None for all.
      hooks: hooks of the evaluations.
      name: the name of the evaluation, for several of them.
      every_n_iter: how many runs of training there are between two evaluations.

    Raises:
      ValueError: a number is not positive.
    """

    def __init__(
        self,
        estimator: Estimator,
        input_fn: Callable[..., Any],
        steps: int | None = None,
        hooks: Sequence[SessionRunHook] | None = None,
        name: str | None = None,
        every_n_iter: int = 100,
    ) -> None:
        if every_n_iter is None or every_n_iter <= 0:
            raise ValueError(f"every_n_iter must be positive, not {every_n_iter}")
        if steps is not None and steps <= 0:
            raise ValueError(f"steps must be positive, not {steps}")
        self._estimator = estimator
        self._input_fn = input_fn
        self._hooks = [*checked_hooks("hooks", hooks), StopAfterNEvalsHook(steps)]
        self._folder = estimator.eval_dir(name)
        self._timer = SecondOrStepTimer(every_steps=every_n_iter)
        self._runs = 0

    def begin(self) -> None:
        """Build the graph of the evaluations.

        Raises:
          ValueError: the model has a saver or an `init_fn` of its own.
        """
        self._timer.reset()
        self._runs = 0
        with self._estimator._new_graph() as self._graph:
            spec, updates, self._values, self._all_hooks = self._estimator._evaluation(
                self._input_fn, self._hooks
            )
            if spec.scaffold.saver is not None or spec.scaffold.init_fn is not None:
                raise ValueError("the model has its own saver or init_fn, which would not be used")
            self._counted = counted_eval_ops(updates, self._all_hooks)
            # From the name of a variable to what assigns it and what is fed for that.
            self._assignments = {}
            for variable in get_collection(GraphKeys.GLOBAL_VARIABLES):
                value = ops.placeholder(variable.dtype.base_dtype)
                assign = ops.assign(variable, value, validate_shape=False)
                self._assignments[variable.name] = assign.op, value
        self._scaffold = Scaffold(init_fn=self._hand_over, copy_from_scaffold=spec.scaffold)

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Evaluate what is there before training."""
        self._trained = {
            variable.name: variable
            for variable in get_collection(GraphKeys.GLOBAL_VARIABLES)
            if variable.name in self._assignments
        }
        self._evaluate(session)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Evaluate if it is time."""
        self._runs += 1
        if self._timer.should_trigger_for_step(self._runs):
            self._evaluate(run_context.session)

    def end(self, session: Any) -> None:
        """Evaluate what was trained."""
        self._evaluate(session)

    def _hand_over(self, scaffold: Scaffold, session: Any) -> None:
        assigns, feeds = [], {}
        for name, value in self._current.items():
            assign, placeholder = self._assignments[name]
            assigns.append(assign)
            feeds[placeholder] = value
        session.run(assigns, feeds)

    def _evaluate(self, session: Any) -> None:
        self._current = session.run(self._trained)
        final = FinalOpsHook(self._values)
        with self._graph.as_default():
            creator = ChiefSessionCreator(
                self._scaffold, config=self._estimator.config.session_config
            )
            with MonitoredSession(creator, [*self._all_hooks, final]) as evaluating:
                while not evaluating.should_stop():
                    evaluating.run(self._counted)
        self._estimator._write_results(final.final_ops_values, None, self._folder)
        self._timer.update_last_triggered_step(self._runs)
