"""What models of `tf.contrib.learn` return, and how they are measured."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.sparse import SparseTensor
from graphflow.estimator.specs import ModeKeys


class PredictionKey:
    """The names of predictions."""

    CLASSES = "classes"
    PROBABILITIES = "probabilities"
    LOGITS = "logits"
    LOGISTIC = "logistic"
    SCORES = "scores"
    TOP_K = "top_k"
    GENERIC = "output"


class MetricKey:
    """The names of metrics."""

    LOSS = "loss"
    AUC = "auc"
    AUC_PR = "auc_precision_recall"
    CLASS_AUC = "auc/class%d"
    CLASS_AUC_PR = "auc_precision_recall/class%d"
    PREDICTION_MEAN = "labels/prediction_mean"
    CLASS_PREDICTION_MEAN = "labels/prediction_mean/class%d"
    CLASS_LOGITS_MEAN = "labels/logits_mean/class%d"
    CLASS_PROBABILITY_MEAN = "labels/probability_mean/class%d"
    LABEL_MEAN = "labels/actual_label_mean"
    CLASS_LABEL_MEAN = "labels/actual_label_mean/class%d"
    ACCURACY = "accuracy"
    ACCURACY_BASELINE = "accuracy/baseline_label_mean"
    ACCURACY_MEAN = "accuracy/threshold_%f_mean"
    PRECISION_MEAN = "precision/positive_threshold_%f_mean"
    RECALL_MEAN = "recall/positive_threshold_%f_mean"


class ProblemType:
    """What a model is for."""

    UNSPECIFIED = 0
    CLASSIFICATION = 1
    LINEAR_REGRESSION = 2
    LOGISTIC_REGRESSION = 3


class TaskType:
    """What a process does."""

    MASTER = "master"
    PS = "ps"
    WORKER = "worker"


class _ModelFnOps(NamedTuple):
    predictions: Any
    loss: Any
    train_op: Any
    eval_metric_ops: dict[str, Any]
    output_alternatives: Any
    training_chief_hooks: Any
    training_hooks: Any
    scaffold: Any
    mode: str


class ModelFnOps(_ModelFnOps):
    """What a model function returns.

    Args:
      mode: a `ModeKeys`.
      predictions: a tensor, or tensors by name; needed to predict.
      loss: needed to train and evaluate.
      train_op: needed to train.
      eval_metric_ops: by name, pairs of the value of a metric and what updates it.
      output_alternatives: by name, pairs of a `ProblemType` and tensors by name, for export.
      training_chief_hooks: hooks of training.
      training_hooks: hooks of training.
      scaffold: what initializes and saves.

    Raises:
      ValueError: something that the mode needs is missing.
    """

    __slots__ = ()

    def __new__(
        cls,
        mode: str,
        predictions: Any = None,
        loss: Any = None,
        train_op: Any = None,
        eval_metric_ops: Mapping[str, Any] | None = None,
        output_alternatives: Mapping[Any, Any] | None = None,
        training_chief_hooks: Any = None,
        training_hooks: Any = None,
        scaffold: Any = None,
    ) -> ModelFnOps:
        """Check what is given."""
        if train_op is None and mode == ModeKeys.TRAIN:
            raise ValueError("the model lacks its train_op, which training needs")
        if loss is None and mode in (ModeKeys.TRAIN, ModeKeys.EVAL):
            raise ValueError("the model lacks its loss, which training and evaluation need")
        if predictions is None and mode == ModeKeys.PREDICT:
            raise ValueError("the model lacks its predictions")
        return super().__new__(
            cls, predictions, loss, train_op, dict(eval_metric_ops or {}), output_alternatives,
            training_chief_hooks, training_hooks, scaffold, mode,
        )  # fmt: skip


class InputFnOps(NamedTuple):
    """What a function for serving returns.

    Attributes:
      features: the features by name.
      labels: the labels, or None.
      default_inputs: what is fed, by name.
    """

    features: Any
    labels: Any
    default_inputs: Any


_PREDICTIONS = ("predictions", "prediction", "prediction_tensor", "y_pred")
_LABELS = ("labels", "label", "targets", "target", "y_true")
_WEIGHTS = ("weights", "weight")


class MetricSpec:
    """A metric, and what it is computed from.

    Args:
      metric_fn: a metric such as `tf.metrics.accuracy` or `tf.contrib.metrics.streaming_auc`. It
        takes predictions, labels and weights by such names, or in that order.
      prediction_key: the name of the prediction, needed if there are several.
      label_key: the name of the label, needed if there are several.
      weight_key: the name of the feature with the weights.

    >>> import graphflow as tf
    >>> spec = MetricSpec(tf.metrics.accuracy, prediction_key="classes")
    >>> classes, labels = tf.constant([0, 1, 1]), tf.constant([0, 1, 0])
    >>> value, update = spec.create_metric_ops(None, labels, {"classes": classes})
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     print(round(float(sess.run(update)), 3))
    0.667
    """

    def __init__(
        self,
        metric_fn: Callable[..., Any],
        prediction_key: str | None = None,
        label_key: str | None = None,
        weight_key: str | None = None,
    ) -> None:
        self._metric_fn = metric_fn
        self._prediction_key = prediction_key
        self._label_key = label_key
        self._weight_key = weight_key

    @property
    def metric_fn(self) -> Callable[..., Any]:
        """The metric."""
        return self._metric_fn

    @property
    def prediction_key(self) -> str | None:
        """The name of the prediction."""
        return self._prediction_key

    @property
    def label_key(self) -> str | None:
        """The name of the label."""
        return self._label_key

    @property
    def weight_key(self) -> str | None:
        """The name of the feature with the weights."""
        return self._weight_key

    def create_metric_ops(self, inputs: Any, labels: Any, predictions: Any) -> Any:
        """Return what the metric function returns, for a model.

        Args:
          inputs: the features by name.
          labels: the labels, perhaps by name.
          predictions: the predictions, perhaps by name.

        Raises:
          ValueError: a name is missing, or there is nothing of it.
        """
        prediction = _chosen("prediction", predictions, self._prediction_key)
        label = _chosen("label", labels, self._label_key)
        weight = None
        if self._weight_key is not None:
            weight = _chosen("weight", inputs, self._weight_key)
        return called(self._metric_fn, prediction, label, weight)


def _chosen(what: str, tensors: Any, key: str | None) -> Any:
    if not isinstance(tensors, Mapping):
        if key is not None and what != "label":
            raise ValueError(f"{what}_key={key!r}, but there is one {what} without a name")
        return tensors
    if key is None and len(tensors) == 1:
        return next(iter(tensors.values()))
    if key not in tensors:
        raise ValueError(f"{what}_key={key!r} is none of {sorted(map(str, tensors))}")
    return tensors[key]


def called(metric_fn: Callable[..., Any], prediction: Any, label: Any, weight: Any) -> Any:
    """Call a metric with what it takes, by name if it has one of the usual names.

    Args:
      metric_fn: the metric.
      prediction: the predictions.
      label: the labels.
      weight: weights, or None.
    """
    try:
        takes = inspect.signature(metric_fn).parameters
    except ValueError:  # a function without Python's signature
        takes = {}  # type: ignore[assignment]
    by_name = {
        name: value
        for names, value in ((_PREDICTIONS, prediction), (_LABELS, label), (_WEIGHTS, weight))
        for name in names
        if name in takes and value is not None
    }
    if any(name in by_name for name in _PREDICTIONS):
        return metric_fn(**by_name)
    return metric_fn(prediction, label, *(() if weight is None else (weight,)))


def metric_ops(
    metrics: Mapping[Any, Any], features: Any, labels: Any, predictions: Any
) -> dict[str, Any]:
    """Return metrics of a model by name.

    Args:
      metrics: from names to `MetricSpec`s or functions; or from pairs of a name and that of a
        prediction to functions.
      features: the features.
      labels: the labels.
      predictions: the predictions.

    Raises:
      ValueError: a metric does not fit the predictions.
    """
    found = {}
    for key, metric in metrics.items():
        if isinstance(metric, MetricSpec):
            found[str(key)] = metric.create_metric_ops(features, labels, predictions)
            continue
        name, prediction_key = key if isinstance(key, tuple) else (key, None)
        spec = MetricSpec(metric, prediction_key)
        found[str(name)] = spec.create_metric_ops(features, labels, predictions)
    return found


def as_features(features: Any) -> dict[Any, Any]:
    """Return features by name; a single tensor is called "".

    Args:
      features: a tensor, or tensors by name.
    """
    if isinstance(features, Mapping):
        return dict(features)
    if isinstance(features, SparseTensor):
        return {"": features}
    tensor: Tensor = convert_to_tensor(features)
    return {"": ops.cast(tensor, "float32") if tensor.dtype.name == "float64" else tensor}
