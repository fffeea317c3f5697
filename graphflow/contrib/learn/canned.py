"""The estimators of `tf.contrib.learn` that come ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphflow.contrib.learn.estimator import Estimator
from graphflow.contrib.learn.heads import old_class_head, old_regression_head
from graphflow.contrib.learn.models import dnn_part, linear_part, model_fn_of
from graphflow.contrib.learn.specs import PredictionKey
from graphflow.estimator.canned_models import Part
from graphflow.estimator.heads import LossHead
from graphflow.ops import relu


class _Ready(Estimator):
    """An estimator whose model is a head on parts."""

    def __init__(
        self,
        head: LossHead,
        parts: Sequence[Part],
        model_dir: Any,
        config: Any,
        feature_engineering_fn: Any,
        counts_parts: bool = False,
    ) -> None:
        super().__init__(
            model_fn_of(head, parts, counts_parts),
            model_dir,
            config,
            feature_engineering_fn=feature_engineering_fn,
        )

    def _one(
        self, key: str, x: Any, input_fn: Any, batch_size: int | None, as_iterable: bool
    ) -> Any:
        """One of the predictions."""
        found = Estimator.predict(self, x, input_fn, batch_size, [key], as_iterable)
        return (item[key] for item in found) if as_iterable else found[key]


class _Classifier(_Ready):
    """An estimator of classes."""

    def predict(  # type: ignore[override]
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        outputs: Any = None,
        as_iterable: bool = True,
    ) -> Any:
        """Return the class of each example, or other predictions.

        Args:
          x: see `Estimator.predict`.
          input_fn: see there.
          batch_size: see there.
          outputs: the names of predictions: then they are returned by name.
          as_iterable: see `Estimator.predict`.
        """
        if outputs:
            return super().predict(x, input_fn, batch_size, outputs, as_iterable)
        return self.predict_classes(x, input_fn, batch_size, as_iterable)

    def predict_classes(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:
        """Return the class of each example.

        Args:
          x: see `Estimator.predict`.
          input_fn: see there.
          batch_size: see there.
          as_iterable: see there.
        """
        return self._one(PredictionKey.CLASSES, x, input_fn, batch_size, as_iterable)

    def predict_proba(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:
        """Return the probabilities of the classes for each example.

        Args:
          x: see `Estimator.predict`.
          input_fn: see there.
          batch_size: see there.
          as_iterable: see there.
        """
        return self._one(PredictionKey.PROBABILITIES, x, input_fn, batch_size, as_iterable)


class _Regressor(_Ready):
    """An estimator of numbers."""

    def predict(  # type: ignore[override]
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        outputs: Any = None,
        as_iterable: bool = True,
    ) -> Any:
        """Return the number of each example, or other predictions.

        Args:
          x: see `Estimator.predict`.
          input_fn: see there.
          batch_size: see there.
          outputs: the names of predictions: then they are returned by name.
          as_iterable: see `Estimator.predict`.
        """
        if outputs:
            return super().predict(x, input_fn, batch_size, outputs, as_iterable)
        return self.predict_scores(x, input_fn, batch_size, as_iterable)

    def predict_scores(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:
        """Return the number of each example.

        Args:
          x: see `Estimator.predict`.
          input_fn: see there.
          batch_size: see there.
          as_iterable: see there.
        """
        return self._one(PredictionKey.SCORES, x, input_fn, batch_size, as_iterable)


def _check_columns(feature_columns: Any) -> list[Any]:
    columns = list(feature_columns or ())
    if not columns:
        raise ValueError("the model needs feature_columns")
    return columns


def _refuse(**arguments: Any) -> None:
    for name, value in arguments.items():
        if value:
            raise NotImplementedError(f"tf.contrib.learn: {name}={value!r}")


class LinearClassifier(_Classifier):
    """A linear model of classes.

    Args:
      feature_columns: its columns, those of `tf.contrib.layers` or `tf.feature_column`.
      model_dir: see `Estimator`.
      n_classes: how many classes.
      weight_column_name: the feature with the weights of examples.
      optimizer: an optimizer, a function that makes it, or its name; Ftrl by default.
      gradient_clip_norm: the greatest norm of the gradients.
      enable_centered_bias: must be False.
      _joint_weight: whether there is one variable for all columns.
      config: see `Estimator`.
      feature_engineering_fn: see there.
      label_keys: the labels, if they are strings.

    Raises:
      ValueError: an argument does not fit.
      NotImplementedError: there is a centered bias.

    >>> import numpy as np
    >>> import graphflow as tf
    >>> x, y = np.asarray([[-1.0], [-2.0], [3.0], [4.0]]), np.asarray([0, 0, 1, 1])
    >>> classifier = LinearClassifier([tf.contrib.layers.real_valued_column("")])
    >>> [int(one) for one in classifier.fit(x, y, steps=50).predict(x)]
    [0, 0, 1, 1]
    """

    def __init__(
        self,
        feature_columns: Any,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        _joint_weight: bool = False,
        config: Any = None,
        feature_engineering_fn: Any = None,
        label_keys: Sequence[str] | None = None,
    ) -> None:
        _refuse(enable_centered_bias=enable_centered_bias)
        part = linear_part(
            _check_columns(feature_columns), optimizer, gradient_clip_norm, _joint_weight
        )
        head = old_class_head(n_classes, weight_column_name, label_keys)
        super().__init__(head, [part], model_dir, config, feature_engineering_fn)


class LinearRegressor(_Regressor):
    """A linear model of numbers.

    Args:
      feature_columns: see `LinearClassifier`.
      model_dir: see there.
      weight_column_name: see there.
      optimizer: see there.
      gradient_clip_norm: see there.
      enable_centered_bias: see there.
      label_dimension: how many numbers for each example.
      _joint_weights: see `LinearClassifier`.
      config: see there.
      feature_engineering_fn: see there.

    Raises:
      ValueError: an argument does not fit.
      NotImplementedError: there is a centered bias.
    """

    def __init__(
        self,
        feature_columns: Any,
        model_dir: Any = None,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        label_dimension: int = 1,
        _joint_weights: bool = False,
        config: Any = None,
        feature_engineering_fn: Any = None,
    ) -> None:
        _refuse(enable_centered_bias=enable_centered_bias)
        part = linear_part(
            _check_columns(feature_columns), optimizer, gradient_clip_norm, _joint_weights
        )
        head = old_regression_head(label_dimension, weight_column_name)
        super().__init__(head, [part], model_dir, config, feature_engineering_fn)


class DNNClassifier(_Classifier):
    """A network of fully connected layers for classes.

    Args:
      hidden_units: the sizes of the hidden layers.
      feature_columns: the columns that are its input, see `tf.contrib.layers`; those of
        `tf.feature_column` do as well.
      model_dir: see `Estimator`.
      n_classes: how many classes.
      weight_column_name: the feature with the weights of examples.
      optimizer: an optimizer, a function that makes it, or its name; Adagrad by default.
      activation_fn: the activation of hidden layers.
      dropout: the share of activations that is left out in training.
      gradient_clip_norm: the greatest norm of the gradients.
      enable_centered_bias: must be False.
      config: see `Estimator`.
      feature_engineering_fn: see there.
      embedding_lr_multipliers: must be None.
      input_layer_min_slice_size: accepted; variables are whole.
      label_keys: the labels, if they are strings.

    Raises:
      ValueError: an argument does not fit.
      NotImplementedError: there is a centered bias, or there are multipliers.
    """

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        activation_fn: Any = relu,
        dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        config: Any = None,
        feature_engineering_fn: Any = None,
        embedding_lr_multipliers: Any = None,
        input_layer_min_slice_size: int | None = None,
        label_keys: Sequence[str] | None = None,
    ) -> None:
        del input_layer_min_slice_size
        _refuse(
            enable_centered_bias=enable_centered_bias,
            embedding_lr_multipliers=embedding_lr_multipliers,
        )
        part = dnn_part(
            hidden_units, _check_columns(feature_columns), optimizer, activation_fn, dropout,
            gradient_clip_norm,
        )  # fmt: skip
        head = old_class_head(n_classes, weight_column_name, label_keys)
        super().__init__(head, [part], model_dir, config, feature_engineering_fn)


class DNNRegressor(_Regressor):
    """A network of fully connected layers for numbers.

    Args:
      hidden_units: see `DNNClassifier`.
      feature_columns: see there.
      model_dir: see there.
      weight_column_name: see there.
      optimizer: see there.
      activation_fn: see there.
      dropout: see there.
      gradient_clip_norm: see there.
      enable_centered_bias: see there.
      config: see there.
      feature_engineering_fn: see there.
      label_dimension: how many numbers for each example.
      embedding_lr_multipliers: see `DNNClassifier`.
      input_layer_min_slice_size: see there.

    Raises:
      ValueError: an argument does not fit.
      NotImplementedError: there is a centered bias, or there are multipliers.
    """

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any = None,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        activation_fn: Any = relu,
        dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        config: Any = None,
        feature_engineering_fn: Any = None,
        label_dimension: int = 1,
        embedding_lr_multipliers: Any = None,
        input_layer_min_slice_size: int | None = None,
    ) -> None:
        del input_layer_min_slice_size
        _refuse(
            enable_centered_bias=enable_centered_bias,
            embedding_lr_multipliers=embedding_lr_multipliers,
        )
        part = dnn_part(
            hidden_units, _check_columns(feature_columns), optimizer, activation_fn, dropout,
            gradient_clip_norm,
        )  # fmt: skip
        head = old_regression_head(label_dimension, weight_column_name)
        super().__init__(head, [part], model_dir, config, feature_engineering_fn)


class DNNLinearCombinedClassifier(_Classifier):
    """A network and a linear model together, for classes; one of them may be left out.

    Args:
      model_dir: see `DNNClassifier`.
      n_classes: see there.
      weight_column_name: see there.
      linear_feature_columns: the columns of the linear model.
      linear_optimizer: its optimizer; Ftrl by default.
      joint_linear_weights: whether it has one variable for all columns.
      dnn_feature_columns: the columns of the network.
      dnn_optimizer: its optimizer; Adagrad by default.
      dnn_hidden_units: the sizes of its hidden layers.
      dnn_activation_fn: their activation.
      dnn_dropout: the share of activations that is left out in training.
      gradient_clip_norm: the greatest norm of the gradients of each of the two.
      enable_centered_bias: must be False.
      config: see `DNNClassifier`.
      feature_engineering_fn: see there.
      embedding_lr_multipliers: must be None.
      input_layer_min_slice_size: accepted; variables are whole.
      label_keys: see `DNNClassifier`.
      fix_global_step_increment_bug: whether training both counts as one step. As in TensorFlow it
        counts as two otherwise.

    Raises:
      ValueError: there are no columns at all, or an argument does not fit.
      NotImplementedError: there is a centered bias, or there are multipliers.
    """

    def __init__(
        self,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column_name: str | None = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = None,
        joint_linear_weights: bool = False,
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = None,
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Any = relu,
        dnn_dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        config: Any = None,
        feature_engineering_fn: Any = None,
        embedding_lr_multipliers: Any = None,
        input_layer_min_slice_size: int | None = None,
        label_keys: Sequence[str] | None = None,
        fix_global_step_increment_bug: bool = False,
    ) -> None:
        del input_layer_min_slice_size
        _refuse(
            enable_centered_bias=enable_centered_bias,
            embedding_lr_multipliers=embedding_lr_multipliers,
        )
        parts = _combined(
            linear_feature_columns, linear_optimizer, joint_linear_weights, dnn_feature_columns,
            dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout, gradient_clip_norm,
        )  # fmt: skip
        head = old_class_head(n_classes, weight_column_name, label_keys)
        super().__init__(
            head,
            parts,
            model_dir,
            config,
            feature_engineering_fn,
            not fix_global_step_increment_bug,
        )


class DNNLinearCombinedRegressor(_Regressor):
    """A network and a linear model together, for numbers; one of them may be left out.

    Args:
      model_dir: see `DNNLinearCombinedClassifier`.
      weight_column_name: see there.
      linear_feature_columns: see there.
      linear_optimizer: see there.
      _joint_linear_weights: see there.
      dnn_feature_columns: see there.
      dnn_optimizer: see there.
      dnn_hidden_units: see there.
      dnn_activation_fn: see there.
      dnn_dropout: see there.
      gradient_clip_norm: see there.
      enable_centered_bias: see there.
      label_dimension: how many numbers for each example.
      config: see `DNNLinearCombinedClassifier`.
      feature_engineering_fn: see there.
      embedding_lr_multipliers: see there.
      input_layer_min_slice_size: see there.
      fix_global_step_increment_bug: see there.

    Raises:
      ValueError: there are no columns at all, or an argument does not fit.
      NotImplementedError: there is a centered bias, or there are multipliers.
    """

    def __init__(
        self,
        model_dir: Any = None,
        weight_column_name: str | None = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = None,
        _joint_linear_weights: bool = False,
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = None,
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Any = relu,
        dnn_dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        label_dimension: int = 1,
        config: Any = None,
        feature_engineering_fn: Any = None,
        embedding_lr_multipliers: Any = None,
        input_layer_min_slice_size: int | None = None,
        fix_global_step_increment_bug: bool = False,
    ) -> None:
        del input_layer_min_slice_size
        _refuse(
            enable_centered_bias=enable_centered_bias,
            embedding_lr_multipliers=embedding_lr_multipliers,
        )
        parts = _combined(
            linear_feature_columns, linear_optimizer, _joint_linear_weights, dnn_feature_columns,
            dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout, gradient_clip_norm,
        )  # fmt: skip
        head = old_regression_head(label_dimension, weight_column_name)
        super().__init__(
            head,
            parts,
            model_dir,
            config,
            feature_engineering_fn,
            not fix_global_step_increment_bug,
        )


def _combined(
    linear_columns: Any,
    linear_optimizer: Any,
    has_joint_weights: bool,
    dnn_columns: Any,
    dnn_optimizer: Any,
    hidden_units: Sequence[int] | None,
    activation: Any,
    dropout: float | None,
    clip_norm: float | None,
) -> list[Part]:
    if not linear_columns and not dnn_columns:
        raise ValueError("give linear_feature_columns or dnn_feature_columns")
    if bool(dnn_columns) != bool(hidden_units):
        raise ValueError("dnn_feature_columns and dnn_hidden_units go together")
    parts = []
    if dnn_columns and hidden_units:
        parts.append(
            dnn_part(hidden_units, list(dnn_columns), dnn_optimizer, activation, dropout, clip_norm)
        )
    if linear_columns:
        parts.append(
            linear_part(list(linear_columns), linear_optimizer, clip_norm, has_joint_weights)
        )
    return parts
