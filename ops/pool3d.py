"""Pooling of volumes and its gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor
from graphflow.core.op import register
from graphflow.core.scopes import name_scope
from graphflow.ops._pool import (
    AveragePooling,
    AveragePoolingGradient,
    Case,
    MaxPooling,
    MaxPoolingGradient,
    MaxPoolingGradientGradient,
    PoolOp,
    pool_attributes,
)

__all__ = [
    "AvgPool3D",
    "AvgPool3DGrad",
    "MaxPool3D",
    "MaxPool3DGrad",
    "MaxPool3DGradGrad",
    "avg_pool3d",
    "max_pool3d",
]


class _Pool3D(PoolOp):
    """What the ops share."""

    rank = 5
    types: ClassVar[Any] = {"T": {float32}}  # what TensorFlow 1.15 takes on a CPU

    @classmethod
    def cases(cls) -> Iterator[Case]:
        image = np.random.RandomState(8).permutation(120).reshape(1, 4, 3, 5, 2) / 8.0 - 3
        yield {"ksize": (1, 2, 2, 2, 1), "strides": (1, 2, 1, 2, 1), "padding": "SAME"}, image
        yield {"ksize": (1, 2, 1, 3, 1), "strides": (1, 1, 2, 1, 1), "padding": "VALID"}, image

    @classmethod
    def channels_first_case(cls) -> Case:
        image = np.random.RandomState(7).permutation(80).reshape(2, 1, 2, 5, 4) / 8.0 - 3
        attributes = {"ksize": (1, 1, 2, 2, 2), "strides": (1, 1, 1, 2, 1), "padding": "SAME"}
        return {**attributes, "data_format": "NCDHW"}, image


class _MaxPool3D(_Pool3D):
    pool = "MaxPool3D"
    pool_grad = "MaxPool3DGrad"
    pool_grad_grad = "MaxPool3DGradGrad"


@register
class MaxPool3D(_MaxPool3D, MaxPooling):
    """The maximum of each window."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    data_format: str = "NDHWC"


@register
class MaxPool3DGrad(_MaxPool3D, MaxPoolingGradient):
    """The gradient of `MaxPool3D`: it goes to the first maximum of each window."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    data_format: str = "NDHWC"

    inputs = "orig_input: TInput, orig_output: TInput, grad: T"
    types: ClassVar[Any] = {**_Pool3D.types, "TInput": _Pool3D.types["T"]}


@register
class MaxPool3DGradGrad(_MaxPool3D, MaxPoolingGradientGradient):
    """The gradient of `MaxPool3DGrad` with respect to its gradient."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    data_format: str = "NDHWC"


class _AvgPool3D(_Pool3D):
    pool = "AvgPool3D"
    pool_grad = "AvgPool3DGrad"


@register
class AvgPool3D(_AvgPool3D, AveragePooling):
    """The average of each window; padding does not count."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    data_format: str = "NDHWC"


@register
class AvgPool3DGrad(_AvgPool3D, AveragePoolingGradient):
    """The gradient of `AvgPool3D`: each window's is shared out evenly."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    data_format: str = "NDHWC"


def max_pool3d(
    input: Any,
    ksize: int | Sequence[int],
    strides: int | Sequence[int],
    padding: str,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """Take the maximum of each window of volumes.

    Args:
      input: float32 [batch, depth, height, width, channels], or NCDHW.
      ksize: the window's size, one number for each of the 5 axes (or for the 3 spatial ones, or one
        for these).
      strides: the distance between windows, given likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: `NDHWC` or `NCDHW`.
      name: the operation's name.

    Returns:
      The pooled volumes.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> volume = tf.reshape([1.0, 7.0, 3.0, 4.0, 5.0, 2.0], [1, 3, 1, 2, 1])
    >>> y = tf.nn.max_pool3d(volume, ksize=[2, 1, 1], strides=[1, 1, 1], padding="VALID")
    >>> tf.Session().run(y)[0, :, 0, :, 0]
    array([[3., 7.],
           [5., 4.]], dtype=float32)
    """
    with name_scope(name, "MaxPool3D", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        attributes = pool_attributes(ksize, strides, padding, data_format, 3)
        return apply(MaxPool3D(*attributes), input, name=scope)


def avg_pool3d(
    input: Any,
    ksize: int | Sequence[int],
    strides: int | Sequence[int],
    padding: str,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """Take the average of each window of volumes; padding does not count.

    Args:
      input: float32 [batch, depth, height, width, channels], or NCDHW.
      ksize: the window's size, one number for each of the 5 axes (or for the 3 spatial ones, or one
        for these).
      strides: the distance between windows, given likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: `NDHWC` or `NCDHW`.
      name: the operation's name.

    Returns:
      The pooled volumes.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> volume = tf.reshape([1.0, 7.0, 3.0, 4.0, 5.0, 2.0], [1, 3, 1, 2, 1])
    >>> y = tf.nn.avg_pool3d(volume, ksize=[2, 1, 1], strides=[1, 1, 1], padding="SAME")
    >>> tf.Session().run(y)[0, :, 0, :, 0]
    array([[2. , 5.5],
           [4. , 3. ],
           [5. , 2. ]], dtype=float32)
    """
    with name_scope(name, "AvgPool3D", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        attributes = pool_attributes(ksize, strides, padding, data_format, 3)
        return apply(AvgPool3D(*attributes), input, name=scope)
