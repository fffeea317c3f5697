"""Unicode: strings in other encodings, and as numbers of characters."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import INDEX, DType, int32 as _int32, int64 as _int64, string as _string
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import as_array, check_rank, i32, i64, invalid
from graphflow.ops._text import from_items, items_of, map_text, texts
from graphflow.ops.strings_split import require_scalar

__all__ = [
    "UnicodeDecode",
    "UnicodeDecodeWithOffsets",
    "UnicodeEncode",
    "UnicodeScript",
    "UnicodeTranscode",
    "unicode_decode",
    "unicode_decode_with_offsets",
    "unicode_encode",
    "unicode_script",
    "unicode_split",
    "unicode_split_with_offsets",
    "unicode_transcode",
]

_OUTPUT_ENCODINGS = ("UTF-8", "UTF-16-BE", "UTF-32-BE")
_ERRORS = ("strict", "replace", "ignore")
_REPLACEMENT = 0xFFFD
_LAST = 0x10FFFF
_CONTROLS = 0x20  # characters below are control characters

# -- decoding and encoding -------------------------------------------------------------------------


def _is_character(code: int) -> bool:
    return 0 <= code <= _LAST and not 0xD800 <= code < 0xE000


class _Checked(Op):
    """What the ops share that decode or encode."""

    def _check(self) -> None:
        """Raise unless the attributes are valid."""
        attributes = self.attributes()
        if attributes["errors"] not in _ERRORS:
            raise ValueError(
                f"errors is {attributes['errors']!r}: it must be one of {', '.join(_ERRORS)}"
            )
        if not _is_character(attributes["replacement_char"]):
            raise invalid(f"replacement_char is {attributes['replacement_char']}: no character")
        output = attributes.get("output_encoding")
        if output is not None and output not in _OUTPUT_ENCODINGS:
            raise ValueError(
                f"output_encoding is {output!r}: it must be one of {', '.join(_OUTPUT_ENCODINGS)}"
            )
        if "input_encoding" in attributes:
            _check_encoding(attributes["input_encoding"])


def _check_encoding(name: str) -> None:
    try:
        b"a".decode(name, "ignore")
    except LookupError:
        raise invalid(f"input_encoding is {name!r}: there is no such encoding") from None


class _Decoder:
    """Turns strings into numbers of characters.

    Args:
      op: an op with the attributes that say how.
    """

    def __init__(self, op: Any) -> None:
        self.encoding = op.input_encoding
        self.errors = op.errors_
        self.replacement = op.replacement_char
        self.without_controls = op.replace_control_characters

    def decode(self, text: bytes) -> tuple[list[int], list[int]]:
        """The characters of a string, and where each begins."""
        codes: list[int] = []
        starts: list[int] = []
        at = 0
        while at < len(text):
            try:
                good, stop, bad_stop = text[at:].decode(self.encoding), len(text), len(text)
            except UnicodeDecodeError as error:
                if self.errors == "strict":
                    raise invalid(f"{text!r} is not valid in {self.encoding}: {error}") from None
                stop, bad_stop = at + error.start, at + error.end
                good = text[at:stop].decode(self.encoding)
            self._add(good, at, stop, codes, starts)
            if bad_stop > stop and self.errors == "replace":
                codes.append(self.replacement)
                starts.append(stop)
            at = bad_stop
        return codes, starts

    def _add(self, good: str, at: int, stop: int, codes: list[int], starts: list[int]) -> None:
        """Add characters that were decoded from the bytes of a string between two places."""
        lengths = [1] * len(good)
        if good and stop - at != len(good):
            mark = len("".encode(self.encoding))
            lengths = [len(char.encode(self.encoding)) - mark for char in good]
            lengths[0] += stop - at - sum(lengths)  # a mark of the order of bytes in front
        for char, length in zip(good, lengths, strict=True):
            code = ord(char)
            if not self.without_controls or code >= _CONTROLS:
                codes.append(code)
                starts.append(at)
            elif self.errors != "ignore":
                codes.append(self.replacement)
                starts.append(at)
            at += length


class _Encoder:
    """Turns numbers of characters into strings.

    Args:
      op: an op with the attributes that say how.
    """

    def __init__(self, op: Any) -> None:
        self.encoding = op.output_encoding
        self.errors = op.errors_
        self.replacement = op.replacement_char

    def encode(self, codes: list[int]) -> bytes:
        """The string of some characters."""
        return "".join(map(chr, self._valid(codes))).encode(self.encoding)

    def _valid(self, codes: list[int]) -> list[int]:
        if all(map(_is_character, codes)):
            return codes
        if self.errors == "strict":
            wrong = next(code for code in codes if not _is_character(code))
            raise invalid(f"{wrong} is no character")
        if self.errors == "ignore":
            return list(filter(_is_character, codes))
        return [code if _is_character(code) else self.replacement for code in codes]


@register
class UnicodeTranscode(_Checked):
    """Strings in another encoding."""

    input_encoding: str
    output_encoding: str
    errors_: str = "replace"
    replacement_char: int = _REPLACEMENT
    replace_control_characters: bool = False

    inputs = "input: string"

    def infer(self, input: TensorSpec) -> TensorSpec:
        self._check()
        return TensorSpec(input.shape, _string)

    def kernel(self, input: Array) -> Array:
        decode, encode = _Decoder(self).decode, _Encoder(self).encode
        return map_text(lambda text: encode(decode(text)[0]), input)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = texts([["aö", b"a\xff\xfeb\xe4\xb8c"], ["😀\x01", ""]])
        for encoding in _OUTPUT_ENCODINGS:
            yield Sample.of(cls("UTF-8", encoding), a)
        for errors in ("replace", "ignore"):
            controls = texts(b"a\x01\tb\n\x7f\xc2\x85\xffc\x00")
            yield Sample.of(cls("UTF-8", "UTF-8", errors, 63), a)
            yield Sample.of(cls("UTF-8", "UTF-8", errors, 63, True), controls)
        yield Sample.of(cls("UTF-8", "UTF-8", "strict"), texts(["ä"]))
        for encoding in ("latin1", "shift_jis", "UTF-16-BE", "UTF-16LE", "US-ASCII", "gb18030"):
            text = "aö" if encoding == "latin1" else "日本" if encoding != "US-ASCII" else "ab"
            yield Sample.of(cls(encoding, "UTF-8"), texts([text.encode(encoding)]))
        yield Sample.of(cls("US-ASCII", "UTF-8"), texts([b"a\xf6b"]))
        yield Sample.of(cls("UTF-16-BE", "UTF-8"), texts([b"\x00a\x00"]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = texts(["a"])
        yield ErrorSample(cls("UTF-8", "latin1"), (a,), "output_encoding is 'latin1'")
        yield ErrorSample(cls("rot13", "UTF-8"), (a,), "there is no such encoding")
        yield ErrorSample(cls("UTF-8", "UTF-8", "skip"), (a,), "errors is 'skip'")
        yield ErrorSample(cls("UTF-8", "UTF-8", "replace", -1), (a,), "replacement_char is -1")
        yield ErrorSample(
            cls("UTF-8", "UTF-8", "strict"), (texts([b"a\xff"]),), "is not valid in UTF-8",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


def unicode_transcode(
    input: Any,
    input_encoding: str,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = _REPLACEMENT,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Tensor:
    r"""Convert strings from one encoding to another.

    Args:
      input: a string tensor.
      input_encoding: the encoding of the strings, one that Python knows.
      output_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE".
      errors: what to do with what is not valid: "strict" fails, "replace" puts
        `replacement_char`, "ignore" leaves it out.
      replacement_char: the number of a character.
      replace_control_characters: whether the characters below 32 count as not valid.
      name: the operation's name.

    Returns:
      A string tensor of the same shape.

    Raises:
      ValueError: there is no such encoding.
      InvalidArgumentError: (in the run) a string is not valid, with errors="strict".

    >>> import graphflow as tf
    >>> tf.Session().run(tf.strings.unicode_transcode(["aö"], "UTF-8", "UTF-16-BE"))
    array([b'\x00a\x00\xf6'], dtype=object)
    """
    op = UnicodeTranscode(
        input_encoding, output_encoding, errors, replacement_char, bool(replace_control_characters)
    )
    return apply(op, input, name=name)


# -- numbers of characters -------------------------------------------------------------------------


class _Decoding(_Checked):
    """What UnicodeDecode and UnicodeDecodeWithOffsets share."""

    input_encoding: str
    Tsplits: DType

    inputs = "input: string"
    differentiable = False

    def infer(self, input: TensorSpec) -> list[TensorSpec]:
        self._check()
        if self.Tsplits not in INDEX:
            raise TypeError(f"Tsplits is {self.Tsplits.name}: it must be int32 or int64")
        count = input.shape.num_elements()
        vector = TensorShape.of((None,))
        return [
            TensorSpec(TensorShape.of((None if count is None else count + 1,)), self.Tsplits),
            TensorSpec(vector, _int32),
            TensorSpec(vector, _int64),
        ]

    def kernel(self, input: Array) -> tuple[Array, ...]:
        decode = _Decoder(self).decode
        decoded = [decode(text) for text in items_of(input)]
        splits = np.cumsum([0, *[len(codes) for codes, _ in decoded]])
        codes = [code for row, _ in decoded for code in row]
        starts = [start for _, row in decoded for start in row]
        return splits.astype(self.Tsplits.numpy), i32(codes), i64(starts)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        a = texts([["ab", ""], [b"a\xffb\xe4\xb8c\xc3\xb6", "😀\x01b"]])
        yield Sample.of(make("UTF-8"), a)
        yield Sample.of(make("UTF-8", "ignore", 63, True), a)
        yield Sample.of(make("UTF-8", "replace", 63, True), a)
        yield Sample.of(make("UTF-16-BE"), texts("aö😀b".encode("utf-16-be")))
        yield Sample.of(make("UTF-16"), texts("aö😀b".encode("utf-16")))
        yield Sample.of(make("UTF-8"), a[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        make: Any = cls
        a = texts(["a"])
        yield ErrorSample(make("nope"), (a,), "there is no such encoding")
        yield ErrorSample(make("UTF-8", Tsplits=_string), (a,), "Tsplits", error=TypeError)
        yield ErrorSample(
            make("UTF-8", "strict"), (texts([b"\xff"]),), "is not valid in UTF-8",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


@register
class UnicodeDecode(_Decoding):
    """Strings as numbers of characters."""

    input_encoding: str
    errors_: str = "replace"
    replacement_char: int = _REPLACEMENT
    replace_control_characters: bool = False
    Tsplits: DType = _int64

    outputs = "row_splits, char_values"

    def infer(self, input: TensorSpec) -> list[TensorSpec]:
        return super().infer(input)[:2]

    def kernel(self, input: Array) -> tuple[Array, ...]:
        return super().kernel(input)[:2]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        yield Sample.of(cls("UTF-8", Tsplits=_int32), texts(["ab", "ö"]))


@register
class UnicodeDecodeWithOffsets(_Decoding):
    """Strings as numbers of characters, and where each begins."""

    input_encoding: str
    errors_: str = "replace"
    replacement_char: int = _REPLACEMENT
    replace_control_characters: bool = False
    Tsplits: DType = _int64

    outputs = "row_splits, char_values, char_to_byte_starts"


@register
class UnicodeEncode(_Checked):
    """Strings of numbers of characters."""

    output_encoding: str
    errors_: str = "replace"
    replacement_char: int = _REPLACEMENT

    inputs = "input_values: int32, input_splits: Tsplits"
    types: ClassVar[Any] = {"Tsplits": INDEX}

    def infer(self, input_values: TensorSpec, input_splits: TensorSpec) -> TensorSpec:
        self._check()
        check_rank("input_values", input_values, 1)
        sizes = input_splits.shape.with_rank(1).as_tuple()
        count = None if sizes is None or sizes[0] is None else max(sizes[0] - 1, 0)
        return TensorSpec(TensorShape.of((count,)), _string)

    def kernel(self, input_values: Array, input_splits: Array) -> Array:
        values, splits = input_values.tolist(), input_splits.tolist()
        check_splits(input_splits, len(values))
        encode = _Encoder(self).encode
        rows = [encode(values[a:b]) for a, b in itertools.pairwise(splits)]
        return from_items(rows, (len(rows),))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        codes = i32([72, 246, 0x1F600, 65, 0x110000, -1, 0xD800, 66])
        for encoding in _OUTPUT_ENCODINGS:
            yield Sample.of(cls(encoding), codes, i64([0, 2, 2, 7, 8]))
        yield Sample.of(cls("UTF-8", "ignore"), codes, i32([0, 8]))
        yield Sample.of(cls("UTF-8", "replace", 63), codes, i32([0, 8]))
        yield Sample.of(cls("UTF-8", "strict"), codes[:3], i32([0, 3]))
        yield Sample.of(cls("UTF-8"), codes[:0], i64([0]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        codes = i32([72, 0x110000])
        yield ErrorSample(cls("UTF-8"), (codes[0], i32([0, 1])), "input_values must be a vector")
        yield ErrorSample(cls("UTF-7"), (codes, i32([0, 2])), "output_encoding is 'UTF-7'")
        for op, splits, message in (
            (cls("UTF-8", "strict"), [0, 2], "1114112 is no character"),
            (cls("UTF-8"), [0, 1], "must begin with 0 and end with 2"),
            (cls("UTF-8"), [0, 2, 1, 2], "must not descend"),
        ):
            yield ErrorSample(
                op, (codes, i32(splits)), message, error=InvalidArgumentError, when="run"
            )


def check_splits(splits: Array, count: int) -> None:
    """Raise InvalidArgumentError unless splits cut a number of values into rows."""
    if not splits.size or splits[0] != 0 or splits[-1] != count:
        raise invalid(f"splits {splits.tolist()[:10]} must begin with 0 and end with {count}")
    if (np.diff(splits) < 0).any():
        raise invalid(f"splits {splits.tolist()[:10]} must not descend")


def _decoded(function: str, op: Op, input: Any, name: str | None, scope: str) -> list[Tensor]:
    """The outputs of a decoding op for a single string, without the splits."""
    with name_scope(name, scope, [input]):
        input = convert_to_tensor(input, dtype=_string, name="input")
        require_scalar(function, input)
        return apply_multi(op, ops.expand_dims(input, 0))[1:]


def unicode_decode(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = _REPLACEMENT,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Tensor:
    """Decode a string into the numbers of its characters.

    Args:
      input: string scalar; more than one string gives a ragged tensor, which there is not.
      input_encoding: the encoding of the string, one that Python knows.
      errors: what to do with what is not valid: "strict" fails, "replace" puts
        `replacement_char`, "ignore" leaves it out.
      replacement_char: the number of a character.
      replace_control_characters: whether the characters below 32 count as not valid.
      name: name scope of the operations.

    Returns:
      int32 [n].

    Raises:
      ValueError: there is no such encoding, or the rank of `input` is not known.
      NotImplementedError: the rank of `input` is not 0.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.strings.unicode_decode("aö", "UTF-8"))
    array([ 97, 246], dtype=int32)
    """
    op = UnicodeDecode(input_encoding, errors, replacement_char, bool(replace_control_characters))
    return _decoded("unicode_decode", op, input, name, "UnicodeDecode")[0]


def unicode_decode_with_offsets(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = _REPLACEMENT,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Decode a string into the numbers of its characters, and tell where each begins.

    Args:
      input: string scalar; more than one string gives a ragged tensor, which there is not.
      input_encoding: the encoding of the string, one that Python knows.
      errors: what to do with what is not valid: "strict" fails, "replace" puts
        `replacement_char`, "ignore" leaves it out.
      replacement_char: the number of a character.
      replace_control_characters: whether the characters below 32 count as not valid.
      name: name scope of the operations.

    Returns:
      int32 [n], the characters, and int64 [n], the byte at which each begins.

    Raises:
      ValueError: there is no such encoding, or the rank of `input` is not known.
      NotImplementedError: the rank of `input` is not 0.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.strings.unicode_decode_with_offsets("aöb", "UTF-8"))
    (array([ 97, 246,  98], dtype=int32), array([0, 1, 3]))
    """
    op = UnicodeDecodeWithOffsets(
        input_encoding, errors, replacement_char, bool(replace_control_characters)
    )
    codes, starts = _decoded(
        "unicode_decode_with_offsets", op, input, name, "UnicodeDecodeWithOffsets"
    )
    return codes, starts


def unicode_split(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = _REPLACEMENT,
    name: str | None = None,
) -> Tensor:
    """Split a string into its characters.

    Args:
      input: string scalar; more than one string gives a ragged tensor, which there is not.
      input_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE".
      errors: what to do with what is not valid: "strict" fails, "replace" puts
        `replacement_char`, "ignore" leaves it out.
      replacement_char: the number of a character.
      name: name scope of the operations.

    Returns:
      string [n], a character each.

    Raises:
      ValueError: there is no such encoding, or the rank of `input` is not known.
      NotImplementedError: the rank of `input` is not 0.

    >>> import graphflow as tf
    >>> [text.decode() for text in tf.Session().run(tf.strings.unicode_split("aö", "UTF-8"))]
    ['a', 'ö']
    """
    with name_scope(name, "UnicodeSplit", [input]):
        codes = unicode_decode(input, input_encoding, errors, replacement_char)
        return _characters(codes, input_encoding, errors, replacement_char)


def _characters(codes: Tensor, encoding: str, errors: str, replacement_char: int) -> Tensor:
    return unicode_encode(ops.expand_dims(codes, -1), encoding, errors, replacement_char)


def unicode_split_with_offsets(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = _REPLACEMENT,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Split a string into its characters, and tell where each begins.

    Args:
      input: string scalar; more than one string gives a ragged tensor, which there is not.
      input_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE".
      errors: what to do with what is not valid: "strict" fails, "replace" puts
        `replacement_char`, "ignore" leaves it out.
      replacement_char: the number of a character.
      name: name scope of the operations.

    Returns:
      string [n], a character each, and int64 [n], the byte at which each begins.

    Raises:
      ValueError: there is no such encoding, or the rank of `input` is not known.
      NotImplementedError: the rank of `input` is not 0.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.strings.unicode_split_with_offsets("öb", "UTF-8")[1])
    array([0, 2])
    """
    with name_scope(name, "UnicodeSplitWithOffsets", [input]):
        codes, starts = unicode_decode_with_offsets(input, input_encoding, errors, replacement_char)
        return _characters(codes, input_encoding, errors, replacement_char), starts


def unicode_encode(
    input: Any,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = _REPLACEMENT,
    name: str | None = None,
) -> Tensor:
    """Encode numbers of characters as strings.

    Args:
      input: int32 [..., n], the characters of a string in each row.
      output_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE".
      errors: what to do with numbers of no character: "strict" fails, "replace" puts
        `replacement_char`, "ignore" leaves them out.
      replacement_char: the number of a character.
      name: name scope of the operations.

    Returns:
      string [...].

    Raises:
      ValueError: `input` is a scalar or its rank is not known, or there is no such encoding.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.strings.unicode_encode([[72, 105], [111, 107]], "UTF-8"))
    array([b'Hi', b'ok'], dtype=object)
    """
    with name_scope(name, "UnicodeEncode", [input]):
        input = convert_to_tensor(input, dtype=_int32, name="input")
        rank = input.shape.rank
        if not rank:
            raise ValueError(f"unicode_encode needs a tensor of rank 1 or more, not {input!r}")
        outer, width = ops.shape(input)[:-1], ops.shape(input)[-1]
        splits = ops.multiply(ops.range(ops.add(ops.reduce_prod(outer), 1)), width)
        op = UnicodeEncode(output_encoding, errors, replacement_char)
        rows = apply(op, ops.reshape(input, [-1]), splits)
        return ops.reshape(rows, outer)


# -- scripts ---------------------------------------------------------------------------------------


@register
class UnicodeScript(Op):
    """The scripts that characters belong to."""

    inputs = "input: int32"
    differentiable = False

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(input.shape, _int32)

    def kernel(self, input: Array) -> Array:
        starts, scripts = _scripts()
        codes = as_array(input)
        found = scripts[np.searchsorted(starts, codes, side="right") - 1]
        return np.where((codes >= 0) & (codes <= _LAST), found, np.int32(-1))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        codes = [1, 65, 0x3B1, 0x431, 0x4E00, 0x1F600, 0x20, 0x301, -1, 0x110000, 0xD800, 0x10FFFF]
        yield Sample.of(cls(), i32([codes]))
        yield Sample.of(cls(), np.int32(0x5D0))
        yield Sample.of(cls(), i32([]))


@functools.cache
def _scripts() -> tuple[Array, Array]:
    """The first character of each run of one script, and the number of the script."""
    path = Path(__file__).parent / "kernels" / "unicode_scripts.json"
    table = json.loads(path.read_text(encoding="ascii"))
    return i32(table["starts"]), i32(table["scripts"])


def unicode_script(input: Any, name: str | None = None) -> Tensor:
    """Return the script that each character belongs to.

    Args:
      input: an int32 tensor of numbers of characters.
      name: the operation's name.

    Returns:
      An int32 tensor of the same shape: the numbers of scripts of the library ICU (`UScriptCode`),
      such as 25 for Latin and 14 for Greek; -1 for what is no character. The scripts are those of
      the Unicode Character Database (Scripts.txt).

    >>> import graphflow as tf
    >>> tf.Session().run(tf.strings.unicode_script([ord("a"), ord("λ"), ord(" ")]))
    array([25, 14,  0], dtype=int32)
    """
    return apply(UnicodeScript(), input, name=name)
