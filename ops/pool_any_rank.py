"""Pooling of sequences, and of tensors with any number of spatial axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import renamed_argument
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.ops._layout import (
    check_strides_with_holes,
    checked_layout,
    per_axis,
    per_spatial_axis,
    same_or_valid,
    spatial_axes,
)

__all__ = ["avg_pool1d", "avg_pool_v2", "max_pool1d", "max_pool_v2", "pool"]

Pooling = Callable[..., Tensor]


def max_pool1d(
    input: Any,
    ksize: int | Sequence[int],
    strides: int | Sequence[int],
    padding: str,
    data_format: str | None = "NWC",
    name: str | None = None,
) -> Tensor:
    """Take the maximum of each window of sequences.

    Args:
      input: real [batch, width, channels], or NCW.
      ksize: the window's size: one number, or one for each of the 3 axes.
      strides: the distance between windows, given likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: `NWC` or `NCW`.
      name: the operation's name.

    Returns:
      The pooled sequences.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x = tf.reshape([1.0, 7.0, 3.0, 4.0, 2.0], [1, 5, 1])
    >>> tf.Session().run(tf.nn.max_pool1d(x, 2, 2, "SAME")).ravel()
    array([7., 4., 2.], dtype=float32)
    """
    with name_scope(name, "MaxPool1d", [input]) as scope:
        return _pool1d(ops.max_pool, input, ksize, strides, padding, data_format, scope)


def avg_pool1d(
    input: Any,
    ksize: int | Sequence[int],
    strides: int | Sequence[int],
    padding: str,
    data_format: str | None = "NWC",
    name: str | None = None,
) -> Tensor:
    """Take the average of each window of sequences; padding does not count.

    Args:
      input: floating [batch, width, channels], or NCW.
      ksize: the window's size: one number, or one for each of the 3 axes.
      strides: the distance between windows, given likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: `NWC` or `NCW`.
      name: the operation's name.

    Returns:
      The pooled sequences.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x = tf.reshape([1.0, 7.0, 3.0, 4.0, 2.0], [1, 5, 1])
    >>> tf.Session().run(tf.nn.avg_pool1d(x, 2, 2, "SAME")).ravel()
    array([4. , 3.5, 2. ], dtype=float32)
    """
    with name_scope(name, "AvgPool1D", [input]) as scope:
        return _pool1d(ops.avg_pool, input, ksize, strides, padding, data_format, scope)


def _pool1d(
    pool2d: Pooling, input: Any, ksize: Any, strides: Any, padding: str, data_format: Any, name: str
) -> Tensor:
    """Pool sequences as images of one row."""
    layout = checked_layout(data_format, 1)
    wide = checked_layout(layout, 2)
    axis = spatial_axes(layout).start
    sizes, steps = (
        (*values[:axis], 1, *values[axis:])
        for values in (per_axis("ksize", ksize, layout), per_axis("strides", strides, layout))
    )
    images = ops.expand_dims(input, axis)
    pooled = pool2d(images, sizes, steps, padding, data_format=wide, name=name)
    return ops.squeeze(pooled, [axis])


def max_pool_v2(
    input: Any,
    ksize: int | Sequence[int],
    strides: int | Sequence[int],
    padding: str,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Take the maximum of each window of sequences, images or volumes.

    Args:
      input: real [batch, *spatial sizes, channels] with 1 to 3 sizes, or NC....
      ksize: the window's size: one number, one for each spatial axis, or one for each axis.
      strides: the distance between windows, given likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: such as `NHWC` (channels last, the default) or `NCHW`.
      name: the operation's name.

    Returns:
      The pooled input.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x = tf.reshape([1.0, 7.0, 3.0, 4.0, 2.0], [1, 5, 1])
    >>> tf.Session().run(tf.nn.max_pool_v2(x, 2, 1, "VALID")).ravel()
    array([7., 7., 4., 4.], dtype=float32)
    """
    input = convert_to_tensor(input, name="input")
    poolings = (max_pool1d, ops.max_pool2d, ops.max_pool3d)
    return _of_rank(input, poolings)(input, ksize, strides, padding, data_format, name)


def avg_pool_v2(
    input: Any,
    ksize: int | Sequence[int],
    strides: int | Sequence[int],
    padding: str,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Take the average of each window of sequences, images or volumes; padding does not count.

    Args:
      input: floating [batch, *spatial sizes, channels] with 1 to 3 sizes, or NC....
      ksize: the window's size: one number, one for each spatial axis, or one for each axis.
      strides: the distance between windows, given likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: such as `NHWC` (channels last, the default) or `NCHW`.
      name: the operation's name.

    Returns:
      The pooled input.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x = tf.reshape([1.0, 7.0, 3.0, 4.0, 2.0], [1, 5, 1])
    >>> tf.Session().run(tf.nn.avg_pool_v2(x, 2, 1, "VALID")).ravel()
    array([4. , 5. , 3.5, 3. ], dtype=float32)
    """
    input = convert_to_tensor(input, name="input")
    poolings = (avg_pool1d, ops.avg_pool, ops.avg_pool3d)
    return _of_rank(input, poolings)(input, ksize, strides, padding, data_format, name)


def _of_rank(input: Tensor, poolings: Sequence[Pooling]) -> Pooling:
    """The function for as many spatial axes as the input has."""
    rank = input.shape.rank
    if rank is None:
        raise ValueError(f"the rank of the input must be known: {input!r}")
    if not 3 <= rank <= 5:
        raise ValueError(f"the input must have rank 3, 4 or 5: {input!r}")
    return poolings[rank - 3]


def pool(
    input: Any,
    window_shape: Sequence[int],
    pooling_type: str,
    padding: str,
    dilation_rate: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Sequence[int] | None = None,
) -> Tensor:
    """Take the maximum or average of each window, which may have holes.

    Args:
      input: floating [batch, *spatial sizes, channels] with 1 to 3 sizes, or NC....
      window_shape: the window's size along each spatial axis.
      pooling_type: `"MAX"` or `"AVG"` (padding does not count).
      padding: `"SAME"` or `"VALID"`; only `"VALID"` goes with holes.
      dilation_rate: the distance between neighbouring elements of a window along each spatial axis;
        if any is more than 1, all strides must be 1.
      strides: the distance between windows along each spatial axis; 1 by default.
      name: the operation's name.
      data_format: such as `NHWC` (channels last, the default) or `NCHW`.
      dilations: new name of `dilation_rate`.

    Returns:
      The pooled input.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x = tf.reshape([1.0, 7.0, 3.0, 4.0, 2.0], [1, 5, 1])
    >>> y = tf.nn.pool(x, [2], "MAX", "VALID", dilation_rate=[3])
    >>> tf.Session().run(y).ravel()
    array([4., 7.], dtype=float32)
    """
    rate = renamed_argument("dilations", dilations, "dilation_rate", dilation_rate, default=1)
    poolings = {"MAX": max_pool_v2, "AVG": avg_pool_v2}
    if pooling_type not in poolings:
        raise ValueError(f"pooling_type must be MAX or AVG, not {pooling_type!r}")
    with name_scope(name, f"{pooling_type.lower()}_pool", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        layout = checked_layout(data_format, len(window_shape))
        input.shape.assert_has_rank(len(layout))
        windows = per_axis("window_shape", window_shape, layout)
        steps = per_axis("strides", 1 if strides is None else strides, layout)
        holes = per_spatial_axis("dilation_rate", rate, layout)[spatial_axes(layout)]
        check_strides_with_holes(steps, holes)
        if max(holes) > 1 and same_or_valid(padding) == "SAME":
            raise ValueError(f"SAME padding does not go with dilation_rate {holes}: use VALID")

        def pooled(blocks: Tensor, _rank: int, padding: str) -> Tensor:
            return poolings[pooling_type](blocks, windows, steps, padding, layout, scope)

        return ops.with_space_to_batch(
            input, holes, padding, pooled, window_shape, data_format=layout
        )
