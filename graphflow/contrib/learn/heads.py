"""Heads of the ready models of `tf.contrib.learn`, with the older names of what they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.learn.specs import MetricKey, PredictionKey
from graphflow.core.graph import Tensor
from graphflow.estimator.class_heads import BinaryClassHead, MultiClassHead
from graphflow.estimator.heads import Losses, LossHead
from graphflow.estimator.outputs import ClassificationOutput, PredictOutput, RegressionOutput
from graphflow.estimator.regression_heads import RegressionHead
from graphflow.metrics.counts import precision, recall
from graphflow.metrics.curves import auc
from graphflow.metrics.means import accuracy, mean
from graphflow.saved_model import constants

_DEFAULT = constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
_THRESHOLD = 0.5


def _classes(head: Any, probabilities: Tensor) -> Tensor:
    """The class of each example, [batch]; its name with a vocabulary."""
    class_ids: Tensor = ops.argmax(probabilities, 1, name="classes")
    return class_ids if head._vocabulary is None else head._names(class_ids)


class OldBinaryHead(BinaryClassHead):
    """Two classes, from one logit."""

    def _predictions(self, logits: Tensor) -> dict[Any, Tensor]:
        both = ops.concat([ops.zeros_like(logits), logits], axis=1)
        probabilities = ops.softmax(both, name="probabilities")
        return {
            PredictionKey.LOGITS: logits,
            PredictionKey.LOGISTIC: ops.sigmoid(logits, name="logistic"),
            PredictionKey.PROBABILITIES: probabilities,
            PredictionKey.CLASSES: _classes(self, probabilities),
        }

    def _metrics(self, losses: Losses, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        logistic, targets = predictions[PredictionKey.LOGISTIC], losses.targets
        weights = ops.ones_like(targets) * losses.weights
        decided = ops.cast(ops.greater_equal(logistic, _THRESHOLD), targets.dtype)
        return {
            MetricKey.ACCURACY: accuracy(targets, decided, weights),
            MetricKey.PREDICTION_MEAN: mean(logistic, weights),
            MetricKey.LABEL_MEAN: mean(targets, weights),
            MetricKey.ACCURACY_BASELINE: mean(targets, weights),
            MetricKey.AUC: auc(targets, logistic, weights),
            MetricKey.AUC_PR: auc(targets, logistic, weights, curve="PR"),
            MetricKey.ACCURACY_MEAN % _THRESHOLD: accuracy(targets, decided, weights),
            MetricKey.PRECISION_MEAN % _THRESHOLD: precision(targets, decided, weights),
            MetricKey.RECALL_MEAN % _THRESHOLD: recall(targets, decided, weights),
        }

    def _all_metrics(self, losses: Losses, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        return self._metrics(losses, predictions)

    def _outputs(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        return _class_outputs(self, predictions)


class OldMultiClassHead(MultiClassHead):
    """Three or more classes."""

    def _predictions(self, logits: Tensor) -> dict[Any, Tensor]:
        probabilities = ops.softmax(logits, name="probabilities")
        return {
            PredictionKey.LOGITS: logits,
            PredictionKey.PROBABILITIES: probabilities,
            PredictionKey.CLASSES: _classes(self, probabilities),
        }

    def _metrics(self, losses: Losses, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        class_ids = ops.argmax(predictions[PredictionKey.PROBABILITIES], 1)
        found = ops.expand_dims(class_ids, 1)
        return {MetricKey.ACCURACY: accuracy(losses.targets, found, losses.weights)}

    def _all_metrics(self, losses: Losses, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        return self._metrics(losses, predictions)

    def _outputs(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        return _class_outputs(self, predictions)


def _class_outputs(head: Any, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
    probabilities = predictions[PredictionKey.PROBABILITIES]
    output = ClassificationOutput(scores=probabilities, classes=head._all_names(probabilities))
    return {_DEFAULT: output, "predict": PredictOutput(dict(predictions))}


class OldRegressionHead(RegressionHead):
    """Numbers, with the square of the difference as loss."""

    def _predictions(self, logits: Tensor) -> dict[Any, Tensor]:
        is_single = self.logits_dimension == 1
        scores = ops.squeeze(logits, axis=[1]) if is_single else ops.identity(logits)
        return {PredictionKey.SCORES: scores}

    def _all_metrics(self, losses: Losses, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        return {}

    def _outputs(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        output = RegressionOutput(predictions[PredictionKey.SCORES])
        return {_DEFAULT: output, "predict": PredictOutput(dict(predictions))}


def old_class_head(
    n_classes: int, weight_column_name: str | None, label_keys: Sequence[str] | None
) -> LossHead:
    """Return the head for a number of classes.

    Args:
      n_classes: how many, 2 or more.
      weight_column_name: the feature with the weights of examples.
      label_keys: the labels, if they are strings.

    Raises:
      ValueError: there are fewer.
    """
    if n_classes < 2:
        raise ValueError(f"n_classes must be 2 or more, not {n_classes}")
    if n_classes == 2:
        return OldBinaryHead(weight_column_name, label_vocabulary=label_keys)
    return OldMultiClassHead(n_classes, weight_column_name, label_keys)


def old_regression_head(label_dimension: int, weight_column_name: str | None) -> LossHead:
    """Return the head of numbers.

    Args:
      label_dimension: how many for each example.
      weight_column_name: the feature with the weights of examples.
    """
    return OldRegressionHead(label_dimension, weight_column_name)
