"""Models of the estimators that come ready: linear ones, networks, and both together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import graphflow.ops as ops
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor
from graphflow.core.keys import GraphKeys
from graphflow.estimator.heads import Head
from graphflow.estimator.specs import EstimatorSpec, ModeKeys
from graphflow.feature_columns.models import input_layer, linear_model
from graphflow.layers.core import dense
from graphflow.layers.normalizing import batch_normalization
from graphflow.summary import functions as summary
from graphflow.train.adagrad import AdagradOptimizer
from graphflow.train.adam import AdamOptimizer
from graphflow.train.ftrl import FtrlOptimizer
from graphflow.train.global_step import get_global_step
from graphflow.train.gradient_descent import GradientDescentOptimizer
from graphflow.train.optimizer import Optimizer
from graphflow.train.rmsprop import RMSPropOptimizer
from graphflow.variables.initializers import GlorotUniform, Zeros
from graphflow.variables.scope import get_variable, variable_scope

_OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "Adagrad": AdagradOptimizer,
    "Adam": AdamOptimizer,
    "Ftrl": FtrlOptimizer,
    "RMSProp": RMSPropOptimizer,
    "SGD": GradientDescentOptimizer,
}
_BATCH_NORM_MOMENTUM = 0.999
DNN_RATE = 0.05
BASELINE_RATE = 0.3
_MOST_LINEAR = 0.2
_MOST_LINEAR_BESIDE_DNN = 0.005


def optimizer_of(given: Any, rate: float) -> Optimizer:
    """Return an optimizer.

    Args:
      given: the optimizer, its name, or a function that makes it.
      rate: the learning rate of one that is named.

    Raises:
      ValueError: there is none of the name, or something else is given.
    """
    if isinstance(given, str):
        if given not in _OPTIMIZERS:
            raise ValueError(f"the optimizer is one of {sorted(_OPTIMIZERS)}, not {given!r}")
        return _OPTIMIZERS[given](learning_rate=rate)
    found = given() if callable(given) else given
    if not isinstance(found, Optimizer):
        raise ValueError(f"a tf.train.Optimizer is expected, not {found!r}")
    return found


@dataclass(frozen=True)
class Part:
    """A part of a model, with the optimizer of its own variables.

    Attributes:
      scope: the scope of the variables.
      optimizer: an optimizer, its name, or a function that makes it.
      rate: the learning rate of one that is named.
      logits: from features, the size of the logits and the mode to logits.
      partitioner: splits variables into parts.
    """

    scope: str
    optimizer: Any
    rate: float
    logits: Callable[[Mapping[str, Any], int, str], Tensor]
    partitioner: Any = None


def model_of(
    head: Head, parts: Sequence[Part], counts_parts: bool = False
) -> Callable[..., EstimatorSpec]:
    """Return the model function of a head on the sum of the logits of parts.

    Args:
      head: the head.
      parts: the parts.
      counts_parts: whether the training of each part counts as a step of its own.
    """

    def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
        if not isinstance(features, Mapping):
            raise ValueError(f"the features must be a dictionary of tensors, not {features!r}")
        logits = []
        for part in parts:
            with variable_scope(
                part.scope, values=tuple(features.values()), partitioner=part.partitioner
            ):
                logits.append(part.logits(features, head.logits_dimension, mode))
        total = logits[0] if len(logits) == 1 else ops.add_n(logits)
        return head.create_estimator_spec(
            features,
            mode,
            total,
            labels,
            train_op_fn=lambda loss: _train_op(loss, parts, counts_parts),
        )

    return model_fn


def _train_op(loss: Tensor, parts: Sequence[Part], counts_parts: bool) -> Any:
    step = get_global_step()
    is_counted = counts_parts or len(parts) == 1
    updates = []
    for part in parts:
        variables = loss.graph.get_collection(GraphKeys.TRAINABLE_VARIABLES, scope=f"{part.scope}/")
        optimizer = optimizer_of(part.optimizer, part.rate)
        updates.append(optimizer.minimize(loss, step if is_counted else None, var_list=variables))
    if is_counted:
        return ops.group(*updates)
    with loss.graph.control_dependencies(updates):  # a step counts when all parts are trained
        return ops.assign_add(step, 1).op


def summarize(value: Tensor, tag: str) -> None:
    """Add summaries of activations.

    Args:
      value: the activations.
      tag: what the summaries are called.
    """
    summary.scalar(f"{tag}/fraction_of_zero_values", ops.zero_fraction(value))
    summary.histogram(f"{tag}/activation", value)


def linear_part(
    columns: Any, optimizer: Any, partitioner: Any, combiner: str, is_alone: bool = True
) -> Part:
    """Return a linear model of columns.

    Args:
      columns: the columns.
      optimizer: see `Part`.
      partitioner: see `Part`.
      combiner: see `tf.feature_column.linear_model`.
      is_alone: whether there is no network beside it.

    Raises:
      ValueError: there are no columns.
    """
    columns = tuple(columns) if isinstance(columns, (list, tuple, set)) else (columns,)
    if not columns:
        raise ValueError("a linear model needs feature_columns")
    most = _MOST_LINEAR if is_alone else _MOST_LINEAR_BESIDE_DNN
    rate = min(most, 1 / math.sqrt(len(columns)))

    def logits(features: Mapping[str, Any], size: int, _: str) -> Tensor:
        found = linear_model(features, columns, size, combiner)
        summarize(found, "linear")
        return found

    return Part("linear", optimizer, rate, logits, partitioner)


def dnn_part(
    hidden_units: Sequence[int],
    columns: Any,
    optimizer: Any,
    activation: Any,
    dropout: float | None,
    partitioner: Any,
    batch_norm: bool,
    input_partitioner: Any = None,
) -> Part:
    """Return a network of dense layers.

    Args:
      hidden_units: the sizes of the hidden layers.
      columns: the columns that are its input.
      optimizer: see `Part`.
      activation: the activation of hidden layers.
      dropout: the share of activations that is left out in training, None for none.
      partitioner: see `Part`.
      batch_norm: whether hidden layers are normalized.
      input_partitioner: splits the variables of columns alone into parts.

    Raises:
      ValueError: there are no columns, or a layer has no units.
    """
    columns = tuple(columns) if isinstance(columns, (list, tuple, set)) else (columns,)
    units = tuple(hidden_units or ())
    if not columns:
        raise ValueError("a network needs feature_columns")
    if any(not isinstance(size, int) or size < 1 for size in units):
        raise ValueError(f"hidden_units are positive integers, not {hidden_units!r}")

    def logits(features: Mapping[str, Any], size: int, mode: str) -> Tensor:
        is_training = mode == ModeKeys.TRAIN
        with variable_scope("input_from_feature_columns", partitioner=input_partitioner):
            net = input_layer(features, columns)
        for index, width in enumerate(units):
            name = f"hiddenlayer_{index}"
            net = dense(net, width, activation, kernel_initializer=GlorotUniform(), name=name)
            if dropout is not None and is_training:
                net = ops.dropout(net, rate=dropout)
            if batch_norm:
                net = batch_normalization(
                    net,
                    momentum=_BATCH_NORM_MOMENTUM,
                    training=is_training,
                    name=f"batchnorm_{index}",
                )
            summarize(net, f"dnn/{name}")
        found: Tensor = dense(net, size, kernel_initializer=GlorotUniform(), name="logits")
        summarize(found, "dnn/logits")
        return found

    return Part("dnn", optimizer, DNN_RATE, logits, partitioner)


def baseline_part(optimizer: Any) -> Part:
    """Return a model that predicts the same for all examples.

    Args:
      optimizer: see `Part`.
    """

    def logits(features: Mapping[str, Any], size: int, _: str) -> Tensor:
        bias = get_variable("bias", [size], float32, Zeros())
        batch = ops.shape(next(iter(features.values())))[0]
        found: Tensor = ops.multiply(bias, ops.ones([batch, size]))
        return found

    return Part("baseline", optimizer, BASELINE_RATE, logits)
