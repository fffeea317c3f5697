"""Strings split into parts, as the elements of a sparse tensor."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import int64 as _int64, string as _string
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank
from graphflow.ops._text import from_items, item_of, items_of, texts

__all__ = [
    "StringSplit",
    "StringSplitV2",
    "string_bytes_split",
    "string_split",
    "strings_split",
]


class _Splitting(Op):
    """Base of the ops that split strings."""

    outputs = "indices, values, shape"

    def infer(self, input: TensorSpec, separator: TensorSpec) -> tuple[TensorSpec, ...]:
        check_rank("input", input, 1)
        check_rank(self.input_args()[1].name, separator, 0)
        return (
            TensorSpec(TensorShape.of((None, 2)), _int64),
            TensorSpec(TensorShape.of((None,)), _string),
            TensorSpec(TensorShape.of((2,)), _int64),
        )

    def _splitter(self, separator: bytes) -> Callable[[bytes], list[bytes]]:
        """The function that splits one string."""
        raise NotImplementedError

    def kernel(self, input: Array, separator: Array) -> tuple[Array, Array, Array]:
        parts = list(map(self._splitter(item_of(separator)), items_of(input)))
        counts = np.fromiter(map(len, parts), np.int64, len(parts))
        values = list(itertools.chain.from_iterable(parts))
        rows = np.repeat(np.arange(len(parts)), counts)
        columns = np.arange(len(values)) - np.repeat(np.cumsum(counts) - counts, counts)
        width = int(counts.max()) if counts.size else 0
        shape = np.asarray([len(parts), width], np.int64)
        return np.stack([rows, columns], axis=1), from_items(values, (len(values),)), shape


@register
class StringSplit(_Splitting):
    """Strings split at any of some characters."""

    skip_empty: bool = True

    inputs = "input: string, delimiter: string"

    def _splitter(self, separator: bytes) -> Callable[[bytes], list[bytes]]:
        if not separator:
            return _split_bytes
        split = (
            re.compile(b"[%s]" % re.escape(separator)).split
            if len(separator) > 1
            else lambda text: text.split(separator)
        )
        if self.skip_empty:
            return lambda text: list(filter(None, split(text)))
        return lambda text: split(text) if text else []

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = texts([" a b, c-^]b", "", "xaby,"])
        for separator in (" ", " ,", "", "b", "^-]"):
            for skip_empty in (True, False):
                yield Sample.of(cls(skip_empty), a, texts(separator))
        yield Sample.of(cls(), a[:0], texts(" "))
        yield Sample.of(cls(), a[1:2], texts(" "))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (texts("a b"), texts(" ")), "input must be a vector")
        yield ErrorSample(cls(), (texts(["a b"]), texts([" "])), "delimiter must be a scalar")


def _split_bytes(text: bytes) -> list[bytes]:
    return [text[index : index + 1] for index in range(len(text))]


@register
class StringSplitV2(_Splitting):
    """Strings split at a separator, as Python splits them."""

    maxsplit: int = -1

    inputs = "input: string, sep: string"

    def _splitter(self, separator: bytes) -> Callable[[bytes], list[bytes]]:
        limit = max(self.maxsplit, -1)
        if separator:
            return lambda text: text.split(separator, limit)
        if limit == 0:
            return lambda text: [text]

        def split(text: bytes) -> list[bytes]:
            parts = text.split(None, limit)
            # As in TensorFlow, what is left after the last split counts even if it is empty.
            return [*parts, b""] if len(parts) == limit else parts

        return split

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = texts([" a  b, c ab", "", "xabyab", " \t\n", "a,b ", "a"])
        for separator in (" ", "", ",", "ab"):
            for maxsplit in (-1, 0, 1, 2):
                yield Sample.of(cls(maxsplit), a, texts(separator))
        yield Sample.of(cls(-5), a, texts(","))
        yield Sample.of(cls(), a[:0], texts(","))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (texts("a b"), texts(" ")), "input must be a vector")
        yield ErrorSample(cls(), (texts(["a b"]), texts([" "])), "sep must be a scalar")


# -- public functions ------------------------------------------------------------------------------


def string_split(
    source: Any,
    sep: Any = None,
    skip_empty: bool = True,
    delimiter: Any = None,
    result_type: str = "SparseTensor",
    name: str | None = None,
) -> SparseTensor:
    """Split strings at any of some characters.

    Args:
      source: string [n].
      sep: string scalar of the characters (bytes) to split at, a space by default; "" splits into
        single bytes.
      skip_empty: whether to leave out empty parts.
      delimiter: deprecated name of `sep`.
      result_type: "SparseTensor"; there are no ragged tensors.
      name: name scope of the operation.

    Returns:
      A string `SparseTensor` [n, most parts], the parts of each string in a row.

    Raises:
      ValueError: `source` is no vector, or there is no such result type.
      NotImplementedError: a ragged tensor is asked for.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.string_split(["hello world", "a b,c"], sep=" ,")).values
    array([b'hello', b'world', b'a', b'b', b'c'], dtype=object)
    """
    sep = deprecated_argument_lookup("sep", sep, "delimiter", delimiter)
    with name_scope(name, "StringSplit", [source]):
        source = convert_to_tensor(source, dtype=_string, name="source")
        _check_result_type(result_type)
        separator = convert_to_tensor(" " if sep is None else sep, dtype=_string)
        return SparseTensor(*apply_multi(StringSplit(bool(skip_empty)), source, separator))


def _check_result_type(result_type: str) -> None:
    if result_type == "RaggedTensor":
        raise NotImplementedError(
            'result_type="RaggedTensor": there are no ragged tensors; ask for "SparseTensor"'
        )
    if result_type != "SparseTensor":
        raise ValueError(
            f'result_type is {result_type!r}: it must be "RaggedTensor" or "SparseTensor"'
        )


def strings_split(
    input: Any = None,
    sep: Any = None,
    maxsplit: int = -1,
    result_type: str = "SparseTensor",
    source: Any = None,
    name: str | None = None,
) -> SparseTensor:
    """Split strings at a separator, as `bytes.split` does.

    Args:
      input: string [...] of known rank.
      sep: string scalar, the separator; None or "" splits at runs of white space.
      maxsplit: how often each string is split at most, -1 without limit.
      result_type: "SparseTensor"; there are no ragged tensors.
      source: deprecated name of `input`.
      name: name scope of the operations.

    Returns:
      A string `SparseTensor` [..., most parts] (for a scalar [1, parts]).

    Raises:
      ValueError: the rank of `input` is not known, or there is no such result type.
      NotImplementedError: a ragged tensor is asked for.

    >>> import graphflow as tf
    >>> parts = tf.strings.split([["a,b", "c"], ["", "d,e,f"]], sep=",", maxsplit=1)
    >>> tf.Session().run(parts).values
    array([b'a', b'b', b'c', b'', b'd', b'e,f'], dtype=object)
    """
    input = deprecated_argument_lookup("input", input, "source", source)
    with name_scope(name, "StringSplit", [input]):
        input = convert_to_tensor(input, dtype=_string, name="input")
        _check_result_type(result_type)
        rank = input.shape.rank
        if rank is None:
            raise ValueError("strings.split needs strings of known rank")
        separator = convert_to_tensor("" if sep is None else sep, dtype=_string)
        flat = input if rank == 1 else ops.reshape(input, [-1])
        indices, values, shape = apply_multi(StringSplitV2(int(maxsplit)), flat, separator)
        if rank < 2:
            return SparseTensor(indices, values, shape)
        return SparseTensor(*_nested(input, indices, values, shape))


def _nested(input: Tensor, indices: Tensor, values: Tensor, shape: Tensor) -> list[Tensor]:
    """The parts of a flattened tensor's strings, under the indices in that tensor itself."""
    outer = ops.shape(input, out_type=_int64)
    rows, columns = ops.split(indices, 2, axis=1)
    places = ops.gather(ops.where(ops.fill(outer, True)), ops.squeeze(rows, axis=[1]))
    return [
        ops.concat([places, columns], axis=1),
        values,
        ops.concat([outer, shape[1:]], axis=0),
    ]


def string_bytes_split(input: Any, name: str | None = None) -> Tensor:
    r"""Split a string into its bytes.

    Args:
      input: string scalar; more than one string gives a ragged tensor, which there is not.
      name: name scope of the operations.

    Returns:
      string [n], each of one byte.

    Raises:
      ValueError: the rank of `input` is not known.
      NotImplementedError: the rank of `input` is not 0.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.strings.bytes_split("aü"))
    array([b'a', b'\xc3', b'\xbc'], dtype=object)
    """
    with name_scope(name, "StringsByteSplit", [input]):
        input = convert_to_tensor(input, dtype=_string, name="input")
        require_scalar("bytes_split", input)
        return apply_multi(StringSplit(False), ops.stack([input]), "")[1]


def require_scalar(function: str, input: Tensor) -> None:
    """Raise unless a tensor is known to be a scalar, because others give ragged tensors."""
    rank = input.shape.rank
    if rank is None:
        raise ValueError(f"{function} needs an input of known rank, not {input!r}")
    if rank:
        raise NotImplementedError(
            f"{function} of a tensor of rank {rank} gives a RaggedTensor, which there is not yet: "
            "give a scalar"
        )
