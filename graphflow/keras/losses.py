"""`tf.keras.losses` as classes, which weigh and reduce the loss of each example."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.keras import loss_functions
from graphflow.keras.names import configuration, made_from
from graphflow.losses.weights import remove_squeezable_dimensions, squeeze_weights

_REDUCTIONS = ("auto", "none", "sum", "sum_over_batch_size")


class Loss:
    """Base class of losses: subclasses say in `call` what the loss of each example is.

    Args:
      reduction: `none` keeps the losses, `sum` adds them, `sum_over_batch_size` (and `auto`)
        divides the sum by their number.
      name: the name scope.

    Raises:
      ValueError: there is no such reduction.

    >>> import graphflow as tf
    >>> class Largest(tf.keras.losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return tf.reduce_max(tf.abs(y_pred - y_true), axis=-1)
    >>> y_pred = tf.constant([[1.0, 5.0], [2.0, 4.0]])
    >>> loss = Largest()([[1.0, 2.0], [3.0, 4.0]], y_pred)
    >>> print(tf.Session().run(loss))
    2.0
    """

    def __init__(self, reduction: str = "auto", name: str | None = None) -> None:
        if reduction not in _REDUCTIONS:
            raise ValueError(
                f"reduction must be one of {_REDUCTIONS}, not {reduction!r}{at_user_line()}"
            )
        self.reduction = reduction
        self.name = name

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """Return the loss of each example; for subclasses.

        Args:
          y_true: what is right.
          y_pred: the predictions.
        """
        raise NotImplementedError(f"{type(self).__name__}.call")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """Return the weighted and reduced loss.

        Args:
          y_true: what is right.
          y_pred: the predictions.
          sample_weight: weights of the examples; 1 by default.

        Returns:
          A scalar unless the reduction is `none`.
        """
        values = (y_true, y_pred, sample_weight)
        with name_scope(self.name or type(self).__name__, values=values):
            losses = convert_to_tensor(self.call(y_true, y_pred))
            with name_scope(None, "weighted_loss", (losses, sample_weight)):
                return self._reduced(losses, sample_weight)

    def _reduced(self, losses: Tensor, weights: Any) -> Tensor:
        numbers = ops.cast(losses, float32)
        if weights is not None:
            numbers = numbers * squeeze_weights(ops.cast(weights, float32), losses)
        if self.reduction != "none":
            total = ops.reduce_sum(numbers)
            count = ops.cast(ops.size(losses, name="num_elements"), float32)
            is_sum = self.reduction == "sum"
            numbers = total if is_sum else ops.div_no_nan(total, count, name="value")
        return ops.cast(numbers, losses.dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {"reduction": self.reduction, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return the loss with the arguments that `get_config` returned.

        Args:
          config: the arguments.

        >>> Huber.from_config(Huber(2.0).get_config()).get_config()["delta"]
        2.0
        """
        return cls(**config)


class _FunctionLoss(Loss):
    """A loss that a function computes, with some arguments of it."""

    def __init__(
        self, function: Callable[..., Tensor], reduction: str, name: str | None, **arguments: Any
    ) -> None:
        super().__init__(reduction, name)
        self._function = function
        self._arguments = arguments

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """Return the loss of each example.

        Args:
          y_true: what is right.
          y_pred: the predictions.
        """
        y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
        if y_true.shape.ndims != y_pred.shape.ndims:
            y_true, y_pred = remove_squeezable_dimensions(y_true, y_pred)
        return self._function(y_true, y_pred, **self._arguments)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {**super().get_config(), **self._arguments}


class MeanSquaredError(_FunctionLoss):
    """The mean of squared errors.

    Args:
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.MeanSquaredError()([[1.0, 4.0]], [[2.0, 7.0]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    5.0000
    """

    def __init__(self, reduction: str = "auto", name: str | None = "mean_squared_error") -> None:
        super().__init__(loss_functions.mean_squared_error, reduction, name)


class MeanAbsoluteError(_FunctionLoss):
    """The mean of absolute errors.

    Args:
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.MeanAbsoluteError()([[1.0, 4.0]], [[2.0, 7.0]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    2.0000
    """

    def __init__(self, reduction: str = "auto", name: str | None = "mean_absolute_error") -> None:
        super().__init__(loss_functions.mean_absolute_error, reduction, name)


class MeanAbsolutePercentageError(_FunctionLoss):
    """The mean of absolute errors in percent of what is right.

    Args:
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.MeanAbsolutePercentageError()([[1.0, 4.0]], [[2.0, 6.0]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    75.0000
    """

    def __init__(
        self, reduction: str = "auto", name: str | None = "mean_absolute_percentage_error"
    ) -> None:
        super().__init__(loss_functions.mean_absolute_percentage_error, reduction, name)


class MeanSquaredLogarithmicError(_FunctionLoss):
    """The mean of squared errors of logarithms.

    Args:
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.MeanSquaredLogarithmicError()([[1.0, 0.0]], [[1.0, 1.0]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    0.2402
    """

    def __init__(
        self, reduction: str = "auto", name: str | None = "mean_squared_logarithmic_error"
    ) -> None:
        super().__init__(loss_functions.mean_squared_logarithmic_error, reduction, name)


class BinaryCrossentropy(_FunctionLoss):
    """The cross entropy of independent classes.

    Args:
      from_logits: whether the predictions are logits.
      label_smoothing: how far the labels are moved to the uniform distribution.
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.BinaryCrossentropy()([[1.0, 0.0]], [[0.5, 0.75]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    1.0397
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0,
        reduction: str = "auto",
        name: str | None = "binary_crossentropy",
    ) -> None:
        super().__init__(
            loss_functions.binary_crossentropy,
            reduction,
            name,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class CategoricalCrossentropy(_FunctionLoss):
    """The cross entropy of classes that exclude each other.

    Args:
      from_logits: whether the predictions are logits.
      label_smoothing: how far the labels are moved to the uniform distribution.
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.CategoricalCrossentropy()([[0.0, 1.0]], [[0.75, 0.25]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    1.3863
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0,
        reduction: str = "auto",
        name: str | None = "categorical_crossentropy",
    ) -> None:
        super().__init__(
            loss_functions.categorical_crossentropy,
            reduction,
            name,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class SparseCategoricalCrossentropy(_FunctionLoss):
    """The cross entropy of classes that exclude each other, given the number of the true one.

    Args:
      from_logits: whether the predictions are logits.
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.SparseCategoricalCrossentropy()([1], [[0.75, 0.25]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    1.3863
    """

    def __init__(
        self, from_logits: bool = False, reduction: str = "auto", name: str | None = None
    ) -> None:
        super().__init__(
            loss_functions.sparse_categorical_crossentropy, reduction, name, from_logits=from_logits
        )


class Hinge(_FunctionLoss):
    """The mean of `max(0, 1 - y_true·y_pred)`.

    Args:
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.Hinge()([[-1.0, 1.0]], [[0.5, 0.5]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    1.0000
    """

    def __init__(self, reduction: str = "auto", name: str | None = None) -> None:
        super().__init__(loss_functions.hinge, reduction, name)


class SquaredHinge(_FunctionLoss):
    """The mean of `max(0, 1 - y_true·y_pred)²`.

    Args:
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.SquaredHinge()([[-1.0, 1.0]], [[0.5, 0.5]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    1.2500
    """

    def __init__(self, reduction: str = "auto", name: str | None = "squared_hinge") -> None:
        super().__init__(loss_functions.squared_hinge, reduction, name)


class CategoricalHinge(_FunctionLoss):
    """By how much the best wrong class is less than 1 below the true one.

    Args:
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.75]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    0.7500
    """

    def __init__(self, reduction: str = "auto", name: str | None = "categorical_hinge") -> None:
        super().__init__(loss_functions.categorical_hinge, reduction, name)


class Poisson(_FunctionLoss):
    """The mean of `y_pred - y_true·log(y_pred)`.

    Args:
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.Poisson()([[3.0, 1.0]], [[2.0, 1.0]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    0.4603
    """

    def __init__(self, reduction: str = "auto", name: str | None = "poisson") -> None:
        super().__init__(loss_functions.poisson, reduction, name)


class LogCosh(_FunctionLoss):
    """The mean of `log(cosh(y_pred - y_true))`.

    Args:
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.LogCosh()([[0.0, 1.0]], [[1.0, 1.0]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    0.2169
    """

    def __init__(self, reduction: str = "auto", name: str | None = "logcosh") -> None:
        super().__init__(loss_functions.logcosh, reduction, name)


class KLDivergence(_FunctionLoss):
    """The sum of `y_true·log(y_true / y_pred)`.

    Args:
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    0.1438
    """

    def __init__(
        self, reduction: str = "auto", name: str | None = "kullback_leibler_divergence"
    ) -> None:
        super().__init__(loss_functions.kullback_leibler_divergence, reduction, name)


class Huber(_FunctionLoss):
    """The mean of a loss that is quadratic for errors up to `delta` and linear beyond.

    Args:
      delta: where it becomes linear.
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.Huber()([[1.0, 4.0]], [[1.5, 7.0]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    1.3125
    """

    def __init__(
        self, delta: float = 1.0, reduction: str = "auto", name: str | None = "huber_loss"
    ) -> None:
        super().__init__(loss_functions.huber_loss, reduction, name, delta=delta)


class CosineSimilarity(_FunctionLoss):
    """The cosine of the angle; not negated, as in TensorFlow 1.15.

    Args:
      axis: the axis of the vectors.
      reduction: as for `Loss`.
      name: the name scope.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.CosineSimilarity()([[3.0, 4.0]], [[2.0, 0.0]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    0.6000
    """

    def __init__(
        self, axis: int = -1, reduction: str = "auto", name: str | None = "cosine_similarity"
    ) -> None:
        super().__init__(loss_functions.cosine_similarity, reduction, name, axis=axis)


_FUNCTIONS: dict[str, Any] = {
    function.__name__: function
    for function in (
        loss_functions.mean_squared_error,
        loss_functions.mean_absolute_error,
        loss_functions.mean_absolute_percentage_error,
        loss_functions.mean_squared_logarithmic_error,
        loss_functions.hinge,
        loss_functions.squared_hinge,
        loss_functions.categorical_hinge,
        loss_functions.logcosh,
        loss_functions.poisson,
        loss_functions.kullback_leibler_divergence,
        loss_functions.cosine_similarity,
        loss_functions.binary_crossentropy,
        loss_functions.categorical_crossentropy,
        loss_functions.sparse_categorical_crossentropy,
    )
}
_SHORT = {
    "mse": "mean_squared_error", "MSE": "mean_squared_error", "mae": "mean_absolute_error",
    "MAE": "mean_absolute_error", "mape": "mean_absolute_percentage_error",
    "MAPE": "mean_absolute_percentage_error", "msle": "mean_squared_logarithmic_error",
    "MSLE": "mean_squared_logarithmic_error", "kld": "kullback_leibler_divergence",
    "KLD": "kullback_leibler_divergence", "cosine": "cosine_similarity",
    "cosine_proximity": "cosine_similarity",
}  # fmt: skip
_CLASSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        MeanSquaredError,
        MeanAbsoluteError,
        MeanAbsolutePercentageError,
        MeanSquaredLogarithmicError,
        BinaryCrossentropy,
        CategoricalCrossentropy,
        SparseCategoricalCrossentropy,
        Hinge,
        SquaredHinge,
        CategoricalHinge,
        Poisson,
        LogCosh,
        KLDivergence,
        Huber,
        CosineSimilarity,
    )
}
_BY_NAME = {
    **_FUNCTIONS, **_CLASSES, **{short: _FUNCTIONS[name] for short, name in _SHORT.items()}
}  # fmt: skip


def get(identifier: Any) -> Any:
    """Return a loss.

    Args:
      identifier: the name of a function or class, a configuration, a function, or None for none.

    Raises:
      ValueError: there is none of the name.

    >>> get("mse") is loss_functions.mean_squared_error
    True
    """
    return made_from(identifier, _BY_NAME, "loss", makes_instances=False)


def serialize(loss: Any) -> Any:
    """Return the name or configuration of a loss.

    Args:
      loss: the loss.

    >>> serialize(loss_functions.hinge)
    'hinge'
    """
    return configuration(loss)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return a loss by its name or configuration.

    Args:
      name: what `serialize` returned.
      custom_objects: further functions and classes by name.

    >>> deserialize(serialize(Huber(2.0))).get_config()["delta"]
    2.0
    """
    known = {**_BY_NAME, **(custom_objects or {})}
    return made_from(name, known, "loss", makes_instances=False)
