"""Activations, and losses whose arguments come in the order of TensorFlow 0."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope

# Where SELU ends for very negative inputs: minus its scale times its alpha.
_SELU_FLOOR = -1.7580993408473766


def alpha_dropout(
    x: Any,
    keep_prob: Any,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Set elements to SELU's lowest value at random, and keep mean 0 and variance 1.

    Args:
      x: floating tensor, such as what `tf.nn.selu` gives.
      keep_prob: with which probability an element is kept; a number or a scalar tensor.
      noise_shape: shape of the random choices, broadcast to that of `x`; that of `x` by default.
      seed: seed of the random numbers.
      name: the operation's name scope.

    Returns:
      A tensor like `x`.

    Raises:
      ValueError: `keep_prob` is not above 0 and at most 1.

    >>> import graphflow as tf
    >>> tf.Session().run(alpha_dropout([1.0, -2.0, 5.0], keep_prob=1.0))
    array([ 1., -2.,  5.], dtype=float32)
    """
    with name_scope(name, "alpha_dropout", [x]):
        features = convert_to_tensor(x, name="x")
        if isinstance(keep_prob, (int, float)) and not 0 < keep_prob <= 1:
            raise ValueError(f"alpha_dropout: keep_prob is in (0, 1], not {keep_prob}")
        if isinstance(keep_prob, (int, float)) and keep_prob == 1:
            return features
        keep = convert_to_tensor(keep_prob, features.dtype, name="keep_prob")
        shape = noise_shape if noise_shape is not None else ops.shape(features)
        draws = ops.random_uniform(shape, seed=seed, dtype=features.dtype)
        kept = ops.floor(keep + draws)
        mixed = features * kept + _SELU_FLOOR * (1 - kept)
        # Scaled and shifted so that inputs of mean 0 and variance 1 give the same.
        scale = ops.rsqrt(keep + _SELU_FLOOR**2 * keep * (1 - keep))
        result: Tensor = scale * mixed - scale * _SELU_FLOOR * (1 - keep)
        result.set_shape(features.shape)
        return result


def deprecated_flipped_softmax_cross_entropy_with_logits(
    logits: Any, labels: Any, dim: int = -1, name: str | None = None
) -> Tensor:
    """Return `tf.nn.softmax_cross_entropy_with_logits` of arguments in the other order.

    Args:
      logits: floating tensor.
      labels: probabilities of the same shape and dtype.
      dim: the axis of the classes.
      name: the operation's name.

    >>> import graphflow as tf
    >>> loss = deprecated_flipped_softmax_cross_entropy_with_logits([[0.0, 0.0]], [[1.0, 0.0]])
    >>> tf.Session().run(tf.exp(loss))
    array([2.], dtype=float32)
    """
    # The labels get no gradients: they are data.
    return ops.softmax_cross_entropy_with_logits(labels=labels, logits=logits, dim=dim, name=name)


def deprecated_flipped_sparse_softmax_cross_entropy_with_logits(
    logits: Any, labels: Any, name: str | None = None
) -> Tensor:
    """Return `tf.nn.sparse_softmax_cross_entropy_with_logits` of arguments in the other order.

    Args:
      logits: floating tensor with the classes along its last axis.
      labels: int32 or int64 tensor with the class of each row.
      name: the operation's name.

    >>> import graphflow as tf
    >>> loss = deprecated_flipped_sparse_softmax_cross_entropy_with_logits([[0.0, 0.0]], [1])
    >>> tf.Session().run(tf.exp(loss))
    array([2.], dtype=float32)
    """
    return ops.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name=name)


def deprecated_flipped_sigmoid_cross_entropy_with_logits(
    logits: Any, targets: Any, name: str | None = None
) -> Tensor:
    """Return `tf.nn.sigmoid_cross_entropy_with_logits` of arguments in the other order.

    Args:
      logits: floating tensor.
      targets: probabilities of the same shape and dtype.
      name: the operation's name.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.exp(deprecated_flipped_sigmoid_cross_entropy_with_logits(0.0, 1.0)))
    np.float32(2.0)
    """
    return ops.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits, name=name)


def scaled_softplus(x: Any, alpha: Any, clip: Any = None, name: str | None = None) -> Tensor:
    """Return a smooth `relu`, `alpha * log(1 + exp(x / alpha))`.

    Args:
      x: floating tensor.
      alpha: tensor of the same dtype, above 0: the smaller, the sharper the bend. It is broadcast.
      clip: what the result is at most, a tensor of the same dtype; nothing is cut off without it.
      name: the operation's name scope.

    Returns:
      A tensor of the dtype of `x` and the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(scaled_softplus([-2000.0, 0.0, 1000.0], alpha=4.0, clip=6.0)).round(4)
    array([0.    , 2.7726, 6.    ], dtype=float32)
    """
    with name_scope(name, "scaled_softplus", [x, alpha, clip]):
        features = convert_to_tensor(x, name="x")
        sharpness: Any = convert_to_tensor(alpha, features.dtype, name="alpha")
        result: Tensor = sharpness * ops.softplus(features / sharpness)
        if clip is None:
            return result
        return ops.minimum(result, convert_to_tensor(clip, features.dtype, name="clip"))
