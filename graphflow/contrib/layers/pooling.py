"""Layers that take the maximum or mean of windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import add_arg_scope
from graphflow.contrib.layers.utils import collect_named_outputs, n_positive_integers
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope


@add_arg_scope
def max_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: str | None = None,
) -> Tensor:
    """Take the maximum of each window of images.

    Args:
      inputs: [batch, height, width, channels], or NCHW.
      kernel_size: height and width of the windows, or one number for both.
      stride: the distance between windows, likewise.
      padding: "VALID" or "SAME".
      data_format: "NHWC" or "NCHW".
      outputs_collections: collections for the output.
      scope: name scope of the operations, "MaxPool2D" by default.

    Returns:
      The pooled images.

    Raises:
      ValueError: an argument is malformed.

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.max_pool2d(tf.ones([1, 5, 6, 3]), [2, 3])
    >>> y.name, y.shape.as_list()
    ('MaxPool2D/MaxPool:0', [1, 2, 2, 3])
    """
    return _pooled(
        ops.max_pool, "MaxPool2D", ("NHWC", "NCHW"), inputs, kernel_size, stride, padding,
        data_format, outputs_collections, scope,
    )  # fmt: skip


@add_arg_scope
def avg_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: str | None = None,
) -> Tensor:
    """Take the mean of each window of images; padding does not count.

    Args:
      inputs: [batch, height, width, channels], or NCHW.
      kernel_size: height and width of the windows, or one number for both.
      stride: the distance between windows, likewise.
      padding: "VALID" or "SAME".
      data_format: "NHWC" or "NCHW".
      outputs_collections: collections for the output.
      scope: name scope of the operations, "AvgPool2D" by default.

    Returns:
      The pooled images.

    Raises:
      ValueError: an argument is malformed.

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.avg_pool2d(tf.ones([1, 5, 6, 3]), 3, stride=1, padding="SAME")
    >>> y.name, y.shape.as_list()
    ('AvgPool2D/AvgPool:0', [1, 5, 6, 3])
    """
    return _pooled(
        ops.avg_pool, "AvgPool2D", ("NHWC", "NCHW"), inputs, kernel_size, stride, padding,
        data_format, outputs_collections, scope,
    )  # fmt: skip


@add_arg_scope
def max_pool3d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NDHWC",
    outputs_collections: Any = None,
    scope: str | None = None,
) -> Tensor:
    """Take the maximum of each window of volumes.

    Args:
      inputs: [batch, depth, height, width, channels], or NCDHW.
      kernel_size: depth, height and width of the windows, or one number for all.
      stride: the distance between windows, likewise.
      padding: "VALID" or "SAME".
      data_format: "NDHWC" or "NCDHW".
      outputs_collections: collections for the output.
      scope: name scope of the operations, "MaxPool3D" by default.

    Returns:
      The pooled volumes.

    Raises:
      ValueError: an argument is malformed.
    """
    return _pooled(
        ops.max_pool3d, "MaxPool3D", ("NDHWC", "NCDHW"), inputs, kernel_size, stride, padding,
        data_format, outputs_collections, scope,
    )  # fmt: skip


@add_arg_scope
def avg_pool3d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NDHWC",
    outputs_collections: Any = None,
    scope: str | None = None,
) -> Tensor:
    """Take the mean of each window of volumes; padding does not count.

    Args:
      inputs: [batch, depth, height, width, channels], or NCDHW.
      kernel_size: depth, height and width of the windows, or one number for all.
      stride: the distance between windows, likewise.
      padding: "VALID" or "SAME".
      data_format: "NDHWC" or "NCDHW".
      outputs_collections: collections for the output.
      scope: name scope of the operations, "AvgPool3D" by default.

    Returns:
      The pooled volumes.

    Raises:
      ValueError: an argument is malformed.
    """
    return _pooled(
        ops.avg_pool3d, "AvgPool3D", ("NDHWC", "NCDHW"), inputs, kernel_size, stride, padding,
        data_format, outputs_collections, scope,
    )  # fmt: skip


def _pooled(
    pool_op: Callable[..., Tensor],
    default_name: str,
    formats: tuple[str, str],
    inputs: Any,
    kernel_size: Any,
    stride: Any,
    padding: str,
    data_format: str,
    outputs_collections: Any,
    scope: str | None,
) -> Tensor:
    if data_format not in formats:
        raise ValueError(
            f"data_format must be {' or '.join(formats)}, not {data_format!r}{at_user_line()}"
        )
    with name_scope(scope, default_name, [inputs]) as opened:
        inputs = convert_to_tensor(inputs)
        windows = _of_all_axes(kernel_size, data_format)
        strides = _of_all_axes(stride, data_format)
        outputs = pool_op(inputs, windows, strides, padding.upper(), data_format)
        return collect_named_outputs(outputs_collections, opened, outputs)  # type: ignore[no-any-return]


def _of_all_axes(sizes: Any, data_format: str) -> list[int]:
    spatial = n_positive_integers(len(data_format) - 2, sizes)
    return [1, 1, *spatial] if data_format.startswith("NC") else [1, *spatial, 1]


@add_arg_scope
def pool(
    inputs: Any,
    kernel_size: Any,
    pooling_type: str,
    padding: str = "VALID",
    data_format: str | None = None,
    dilation_rate: Any = 1,
    stride: Any = 1,
    outputs_collections: Any = None,
    scope: str | None = None,
) -> Tensor:
    """Take the maximum or mean of each window, which may have holes.

    Args:
      inputs: [batch, *sizes, channels] with 1 to 3 sizes, or NC....
      kernel_size: the size of the windows along each axis, or one number for all.
      pooling_type: "MAX" or "AVG".
      padding: "VALID" or "SAME".
      data_format: such as "NHWC" or "NCHW".
      dilation_rate: the distance between neighbouring elements of a window.
      stride: the distance between windows.
      outputs_collections: collections for the output.
      scope: name scope of the operations, "max_pool" or "avg_pool" by default.

    Returns:
      The pooled inputs.

    Raises:
      ValueError: the rank is not known or less than 3, or an argument is malformed.

    >>> import graphflow as tf
    >>> tf.contrib.layers.pool(tf.ones([2, 7, 3]), 3, "AVG", stride=2).shape.as_list()
    [2, 3, 3]
    """
    with name_scope(scope, f"{pooling_type.lower()}_pool", [inputs]) as opened:
        inputs = convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if rank is None or rank < 3:
            raise ValueError(
                f"the inputs of pool must have a rank of 3 or more, not shape {inputs.shape}"
                f"{at_user_line()}"
            )
        outputs = ops.pool(
            inputs,
            window_shape=n_positive_integers(rank - 2, kernel_size),
            pooling_type=pooling_type,
            padding=padding,
            data_format=data_format,
            dilation_rate=n_positive_integers(rank - 2, dilation_rate),
            strides=n_positive_integers(rank - 2, stride),
            name=opened,
        )
        return collect_named_outputs(outputs_collections, opened, outputs)  # type: ignore[no-any-return]
