"""What models return, and what training and evaluation are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.estimator.exporters import Exporter
from graphflow.estimator.outputs import ExportOutput
from graphflow.monitored.scaffold import Scaffold
from graphflow.monitored.session_run_hook import SessionRunHook
from graphflow.saved_model import constants


class ModeKeys:
    """What a model is built for."""

    TRAIN = "train"
    EVAL = "eval"
    PREDICT = "infer"


class _EstimatorSpec(NamedTuple):
    mode: str
    predictions: Any
    loss: Any
    train_op: Any
    eval_metric_ops: dict[str, Any]
    export_outputs: dict[str, Any] | None
    training_chief_hooks: tuple[Any, ...]
    training_hooks: tuple[Any, ...]
    scaffold: Scaffold
    evaluation_hooks: tuple[Any, ...]
    prediction_hooks: tuple[Any, ...]


class EstimatorSpec(_EstimatorSpec):
    """What a model function returns.

    Args:
      mode: a `ModeKeys`.
      predictions: a tensor, or tensors by name; needed to predict.
      loss: a scalar, or a tensor of one element; needed to train and evaluate.
      train_op: what trains; needed to train.
      eval_metric_ops: by name, pairs of the value of a metric and what updates it.
      export_outputs: by name, what is exported, such as `PredictOutput`s.
      training_chief_hooks: hooks of training.
      training_hooks: hooks of training.
      scaffold: what initializes and saves.
      evaluation_hooks: hooks of evaluation.
      prediction_hooks: hooks of prediction.

    Raises:
      ValueError: something that the mode needs is missing, or of another graph.
      TypeError: something is of another kind.
    """

    __slots__ = ()

    def __new__(
        cls,
        mode: str,
        predictions: Any = None,
        loss: Any = None,
        train_op: Any = None,
        eval_metric_ops: Mapping[str, Any] | None = None,
        export_outputs: Mapping[str, Any] | None = None,
        training_chief_hooks: Sequence[SessionRunHook] | None = None,
        training_hooks: Sequence[SessionRunHook] | None = None,
        scaffold: Scaffold | None = None,
        evaluation_hooks: Sequence[SessionRunHook] | None = None,
        prediction_hooks: Sequence[SessionRunHook] | None = None,
    ) -> EstimatorSpec:
        """Check what is given."""
        if scaffold is not None and not isinstance(scaffold, Scaffold):
            raise TypeError(f"scaffold is a tf.train.Scaffold, not {scaffold!r}")
        if train_op is None and mode == ModeKeys.TRAIN:
            raise ValueError("the model lacks its train_op, which training needs")
        _check_of_graph("train_op", train_op, (Tensor, Operation))
        return super().__new__(
            cls,
            mode,
            _checked_predictions(predictions, mode),
            _checked_loss(loss, mode),
            train_op,
            _checked_metrics(eval_metric_ops),
            _checked_exports(export_outputs, mode),
            checked_hooks("training_chief_hooks", training_chief_hooks),
            checked_hooks("training_hooks", training_hooks),
            scaffold or Scaffold(),
            checked_hooks("evaluation_hooks", evaluation_hooks),
            checked_hooks("prediction_hooks", prediction_hooks),
        )


def _check_of_graph(what: str, value: Any, kinds: tuple[Any, ...]) -> None:
    if value is None or hasattr(value, "_as_graph_element"):
        return
    if not isinstance(value, kinds):
        raise TypeError(f"{what} is a {' or an '.join(k.__name__ for k in kinds)}, not {value!r}")
    if value.graph is not get_default_graph():
        raise ValueError(f"{what} ({value.name}) is of another graph than the model's")


def _checked_predictions(predictions: Any, mode: str) -> Any:
    if predictions is None:
        if mode == ModeKeys.PREDICT:
            raise ValueError("the model lacks its predictions")
        return {}
    if isinstance(predictions, Mapping):
        for name, value in predictions.items():
            _check_of_graph(f"predictions[{name!r}]", value, (Tensor,))
    else:
        _check_of_graph("predictions", predictions, (Tensor,))
    return predictions


def _checked_loss(loss: Any, mode: str) -> Any:
    if loss is None:
        if mode in (ModeKeys.TRAIN, ModeKeys.EVAL):
            raise ValueError("the model lacks its loss, which training and evaluation need")
        return None
    loss = convert_to_tensor(loss)
    _check_of_graph("loss", loss, (Tensor,))
    if loss.shape.num_elements() not in (None, 1):
        raise ValueError(f"loss must be a scalar, it has shape {loss.shape}")
    return loss if loss.shape.rank == 0 else ops.reshape(loss, [])


def _checked_metrics(metrics: Mapping[str, Any] | None) -> dict[str, Any]:
    if metrics is None:
        return {}
    if not isinstance(metrics, Mapping):
        raise TypeError(f"eval_metric_ops is a dictionary, not {metrics!r}")
    for name, pair in metrics.items():
        if callable(getattr(pair, "result", None)):
            raise NotImplementedError(f"eval_metric_ops[{name!r}]: metrics of Keras")
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(
                f"eval_metric_ops[{name!r}] is a pair of a value and its update, not {pair!r}"
            )
        for part in pair:
            _check_of_graph(f"eval_metric_ops[{name!r}]", part, (Tensor, Operation))
    return dict(metrics)


def _checked_exports(exports: Mapping[str, Any] | None, mode: str) -> dict[str, Any] | None:
    if exports is None or mode != ModeKeys.PREDICT:
        return None
    if not isinstance(exports, Mapping):
        raise TypeError(f"export_outputs is a dictionary, not {exports!r}")
    for name, value in exports.items():
        if not isinstance(value, ExportOutput):
            raise TypeError(f"export_outputs[{name!r}] is an ExportOutput, not {value!r}")
    found = dict(exports)
    default = constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    if len(found) == 1:
        found.setdefault(default, next(iter(found.values())))
    elif default not in found:
        raise ValueError(f"of several export_outputs one must be called {default!r}")
    return found


def checked_hooks(what: str, hooks: Sequence[Any] | None) -> tuple[Any, ...]:
    """Return hooks that have been checked.

    Args:
      what: what they are called in errors.
      hooks: the hooks, or None.

    Raises:
      TypeError: one is no hook.
    """
    for hook in hooks or ():
        if not isinstance(hook, SessionRunHook):
            raise TypeError(f"{what} holds SessionRunHooks, not {hook!r}")
    return tuple(hooks or ())


class _TrainSpec(NamedTuple):
    input_fn: Callable[..., Any]
    max_steps: int | None
    hooks: tuple[Any, ...]


class TrainSpec(_TrainSpec):
    """What training is asked for.

    Args:
      input_fn: returns the data, see `Estimator.train`.
      max_steps: the step at which training ends; None to go on to the end of the data.
      hooks: hooks.

    Raises:
      TypeError: something is of another kind.
      ValueError: `max_steps` is not positive.
    """

    __slots__ = ()

    def __new__(
        cls,
        input_fn: Callable[..., Any],
        max_steps: int | None = None,
        hooks: Sequence[SessionRunHook] | None = None,
    ) -> TrainSpec:
        """Check what is given."""
        _check_input_fn(input_fn)
        if max_steps is not None and max_steps <= 0:
            raise ValueError(f"max_steps must be positive, it is {max_steps}")
        return super().__new__(cls, input_fn, max_steps, checked_hooks("hooks", hooks))


class _EvalSpec(NamedTuple):
    input_fn: Callable[..., Any]
    steps: int | None
    name: str | None
    hooks: tuple[Any, ...]
    exporters: tuple[Exporter, ...]
    start_delay_secs: float
    throttle_secs: float


class EvalSpec(_EvalSpec):
    """What evaluation is asked for.

    Args:
      input_fn: returns the data, see `Estimator.evaluate`.
      steps: how many batches are evaluated; None for all.
      name: the name of the evaluation, for several of them.
      hooks: hooks.
      exporters: one or several `Exporter`s.
      start_delay_secs: accepted; one process evaluates after each checkpoint that it wrote.
      throttle_secs: how many seconds there are at least between evaluations.

    Raises:
      TypeError: something is of another kind.
      ValueError: a number is out of range.
    """

    __slots__ = ()

    def __new__(
        cls,
        input_fn: Callable[..., Any],
        steps: int | None = 100,
        name: str | None = None,
        hooks: Sequence[SessionRunHook] | None = None,
        exporters: Any = None,
        start_delay_secs: float = 120,
        throttle_secs: float = 600,
    ) -> EvalSpec:
        """Check what is given."""
        _check_input_fn(input_fn)
        if steps is not None and steps <= 0:
            raise ValueError(f"steps must be positive, it is {steps}")
        for what, value in (
            ("start_delay_secs", start_delay_secs),
            ("throttle_secs", throttle_secs),
        ):
            if value < 0:
                raise ValueError(f"{what} must not be negative, it is {value}")
        several = (exporters,) if isinstance(exporters, Exporter) else tuple(exporters or ())
        for exporter in several:
            if not isinstance(exporter, Exporter):
                raise TypeError(f"exporters holds Exporters, not {exporter!r}")
        names = [exporter.name for exporter in several]
        if len(set(names)) < len(names):
            raise ValueError(f"two exporters have the same name: {names}")
        return super().__new__(
            cls, input_fn, steps, name, checked_hooks("hooks", hooks), several,
            start_delay_secs, throttle_secs,
        )  # fmt: skip


def _check_input_fn(input_fn: Any) -> None:
    if not callable(input_fn):
        raise TypeError(f"input_fn is a function, not {input_fn!r}")


class WarmStartSettings(NamedTuple):
    """Where a model's variables start from, see `tf.train.warm_start`.

    Attributes:
      ckpt_to_initialize_from: a checkpoint, or the folder of one.
      vars_to_warm_start: which variables.
      var_name_to_vocab_info: `VocabInfo`s by the names of variables.
      var_name_to_prev_var_name: names in the checkpoint, where they differ.
    """

    ckpt_to_initialize_from: Any
    vars_to_warm_start: Any = ".*"
    var_name_to_vocab_info: Any = None
    var_name_to_prev_var_name: Any = None
