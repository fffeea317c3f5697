"""The parts of the ready models of `tf.contrib.learn`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphflow.contrib.layers.feature_column_ops import (
    input_from_feature_columns,
    joint_weighted_sum_from_feature_columns,
    weighted_sum_from_feature_columns,
)
from graphflow.contrib.layers.fully_connected import fully_connected
from graphflow.contrib.learn.specs import as_features
from graphflow.core.graph import Tensor
from graphflow.estimator.canned_models import DNN_RATE, Part, model_of, optimizer_of, summarize
from graphflow.estimator.extenders import clip_gradients_by_norm
from graphflow.estimator.heads import Head
from graphflow.estimator.specs import EstimatorSpec, ModeKeys
from graphflow.ops import dropout as dropped
from graphflow.variables.scope import get_variable_scope

_MOST_LINEAR = 0.2


def _clipped(optimizer: Any, rate: float, norm: float | None) -> Any:
    """The optimizer, or one that limits the norm of its gradients."""
    if norm is None:
        return optimizer
    return lambda: clip_gradients_by_norm(optimizer_of(optimizer, rate), norm)


def linear_part(
    columns: Sequence[Any], optimizer: Any, clip_norm: float | None, has_joint_weights: bool
) -> Part:
    """Return a linear model of columns.

    Args:
      columns: the columns.
      optimizer: an optimizer, its name, or a function that makes it; None for Ftrl.
      clip_norm: the greatest norm of the gradients, None for any.
      has_joint_weights: whether there is one variable for all columns.
    """

    def logits(features: Mapping[str, Any], size: int, mode: str) -> Tensor:
        del mode
        build = (
            joint_weighted_sum_from_feature_columns
            if has_joint_weights
            else weighted_sum_from_feature_columns
        )
        found, _, _ = build(features, columns, size, ["linear"], scope=get_variable_scope())
        summarize(found, "linear")
        return found

    rate = min(_MOST_LINEAR, 1 / math.sqrt(len(columns)))
    return Part("linear", _clipped(optimizer or "Ftrl", rate, clip_norm), rate, logits)


def dnn_part(
    hidden_units: Sequence[int],
    columns: Sequence[Any],
    optimizer: Any,
    activation: Callable[[Any], Any] | None,
    dropout: float | None,
    clip_norm: float | None,
) -> Part:
    """Return a network of fully connected layers.

    Args:
      hidden_units: the sizes of the hidden layers.
      columns: the columns that are its input.
      optimizer: see `linear_part`; None for Adagrad.
      activation: the activation of hidden layers.
      dropout: the share of activations that is left out in training, None for none.
      clip_norm: see `linear_part`.
    """

    def logits(features: Mapping[str, Any], size: int, mode: str) -> Tensor:
        net = input_from_feature_columns(
            features, columns, ["dnn"], scope="input_from_feature_columns"
        )
        for index, width in enumerate(hidden_units):
            net = fully_connected(
                net, width, activation, variables_collections=["dnn"], scope=f"hiddenlayer_{index}"
            )
            if dropout is not None and mode == ModeKeys.TRAIN:
                net = dropped(net, rate=dropout)
            summarize(net, f"dnn/hiddenlayer_{index}")
        found: Tensor = fully_connected(
            net, size, None, variables_collections=["dnn"], scope="logits"
        )
        summarize(found, "dnn/logits")
        return found

    chosen = _clipped(optimizer or "Adagrad", DNN_RATE, clip_norm)
    return Part("dnn", chosen, DNN_RATE, logits)


def model_fn_of(
    head: Head, parts: Sequence[Part], counts_parts: bool = False
) -> Callable[..., EstimatorSpec]:
    """Return the model function of a head on the sum of the logits of parts.

    Args:
      head: the head.
      parts: the parts.
      counts_parts: whether the training of each part counts as a step of its own.
    """
    build = model_of(head, parts, counts_parts)

    def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
        if isinstance(labels, Mapping) and len(labels) == 1:
            labels = next(iter(labels.values()))
        return build(as_features(features), labels, mode)

    return model_fn
