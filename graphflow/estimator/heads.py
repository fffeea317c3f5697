"""Heads: from the logits of a model to predictions, loss, training and metrics."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import get_collection
from graphflow.core.dtypes import float32
from graphflow.core.graph import Operation, Tensor
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.estimator.specs import EstimatorSpec, ModeKeys
from graphflow.losses.weighted import Reduction, compute_weighted_loss
from graphflow.metrics.counts import precision, recall
from graphflow.metrics.means import accuracy, mean
from graphflow.summary import functions as summary
from graphflow.train.global_step import get_global_step
from graphflow.train.optimizer import Optimizer

PREDICT = "predict"
_LOSS_FN_ARGUMENTS = ("labels", "logits", "features", "loss_reduction")
# How `tf.keras.losses.Reduction` calls them.
_REDUCTIONS = {
    "auto": Reduction.SUM_OVER_BATCH_SIZE,
    "sum": Reduction.SUM,
    "sum_over_batch_size": Reduction.SUM_OVER_BATCH_SIZE,
}


class Head:
    """What is predicted from the logits of a model, and how it is trained and evaluated."""

    @property
    def name(self) -> str | None:
        """What it is called; the names of its metrics end in it."""
        raise NotImplementedError

    @property
    def logits_dimension(self) -> int:
        """The size of the logits of an example."""
        raise NotImplementedError

    @property
    def loss_reduction(self) -> str:
        """How the losses of examples become one, see `tf.losses.Reduction`."""
        raise NotImplementedError

    def loss(
        self,
        labels: Any,
        logits: Any,
        features: Mapping[str, Any] | None = None,
        mode: str | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> Tensor:
        """Return the loss, a scalar.

        Args:
          labels: the labels.
          logits: float tensor [batch, ..., logits_dimension].
          features: the features, among them perhaps weights.
          mode: one of `ModeKeys`.
          regularization_losses: losses that are added.
        """
        raise NotImplementedError

    def predictions(self, logits: Any, keys: Sequence[str] | None = None) -> dict[Any, Tensor]:
        """Return predictions by name.

        Args:
          logits: see `loss`.
          keys: the names, by default all.
        """
        raise NotImplementedError

    def create_estimator_spec(
        self,
        features: Mapping[str, Any],
        mode: str,
        logits: Any,
        labels: Any = None,
        optimizer: Any = None,
        trainable_variables: Sequence[Any] | None = None,
        train_op_fn: Callable[[Tensor], Operation] | None = None,
        update_ops: Sequence[Any] | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> EstimatorSpec:
        """Return what a model function returns.

        Args:
          features: the features, among them perhaps weights.
          mode: one of `ModeKeys`.
          logits: see `loss`.
          labels: the labels; not needed to predict.
          optimizer: a `tf.train.Optimizer` that trains.
          trainable_variables: the variables that it trains, by default all trainable ones.
          train_op_fn: from the loss to what trains, instead of an optimizer.
          update_ops: what is run with each step, beside the collection `UPDATE_OPS`.
          regularization_losses: losses that are added.

        Raises:
          ValueError: labels are missing, or not one of `optimizer` and `train_op_fn` is given to
            train.
        """
        raise NotImplementedError

    def metric_name(self, name: str) -> str:
        """Return the name of a metric or summary, with that of the head.

        Args:
          name: the name without it.
        """
        return f"{name}/{self.name}" if self.name else name


def train_op_of(
    loss: Tensor,
    optimizer: Any,
    trainable_variables: Sequence[Any] | None,
    train_op_fn: Callable[[Tensor], Operation] | None,
    update_ops: Sequence[Any] | None,
) -> Operation:
    """Return what trains a model; see `Head.create_estimator_spec`.

    Args:
      loss: the loss.
      optimizer: the optimizer, or None.
      trainable_variables: the variables, None for all.
      train_op_fn: from the loss to what trains, or None.
      update_ops: what is run with each step.
    """
    if (optimizer is None) == (train_op_fn is None):
        raise ValueError("to train give either optimizer or train_op_fn")
    if update_ops is not None and not isinstance(update_ops, (list, tuple)):
        raise ValueError(f"update_ops is a list of operations, not {update_ops!r}")
    if train_op_fn is not None:
        train_op = train_op_fn(loss)
    elif isinstance(optimizer, Optimizer):
        train_op = optimizer.minimize(loss, get_global_step(), var_list=trainable_variables)
    else:
        raise ValueError(f"optimizer is a tf.train.Optimizer, not {optimizer!r}")
    return ops.group(train_op, *get_collection(GraphKeys.UPDATE_OPS), *(update_ops or ()))


@dataclass(frozen=True)
class Losses:
    """The losses of a batch.

    Attributes:
      targets: the labels as numbers.
      each: the loss of each example, [batch, ..., 1 or more].
      weights: their weights.
      training: what they are reduced to.
      regularization: the sum of other losses, or None.
      total: both together.
    """

    targets: Tensor
    each: Tensor
    weights: Any
    training: Tensor
    regularization: Tensor | None
    total: Tensor


class LossHead(Head):
    """A head with a loss for each example.

    Args:
      logits_dimension: see `Head`.
      weight_column: the feature with weights of examples: its name or a numeric column.
      loss_reduction: see `Head`.
      loss_fn: from `labels` and `logits`, and `features` if it takes them, to the loss of each
        example [batch, ..., 1], instead of that of the head.
      name: see `Head`.

    Raises:
      ValueError: an argument does not fit.
    """

    # The size of the losses of an example.
    _loss_dimension = 1

    def __init__(
        self,
        logits_dimension: int,
        weight_column: Any,
        loss_reduction: str,
        loss_fn: Callable[..., Any] | None,
        name: str | None,
    ) -> None:
        reduction = _REDUCTIONS.get(loss_reduction, loss_reduction)
        if reduction == Reduction.NONE or reduction not in Reduction.all():
            raise ValueError(f"loss_reduction must reduce the losses, not {loss_reduction!r}")
        if loss_fn is not None:
            _check_loss_fn(loss_fn)
        self._logits_dimension = logits_dimension
        self._weight_column = weight_column
        self._given_reduction, self._reduction = loss_reduction, reduction
        self._loss_fn = loss_fn
        self._name = name

    @property
    def name(self) -> str | None:
        """What it is called; see `Head.name`."""
        return self._name

    @property
    def logits_dimension(self) -> int:
        """The size of the logits; see `Head.logits_dimension`."""
        return self._logits_dimension

    @property
    def loss_reduction(self) -> str:
        """How losses become one; see `Head.loss_reduction`."""
        return self._given_reduction

    def loss(
        self,
        labels: Any,
        logits: Any,
        features: Mapping[str, Any] | None = None,
        mode: str | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> Tensor:
        """Return the loss; see `Head.loss`."""
        del mode
        logits = self._checked_logits(logits)
        return self._all_losses(labels, logits, features, regularization_losses).total

    def predictions(self, logits: Any, keys: Sequence[str] | None = None) -> dict[Any, Tensor]:
        """Return predictions by name; see `Head.predictions`."""
        logits = self._checked_logits(logits)
        with name_scope("predictions", values=[logits]):
            found = self._predictions(logits)
        if not keys:
            return found
        unknown = sorted(set(keys).difference(found))
        if unknown:
            raise ValueError(f"there are no predictions {unknown}, only {sorted(found)}")
        return {key: found[key] for key in keys}

    def create_estimator_spec(
        self,
        features: Mapping[str, Any],
        mode: str,
        logits: Any,
        labels: Any = None,
        optimizer: Any = None,
        trainable_variables: Sequence[Any] | None = None,
        train_op_fn: Callable[[Tensor], Operation] | None = None,
        update_ops: Sequence[Any] | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> EstimatorSpec:
        """Return what a model function returns; see `Head.create_estimator_spec`."""
        with name_scope(self._name, "head"):
            logits = self._checked_logits(logits)
            predictions = self.predictions(logits)
            if mode == ModeKeys.PREDICT:
                outputs = self._outputs(predictions)
                return EstimatorSpec(mode, predictions, export_outputs=outputs)
            losses = self._all_losses(labels, logits, features, regularization_losses)
            if mode == ModeKeys.EVAL:
                metrics = self._all_metrics(losses, predictions)
                return EstimatorSpec(mode, predictions, losses.total, eval_metric_ops=metrics)
            train_op = train_op_of(
                losses.total, optimizer, trainable_variables, train_op_fn, update_ops
            )
            average = self._average(losses)
        with name_scope(""):
            summary.scalar(self.metric_name("loss"), losses.total)
            if average is not None:
                summary.scalar(self.metric_name("average_loss"), average)
            if losses.regularization is not None:
                summary.scalar(self.metric_name("regularization_loss"), losses.regularization)
        return EstimatorSpec(mode, predictions, losses.total, train_op)

    def _average(self, losses: Losses) -> Tensor | None:
        if self._reduction != Reduction.SUM:
            return None
        return compute_weighted_loss(
            losses.each, losses.weights, loss_collection=None, reduction=Reduction.MEAN
        )

    def _checked_logits(self, logits: Any) -> Tensor:
        found: Tensor = convert_to_tensor(logits, float32)
        size = found.shape.as_list()[-1] if found.shape.ndims else None
        if found.shape.ndims in (0, 1) or size not in (None, self._logits_dimension):
            raise ValueError(
                f"the logits of the head have the shape [batch, ..., {self._logits_dimension}], "
                f"not {found.shape}"
            )
        return found

    def _all_losses(
        self,
        labels: Any,
        logits: Tensor,
        features: Mapping[str, Any] | None,
        regularization_losses: Sequence[Any] | None,
    ) -> Losses:
        if labels is None:
            raise ValueError("labels are missing: the input function must return a pair")
        targets = self._targets(labels, logits)
        weights = self._weights(features or {}, logits)
        if self._loss_fn is None:
            each = self._losses(targets, logits)
        else:
            each = self._given_losses(targets, logits, features)
        training = compute_weighted_loss(each, weights, reduction=self._reduction)
        if not regularization_losses:
            return Losses(targets, each, weights, training, None, training)
        regularization = ops.add_n(list(regularization_losses))
        total = ops.add_n([training, regularization])
        return Losses(targets, each, weights, training, regularization, total)

    def _given_losses(
        self, targets: Tensor, logits: Tensor, features: Mapping[str, Any] | None
    ) -> Tensor:
        assert self._loss_fn is not None
        takes = inspect.signature(self._loss_fn).parameters
        more = {"features": features} if "features" in takes else {}
        each: Tensor = self._loss_fn(labels=targets, logits=logits, **more)
        size = each.shape.as_list()[-1] if each.shape.ndims else None
        if each.shape.ndims == 0 or size not in (None, self._loss_dimension):
            raise ValueError(
                f"loss_fn must return losses of shape [batch, ..., {self._loss_dimension}], "
                f"not {each.shape}"
            )
        return each

    def _all_metrics(self, losses: Losses, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        metrics = {
            "average_loss": mean(losses.each, losses.weights),
            **self._metrics(losses, predictions),
        }
        if losses.regularization is not None:
            metrics["regularization_loss"] = mean(losses.regularization)
        return {self.metric_name(name): metric for name, metric in metrics.items()}

    def _weights(self, features: Mapping[str, Any], logits: Tensor) -> Any:
        if self._weight_column is None:
            return 1.0
        name = getattr(self._weight_column, "key", self._weight_column)
        if name not in features:
            raise ValueError(f"there are no weights {name!r} among the features {sorted(features)}")
        weights = convert_to_tensor(features[name])
        normalizer = getattr(self._weight_column, "normalizer_fn", None)
        if normalizer is not None:
            weights = normalizer(weights)
        if not (weights.dtype.is_floating or weights.dtype.is_integer):
            raise ValueError(f"the weights {name!r} must be numbers, not {weights.dtype.name}")
        return as_column(ops.cast(weights, float32), logits)

    def _predictions(self, logits: Tensor) -> dict[Any, Tensor]:
        raise NotImplementedError

    def _outputs(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        raise NotImplementedError

    def _targets(self, labels: Any, logits: Tensor) -> Tensor:
        raise NotImplementedError

    def _losses(self, targets: Tensor, logits: Tensor) -> Tensor:
        raise NotImplementedError

    def _metrics(self, losses: Losses, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        raise NotImplementedError


def _check_loss_fn(loss_fn: Callable[..., Any]) -> None:
    takes = inspect.signature(loss_fn).parameters
    missing = [name for name in ("labels", "logits") if name not in takes]
    unknown = [name for name in takes if name not in _LOSS_FN_ARGUMENTS]
    if missing or unknown:
        raise ValueError(f"loss_fn takes labels and logits, and perhaps features, not {[*takes]}")


def as_column(tensor: Tensor, logits: Tensor) -> Tensor:
    """Return labels or weights with a last axis, as logits have it.

    Args:
      tensor: [batch, ...] or [batch, ..., size].
      logits: [batch, ..., logits_dimension].
    """
    if tensor.shape.ndims is None or logits.shape.ndims is None:
        return tensor
    is_short = tensor.shape.ndims == logits.shape.ndims - 1
    return ops.expand_dims(tensor, -1) if is_short else tensor


def dense_labels(labels: Any, logits: Tensor, size: int) -> Tensor:
    """Return labels as a tensor [batch, ..., size].

    Args:
      labels: the same, or [batch, ...].
      logits: the logits of the head.
      size: how many labels an example has.

    Raises:
      ValueError: they are sparse, or of another shape.
    """
    if isinstance(labels, SparseTensor):
        raise ValueError("the labels are sparse: give a dense tensor, see tf.sparse.to_dense")
    targets = as_column(convert_to_tensor(labels), logits)
    width = targets.shape.as_list()[-1] if targets.shape.ndims else None
    if width not in (None, size):
        raise ValueError(f"labels have shape {targets.shape}, with {size} for an example")
    return targets


def checked_labels(labels: Tensor, count: int) -> Tensor:
    """Return labels that are checked, when they are used, to be in 0 to count - 1.

    Args:
      labels: numbers.
      count: one more than the greatest.
    """
    checks = [
        ops.assert_less(
            labels, ops.cast(count, labels.dtype), message=f"labels must be below {count}"
        ),
        ops.assert_non_negative(labels, message="labels must not be negative"),
    ]
    checked: Tensor = ops.with_dependencies(checks, labels)
    return checked


def checked_thresholds(thresholds: Sequence[float] | None) -> tuple[float, ...]:
    """Return the thresholds of metrics.

    Args:
      thresholds: numbers between 0 and 1, or None.

    Raises:
      ValueError: one is out of range.
    """
    found = tuple(thresholds or ())
    if any(not 0.0 < threshold < 1.0 for threshold in found):
        raise ValueError(f"thresholds lie between 0 and 1, not {list(found)}")
    return found


def metrics_at(
    thresholds: Sequence[float], targets: Tensor, probabilities: Tensor, weights: Any
) -> dict[str, Any]:
    """Return accuracy, precision and recall of those decisions that thresholds give.

    Args:
      thresholds: above each of them a label is taken for 1.
      targets: the labels, 0 or 1.
      probabilities: those of 1.
      weights: the weights of examples.
    """
    found = {}
    for threshold in thresholds:
        decided = ops.cast(ops.greater(probabilities, threshold), targets.dtype)
        for what, metric in (("accuracy", accuracy), ("precision", precision), ("recall", recall)):
            name = f"{what}/positive_threshold_{threshold:g}"
            found[name] = metric(targets, decided, weights)
    return found
