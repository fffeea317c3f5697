"""`GradientBoostedDecisionTreeClassifier` and `GradientBoostedDecisionTreeRegressor`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.boosted_trees.learner import LearnerConfig
from graphflow.contrib.learn.estimator import Estimator
from graphflow.contrib.learn.heads import (
    OldMultiClassHead,
    old_class_head,
    old_regression_head,
)
from graphflow.contrib.learn.specs import as_features
from graphflow.core.graph import Tensor
from graphflow.core.sparse import SparseTensor
from graphflow.estimator.boosted_trees import TreesModel
from graphflow.estimator.heads import LossHead
from graphflow.estimator.specs import EstimatorSpec
from graphflow.feature_columns.base import DenseColumn
from graphflow.feature_columns.numeric import numeric_column


class _SeveralClasses(OldMultiClassHead):
    """The head of several classes, with a loss that has second derivatives."""

    def _losses(self, targets: Tensor, logits: Tensor) -> Tensor:
        hot = ops.one_hot(ops.squeeze(targets, axis=[-1]), self.logits_dimension)
        losses = ops.softmax_cross_entropy_with_logits_v2(labels=hot, logits=logits)
        return ops.expand_dims(losses, -1)


def _columns(features: Mapping[str, Any]) -> list[DenseColumn]:
    """A column of numbers for each feature."""
    columns: list[DenseColumn] = []
    for name, tensor in features.items():
        sizes = tensor.shape.as_list()[1:]
        if isinstance(tensor, SparseTensor) or None in sizes or len(sizes) > 1:
            raise ValueError(f"the feature {name!r} must hold vectors of one size, not {tensor}")
        columns.append(numeric_column(name, sizes[0] if sizes else 1))
    return columns


def _model_fn(
    head: LossHead,
    learner_config: LearnerConfig,
    num_trees: int | None,
    examples_per_layer: int,
    feature_columns: Sequence[Any] | None,
    center_bias: bool,
    num_quantiles: int,
) -> Callable[..., EstimatorSpec]:
    if not isinstance(learner_config, LearnerConfig):
        raise ValueError(f"learner_config is a LearnerConfig, not {learner_config!r}")
    if num_trees is None:
        raise NotImplementedError("trees without num_trees, which would grow without end")
    settings = learner_config.settings(num_trees, center_bias, head.logits_dimension)

    def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
        named = {str(name or "features"): value for name, value in as_features(features).items()}
        columns = feature_columns or _columns(named)
        model = TreesModel(
            columns, head, settings, examples_per_layer, 1 / num_quantiles, counts_examples=True
        )
        return model.spec(named, labels, mode)

    return model_fn


def _refuse(**arguments: Any) -> None:
    for name, value in arguments.items():
        if value:
            raise NotImplementedError(f"tf.contrib.boosted_trees: {name}={value!r}")


class GradientBoostedDecisionTreeClassifier(Estimator):
    """Gradient boosted trees for classes.

    Args:
      learner_config: how trees grow.
      examples_per_layer: after how many examples a layer grows.
      n_classes: how many classes there are.
      num_trees: how many trees grow.
      feature_columns: the columns; by default a column of numbers for each feature, whose
        boundaries are the quantiles of the first `examples_per_layer` examples.
      weight_column_name: the feature with the weights of examples.
      model_dir: see `tf.contrib.learn.Estimator`.
      config: see there.
      label_keys: the labels, if they are strings.
      feature_engineering_fn: see `tf.contrib.learn.Estimator`.
      logits_modifier_function: must be None.
      center_bias: whether the first root predicts the mean of the labels.
      use_core_libs: accepted; there is one library of heads.
      output_leaf_index: must be False.
      override_global_step_value: must be None.
      num_quantiles: at most how many boundaries a feature has.

    Raises:
      ValueError: an argument does not fit.
      NotImplementedError: something cannot be done.
    """

    def __init__(
        self,
        learner_config: LearnerConfig,
        examples_per_layer: int,
        n_classes: int = 2,
        num_trees: int | None = None,
        feature_columns: Sequence[Any] | None = None,
        weight_column_name: str | None = None,
        model_dir: Any = None,
        config: Any = None,
        label_keys: Sequence[str] | None = None,
        feature_engineering_fn: Any = None,
        logits_modifier_function: Any = None,
        center_bias: bool = True,
        use_core_libs: bool = False,
        output_leaf_index: bool = False,
        override_global_step_value: int | None = None,
        num_quantiles: int = 100,
    ) -> None:
        del use_core_libs
        _refuse(
            logits_modifier_function=logits_modifier_function,
            output_leaf_index=output_leaf_index,
            override_global_step_value=override_global_step_value,
        )
        head: LossHead
        if n_classes > 2:
            head = _SeveralClasses(n_classes, weight_column_name, label_keys)
        else:
            head = old_class_head(n_classes, weight_column_name, label_keys)
        super().__init__(
            _model_fn(
                head, learner_config, num_trees, examples_per_layer, feature_columns,
                center_bias, num_quantiles,
            ),
            model_dir,
            config,
            feature_engineering_fn=feature_engineering_fn,
        )  # fmt: skip


class GradientBoostedDecisionTreeRegressor(Estimator):
    """Gradient boosted trees for numbers.

    Args:
      learner_config: see `GradientBoostedDecisionTreeClassifier`.
      examples_per_layer: see there.
      label_dimension: how many numbers for each example.
      num_trees: see `GradientBoostedDecisionTreeClassifier`.
      feature_columns: see there.
      label_name: accepted; there is one kind of labels.
      weight_column_name: see `GradientBoostedDecisionTreeClassifier`.
      model_dir: see there.
      config: see there.
      feature_engineering_fn: see there.
      logits_modifier_function: see there.
      center_bias: see there.
      use_core_libs: see there.
      output_leaf_index: see there.
      override_global_step_value: see there.
      num_quantiles: see there.

    Raises:
      ValueError: an argument does not fit.
      NotImplementedError: something cannot be done.
    """

    def __init__(
        self,
        learner_config: LearnerConfig,
        examples_per_layer: int,
        label_dimension: int = 1,
        num_trees: int | None = None,
        feature_columns: Sequence[Any] | None = None,
        label_name: str | None = None,
        weight_column_name: str | None = None,
        model_dir: Any = None,
        config: Any = None,
        feature_engineering_fn: Any = None,
        logits_modifier_function: Any = None,
        center_bias: bool = True,
        use_core_libs: bool = False,
        output_leaf_index: bool = False,
        override_global_step_value: int | None = None,
        num_quantiles: int = 100,
    ) -> None:
        del use_core_libs, label_name
        _refuse(
            logits_modifier_function=logits_modifier_function,
            output_leaf_index=output_leaf_index,
            override_global_step_value=override_global_step_value,
        )
        head = old_regression_head(label_dimension, weight_column_name)
        super().__init__(
            _model_fn(
                head, learner_config, num_trees, examples_per_layer, feature_columns,
                center_bias, num_quantiles,
            ),
            model_dir,
            config,
            feature_engineering_fn=feature_engineering_fn,
        )  # fmt: skip
