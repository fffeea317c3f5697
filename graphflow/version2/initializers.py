"""Initializers with TensorFlow 2's defaults."""

from __future__ import annotations

from typing import Any

from graphflow.variables import initializers


def random_normal_initializer(
    mean: Any = 0.0, stddev: Any = 0.05, seed: int | None = None
) -> initializers.Initializer:
    """Return an initializer that draws from a normal distribution.

    Args:
      mean: its mean.
      stddev: its standard deviation.
      seed: with the graph's seed, what makes the numbers repeatable.

    >>> import graphflow as tf
    >>> tf.compat.v2.random_normal_initializer(4.0)([2, 3]).shape.as_list()
    [2, 3]
    """
    return initializers.RandomNormal(mean=mean, stddev=stddev, seed=seed)


def random_uniform_initializer(
    minval: Any = -0.05, maxval: Any = 0.05, seed: int | None = None
) -> initializers.Initializer:
    """Return an initializer that draws from an interval.

    Args:
      minval: its lower end.
      maxval: its upper end, which is not drawn.
      seed: with the graph's seed, what makes the numbers repeatable.

    >>> import graphflow as tf
    >>> tf.compat.v2.random_uniform_initializer()([2, 3]).shape.as_list()
    [2, 3]
    """
    return initializers.RandomUniform(minval=minval, maxval=maxval, seed=seed)
