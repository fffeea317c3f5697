"""Floats rounded as if they were quantized, for training models that will be quantized.

Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", 2017, https://arxiv.org/abs/1712.05877, section 3.1: the range is nudged so that 0 is
one of the numbers that can be represented.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from graphflow.core.build import apply, apply_multi
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._static import check_rank, f32

__all__ = [
    "FakeQuantWithMinMaxArgs",
    "FakeQuantWithMinMaxArgsGradient",
    "FakeQuantWithMinMaxVars",
    "FakeQuantWithMinMaxVarsGradient",
    "FakeQuantWithMinMaxVarsPerChannel",
    "FakeQuantWithMinMaxVarsPerChannelGradient",
    "fake_quant_with_min_max_args",
    "fake_quant_with_min_max_args_gradient",
    "fake_quant_with_min_max_vars",
    "fake_quant_with_min_max_vars_gradient",
    "fake_quant_with_min_max_vars_per_channel",
    "fake_quant_with_min_max_vars_per_channel_gradient",
]

_STAIRCASE = "a staircase has no slope, its gradient takes it for a line"


# -- numbers ---------------------------------------------------------------------------------------


def _nudged(low: Array, high: Array, bits: int, is_narrow: bool) -> tuple[Array, Array, Array]:
    """The range moved so that 0 can be represented, and the distance of its numbers."""
    first, last = np.float32(is_narrow), np.float32((1 << bits) - 1)
    step = (high - low) / (last - first)
    zero = np.clip(first - low / step, first, last)
    zero = np.trunc(zero + np.float32(0.5))
    return (first - zero) * step, (last - zero) * step, step


def _rounded(x: Array, low: Array, high: Array, bits: int, is_narrow: bool) -> Array:
    start, end, step = _nudged(low, high, bits, is_narrow)
    codes = np.asarray(np.clip(x, start, end))
    codes -= start
    codes *= 1 / step
    codes += np.float32(0.5)
    np.floor(codes, out=codes)
    codes *= step
    codes += start
    unset = _is_unset(low, high)
    return np.where(unset, np.float32(0), codes) if unset.any() else codes


def _is_unset(low: Array, high: Array) -> Array:
    """Whether a range has not been set yet: then all numbers give 0."""
    return np.asarray((low == 0) & (high == 0))


def _slopes_inside(
    grads: Array, x: Array, low: Array, high: Array, bits: int, is_narrow: bool
) -> Array:
    """The gradient where numbers were inside of the range, zero elsewhere."""
    start, end, _ = _nudged(low, high, bits, is_narrow)
    return grads * (((x >= start) & (x <= end)) | _is_unset(low, high))


def _slopes_outside(
    grads: Array, x: Array, low: Array, high: Array, bits: int, is_narrow: bool
) -> tuple[Array, Array]:
    """The gradient where numbers were below the range, and where they were above it."""
    start, end, _ = _nudged(low, high, bits, is_narrow)
    is_set = ~_is_unset(low, high)
    return grads * ((x < start) & is_set), grads * ((x > end) & is_set)


def _check_bits(bits: int) -> None:
    if not 2 <= bits <= 16:
        raise ValueError(f"num_bits must be from 2 to 16, it is {bits}")


_NUMBERS = [[-6.3, -6, -0.1, 0, 0.0235], [0.024, 1.7, 5.99, 6, 7.5]]
_GRADS = [[1, 2, 3, 4, 5], [-6, -7, -8, -9, -10]]


# -- a fixed range ---------------------------------------------------------------------------------


class _Fixed(Op):
    """What the two ops of a fixed range share."""

    min: float = -6.0
    max: float = 6.0
    num_bits: int = 8
    narrow_range: bool = False

    def _check(self) -> None:
        _check_bits(self.num_bits)
        if not self.min < self.max:
            raise ValueError(f"min must be below max: {self.min}, {self.max}")

    def _range(self) -> tuple[Any, ...]:
        return np.float32(self.min), np.float32(self.max), self.num_bits, self.narrow_range


@register
class FakeQuantWithMinMaxArgs(_Fixed):
    """Numbers rounded to those that integers of some bits represent in a fixed range."""

    min: float = -6.0
    max: float = 6.0
    num_bits: int = 8
    narrow_range: bool = False

    inputs = "inputs: float32"
    outputs = "outputs"

    def infer(self, inputs: TensorSpec) -> TensorSpec:
        self._check()
        return TensorSpec(inputs.shape, inputs.dtype.base_dtype)

    def kernel(self, inputs: Array) -> Array:
        return _rounded(inputs, *self._range())

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        slope = FakeQuantWithMinMaxArgsGradient(
            self.min, self.max, self.num_bits, self.narrow_range
        )
        return [apply(slope, grad, op.inputs[0])]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for op in (cls(), cls(-1.5, 4.0, 3, True), cls(0.5, 6.0), cls(-6.0, -0.5, 4)):
            yield Sample.of(op, f32(_NUMBERS), gradient=(), note=_STAIRCASE)
        yield Sample.of(cls(), np.zeros((0, 2), np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(min=3.0, max=3.0), (f32([1]),), "min must be below max")
        yield ErrorSample(cls(num_bits=17), (f32([1]),), "num_bits must be from 2 to 16")


@register
class FakeQuantWithMinMaxArgsGradient(_Fixed):
    """The gradient where numbers were inside of a fixed range, zero elsewhere."""

    min: float = -6.0
    max: float = 6.0
    num_bits: int = 8
    narrow_range: bool = False

    inputs = "gradients: float32, inputs: float32"
    outputs = "backprops"
    differentiable = False

    def infer(self, gradients: TensorSpec, inputs: TensorSpec) -> TensorSpec:
        self._check()
        return TensorSpec(gradients.shape.merge_with(inputs.shape), inputs.dtype.base_dtype)

    def kernel(self, gradients: Array, inputs: Array) -> Array:
        return _slopes_inside(gradients, inputs, *self._range())

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for op in (cls(), cls(-1.5, 4.0, 3, True)):
            yield Sample.of(op, f32(_GRADS), f32(_NUMBERS))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (f32([1]), f32([1, 2])), "not compatible")


def fake_quant_with_min_max_args(
    inputs: Any,
    min: float = -6,
    max: float = 6,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """Round numbers to those that integers of some bits represent in a fixed range.

    Args:
      inputs: a float32 tensor.
      min: the beginning of the range; it is moved a little so that 0 can be represented.
      max: the end of the range.
      num_bits: how many bits the integers have, 2 to 16.
      narrow_range: whether the smallest integer is left out.
      name: the operation's name.

    Returns:
      A float32 tensor; gradients pass where numbers are inside of the range.

    Raises:
      ValueError: the range is empty, or `num_bits` is out of range.

    >>> import graphflow as tf
    >>> y = tf.quantization.fake_quant_with_min_max_args([-0.1, 1.2, 9.0], 0, 3, num_bits=2)
    >>> tf.Session().run(y)
    array([0., 1., 3.], dtype=float32)
    """
    op = FakeQuantWithMinMaxArgs(float(min), float(max), num_bits, narrow_range)
    return apply(op, inputs, name=name)


def fake_quant_with_min_max_args_gradient(
    gradients: Any,
    inputs: Any,
    min: float = -6,
    max: float = 6,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return the gradient of `tf.quantization.fake_quant_with_min_max_args`.

    Args:
      gradients: float32 tensor, the gradient of its result.
      inputs: its input, of the same shape.
      min: the beginning of the range.
      max: the end of the range.
      num_bits: how many bits the integers have.
      narrow_range: whether the smallest integer is left out.
      name: the operation's name.

    Returns:
      `gradients` where `inputs` are inside of the range, 0 elsewhere.

    >>> import graphflow as tf
    >>> dx = tf.quantization.fake_quant_with_min_max_args_gradient([1.0, 2.0], [-7.0, 3.0])
    >>> tf.Session().run(dx)
    array([0., 2.], dtype=float32)
    """
    op = FakeQuantWithMinMaxArgsGradient(float(min), float(max), num_bits, narrow_range)
    return apply(op, gradients, inputs, name=name)


# -- ranges in tensors -----------------------------------------------------------------------------


def _range_samples(make: Any, ranges: Sequence[Any], *before: Array, note: str) -> Iterator[Sample]:
    for op in (make(), make(3, True)):
        for low, high in ranges:
            inputs = (*before, f32(_NUMBERS), f32(low), f32(high))
            yield Sample.of(op, *inputs, gradient=(), note=note)


_SCALAR_RANGES = [(-6, 6), (-1.5, 4), (0.5, 6), (0, 0)]
_VECTOR_RANGES = [([-6, -1.5, 0.5, 0, -4], [6, 4, 6, 0, -2])]


class _Ranged(Op):
    """What the ops share whose range comes in tensors: scalars, or one for each channel."""

    num_bits: int = 8
    narrow_range: bool = False

    per_channel: ClassVar[bool]

    def _check(self, inputs: TensorSpec, low: TensorSpec, high: TensorSpec) -> None:
        _check_bits(self.num_bits)
        for name, spec in (("min", low), ("max", high)):
            check_rank(name, spec, 1 if self.per_channel else 0)
        if not self.per_channel:
            return
        dims = inputs.shape.with_rank_at_least(1).as_tuple()
        channels = low.shape.merge_with(high.shape)
        if dims is not None:
            channels.merge_with([dims[-1]])


class _Rounding(_Ranged):
    """Numbers rounded to those that integers of some bits represent in a range."""

    def infer(self, inputs: TensorSpec, min: TensorSpec, max: TensorSpec) -> TensorSpec:
        self._check(inputs, min, max)
        return TensorSpec(inputs.shape, inputs.dtype.base_dtype)

    def kernel(self, inputs: Array, min: Array, max: Array) -> Array:
        return _rounded(inputs, min, max, self.num_bits, self.narrow_range)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        ranges = _VECTOR_RANGES if cls.per_channel else _SCALAR_RANGES
        yield from _range_samples(cls, ranges, note=_STAIRCASE)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        make: Any = cls
        low, high = (f32([0, 0]), f32([1, 1])) if cls.per_channel else (f32(0), f32(1))
        yield ErrorSample(make(num_bits=1), (f32([[1, 2]]), low, high), "num_bits must be from 2")
        yield ErrorSample(cls(), (f32([[1, 2]]), f32([[0]]), high), "min must be a")
        if cls.per_channel:
            yield ErrorSample(cls(), (f32([[1, 2, 3]]), low, high), "not compatible")


class _Slopes(_Ranged):
    """The gradients for numbers rounded in a range, and for its ends."""

    def infer(
        self, gradients: TensorSpec, inputs: TensorSpec, min: TensorSpec, max: TensorSpec
    ) -> list[TensorSpec]:
        self._check(inputs, min, max)
        shape = gradients.shape.merge_with(inputs.shape)
        ends = min.shape.merge_with(max.shape).with_rank(int(self.per_channel))
        dtype = inputs.dtype.base_dtype
        return [TensorSpec(shape, dtype), TensorSpec(ends, dtype), TensorSpec(ends, dtype)]

    def kernel(
        self, gradients: Array, inputs: Array, min: Array, max: Array
    ) -> tuple[Array, Array, Array]:
        given = gradients, inputs, min, max, self.num_bits, self.narrow_range
        inside = _slopes_inside(*given)
        below, above = _slopes_outside(*given)
        axes = tuple(range(inside.ndim - self.per_channel))
        return inside, below.sum(axes, np.float32), above.sum(axes, np.float32)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        ranges = _VECTOR_RANGES if cls.per_channel else _SCALAR_RANGES
        note = "TensorFlow has no second gradient"
        yield from _range_samples(cls, ranges, f32(_GRADS), note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        low, high = (f32([0, 0]), f32([1, 1])) if cls.per_channel else (f32(0), f32(1))
        yield ErrorSample(cls(), (f32([[1], [2]]), f32([[1, 2]]), low, high), "not compatible")


@register
class FakeQuantWithMinMaxVars(_Rounding):
    """Numbers rounded to those that integers of some bits represent in a range."""

    num_bits: int = 8
    narrow_range: bool = False

    inputs = "inputs: float32, min: float32, max: float32"
    outputs = "outputs"
    per_channel = False

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        slopes = FakeQuantWithMinMaxVarsGradient(self.num_bits, self.narrow_range)
        return apply_multi(slopes, grad, *op.inputs)


@register
class FakeQuantWithMinMaxVarsGradient(_Slopes):
    """The gradients for numbers rounded in a range, and for its ends."""

    num_bits: int = 8
    narrow_range: bool = False

    inputs = "gradients: float32, inputs: float32, min: float32, max: float32"
    outputs = "backprops_wrt_input, backprop_wrt_min, backprop_wrt_max"
    per_channel = False


@register
class FakeQuantWithMinMaxVarsPerChannel(_Rounding):
    """Numbers rounded in a range for each channel, the index along the last axis."""

    num_bits: int = 8
    narrow_range: bool = False

    inputs = "inputs: float32, min: float32, max: float32"
    outputs = "outputs"
    per_channel = True

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        slopes = FakeQuantWithMinMaxVarsPerChannelGradient(self.num_bits, self.narrow_range)
        return apply_multi(slopes, grad, *op.inputs)


@register
class FakeQuantWithMinMaxVarsPerChannelGradient(_Slopes):
    """The gradients for numbers rounded in a range for each channel, and for its ends."""

    num_bits: int = 8
    narrow_range: bool = False

    inputs = "gradients: float32, inputs: float32, min: float32, max: float32"
    outputs = "backprops_wrt_input, backprop_wrt_min, backprop_wrt_max"
    per_channel = True


def fake_quant_with_min_max_vars(
    inputs: Any,
    min: Any,
    max: Any,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """Round numbers to those that integers of some bits represent in a range that can be trained.

    Args:
      inputs: a float32 tensor.
      min: float32 scalar, the beginning of the range; it is moved a little so that 0 can be
        represented.
      max: float32 scalar, the end of the range; if both are 0, so is the result.
      num_bits: how many bits the integers have, 2 to 16.
      narrow_range: whether the smallest integer is left out.
      name: the operation's name.

    Returns:
      A float32 tensor; gradients go to `inputs` where they are inside of the range, and to its
      ends where they are outside.

    Raises:
      ValueError: `num_bits` is out of range.

    >>> import graphflow as tf
    >>> high = tf.Variable(3.0)
    >>> y = tf.quantization.fake_quant_with_min_max_vars([-0.1, 1.2, 9.0], 0.0, high, num_bits=2)
    >>> sess = tf.Session()
    >>> sess.run(high.initializer)
    >>> sess.run(y)
    array([0., 1., 3.], dtype=float32)
    """
    op = FakeQuantWithMinMaxVars(num_bits, narrow_range)
    return apply(op, inputs, min, max, name=name)


def fake_quant_with_min_max_vars_gradient(
    gradients: Any,
    inputs: Any,
    min: Any,
    max: Any,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> list[Tensor]:
    """Return the gradients of `tf.quantization.fake_quant_with_min_max_vars`.

    Args:
      gradients: float32 tensor, the gradient of its result.
      inputs: its input, of the same shape.
      min: float32 scalar, the beginning of the range.
      max: float32 scalar, the end of the range.
      num_bits: how many bits the integers have.
      narrow_range: whether the smallest integer is left out.
      name: the operation's name.

    Returns:
      A list of the gradients for `inputs`, `min` and `max`.

    >>> import graphflow as tf
    >>> found = tf.quantization.fake_quant_with_min_max_vars_gradient(
    ...     [1.0, 2.0, 5.0], [-7.0, 3.0, 8.0], -6.0, 6.0)
    >>> [slope.tolist() for slope in tf.Session().run(found)]
    [[0.0, 2.0, 0.0], 1.0, 5.0]
    """
    op = FakeQuantWithMinMaxVarsGradient(num_bits, narrow_range)
    return apply_multi(op, gradients, inputs, min, max, name=name)


def fake_quant_with_min_max_vars_per_channel(
    inputs: Any,
    min: Any,
    max: Any,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """Round numbers in a range for each channel.

    Args:
      inputs: a float32 tensor [..., d].
      min: float32 [d], the beginning of each range.
      max: float32 [d], the end of each range.
      num_bits: how many bits the integers have, 2 to 16.
      narrow_range: whether the smallest integer is left out.
      name: the operation's name.

    Returns:
      A float32 tensor, see `tf.quantization.fake_quant_with_min_max_vars`.

    Raises:
      ValueError: the shapes do not fit, or `num_bits` is out of range.

    >>> import graphflow as tf
    >>> y = tf.quantization.fake_quant_with_min_max_vars_per_channel(
    ...     [[1.2, 1.2]], [0.0, 0.0], [3.0, 6.0], num_bits=2)
    >>> tf.Session().run(y)
    array([[1., 2.]], dtype=float32)
    """
    op = FakeQuantWithMinMaxVarsPerChannel(num_bits, narrow_range)
    return apply(op, inputs, min, max, name=name)


def fake_quant_with_min_max_vars_per_channel_gradient(
    gradients: Any,
    inputs: Any,
    min: Any,
    max: Any,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> list[Tensor]:
    """Return the gradients of `tf.quantization.fake_quant_with_min_max_vars_per_channel`.

    Args:
      gradients: float32 tensor [..., d], the gradient of its result.
      inputs: its input, of the same shape.
      min: float32 [d], the beginning of each range.
      max: float32 [d], the end of each range.
      num_bits: how many bits the integers have.
      narrow_range: whether the smallest integer is left out.
      name: the operation's name.

    Returns:
      A list of the gradients for `inputs`, `min` and `max`.

    >>> import graphflow as tf
    >>> found = tf.quantization.fake_quant_with_min_max_vars_per_channel_gradient(
    ...     [[1.0, 2.0]], [[-7.0, 3.0]], [-6.0, -6.0], [6.0, 6.0])
    >>> [slope.tolist() for slope in tf.Session().run(found)]
    [[[0.0, 2.0]], [1.0, 0.0], [0.0, 0.0]]
    """
    op = FakeQuantWithMinMaxVarsPerChannelGradient(num_bits, narrow_range)
    return apply_multi(op, gradients, inputs, min, max, name=name)
