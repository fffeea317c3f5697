"""Datasets of the records of files of comma-separated values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from graphflow.core.op import Array, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._dataset import Dataset, DatasetOp, Element, Environment, Items
from graphflow.ops._static import as_array, as_tuple, check_rank, invalid
from graphflow.ops._text import item_of, items_of
from graphflow.ops.csv_records import DecodeCSV
from graphflow.ops.dataset_files import FileItems
from graphflow.ops.kernels.byte_streams import DEFAULT_BUFFER_SIZE, open_stream

__all__ = ["CSVDataset"]

_QUOTE = b'"'


class _CsvFiles(Dataset):
    def __init__(
        self,
        names: Sequence[str],
        compression: str,
        buffer_size: int,
        has_header: bool,
        decoder: DecodeCSV,
        defaults: Sequence[Array],
    ) -> None:
        self._names = names
        self._compression = compression
        self._buffer_size = buffer_size
        self._has_header = has_header
        self._decoder = decoder
        self._defaults = defaults

    def items(self, env: Environment) -> Items:
        return _CsvItems(FileItems(self._names, self._records), self._decoder, self._defaults)

    def _records(self, path: str) -> Iterator[bytes]:
        """The records of a file; within quotes they go on over ends of lines."""
        with open_stream(path, self._compression, self._buffer_size) as stream:
            if self._has_header:
                next(stream, None)
            record = b""
            for line in stream:
                record += line
                if self._decoder.use_quote_delim and record.count(_QUOTE) % 2:
                    continue
                text, record = record.rstrip(b"\r\n"), b""
                if text:
                    yield text
            if record:
                raise invalid(f"{path}: a quoted field has no end")


class _CsvItems(Items):
    def __init__(self, records: Items, decoder: DecodeCSV, defaults: Sequence[Array]) -> None:
        self._records = records
        self._decoder = decoder
        self._defaults = defaults

    def next(self, token: Any) -> Element | None:
        record = self._records.next(token)
        if record is None:
            return None
        return tuple(self._decoder.kernel(as_array(record[0]), *self._defaults))


@register
class CSVDataset(DatasetOp):
    """The records of files of comma-separated values, column by column."""

    inputs = (
        "filenames: string, compression_type: string, buffer_size: int64, header: bool, "
        "field_delim: string, use_quote_delim: bool, na_value: string, select_cols: int64, "
        "record_defaults: [output_types]"
    )
    types: ClassVar[Any] = {"output_types": DecodeCSV.types["OUT_TYPE"]}

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        for arg, spec in zip(self.input_args()[1:7], inputs[1:7], strict=True):
            check_rank(arg.name, spec, 0)
        check_rank("select_cols", inputs[7], 1)
        return super().infer()

    def kernel(self, *inputs: Array) -> Array:
        names, compression, size, header, delimiter, quotes, missing, columns, defaults = (
            self.group_inputs(inputs)
        )
        decoder = DecodeCSV(item_of(delimiter), bool(quotes), item_of(missing), as_tuple(columns))
        decoder.infer(TensorSpec([], "string"), *[_spec_of(default) for default in defaults])
        return _CsvFiles(
            [name.decode() for name in items_of(names)],
            item_of(compression).decode(),
            int(size) or DEFAULT_BUFFER_SIZE,
            bool(header),
            decoder,
            defaults,
        ).as_array()


def _spec_of(default: Array) -> TensorSpec:
    array = as_array(default)
    return TensorSpec(array.shape, "string" if array.dtype == object else array.dtype)
