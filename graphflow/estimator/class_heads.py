"""Heads that tell classes apart: one of two, one of several, or any number of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import graphflow.ops as ops
from graphflow.core.dtypes import float32, int64, string
from graphflow.core.graph import Tensor
from graphflow.core.sparse import SparseTensor
from graphflow.estimator.heads import (
    PREDICT,
    Losses,
    LossHead,
    checked_labels,
    checked_thresholds,
    dense_labels,
    metrics_at,
)
from graphflow.estimator.outputs import ClassificationOutput, PredictOutput, RegressionOutput
from graphflow.losses.weighted import Reduction
from graphflow.metrics.counts import precision, recall
from graphflow.metrics.curves import auc
from graphflow.metrics.means import accuracy, mean
from graphflow.saved_model import constants
from graphflow.tables.vocabulary import (
    index_table_from_tensor,
    index_to_string_table_from_tensor,
)

_Head = TypeVar("_Head", bound="_ClassHead")


class _ClassHead(LossHead):
    """What the heads of classes have in common."""

    # How the area below the curve of precision is added up. Heads of `tf.estimator` interpolate as
    # Keras does, those of `tf.contrib.estimator` and of estimators that come ready do not.
    _summation = "careful_interpolation"

    def __init__(
        self,
        n_classes: int,
        logits_dimension: int,
        weight_column: Any,
        label_vocabulary: Sequence[str] | None,
        loss_reduction: str,
        loss_fn: Callable[..., Any] | None,
        name: str | None,
    ) -> None:
        super().__init__(logits_dimension, weight_column, loss_reduction, loss_fn, name)
        if label_vocabulary is not None and not isinstance(label_vocabulary, (list, tuple)):
            raise ValueError(f"label_vocabulary is a list of labels, not {label_vocabulary!r}")
        if label_vocabulary is not None and len(label_vocabulary) != n_classes:
            raise ValueError(
                f"label_vocabulary has {len(label_vocabulary)} labels for {n_classes} classes"
            )
        self._n_classes = n_classes
        self._vocabulary = None if label_vocabulary is None else tuple(label_vocabulary)

    def with_trapezoids(self: _Head) -> _Head:
        """Add up the area below the curve of precision from trapezoids; return the head."""
        self._summation = "trapezoidal"
        return self

    def _auc_precision_recall(self, targets: Tensor, probabilities: Tensor, weights: Any) -> Any:
        return auc(targets, probabilities, weights, curve="PR", summation_method=self._summation)

    def _ids(self, labels: Any) -> Any:
        """The numbers of labels, a tensor."""
        if self._vocabulary is not None:
            if labels.dtype != string:
                raise ValueError("with a label_vocabulary labels are strings")
            return index_table_from_tensor(self._vocabulary, name="class_id_lookup").lookup(labels)
        if not (labels.dtype.is_integer or labels.dtype.is_floating):
            raise ValueError(f"labels of dtype {labels.dtype.name} need a label_vocabulary")
        return labels

    def _class_ids(self, labels: Any, logits: Tensor) -> Tensor:
        return checked_labels(self._ids(dense_labels(labels, logits, 1)), self._n_classes)

    def _names(self, class_ids: Tensor) -> Tensor:
        if self._vocabulary is None:
            return ops.as_string(class_ids, name="str_classes")
        names: Tensor = index_to_string_table_from_tensor(
            self._vocabulary, name="class_string_lookup"
        ).lookup(class_ids)
        return names

    def _for_all(self, of_classes: Tensor, logits: Tensor) -> Tensor:
        """What there is for each class, for each example."""
        batch = ops.shape(logits)[0]
        return ops.tile(ops.expand_dims(of_classes, 0), ops.stack([batch, 1]))

    def _all_names(self, logits: Tensor) -> Tensor:
        names = self._vocabulary or [str(index) for index in range(self._n_classes)]
        return self._for_all(ops.constant(list(names)), logits)

    def _of_classes(self, logits: Tensor, probabilities: Tensor) -> dict[Any, Tensor]:
        class_ids = ops.expand_dims(ops.argmax(probabilities, axis=-1, name="class_ids"), -1)
        return {
            "logits": logits,
            "probabilities": probabilities,
            "class_ids": class_ids,
            "classes": self._names(class_ids),
            "all_class_ids": self._for_all(ops.range(self._n_classes), logits),
            "all_classes": self._all_names(logits),
        }

    def _outputs(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        probabilities = predictions["probabilities"]
        output = ClassificationOutput(scores=probabilities, classes=self._all_names(probabilities))
        return {
            constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: output,
            "classification": output,
            PREDICT: PredictOutput(dict(predictions)),
        }


class BinaryClassHead(_ClassHead):
    """Two classes, from one logit: that of the second one.

    Args:
      weight_column: the feature with weights of examples: its name or a numeric column.
      thresholds: numbers between 0 and 1; there are accuracy, precision and recall for each.
      label_vocabulary: the labels, if they are strings.
      loss_reduction: how the losses of examples become one.
      loss_fn: from `labels` and `logits`, and `features` if it takes them, to the loss of each
        example [batch, 1]; by default `tf.nn.sigmoid_cross_entropy_with_logits`.
      name: what it is called; the names of its metrics end in it.

    Raises:
      ValueError: an argument does not fit.

    >>> import graphflow as tf
    >>> head = BinaryClassHead(label_vocabulary=["cat", "dog"])
    >>> classes = head.predictions([[2.0], [-1.0]], keys=["classes"])["classes"]
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     print(sess.run(classes).tolist())
    [[b'dog'], [b'cat']]
    """

    def __init__(
        self,
        weight_column: Any = None,
        thresholds: Sequence[float] | None = None,
        label_vocabulary: Sequence[str] | None = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        loss_fn: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(2, 1, weight_column, label_vocabulary, loss_reduction, loss_fn, name)
        self._thresholds = checked_thresholds(thresholds)

    def _predictions(self, logits: Tensor) -> dict[Any, Tensor]:
        logistic = ops.sigmoid(logits, name="logistic")
        both = ops.concat([ops.zeros_like(logits), logits], axis=-1, name="two_class_logits")
        probabilities = ops.softmax(both, name="probabilities")
        return {"logistic": logistic, **self._of_classes(logits, probabilities)}

    def _outputs(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        regression = RegressionOutput(predictions["logistic"])
        return {**super()._outputs(predictions), "regression": regression}

    def _targets(self, labels: Any, logits: Tensor) -> Tensor:
        return ops.cast(self._class_ids(labels, logits), float32)

    def _losses(self, targets: Tensor, logits: Tensor) -> Tensor:
        return ops.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)

    def _metrics(self, losses: Losses, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        logistic, class_ids = predictions["logistic"], predictions["class_ids"]
        targets = losses.targets
        weights = ops.ones_like(targets) * losses.weights
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
            "auc_precision_recall": self._auc_precision_recall(targets, logistic, weights),
            **metrics_at(self._thresholds, targets, logistic, weights),
        }


class MultiClassHead(_ClassHead):
    """One of three or more classes, with a logit for each.

    Args:
      n_classes: how many.
      weight_column: see `BinaryClassHead`.
      label_vocabulary: see there.
      loss_reduction: see there.
      loss_fn: see there; by default `tf.nn.sparse_softmax_cross_entropy_with_logits`.
      name: see `BinaryClassHead`.

    Raises:
      ValueError: there are fewer, or another argument does not fit.
    """

    def __init__(
        self,
        n_classes: int,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        loss_fn: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        if n_classes is None or n_classes < 3:
            raise ValueError(f"n_classes must be 3 or more, not {n_classes}")
        super().__init__(
            n_classes, n_classes, weight_column, label_vocabulary, loss_reduction, loss_fn, name
        )

    def _predictions(self, logits: Tensor) -> dict[Any, Tensor]:
        return self._of_classes(logits, ops.softmax(logits, name="probabilities"))

    def _targets(self, labels: Any, logits: Tensor) -> Tensor:
        ids = self._class_ids(labels, logits)
        if not ids.dtype.is_integer:
            raise ValueError(f"the labels of several classes are integers, not {ids.dtype.name}")
        return ids

    def _losses(self, targets: Tensor, logits: Tensor) -> Tensor:
        losses = ops.sparse_softmax_cross_entropy_with_logits(
            labels=ops.squeeze(targets, axis=[-1]), logits=logits
        )
        return ops.expand_dims(losses, -1)

    def _metrics(self, losses: Losses, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        return {"accuracy": accuracy(losses.targets, predictions["class_ids"], losses.weights)}


class MultiLabelHead(_ClassHead):
    """Any number of two or more classes, with a logit for each.

    Labels are 0 or 1 for each class, [batch, n_classes], or a SparseTensor of the classes that an
    example has, by number or name.

    Args:
      n_classes: how many.
      weight_column: see `BinaryClassHead`.
      thresholds: see there.
      label_vocabulary: see there.
      loss_reduction: see there.
      loss_fn: see there; by default the mean over classes of
        `tf.nn.sigmoid_cross_entropy_with_logits`.
      classes_for_class_based_metrics: classes, by number or name, for which there are metrics.
      name: see `BinaryClassHead`.

    Raises:
      ValueError: there are fewer, or another argument does not fit.
    """

    def __init__(
        self,
        n_classes: int,
        weight_column: Any = None,
        thresholds: Sequence[float] | None = None,
        label_vocabulary: Sequence[str] | None = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        loss_fn: Callable[..., Any] | None = None,
        classes_for_class_based_metrics: Sequence[Any] | None = None,
        name: str | None = None,
    ) -> None:
        if n_classes is None or n_classes < 2:
            raise ValueError(f"n_classes must be 2 or more, not {n_classes}")
        super().__init__(
            n_classes, n_classes, weight_column, label_vocabulary, loss_reduction, loss_fn, name
        )
        self._thresholds = checked_thresholds(thresholds)
        chosen = classes_for_class_based_metrics or ()
        self._classes_with_metrics = [self._number_of(one) for one in chosen]

    def _number_of(self, chosen: Any) -> int:
        """The number of a class that was given by number or name."""
        if isinstance(chosen, str):
            if self._vocabulary is None or chosen not in self._vocabulary:
                raise ValueError(f"the class {chosen!r} is not in the label_vocabulary")
            return self._vocabulary.index(chosen)
        if not 0 <= chosen < self._n_classes:
            raise ValueError(f"the class {chosen} is none of {self._n_classes}")
        return int(chosen)

    def _predictions(self, logits: Tensor) -> dict[Any, Tensor]:
        return {"logits": logits, "probabilities": ops.sigmoid(logits, name="probabilities")}

    def _targets(self, labels: Any, logits: Tensor) -> Tensor:
        if isinstance(labels, SparseTensor):
            labels = self._indicators(labels)
        dense = dense_labels(labels, logits, self._n_classes)
        if not (dense.dtype.is_integer or dense.dtype.is_floating):
            raise ValueError(f"labels are 0 or 1 for each class, not of {dense.dtype.name}")
        return checked_labels(dense, 2)

    def _indicators(self, labels: SparseTensor) -> Tensor:
        """For each class whether an example has it."""
        ids = self._ids(labels.values)
        if not ids.dtype.is_integer:
            raise ValueError(f"the numbers of classes are integers, not {ids.dtype.name}")
        ids = checked_labels(ops.cast(ids, int64), self._n_classes)
        found = SparseTensor(labels.indices, ids, labels.dense_shape)
        return ops.cast(ops.sparse_to_indicator(found, self._n_classes), int64)

    def _losses(self, targets: Tensor, logits: Tensor) -> Tensor:
        each = ops.sigmoid_cross_entropy_with_logits(
            labels=ops.cast(targets, float32), logits=logits
        )
        return ops.reduce_mean(each, axis=-1, keepdims=True)

    def _metrics(self, losses: Losses, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        probabilities, targets = predictions["probabilities"], losses.targets
        weights = ops.ones_like(probabilities) * losses.weights
        found = {
            "auc": auc(targets, probabilities, weights),
            "auc_precision_recall": self._auc_precision_recall(targets, probabilities, weights),
            **metrics_at(self._thresholds, targets, probabilities, weights),
        }
        for index in self._classes_with_metrics:
            of_class = slice(index, index + 1)
            of_probabilities = probabilities[..., of_class]
            of_targets, of_weights = targets[..., of_class], weights[..., of_class]
            name = f"class{index}" if self._vocabulary is None else self._vocabulary[index]
            found[f"probability_mean/{name}"] = mean(of_probabilities, of_weights)
            found[f"auc/{name}"] = auc(of_targets, of_probabilities, of_weights)
            found[f"auc_precision_recall/{name}"] = self._auc_precision_recall(
                of_targets, of_probabilities, of_weights
            )
        return found


def class_head(
    n_classes: int, weight_column: Any, label_vocabulary: Sequence[str] | None, reduction: str
) -> LossHead:
    """Return the head of an estimator that comes ready for a number of classes.

    Args:
      n_classes: how many, 2 or more.
      weight_column: see `BinaryClassHead`.
      label_vocabulary: see there.
      reduction: see there.
    """
    if n_classes == 2:
        binary = BinaryClassHead(
            weight_column, label_vocabulary=label_vocabulary, loss_reduction=reduction
        )
        return binary.with_trapezoids()
    return MultiClassHead(n_classes, weight_column, label_vocabulary, reduction)
