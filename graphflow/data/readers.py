"""Datasets of what is in files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype, bool as _bool, int64, string
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.data.arguments import int64_scalar, typed
from graphflow.data.dataset import Dataset
from graphflow.data.parallel import parallel_interleaved

_STRING = TensorSpec(TensorShape([]), string)
_DEFAULT_BUFFER_SIZE = 256 * 1024
_CSV_BUFFER_SIZE = 4 * 1024 * 1024


class _FileDataset(Dataset):
    """Base of the datasets of files.

    Args:
      filenames: string scalar or vector, or a dataset of string scalars.
      read: makes the dataset tensor of a file's name.
      num_parallel_reads: how many files are read at the same time, None to read one after another.
    """

    def __init__(
        self, filenames: Any, read: Callable[[Tensor], Tensor], num_parallel_reads: Any
    ) -> None:
        names = _as_dataset(filenames)

        def read_one(name: Tensor) -> Dataset:
            return Dataset(read(name), _STRING)

        if num_parallel_reads is None:
            made = names.flat_map(read_one)
        else:
            made = parallel_interleaved(names, read_one, num_parallel_reads)
        super().__init__(made._variant_tensor, made._spec, [names])


def _as_dataset(filenames: Any) -> Dataset:
    if not isinstance(filenames, Dataset):
        names = convert_to_tensor(filenames, dtype=string, name="filenames")
        return Dataset.from_tensor_slices(ops.reshape(names, [-1], name="flat_filenames"))
    spec = filenames.element_spec
    if not isinstance(spec, TensorSpec) or spec.dtype is not string:
        raise TypeError(f"filenames must be a dataset of strings, not of {spec!r}")
    if not spec.shape.is_compatible_with([]):
        raise ValueError(f"filenames must be a dataset of scalars, not of {spec!r}")
    return filenames


def _text(value: Any, name: str) -> Tensor:
    return convert_to_tensor("" if value is None else value, dtype=string, name=name)


def _size(value: Any, default: int, name: str) -> Tensor:
    return int64_scalar(default if value is None else value, name)


class TextLineDataset(_FileDataset):
    r"""The lines of text files, string scalars without the ends of lines.

    Args:
      filenames: string scalar or vector, or a dataset of string scalars.
      compression_type: string scalar, "" or "ZLIB" or "GZIP"; None for "".
      buffer_size: int64 scalar, how many bytes are read at a time; None for 256 KiB.
      num_parallel_reads: int64 scalar, how many files are read at the same time, their lines in
        turn; None to read one file after another.

    Raises:
      TypeError: `filenames` is a dataset of something else than strings.
      NotFoundError: (in a run) there is no such file.

    >>> import tempfile
    >>> import graphflow as tf
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     size = file.write(b"one\ntwo\r\nthree")
    ...     file.flush()
    ...     dataset = tf.data.TextLineDataset(file.name).batch(4)
    ...     tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next())
    array([b'one', b'two', b'three'], dtype=object)
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        compression = _text(compression_type, "compression_type")
        size = _size(buffer_size, _DEFAULT_BUFFER_SIZE, "buffer_size")

        def read(name: Tensor) -> Tensor:
            return apply(ops.TextLineDataset(), name, compression, size)

        super().__init__(filenames, read, num_parallel_reads)


class TFRecordDataset(_FileDataset):
    """The records of TensorFlow's record files, string scalars.

    Args:
      filenames: string scalar or vector, or a dataset of string scalars.
      compression_type: string scalar, "" or "ZLIB" or "GZIP"; None for "".
      buffer_size: int64 scalar, how many bytes are read at a time; None for 256 KiB.
      num_parallel_reads: int64 scalar, how many files are read at the same time, their records in
        turn; None to read one file after another.

    Raises:
      TypeError: `filenames` is a dataset of something else than strings.
      NotFoundError: (in a run) there is no such file.
      DataLossError: (in a run) a record is cut off or damaged; then the next file's turn comes.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        compression = _text(compression_type, "compression_type")
        size = _size(buffer_size, _DEFAULT_BUFFER_SIZE, "buffer_size")

        def read(name: Tensor) -> Tensor:
            return apply(ops.TFRecordDataset(), name, compression, size)

        super().__init__(filenames, read, num_parallel_reads)


class FixedLengthRecordDataset(_FileDataset):
    """The records of one length in binary files, string scalars.

    Args:
      filenames: string scalar or vector, or a dataset of string scalars.
      record_bytes: int64 scalar, the length of a record.
      header_bytes: int64 scalar, how many bytes to leave out at the start of a file; None for 0.
      footer_bytes: int64 scalar, how many bytes to leave out at the end of a file; None for 0.
      buffer_size: int64 scalar, how many bytes are read at a time; None for 256 KiB.
      compression_type: string scalar, "" or "ZLIB" or "GZIP"; None for "".
      num_parallel_reads: int64 scalar, how many files are read at the same time, their records in
        turn; None to read one file after another.

    Raises:
      InvalidArgumentError: (in a run) a file's size does not fit, or a length is out of range.
      NotFoundError: (in a run) there is no such file.

    >>> import tempfile
    >>> import graphflow as tf
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     size = file.write(b"HEADaabbcc!")
    ...     file.flush()
    ...     dataset = tf.data.FixedLengthRecordDataset(file.name, 2, 4, 1).batch(3)
    ...     tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next())
    array([b'aa', b'bb', b'cc'], dtype=object)
    """

    def __init__(
        self,
        filenames: Any,
        record_bytes: Any,
        header_bytes: Any = None,
        footer_bytes: Any = None,
        buffer_size: Any = None,
        compression_type: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        record = int64_scalar(record_bytes, "record_bytes")
        header = _size(header_bytes, 0, "header_bytes")
        footer = _size(footer_bytes, 0, "footer_bytes")
        size = _size(buffer_size, _DEFAULT_BUFFER_SIZE, "buffer_size")
        compression = _text(compression_type, "compression_type")

        def read(name: Tensor) -> Tensor:
            op = ops.FixedLengthRecordDatasetV2()
            return apply(op, name, header, record, footer, size, compression)

        super().__init__(filenames, read, num_parallel_reads)


class CsvDataset(Dataset):
    r"""The records of files of comma-separated values: a tuple of scalars for each.

    Args:
      filenames: string scalar or vector.
      record_defaults: for each column a dtype, for one that must be there, or the value that an
        empty field stands for.
      compression_type: string scalar, "" or "ZLIB" or "GZIP"; None for "".
      buffer_size: int64 scalar, how many bytes are read at a time; None for 4 MiB.
      header: bool scalar, whether the first line of a file is left out.
      field_delim: string scalar, the character between fields.
      use_quote_delim: bool scalar, whether fields may stand in double quotes.
      na_value: string scalar, a field that counts as empty.
      select_cols: the numbers of the columns to read, ascending; None for all.

    Raises:
      InvalidArgumentError: (in a run) a record does not fit.

    >>> import tempfile
    >>> import graphflow as tf
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     size = file.write(b'n,text\n3,"a, b"\n,c\n')
    ...     file.flush()
    ...     dataset = tf.data.experimental.CsvDataset(file.name, [[7], tf.string], header=True)
    ...     batch = tf.data.make_one_shot_iterator(dataset.batch(2)).get_next()
    ...     tf.Session().run(batch)
    (array([3, 7], dtype=int32), array([b'a, b', b'c'], dtype=object))
    """

    def __init__(
        self,
        filenames: Any,
        record_defaults: Sequence[Any],
        compression_type: Any = None,
        buffer_size: Any = None,
        header: Any = False,
        field_delim: Any = ",",
        use_quote_delim: Any = True,
        na_value: Any = "",
        select_cols: Any = None,
    ) -> None:
        names = convert_to_tensor(filenames, dtype=string, name="filenames")
        defaults = [_default(value) for value in record_defaults]
        spec = tuple(TensorSpec(TensorShape([]), item.dtype.base_dtype) for item in defaults)
        columns = [] if select_cols is None else select_cols
        tensor = apply(
            typed(ops.CSVDataset, spec),
            names,
            _text(compression_type, "compression_type"),
            _size(buffer_size, _CSV_BUFFER_SIZE, "buffer_size"),
            convert_to_tensor(header, dtype=_bool, name="header"),
            _text(field_delim, "field_delim"),
            convert_to_tensor(use_quote_delim, dtype=_bool, name="use_quote_delim"),
            _text(na_value, "na_value"),
            convert_to_tensor(columns, dtype=int64, name="select_cols"),
            defaults,
        )
        super().__init__(tensor, spec)


def _default(value: Any) -> Tensor:
    """A column's default; a dtype stands for none."""
    if isinstance(value, (DType, type)):
        return ops.constant([], dtype=as_dtype(value))
    return ops.reshape(convert_to_tensor(value, name="record_default"), [-1])
