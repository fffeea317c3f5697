"""Variables in parts, as a list of variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import float32
from graphflow.variables.scope import _variable_store, variable_scope


def create_partitioned_variables(
    shape: Sequence[int],
    slicing: Sequence[int],
    initializer: Any,
    dtype: Any = float32,
    trainable: bool = True,
    collections: Any = None,
    name: str | None = None,
    reuse: Any = None,
) -> list[Any]:
    """Return the parts of a variable; `tf.get_variable` with a partitioner is the newer way.

    Args:
      shape: the shape of the whole.
      slicing: how many parts there are along each axis; more than one along at most one axis.
      initializer: an initializer, or the whole value as a tensor.
      dtype: the dtype.
      trainable: whether optimizers train it.
      collections: further collections; by default that of the global variables.
      name: its name, by default "PartitionedVariable".
      reuse: whether it is shared: True, False, None or `tf.AUTO_REUSE`.

    Returns:
      The variables, in order.

    Raises:
      ValueError: `slicing` does not fit the shape, or the shape is ().

    >>> import graphflow as tf
    >>> parts = tf.create_partitioned_variables([5, 2], [2, 1], tf.zeros_initializer(), name="w")
    >>> [(part.name, part.shape.as_list()) for part in parts]
    [('w/part_0:0', [3, 2]), ('w/part_1:0', [2, 2])]
    """
    warn_once("create_partitioned_variables is deprecated: use get_variable with a partitioner")
    if len(shape) != len(slicing):
        raise ValueError(f"slicing gives a number of parts for each axis of {shape}, not {slicing}")
    if not shape:
        raise ValueError("a scalar cannot be cut into parts")
    with variable_scope(name, "PartitionedVariable", reuse=reuse) as scope:
        whole = scope.get_variable(
            _variable_store(),
            "",
            shape,
            dtype,
            initializer,
            trainable=trainable,
            collections=collections,
            partitioner=lambda **_: list(slicing),
        )
    return list(whole)
