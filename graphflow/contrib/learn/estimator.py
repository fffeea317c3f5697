"""`tf.contrib.learn.Estimator`, from before `tf.estimator`: `fit`, `evaluate`, `predict`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

import graphflow.ops as ops
from graphflow.contrib.learn.inputs import chosen_input_fn
from graphflow.contrib.learn.monitors import replace_monitors_with_hooks
from graphflow.contrib.learn.run_config import RunConfig
from graphflow.contrib.learn.specs import InputFnOps, ModelFnOps, ProblemType, metric_ops
from graphflow.core.graph import Tensor
from graphflow.estimator.estimator import Estimator as CoreEstimator, singles
from graphflow.estimator.outputs import ClassificationOutput, PredictOutput, RegressionOutput
from graphflow.estimator.receivers import ServingInputReceiver
from graphflow.estimator.specs import EstimatorSpec, ModeKeys
from graphflow.saved_model import constants

_Self = TypeVar("_Self", bound="Estimator")
_DEFAULT = constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY


class NotFittedError(ValueError, AttributeError):
    """A model was used before it was trained."""


class _Runner(CoreEstimator):
    """Runs a model function of the older kind."""

    # The metrics of the evaluation that is going on, beside those of the model.
    more_metrics: Mapping[Any, Any] | None = None
    # Whether the data that are being predicted for are the same in each batch.
    is_constant = False

    def _meet_endless_data(self) -> None:
        """Remember that there is nothing new after the first batch."""
        self.is_constant = True


class Estimator:
    """A model that trains, evaluates, predicts and exports itself, with checkpoints in a folder.

    Args:
      model_fn: called with features and labels, and those of `mode`, `params`, `config` and
        `model_dir` that it takes; returns `ModelFnOps`, or predictions, loss and what trains.
      model_dir: the folder; without it that of `config`, or a temporary one.
      config: a `RunConfig`.
      params: what the model function gets as `params`.
      feature_engineering_fn: from features and labels to those that the model function gets.

    Raises:
      ValueError: the model function does not take `params` that are given.

    >>> import graphflow as tf
    >>> def model_fn(features, labels):
    ...     w = tf.get_variable("w", initializer=1.0)
    ...     loss = tf.losses.mean_squared_error(labels, w * features)
    ...     step = tf.train.get_global_step()
    ...     return w * features, loss, tf.contrib.layers.optimize_loss(loss, step, 0.1, "SGD")
    >>> x, y = np.asarray([1.0, 2.0], np.float32), np.asarray([3.0, 6.0], np.float32)
    >>> estimator = Estimator(model_fn).fit(x, y, steps=50)
    >>> [round(float(value), 2) for value in estimator.predict(x)]
    [3.0, 6.0]
    """

    def __init__(
        self,
        model_fn: Callable[..., Any] | None = None,
        model_dir: Any = None,
        config: Any = None,
        params: Any = None,
        feature_engineering_fn: Callable[[Any, Any], tuple[Any, Any]] | None = None,
    ) -> None:
        if model_fn is None:
            raise ValueError("an estimator needs its model_fn")
        takes = inspect.signature(model_fn).parameters
        if params is not None and "params" not in takes:
            raise ValueError(f"params are given, but model_fn takes {[*takes]}")
        self._given_fn = model_fn
        self._engineering_fn = feature_engineering_fn
        self._runner = _Runner(
            self._model_fn, model_dir, RunConfig() if config is None else config, params or {}
        )

    @property
    def model_dir(self) -> str:
        """The folder of the checkpoints and summaries."""
        return self._runner.model_dir

    @property
    def config(self) -> Any:
        """How it runs."""
        return self._runner.config

    @property
    def params(self) -> Any:
        """A copy of what the model function gets as `params`."""
        return self._runner.params

    @property
    def model_fn(self) -> Callable[..., Any]:
        """The model function."""
        return self._given_fn

    def get_variable_names(self) -> list[str]:
        """Return the names of the variables in the newest checkpoint."""
        return self._runner.get_variable_names()

    def get_variable_value(self, name: str) -> Any:
        """Return the value of a variable in the newest checkpoint.

        Args:
          name: its name.
        """
        return self._runner.get_variable_value(name)

    def latest_checkpoint(self) -> str | None:
        """Return the newest checkpoint, None if there is none."""
        return self._runner.latest_checkpoint()

    # -- training ---------------------------------------------------------------------------------

    def fit(
        self: _Self,
        x: Any = None,
        y: Any = None,
        input_fn: Callable[[], Any] | None = None,
        steps: int | None = None,
        batch_size: int | None = None,
        monitors: Sequence[Any] | None = None,
        max_steps: int | None = None,
    ) -> _Self:
        """Train the model, from its newest checkpoint on.

        Args:
          x: features: an array, arrays by name, or an iterator of examples.
          y: labels.
          input_fn: returns features and labels, instead of arrays.
          steps: how many steps are made now; None to go on to the end of the data.
          batch_size: how many examples of the arrays a step takes, by default all.
          monitors: monitors, or hooks.
          max_steps: the step at which training ends; not beside `steps`.

        Returns:
          The estimator.

        Raises:
          ValueError: arguments do not go together.
        """
        if steps is not None and max_steps is not None:
            raise ValueError("give steps or max_steps, not both")
        data = chosen_input_fn(x, y, input_fn, batch_size, shuffle=True, num_epochs=None)
        self._runner.train(data, replace_monitors_with_hooks(monitors, self), steps, max_steps)
        return self

    def partial_fit(
        self: _Self,
        x: Any = None,
        y: Any = None,
        input_fn: Callable[[], Any] | None = None,
        steps: int | None = 1,
        batch_size: int | None = None,
        monitors: Sequence[Any] | None = None,
    ) -> _Self:
        """Train the model on a part of the data; see `fit`.

        Args:
          x: see `fit`.
          y: see `fit`.
          input_fn: see `fit`.
          steps: see `fit`.
          batch_size: see `fit`.
          monitors: see `fit`.
        """
        return self.fit(x, y, input_fn, steps, batch_size, monitors)

    # -- evaluation -------------------------------------------------------------------------------

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Callable[[], Any] | None = None,
        feed_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        steps: int | None = None,
        metrics: Any = None,
        name: str | None = None,
        checkpoint_path: Any = None,
        hooks: Sequence[Any] | None = None,
        log_progress: bool = True,
    ) -> dict[str, Any]:
        """Evaluate the model.

        Args:
          x: see `fit`.
          y: see `fit`.
          input_fn: see `fit`.
          feed_fn: must be None.
          batch_size: how many examples of the arrays are evaluated at once, by default all.
          steps: how many batches are evaluated; None for all.
          metrics: from names to `MetricSpec`s or metrics, beside those of the model.
          name: the name of the evaluation, for several of them.
          checkpoint_path: the checkpoint, by default the newest one.
          hooks: hooks.
          log_progress: accepted; progress is not logged.

        Returns:
          The values of the metrics by name, with the mean of `loss`, and `global_step`.

        Raises:
          NotFittedError: there is no checkpoint.
          NotImplementedError: there is a `feed_fn`.
        """
        del log_progress
        if feed_fn is not None:
            raise NotImplementedError("Estimator.evaluate: feed_fn")
        data = chosen_input_fn(x, y, input_fn, batch_size, shuffle=False, num_epochs=1)
        self._check_fitted(checkpoint_path)
        self._runner.more_metrics = metrics
        try:
            return self._runner.evaluate(data, steps, hooks, checkpoint_path, name)
        finally:
            self._runner.more_metrics = None

    def _check_fitted(self, checkpoint_path: Any) -> None:
        if checkpoint_path is None and self.latest_checkpoint() is None:
            raise NotFittedError(f"there is no trained model in {self.model_dir}: call fit first")

    # -- prediction -------------------------------------------------------------------------------

    def predict(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        outputs: Any = None,
        as_iterable: bool = True,
        iterate_batches: bool = False,
    ) -> Any:
        """Return predictions.

        Args:
          x: see `fit`.
          input_fn: see `fit`.
          batch_size: see `evaluate`.
          outputs: the names of the predictions, by default all.
          as_iterable: whether to return an iterator over examples, rather than arrays.
          iterate_batches: whether the iterator goes over batches.

        Raises:
          NotFittedError: there is no checkpoint.
        """
        data = chosen_input_fn(x, None, input_fn, batch_size, shuffle=False, num_epochs=1)
        self._check_fitted(None)
        found = self._predictions(data, outputs, iterate_batches)
        return found if as_iterable else _together(found, iterate_batches)

    def _predictions(
        self, data: Callable[[], Any], outputs: Any, in_batches: bool
    ) -> Iterator[Any]:
        """Yield predictions; of data that have no end, those of the first batch."""
        self._runner.is_constant = False
        for batch in self._runner.predict(data, outputs, yield_single_examples=False):
            yield from [batch] if in_batches else singles(batch)
            if self._runner.is_constant:
                return

    # -- export -----------------------------------------------------------------------------------

    def export_savedmodel(
        self,
        export_dir_base: Any,
        serving_input_fn: Callable[[], InputFnOps],
        default_output_alternative_key: Any = None,
        assets_extra: Mapping[str, Any] | None = None,
        as_text: bool = False,
        checkpoint_path: Any = None,
        graph_rewrite_specs: Any = None,
        strip_default_attrs: bool = False,
    ) -> bytes:
        """Export the model as a `SavedModel`.

        Args:
          export_dir_base: the folder that gets a folder named after the time.
          serving_input_fn: returns `InputFnOps`.
          default_output_alternative_key: which of the model's alternatives is served by default,
            needed if there are several.
          assets_extra: see `tf.estimator.Estimator.export_saved_model`.
          as_text: see there.
          checkpoint_path: the checkpoint, by default the newest one.
          graph_rewrite_specs: must be None.
          strip_default_attrs: accepted; attributes with their default values are left out.

        Returns:
          The folder, as bytes.

        Raises:
          NotFittedError: there is no checkpoint.
          NotImplementedError: there are `graph_rewrite_specs`.
        """
        del strip_default_attrs
        if graph_rewrite_specs is not None:
            raise NotImplementedError("Estimator.export_savedmodel: graph_rewrite_specs")
        self._check_fitted(checkpoint_path)
        self._default_alternative = default_output_alternative_key

        def receive() -> ServingInputReceiver:
            inputs = serving_input_fn()
            return ServingInputReceiver(inputs.features, inputs.default_inputs)

        return self._runner.export_saved_model(
            export_dir_base, receive, assets_extra, as_text, checkpoint_path
        )

    # -- the model --------------------------------------------------------------------------------

    _default_alternative: Any = None
    # The dtypes and shapes of the labels that it was trained with.
    _label_specs: Any = None

    def _model_fn(
        self, features: Any, labels: Any, mode: str, params: Any, config: Any
    ) -> EstimatorSpec:
        """The model function as `tf.estimator` has it."""
        if mode == ModeKeys.TRAIN:
            self._label_specs = _mapped(lambda label: (label.dtype, label.shape), labels)
        if mode == ModeKeys.PREDICT:
            # Model functions of that time build their loss to predict as well.
            labels = _mapped(lambda spec: ops.placeholder(*spec), self._label_specs)
        if self._engineering_fn is not None:
            features, labels = self._engineering_fn(features, labels)
        spec = self._spec(features, labels, mode, params, config)
        if mode != ModeKeys.EVAL or not self._runner.more_metrics:
            return spec
        added = metric_ops(self._runner.more_metrics, features, labels, spec.predictions)
        return spec._replace(eval_metric_ops={**spec.eval_metric_ops, **added})

    def _spec(
        self, features: Any, labels: Any, mode: str, params: Any, config: Any
    ) -> EstimatorSpec:
        takes = inspect.signature(self._given_fn).parameters
        given = {
            "mode": mode, "params": params, "config": config, "model_dir": self.model_dir,
        }  # fmt: skip
        more = {name: given[name] for name in given if name in takes}
        result = self._given_fn(features, labels, **more)
        if isinstance(result, EstimatorSpec):
            return result
        if not isinstance(result, ModelFnOps):
            if not isinstance(result, tuple) or len(result) != 3:
                raise ValueError(
                    f"model_fn returns ModelFnOps, or predictions, loss and training operation, "
                    f"not {result!r}"
                )
            predictions, loss, train_op = result
            result = ModelFnOps(mode, predictions, loss, train_op)
        outputs = None
        if mode == ModeKeys.PREDICT:
            outputs = _outputs(result, self._default_alternative)
        return EstimatorSpec(
            mode,
            result.predictions,
            result.loss,
            result.train_op,
            result.eval_metric_ops,
            outputs,
            result.training_chief_hooks,
            result.training_hooks,
            result.scaffold,
        )


def _mapped(function: Callable[[Any], Any], labels: Any) -> Any:
    """What a function makes of labels, which may have names."""
    if labels is None:
        return None
    if isinstance(labels, Mapping):
        return {name: function(label) for name, label in labels.items()}
    return function(labels)


def _outputs(model: ModelFnOps, default_key: Any) -> dict[str, Any]:
    """What a model exports: its alternatives, or its predictions."""
    if not model.output_alternatives:
        predictions = model.predictions
        named = predictions if isinstance(predictions, Mapping) else {"output": predictions}
        return {_DEFAULT: PredictOutput(named)}
    found = {
        str(name or _DEFAULT): _output(kind, tensors)
        for name, (kind, tensors) in model.output_alternatives.items()
    }
    if len(found) > 1 and default_key is None and _DEFAULT not in found:
        raise ValueError(f"default_output_alternative_key must be one of {sorted(found)}")
    chosen = next(iter(found)) if default_key is None else str(default_key)
    if chosen not in found:
        raise ValueError(f"default_output_alternative_key is one of {sorted(found)}, not {chosen}")
    return {_DEFAULT: found[chosen], **found}


def _output(kind: int, tensors: Mapping[str, Tensor]) -> Any:
    """What an alternative exports; classes must be strings to be served as such."""
    classes = tensors.get("classes")
    has_names = classes is not None and classes.dtype.name == "string"
    if kind == ProblemType.CLASSIFICATION and has_names:
        return ClassificationOutput(tensors.get("probabilities"), classes)
    is_regression = kind in (ProblemType.LINEAR_REGRESSION, ProblemType.LOGISTIC_REGRESSION)
    if is_regression and len(tensors) == 1:
        return RegressionOutput(next(iter(tensors.values())))
    return PredictOutput(tensors)


def _together(values: Iterator[Any], are_batches: bool) -> Any:
    """All predictions as arrays."""
    found = list(values)
    join = np.concatenate if are_batches else np.stack
    if found and isinstance(found[0], Mapping):
        return {name: join([item[name] for item in found]) for name in found[0]}
    return join(found)


class BaseEstimator(Estimator):
    """The base of estimators, by its older name."""


class SKCompat:
    """An estimator with the methods of scikit-learn.

    Args:
      estimator: the estimator.

    >>> import graphflow as tf
    >>> learn = tf.contrib.learn
    >>> x, y = np.asarray([[1.0], [2.0], [6.0], [7.0]]), np.asarray([0, 0, 1, 1])
    >>> columns = learn.infer_real_valued_columns_from_input(x)
    >>> classifier = SKCompat(learn.LinearClassifier(columns, n_classes=2))
    >>> found = classifier.fit(x, y, steps=200).predict(x)
    >>> found["classes"].tolist()
    [0, 0, 1, 1]
    """

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator

    @property
    def estimator(self) -> Any:
        """The estimator."""
        return self._estimator

    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = 128,
        steps: int | None = None,
        max_steps: int | None = None,
        monitors: Sequence[Any] | None = None,
    ) -> SKCompat:
        """Train the model; see `Estimator.fit`.

        Args:
          x: features.
          y: labels.
          batch_size: how many examples a step takes.
          steps: how many steps are made.
          max_steps: the step at which training ends.
          monitors: monitors, or hooks.
        """
        self._estimator.fit(
            x=x, y=y, steps=steps, batch_size=batch_size, monitors=monitors, max_steps=max_steps
        )
        return self

    def score(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = 128,
        steps: int | None = None,
        metrics: Any = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """Evaluate the model; see `Estimator.evaluate`.

        Args:
          x: features.
          y: labels.
          batch_size: how many examples are evaluated at once.
          steps: how many batches are evaluated.
          metrics: further metrics.
          name: the name of the evaluation.
        """
        found: dict[str, Any] = self._estimator.evaluate(
            x=x, y=y, batch_size=batch_size, steps=steps, metrics=metrics, name=name
        )
        return found

    def predict(self, x: Any, batch_size: int | None = 128, outputs: Any = None) -> Any:
        """Return predictions as arrays; see `Estimator.predict`.

        Args:
          x: features.
          batch_size: how many examples are predicted at once.
          outputs: the names of the predictions.
        """
        found = Estimator.predict(
            self._estimator, x=x, batch_size=batch_size, outputs=outputs, as_iterable=False
        )
        if outputs is None or not isinstance(found, Mapping):
            return found
        return {name: found[name] for name in outputs if name in found}
