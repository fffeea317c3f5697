"""Strategies that choose a parameter server for each variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class RandomStrategy:
    """Chooses servers at random.

    Args:
      num_tasks: the number of servers.
      seed: the random seed.
    """

    def __init__(self, num_tasks: int, seed: int = 0) -> None:
        self._num_tasks = num_tasks
        self._random = np.random.RandomState(seed)

    def __call__(self, op: Any) -> int:
        """Return the number of a server for an operation."""
        return int(self._random.randint(0, self._num_tasks))


class GreedyLoadBalancingStrategy:
    """Chooses the server that has the least to do so far.

    Args:
      num_tasks: the number of servers.
      load_fn: tells how much an operation has to do.

    >>> sizes = {"a": 5, "b": 2, "c": 1, "d": 4}
    >>> strategy = GreedyLoadBalancingStrategy(2, sizes.get)
    >>> [strategy(name) for name in "abcd"]
    [0, 1, 1, 1]
    """

    def __init__(self, num_tasks: int, load_fn: Callable[[Any], float]) -> None:
        self._load_fn = load_fn
        self._loads = np.zeros(num_tasks)

    def __call__(self, op: Any) -> int:
        """Return the number of a server for an operation."""
        task = int(np.argmin(self._loads))
        self._loads[task] += self._load_fn(op)
        return task


def byte_size_load_fn(op: Any) -> int:
    """Return how many bytes the output of an operation has.

    Args:
      op: an operation with one output of known shape, such as a variable.

    Raises:
      ValueError: it has several outputs, or one of unknown shape.

    >>> import graphflow as tf
    >>> byte_size_load_fn(tf.zeros([3, 5]).op)
    60
    """
    if len(op.outputs) != 1:
        raise ValueError(f"{op.name} has {len(op.outputs)} outputs, not one")
    count = op.outputs[0].shape.num_elements()
    if count is None:
        raise ValueError(f"the shape of {op.name} is not known")
    return int(count) * int(op.outputs[0].dtype.size)
