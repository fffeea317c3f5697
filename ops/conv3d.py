"""Three-dimensional convolution and its gradients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from graphflow.core.build import apply
from graphflow.core.deprecation import renamed_argument
from graphflow.core.dtypes import FLOATING, INDEX
from graphflow.core.graph import Tensor
from graphflow.core.op import register
from graphflow.core.scopes import name_scope
from graphflow.ops._conv import (
    Case,
    Convolution,
    ConvOp,
    FilterGradient,
    InputGradient,
    conv_attributes,
)

__all__ = [
    "Conv3D",
    "Conv3DBackpropFilterV2",
    "Conv3DBackpropInputV2",
    "conv3d",
    "conv3d_backprop_filter",
    "conv3d_backprop_filter_v2",
    "conv3d_transpose",
]

_ONES = (1, 1, 1, 1, 1)


class _Conv3DFamily(ConvOp):
    """What the three ops share."""

    forward = "Conv3D"
    input_gradient = "Conv3DBackpropInputV2"
    filter_gradient = "Conv3DBackpropFilterV2"

    @classmethod
    def cases(cls) -> Iterator[Case]:
        random = np.random.RandomState(6)
        image, filters = random.normal(size=(2, 4, 3, 5, 2)), random.normal(size=(2, 1, 3, 2, 3))
        yield {"strides": _ONES, "padding": "SAME"}, image, filters
        yield {"strides": (1, 2, 1, 2, 1), "padding": "SAME"}, image, filters
        yield {"strides": (1, 1, 2, 1, 1), "padding": "VALID"}, image[:1], filters
        dilated = {"strides": _ONES, "padding": "VALID", "dilations": (1, 2, 1, 1, 1)}
        yield dilated, image[:1], filters
        ncdhw = {"strides": (1, 1, 2, 1, 1), "padding": "SAME", "data_format": "NCDHW"}
        yield ncdhw, image[:1].transpose(0, 4, 1, 2, 3), filters


@register
class Conv3D(_Conv3DFamily, Convolution):
    """Convolution of volumes with filters (not flipped)."""

    strides: tuple[int, ...]
    padding: str
    data_format: str = "NDHWC"
    dilations: tuple[int, ...] = _ONES


@register
class Conv3DBackpropInputV2(_Conv3DFamily, InputGradient):
    """The gradient of a convolution with respect to its volumes."""

    strides: tuple[int, ...]
    padding: str
    data_format: str = "NDHWC"
    dilations: tuple[int, ...] = _ONES

    inputs = "input_sizes: Tshape, filter: T, out_backprop: T"
    types = {"T": FLOATING, "Tshape": INDEX}


@register
class Conv3DBackpropFilterV2(_Conv3DFamily, FilterGradient):
    """The gradient of a convolution with respect to its filters."""

    strides: tuple[int, ...]
    padding: str
    data_format: str = "NDHWC"
    dilations: tuple[int, ...] = _ONES


def conv3d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    data_format: str | None = "NDHWC",
    dilations: Any = _ONES,
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolve volumes with filters (in the sense of neural nets: the filters are not flipped).

    Args:
      input: floating [batch, depth, height, width, in channels], or NCDHW.
      filter: [filter depth, filter height, filter width, in channels, out channels].
      strides: one number for each of the 5 axes (or for the 3 spatial ones, or one for these).
      padding: `"SAME"` or `"VALID"`.
      data_format: `NDHWC` or `NCDHW`.
      dilations: the distance between neighbouring taps of the filter, given like `strides`.
      name: the operation's name.
      filters: new name of `filter`.

    Returns:
      [batch, out depth, out height, out width, out channels], or NCDHW.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> volume = tf.reshape(tf.range(12.0), [1, 2, 2, 3, 1])
    >>> steps = tf.reshape(tf.constant([-1.0, 3.0]), [2, 1, 1, 1, 1])  # along the depth
    >>> y = tf.nn.conv3d(volume, steps, strides=[1, 1, 1, 2, 1], padding="VALID")
    >>> tf.Session().run(y)[0, :, :, :, 0]
    array([[[18., 22.],
            [24., 28.]]], dtype=float32)
    """
    filter = renamed_argument("filters", filters, "filter", filter)
    op = Conv3D(**conv_attributes(3, strides, padding, data_format, dilations))
    return apply(op, input, filter, name=name)


def conv3d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """Compute the gradient of a three-dimensional convolution with respect to its filters.

    Args:
      input: the volumes, as for `conv3d`.
      filter_sizes: int32 [5], the shape of the filters.
      out_backprop: the gradient for the output.
      strides: as for `conv3d`, like the following.
      padding: see `conv3d`.
      data_format: see `conv3d`.
      dilations: see `conv3d`.
      name: the operation's name.

    Returns:
      A tensor of the shape `filter_sizes`.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> volume = tf.reshape(tf.constant([1.0, 2.0, 5.0]), [1, 3, 1, 1, 1])
    >>> dy = tf.reshape(tf.constant([10.0, 20.0]), [1, 2, 1, 1, 1])
    >>> sizes = [2, 1, 1, 1, 1]
    >>> dw = tf.nn.conv3d_backprop_filter(volume, sizes, dy, [1, 1, 1, 1, 1], "VALID")
    >>> tf.Session().run(dw).ravel()
    array([ 50., 120.], dtype=float32)
    """
    op = Conv3DBackpropFilterV2(**conv_attributes(3, strides, padding, data_format, dilations))
    return apply(op, input, filter_sizes, out_backprop, name=name)


conv3d_backprop_filter_v2 = conv3d_backprop_filter


def conv3d_transpose(
    value: Any,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: Any = "SAME",
    data_format: str | None = "NDHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Apply the transpose of a convolution: what its gradient does to the volumes.

    Args:
      value: floating [batch, depth, height, width, in channels], or NCDHW.
      filter: [filter depth, filter height, filter width, out channels, in channels].
      output_shape: integers [5], the shape of the result.
      strides: as for `conv3d`.
      padding: as for `conv3d`.
      data_format: `NDHWC` or `NCDHW`.
      name: the operation's name.
      input: new name of `value`.
      filters: new name of `filter`.
      dilations: as for `conv3d`.

    Returns:
      A tensor of the shape `output_shape`.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x = tf.reshape(tf.constant([1.0, 2.0]), [1, 2, 1, 1, 1])
    >>> spread = tf.reshape(tf.constant([10.0, 3.0]), [2, 1, 1, 1, 1])
    >>> y = tf.nn.conv3d_transpose(x, spread, [1, 4, 1, 1, 1], strides=[1, 2, 1, 1, 1])
    >>> tf.Session().run(y).ravel()
    array([10.,  3., 20.,  6.], dtype=float32)
    """
    value = renamed_argument("input", input, "value", value)
    filter = renamed_argument("filters", filters, "filter", filter)
    attributes = conv_attributes(3, strides, padding, data_format, dilations)
    with name_scope(name, "conv3d_transpose", [value, filter, output_shape]) as scope:
        op = Conv3DBackpropInputV2(**attributes)
        return apply(op, output_shape, filter, value, name=scope)
