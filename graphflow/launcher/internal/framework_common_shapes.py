"""`tensorflow.python.framework.common_shapes`."""

from __future__ import annotations

from graphflow.core.spec import TensorShape
from graphflow.ops import broadcast_static_shape


def broadcast_shape(shape_x: TensorShape, shape_y: TensorShape) -> TensorShape:
    """Return the shape that two broadcast to, see `tf.broadcast_static_shape`.

    Args:
      shape_x: a shape, possibly partly unknown.
      shape_y: another.

    Raises:
      ValueError: they do not broadcast.

    >>> broadcast_shape(TensorShape([3, 1]), TensorShape([4])).as_list()
    [3, 4]
    """
    return broadcast_static_shape(shape_x, shape_y)
