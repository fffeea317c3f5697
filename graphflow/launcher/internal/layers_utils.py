"""`tensorflow.python.layers.utils`."""

from __future__ import annotations

from typing import Any

from graphflow.contrib.framework.tensors import smart_cond as smart_cond
from graphflow.core.graph import Tensor
from graphflow.layers.arguments import (
    checked_channels as normalize_data_format,
    checked_padding,
    output_length,
)

__all__ = ["normalize_data_format", "smart_cond"]


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


def normalize_padding(value: str) -> str:
    """Return a padding in lower case.

    Args:
      value: "valid" or "same", in any case.

    Raises:
      ValueError: it is neither.

    >>> normalize_padding("SAME")
    'same'
    """
    return checked_padding(value)


def conv_output_length(
    input_length: int | None, filter_size: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """Return how long the result of a convolution is, None if not known.

    Args:
      input_length: the length of the input.
      filter_size: the size of the filter.
      padding: "same", "valid" or "full".
      stride: the distance between its places.
      dilation: the distance between its taps.

    >>> [conv_output_length(10, 3, padding, 2) for padding in ("same", "valid", "full")]
    [5, 4, 6]
    """
    if input_length is None:
        return None
    if padding != "full":
        return output_length(input_length, filter_size, checked_padding(padding), stride, dilation)
    return (input_length + (filter_size - 1) * dilation + stride - 1) // stride
