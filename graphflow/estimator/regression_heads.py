"""Heads that predict numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import graphflow.ops as ops
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor
from graphflow.estimator.heads import PREDICT, Losses, LossHead, dense_labels
from graphflow.estimator.outputs import PredictOutput, RegressionOutput
from graphflow.losses.weighted import Reduction
from graphflow.metrics.means import mean
from graphflow.saved_model import constants


class RegressionHead(LossHead):
    """Numbers, with the square of the difference as loss.

    Args:
      label_dimension: how many for each example.
      weight_column: the feature with weights of examples: its name or a numeric column.
      loss_reduction: how the losses of examples become one.
      loss_fn: from `labels` and `logits`, and `features` if it takes them, to the losses
        [batch, label_dimension].
      inverse_link_fn: from logits to predictions, by default the logits are the predictions.
      name: what it is called; the names of its metrics end in it.

    Raises:
      ValueError: there are no labels, or another argument does not fit.

    >>> import graphflow as tf
    >>> head = RegressionHead(label_dimension=2)
    >>> loss = head.loss(labels=[[1.0, 5.0]], logits=[[2.0, 3.0]])
    >>> with tf.Session() as sess:
    ...     print(sess.run(loss))
    2.5
    """

    def __init__(
        self,
        label_dimension: int = 1,
        weight_column: Any = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        loss_fn: Callable[..., Any] | None = None,
        inverse_link_fn: Callable[[Tensor], Tensor] | None = None,
        name: str | None = None,
    ) -> None:
        if label_dimension is None or label_dimension < 1:
            raise ValueError(f"label_dimension must be positive, not {label_dimension}")
        super().__init__(label_dimension, weight_column, loss_reduction, loss_fn, name)
        self._inverse_link_fn = inverse_link_fn
        self._loss_dimension = label_dimension

    def _predictions(self, logits: Tensor) -> dict[Any, Tensor]:
        if self._inverse_link_fn is None:
            return {"predictions": logits}
        return {"predictions": self._inverse_link_fn(logits), "logits": logits}

    def _outputs(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        output = RegressionOutput(predictions["predictions"])
        return {
            constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: output,
            "regression": output,
            PREDICT: PredictOutput(dict(predictions)),
        }

    def _targets(self, labels: Any, logits: Tensor) -> Tensor:
        return ops.cast(dense_labels(labels, logits, self._logits_dimension), float32)

    def _losses(self, targets: Tensor, logits: Tensor) -> Tensor:
        return ops.squared_difference(logits, targets)

    def _metrics(self, losses: Losses, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        return {
            "prediction/mean": mean(predictions["predictions"], losses.weights),
            "label/mean": mean(losses.targets, losses.weights),
        }


class PoissonRegressionHead(RegressionHead):
    """Counts, which are Poisson distributed with the exponentials of the logits as means.

    Args:
      label_dimension: see `RegressionHead`.
      weight_column: see there.
      loss_reduction: see there.
      compute_full_loss: whether the loss has the term of the factorial, see
        `tf.nn.log_poisson_loss`.
      name: see `RegressionHead`.
    """

    def __init__(
        self,
        label_dimension: int = 1,
        weight_column: Any = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        compute_full_loss: bool = True,
        name: str | None = None,
    ) -> None:
        def loss_fn(labels: Tensor, logits: Tensor) -> Tensor:
            return ops.log_poisson_loss(labels, logits, compute_full_loss)

        super().__init__(label_dimension, weight_column, loss_reduction, loss_fn, ops.exp, name)


class LogisticRegressionHead(RegressionHead):
    """A number between 0 and 1 for each example, such as a rate.

    Args:
      weight_column: see `RegressionHead`.
      loss_reduction: see there.
      name: see there.
    """

    def __init__(
        self,
        weight_column: Any = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        name: str | None = None,
    ) -> None:
        super().__init__(1, weight_column, loss_reduction, None, ops.sigmoid, name)

    def _targets(self, labels: Any, logits: Tensor) -> Tensor:
        targets = super()._targets(labels, logits)
        checks = [
            ops.assert_less_equal(targets, 1.0, message="labels lie between 0 and 1"),
            ops.assert_non_negative(targets, message="labels lie between 0 and 1"),
        ]
        checked: Tensor = ops.with_dependencies(checks, targets)
        return checked

    def _losses(self, targets: Tensor, logits: Tensor) -> Tensor:
        return ops.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
