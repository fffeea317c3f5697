"""A head that is made of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope
from graphflow.estimator.heads import Head, train_op_of
from graphflow.estimator.outputs import PredictOutput
from graphflow.estimator.specs import EstimatorSpec, ModeKeys
from graphflow.metrics.means import mean
from graphflow.saved_model import constants
from graphflow.summary import functions as summary

_DEFAULT = constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
_PREDICT = "predict"


class MultiHead(Head):
    """Several heads, each with labels of its own, whose losses are added.

    Logits are by the names of the heads, or a tensor with those of all heads side by side. Labels
    are by the names of the heads. Predictions are by pairs of a name of a head and one of its own.

    Args:
      heads: the heads; each has a name.
      head_weights: a number for each head, by which its loss is multiplied.

    Raises:
      ValueError: there is no head, one has no name or that of another, or the weights do not fit.

    >>> import graphflow as tf
    >>> size = tf.estimator.RegressionHead(name="size")
    >>> head = MultiHead([size, tf.estimator.MultiClassHead(3, name="kind")], [1.0, 0.5])
    >>> head.name, head.logits_dimension
    ('size_kind', 4)
    """

    def __init__(self, heads: Sequence[Head], head_weights: Sequence[float] | None = None) -> None:
        if not heads:
            raise ValueError("a MultiHead needs heads")
        names = [head.name for head in heads]
        if not all(names) or len(set(names)) < len(names):
            raise ValueError(f"the heads need names of their own, not {names}")
        if head_weights and len(head_weights) != len(heads):
            raise ValueError(f"there are {len(head_weights)} head_weights for {len(heads)} heads")
        # From the name of a head to the head and its weight.
        self._heads = {str(head.name): head for head in heads}
        self._weights = tuple(head_weights or (1.0 for _ in heads))

    @property
    def name(self) -> str:
        """The names of the heads; see `Head.name`."""
        return "_".join(self._heads)

    @property
    def logits_dimension(self) -> int:
        """The size of the logits of all heads; see `Head.logits_dimension`."""
        return sum(head.logits_dimension for head in self._heads.values())

    @property
    def loss_reduction(self) -> str:
        """How losses become one, which is the same in all heads; see `Head.loss_reduction`."""
        found = {head.loss_reduction for head in self._heads.values()}
        if len(found) > 1:
            raise ValueError(f"the heads have different loss_reductions: {sorted(found)}")
        return found.pop()

    def _logits(self, logits: Any) -> dict[str, Any]:
        """The logits of each head."""
        if isinstance(logits, Mapping):
            missing = sorted(set(self._heads).difference(logits))
            if missing:
                raise ValueError(f"there are no logits for {missing}")
            return dict(logits)
        tensor = convert_to_tensor(logits)
        sizes = [head.logits_dimension for head in self._heads.values()]
        width = tensor.shape.as_list()[-1] if tensor.shape.ndims else None
        if width not in (None, sum(sizes)):
            raise ValueError(f"the logits have shape {tensor.shape}, but the heads need {sizes}")
        return dict(zip(self._heads, ops.split(tensor, sizes, axis=-1), strict=True))

    def _labels(self, labels: Any) -> Mapping[str, Any]:
        if not isinstance(labels, Mapping):
            raise ValueError(f"the labels are by the names of the heads, not {labels!r}")
        missing = sorted(set(self._heads).difference(labels))
        if missing:
            raise ValueError(f"there are no labels for {missing}")
        return labels

    def loss(
        self,
        labels: Any,
        logits: Any,
        features: Mapping[str, Any] | None = None,
        mode: str | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> Tensor:
        """Return the sum of the weighted losses of the heads; see `Head.loss`."""
        by_head, targets = self._logits(logits), self._labels(labels)
        losses = [
            head.loss(targets[name], by_head[name], features, mode)
            for name, head in self._heads.items()
        ]
        return self._merged(losses, regularization_losses)

    def _merged(self, losses: Sequence[Tensor], others: Sequence[Any] | None) -> Tensor:
        with name_scope("merge_losses", values=list(losses)):
            weighted = [
                loss if weight == 1.0 else ops.multiply(loss, weight)
                for loss, weight in zip(losses, self._weights, strict=True)
            ]
            return ops.add_n([*weighted, *(others or ())])

    def predictions(self, logits: Any, keys: Sequence[Any] | None = None) -> dict[Any, Tensor]:
        """Return the predictions of all heads; see `Head.predictions`."""
        by_head = self._logits(logits)
        found = {
            (name, key): tensor
            for name, head in self._heads.items()
            for key, tensor in head.predictions(by_head[name]).items()
        }
        if not keys:
            return found
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
        with name_scope(self.name, "multi_head"):
            by_head = self._logits(logits)
            targets = None if mode == ModeKeys.PREDICT else self._labels(labels)
            specs = {
                name: head.create_estimator_spec(
                    features,
                    mode,
                    by_head[name],
                    None if targets is None else targets[name],
                    train_op_fn=lambda _: ops.no_op(),
                )
                for name, head in self._heads.items()
            }
            predictions = {
                (name, key): tensor
                for name, spec in specs.items()
                for key, tensor in spec.predictions.items()
            }
            if mode == ModeKeys.PREDICT:
                return EstimatorSpec(mode, predictions, export_outputs=_outputs(specs))
            loss = self._merged([spec.loss for spec in specs.values()], regularization_losses)
            if mode == ModeKeys.EVAL:
                metrics = _metrics(specs)
                if regularization_losses:
                    others = ops.add_n(list(regularization_losses))
                    metrics[self.metric_name("regularization_loss")] = mean(others)
                return EstimatorSpec(mode, predictions, loss, eval_metric_ops=metrics)
            train_op = train_op_of(loss, optimizer, trainable_variables, train_op_fn, update_ops)
        with name_scope(""):
            summary.scalar("loss", loss)
        return EstimatorSpec(mode, predictions, loss, train_op)


def _metrics(specs: Mapping[str, EstimatorSpec]) -> dict[str, Any]:
    """The metrics of the heads, and their losses."""
    found: dict[str, Any] = {}
    for name, spec in specs.items():
        found[f"loss/{name}"] = mean(spec.loss)
        found.update(spec.eval_metric_ops)
    return found


def _outputs(specs: Mapping[str, EstimatorSpec]) -> dict[str, Any]:
    """What the heads export; by default that of the first one is served."""
    found: dict[str, Any] = {}
    predictions: dict[str, Any] = {}
    for name, spec in specs.items():
        for key, output in (spec.export_outputs or {}).items():
            if key == _DEFAULT:
                found.setdefault(_DEFAULT, output)
            found[name if key == _DEFAULT else f"{name}/{key}"] = output
            if key == _PREDICT and isinstance(output, PredictOutput):
                predictions.update(
                    {f"{name}/{what}": tensor for what, tensor in output.outputs.items()}
                )
    return {**found, _PREDICT: PredictOutput(predictions)}
