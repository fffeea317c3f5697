"""Records in comma-separated values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from graphflow.core.build import apply_multi
from graphflow.core.dtypes import as_dtype, dtype_set
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._static import as_array, f32, i32, i64, invalid
from graphflow.ops._text import as_bytes, from_items, items_of, texts
from graphflow.ops.strings_numbers import parse_numbers

__all__ = ["DecodeCSV", "decode_csv"]

_QUOTE = b'"'


@register
class DecodeCSV(Op):
    """The columns of records of comma-separated values."""

    field_delim: bytes = b","
    use_quote_delim: bool = True
    na_value: bytes = b""
    select_cols: tuple[int, ...] = ()

    inputs = "records: string, record_defaults: [OUT_TYPE]"
    types: ClassVar[Any] = {"OUT_TYPE": dtype_set("float32 float64 int32 int64 string")}

    def infer(self, records: TensorSpec, *record_defaults: TensorSpec) -> list[TensorSpec]:
        if len(self.field_delim) != 1:
            raise invalid(f"field_delim is {self.field_delim!r}: it must be one character")
        self._check_columns(len(record_defaults))
        for index, default in enumerate(record_defaults):
            dtype = default.dtype.base_dtype
            if dtype not in self.types["OUT_TYPE"]:
                raise TypeError(f"record_defaults[{index}] has dtype {dtype.name}, no column has")
            sizes = default.shape.with_rank_at_most(1).as_tuple()
            if sizes and sizes[0] is not None and sizes[0] > 1:
                raise ValueError(
                    f"record_defaults[{index}] has {sizes[0]} values: it must have one or none"
                )
        return [TensorSpec(records.shape, default.dtype.base_dtype) for default in record_defaults]

    def _check_columns(self, count: int) -> None:
        if not count:
            raise ValueError("record_defaults is empty: it needs an item for each column")
        columns = self.select_cols
        if not columns:
            return
        if len(columns) != count:
            raise ValueError(f"select_cols has {len(columns)} columns, record_defaults {count}")
        if columns[0] < 0 or any(a >= b for a, b in itertools.pairwise(columns)):
            raise ValueError(f"select_cols is {list(columns)}: it must ascend from 0 or more")

    def kernel(self, records: Array, *record_defaults: Array) -> list[Array]:
        array = as_array(records)
        columns = self._columns(items_of(array), len(record_defaults))
        return [
            self._column(index, fields, as_array(default)).reshape(array.shape)
            for index, (fields, default) in enumerate(zip(columns, record_defaults, strict=True))
        ]

    def _columns(self, items: list[bytes], count: int) -> list[Sequence[bytes]]:
        """The fields of all records, column by column."""
        delimiter = self.field_delim
        joined = delimiter.join(items)
        special = (_QUOTE, b"\n", b"\r") if self.use_quote_delim else ()
        is_plain = not self.select_cols and not any(char in joined for char in special)
        if is_plain and all(items) and {item.count(delimiter) for item in items} == {count - 1}:
            fields = joined.split(delimiter)
            return [fields[column::count] for column in range(count)]
        rows = [self._fields(at, record, count) for at, record in enumerate(items)]
        return list(zip(*rows, strict=True)) if rows else [()] * count

    def _fields(self, at: int, record: bytes, count: int) -> list[bytes]:
        """The fields of a record that are asked for."""
        try:
            fields = self._split(record)
        except ValueError as error:
            raise invalid(f"record {at}, {record!r}: {error}") from None
        if not self.select_cols:
            if len(fields) != count:
                raise invalid(f"record {at}, {record!r}, has {len(fields)} fields, not {count}")
            return fields
        if self.select_cols[-1] >= len(fields):
            raise invalid(
                f"record {at}, {record!r}, has {len(fields)} fields, "
                f"select_cols asks for number {self.select_cols[-1]}"
            )
        return [fields[column] for column in self.select_cols]

    def _split(self, record: bytes) -> list[bytes]:
        """All fields of a record, without quotes."""
        if not record:
            return []  # as in TensorFlow, not one empty field
        if not self.use_quote_delim or _QUOTE not in record:
            if self.use_quote_delim and (b"\n" in record or b"\r" in record):
                raise ValueError("line breaks are allowed between quotes only")
            return record.split(self.field_delim)
        return self._split_quoted(record)

    def _split_quoted(self, record: bytes) -> list[bytes]:
        fields = []
        start = 0
        while start <= len(record):
            if record.startswith(_QUOTE, start):
                field, start = self._quoted(record, start + 1)
            else:
                end = record.find(self.field_delim, start)
                end = len(record) if end < 0 else end
                field, start = record[start:end], end + 1
                if any(char in field for char in (_QUOTE, b"\n", b"\r")):
                    raise ValueError("quotes and line breaks are allowed in quoted fields only")
            fields.append(field)
        return fields

    def _quoted(self, record: bytes, start: int) -> tuple[bytes, int]:
        """A field behind its first quote, and where the next field begins."""
        parts = []
        while True:
            end = record.find(_QUOTE, start)
            if end < 0:
                raise ValueError("a quoted field has no end")
            parts.append(record[start:end])
            if not record.startswith(_QUOTE, end + 1):
                break
            parts.append(_QUOTE)
            start = end + 2
        if record[end + 1 : end + 2] not in (b"", self.field_delim):
            raise ValueError("a quoted field goes on behind its last quote")
        return b"".join(parts), end + 2

    def _column(self, index: int, fields: Sequence[bytes], default: Array) -> Array:
        """The values of a column; where a field is missing, the default."""
        if b"" not in fields and self.na_value not in fields:
            return self._values(index, fields, default)
        missing = np.array([not field or field == self.na_value for field in fields])
        if not default.size:
            at = int(np.argmax(missing))
            raise invalid(f"field {index} is required, but missing in record {at}")
        given = [field for field in fields if field and field != self.na_value]
        column = np.empty(len(fields), default.dtype)
        column.fill(default.reshape(-1)[0])
        column[~missing] = self._values(index, given, default)
        return column

    def _values(self, index: int, fields: Sequence[bytes], default: Array) -> Array:
        """The values of a column's fields, of the dtype of its default."""
        if default.dtype.kind == "O":
            return from_items(list(fields), (len(fields),))
        try:
            numbers = parse_numbers(fields, as_dtype(default.dtype))
        except InvalidArgumentError as error:
            raise invalid(f"field {index}: {error.message}") from None
        return from_items(numbers, (len(fields),), default.dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        def sample(op: DecodeCSV, records: Array, *defaults: Any) -> Sample:
            note = "defaults have no gradient"
            return Sample.of(op, records, list(defaults), gradient=(), note=note)

        a = texts([["1,2.5,a,7", "-4,5, b ,8"], [" 3,,,9", '3,"1e2","x,""y\n",10']])
        defaults = [i32([7]), f32([1.5]), texts(["d"]), i64([])]
        yield sample(cls(), a, *defaults)
        yield sample(cls(), texts("1,"), np.float64(2), i32([9]))
        yield sample(cls(na_value=b"NA"), texts(["1,NA", "NA,2"]), np.float64(2), i32([9]))
        yield sample(cls(use_quote_delim=False), texts(['"a,b"']), texts([""]), texts([""]))
        yield sample(cls(field_delim=b"\t"), texts(["1\t2"]), i32([0]), i32([0]))
        yield sample(cls(select_cols=(1, 3)), a, f32([0.5]), i64([0]))
        yield sample(cls(), texts(['"",,""']), texts("q"), texts([""]), i32([5]))
        yield sample(cls(), a[:0], *defaults)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one = [i32([0])]
        yield ErrorSample(cls(field_delim=b",,"), (texts(["1"]), one), "must be one character")
        yield ErrorSample(cls(), (texts(["1"]), [i32([0, 1])]), "must have one or none")
        yield ErrorSample(cls(select_cols=(1, 0)), (texts(["1"]), one * 2), "must ascend")
        yield ErrorSample(cls(select_cols=(1,)), (texts(["1"]), one * 2), "record_defaults 2")
        yield ErrorSample(cls(), (texts(["1"]), []), "record_defaults is empty")
        wrong = [np.asarray([True])]
        yield ErrorSample(cls(), (texts(["1"]), wrong), "no column has", error=TypeError)
        for op, record, message in (
            (cls(), "1,2", "has 2 fields, not 1"),
            (cls(), "", "has 0 fields, not 1"),
            (cls(), "x", "field 0: b'x' is no int32"),
            (cls(), '"1', "has no end"),
            (cls(), 'a"1', "allowed in quoted fields only"),
            (cls(), '"1"2', "goes on behind its last quote"),
            (cls(), "1\n", "line breaks"),
            (cls(select_cols=(5,)), "1", "asks for number 5"),
        ):
            yield ErrorSample(
                op, (texts([record]), one), message, error=InvalidArgumentError, when="run"
            )
        yield ErrorSample(
            cls(na_value=b"-"), (texts(["1", "-"]), [i32([])]), "missing in record 1",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


def decode_csv(
    records: Any,
    record_defaults: Sequence[Any],
    field_delim: Any = ",",
    use_quote_delim: bool = True,
    name: str | None = None,
    na_value: Any = "",
    select_cols: Sequence[int] | None = None,
) -> list[Tensor]:
    """Split records of comma-separated values into columns.

    Args:
      records: string [...], one record each.
      record_defaults: for each column a scalar, or a vector of at most one value: float32, float64,
        int32, int64 or string. Its dtype is that of the column, its value stands for missing ones;
        an empty vector says that none may be missing.
      field_delim: the character between the fields.
      use_quote_delim: whether fields in double quotes may contain that character (RFC 4180).
      name: the operation's name.
      na_value: a text that, like an empty one, says that a value is missing.
      select_cols: ascending numbers of the columns to return, all by default.

    Returns:
      A list of tensors [...], one for each column.

    Raises:
      ValueError: the defaults or columns do not fit.
      InvalidArgumentError: (in the run) a record does not fit.

    >>> import graphflow as tf
    >>> ages, names = tf.decode_csv(["31,ann", ',"bob, jr"'], [[-1], [""]])
    >>> tf.Session().run([ages, names])
    [array([31, -1], dtype=int32), array([b'ann', b'bob, jr'], dtype=object)]
    """
    op = DecodeCSV(
        as_bytes(field_delim),
        bool(use_quote_delim),
        as_bytes(na_value),
        tuple(int(column) for column in select_cols or ()),
    )
    return apply_multi(op, records, list(record_defaults), name=name)
