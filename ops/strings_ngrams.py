"""N-grams: runs of strings that stand next to each other, joined."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, ClassVar

import graphflow.ops as ops
from graphflow.core.build import apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import INDEX, string as _string
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank, i32, i64
from graphflow.ops._text import as_bytes, from_items, items_of, texts
from graphflow.ops.strings_unicode import check_splits

__all__ = ["StringNGrams", "string_ngrams"]


@register
class StringNGrams(Op):
    """The n-grams of each row of strings."""

    separator: bytes
    ngram_widths: tuple[int, ...]
    left_pad: bytes
    right_pad: bytes
    pad_width: int
    preserve_short_sequences: bool

    inputs = "data: string, data_splits: Tsplits"
    outputs = "ngrams, ngrams_splits"
    types: ClassVar[Any] = {"Tsplits": INDEX}

    def infer(self, data: TensorSpec, data_splits: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        check_rank("data", data, 1)
        check_rank("data_splits", data_splits, 1)
        if any(width < 1 for width in self.ngram_widths):
            raise ValueError(f"ngram_widths are {list(self.ngram_widths)}: they must be positive")
        return (
            TensorSpec(TensorShape.of((None,)), _string),
            TensorSpec(data_splits.shape.with_rank(1), data_splits.dtype.base_dtype),
        )

    def kernel(self, data: Array, data_splits: Array) -> tuple[Array, Array]:
        items, splits = items_of(data), data_splits.tolist()
        if not splits:
            return from_items([], (0,)), data_splits
        check_splits(data_splits, len(items))
        found: list[bytes] = []
        ends = [0]
        for begin, end in itertools.pairwise(splits):
            found += self._row(items[begin:end])
            ends.append(len(found))
        return from_items(found, (len(found),)), data_splits.dtype.type(ends)

    def _row(self, row: list[bytes]) -> list[bytes]:
        """The n-grams of one row."""
        found = [gram for width in self.ngram_widths for gram in self._of_width(row, width)]
        if found or not row or not self.preserve_short_sequences:
            return found
        return [self.separator.join(self._padded(row, max(self.pad_width, 0)))]

    def _of_width(self, row: list[bytes], width: int) -> list[bytes]:
        most = width - 1
        padded = self._padded(row, most if self.pad_width < 0 else min(self.pad_width, most))
        return [
            self.separator.join(padded[start : start + width])
            for start in range(len(padded) - width + 1)
        ]

    def _padded(self, row: list[bytes], count: int) -> list[bytes]:
        return [self.left_pad] * count + row + [self.right_pad] * count

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        data = texts(["a", "b", "c", "d", "e"])
        splits = i64([0, 3, 3, 5])
        yield Sample.of(cls(b"|", (2, 3), b"LP", b"RP", -1, False), data, splits)
        yield Sample.of(cls(b"|", (3,), b"LP", b"RP", 1, False), data, splits)
        yield Sample.of(cls(b" ", (4, 1), b"", b"", 0, False), data, i32([0, 3, 3, 5]))
        yield Sample.of(cls(b"|", (4,), b"LP", b"RP", 0, True), data, splits)
        yield Sample.of(cls(b"|", (6,), b"LP", b"RP", 1, True), data, splits)
        yield Sample.of(cls(b"|", (2,), b"LP", b"RP", 0, True), data[:0], i64([0]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        data = texts(["a", "b"])
        op = cls(b"|", (2,), b"", b"", 0, False)
        yield ErrorSample(op, (data[0], i64([0, 1])), "data must be a vector")
        yield ErrorSample(op, (data, i64(2)), "data_splits must be a vector")
        zero = cls(b"|", (0,), b"", b"", 0, False)
        yield ErrorSample(zero, (data, i64([0, 2])), "must be positive")
        yield ErrorSample(
            op, (data, i64([0, 1])), "end with 2", error=InvalidArgumentError, when="run"
        )


def string_ngrams(
    data: Any,
    ngram_width: Any,
    separator: Any = " ",
    pad_values: Any = None,
    padding_width: int | None = None,
    preserve_short_sequences: bool = False,
    name: str | None = None,
) -> Tensor:
    """Join strings that stand next to each other.

    Args:
      data: string [..., n] of known rank.
      ngram_width: how many strings are joined, an integer or a list of them.
      separator: str or bytes between them.
      pad_values: what stands before and behind each row: a string, or a pair of them; None for
        nothing.
      padding_width: how many of those stand there at most, by default one less than `ngram_width`;
        never more than that.
      preserve_short_sequences: whether a row that is too short gives one shorter n-gram.
      name: name scope of the operations.

    Returns:
      string [..., m], for each row its n-grams, those of the first width first.

    Raises:
      ValueError: the rank is 0 or not known, or a width is not positive.
      TypeError: `pad_values` is no string nor a pair of them.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.strings.ngrams(["a", "b", "c"], 2, "-", pad_values=("<", ">")))
    array([b'<-a', b'a-b', b'b-c', b'c->'], dtype=object)
    """
    left, right, width = _padding(pad_values, padding_width)
    widths = ngram_width if isinstance(ngram_width, (list, tuple)) else [ngram_width]
    with name_scope(name, "StringNGrams", [data]):
        data = convert_to_tensor(data, dtype=_string, name="data")
        if not data.shape.rank:
            raise ValueError(f"ngrams needs strings of known rank, 1 or more, not {data!r}")
        outer, length = ops.shape(data)[:-1], ops.shape(data)[-1]
        splits = ops.multiply(ops.range(ops.add(ops.reduce_prod(outer), 1)), length)
        op = StringNGrams(
            as_bytes(separator),
            tuple(int(width) for width in widths),
            left,
            right,
            width,
            bool(preserve_short_sequences),
        )
        ngrams, _ = apply_multi(op, ops.reshape(data, [-1]), splits)
        return ops.reshape(ngrams, ops.concat([outer, [-1]], 0))


def _padding(pad_values: Any, padding_width: int | None) -> tuple[bytes, bytes, int]:
    """What stands before and behind each row, and how often (-1: as often as it fits)."""
    if padding_width is not None and padding_width < 1:
        raise ValueError(f"padding_width is {padding_width}: it must be positive")
    if pad_values is None:
        if padding_width is not None:
            raise ValueError("padding_width needs pad_values")
        return b"", b"", 0
    pair = pad_values if isinstance(pad_values, (list, tuple)) else (pad_values, pad_values)
    if len(pair) != 2 or not all(isinstance(pad, (str, bytes)) for pad in pair):
        raise TypeError(f"pad_values is {pad_values!r}: it must be a string or a pair of them")
    return as_bytes(pair[0]), as_bytes(pair[1]), -1 if padding_width is None else padding_width
