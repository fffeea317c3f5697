"""Numbers as strings and back, and templates filled with the values of tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from graphflow.core.build import apply
from graphflow.core.convert import is_tensor_like
from graphflow.core.deprecation import renamed_argument
from graphflow.core.dtypes import (
    NUMERIC,
    DType,
    as_dtype,
    bool as _bool,
    dtype_set,
    float16 as _float16,
    float32 as _float32,
    float64 as _float64,
    int32 as _int32,
    int64 as _int64,
    string as _string,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import as_array, f32, i32, invalid
from graphflow.ops._text import as_bytes, from_items, map_text, texts

__all__ = [
    "AsString",
    "StringFormat",
    "StringToNumber",
    "as_string",
    "string_format",
    "string_to_number",
]

# -- numbers to strings ----------------------------------------------------------------------------


@register
class AsString(Op):
    """Numbers as strings."""

    precision: int = -1
    scientific: bool = False
    shortest: bool = False
    width: int = -1
    fill: str = ""

    inputs = "input: T"
    types: ClassVar[Any] = {"T": NUMERIC | {_bool}}
    differentiable = False

    def infer(self, input: TensorSpec) -> TensorSpec:
        problem = self._problem(input.dtype.base_dtype)
        if problem:
            raise invalid(problem)
        return TensorSpec(input.shape, _string)

    def _problem(self, dtype: DType) -> str | None:
        if len(self.fill) > 1 or self.fill not in "+- 0":
            return f"fill is {self.fill!r}: it must be empty, '+', '-', ' ' or '0'"
        if self.scientific and self.shortest:
            return "scientific and shortest exclude each other"
        if dtype.is_floating or dtype.is_complex:
            return None
        if self.scientific or self.shortest or self.precision >= 0:
            return f"scientific, shortest and precision are for floating numbers, not {dtype.name}"
        return None

    def kernel(self, input: Array) -> Array:
        input = np.asarray(input)
        if input.dtype == np.bool_:
            return map_text(lambda item: b"true" if item else b"false", input)
        return map_text(self._formatter(input.dtype, bool(np.isfinite(input).all())), input)

    def _formatter(self, dtype: np.dtype[Any], all_finite: bool) -> Callable[[Any], bytes]:
        """The function that formats one number."""
        width = f"{self.width}" if self.width >= 0 else ""
        if dtype.kind in "iu":
            fill = "" if dtype.kind == "u" and self.fill == "+" else self.fill
            pattern = f"%{fill}{width}d".encode()
            return pattern.__mod__
        precision = f".{self.precision}" if self.precision >= 0 else ""
        letter = "e" if self.scientific else "g" if self.shortest else "f"
        rest = f"{width}{precision}{letter}"
        finite = f"%{self.fill}{rest}".encode()
        other = f"%{self.fill.replace('0', '')}{rest}".encode()

        def real(item: float) -> bytes:
            return finite % item if math.isfinite(item) else other % item

        if dtype.kind == "c":
            return lambda item: b"(%s,%s)" % (real(item.real), real(item.imag))
        return finite.__mod__ if all_finite else real

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        whole = "the result is no number"
        a = f32([[1.5, -2.25e10, np.nan], [np.inf, 0.1, -0.0]])
        for options in (
            {}, {"precision": 3}, {"scientific": True}, {"shortest": True}, {"width": 12},
            {"width": 12, "fill": "0"}, {"precision": 2, "width": 8, "fill": "-"},
            {"width": 5, "fill": " "}, {"fill": "+"}, {"shortest": True, "precision": 3},
        ):  # fmt: skip
            yield Sample.of(cls(**options), a, gradient=(), note=whole)
        for dtype in ("float64", "float16", "complex64", "complex128"):
            yield Sample.of(cls(), f32([0.1, -3]).astype(dtype), gradient=(), note=whole)
        yield Sample.of(
            cls(2, width=7), np.asarray([1.5 - 2j], np.complex64), gradient=(), note=whole
        )
        for dtype in ("int8", "int16", "int32", "int64", "uint8", "uint16"):
            yield Sample.of(cls(), np.asarray([1, 100], dtype))
        for fill in ("", "0", "+", "-", " "):
            yield Sample.of(cls(width=4, fill=fill), i32([[5, -22, 333333]]))
        yield Sample.of(cls(width=5, fill="+"), np.asarray([7], np.uint8))
        yield Sample.of(cls(), np.asarray([True, False]))
        yield Sample.of(cls(), np.int64(-(2**63)))
        yield Sample.of(cls(), i32([]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(fill="x"), (i32([1]),), "fill is 'x'")
        yield ErrorSample(cls(fill="00"), (i32([1]),), "fill is '00'")
        yield ErrorSample(cls(precision=2), (i32([1]),), "are for floating numbers, not int32")
        yield ErrorSample(cls(scientific=True, shortest=True), (f32([1]),), "exclude each other")


def as_string(
    input: Any,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Tensor:
    """Convert numbers to strings.

    Args:
      input: a numeric or bool tensor.
      precision: of floating numbers, the digits behind the point (`shortest`: all digits).
      scientific: whether floating numbers are written with an exponent.
      shortest: whether floating numbers are written as short as they can be.
      width: the number of characters at least.
      fill: what fills numbers up to `width`: "" or " " a space, "0" zeros, "-" spaces behind the
        number; "+" shows the sign of positive numbers too.
      name: the operation's name.

    Returns:
      A string tensor of the same shape.

    Raises:
      ValueError: options exclude each other or do not fit the dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.as_string([3.14159, -2.5], precision=2, width=6))
    array([b'  3.14', b' -2.50'], dtype=object)
    >>> tf.Session().run(tf.as_string([7, 42], width=3, fill="0"))
    array([b'007', b'042'], dtype=object)
    """
    op = AsString(int(precision), bool(scientific), bool(shortest), int(width), fill)
    return apply(op, input, name=name)


# -- strings to numbers ----------------------------------------------------------------------------


@register
class StringToNumber(Op):
    """Strings as numbers."""

    out_type: DType = _float32

    inputs = "string_tensor: string"
    differentiable = False

    def infer(self, string_tensor: TensorSpec) -> TensorSpec:
        if self.out_type not in NUMBER_TYPES:
            names = ", ".join(sorted(dtype.name for dtype in NUMBER_TYPES))
            raise TypeError(f"out_type is {self.out_type.name}: it must be one of {names}")
        return TensorSpec(string_tensor.shape, self.out_type)

    def kernel(self, string_tensor: Array) -> Array:
        array = as_array(string_tensor)
        numbers = parse_numbers(array.ravel().tolist(), self.out_type)
        return from_items(numbers, array.shape, self.out_type.numpy)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = texts([["1.5", " -2e3 ", "0x1F"], ["inf", "-NaN", "1e400"], ["+.5", "7.", "\t0x1p3\n"]])
        for dtype in (_float32, _float64):
            yield Sample.of(cls(dtype), a)
        b = texts(["15", " -7\n", "+3", "2147483647", "007"])
        for dtype in (_int32, _int64):
            yield Sample.of(cls(dtype), b)
        yield Sample.of(cls(_int64), texts("-9223372036854775808"))
        yield Sample.of(cls(), b[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        for text in ("", "1.5f", "1_0", "1e", "x"):
            yield ErrorSample(
                cls(), (texts([text]),), f"b'{text}' is no float32",
                error=InvalidArgumentError, when="run",
            )  # fmt: skip
        for text in ("1.0", "2147483648", "0x1F", "1_0", "-"):
            yield ErrorSample(
                cls(_int32), (texts([text]),), f"b'{text}' is no int32",
                error=InvalidArgumentError, when="run",
            )  # fmt: skip
        yield ErrorSample(cls(_float16), (texts(["1"]),), "out_type is float16", error=TypeError)


NUMBER_TYPES = dtype_set("float32 float64 int32 int64")


def parse_numbers(items: Sequence[bytes], dtype: DType) -> list[Any]:
    """Read numbers of a dtype.

    Args:
      items: their texts.
      dtype: float32, float64, int32 or int64.

    Returns:
      Python numbers.

    Raises:
      InvalidArgumentError: a text is no such number.
    """
    convert: Any = float if dtype.is_floating else int
    try:
        numbers = list(map(convert, items))
    except ValueError:
        numbers = []
    is_plain = len(numbers) == len(items) and b"_" not in b" ".join(items)
    if is_plain and numbers and not dtype.is_floating:
        is_plain = bool(dtype.min <= min(numbers) and max(numbers) <= dtype.max)
    # One by one to find what is wrong, or written otherwise than Python reads it.
    return numbers if is_plain else list(map(_number_parser(dtype), items))


def _number_parser(dtype: DType) -> Callable[[bytes], float | int]:
    """The function that reads a number of a dtype; raises InvalidArgumentError."""
    read = _read_float if dtype.is_floating else _integer_reader(dtype)

    def parse(text: bytes) -> float | int:
        try:
            return read(text)
        except ValueError:
            raise invalid(f"{text!r} is no {dtype.name}") from None

    return parse


def _read_float(text: bytes) -> float:
    if b"_" in text:  # Python allows it
        raise ValueError
    try:
        return float(text)
    except ValueError:
        if b"0x" not in text.lower():
            raise
        return float.fromhex(text.decode("ascii"))


def _integer_reader(dtype: DType) -> Callable[[bytes], int]:
    lowest, highest = dtype.min, dtype.max

    def read(text: bytes) -> int:
        value = int(text)
        if b"_" in text or not lowest <= value <= highest:
            raise ValueError
        return value

    return read


def string_to_number(
    string_tensor: Any = None, out_type: Any = _float32, name: str | None = None, input: Any = None
) -> Tensor:
    """Convert strings to numbers.

    Args:
      string_tensor: a string tensor.
      out_type: float32, float64, int32 or int64.
      name: the operation's name.
      input: another name of `string_tensor`.

    Returns:
      A tensor of the same shape and dtype `out_type`.

    Raises:
      TypeError: `out_type` is another dtype.
      InvalidArgumentError: (in the run) a string is no such number.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.string_to_number(["1.5", " -7 "]))
    array([ 1.5, -7. ], dtype=float32)
    """
    string_tensor = renamed_argument("input", input, "string_tensor", string_tensor)
    return apply(StringToNumber(as_dtype(out_type)), string_tensor, name=name)


# -- templates -------------------------------------------------------------------------------------


@register
class StringFormat(Op):
    """A template with tensors in place of its placeholders."""

    template: bytes = b"%s"
    placeholder: bytes = b"%s"
    summarize: int = 3

    inputs = "inputs: [T]"
    differentiable = False

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        places = self.template.count(self.placeholder)
        if places != len(inputs):
            raise ValueError(
                f"the template {self.template!r} has {places} placeholders "
                f"{self.placeholder!r} for {len(inputs)} tensors"
            )
        return TensorSpec(TensorShape.of(()), _string)

    def kernel(self, *inputs: Array) -> Array:
        parts = self.template.split(self.placeholder)
        filled = [parts[0]]
        for value, part in zip(inputs, parts[1:], strict=True):
            filled += [summary(as_array(value), self.summarize), part]
        return from_items([b"".join(filled)], ())

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        def sample(value: Any, summarize: int = 3) -> Sample:
            note = "the result is no number"
            op = cls(b"<{}>", b"{}", summarize)
            return Sample.of(op, [value], gradient=(), note=note)

        yield sample(i32(range(20)).reshape(4, 5))
        yield sample(i32(range(24)).reshape(2, 3, 4), 1)
        yield sample(i32(range(24)).reshape(6, 2, 2), 2)
        yield sample(i32(range(24)).reshape(2, 3, 4), -1)
        yield sample(f32(range(20)) / 3, 2)
        yield sample(f32([np.inf, 1 / 3, 2 / 3e5, 2**24, 1e6, 123456.7, np.nan, 0.1]), -1)
        yield sample(np.asarray([1 / 3, 2 / 3e5, 1e15, 1e16, 123456.789012345678, 0.5]))
        yield sample(np.float16(0.1))
        yield sample(np.asarray([True, False]))
        yield sample(np.asarray([-3, 4], np.int8))
        yield sample(texts([['q"uo\n', "ä'"], ["", "b\\"]]))
        yield sample(i32([]))
        yield Sample.of(cls(b"a % b"), [])
        yield Sample.of(cls(b"%s and %s"), [np.int64(5), texts("x")])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(b"{}", b"{}"), ([i32([1]), i32([2])],), "1 placeholders b'{}' for 2")


def summary(array: Array, summarize: int) -> bytes:
    """An array as text, of each axis only the first and last few elements.

    Args:
      array: any array; strings as bytes objects.
      summarize: how many of each; -1 for all.
    """
    show = _shown(array.dtype)
    return _summary(array, show, summarize, 1)


def _summary(array: Array, show: Callable[[Any], bytes], summarize: int, depth: int) -> bytes:
    if array.ndim == 0:
        return show(array.item())
    between = b" " if array.ndim == 1 else b"\n" * (array.ndim - 1) + b" " * depth

    def shown(part: Array) -> list[bytes]:
        if part.ndim == 1:
            return [show(item) for item in part.tolist()]
        return [_summary(row, show, summarize, depth + 1) for row in part]

    if summarize < 0 or len(array) <= 2 * summarize:
        items = shown(array)
    else:
        items = [*shown(array[:summarize]), b"...", *shown(array[len(array) - summarize :])]
    return b"[%s]" % between.join(items)


def _shown(dtype: np.dtype[Any]) -> Callable[[Any], bytes]:
    """The function that shows one element."""
    if dtype.kind == "O":
        return lambda item: b'"%s"' % _escaped(item)
    if dtype.kind in "biu":
        return lambda item: b"%d" % item
    if dtype.kind == "c":
        return lambda item: b"?"
    if dtype == np.float64:
        return lambda item: _shortest(item, np.float64, b"%.15g", b"%.17g")
    return lambda item: _shortest(item, np.float32, b"%.6g", b"%.9g")


def _shortest(item: float, dtype: Any, short: bytes, exact: bytes) -> bytes:
    """The number with few digits if they determine it, else with as many as it takes."""
    text = short % float(item)
    return text if dtype(float(text)) == dtype(item) or item != item else exact % float(item)


_ESCAPES = {ord(char): code for char, code in zip('\n\r\t"\'\\', (
    b"\\n", b"\\r", b"\\t", b'\\"', b"\\'", b"\\\\"), strict=True)}  # fmt: skip


def _escaped(text: bytes) -> bytes:
    """A text as it stands in a C program; what is not ASCII stays."""
    return b"".join(
        _ESCAPES.get(byte) or (bytes([byte]) if byte >= 0x20 and byte != 0x7F else b"\\%03o" % byte)
        for byte in text
    )


def string_format(
    template: Any,
    inputs: Any,
    placeholder: Any = "{}",
    summarize: int = 3,
    name: str | None = None,
) -> Tensor:
    """Fill a template with the values of tensors.

    Args:
      template: str or bytes with a placeholder for each tensor.
      inputs: a tensor, or a list of tensors.
      placeholder: str or bytes that stands for a tensor.
      summarize: how many of the first and last elements of each axis are shown; -1 for all.
      name: the operation's name.

    Returns:
      A string scalar.

    Raises:
      ValueError: there are not as many placeholders as tensors.

    >>> import graphflow as tf
    >>> text = tf.strings.format("x is {}, y {}", (tf.range(9), [[1.5], [2.0]]))
    >>> print(tf.Session().run(text).decode())
    x is [0 1 2 ... 6 7 8], y [[1.5]
     [2]]
    """
    if is_tensor_like(inputs) or not isinstance(inputs, (list, tuple)):
        inputs = [inputs]
    op = StringFormat(as_bytes(template), as_bytes(placeholder), int(summarize))
    return apply(op, list(inputs), name=name)
