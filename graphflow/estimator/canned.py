"""Estimators that come ready: of the columns of features, and a few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphflow.estimator.canned_models import Part, baseline_part, dnn_part, linear_part, model_of
from graphflow.estimator.class_heads import class_head
from graphflow.estimator.estimator import Estimator
from graphflow.estimator.heads import Head
from graphflow.estimator.regression_heads import RegressionHead
from graphflow.losses.weighted import Reduction
from graphflow.ops import relu

_SUM = Reduction.SUM


class CannedEstimator(Estimator):
    """An estimator whose model is a head on parts.

    Args:
      head: the head.
      parts: the parts, whose logits are added.
      model_dir: see `Estimator`.
      config: see there.
      warm_start_from: see there.
    """

    def __init__(
        self, head: Head, parts: Sequence[Part], model_dir: Any, config: Any, warm_start_from: Any
    ) -> None:
        super().__init__(
            model_of(head, parts), model_dir, config, warm_start_from=warm_start_from
        )  # fmt: skip


class LinearClassifier(CannedEstimator):
    """A linear model of classes.

    Args:
      feature_columns: its columns, see `tf.feature_column`.
      model_dir: see `Estimator`.
      n_classes: how many classes.
      weight_column: the feature with the weights of examples.
      label_vocabulary: the labels, if they are strings; otherwise they are 0 to n_classes - 1.
      optimizer: an optimizer, a function that makes it, or a name such as "Ftrl" or "Adam".
      config: see `Estimator`.
      partitioner: splits variables into parts.
      warm_start_from: see `Estimator`.
      loss_reduction: how the losses of a batch become one.
      sparse_combiner: how the categories of an example are combined.

    Raises:
      ValueError: an argument does not fit.

    >>> import numpy as np
    >>> import graphflow as tf
    >>> x = np.asarray([-2.0, -1.0, 1.0, 3.0], np.float32)
    >>> data = tf.estimator.inputs.numpy_input_fn(
    ...     {"x": x}, np.asarray([0, 0, 1, 1]), num_epochs=None, shuffle=False)
    >>> classifier = LinearClassifier([tf.feature_column.numeric_column("x")])
    >>> print(classifier.train(data, steps=20).evaluate(data, steps=1)["accuracy"])
    1.0
    """

    def __init__(
        self,
        feature_columns: Any,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        partitioner: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = _SUM,
        sparse_combiner: str = "sum",
    ) -> None:
        head = class_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        part = linear_part(feature_columns, optimizer, partitioner, sparse_combiner)
        super().__init__(head, [part], model_dir, config, warm_start_from)


class LinearRegressor(CannedEstimator):
    """A linear model of numbers.

    Args:
      feature_columns: see `LinearClassifier`.
      model_dir: see there.
      label_dimension: how many numbers for each example.
      weight_column: see `LinearClassifier`.
      optimizer: see there.
      config: see there.
      partitioner: see there.
      warm_start_from: see there.
      loss_reduction: see there.
      sparse_combiner: see there.
    """

    def __init__(
        self,
        feature_columns: Any,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        partitioner: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = _SUM,
        sparse_combiner: str = "sum",
    ) -> None:
        head = RegressionHead(label_dimension, weight_column, loss_reduction)
        part = linear_part(feature_columns, optimizer, partitioner, sparse_combiner)
        super().__init__(head, [part], model_dir, config, warm_start_from)


class DNNClassifier(CannedEstimator):
    """A network of dense layers for classes.

    Args:
      hidden_units: the sizes of its hidden layers.
      feature_columns: its columns, of numbers; see `tf.feature_column`.
      model_dir: see `Estimator`.
      n_classes: how many classes.
      weight_column: the feature with the weights of examples.
      label_vocabulary: the labels, if they are strings; otherwise they are 0 to n_classes - 1.
      optimizer: an optimizer, a function that makes it, or a name such as "Adagrad" or "Adam".
      activation_fn: the activation of hidden layers.
      dropout: the share of activations that is left out in training.
      input_layer_partitioner: splits variables into parts.
      config: see `Estimator`.
      warm_start_from: see `Estimator`.
      loss_reduction: how the losses of a batch become one.
      batch_norm: whether hidden layers are normalized.

    Raises:
      ValueError: an argument does not fit.
    """

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        optimizer: Any = "Adagrad",
        activation_fn: Any = relu,
        dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = _SUM,
        batch_norm: bool = False,
    ) -> None:
        head = class_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        part = dnn_part(
            hidden_units, feature_columns, optimizer, activation_fn, dropout,
            input_layer_partitioner, batch_norm,
        )  # fmt: skip
        super().__init__(head, [part], model_dir, config, warm_start_from)


class DNNRegressor(CannedEstimator):
    """A network of dense layers for numbers.

    Args:
      hidden_units: see `DNNClassifier`.
      feature_columns: see there.
      model_dir: see there.
      label_dimension: how many numbers for each example.
      weight_column: see `DNNClassifier`.
      optimizer: see there.
      activation_fn: see there.
      dropout: see there.
      input_layer_partitioner: see there.
      config: see there.
      warm_start_from: see there.
      loss_reduction: see there.
      batch_norm: see there.
    """

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Any = relu,
        dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = _SUM,
        batch_norm: bool = False,
    ) -> None:
        head = RegressionHead(label_dimension, weight_column, loss_reduction)
        part = dnn_part(
            hidden_units, feature_columns, optimizer, activation_fn, dropout,
            input_layer_partitioner, batch_norm,
        )  # fmt: skip
        super().__init__(head, [part], model_dir, config, warm_start_from)


class DNNLinearCombinedClassifier(CannedEstimator):
    """A network and a linear model together, for classes; one of them may be left out.

    Args:
      model_dir: see `DNNClassifier`.
      linear_feature_columns: the columns of the linear model.
      linear_optimizer: its optimizer.
      dnn_feature_columns: the columns of the network.
      dnn_optimizer: its optimizer.
      dnn_hidden_units: the sizes of its hidden layers.
      dnn_activation_fn: their activation.
      dnn_dropout: the share of activations that is left out in training.
      n_classes: see `DNNClassifier`.
      weight_column: see there.
      label_vocabulary: see there.
      input_layer_partitioner: see there.
      config: see there.
      warm_start_from: see there.
      loss_reduction: see there.
      batch_norm: see there.
      linear_sparse_combiner: how the categories of an example are combined.

    Raises:
      ValueError: there are no columns at all, or an argument does not fit.
    """

    def __init__(
        self,
        model_dir: Any = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Any = relu,
        dnn_dropout: float | None = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = _SUM,
        batch_norm: bool = False,
        linear_sparse_combiner: str = "sum",
    ) -> None:
        head = class_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        parts = combined_parts(
            linear_feature_columns, linear_optimizer, dnn_feature_columns, dnn_optimizer,
            dnn_hidden_units, dnn_activation_fn, dnn_dropout, input_layer_partitioner, batch_norm,
            linear_sparse_combiner,
        )  # fmt: skip
        super().__init__(head, parts, model_dir, config, warm_start_from)


class DNNLinearCombinedRegressor(CannedEstimator):
    """A network and a linear model together, for numbers; one of them may be left out.

    Args:
      model_dir: see `DNNLinearCombinedClassifier`.
      linear_feature_columns: see there.
      linear_optimizer: see there.
      dnn_feature_columns: see there.
      dnn_optimizer: see there.
      dnn_hidden_units: see there.
      dnn_activation_fn: see there.
      dnn_dropout: see there.
      label_dimension: how many numbers for each example.
      weight_column: see `DNNLinearCombinedClassifier`.
      input_layer_partitioner: see there.
      config: see there.
      warm_start_from: see there.
      loss_reduction: see there.
      batch_norm: see there.
      linear_sparse_combiner: see there.

    Raises:
      ValueError: there are no columns at all, or an argument does not fit.
    """

    def __init__(
        self,
        model_dir: Any = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Any = relu,
        dnn_dropout: float | None = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = _SUM,
        batch_norm: bool = False,
        linear_sparse_combiner: str = "sum",
    ) -> None:
        head = RegressionHead(label_dimension, weight_column, loss_reduction)
        parts = combined_parts(
            linear_feature_columns, linear_optimizer, dnn_feature_columns, dnn_optimizer,
            dnn_hidden_units, dnn_activation_fn, dnn_dropout, input_layer_partitioner, batch_norm,
            linear_sparse_combiner,
        )  # fmt: skip
        super().__init__(head, parts, model_dir, config, warm_start_from)


def combined_parts(
    linear_columns: Any,
    linear_optimizer: Any,
    dnn_columns: Any,
    dnn_optimizer: Any,
    hidden_units: Sequence[int] | None,
    activation: Any,
    dropout: float | None,
    partitioner: Any,
    batch_norm: bool,
    combiner: str,
) -> list[Part]:
    """Return the parts of a network and a linear model; see `DNNLinearCombinedClassifier`.

    Args:
      linear_columns: the columns of the linear model.
      linear_optimizer: its optimizer.
      dnn_columns: the columns of the network.
      dnn_optimizer: its optimizer.
      hidden_units: the sizes of its hidden layers.
      activation: their activation.
      dropout: the share of activations that is left out in training.
      partitioner: splits variables into parts.
      batch_norm: whether hidden layers are normalized.
      combiner: how the categories of an example are combined.

    Raises:
      ValueError: there are no columns at all, or an argument does not fit.
    """
    if not linear_columns and not dnn_columns:
        raise ValueError("give linear_feature_columns or dnn_feature_columns")
    if bool(dnn_columns) != bool(hidden_units):
        raise ValueError("dnn_feature_columns and dnn_hidden_units go together")
    parts = []
    if dnn_columns and hidden_units:
        parts.append(
            dnn_part(
                hidden_units, dnn_columns, dnn_optimizer, activation, dropout, partitioner,
                batch_norm,
            )
        )  # fmt: skip
    if linear_columns:
        parts.append(
            linear_part(linear_columns, linear_optimizer, partitioner, combiner, is_alone=False)
        )
    return parts


class BaselineClassifier(CannedEstimator):
    """Predicts the share of each class, whatever the features.

    Args:
      model_dir: see `LinearClassifier`.
      n_classes: see there.
      weight_column: see there.
      label_vocabulary: see there.
      optimizer: see there.
      config: see there.
      loss_reduction: see there.
    """

    def __init__(
        self,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        loss_reduction: str = _SUM,
    ) -> None:
        head = class_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(head, [baseline_part(optimizer)], model_dir, config, None)


class BaselineRegressor(CannedEstimator):
    """Predicts the mean of the labels, whatever the features.

    Args:
      model_dir: see `LinearRegressor`.
      label_dimension: see there.
      weight_column: see there.
      optimizer: see there.
      config: see there.
      loss_reduction: see there.
    """

    def __init__(
        self,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        loss_reduction: str = _SUM,
    ) -> None:
        head = RegressionHead(label_dimension, weight_column, loss_reduction)
        super().__init__(head, [baseline_part(optimizer)], model_dir, config, None)
