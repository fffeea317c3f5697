"""`tensorflow.python.framework.tensor_util`."""

from __future__ import annotations

from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import get_static_value as constant_value, is_tensor as is_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.spec import TensorShape

__all__ = ["constant_value", "constant_value_as_shape", "is_tensor"]


def constant_value_as_shape(tensor: Tensor) -> TensorShape:
    """Return what is known of a shape that is the value of a tensor.

    Args:
      tensor: an integer vector, -1 for an unknown size; or a scalar of -1 for an unknown shape.

    Raises:
      ValueError: it is a scalar that is not known to be -1.

    >>> import graphflow as tf
    >>> rows = tf.shape(tf.placeholder(tf.float32, [None]))[0]
    >>> constant_value_as_shape(tf.stack([rows, 3])).as_list()
    [None, 3]
    """
    tensor = convert_to_tensor(tensor)
    if tensor.shape.ndims == 0:
        if constant_value(tensor) != -1:
            raise ValueError(
                f"the scalar {tensor!r} is no shape: only one known to be -1 stands for an "
                f"unknown shape{at_user_line()}"
            )
        return TensorShape(None)
    known = tensor.constant_value()
    sizes = tensor.partial_value() if known is None else tuple(known.tolist())
    if isinstance(sizes, tuple):
        return TensorShape([None if size is None or size < 0 else int(size) for size in sizes])
    rank = tensor.shape.with_rank(1)[0].value
    return TensorShape(None if rank is None else [None] * rank)
