"""`tensorflow.python.framework.constant_op`."""

from __future__ import annotations

from typing import Any

from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.spec import as_shape


def _tensor_shape_tensor_conversion_function(
    s: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    """Return a fully known shape as a vector.

    Args:
      s: the shape.
      dtype: int32, the default, or int64.
      name: the operation's name.
      as_ref: must be false.

    Raises:
      ValueError: the shape is not fully known.
    """
    if as_ref:
        raise NotImplementedError("a shape has no reference: as_ref must be false")
    shape = as_shape(s)
    shape.assert_is_fully_defined()
    return convert_to_tensor(shape, dtype, name)
