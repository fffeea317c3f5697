"""Arguments that layers share, brought to one form."""

from __future__ import annotations

from typing import Any

from graphflow.core.graph import at_user_line
from graphflow.core.spec import as_shape

# The layout in the words of ops, by whether channels come last and by the number of spatial axes.
_LAYOUTS = {
    "channels_last": {1: "NWC", 2: "NHWC", 3: "NDHWC"},
    "channels_first": {1: "NCW", 2: "NCHW", 3: "NCDHW"},
}


def per_axis(name: str, value: Any, count: int) -> tuple[int, ...]:
    """Return one number for each spatial axis.

    Args:
      name: the argument's name, for errors.
      value: a number for all axes, or one for each.
      count: the number of axes.

    Raises:
      ValueError: it is neither.

    >>> per_axis("strides", 3, 2), per_axis("strides", [2, 1], 2)
    ((3, 3), (2, 1))
    """
    if isinstance(value, int):
        return (value,) * count
    try:
        numbers = tuple(int(item) for item in value)
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != count:
        raise ValueError(
            f"{name} must be an integer or {count} of them, not {value!r}{at_user_line()}"
        )
    return numbers


def checked_padding(padding: str, allowed: tuple[str, ...] = ("valid", "same")) -> str:
    """Return a padding in lower case.

    Args:
      padding: its name.
      allowed: the names that are allowed.

    Raises:
      ValueError: it is not allowed.

    >>> checked_padding("SAME")
    'same'
    """
    lower = padding.lower() if isinstance(padding, str) else padding
    if lower not in allowed:
        raise ValueError(f"padding must be one of {allowed}, not {padding!r}{at_user_line()}")
    return lower


def checked_channels(data_format: str) -> str:
    """Return `channels_last` or `channels_first`.

    Args:
      data_format: one of these, in any case.

    Raises:
      ValueError: it is none of these.

    >>> checked_channels("Channels_First")
    'channels_first'
    """
    lower = data_format.lower() if isinstance(data_format, str) else data_format
    if lower not in _LAYOUTS:
        raise ValueError(
            f"data_format must be 'channels_last' or 'channels_first', not {data_format!r}"
            f"{at_user_line()}"
        )
    return lower


def layout(data_format: str, rank: int) -> str:
    """Return a data format in the words of ops.

    Args:
      data_format: `channels_last` or `channels_first`.
      rank: the number of spatial axes.

    >>> layout("channels_first", 2)
    'NCHW'
    """
    return _LAYOUTS[data_format][rank]


def channels_of(input_shape: Any, data_format: str, layer_name: str) -> tuple[int, int]:
    """Return the axis of the channels and their number.

    Args:
      input_shape: the shape of the inputs.
      data_format: `channels_last` or `channels_first`.
      layer_name: for errors.

    Raises:
      ValueError: the number is not known.

    >>> channels_of([None, 7, 7, 3], "channels_last", "conv2d")
    (-1, 3)
    """
    axis = 1 if data_format == "channels_first" else -1
    dims = as_shape(input_shape).as_tuple()
    count = None if not dims else dims[axis]
    if count is None:
        raise ValueError(
            f"The channel dimension of the inputs of layer {layer_name} should be defined. Found "
            f"`None`: their shape is {as_shape(input_shape)}{at_user_line()}"
        )
    return axis, count


def output_length(
    length: int | None, filter_size: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """Return how long the result of a convolution or pooling is; None if not known.

    Args:
      length: the length of the input.
      filter_size: the size of the filter.
      padding: `same`, `valid` or `causal`.
      stride: the distance between its places.
      dilation: the distance between its taps.

    >>> output_length(10, 3, "valid", 2), output_length(10, 3, "same", 3)
    (4, 4)
    """
    if length is None:
        return None
    taken = 0 if padding in ("same", "causal") else (filter_size - 1) * dilation
    return (length - taken + stride - 1) // stride


def transposed_length(length: Any, filter_size: int, padding: str, stride: int) -> Any:
    """Return how long the result of a transposed convolution is.

    Args:
      length: the length of the input, a number or a scalar tensor.
      filter_size: the size of the filter.
      padding: `same` or `valid`.
      stride: the distance between the places of the filter in the result.

    >>> transposed_length(4, 3, "valid", 2), transposed_length(4, 3, "same", 2)
    (9, 8)
    """
    result = length * stride
    if padding == "valid" and filter_size > stride:
        result = result + (filter_size - stride)
    return result
