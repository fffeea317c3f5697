"""`tensorflow.python.ops.distributions.util`."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.distributions.parameters import (
    gen_new_seed as gen_new_seed,
    get_logits_and_probs as get_logits_and_probs,
    log_combinations as log_combinations,
)


def rotate_transpose(x: Any, shift: int, name: str = "rotate_transpose") -> Tensor:
    """Return a tensor whose last axes became the first ones.

    Args:
      x: a tensor of known rank.
      shift: how many; as many of the first ones become the last ones, if negative.
      name: name of the operation.

    >>> import graphflow as tf
    >>> rotate_transpose(tf.ones([2, 3, 5]), 1).shape.as_list()
    [5, 2, 3]
    """
    tensor = convert_to_tensor(x)
    rank = tensor.shape.ndims
    if rank is None:
        raise ValueError(f"the rank of {tensor!r} must be known")
    axes = list(range(rank))
    places = shift % rank if rank else 0
    return ops.transpose(tensor, axes[rank - places :] + axes[: rank - places], name=name)


def prefer_static_rank(x: Any) -> Any:
    """Return the rank of a tensor: an int if it is known.

    Args:
      x: a tensor.
    """
    tensor = convert_to_tensor(x)
    return ops.rank(tensor) if tensor.shape.ndims is None else tensor.shape.ndims


def prefer_static_shape(x: Any) -> Any:
    """Return the shape of a tensor: a list of ints if it is known.

    Args:
      x: a tensor.
    """
    tensor = convert_to_tensor(x)
    return tensor.shape.as_list() if tensor.shape.is_fully_defined() else ops.shape(tensor)
