"""Adding biases to features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import NUMERIC
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.op import Array, ErrorSample, Op, Reduction, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec, dimension_at_index

__all__ = ["BiasAdd", "BiasAddGrad", "bias_add", "relu_layer", "xw_plus_b"]


def channel_axis(data_format: str) -> int:
    """Return the axis of the channels: the last one (NHWC) or the second one (NCHW)."""
    return -1 if data_format == "NHWC" else 1


def check_data_format(data_format: str | None) -> str:
    """Return the data format, NHWC by default.

    Raises:
      ValueError: it is neither NHWC nor NCHW (nor a spelling of those for other ranks).
    """
    if data_format is None or data_format in ("NHWC", "NWC", "NDHWC", "N...C"):
        return "NHWC"
    if data_format in ("NCHW", "NCW", "NCDHW", "NC..."):
        return "NCHW"
    raise ValueError(f"data_format must be NHWC or NCHW (or N...C, NC...), not {data_format!r}")


@register
class BiasAdd(Op):
    """Adds a vector along the channel axis."""

    data_format: str = "NHWC"

    inputs = "value: T, bias: T"
    types: ClassVar[Any] = {"T": NUMERIC}
    has_out = True
    inplace = 0

    def infer(self, value: TensorSpec, bias: TensorSpec) -> TensorSpec:
        shape = value.shape.with_rank_at_least(2 if self.data_format == "NHWC" else 3)
        channels = bias.shape.with_rank(1)
        if shape.ndims is None:
            return TensorSpec(shape, value.dtype.base_dtype)
        axis = channel_axis(self.data_format) % shape.ndims
        size = dimension_at_index(shape, axis).merge_with(channels[0])
        merged = shape[:axis].concatenate([size]).concatenate(shape[axis + 1 :])
        return TensorSpec(merged, value.dtype.base_dtype)

    def scalar_expression(self, names: Sequence[str], specs: Sequence[TensorSpec]) -> str | None:
        return " + ".join(names) if self.data_format == "NHWC" else None

    def kernel(self, value: Array, bias: Array, out: Array | None = None) -> Array:
        if self.data_format == "NCHW":
            bias = bias.reshape(-1, *[1] * (value.ndim - 2))
        return np.add(value, bias, out=out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        return grad, apply(BiasAddGrad(self.data_format), grad)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        value = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 7 - 1
        bias = np.asarray([0.5, -1.5, 2.0, 0.25])
        yield Sample.of(cls(), value[0], bias.astype(np.float32))
        yield Sample.of(cls(), value.astype(np.float64), bias)
        yield Sample.of(cls("NCHW"), value, bias[:3].astype(np.float32))
        yield Sample.of(cls(), np.zeros((0, 4), np.float32), bias.astype(np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        value = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (value, np.ones(4, np.float32)), "3")
        yield ErrorSample(cls(), (value, value), "rank")


@register
class BiasAddGrad(Op):
    """Sums over all axes but the channel axis."""

    data_format: str = "NHWC"

    makes_new = True
    inputs = "out_backprop: T"
    types: ClassVar[Any] = {"T": NUMERIC}

    def infer(self, out_backprop: TensorSpec) -> TensorSpec:
        shape = out_backprop.shape.with_rank_at_least(2 if self.data_format == "NHWC" else 3)
        dtype = out_backprop.dtype.base_dtype
        if shape.ndims is None:
            return TensorSpec(TensorShape([None]), dtype)
        axis = channel_axis(self.data_format) % shape.ndims
        return TensorSpec(shape[axis : axis + 1], dtype)

    def kernel(self, out_backprop: Array) -> Array:
        channels = channel_axis(self.data_format) % out_backprop.ndim
        axes = tuple(axis for axis in range(out_backprop.ndim) if axis != channels)
        return out_backprop.sum(axis=axes, dtype=out_backprop.dtype)

    def reduction(self, *specs: TensorSpec) -> Reduction | None:
        rank = specs[0].shape.ndims
        if rank is None:
            return None
        channels = channel_axis(self.data_format) % rank
        return Reduction("sum", tuple(axis for axis in range(rank) if axis != channels))

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        # Each channel's gradient is spread over all positions.
        value = op.inputs[0]
        if self.data_format == "NCHW":
            positions = ops.expand_dims(ops.rank(value) - 2, 0)
            grad = ops.reshape(grad, ops.concat([[1, -1], ops.fill(positions, 1)], 0))
        return ops.zeros_like(value) + grad

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        value = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 7 - 1
        yield Sample.of(cls(), value[0])
        yield Sample.of(cls(), value.astype(np.float64))
        yield Sample.of(cls("NCHW"), value)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.ones(3, np.float32),), "rank")


def bias_add(
    value: Any, bias: Any, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """Add a bias to each channel.

    Args:
      value: numeric [batch, ..., channels], or [batch, channels, ...] with NCHW.
      bias: [channels], of the same dtype.
      data_format: `N...C` (NHWC, the default) or `NC...` (NCHW).
      name: the operation's name.

    Returns:
      A tensor like `value`.

    Raises:
      ValueError: the number of channels differs, or the format is not valid.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.bias_add([[1.0, 2.0, 3.0]], [10.0, 20.0, 30.0]))
    array([[11., 22., 33.]], dtype=float32)
    """
    data_format = check_data_format(data_format)
    with get_default_graph().name_scope(name or "BiasAdd") as scope:
        value = convert_to_tensor(value, name="input")
        bias = convert_to_tensor(bias, dtype=value.dtype, name="bias")
        return apply(BiasAdd(data_format), value, bias, name=scope)


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """Compute matmul(x, weights) + biases.

    Args:
      x: [batch, in].
      weights: [in, out].
      biases: [out].
      name: name scope of the operations.

    Returns:
      [batch, out].

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.xw_plus_b([[1.0, 2.0]], [[3.0], [4.0]], [0.5]))
    array([[11.5]], dtype=float32)
    """
    with get_default_graph().name_scope(name or "xw_plus_b") as scope:
        return bias_add(ops.matmul(*_tensors(x, weights)), biases, name=scope)


def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """Compute relu(matmul(x, weights) + biases).

    Args:
      x: [batch, in].
      weights: [in, out].
      biases: [out].
      name: name scope of the operations.

    Returns:
      [batch, out].

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.relu_layer([[1.0, 2.0]], [[3.0, -5.0]] * 2, [0.5, 1.0]))
    array([[9.5, 0. ]], dtype=float32)
    """
    with get_default_graph().name_scope(name or "relu_layer") as scope:
        return ops.relu(bias_add(ops.matmul(*_tensors(x, weights)), biases), name=scope)


def _tensors(x: Any, weights: Any) -> tuple[Tensor, Tensor]:
    return convert_to_tensor(x, name="x"), convert_to_tensor(weights, name="weights")
