"""Strings of bytes decoded: raw numbers, compressed data, base64."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from graphflow.core.build import apply
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import DType, as_dtype, dtype_set, string as _string
from graphflow.core.errors import DataLossError, InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._static import as_array, invalid
from graphflow.ops._text import items_of, map_text, texts

__all__ = [
    "DecodeBase64",
    "DecodeCompressed",
    "DecodeRaw",
    "EncodeBase64",
    "decode_base64",
    "decode_compressed",
    "decode_raw",
    "encode_base64",
]

# -- raw numbers -----------------------------------------------------------------------------------

_RAW_TYPES = dtype_set(
    "float16 float32 float64 bfloat16 int8 int16 int32 int64 uint8 uint16 complex64 complex128 bool"
)


@register
class DecodeRaw(Op):
    """The bytes of strings as numbers."""

    out_type: DType
    little_endian: bool = True

    inputs = "bytes: string"
    differentiable = False

    def infer(self, bytes: TensorSpec) -> TensorSpec:
        if self.out_type not in _RAW_TYPES:
            names = ", ".join(sorted(dtype.name for dtype in _RAW_TYPES))
            raise TypeError(f"out_type is {self.out_type.name}: it must be one of {names}")
        return TensorSpec(bytes.shape.concatenate([None]), self.out_type)

    def kernel(self, bytes: Array) -> Array:
        array = as_array(bytes)
        items = items_of(array)
        lengths = sorted(set(map(len, items)))
        if len(lengths) > 1:
            raise invalid(
                f"all strings must have one length, these have {lengths[0]} and {lengths[1]} bytes"
            )
        length = lengths[0] if lengths else 0
        stored = self.out_type.numpy
        if length % stored.itemsize:
            raise invalid(
                f"strings of {length} bytes hold no whole number of {self.out_type.name}, "
                f"which takes {stored.itemsize} bytes"
            )
        numbers = np.frombuffer(b"".join(items), stored)
        if not self.little_endian:
            numbers = numbers.byteswap()
        return numbers.reshape(*array.shape, length // stored.itemsize)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        whole = texts([[bytes(range(16)), bytes(range(64, 80))], [bytes(16), b"0123456789abcdef"]])
        for dtype in sorted(_RAW_TYPES - {as_dtype("bool")}, key=int):
            yield Sample.of(cls(dtype), whole)
            yield Sample.of(cls(dtype, little_endian=False), whole[1])
        yield Sample.of(cls(as_dtype("bool")), texts(["\x01\x00", "\x00\x00"]))
        yield Sample.of(cls(as_dtype("int16")), texts("abcd"))
        yield Sample.of(cls(as_dtype("int16")), texts(["", ""]))
        yield Sample.of(cls(as_dtype("int16")), whole[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        op = cls(as_dtype("int16"))
        yield ErrorSample(
            op, (texts(["ab", "abcd"]),), "these have 2 and 4 bytes",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip
        yield ErrorSample(
            op, (texts(["abc"]),), "no whole number of int16", error=InvalidArgumentError,
            when="run",
        )  # fmt: skip
        wrong = cls(_string)
        yield ErrorSample(wrong, (texts(["abc"]),), "out_type is string", error=TypeError)


def decode_raw(
    input_bytes: Any = None,
    out_type: Any = None,
    little_endian: bool = True,
    name: str | None = None,
    bytes: Any = None,
) -> Tensor:
    r"""Read the bytes of strings as numbers.

    Args:
      input_bytes: string [...]; all of one length.
      out_type: the dtype of the numbers: floating, complex, bool or an integer of up to 64 bits.
      little_endian: whether the lowest byte of a number comes first.
      name: the operation's name.
      bytes: deprecated name of `input_bytes`.

    Returns:
      A tensor [..., n] of dtype `out_type`, where n numbers fill a string.

    Raises:
      TypeError: `out_type` is another dtype.
      InvalidArgumentError: (in the run) the strings differ in length, or hold no whole number.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.decode_raw(["\x01\x02\x03\x00", "ABCD"], tf.int16))
    array([[  513,     3],
           [16961, 17475]], dtype=int16)
    """
    input_bytes = deprecated_argument_lookup("input_bytes", input_bytes, "bytes", bytes)
    if out_type is None:
        raise ValueError("decode_raw needs out_type, the dtype of the numbers")
    return apply(DecodeRaw(as_dtype(out_type), bool(little_endian)), input_bytes, name=name)


# -- compressed data -------------------------------------------------------------------------------

# For each type of compression what tells zlib the format of its input.
_WINDOW_BITS = {"ZLIB": zlib.MAX_WBITS, "GZIP": zlib.MAX_WBITS | 16}


@register
class DecodeCompressed(Op):
    """Decompressed strings."""

    compression_type: str = ""

    inputs = "bytes: string"

    def infer(self, bytes: TensorSpec) -> TensorSpec:
        if self.compression_type and self.compression_type not in _WINDOW_BITS:
            raise invalid(
                f"compression_type is {self.compression_type!r}: it must be '', 'ZLIB' or 'GZIP'"
            )
        return TensorSpec(bytes.shape, _string)

    def kernel(self, bytes: Array) -> Array:
        if not self.compression_type:
            return bytes
        return map_text(self._decompressed, bytes)

    def _decompressed(self, text: bytes) -> bytes:
        try:
            return zlib.decompressobj(_WINDOW_BITS[self.compression_type]).decompress(text)
        except zlib.error as error:
            raise DataLossError(
                None, None, f"a string is no {self.compression_type} data: {error}"
            ) from error

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), texts([["abc", ""]]))
        yield Sample.of(cls("ZLIB"), texts([zlib.compress(b"hello" * 9), zlib.compress(b"")]))
        gzip = zlib.compressobj(wbits=_WINDOW_BITS["GZIP"])
        data = gzip.compress(b"hello") + gzip.flush()
        yield Sample.of(cls("GZIP"), texts(data))
        yield Sample.of(cls("GZIP"), texts([data[:-5], b""]))
        yield Sample.of(cls("GZIP"), texts([data])[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls("LZ4"), (texts("a"),), "compression_type is 'LZ4'")
        yield ErrorSample(
            cls("ZLIB"), (texts("xx"),), "no ZLIB data", error=DataLossError, when="run"
        )


def decode_compressed(bytes: Any, compression_type: str = "", name: str | None = None) -> Tensor:
    """Decompress strings.

    Args:
      bytes: a string tensor.
      compression_type: "" (none), "ZLIB" or "GZIP".
      name: the operation's name.

    Returns:
      A string tensor of the same shape.

    Raises:
      ValueError: there is no such type of compression.
      DataLossError: (in the run) a string is not compressed that way.

    >>> import zlib
    >>> import graphflow as tf
    >>> tf.Session().run(tf.decode_compressed([zlib.compress(b"hello")], "ZLIB"))
    array([b'hello'], dtype=object)
    """
    return apply(DecodeCompressed(compression_type), bytes, name=name)


# -- base64 ----------------------------------------------------------------------------------------

_BASE64 = re.compile(rb"[A-Za-z0-9_-]*")


@register
class EncodeBase64(Op):
    """Strings in web-safe base64."""

    pad: bool = False

    inputs = "input: string"

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(input.shape, _string)

    def kernel(self, input: Array) -> Array:
        if self.pad:
            return map_text(base64.urlsafe_b64encode, input)
        return map_text(lambda text: base64.urlsafe_b64encode(text).rstrip(b"="), input)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = texts([["a", "ab"], ["abc", b"\xff\xfe\xfd"], ["", "abcd"]])
        for pad in (False, True):
            yield Sample.of(cls(pad), a)
            yield Sample.of(cls(pad), texts("a"))
        yield Sample.of(cls(), a[:0])


def encode_base64(input: Any, pad: bool = False, name: str | None = None) -> Tensor:
    r"""Encode strings in base64 with the web-safe alphabet (`-` and `_` instead of `+` and `/`).

    Args:
      input: a string tensor.
      pad: whether to fill the result with `=` up to a multiple of four characters.
      name: the operation's name.

    Returns:
      A string tensor of the same shape.

    >>> import graphflow as tf
    >>> tf.Session().run([tf.encode_base64("ab"), tf.encode_base64(b"\xff\xfe", pad=True)])
    [b'YWI', b'__4=']
    """
    return apply(EncodeBase64(bool(pad)), input, name=name)


@register
class DecodeBase64(Op):
    """Strings from web-safe base64."""

    inputs = "input: string"

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(input.shape, _string)

    def kernel(self, input: Array) -> Array:
        return map_text(_from_base64, input)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), texts([["YQ", "YQ==", "YWI"], ["__79", "_-", ""]]))
        yield Sample.of(cls(), texts("YWI="))
        yield Sample.of(cls(), texts(["YQ"])[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        for text in ("//79", "YQ=", "Y", "Y===", "YW I", "YWJj\n", "YQ==YQ=="):
            yield ErrorSample(
                cls(), (texts([text]),), "is no web-safe base64",
                error=InvalidArgumentError, when="run",
            )  # fmt: skip


def _from_base64(text: bytes) -> bytes:
    digits = text.rstrip(b"=")
    missing = -len(digits) % 4
    if missing == 3 or len(text) not in (len(digits), len(digits) + missing):
        raise invalid(f"{text!r} is no web-safe base64: it has the wrong length")
    if _BASE64.fullmatch(digits) is None:
        raise invalid(f"{text!r} is no web-safe base64: letters, digits, '-' and '_'")
    try:
        return base64.urlsafe_b64decode(digits + b"=" * missing)
    except binascii.Error as error:
        raise invalid(f"{text!r} is no web-safe base64: {error}") from error


def decode_base64(input: Any, name: str | None = None) -> Tensor:
    """Decode strings in base64 with the web-safe alphabet.

    Args:
      input: a string tensor, with or without `=` at the end.
      name: the operation's name.

    Returns:
      A string tensor of the same shape.

    Raises:
      InvalidArgumentError: (in the run) a string is no web-safe base64.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.decode_base64(["YWI", "YWI="]))
    array([b'ab', b'ab'], dtype=object)
    """
    return apply(DecodeBase64(), input, name=name)
