"""Heads: from the logits of a model to predictions, loss and metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import get_collection
from graphflow.core.dtypes import float32, int64, string
from graphflow.core.graph import Operation, Tensor
from graphflow.core.keys import GraphKeys
from graphflow.estimator.outputs import ClassificationOutput, PredictOutput, RegressionOutput
from graphflow.estimator.specs import EstimatorSpec, ModeKeys
from graphflow.losses.weighted import Reduction, compute_weighted_loss
from graphflow.metrics.counts import precision, recall
from graphflow.metrics.curves import auc
from graphflow.metrics.means import accuracy, mean
from graphflow.saved_model import constants
from graphflow.summary import functions as summary
from graphflow.tables.vocabulary import (
    index_table_from_tensor,
    index_to_string_table_from_tensor,
)

_PREDICT = "predict"
_THRESHOLD = 0.5


class Head:
    """What is predicted from logits.

    Args:
      size: the size of the logits of an example.
      weight_column: the feature with weights of examples: its name or a numeric column.
      loss_reduction: how the losses of examples become one, see `tf.losses.Reduction`.
    """

    def __init__(self, size: int, weight_column: Any, loss_reduction: str) -> None:
        if loss_reduction == Reduction.NONE or loss_reduction not in Reduction.all():
            raise ValueError(f"loss_reduction must reduce the losses, not {loss_reduction!r}")
        self.size = size
        self._weight_column = weight_column
        self._reduction = loss_reduction

    def spec(
        self,
        features: Mapping[str, Any],
        labels: Any,
        mode: str,
        logits: Tensor,
        train_op_fn: Callable[[Tensor], Operation],
    ) -> EstimatorSpec:
        """Return the operations of a model.

        Args:
          features: the features, among them perhaps weights.
          labels: the labels, None to predict.
          mode: one of `ModeKeys`.
          logits: float tensor [batch, size].
          train_op_fn: from the loss to what trains.

        Raises:
          ValueError: labels are missing.
        """
        predictions = self._predictions(logits)
        if mode == ModeKeys.PREDICT:
            outputs = self._outputs(predictions)
            return EstimatorSpec(mode, predictions, export_outputs=outputs)
        if labels is None:
            raise ValueError("labels are missing: the input function must return a pair")
        targets = self._targets(labels)
        losses = self._losses(targets, logits)
        weights = self._weights(features)
        loss = compute_weighted_loss(losses, weights, reduction=self._reduction)
        if mode == ModeKeys.EVAL:
            metrics = {
                "average_loss": mean(losses, weights),
                **self._metrics(targets, predictions, weights),
            }
            return EstimatorSpec(mode, predictions, loss, eval_metric_ops=metrics)
        summary.scalar("loss", loss)
        if self._reduction == Reduction.SUM:
            average = compute_weighted_loss(
                losses, weights, loss_collection=None, reduction=Reduction.MEAN
            )
            summary.scalar("average_loss", average)
        train_op = ops.group(train_op_fn(loss), *get_collection(GraphKeys.UPDATE_OPS))
        return EstimatorSpec(mode, predictions, loss, train_op)

    def _weights(self, features: Mapping[str, Any]) -> Any:
        if self._weight_column is None:
            return 1.0
        name = getattr(self._weight_column, "key", self._weight_column)
        if name not in features:
            raise ValueError(f"there are no weights {name!r} among the features {sorted(features)}")
        weights = convert_to_tensor(features[name])
        normalizer = getattr(self._weight_column, "normalizer_fn", None)
        if normalizer is not None:
            weights = normalizer(weights)
        return _as_column(ops.cast(weights, float32))

    def _predictions(self, logits: Tensor) -> dict[str, Tensor]:
        raise NotImplementedError

    def _outputs(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        raise NotImplementedError

    def _targets(self, labels: Any) -> Tensor:
        raise NotImplementedError

    def _losses(self, targets: Tensor, logits: Tensor) -> Tensor:
        raise NotImplementedError

    def _metrics(
        self, targets: Tensor, predictions: Mapping[str, Tensor], weights: Any
    ) -> dict[str, Any]:
        raise NotImplementedError


def _as_column(tensor: Tensor) -> Tensor:
    return ops.expand_dims(tensor, -1) if tensor.shape.ndims == 1 else tensor


class _ClassHead(Head):
    """What both heads of classes have in common."""

    def __init__(
        self,
        n_classes: int,
        size: int,
        weight_column: Any,
        label_vocabulary: Sequence[str] | None,
        loss_reduction: str,
    ) -> None:
        super().__init__(size, weight_column, loss_reduction)
        if label_vocabulary is not None and len(label_vocabulary) != n_classes:
            raise ValueError(
                f"label_vocabulary has {len(label_vocabulary)} labels for {n_classes} classes"
            )
        self._n_classes = n_classes
        self._vocabulary = None if label_vocabulary is None else tuple(label_vocabulary)

    def _class_ids(self, labels: Any) -> Tensor:
        labels = _as_column(convert_to_tensor(labels))
        if self._vocabulary is not None:
            if labels.dtype != string:
                raise ValueError("with a label_vocabulary labels are strings")
            table = index_table_from_tensor(self._vocabulary, name="class_id_lookup")
            labels = table.lookup(labels)
        if not (labels.dtype.is_integer or labels.dtype.is_floating):
            raise ValueError(f"labels of dtype {labels.dtype.name} need a label_vocabulary")
        bound = ops.cast(self._n_classes, labels.dtype)
        checks = [
            ops.assert_less(labels, bound, message=f"labels must be below {self._n_classes}"),
            ops.assert_non_negative(labels, message="labels must not be negative"),
        ]
        checked: Tensor = ops.with_dependencies(checks, labels)
        return checked

    def _names(self, class_ids: Tensor) -> Tensor:
        if self._vocabulary is None:
            return ops.as_string(class_ids, name="str_classes")
        names: Tensor = index_to_string_table_from_tensor(
            self._vocabulary, name="class_string_lookup"
        ).lookup(class_ids)
        return names

    def _of_classes(self, logits: Tensor, probabilities: Tensor) -> dict[str, Tensor]:
        class_ids = ops.expand_dims(ops.argmax(probabilities, axis=-1), -1)
        return {
            "logits": logits,
            "probabilities": probabilities,
            "class_ids": class_ids,
            "classes": self._names(class_ids),
        }

    def _outputs(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        probabilities = predictions["probabilities"]
        names = self._names(ops.range(ops.cast(self._n_classes, int64)))
        batch = ops.shape(probabilities)[0]
        classes = ops.tile(ops.expand_dims(names, 0), [batch, 1])
        output = ClassificationOutput(scores=probabilities, classes=classes)
        return {
            constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: output,
            "classification": output,
            _PREDICT: PredictOutput(dict(predictions)),
        }


class BinaryHead(_ClassHead):
    """Two classes, from one logit: that of the second one.

    Args:
      weight_column: see `Head`.
      label_vocabulary: the labels, if they are strings.
      loss_reduction: see `Head`.
    """

    def __init__(
        self, weight_column: Any, label_vocabulary: Sequence[str] | None, loss_reduction: str
    ) -> None:
        super().__init__(2, 1, weight_column, label_vocabulary, loss_reduction)

    def _predictions(self, logits: Tensor) -> dict[str, Tensor]:
        both = ops.concat([ops.zeros_like(logits), logits], axis=-1)
        logistic = ops.sigmoid(logits, name="logistic")
        return {"logistic": logistic, **self._of_classes(logits, ops.softmax(both))}

    def _outputs(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        regression = RegressionOutput(predictions["logistic"])
        return {**super()._outputs(predictions), "regression": regression}

    def _targets(self, labels: Any) -> Tensor:
        return ops.cast(self._class_ids(labels), float32)

    def _losses(self, targets: Tensor, logits: Tensor) -> Tensor:
        return ops.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)

    def _metrics(
        self, targets: Tensor, predictions: Mapping[str, Tensor], weights: Any
    ) -> dict[str, Any]:
        logistic, class_ids = predictions["logistic"], predictions["class_ids"]
        weights = ops.ones_like(targets) * weights
        label_mean = mean(targets, weights)
        baseline = tuple(ops.maximum(value, 1.0 - value) for value in label_mean)
        return {
            "accuracy": accuracy(targets, class_ids, weights),
            "precision": precision(targets, class_ids, weights),
            "recall": recall(targets, class_ids, weights),
            "prediction/mean": mean(logistic, weights),
            "label/mean": label_mean,
            "accuracy_baseline": baseline,
            "auc": auc(targets, logistic, weights),
            "auc_precision_recall": auc(
                targets, logistic, weights, curve="PR", summation_method="careful_interpolation"
            ),
        }


class MultiClassHead(_ClassHead):
    """Three or more classes, with a logit for each.

    Args:
      n_classes: how many.
      weight_column: see `Head`.
      label_vocabulary: the labels, if they are strings.
      loss_reduction: see `Head`.

    Raises:
      ValueError: there are fewer.
    """

    def __init__(
        self,
        n_classes: int,
        weight_column: Any,
        label_vocabulary: Sequence[str] | None,
        loss_reduction: str,
    ) -> None:
        if n_classes is None or n_classes < 3:
            raise ValueError(f"n_classes must be 2 or more, not {n_classes}")
        super().__init__(n_classes, n_classes, weight_column, label_vocabulary, loss_reduction)

    def _predictions(self, logits: Tensor) -> dict[str, Tensor]:
        return self._of_classes(logits, ops.softmax(logits, name="probabilities"))

    def _targets(self, labels: Any) -> Tensor:
        ids = self._class_ids(labels)
        if not ids.dtype.is_integer:
            raise ValueError(f"the labels of several classes are integers, not {ids.dtype.name}")
        return ids

    def _losses(self, targets: Tensor, logits: Tensor) -> Tensor:
        losses = ops.sparse_softmax_cross_entropy_with_logits(
            labels=ops.squeeze(targets, axis=[-1]), logits=logits
        )
        return ops.expand_dims(losses, -1)

    def _metrics(
        self, targets: Tensor, predictions: Mapping[str, Tensor], weights: Any
    ) -> dict[str, Any]:
        return {"accuracy": accuracy(targets, predictions["class_ids"], weights)}


def class_head(
    n_classes: int, weight_column: Any, label_vocabulary: Sequence[str] | None, reduction: str
) -> Head:
    """Return the head for a number of classes.

    Args:
      n_classes: how many, 2 or more.
      weight_column: see `Head`.
      label_vocabulary: the labels, if they are strings.
      reduction: see `Head`.
    """
    if n_classes == 2:
        return BinaryHead(weight_column, label_vocabulary, reduction)
    return MultiClassHead(n_classes, weight_column, label_vocabulary, reduction)


class RegressionHead(Head):
    """Numbers, with the square of the difference as loss.

    Args:
      label_dimension: how many for each example.
      weight_column: see `Head`.
      loss_reduction: see `Head`.

    Raises:
      ValueError: there are none.
    """

    def __init__(self, label_dimension: int, weight_column: Any, loss_reduction: str) -> None:
        if label_dimension < 1:
            raise ValueError(f"label_dimension must be positive, not {label_dimension}")
        super().__init__(label_dimension, weight_column, loss_reduction)

    def _predictions(self, logits: Tensor) -> dict[str, Tensor]:
        return {"predictions": logits}

    def _outputs(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        output = RegressionOutput(predictions["predictions"])
        return {
            constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: output,
            "regression": output,
            _PREDICT: PredictOutput(dict(predictions)),
        }

    def _targets(self, labels: Any) -> Tensor:
        targets: Tensor = ops.cast(_as_column(convert_to_tensor(labels)), float32)
        width = targets.shape.as_list()[-1] if targets.shape.ndims else None
        if width not in (None, self.size):
            raise ValueError(f"labels have shape {targets.shape}, with {self.size} for an example")
        return targets

    def _losses(self, targets: Tensor, logits: Tensor) -> Tensor:
        return ops.squared_difference(logits, targets)

    def _metrics(
        self, targets: Tensor, predictions: Mapping[str, Tensor], weights: Any
    ) -> dict[str, Any]:
        return {
            "prediction/mean": mean(predictions["predictions"], weights),
            "label/mean": mean(targets, weights),
        }
