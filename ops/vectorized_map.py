"""`vectorized_map`: a function applied to each row, with results of any structure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Operation, at_user_line

__all__ = ["vectorized_map"]


def vectorized_map(fn: Callable[[Any], Any], elems: Any) -> Any:
    """Apply a function to each row of tensors and stack the results.

    The rows are computed one after the other, as `map_fn` does, whose `dtype` this function finds
    out: it calls `fn` once more, in a graph that is thrown away.

    Args:
      fn: takes a row in the structure of `elems`, returns a structure of tensors.
      elems: a tensor, or a structure of tensors, of the same first dimension.

    Returns:
      A structure like that of the results, with one more dimension in front.

    Raises:
      NotImplementedError: `fn` returns an operation.
      ValueError: `elems` holds no tensor.

    >>> import graphflow as tf
    >>> x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    >>> squares, counts = tf.vectorized_map(lambda row: (row * row, tf.size(row)), x)
    >>> [values.tolist() for values in tf.Session().run([squares, counts])]
    [[[1.0, 4.0], [9.0, 16.0]], [2, 2]]
    """
    tensors = [convert_to_tensor(item) for item in nest.flatten(elems)]
    if not tensors:
        raise ValueError(f"there are no tensors to map over{at_user_line()}")
    elems = nest.pack_sequence_as(elems, tensors)
    with FuncGraph("vectorized_map_trial").as_default():
        result = fn(nest.map_structure(lambda tensor: tensor[0], elems))
        if any(isinstance(item, Operation) for item in nest.flatten(result)):
            raise NotImplementedError(
                f"vectorized_map: a function that returns an operation{at_user_line()}"
            )
        dtypes = nest.map_structure(lambda item: convert_to_tensor(item).dtype.base_dtype, result)
    return ops.map_fn(fn, elems, dtype=dtypes)
