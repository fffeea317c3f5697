"""Batch normalization as a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphflow.core.graph import Tensor
from graphflow.layers.normalization import BatchNormalization


def batch_normalization(
    inputs: Any,
    axis: Any = -1,
    momentum: float = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = None,
    gamma_initializer: Any = None,
    moving_mean_initializer: Any = None,
    moving_variance_initializer: Any = None,
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
    training: Any = False,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
    renorm: bool = False,
    renorm_clipping: Mapping[str, Any] | None = None,
    renorm_momentum: float = 0.99,
    fused: bool | None = None,
    virtual_batch_size: int | None = None,
    adjustment: Callable[[Tensor], tuple[Any, Any]] | None = None,
) -> Tensor:
    """Normalize a batch to mean 0 and variance 1, then scale and shift.

    While training, run the operations of the collection `UPDATE_OPS` in each step.

    Args:
      inputs: float [...].
      axis: as for `BatchNormalization`, like the following arguments.
      momentum: how much of the moving moments an update keeps.
      epsilon: added to the variance.
      center: whether to shift.
      scale: whether to scale.
      beta_initializer: initializer of the shift.
      gamma_initializer: initializer of the scale.
      moving_mean_initializer: initializer of the moving mean.
      moving_variance_initializer: initializer of the moving variance.
      beta_regularizer: a function of the shift whose value is a loss.
      gamma_regularizer: the same for the scale.
      beta_constraint: a function applied to the shift after an update of an optimizer.
      gamma_constraint: the same for the scale.
      training: whether the moments are those of the batch; a bool, or a scalar bool tensor.
      trainable: whether the variables are trained.
      name: the name, and the variable scope.
      reuse: whether to share the variables of a former layer of that name.
      renorm: whether to correct the batch's moments towards the moving ones.
      renorm_clipping: limits of the corrections.
      renorm_momentum: `momentum` of the moments used for that.
      fused: None or True: use the fused op where it fits; False: never.
      virtual_batch_size: normalize parts of this size, each by itself.
      adjustment: returns a random scale and shift for training.

    Returns:
      A tensor like `inputs`.

    Raises:
      ValueError: an argument is malformed, or arguments exclude each other.

    >>> import graphflow as tf
    >>> y = tf.layers.batch_normalization(tf.ones([2, 3]), training=True)
    >>> [update.name for update in tf.get_collection(tf.GraphKeys.UPDATE_OPS)]
    ['batch_normalization/AssignMovingAvg', 'batch_normalization/AssignMovingAvg_1']
    """
    layer = BatchNormalization(
        axis, momentum, epsilon, center, scale, beta_initializer, gamma_initializer,
        moving_mean_initializer, moving_variance_initializer, beta_regularizer, gamma_regularizer,
        beta_constraint, gamma_constraint, renorm, renorm_clipping, renorm_momentum, fused,
        trainable, virtual_batch_size, adjustment, name, _reuse=reuse, _scope=name,
    )  # fmt: skip
    return layer(inputs, training=training)  # type: ignore[no-any-return]
