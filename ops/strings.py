"""Strings: joined, cut, stripped, counted, in upper and lower case."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator
from functools import reduce
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import INDEX, int32 as _int32, string as _string
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec, broadcast_shape, unknown_shape
from graphflow.ops._static import (
    as_array,
    as_tuple,
    check_in_range,
    check_rank,
    checked_axis,
    i32,
    i64,
    invalid,
    known_int,
    normalized_axis,
)
from graphflow.ops._text import as_bytes, from_items, items_of, join_rows, map_text, texts

__all__ = [
    "ReduceJoin",
    "StringJoin",
    "StringLength",
    "StringLower",
    "StringStrip",
    "StringUpper",
    "Substr",
    "UnsortedSegmentJoin",
    "reduce_join",
    "string_join",
    "string_length",
    "string_lower",
    "string_strip",
    "string_upper",
    "substr",
    "unsorted_segment_join",
]

_UNITS = ("BYTE", "UTF8_CHAR")
# The bytes of UTF-8 that do not begin a character.
_TRAILING = bytes(range(0x80, 0xC0))


def _check_unit(unit: str) -> None:
    if unit not in _UNITS:
        raise ValueError(f"unit is {unit!r}: it must be one of {', '.join(_UNITS)}")


# -- joining ---------------------------------------------------------------------------------------


@register
class StringJoin(Op):
    """Strings joined element by element."""

    separator: bytes = b""

    inputs = "inputs: N*string"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        shapes = [spec.shape for spec in inputs]
        if any(shape.rank is None for shape in shapes):
            return TensorSpec(TensorShape.of(None), _string)
        arrays = [shape for shape in shapes if shape.rank] or [TensorShape.of(())]
        return TensorSpec(reduce(TensorShape.merge_with, arrays), _string)

    def kernel(self, *inputs: Array) -> Array:
        if not inputs:
            return from_items([b""], ())
        arrays = np.broadcast_arrays(*map(as_array, inputs))
        rows = zip(*map(items_of, arrays), strict=True)
        return join_rows(rows, self.separator).reshape(arrays[0].shape)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a, b = texts([["a", "bc", ""]]), texts([["x", "", "yz"]])
        yield Sample.of(cls(), [a, b])
        yield Sample.of(cls(b", "), [a, texts("-"), b])
        yield Sample.of(cls(b"+"), [texts("p"), texts("q")])
        yield Sample.of(cls(b"+"), [a])
        yield Sample.of(cls(b"+"), [a[:, :0], texts("q")])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), ([texts(["a"]), texts(["b", "c"])],), "not compatible")


def string_join(inputs: Any, separator: Any = "", name: str | None = None) -> Tensor:
    """Join strings element by element.

    Args:
      inputs: a list of string tensors of one shape; scalars among them are joined to each element.
      separator: str or bytes between the parts.
      name: the operation's name.

    Returns:
      A string tensor of their shape.

    Raises:
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.string_join([["a", "b"], "x", ["c", "d"]], separator="-"))
    array([b'a-x-c', b'b-x-d'], dtype=object)
    """
    return apply(StringJoin(as_bytes(separator)), inputs, name=name)


@register
class ReduceJoin(Op):
    """The strings along some axes joined."""

    keep_dims: bool = False
    separator: bytes = b""

    inputs = "inputs: string, reduction_indices: int32"

    def infer(self, inputs: TensorSpec, reduction_indices: TensorSpec) -> TensorSpec:
        sizes, axes = inputs.shape.as_tuple(), reduction_indices.value
        if sizes is None:
            return TensorSpec(TensorShape.of(None), _string)
        if axes is None:
            return TensorSpec(unknown_shape(len(sizes) if self.keep_dims else None), _string)
        dropped = {normalized_axis(axis, len(sizes)) for axis in as_tuple(axes)}
        if self.keep_dims:
            kept = [1 if axis in dropped else size for axis, size in enumerate(sizes)]
        else:
            kept = [size for axis, size in enumerate(sizes) if axis not in dropped]
        return TensorSpec(TensorShape.of(tuple(kept)), _string)

    def kernel(self, inputs: Array, reduction_indices: Array) -> Array:
        inputs = as_array(inputs)
        axes = [checked_axis(axis, inputs.ndim) for axis in as_tuple(reduction_indices)]
        if len(set(axes)) < len(axes):
            raise invalid(f"an axis is reduced twice: {as_tuple(reduction_indices)}")
        if not axes:
            return inputs
        kept = [axis for axis in range(inputs.ndim) if axis not in axes]
        # The first of the axes is joined first, so it runs fastest.
        moved = inputs.transpose([*kept, *reversed(axes)])
        shape = moved.shape[: len(kept)]
        count = int(np.prod(shape))
        rows = moved.reshape(count, int(np.prod(moved.shape[len(kept) :]))).tolist()
        if self.keep_dims:
            shape = tuple(1 if axis in axes else size for axis, size in enumerate(inputs.shape))
        return join_rows(rows, self.separator).reshape(shape)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = texts([[["a", "b"], ["c", "d"], ["e", ""]]])
        yield Sample.of(cls(), a, np.int32(1))
        yield Sample.of(cls(False, b"-"), a, i32([1, 2]))
        yield Sample.of(cls(True, b"-"), a, i32([-1, 0]))
        yield Sample.of(cls(True), a, i32([2]))
        yield Sample.of(cls(), a, i32([]))
        yield Sample.of(cls(False, b"-"), texts("a"), i32([]))
        yield Sample.of(cls(), a[:, :0], np.int32(1))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = texts([["a", "b"]])
        yield ErrorSample(cls(), (a, i32([2])), "axis 2 is out of range")
        yield ErrorSample(
            cls(), (a, i32([0, -2])), "reduced twice", error=InvalidArgumentError, when="run"
        )


def reduce_join(
    inputs: Any,
    axis: Any = None,
    keep_dims: bool | None = None,
    separator: Any = "",
    name: str | None = None,
    reduction_indices: Any = None,
    keepdims: bool | None = None,
) -> Tensor:
    """Join the strings along some axes.

    Args:
      inputs: a string tensor.
      axis: int32 scalar or vector; the order of several axes matters, the first one is joined
        first. None joins along all axes, the last one first.
      keep_dims: deprecated name of `keepdims`.
      separator: str or bytes between the parts.
      name: the operation's name.
      reduction_indices: deprecated name of `axis`.
      keepdims: whether the joined axes stay, with size 1.

    Returns:
      A string tensor without these axes.

    Raises:
      ValueError: there is no such axis.
      InvalidArgumentError: (in the run) an axis is given twice.

    >>> import graphflow as tf
    >>> a = [["a", "b"], ["c", "d"]]
    >>> tf.Session().run(tf.reduce_join(a, 0, separator="+"))
    array([b'a+c', b'b+d'], dtype=object)
    >>> tf.Session().run([tf.reduce_join(a), tf.reduce_join(a, [0, 1])])
    [b'abcd', b'acbd']
    """
    keepdims = deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims)
    axis = deprecated_argument_lookup("axis", axis, "reduction_indices", reduction_indices)
    op = ReduceJoin(bool(keepdims), as_bytes(separator))
    with name_scope(None, "ReduceJoin", [inputs, axis]):
        inputs = convert_to_tensor(inputs, dtype=_string)
        return apply(op, inputs, _all_axes(inputs) if axis is None else axis, name=name)


def _all_axes(inputs: Tensor) -> Any:
    """All axes of a tensor, the last one first."""
    rank = inputs.shape.rank
    if rank is not None:
        return ops.constant(i32(range(rank)[::-1]))
    return ops.range(ops.rank(inputs) - 1, -1, -1)


@register
class UnsortedSegmentJoin(Op):
    """The strings of each segment joined."""

    separator: bytes = b""

    inputs = "inputs: string, segment_ids: Tindices, num_segments: Tnumsegments"
    types: ClassVar[Any] = {"Tindices": INDEX, "Tnumsegments": INDEX}

    def infer(
        self, inputs: TensorSpec, segment_ids: TensorSpec, num_segments: TensorSpec
    ) -> TensorSpec:
        check_rank("num_segments", num_segments, 0)
        ids = segment_ids.shape.with_rank_at_least(1).as_tuple()
        sizes = inputs.shape.as_tuple()
        if sizes is None or ids is None:
            return TensorSpec(TensorShape.of(None), _string)
        if len(ids) > len(sizes):
            raise ValueError(
                f"segment_ids of shape {segment_ids.shape} must be a prefix of shape {inputs.shape}"
            )
        TensorShape.of(sizes[: len(ids)]).merge_with(segment_ids.shape)
        count = known_int(num_segments)
        if count is not None and count < 0:
            raise ValueError(f"num_segments is {count}: it must not be negative")
        return TensorSpec(TensorShape.of((count, *sizes[len(ids) :])), _string)

    def kernel(self, inputs: Array, segment_ids: Array, num_segments: Array) -> Array:
        inputs, ids = as_array(inputs), np.asarray(segment_ids)
        count = int(num_segments)
        if count < 0:
            raise invalid(f"num_segments is {count}: it must not be negative")
        check_in_range("segment_ids", ids, count)
        inner = inputs.shape[ids.ndim :]
        rows = inputs.reshape(ids.size, int(np.prod(inner)))
        order = np.argsort(ids.ravel(), kind="stable")
        ends = np.cumsum(np.bincount(ids.ravel(), minlength=count))
        parts = np.split(rows[order], ends[:-1]) if count else []
        joined = [self._joined(column) for part in parts for column in part.T.tolist()]
        return from_items(joined, (count, *inner))

    def _joined(self, items: list[bytes]) -> bytes:
        """Join the items; as in TensorFlow no separator stands behind empty ones at the front."""
        return self.separator.join(itertools.dropwhile(operator.not_, items))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = texts([["a", "b", ""], ["c", "d", "e"], ["f", "g", "h"]])
        yield Sample.of(cls(b":"), a, i32([1, 0, 1]), np.int32(3))
        yield Sample.of(cls(), a, i64([[1, 0, 1], [3, 3, 1], [0, 0, 0]]), np.int64(4))
        yield Sample.of(cls(b"-"), a[:0], i32([]), np.int32(2))
        yield Sample.of(cls(b"-"), a[:0], i32([]), np.int32(0))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = texts(["a", "b"])
        yield ErrorSample(cls(), (a, i32([0]), np.int32(2)), "not compatible")
        yield ErrorSample(cls(), (a, i32([[0, 1]]), np.int32(2)), "must be a prefix")
        for wrong in (-1, 2):
            message = rf"segment_ids\[1\] = {wrong} is not in \[0, 2\)"
            yield ErrorSample(
                cls(), (a, i32([0, wrong]), np.int32(2)), message,
                error=InvalidArgumentError, when="run",
            )  # fmt: skip


def unsorted_segment_join(
    inputs: Any,
    segment_ids: Any,
    num_segments: Any,
    separator: Any = "",
    name: str | None = None,
) -> Tensor:
    """Join the strings of each segment, in their order.

    Args:
      inputs: a string tensor.
      segment_ids: int32 or int64, the shape of `inputs` or its first axes: for each element the
        segment that it belongs to.
      num_segments: int32 or int64 scalar, the number of segments.
      separator: str or bytes between the parts.
      name: the operation's name.

    Returns:
      A string tensor [num_segments, ...]; segments without elements are empty strings.

    Raises:
      ValueError: the shapes do not fit.
      InvalidArgumentError: (in the run) an id is not in [0, num_segments).

    >>> import graphflow as tf
    >>> joined = tf.strings.unsorted_segment_join(["a", "b", "c"], [2, 0, 2], 3, separator=":")
    >>> tf.Session().run(joined)
    array([b'b', b'', b'a:c'], dtype=object)
    """
    op = UnsortedSegmentJoin(as_bytes(separator))
    return apply(op, inputs, segment_ids, num_segments, name=name)


# -- parts -----------------------------------------------------------------------------------------


@register
class Substr(Op):
    """Parts of strings."""

    unit: str = "BYTE"

    inputs = "input: string, pos: T, len: T"
    types: ClassVar[Any] = {"T": INDEX}

    def infer(self, input: TensorSpec, pos: TensorSpec, len: TensorSpec) -> TensorSpec:
        _check_unit(self.unit)
        at = pos.shape.merge_with(len.shape)
        if input.shape.rank is None or at.rank is None:
            return TensorSpec(TensorShape.of(None), _string)
        return TensorSpec(broadcast_shape(input.shape, at), _string)

    def kernel(self, input: Array, pos: Array, len: Array) -> Array:
        cut = _cut_bytes if self.unit == "BYTE" else _cut_characters
        return map_text(cut, input, pos, len)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = texts([["Hello", "wörld"], ["", "aü€😀z"]])
        zero = i32([[0, 0], [0, 0]])
        yield Sample.of(cls(), a, i32([[1, -3], [0, 2]]), i32([[2, 9], [1, 0]]))
        yield Sample.of(cls(), a[:1], i64([[1], [2]]), i64([[1], [-2]]))
        yield Sample.of(cls("UTF8_CHAR"), a, i32([[1, -3], [0, 2]]), i32([[2, 9], [1, 2]]))
        yield Sample.of(cls("UTF8_CHAR"), texts([b"a\xffbc"]), np.int32(-3), np.int32(2))
        yield Sample.of(cls("UTF8_CHAR"), texts("abc"), i32([0, 3, -3]), i32([-1, 1, 1]))
        yield Sample.of(cls(), a[:0], zero[:0], zero[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a, one, two = texts(["ab"]), np.int32(1), i32([1, 2])
        yield ErrorSample(cls(), (a, two, i32([1])), "not compatible")
        yield ErrorSample(cls(), (texts(["a", "b", "c"]), two, two), "do not broadcast")
        yield ErrorSample(cls("WORD"), (a, one, one), "unit is 'WORD'")
        for unit in _UNITS:
            for pos in (3, -3):
                yield ErrorSample(
                    cls(unit), (a, np.int32(pos), one), f"pos {pos} lies outside of b'ab'",
                    error=InvalidArgumentError, when="run",
                )  # fmt: skip


def _start(text: bytes, pos: int, size: int) -> int:
    if not -size <= pos <= size:
        raise invalid(f"pos {pos} lies outside of {text!r}, which has {size} characters")
    return pos + size if pos < 0 else pos


def _cut_bytes(text: bytes, pos: int, length: int) -> bytes:
    start = _start(text, pos, len(text))
    return text[start : start + length] if length >= 0 else text[start:]


def _cut_characters(text: bytes, pos: int, length: int) -> bytes:
    """Cut where characters begin: bytes that continue one belong to it."""
    begins = [index for index, byte in enumerate(text) if byte & 0xC0 != 0x80]
    start = _start(text, pos, len(begins))
    begins.append(len(text))
    stop = min(start + max(length, 0), len(begins) - 1)
    return text[begins[start] : begins[stop]]


def substr(input: Any, pos: Any, len: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """Return parts of strings.

    Args:
      input: a string tensor.
      pos: int32 or int64; where each part begins, counted from the end if negative.
      len: of the dtype and shape of `pos`; how long each part is at most.
      name: the operation's name.
      unit: what `pos` and `len` count, "BYTE" or "UTF8_CHAR".

    Returns:
      A string tensor of the shape that `input` and `pos` broadcast to.

    Raises:
      ValueError: the shapes do not fit, or there is no such unit.
      InvalidArgumentError: (in the run) a part begins outside of its string.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.substr(["Hello", "World"], [1, -3], [3, 2]))
    array([b'ell', b'rl'], dtype=object)
    >>> tf.Session().run(tf.substr("größer", 2, 3, unit="UTF8_CHAR")).decode()
    'öße'
    """
    return apply(Substr(unit), input, pos, len, name=name)


# -- element by element ----------------------------------------------------------------------------


class _Mapped(Op):
    """Base of the ops that change each string by itself."""

    inputs = "input: string"

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(input.shape, _string)


@register
class StringStrip(_Mapped):
    """Strings without white space around them."""

    def kernel(self, input: Array) -> Array:
        return map_text(bytes.strip, input)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), texts([[b" \t\na b\x0b\x0c\r ", b"\xc2\xa0c\x00 ", b""]]))
        yield Sample.of(cls(), texts(" x"))
        yield Sample.of(cls(), texts([])[:0])


def string_strip(input: Any, name: str | None = None) -> Tensor:
    r"""Remove white space around strings.

    Args:
      input: a string tensor.
      name: the operation's name.

    Returns:
      A string tensor of the same shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.string_strip(["  a b ", "c\n"]))
    array([b'a b', b'c'], dtype=object)
    """
    return apply(StringStrip(), input, name=name)


class _Cased(_Mapped):
    """Base of the ops that change the case of letters."""

    encoding: str

    @staticmethod
    def _changed(text: Any) -> Any:
        raise NotImplementedError

    def infer(self, input: TensorSpec) -> TensorSpec:
        if self.encoding not in ("", "utf-8"):
            raise invalid(f"encoding is {self.encoding!r}: it must be '' (ASCII) or 'utf-8'")
        return super().infer(input)

    def kernel(self, input: Array) -> Array:
        change = self._changed
        if not self.encoding:
            return map_text(change, input)
        return map_text(lambda text: change(text.decode("utf-8", "replace")).encode(), input)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        a = texts([["aBc", "Äß", ""], ["ΑΣ", "1z", "ñÑ"]])
        for encoding in ("", "utf-8"):
            yield Sample.of(make(encoding), a)
        yield Sample.of(make("utf-8"), texts(b"a\xffB"))
        yield Sample.of(make(""), a[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        make: Any = cls
        yield ErrorSample(make("latin1"), (texts("a"),), "encoding is 'latin1'")


@register
class StringLower(_Cased):
    """Strings in lower case."""

    encoding: str = ""

    @staticmethod
    def _changed(text: Any) -> Any:
        return text.lower()


@register
class StringUpper(_Cased):
    """Strings in upper case."""

    encoding: str = ""

    @staticmethod
    def _changed(text: Any) -> Any:
        return text.upper()


def string_lower(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Convert upper-case letters to lower case.

    Args:
      input: a string tensor.
      encoding: "utf-8", or "" to convert ASCII letters only and keep all other bytes.
      name: the operation's name.

    Returns:
      A string tensor of the same shape.

    Raises:
      ValueError: there is no such encoding.

    >>> import graphflow as tf
    >>> a, b = tf.strings.lower("ÄB"), tf.strings.lower("ÄB", encoding="utf-8")
    >>> [text.decode() for text in tf.Session().run([a, b])]
    ['Äb', 'äb']
    """
    return apply(StringLower(encoding), input, name=name)


def string_upper(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Convert lower-case letters to upper case.

    Args:
      input: a string tensor.
      encoding: "utf-8", or "" to convert ASCII letters only and keep all other bytes.
      name: the operation's name.

    Returns:
      A string tensor of the same shape.

    Raises:
      ValueError: there is no such encoding.

    >>> import graphflow as tf
    >>> a, b = tf.strings.upper("straße"), tf.strings.upper("straße", encoding="utf-8")
    >>> [text.decode() for text in tf.Session().run([a, b])]
    ['STRAßE', 'STRASSE']
    """
    return apply(StringUpper(encoding), input, name=name)


@register
class StringLength(Op):
    """The lengths of strings."""

    unit: str = "BYTE"

    inputs = "input: string"
    differentiable = False

    def infer(self, input: TensorSpec) -> TensorSpec:
        _check_unit(self.unit)
        return TensorSpec(input.shape, _int32)

    def kernel(self, input: Array) -> Array:
        if self.unit == "BYTE":
            return map_text(len, input, dtype=np.int32)
        return map_text(lambda text: len(text.translate(None, _TRAILING)), input, dtype=np.int32)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = texts([["abc", "aü€😀", ""]])
        for unit in _UNITS:
            yield Sample.of(cls(unit), a)
            yield Sample.of(cls(unit), texts(b"a\xff\x80"))
            yield Sample.of(cls(unit), a[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls("WORD"), (texts("a"),), "unit is 'WORD'")


def string_length(input: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """Return the lengths of strings.

    Args:
      input: a string tensor.
      name: the operation's name.
      unit: what is counted, "BYTE" or "UTF8_CHAR".

    Returns:
      An int32 tensor of the same shape.

    Raises:
      ValueError: there is no such unit.

    >>> import graphflow as tf
    >>> a, b = tf.strings.length(["aü", "z"]), tf.strings.length(["aü", "z"], unit="UTF8_CHAR")
    >>> tf.Session().run([a, b])
    [array([3, 1], dtype=int32), array([2, 1], dtype=int32)]
    """
    return apply(StringLength(unit), input, name=name)
