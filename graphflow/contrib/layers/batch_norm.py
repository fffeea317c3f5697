"""Batch normalization (Ioffe and Szegedy, 2015)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import add_arg_scope
from graphflow.contrib.framework.tensors import smart_constant_value
from graphflow.contrib.framework.variables import model_variable
from graphflow.contrib.layers.normalization import shift_and_scale
from graphflow.contrib.layers.scopes import add_to_collections, layer_scope
from graphflow.contrib.layers.utils import (
    collect_named_outputs,
    get_variable_collections,
    smart_cond,
)
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Tensor, at_user_line, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.layers.normalization import BatchNormalization
from graphflow.train.moving_averages import assign_moving_average
from graphflow.variables.initializers import Ones, Zeros
from graphflow.variables.scope import get_variable_scope, variable_scope


@add_arg_scope
def batch_norm(
    inputs: Any,
    decay: Any = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Callable[..., Any] | None = None,
    param_initializers: dict[str, Any] | None = None,
    param_regularizers: dict[str, Any] | None = None,
    updates_collections: Any = GraphKeys.UPDATE_OPS,
    is_training: Any = True,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    batch_weights: Any = None,
    fused: bool | None = None,
    data_format: str = "NHWC",
    zero_debias_moving_mean: bool = False,
    scope: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_decay: Any = 0.99,
    adjustment: Any = None,
) -> Tensor:
    """Normalize each channel over the batch; outside training, by what was seen in training.

    In training the moving averages of mean and variance must be updated. By default the updates are
    in the collection `GraphKeys.UPDATE_OPS`, to be run with each step as `create_train_op` does.

    Args:
      inputs: floating [batch, ..., channels], or with "NCHW" [batch, channels, ...].
      decay: how much of a moving average stays at an update.
      center: whether to add a trained `beta`.
      scale: whether to multiply by a trained `gamma`.
      epsilon: added to the variance, so that it is never zero.
      activation_fn: a function of tensors, None for none.
      param_initializers: initializers by the names "beta", "gamma", "moving_mean" and
        "moving_variance".
      param_regularizers: regularizers by the names "beta" and "gamma".
      updates_collections: collections for the updates; None to make them part of the output.
      is_training: whether to use the moments of the batch: True, False or a boolean tensor.
      reuse: whether to share the variables of a former layer of that scope.
      variables_collections: collections for the variables, or a dictionary of those by name.
      outputs_collections: collections for the output.
      trainable: whether `beta` and `gamma` are trained.
      batch_weights: [batch], how much each example counts for the moments.
      fused: whether to use one operation for all, by default where that is possible. It is
        for inputs of 2 or 4 axes without weights; its moving variance is the unbiased one.
      data_format: "NHWC" or "NCHW".
      zero_debias_moving_mean: whether to correct the moving mean for its start at zero.
      scope: the variable scope, "BatchNorm" by default.
      renorm: whether to correct the moments of a batch towards the moving ones (Ioffe, 2017).
      renorm_clipping: limits of the corrections: a dictionary with "rmin", "rmax", "dmax".
      renorm_decay: `decay` of the averages of `renorm`.
      adjustment: a function of the inputs' shape that returns a scale and shift for training.

    Returns:
      A tensor like `inputs`.

    Raises:
      ValueError: the rank or the number of channels is not known, there is no such format, or
        `renorm` or `adjustment` is asked for together with what it does not go with.

    >>> import graphflow as tf
    >>> x = tf.constant([[1.0, 3.0], [3.0, 7.0]])
    >>> y = tf.contrib.layers.batch_norm(x, decay=0.5, epsilon=0.0, updates_collections=None)
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(y).round(2)
    array([[-1., -1.],
           [ 1.,  1.]], dtype=float32)
    >>> sess.run("BatchNorm/moving_mean:0")
    array([1. , 2.5], dtype=float32)
    """
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError(f"data_format must be NHWC or NCHW, not {data_format!r}{at_user_line()}")
    inputs = convert_to_tensor(inputs)
    layout = _layout(inputs, data_format)
    corrects = renorm or adjustment is not None
    fuses = fused is not False and batch_weights is None and not corrects and _is_fusible(inputs)
    initializers, regularizers = param_initializers or {}, param_regularizers or {}
    if (
        batch_weights is None
        and not zero_debias_moving_mean
        and updates_collections == GraphKeys.UPDATE_OPS
        and not (fuses and layout.rank == 2)
    ):
        with layer_scope(scope, "BatchNorm", inputs, reuse) as opened:
            layer = BatchNormalization(
                axis=layout.axis,
                momentum=decay,
                epsilon=epsilon,
                center=center,
                scale=scale,
                beta_initializer=initializers.get("beta"),
                gamma_initializer=initializers.get("gamma"),
                moving_mean_initializer=initializers.get("moving_mean"),
                moving_variance_initializer=initializers.get("moving_variance"),
                beta_regularizer=regularizers.get("beta"),
                gamma_regularizer=regularizers.get("gamma"),
                renorm=renorm,
                renorm_clipping=renorm_clipping,
                renorm_momentum=renorm_decay,
                fused=fused,
                trainable=trainable,
                adjustment=adjustment,
                name=opened.name,
                _scope=opened,
                _reuse=reuse,
            )
            outputs: Any = layer(inputs, training=is_training)
            for name in ("moving_mean", "moving_variance", "beta", "gamma"):
                add_to_collections(getattr(layer, name), variables_collections, name)
            return _finished(outputs, activation_fn, outputs_collections, opened.name)
    if corrects:
        raise ValueError(
            "renorm and adjustment do not go with batch_weights, zero_debias_moving_mean or other "
            f"updates_collections{at_user_line()}"
        )
    with variable_scope(scope, "BatchNorm", [inputs], reuse=reuse) as opened:
        dtype = "float32" if fuses else inputs.dtype.base_dtype
        beta, gamma = shift_and_scale(
            center, scale, [layout.channels], dtype, initializers, variables_collections,
            trainable, regularizers,
        )  # fmt: skip
        moving = _moving_averages(layout.channels, dtype, initializers, variables_collections)
        normalize = _Fused if fuses else _Composed
        normalizer = normalize(inputs, layout, beta, gamma, moving, epsilon, batch_weights)
        averages = _Averages(moving, decay, zero_debias_moving_mean)
        outputs = _normalized(normalizer, averages, is_training, updates_collections)
        outputs.set_shape(inputs.shape)
        return _finished(outputs, activation_fn, outputs_collections, opened.name)


def _finished(
    outputs: Any, activation_fn: Callable[..., Any] | None, collections: Any, alias: str
) -> Tensor:
    if activation_fn is not None:
        outputs = activation_fn(outputs)
    named: Tensor = collect_named_outputs(collections, alias, outputs)
    return named


def _is_fusible(inputs: Tensor) -> bool:
    is_fusible = inputs.dtype.base_dtype.name in ("float32", "float16", "bfloat16")
    return is_fusible and inputs.shape.ndims in (2, 4)


class _Layout(NamedTuple):
    """Where the channels of the inputs are."""

    rank: int
    axis: int
    channels: int
    data_format: str


def _layout(inputs: Tensor, data_format: str) -> _Layout:
    rank = inputs.shape.ndims
    if rank is None:
        raise ValueError(f"the rank of the inputs {inputs.name} must be known{at_user_line()}")
    axis = 1 if data_format == "NCHW" else rank - 1
    channels = inputs.shape.as_list()[axis]
    if channels is None:
        raise ValueError(
            f"the number of channels must be known, the shape of the inputs is {inputs.shape}"
            f"{at_user_line()}"
        )
    return _Layout(rank, axis, channels, data_format)


# -- moving averages -------------------------------------------------------------------------------


def _moving_averages(
    channels: int, dtype: Any, param_initializers: Any, variables_collections: Any
) -> tuple[Any, Any]:
    initializers = param_initializers or {}

    def average(name: str, default: Any) -> Any:
        return model_variable(
            name,
            shape=[channels],
            dtype=dtype,
            initializer=initializers.get(name, default),
            trainable=False,
            collections=get_variable_collections(variables_collections, name),
        )

    # An average is updated as a whole, so that it is not partitioned.
    with variable_scope(get_variable_scope(), auxiliary_name_scope=False) as whole:
        whole.set_partitioner(None)
        return average("moving_mean", Zeros()), average("moving_variance", Ones())


class _Averages(NamedTuple):
    """The moving averages of mean and variance, and how they are updated."""

    variables: tuple[Any, Any]
    decay: Any
    zero_debias_mean: bool

    def update(self, mean: Any, variance: Any) -> tuple[Any, Any]:
        """Return the updated averages."""
        moving_mean, moving_variance = self.variables
        return (
            assign_moving_average(moving_mean, mean, self.decay, self.zero_debias_mean),
            assign_moving_average(moving_variance, variance, self.decay, zero_debias=False),
        )


# -- normalization ---------------------------------------------------------------------------------


def _normalized(normalizer: Any, averages: _Averages, is_training: Any, collections: Any) -> Tensor:
    """The normalized inputs; updates of the averages are part of it, or go to collections."""
    known = smart_constant_value(is_training)
    if known is False:
        outside: Tensor = normalizer.outside_training()
        return outside
    outputs, mean, variance = smart_cond(
        is_training, normalizer.in_training, lambda: _unmoved(normalizer, averages)
    )
    if collections is None:

        def update() -> Any:
            with control_dependencies(list(averages.update(mean, variance))):
                return ops.identity(outputs)

        updated: Tensor = smart_cond(is_training, update, lambda: ops.identity(outputs))
        return updated
    updates = smart_cond(
        is_training,
        lambda: [convert_to_tensor(item) for item in averages.update(mean, variance)],
        lambda: [ops.identity(item) for item in averages.variables],
    )
    for item in updates:
        get_default_graph().add_to_collections(collections, item)
    result: Tensor = outputs
    return result


def _unmoved(normalizer: Any, averages: _Averages) -> tuple[Any, Any, Any]:
    moving_mean, moving_variance = averages.variables
    return normalizer.outside_training(), ops.identity(moving_mean), ops.identity(moving_variance)


class _Composed:
    """Normalization out of several operations, for any rank and for weights."""

    def __init__(
        self,
        inputs: Tensor,
        layout: _Layout,
        beta: Any,
        gamma: Any,
        moving: tuple[Any, Any],
        epsilon: float,
        batch_weights: Any,
    ) -> None:
        self._inputs = inputs
        self._axes = [axis for axis in range(layout.rank) if axis != layout.axis]
        self._broadcast: list[int] | None = None
        if layout.data_format == "NCHW":
            self._broadcast = [1, layout.channels, *[1] * (layout.rank - 2)]
        self._beta, self._gamma = beta, gamma
        self._moving = moving
        self._epsilon = epsilon
        self._weights = batch_weights
        if batch_weights is not None:
            self._weights = convert_to_tensor(batch_weights)
            inputs.shape[:1].assert_is_compatible_with(self._weights.shape)
            self._weights = ops.reshape(self._weights, [-1, *[1] * (layout.rank - 1)])

    def in_training(self) -> tuple[Tensor, Tensor, Tensor]:
        """Normalize by the moments of the batch, and return those too."""
        if self._weights is None:
            mean, variance = ops.moments(self._inputs, self._axes)
        else:
            mean, variance = ops.weighted_moments(self._inputs, self._axes, self._weights)
        return self._by(mean, variance), mean, variance

    def outside_training(self) -> Tensor:
        """Normalize by the moving averages."""
        return self._by(*self._moving)

    def _by(self, mean: Any, variance: Any) -> Tensor:
        parts = [mean, variance, self._beta, self._gamma]
        if self._broadcast is not None:
            parts = [None if part is None else ops.reshape(part, self._broadcast) for part in parts]
        mean, variance, beta, gamma = parts
        return ops.batch_normalization(self._inputs, mean, variance, beta, gamma, self._epsilon)


class _Fused:
    """Normalization in one operation, for images and matrices."""

    def __init__(
        self,
        inputs: Tensor,
        layout: _Layout,
        beta: Any,
        gamma: Any,
        moving: tuple[Any, Any],
        epsilon: float,
        _: Any,
    ) -> None:
        self._inputs = inputs
        self._data_format = layout.data_format
        self._is_matrix = layout.rank == 2
        if self._is_matrix:
            self._inputs = ops.reshape(inputs, [-1, 1, 1, layout.channels])
            self._data_format = "NHWC"
        self._shape = ops.shape(inputs) if self._is_matrix else None
        self._beta = ops.zeros([layout.channels]) if beta is None else beta
        self._gamma = ops.ones([layout.channels]) if gamma is None else gamma
        self._moving = moving
        self._epsilon = epsilon

    def in_training(self) -> tuple[Tensor, Tensor, Tensor]:
        """Normalize by the moments of the batch, and return those too."""
        outputs, mean, variance = ops.fused_batch_norm(
            self._inputs, self._gamma, self._beta, epsilon=self._epsilon,
            data_format=self._data_format,
        )  # fmt: skip
        return self._in_shape(outputs), mean, variance

    def outside_training(self) -> Tensor:
        """Normalize by the moving averages."""
        outputs, _, _ = ops.fused_batch_norm(
            self._inputs, self._gamma, self._beta, *self._moving, epsilon=self._epsilon,
            data_format=self._data_format, is_training=False,
        )  # fmt: skip
        return self._in_shape(outputs)

    def _in_shape(self, outputs: Tensor) -> Tensor:
        return ops.reshape(outputs, self._shape) if self._is_matrix else outputs
