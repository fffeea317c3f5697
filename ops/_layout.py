"""Public arguments that name the axes of images: data formats, and one number for each axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphflow.ops.kernels.windows import channels_stand_last

# The layouts of images with 1, 2 and 3 spatial axes, channels last and channels first.
_LAYOUTS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def checked_layout(data_format: str | None, spatial: int) -> str:
    """Return the name of a layout, the one with channels last by default.

    Args:
      data_format: its name, or that of its relative of another rank; None for the default.
      spatial: the number of spatial axes.

    Raises:
      ValueError: there is no such layout.

    >>> checked_layout("NCHW", 3), checked_layout(None, 2)
    ('NCDHW', 'NHWC')
    """
    last, first = _LAYOUTS[spatial]
    if not data_format or data_format in ("NWC", "NHWC", "NDHWC"):
        return last
    if data_format in ("NCW", "NCHW", "NCDHW"):
        return first
    raise ValueError(f"data_format must be {last} or {first}, not {data_format!r}")


def channel_axis(layout: str) -> int:
    """Return the axis of the channels in a layout.

    >>> channel_axis("NDHWC"), channel_axis("NCHW")
    (4, 1)
    """
    return len(layout) - 1 if channels_stand_last(layout, len(layout)) else 1


def spatial_axes(layout: str) -> slice:
    """Return where the spatial axes are in a layout.

    >>> spatial_axes("NHWC"), spatial_axes("NCDHW")
    (slice(1, 3, None), slice(2, 5, None))
    """
    rank = len(layout)
    return slice(1, rank - 1) if channel_axis(layout) > 1 else slice(2, rank)


def joined(layout: str, batch: Any, spatial: Sequence[Any], channels: Any) -> tuple[Any, ...]:
    """Return something for each axis in the order of a layout.

    >>> joined("NCHW", 7, [2, 3], 5)
    (7, 5, 2, 3)
    """
    if channel_axis(layout) > 1:
        return (batch, *spatial, channels)
    return (batch, channels, *spatial)


def as_ints(name: str, values: Any) -> list[int]:
    """Return a number or a sequence of numbers as a list.

    Raises:
      ValueError: it is None.
      TypeError: it is something else.
    """
    if values is None:
        raise ValueError(f"the argument {name!r} is missing")
    try:
        return [int(value) for value in (values if np.iterable(values) else [values])]
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be an integer or a list of them, not {values!r}") from error


def per_axis(name: str, values: Any, layout: str) -> tuple[int, ...]:
    """Return positive numbers for all axes, given one for all spatial axes, one each, or all.

    Args:
      name: of the argument.
      values: its value.
      layout: in whose order the axes are.

    Raises:
      ValueError: there are too many or too few, or one is below 1.

    >>> per_axis("strides", 2, "NCHW"), per_axis("strides", [2, 3], "NHWC")
    ((1, 1, 2, 2), (1, 2, 3, 1))
    """
    rank = len(layout)
    items = as_ints(name, values)
    if len(items) == 1:
        items *= rank - 2
    if len(items) == rank - 2:
        items = list(joined(layout, 1, items, 1))
    if len(items) != rank:
        raise ValueError(
            f"{name} must have 1, {rank - 2} or {rank} numbers for {layout}, not {values!r}"
        )
    if min(items) < 1:
        raise ValueError(f"{name} {values!r}: all must be at least 1")
    return tuple(items)


def per_spatial_axis(name: str, values: Any, layout: str) -> tuple[int, ...]:
    """Like `per_axis`, but refuse anything but 1 for batch and channels.

    Raises:
      ValueError: as `per_axis`, or batch or channels have another number.

    >>> per_spatial_axis("dilations", [1, 2, 4, 1], "NHWC")
    (1, 2, 4, 1)
    """
    items = per_axis(name, values, layout)
    if items[0] != 1 or items[channel_axis(layout)] != 1:
        raise ValueError(
            f"{name} {values!r}: along batch and channels only 1 is possible ({layout})"
        )
    return items


def same_or_valid(padding: Any) -> str:
    """Return the name of a padding in capitals.

    Raises:
      ValueError: it is neither SAME nor VALID.
    """
    name = padding.decode() if isinstance(padding, bytes) else padding
    if not isinstance(name, str) or name.upper() not in ("SAME", "VALID"):
        raise ValueError(f"padding must be SAME or VALID, not {padding!r}")
    return name.upper()


def check_strides_with_holes(strides: Sequence[int], dilations: Sequence[int]) -> None:
    """Raise ValueError if there are both strides and holes."""
    if max(strides) > 1 and max(dilations) > 1:
        raise ValueError(
            f"strides {tuple(strides)} above 1 do not go with dilations {tuple(dilations)} above 1"
        )
