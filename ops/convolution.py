"""Convolutions of any rank, in one dimension, with holes, and around operations on blocks.

TensorFlow 1.15 builds a convolution with holes (`dilation_rate`) from moves of space to the batch
and back.  Here it is one op with the attribute `dilations`: it gives the same values and tells more
of shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import get_static_value
from graphflow.core.deprecation import renamed_argument, warn_once
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.ops._layout import (
    as_ints,
    check_strides_with_holes,
    checked_layout,
    joined,
    per_spatial_axis,
    spatial_axes,
)

__all__ = [
    "atrous_conv2d",
    "atrous_conv2d_transpose",
    "conv1d",
    "conv1d_transpose",
    "conv_transpose",
    "convolution",
    "with_space_to_batch",
]


# -- one dimension ---------------------------------------------------------------------------------


def conv1d(
    value: Any = None,
    filters: Any = None,
    stride: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool | None = None,
    data_format: str | None = None,
    name: str | None = None,
    input: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolve sequences with filters (in the sense of neural nets: the filters are not flipped).

    Args:
      value: floating [batch, width, in channels], or NCW.
      filters: [filter width, in channels, out channels].
      stride: the distance between neighbouring places of the filter.
      padding: `"SAME"` or `"VALID"`.
      use_cudnn_on_gpu: recorded; there is no GPU here.
      data_format: `NWC` (the default) or `NCW`.
      name: the operation's name.
      input: new name of `value`.
      dilations: the distance between neighbouring taps of the filter.

    Returns:
      [batch, out width, out channels], or NCW.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x = tf.reshape([1.0, 2.0, 4.0, 8.0], [1, 4, 1])
    >>> step = tf.reshape([-1.0, 1.0], [2, 1, 1])
    >>> tf.Session().run(tf.nn.conv1d(x, step, 2, "VALID")).ravel()
    array([1., 4.], dtype=float32)
    """
    value = renamed_argument("input", input, "value", value)
    if data_format in ("NHWC", "NCHW"):
        warn_once(f"data_format {data_format!r} of conv1d is deprecated: use 'NWC' or 'NCW'")
    layout = checked_layout(data_format, 1)
    with name_scope(name, "conv1d", [value, filters]) as scope:
        axis = spatial_axes(layout).start
        image = ops.expand_dims(value, axis)
        image_filters = ops.expand_dims(filters, 0)
        wide = ops.conv2d(
            image,
            image_filters,
            _of_rows("stride", stride, layout),
            padding,
            use_cudnn_on_gpu is not False,
            checked_layout(layout, 2),
            _of_rows("dilations", 1 if dilations is None else dilations, layout),
            name=scope,
        )
        return ops.squeeze(wide, [axis])


def _of_rows(name: str, values: Any, layout: str) -> tuple[int, ...]:
    """Strides or dilations of an image of one row, from those of a sequence."""
    *_, width = per_spatial_axis(name, values, layout)[spatial_axes(layout)]
    return joined(checked_layout(layout, 2), 1, [1, width], 1)


def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """Apply the transpose of a convolution: what its gradient does to the sequences.

    Args:
      input: floating [batch, width, in channels], or NCW.
      filters: [filter width, out channels, in channels].
      output_shape: integers [3], the shape of the result.
      strides: the distance between neighbouring places of the filter in the result.
      padding: `"SAME"` or `"VALID"`.
      data_format: `NWC` or `NCW`.
      dilations: the distance between neighbouring taps of the filter.
      name: the operation's name.

    Returns:
      A tensor of the shape `output_shape`.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x = tf.reshape([1.0, 2.0], [1, 2, 1])
    >>> spread = tf.reshape([10.0, 3.0], [2, 1, 1])
    >>> y = tf.nn.conv1d_transpose(x, spread, [1, 4, 1], strides=2)
    >>> tf.Session().run(y).ravel()
    array([10.,  3., 20.,  6.], dtype=float32)
    """
    layout = checked_layout(data_format, 1)
    with name_scope(name, "conv1d_transpose", [input, filters, output_shape]) as scope:
        axis = spatial_axes(layout).start
        image = ops.expand_dims(input, axis)
        image_filters = ops.expand_dims(filters, 0)
        sizes = output_shape if isinstance(output_shape, Tensor) else list(output_shape)
        wide = ops.conv2d_transpose(
            image,
            image_filters,
            ops.concat([sizes[:axis], [1], sizes[axis:]], 0),
            _of_rows("strides", strides, layout),
            padding,
            checked_layout(layout, 2),
            scope,
            dilations=_of_rows("dilations", 1 if dilations is None else dilations, layout),
        )
        return ops.squeeze(wide, [axis])


# -- any rank --------------------------------------------------------------------------------------


def convolution(
    input: Any,
    filter: Any,
    padding: Any,
    strides: Any = None,
    dilation_rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolve sequences, images or volumes with filters, which may have holes.

    Args:
      input: floating [batch, *spatial sizes, in channels] with 1 to 3 sizes, or NC....
      filter: [*filter sizes, in channels, out channels].
      padding: `"SAME"` or `"VALID"`.
      strides: one number, or one for each spatial axis; 1 by default.
      dilation_rate: the distance between neighbouring taps of the filter, given like `strides`; if
        any is more than 1, all strides must be 1.
      name: the operation's name.
      data_format: such as `NHWC` (channels last, the default) or `NCHW`.
      filters: new name of `filter`.
      dilations: new name of `dilation_rate`.

    Returns:
      [batch, *out sizes, out channels], or NC....

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x = tf.reshape([1.0, 2.0, 4.0, 8.0], [1, 4, 1])
    >>> step = tf.reshape([-1.0, 1.0], [2, 1, 1])
    >>> y = tf.nn.convolution(x, step, "VALID", dilation_rate=[2])
    >>> tf.Session().run(y).ravel()
    array([3., 6.], dtype=float32)
    """
    filter = renamed_argument("filters", filters, "filter", filter)
    rate = renamed_argument("dilations", dilations, "dilation_rate", dilation_rate, default=1)
    with name_scope(name, "convolution", [input, filter]) as scope:
        input = convert_to_tensor(input, name="input")
        filter = convert_to_tensor(filter, name="filter", preferred_dtype=input.dtype)
        spatial = _spatial_rank(filter.shape, input.shape)
        layout = checked_layout(data_format, spatial)
        steps = per_spatial_axis("strides", 1 if strides is None else strides, layout)
        holes = per_spatial_axis("dilation_rate", rate, layout)
        check_strides_with_holes(steps, holes)
        convolve = (conv1d, ops.conv2d, ops.conv3d)[spatial - 1]
        return convolve(
            input, filter, steps, padding, data_format=layout, dilations=holes, name=scope
        )


def _spatial_rank(*shapes: TensorShape) -> int:
    """The number of spatial axes, from the first shape whose rank is known."""
    ranks = [shape.rank for shape in shapes if shape.rank is not None]
    if not ranks:
        raise ValueError("the rank of the input or of the filter must be known")
    if not 3 <= ranks[0] <= 5:
        raise ValueError(f"there must be 1 to 3 spatial axes: the ranks are {ranks}")
    return ranks[0] - 2


def conv_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """Apply the transpose of a convolution of sequences, images or volumes.

    Args:
      input: floating [batch, *spatial sizes, in channels] with 1 to 3 sizes, or NC....
      filters: [*filter sizes, out channels, in channels].
      output_shape: integers, the shape of the result.
      strides: one number, or one for each spatial axis.
      padding: `"SAME"` or `"VALID"`.
      data_format: such as `NHWC` (channels last, the default) or `NCHW`.
      dilations: the distance between neighbouring taps of the filter, given like `strides`.
      name: the operation's name.

    Returns:
      A tensor of the shape `output_shape`.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x = tf.constant([[[[1.0], [2.0]]]])
    >>> spread = tf.reshape([10.0, 3.0], [1, 2, 1, 1])
    >>> y = tf.nn.conv_transpose(x, spread, [1, 1, 4, 1], strides=[1, 2])
    >>> tf.Session().run(y).ravel()
    array([10.,  3., 20.,  6.], dtype=float32)
    """
    with name_scope(name, "conv_transpose", [input, filters, output_shape]) as scope:
        spatial = _spatial_rank(TensorShape([None] * _length(output_shape)))
        transpose = (conv1d_transpose, ops.conv2d_transpose, ops.conv3d_transpose)[spatial - 1]
        return transpose(
            input,
            filters,
            output_shape,
            strides,
            padding=padding,
            data_format=checked_layout(data_format, spatial),
            dilations=dilations,
            name=scope,
        )


def _length(output_shape: Any) -> int:
    """How many axes a wished shape has."""
    if isinstance(output_shape, Tensor):
        return output_shape.shape.num_elements() or 0
    try:
        return len(output_shape)
    except TypeError:
        raise ValueError(f"output_shape must be a list or a tensor, not {output_shape!r}") from None


def atrous_conv2d(
    value: Any, filters: Any, rate: int, padding: str, name: str | None = None
) -> Tensor:
    """Convolve images with filters that have holes.

    Args:
      value: floating [batch, height, width, in channels].
      filters: [filter height, filter width, in channels, out channels].
      rate: the distance between neighbouring taps of the filter.
      padding: `"SAME"` or `"VALID"`.
      name: the operation's name.

    Returns:
      [batch, out height, out width, out channels].

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 2.0, 4.0, 8.0, 16.0], [1, 1, 5, 1])
    >>> taps = tf.reshape([1.0, 10.0], [1, 2, 1, 1])
    >>> tf.Session().run(tf.nn.atrous_conv2d(image, taps, 3, "VALID")).ravel()
    array([ 81., 162.], dtype=float32)
    """
    return convolution(value, filters, padding, dilation_rate=rate, name=name)


def atrous_conv2d_transpose(
    value: Any,
    filters: Any,
    output_shape: Any,
    rate: int,
    padding: str,
    name: str | None = None,
) -> Tensor:
    """Apply the transpose of `atrous_conv2d`: what its gradient does to the images.

    Args:
      value: floating [batch, height, width, in channels].
      filters: [filter height, filter width, out channels, in channels].
      output_shape: integers [4], the shape of the result.
      rate: the distance between neighbouring taps of the filter.
      padding: `"SAME"` or `"VALID"`.
      name: the operation's name.

    Returns:
      A tensor of the shape `output_shape`.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x = tf.constant([[[[1.0], [2.0]]]])
    >>> taps = tf.reshape([1.0, 10.0], [1, 2, 1, 1])
    >>> y = tf.nn.atrous_conv2d_transpose(x, taps, [1, 1, 5, 1], 3, "VALID")
    >>> tf.Session().run(y).ravel()
    array([ 1.,  2.,  0., 10., 20.], dtype=float32)
    """
    with name_scope(name, "atrous_conv2d_transpose", [value, filters, output_shape]) as scope:
        value = convert_to_tensor(value, name="value")
        filters = convert_to_tensor(filters, name="filters", preferred_dtype=value.dtype)
        return ops.conv2d_transpose(
            value, filters, output_shape, 1, padding, name=scope, dilations=rate
        )


# -- around an operation on blocks -----------------------------------------------------------------


def with_space_to_batch(
    input: Any,
    dilation_rate: Any,
    padding: str,
    op: Callable[[Tensor, int, str], Tensor],
    filter_shape: Any = None,
    spatial_dims: Any = None,
    data_format: str | None = None,
) -> Tensor:
    """Apply an operation on windows so that its windows have holes.

    The pixels that lie `dilation_rate` apart become images of their own, the operation is applied
    to these, and the results are put together again.

    Args:
      input: a tensor with the batch first.
      dilation_rate: positive integers [N], the distance between neighbouring taps along each of the
        spatial axes.
      padding: `"SAME"` or `"VALID"`.
      op: a function of (tensor, number of spatial axes, padding) that returns a tensor.  Its
        padding is `padding` if there are no holes, else `"VALID"`.
      filter_shape: integers [N or more], the size of windows along the spatial axes; needed for
        `"SAME"` with holes.
      spatial_dims: ascending numbers of the N spatial axes, by default those behind the batch
        (behind the channels for a `data_format` that begins with NC).
      data_format: such as `NHWC` (the default) or `NCHW`.

    Returns:
      The operation's result.

    Raises:
      ValueError: an argument is malformed, or `filter_shape` is missing.

    >>> import graphflow as tf
    >>> x = tf.reshape([1.0, 5.0, 2.0, 7.0, 3.0], [1, 5, 1, 1])
    >>> pool = lambda x, rank, padding: tf.nn.max_pool(x, [1, 2, 1, 1], [1, 1, 1, 1], padding)
    >>> tf.Session().run(tf.nn.with_space_to_batch(x, [2, 1], "VALID", pool)).ravel()
    array([2., 7., 3.], dtype=float32)
    """
    input = convert_to_tensor(input, name="input")
    rate = convert_to_tensor(dilation_rate, "int32", name="dilation_rate")
    count = rate.shape.with_rank(1).num_elements()
    if count is None:
        raise ValueError(f"the number of dilation rates must be known: {rate!r}")
    padding = padding.upper()
    known_rate = get_static_value(rate)
    if known_rate is not None:
        if np.any(known_rate < 1):
            raise ValueError(f"dilation_rate {known_rate.tolist()}: all must be positive")
        if np.all(known_rate == 1):
            return op(input, count, padding)
    dims = _spatial_dims(spatial_dims, count, data_format)
    if input.shape.rank is not None:
        input.shape.with_rank_at_least(dims[-1] + 1)
    base = _base_paddings(padding, filter_shape, rate, count)
    paddings, crops = ops.required_space_to_batch_paddings(_sizes_along(input, dims), rate, base)
    blocks = _on_all_axes(rate, dims, 1)
    moved = ops.space_to_batch_nd(input, blocks, _on_all_axes(paddings, dims, 0))
    result = op(moved, count, "VALID")
    merged = ops.batch_to_space_nd(result, blocks, _on_all_axes(crops, dims, 0))
    if merged.shape.rank is not None:
        merged.set_shape([input.shape[0], *merged.shape[1:]])
    return merged


def _spatial_dims(spatial_dims: Any, count: int, data_format: str | None) -> list[int]:
    if spatial_dims is None:
        first = 2 if data_format is not None and data_format.startswith("NC") else 1
        return list(range(first, first + count))
    dims = as_ints("spatial_dims", spatial_dims)
    if len(dims) != count or dims[0] < 1 or dims != sorted(set(dims)):
        raise ValueError(f"spatial_dims {spatial_dims!r}: must be {count} ascending positive axes")
    return dims


def _base_paddings(padding: str, filter_shape: Any, rate: Tensor, count: int) -> Any:
    """The paddings that windows with holes need, [count, 2]."""
    if padding == "VALID":
        return None
    if padding != "SAME":
        raise ValueError(f"padding must be SAME or VALID, not {padding!r}")
    if filter_shape is None:
        raise ValueError("filter_shape is needed for SAME padding with a dilation_rate above 1")
    sizes = convert_to_tensor(filter_shape, "int32", name="filter_shape")[:count]
    known_sizes, known_rate = get_static_value(sizes), get_static_value(rate)
    if known_sizes is not None and known_rate is not None:
        total = (known_sizes - 1) * known_rate
        return np.stack([total // 2, total - total // 2], axis=1)
    extra = (sizes - 1) * rate
    return ops.stack([extra // 2, extra - extra // 2], axis=1)


def _sizes_along(input: Tensor, dims: Sequence[int]) -> Any:
    """The sizes of some axes: as numbers if they are known, else as a tensor."""
    if input.shape.rank is not None:
        sizes = [input.shape[axis].value for axis in dims]
        if None not in sizes:
            return sizes
    return ops.gather(ops.shape(input), list(dims))


def _on_all_axes(values: Tensor, dims: Sequence[int], neutral: int) -> Any:
    """Rows for the axes 1 to the last spatial one, neutral for those that are not spatial.

    They are numbers if they are known, else a tensor.
    """
    known = get_static_value(values)
    if known is not None:
        rows = np.full((dims[-1], *known.shape[1:]), neutral, known.dtype)
        rows[np.asarray(dims) - 1] = known
        return rows
    if list(dims) == list(range(1, len(dims) + 1)):
        return values
    filler = ops.fill(values.shape[1:].as_list(), neutral)
    return ops.stack(
        [values[dims.index(axis)] if axis in dims else filler for axis in range(1, dims[-1] + 1)]
    )
