"""Quantized tensors: numbers as small integers and the range that they stand for.

An array of a quantized dtype has one integer field, `array["qint8"]`; a session returns the
integers without that structure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from graphflow.core.build import apply, apply_multi
from graphflow.core.dtypes import (
    QUANTIZED,
    DType,
    as_dtype,
    dtype_set,
    float32 as _float32,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._quantized import (
    held_dtype,
    integers_of,
    limits,
    quantized,
    quantized_sample,
    round_half_away,
    steps,
)
from graphflow.ops._static import check_rank, checked_axis, f32, i32, invalid, known_int

__all__ = [
    "Dequantize",
    "QuantizeAndDequantizeV2",
    "QuantizeAndDequantizeV3",
    "QuantizeV2",
    "QuantizedConcat",
    "dequantize",
    "quantize",
    "quantize_and_dequantize",
    "quantize_and_dequantize_v3",
    "quantize_v2",
    "quantized_concat",
]

_MODES = ("MIN_COMBINED", "MIN_FIRST", "SCALED")
_SMALLEST_RANGE = 0.01  # of the larger end, or of 1


def _check_mode(mode: str) -> None:
    if mode not in _MODES:
        raise ValueError(f"mode must be one of {', '.join(_MODES)}, not {mode!r}")


def _check_ranges(**ranges: TensorSpec) -> None:
    for name, spec in ranges.items():
        check_rank(name, spec, 0)


# -- quantize --------------------------------------------------------------------------------------


@register
class QuantizeV2(Op):
    """Numbers as integers of a quantized dtype, and the range that these stand for."""

    T: DType
    mode: str = "MIN_COMBINED"
    round_mode: str = "HALF_AWAY_FROM_ZERO"

    inputs = "input: float32, min_range: float32, max_range: float32"
    outputs = "output, output_min, output_max"

    def infer(
        self, input: TensorSpec, min_range: TensorSpec, max_range: TensorSpec
    ) -> list[TensorSpec]:
        _check_mode(self.mode)
        if self.T not in QUANTIZED:
            raise TypeError(f"T must be a quantized dtype, not {self.T.name}")
        if self.round_mode not in ("HALF_AWAY_FROM_ZERO", "HALF_TO_EVEN"):
            raise ValueError(f"there is no round_mode {self.round_mode!r}")
        if self.round_mode == "HALF_TO_EVEN" and self.mode != "SCALED":
            raise ValueError("round_mode HALF_TO_EVEN goes with mode SCALED only")
        _check_ranges(min_range=min_range, max_range=max_range)
        scalar = TensorSpec(TensorShape.of(()), _float32)
        return [TensorSpec(input.shape, self.T), scalar, scalar]

    def kernel(self, input: Array, min_range: Array, max_range: Array) -> tuple[Array, ...]:
        low, high = _widened(np.float32(min_range), np.float32(max_range))
        if self.mode == "SCALED":
            return self._scaled(input, low, high)
        held = held_dtype(self.T)
        lowest, highest = limits(held)
        if self.mode == "MIN_FIRST":
            found = _min_first(np.asarray(input), low, high, held)
        else:
            scale = np.float32(highest - lowest) / (high - low)
            half = np.float32((highest - lowest + 1) // 2 if lowest else 0)
            found = round_half_away((np.clip(input, low, high) - low) * scale - half)
        return quantized(found, self.T), low, high

    def _scaled(self, input: Array, low: Any, high: Any) -> tuple[Array, ...]:
        lowest, highest = (np.float32(limit) for limit in limits(held_dtype(self.T)))
        scale = min(_scale(lowest, low), _scale(highest, high))
        low, high = lowest / scale, highest / scale
        scaled = np.clip(input, low, high) * scale
        found = np.rint(scaled) if self.round_mode == "HALF_TO_EVEN" else round_half_away(scaled)
        return quantized(found, self.T), low, high

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x = f32([[-1.2, -0.6, -0.51, -0.5, 0], [0.1, 0.5, 0.509, 0.9, 1.2]])
        low, high = np.float32(-1), np.float32(1.5)
        for dtype in sorted(QUANTIZED - {as_dtype("qint32")}, key=lambda item: item.name):
            for mode in _MODES:
                yield quantized_sample(cls(dtype, mode), x, low, high)
        qint8, quint8 = as_dtype("qint8"), as_dtype("quint8")
        yield quantized_sample(cls(as_dtype("qint32")), x[:, :-1], low, high)
        yield quantized_sample(cls(qint8, "SCALED", "HALF_TO_EVEN"), x, low, high)
        yield quantized_sample(cls(quint8), x, np.float32(0), np.float32(0))
        yield quantized_sample(cls(quint8), np.float32(-1.5), np.float32(-2), np.float32(-1))
        yield quantized_sample(cls(quint8), np.zeros((0, 2), np.float32), low, high)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one, quint8 = np.float32(1), as_dtype("quint8")
        yield ErrorSample(cls(quint8, "MAX"), (f32([1]), one, one), "mode must be one of")
        wrong = "T must be a quantized dtype"
        yield ErrorSample(cls(_float32), (f32([1]), one, one), wrong, TypeError)
        yield ErrorSample(
            cls(quint8, round_mode="HALF_TO_EVEN"), (f32([1]), one, one), "with mode SCALED only"
        )
        yield ErrorSample(cls(quint8), (f32([1]), f32([1]), one), "min_range must be a scalar")
        yield ErrorSample(
            cls(quint8), (f32([1]), one, np.float32(0)), "min_range 1.0 exceeds max_range 0.0",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


def _widened(low: Any, high: Any) -> tuple[Any, Any]:
    """A range that holds 0 and is not empty."""
    if low > high:
        raise invalid(f"min_range {low} exceeds max_range {high}")
    margin = np.float32(max(1, abs(low), abs(high)) * np.float32(_SMALLEST_RANGE))
    low = min(low, np.float32(0))
    return low, max(np.float32(0), high, low + margin)


def _scale(limit: Any, end: Any) -> Any:
    """The scale that brings an end of the range to a limit of the integers."""
    return limit / end if limit * end > 0 else np.finfo(np.float32).max


def _min_first(x: Array, low: Any, high: Any, held: np.dtype[Any]) -> Array:
    count, width = steps(held, float(low), float(high))
    lowest, highest = limits(held)
    scale = np.float32(count / width)
    moved = round_half_away(x * scale) - (round_half_away(low * scale) - np.float32(lowest))
    top = np.nextafter(np.float32(highest), np.float32(0)) if held.itemsize == 4 else highest
    return np.clip(moved, np.float32(lowest), np.float32(top))


class QuantizedTensor(NamedTuple):
    """What `quantize` returns.

    Attributes:
      output: the integers.
      output_min: float32, what the smallest integer stands for.
      output_max: float32, what the largest integer stands for.
    """

    output: Tensor
    output_min: Tensor
    output_max: Tensor


def quantize(
    input: Any,
    min_range: Any,
    max_range: Any,
    T: Any,
    mode: str = "MIN_COMBINED",
    round_mode: str = "HALF_AWAY_FROM_ZERO",
    name: str | None = None,
) -> QuantizedTensor:
    """Represent numbers by integers of a quantized dtype.

    Args:
      input: a float32 tensor.
      min_range: float32 scalar, the least number to represent; smaller ones are taken for it.
      max_range: float32 scalar, the greatest number to represent.
      T: the quantized dtype: qint8, quint8, qint16, quint16 or qint32.
      mode: "MIN_COMBINED" spreads the integers over the range; "MIN_FIRST" does so too and rounds
        the beginning of the range first, so that 0 is represented exactly; "SCALED" multiplies
        only, so that 0 stays 0.
      round_mode: "HALF_AWAY_FROM_ZERO", or "HALF_TO_EVEN" for mode "SCALED".
      name: the operation's name.

    Returns:
      A named tuple of `output` of dtype `T`, and the range that its integers stand for:
      `output_min` and `output_max`, which holds 0 and is never empty.

    Raises:
      ValueError: there is no such mode.
      TypeError: `T` is no quantized dtype.
      InvalidArgumentError: (in the run) `min_range` exceeds `max_range`.

    >>> import graphflow as tf
    >>> codes, low, high = tf.quantization.quantize([-1.0, 0.0, 0.25, 1.0], -1.0, 1.0, tf.quint8)
    >>> tf.Session().run(codes)
    array([  0, 128, 159, 255], dtype=uint8)
    """
    op = QuantizeV2(as_dtype(T), mode, round_mode)
    return QuantizedTensor(*apply_multi(op, input, min_range, max_range, name=name))


def quantize_v2(
    input: Any,
    min_range: Any,
    max_range: Any,
    T: Any,
    mode: str = "MIN_COMBINED",
    name: str | None = None,
    round_mode: str = "HALF_AWAY_FROM_ZERO",
) -> QuantizedTensor:
    """Represent numbers by integers; deprecated, see `tf.quantization.quantize`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.quantize_v2([0.5], -1.0, 1.0, tf.qint8).output)
    array([63], dtype=int8)
    """
    return quantize(input, min_range, max_range, T, mode, round_mode, name)


# -- dequantize ------------------------------------------------------------------------------------


@register
class Dequantize(Op):
    """The numbers that integers of a quantized dtype stand for."""

    mode: str = "MIN_COMBINED"

    inputs = "input: T, min_range: float32, max_range: float32"
    types: ClassVar[Any] = {"T": QUANTIZED}

    def infer(self, input: TensorSpec, min_range: TensorSpec, max_range: TensorSpec) -> TensorSpec:
        _check_mode(self.mode)
        _check_ranges(min_range=min_range, max_range=max_range)
        return TensorSpec(input.shape, _float32)

    def kernel(self, input: Array, min_range: Array, max_range: Array) -> Array:
        codes = integers_of(np.asarray(input))
        low, high = np.float32(min_range), np.float32(max_range)
        lowest, highest = limits(codes.dtype)
        numbers = codes.astype(np.float32)
        if self.mode == "MIN_FIRST":
            return _from_min_first(codes, low, high)
        if self.mode == "SCALED":
            by_high = high / np.float32(highest)
            return numbers * (max(low / np.float32(lowest), by_high) if lowest else by_high)
        scale = (high - low) / np.float32(highest - lowest)
        half = np.float32((highest - lowest + 1) // 2 if lowest else 0)
        return (numbers + half) * scale + low

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        low, high = np.float32(-1), np.float32(1.5)
        for dtype in sorted(QUANTIZED, key=lambda item: item.name):
            lowest, highest = limits(held_dtype(dtype))
            codes = [[lowest, lowest + 1, 3], [77, highest // 2, highest // 3]]
            for mode in _MODES:
                x = quantized(np.asarray(codes), dtype)
                yield quantized_sample(cls(mode), x, low, high, atol=2e-6, rtol=0.0)
        empty = quantized(np.zeros((0, 2)), as_dtype("quint8"))
        yield quantized_sample(cls(), empty, low, high)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x, one = quantized(np.asarray([3]), as_dtype("quint8")), np.float32(1)
        yield ErrorSample(cls("MAX"), (x, one, one), "mode must be one of")
        yield ErrorSample(cls(), (x, one, f32([1])), "max_range must be a scalar")


def _from_min_first(codes: Array, low: Any, high: Any) -> Array:
    count, width = steps(codes.dtype, float(low), float(high))
    step = np.float32(width / count)
    start = round_half_away(low / step) * step if high != low else low
    lowest = limits(codes.dtype)[0]
    return start + (codes.astype(np.float64) - lowest).astype(np.float32) * step


def dequantize(
    input: Any,
    min_range: Any,
    max_range: Any,
    mode: str = "MIN_COMBINED",
    name: str | None = None,
) -> Tensor:
    """Return the numbers that integers of a quantized dtype stand for.

    Args:
      input: a tensor of a quantized dtype.
      min_range: float32 scalar, what the smallest integer stands for.
      max_range: float32 scalar, what the largest integer stands for.
      mode: as in `tf.quantization.quantize`.
      name: the operation's name.

    Returns:
      A float32 tensor of the shape of `input`.

    Raises:
      ValueError: there is no such mode.

    >>> import graphflow as tf
    >>> codes, low, high = tf.quantization.quantize([-1.0, 0.25], -1.0, 1.0, tf.quint8)
    >>> tf.Session().run(tf.quantization.dequantize(codes, low, high)).round(3)
    array([-1.   ,  0.247], dtype=float32)
    """
    return apply(Dequantize(mode), input, min_range, max_range, name=name)


# -- both at once ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class _RoundTrip(Op):
    """What the two versions of QuantizeAndDequantize share."""

    types: ClassVar[Any] = {"T": dtype_set("bfloat16 float16 float32 float64")}

    def _rounded(
        self,
        input: Array,
        limits: tuple[Array, Array] | None,
        bits: int,
        is_signed: bool,
        is_narrow: bool,
        round_mode: str,
    ) -> Array:
        """The numbers rounded to those that integers of some bits can represent."""
        kind = np.asarray(input).dtype.type
        if not 0 < bits < (62 if is_signed else 63):
            raise invalid(
                f"num_bits must be positive and below {62 + (not is_signed)}, it is {bits}"
            )
        if limits is None and not np.size(input):
            return np.array(input)
        low, high = (np.min(input), np.max(input)) if limits is None else limits
        if low > high:
            raise invalid(f"input_min {low} exceeds input_max {high}")
        lowest = kind(-(1 << (bits - 1)) + is_narrow if is_signed else 0)
        highest = kind((1 << (bits - is_signed)) - 1)
        low, high, scale, step = _round_trip_range(kind(low), kind(high), lowest, highest)
        kept = input if limits is None else np.clip(input, low, high)
        scaled = kept * scale
        codes = np.rint(scaled) if round_mode == "HALF_TO_EVEN" else np.floor(scaled + kind(0.5))
        return np.asarray(codes * step, kind)

    @staticmethod
    def _checked(input: TensorSpec, **ranges: TensorSpec) -> TensorSpec:
        _check_ranges(**ranges)
        return TensorSpec(input.shape, input.dtype.base_dtype)


def _round_trip_range(low: Any, high: Any, lowest: Any, highest: Any) -> tuple[Any, Any, Any, Any]:
    """The range that is represented, the scale to integers, and the scale back."""
    most = np.finfo(np.float32).max if low.dtype.itemsize == 4 else np.finfo(np.float64).max
    by_low = lowest / low if lowest * low > 0 else low.dtype.type(most)
    by_high = highest / high if highest * high > 0 else low.dtype.type(most)
    if by_low < by_high:
        step = low / lowest
        return low, highest * step, by_low, step
    step = high / highest
    return lowest * step, high, by_high, step


def _round_trip_samples(make: Any, *rest: Any) -> Iterator[Sample]:
    x = np.asarray([[-1.3, -0.6, 0.25], [0.5, 0.75, 1.6]])
    note = "rounding is taken for the identity by the gradient"
    for dtype in (np.float32, np.float64):
        low, high = dtype(-1), dtype(1.5)
        for op in make():
            yield Sample.of(op, x.astype(dtype), low, high, *rest, gradient=(), note=note)


@register
class QuantizeAndDequantizeV2(_RoundTrip):
    """Numbers rounded to those that integers of some bits can represent."""

    signed_input: bool = True
    num_bits: int = 8
    range_given: bool = False
    round_mode: str = "HALF_TO_EVEN"
    narrow_range: bool = False

    inputs = "input: T, input_min: T, input_max: T"
    types: ClassVar[Any] = {"T": dtype_set("float32 float64")}

    def infer(self, input: TensorSpec, input_min: TensorSpec, input_max: TensorSpec) -> TensorSpec:
        if self.round_mode not in ("HALF_TO_EVEN", "HALF_UP"):
            raise ValueError(f"round_mode is HALF_TO_EVEN or HALF_UP, not {self.round_mode!r}")
        return self._checked(input, input_min=input_min, input_max=input_max)

    def kernel(self, input: Array, input_min: Array, input_max: Array) -> Array:
        limits = (input_min, input_max) if self.range_given else None
        return self._rounded(
            input, limits, self.num_bits, self.signed_input, self.narrow_range, self.round_mode
        )

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return grad, None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from _round_trip_samples(
            lambda: [
                cls(),
                cls(range_given=True),
                cls(signed_input=False, num_bits=4, range_given=True),
                cls(num_bits=3, round_mode="HALF_UP", narrow_range=True),
            ]
        )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one, zero = np.float32(1), np.float32(0)
        yield ErrorSample(cls(round_mode="UP"), (f32([1]), zero, one), "round_mode is")
        yield ErrorSample(cls(), (f32([1]), f32([0]), one), "input_min must be a scalar")
        yield ErrorSample(
            cls(range_given=True), (f32([1]), one, zero), "input_min 1.0 exceeds input_max 0.0",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip
        yield ErrorSample(
            cls(num_bits=0), (f32([1]), zero, one), "num_bits must be positive",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


@register
class QuantizeAndDequantizeV3(_RoundTrip):
    """Numbers rounded to those that integers of some bits can represent."""

    signed_input: bool = True
    range_given: bool = True
    narrow_range: bool = False

    inputs = "input: T, input_min: T, input_max: T, num_bits: int32"
    types: ClassVar[Any] = {"T": dtype_set("float32 float64")}

    def infer(
        self,
        input: TensorSpec,
        input_min: TensorSpec,
        input_max: TensorSpec,
        num_bits: TensorSpec,
    ) -> TensorSpec:
        return self._checked(input, input_min=input_min, input_max=input_max, num_bits=num_bits)

    def kernel(self, input: Array, input_min: Array, input_max: Array, num_bits: Array) -> Array:
        limits = (input_min, input_max) if self.range_given else None
        return self._rounded(
            input, limits, int(num_bits), self.signed_input, self.narrow_range, "HALF_TO_EVEN"
        )

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return grad, None, None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from _round_trip_samples(lambda: [cls(), cls(range_given=False)], np.int32(5))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one, zero = np.float32(1), np.float32(0)
        yield ErrorSample(cls(), (f32([1]), zero, one, i32([8])), "num_bits must be a scalar")


def quantize_and_dequantize(
    input: Any,
    input_min: Any,
    input_max: Any,
    signed_input: bool = True,
    num_bits: int = 8,
    range_given: bool = False,
    round_mode: str = "HALF_TO_EVEN",
    name: str | None = None,
    narrow_range: bool = False,
) -> Tensor:
    """Round numbers to those that integers of some bits can represent: what quantizing loses.

    Args:
      input: float32 or float64 tensor.
      input_min: scalar of the same dtype, the least number to represent if `range_given`.
      input_max: scalar of the same dtype, the greatest number to represent if `range_given`.
      signed_input: whether the integers have a sign.
      num_bits: how many bits they have.
      range_given: whether the range is given; else it is that of `input`.
      round_mode: "HALF_TO_EVEN" or "HALF_UP".
      name: the operation's name.
      narrow_range: whether the smallest signed integer is left out.

    Returns:
      A tensor of the shape and dtype of `input`; gradients pass as if nothing was rounded.

    Raises:
      ValueError: there is no such round_mode.
      InvalidArgumentError: (in the run) the range is empty, or `num_bits` is out of range.

    >>> import graphflow as tf
    >>> y = tf.quantization.quantize_and_dequantize([-0.9, 0.2, 1.0], -1.0, 1.0, num_bits=3)
    >>> tf.Session().run(y).round(3)
    array([-1.   ,  0.333,  1.   ], dtype=float32)
    """
    op = QuantizeAndDequantizeV2(signed_input, num_bits, range_given, round_mode, narrow_range)
    return apply(op, input, input_min, input_max, name=name)


def quantize_and_dequantize_v3(
    input: Any,
    input_min: Any,
    input_max: Any,
    num_bits: Any,
    signed_input: bool = True,
    range_given: bool = True,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """Round numbers as `tf.quantization.quantize_and_dequantize` does, by a tensor `num_bits`.

    >>> import graphflow as tf
    >>> from graphflow.ops import quantize_and_dequantize_v3
    >>> y = quantize_and_dequantize_v3([-0.9, 0.2, 1.0], -1.0, 1.0, tf.constant(3))
    >>> tf.Session().run(y).round(3)
    array([-1.   ,  0.333,  1.   ], dtype=float32)
    """
    op = QuantizeAndDequantizeV3(signed_input, range_given, narrow_range)
    return apply(op, input, input_min, input_max, num_bits, name=name)


# -- concatenation ---------------------------------------------------------------------------------


@register
class QuantizedConcat(Op):
    """Quantized tensors joined along an axis, brought to one range."""

    inputs = "concat_dim: int32, values: N*T, input_mins: N*float32, input_maxes: N*float32"
    outputs = "output, output_min, output_max"
    types: ClassVar[Any] = {"T": dtype_set("quint8 qint32")}

    def infer(self, concat_dim: TensorSpec, *specs: TensorSpec) -> list[TensorSpec]:
        count = len(specs) // 3
        if count < 2:
            raise ValueError(f"there must be two tensors or more, there are {count}")
        for spec in specs[count:]:
            check_rank("a range", spec, 0)
        check_rank("concat_dim", concat_dim, 0)
        scalar = TensorSpec(TensorShape.of(()), _float32)
        axis = known_int(concat_dim)
        shape = _joined([spec.shape for spec in specs[:count]], axis)
        return [TensorSpec(shape, specs[0].dtype.base_dtype), scalar, scalar]

    def kernel(self, concat_dim: Array, *arrays: Array) -> tuple[Array, ...]:
        count = len(arrays) // 3
        values, mins, maxes = arrays[:count], arrays[count : 2 * count], arrays[2 * count :]
        dtype = as_dtype(values[0].dtype)
        axis = checked_axis(concat_dim, values[0].ndim, "concat_dim")
        low, high = np.float32(min(0, *mins)), np.float32(max(maxes))
        if dtype.name == "qint32":  # a symmetric range
            high = max(abs(low), abs(high))
            low = -high
        parts = [
            _rescaled(integers_of(value), float(start), float(end), float(low), float(high))
            for value, start, end in zip(values, mins, maxes, strict=True)
        ]
        return quantized(np.concatenate(parts, axis), dtype), low, high

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        one, two = np.asarray([[0, 10, 255]]), np.asarray([[100, 200, 3], [4, 5, 6]])
        for name in ("quint8", "qint32"):
            values = [quantized(x, as_dtype(name)) for x in (one, two)]
            yield quantized_sample(
                cls(), np.int32(0), values, [f32(-1), f32(-2)], [f32(1.5), f32(4)]
            )
        same = [quantized(x, as_dtype("quint8")) for x in (one, one)]
        yield quantized_sample(cls(), np.int32(1), same, [f32(0), f32(0)], [f32(3), f32(3)])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x = quantized(np.asarray([[1, 2]]), as_dtype("quint8"))
        y = quantized(np.asarray([[1, 2, 3]]), as_dtype("quint8"))
        ranges = [f32(0)] * 2
        yield ErrorSample(cls(), (np.int32(0), [x, y], ranges, ranges), "not compatible")
        yield ErrorSample(cls(), (np.int32(0), [x], ranges[:1], ranges[:1]), "two tensors or more")


def _joined(shapes: Sequence[TensorShape], axis: int | None) -> TensorShape:
    """The shape of tensors joined along an axis."""
    ranks = {shape.rank for shape in shapes if shape.rank is not None}
    if len(ranks) > 1:
        raise ValueError(f"the tensors differ in rank: {sorted(ranks)}")
    if not ranks:
        return TensorShape.of(None)
    rank = ranks.pop()
    if axis is None:
        return TensorShape.of((None,) * rank)
    place = checked_axis(axis, rank, "concat_dim")
    rest = TensorShape.of((None,) * rank)
    sizes = []
    for shape in shapes:
        dims = list(shape.as_tuple() or (None,) * rank)
        sizes.append(dims[place])
        dims[place] = None
        rest = rest.merge_with(TensorShape.of(tuple(dims)))
    known = [item for item in sizes if item is not None]
    dims = list(rest.as_tuple() or ())
    dims[place] = sum(known) if len(known) == len(sizes) else None
    return TensorShape.of(tuple(dims))


def _rescaled(codes: Array, low: float, high: float, new_low: float, new_high: float) -> Array:
    """Integers that stand for the same numbers in another range."""
    if (low, high) == (new_low, new_high):
        return codes
    lowest, highest = limits(codes.dtype)
    count, width = steps(codes.dtype, low, high)
    step = width / count
    short = np.float32(step)
    start = float(round_half_away(np.float32(low) / short) * short) if low != high else low
    numbers = np.float32(start + (codes.astype(np.float64) - lowest) * step).astype(np.float64)
    count, width = steps(codes.dtype, new_low, new_high)
    scale = count / width if width else 0.0
    moved = round_half_away(numbers * scale) - round_half_away(np.float64(new_low * scale)) + lowest
    return np.clip(moved, lowest, highest).astype(codes.dtype)


def quantized_concat(
    concat_dim: Any,
    values: Sequence[Any],
    input_mins: Sequence[Any],
    input_maxes: Sequence[Any],
    name: str | None = None,
) -> QuantizedTensor:
    """Join quantized tensors along an axis, brought to one range.

    Args:
      concat_dim: int32 scalar, the axis.
      values: a list of tensors of dtype quint8 or qint32 whose other sizes agree.
      input_mins: for each a float32 scalar, what its smallest integer stands for.
      input_maxes: for each a float32 scalar, what its largest integer stands for.
      name: the operation's name.

    Returns:
      A named tuple of `output`, `output_min` and `output_max`.

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> a, b = (tf.quantization.quantize([[1.0, 2.0]], 0.0, end, tf.quint8) for end in (2.0, 4.0))
    >>> joined = tf.quantization.quantized_concat(
    ...     0, [a.output, b.output], [a.output_min, b.output_min], [a.output_max, b.output_max])
    >>> tf.Session().run(tf.quantization.dequantize(*joined)).round(2)
    array([[1.  , 2.01],
           [1.  , 2.01]], dtype=float32)
    """
    op = QuantizedConcat()
    found = apply_multi(op, concat_dim, values, input_mins, input_maxes, name=name)
    return QuantizedTensor(*found)
