"""Batches in which each example stands several times, once for each beam."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import get_static_value
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape


def tile_batch(t: Any, multiplier: Any, name: str | None = None) -> Any:
    """Repeat each example of a batch, as a beam search needs the outputs of an encoder.

    Args:
      t: a structure of tensors [batch, ...].
      multiplier: how often each example is to stand, one after the other.
      name: the name scope of the operations.

    Returns:
      A structure of tensors [batch * multiplier, ...].

    Raises:
      ValueError: a tensor is a scalar, or its rank is not known.

    >>> import graphflow as tf
    >>> t = tf.constant([[1, 2], [3, 4]])
    >>> tf.Session().run(tf.contrib.seq2seq.tile_batch(t, 2))
    array([[1, 2],
           [1, 2],
           [3, 4],
           [3, 4]], dtype=int32)
    """
    with name_scope(name, "tile_batch", [*nest.flatten(t), multiplier]):
        return nest.map_structure(lambda item: _tiled(item, multiplier), t)


def _tiled(t: Any, multiplier: Any) -> Tensor:
    t = convert_to_tensor(t, name="t")
    if not t.shape.rank:
        raise ValueError(
            f"t must have a batch axis and a known rank, {t!r} has shape {t.shape}{at_user_line()}"
        )
    shape = ops.shape(t)
    ones = [1] * (t.shape.rank - 1)
    tiled = ops.tile(ops.expand_dims(t, 1), [1, multiplier, *ones])
    tiled = ops.reshape(tiled, ops.concat([[shape[0] * multiplier], shape[1:]], 0))
    count = get_static_value(multiplier)
    batch = t.shape.as_list()[0]
    size = None if batch is None or count is None else batch * int(count)
    tiled.set_shape(TensorShape([size]).concatenate(t.shape[1:]))
    return tiled
