"""Estimators that come ready but for their head."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphflow.core.graph import Tensor
from graphflow.estimator.canned import CannedEstimator, combined_parts
from graphflow.estimator.canned_models import baseline_part, dnn_part, linear_part
from graphflow.estimator.heads import Head
from graphflow.ops import relu


class LinearEstimator(CannedEstimator):
    """A linear model with any head.

    Args:
      head: the head, such as `tf.estimator.PoissonRegressionHead()`.
      feature_columns: its columns, see `tf.feature_column`.
      model_dir: see `Estimator`.
      optimizer: an optimizer, a function that makes it, or a name such as "Ftrl" or "Adam".
      config: see `Estimator`.
      partitioner: splits variables into parts.
      sparse_combiner: how the categories of an example are combined: "sum", "mean" or "sqrtn".
    """

    def __init__(
        self,
        head: Head,
        feature_columns: Any,
        model_dir: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        partitioner: Any = None,
        sparse_combiner: str = "sum",
    ) -> None:
        part = linear_part(feature_columns, optimizer, partitioner, sparse_combiner)
        super().__init__(head, [part], model_dir, config, None)


class DNNEstimator(CannedEstimator):
    """A network of dense layers with any head.

    Args:
      head: the head.
      hidden_units: the sizes of the hidden layers.
      feature_columns: the columns that are its input.
      model_dir: see `Estimator`.
      optimizer: see `LinearEstimator`.
      activation_fn: the activation of hidden layers.
      dropout: the share of activations that is left out in training.
      input_layer_partitioner: splits variables into parts.
      config: see `Estimator`.
      warm_start_from: see `Estimator`.
      batch_norm: whether hidden layers are normalized.
    """

    def __init__(
        self,
        head: Head,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Any = relu,
        dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        batch_norm: bool = False,
    ) -> None:
        part = dnn_part(
            hidden_units, feature_columns, optimizer, activation_fn, dropout,
            input_layer_partitioner, batch_norm,
        )  # fmt: skip
        super().__init__(head, [part], model_dir, config, warm_start_from)


class DNNLinearCombinedEstimator(CannedEstimator):
    """A network and a linear model together, with any head; one of them may be left out.

    Args:
      head: the head.
      model_dir: see `Estimator`.
      linear_feature_columns: see `DNNLinearCombinedClassifier`.
      linear_optimizer: see there.
      dnn_feature_columns: see there.
      dnn_optimizer: see there.
      dnn_hidden_units: see there.
      dnn_activation_fn: see there.
      dnn_dropout: see there.
      input_layer_partitioner: see there.
      config: see there.
      linear_sparse_combiner: see there.
    """

    def __init__(
        self,
        head: Head,
        model_dir: Any = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Any = relu,
        dnn_dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        linear_sparse_combiner: str = "sum",
    ) -> None:
        parts = combined_parts(
            linear_feature_columns, linear_optimizer, dnn_feature_columns, dnn_optimizer,
            dnn_hidden_units, dnn_activation_fn, dnn_dropout, input_layer_partitioner, False,
            linear_sparse_combiner,
        )  # fmt: skip
        super().__init__(head, parts, model_dir, config, None)


class BaselineEstimator(CannedEstimator):
    """Predicts the same for all examples, with any head.

    Args:
      head: the head.
      model_dir: see `Estimator`.
      optimizer: see `LinearEstimator`.
      config: see `Estimator`.
    """

    def __init__(
        self, head: Head, model_dir: Any = None, optimizer: Any = "Ftrl", config: Any = None
    ) -> None:
        super().__init__(head, [baseline_part(optimizer)], model_dir, config, None)


# -- logits alone ---------------------------------------------------------------------------------


def linear_logit_fn_builder(
    units: int, feature_columns: Any, sparse_combiner: str = "sum"
) -> Callable[[Mapping[str, Any]], Tensor]:
    """Return a function from features to the logits of a linear model.

    Args:
      units: the size of the logits.
      feature_columns: the columns.
      sparse_combiner: see `LinearEstimator`.

    Raises:
      ValueError: there are no columns.
    """
    part = linear_part(feature_columns, None, None, sparse_combiner)

    def logit_fn(features: Mapping[str, Any]) -> Tensor:
        return part.logits(features, units, "")

    return logit_fn


def dnn_logit_fn_builder(
    units: int,
    hidden_units: Sequence[int],
    feature_columns: Any,
    activation_fn: Any,
    dropout: float | None,
    input_layer_partitioner: Any,
    batch_norm: bool,
) -> Callable[[Mapping[str, Any], str], Tensor]:
    """Return a function from features and a mode to the logits of a network.

    Args:
      units: the size of the logits.
      hidden_units: see `DNNEstimator`.
      feature_columns: see there.
      activation_fn: see there.
      dropout: see there.
      input_layer_partitioner: see there.
      batch_norm: see there.

    Raises:
      ValueError: `units` or something else does not fit.
    """
    if not isinstance(units, int) or units < 1:
        raise ValueError(f"units is a positive integer, not {units!r}")
    part = dnn_part(
        hidden_units, feature_columns, None, activation_fn, dropout, None, batch_norm,
        input_layer_partitioner,
    )  # fmt: skip

    def logit_fn(features: Mapping[str, Any], mode: str) -> Tensor:
        return part.logits(features, units, mode)

    return logit_fn


def call_logit_fn(
    logit_fn: Callable[..., Any], features: Any, mode: str, params: Any, config: Any
) -> Any:
    """Return the logits of a function, which is given what it takes.

    Args:
      logit_fn: takes `features`, and perhaps `mode`, `params` and `config`.
      features: the features.
      mode: one of `ModeKeys`.
      params: parameters of the model.
      config: a `RunConfig`.

    Returns:
      A tensor, or tensors by name.

    Raises:
      ValueError: the function returned something else.

    >>> import graphflow as tf
    >>> x = tf.constant(3.0)
    >>> call_logit_fn(lambda features, params: features * params, x, "eval", 2.0, None)
    <tf.Tensor 'mul:0' shape=() dtype=float32>
    """
    takes = inspect.signature(logit_fn).parameters
    given = {"mode": mode, "params": params, "config": config}
    logits = logit_fn(features=features, **{name: given[name] for name in given if name in takes})
    several = list(logits.values()) if isinstance(logits, Mapping) else [logits]
    if not all(isinstance(tensor, Tensor) for tensor in several):
        raise ValueError(f"logit_fn must return a tensor or tensors by name, not {logits!r}")
    return logits
