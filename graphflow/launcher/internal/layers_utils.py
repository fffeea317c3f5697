"""`tensorflow.python.layers.utils`."""

from __future__ import annotations

from typing import Any

from graphflow.contrib.framework.tensors import smart_cond as smart_cond
from graphflow.core.graph import Tensor


def constant_value(pred: Any) -> bool | None:
    """Return the value of a predicate that is known while the graph is built, else None.

    Args:
      pred: a bool, 0 or 1, a variable or a tensor.
    """
    if isinstance(pred, (bool, int)):
        return bool(pred)
    value = pred.constant_value() if isinstance(pred, Tensor) else None
    return None if value is None else bool(value)


def convert_data_format(data_format: str, ndim: int) -> str:
    """Return the data format of an op for that of a layer.

    Args:
      data_format: "channels_last" or "channels_first".
      ndim: the rank of the inputs.

    >>> convert_data_format("channels_first", 4)
    'NCHW'
    """
    spatial = "DHW"[5 - ndim :]
    return f"NC{spatial}" if data_format == "channels_first" else f"N{spatial}C"


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """Return a size in each dimension.

    Args:
      value: an int, or `n` of them.
      n: how many dimensions there are.
      name: what the value is called in errors.

    Raises:
      ValueError: there are more or fewer.
    """
    values = (value,) * n if isinstance(value, int) else tuple(value)
    if len(values) != n:
        raise ValueError(f"{name} must be an int or {n} of them, not {value!r}")
    return tuple(int(item) for item in values)
