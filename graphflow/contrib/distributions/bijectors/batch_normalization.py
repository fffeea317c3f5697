"""Batch normalization as a bijector."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.distributions.bijectors.base import Bijector
from graphflow.core.graph import Tensor
from graphflow.layers.normalization import BatchNormalization as BatchNormalizationLayer


class BatchNormalization(Bijector):
    """Normalized activations become others, with the mean and variance that a layer has learned.

    `inverse` normalizes; while training it takes the statistics of the batch, which the updates of
    the layer average. `forward` undoes it with these averages.

    Args:
      batchnorm_layer: a `tf.layers.BatchNormalization`; by default one whose gamma stays positive.
      training: whether `inverse` takes the statistics of the batch.
      validate_args: not used.
      name: name of the bijector.

    Raises:
      ValueError: the layer uses renormalization or virtual batches.

    >>> import graphflow as tf
    >>> bijector = tf.contrib.distributions.bijectors.BatchNormalization(training=False)
    >>> y = bijector.inverse([[3.0, 4.0], [5.0, 8.0]])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(y).round(2)
    array([[3., 4.],
           [5., 8.]], dtype=float32)
    """

    def __init__(
        self,
        batchnorm_layer: Any = None,
        training: bool = True,
        validate_args: bool = False,
        name: str = "batch_normalization",
    ) -> None:
        self.batchnorm = batchnorm_layer or BatchNormalizationLayer(
            gamma_constraint=_positive, fused=False
        )
        if self.batchnorm.renorm or self.batchnorm.virtual_batch_size:
            raise ValueError(f"{name}: the layer must not use renormalization or virtual batches")
        self._training = training
        super().__init__(forward_min_event_ndims=1, validate_args=validate_args, name=name)

    def _axes_summed(self, y: Tensor) -> list[int]:
        axis = self.batchnorm.axis
        kept = {(place + (y.shape.ndims or 0)) % (y.shape.ndims or 1) for place in _as_list(axis)}
        return [place for place in range(y.shape.ndims or 0) if place not in kept]

    def _inverse(self, y: Tensor) -> Tensor:
        return self.batchnorm(y, training=self._training)  # type: ignore[no-any-return]

    def _forward(self, x: Tensor) -> Any:
        layer = self.batchnorm
        if not layer.built:
            layer.build(x.shape)
        y = x if layer.beta is None else x - layer.beta
        if layer.gamma is not None:
            y = y / layer.gamma
        return y * ops.sqrt(layer.moving_variance + layer.epsilon) + layer.moving_mean

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        layer = self.batchnorm
        if not layer.built:
            layer.build(y.shape)
        if self._training:
            _, variance = ops.moments(y, self._axes_summed(y), keep_dims=False)
        else:
            variance = layer.moving_variance
        log_scale = -0.5 * ops.log(variance + layer.epsilon)
        if layer.gamma is not None:
            log_scale = log_scale + ops.log(layer.gamma)
        # All examples of the batch share one number.
        return ops.reduce_sum(log_scale) + ops.zeros_like(ops.reduce_sum(y, -1))


def _as_list(axis: Any) -> list[int]:
    return list(axis) if isinstance(axis, (list, tuple)) else [axis]


def _positive(gamma: Any) -> Tensor:
    return ops.relu(gamma) + 1e-6
