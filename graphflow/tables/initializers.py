"""What a table is filled with once: two tensors, or the lines of a file."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import add_to_collection
from graphflow.core.dtypes import DType, int64 as _int64, string as _string
from graphflow.core.graph import Operation, Tensor
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.tables.base import KeyValueTypes


class TextFileIndex:
    """What of a text file's line makes a key or value, apart from a column's number."""

    WHOLE_LINE = -2
    LINE_NUMBER = -1


class TableInitializerBase(KeyValueTypes):
    """Base of what initializes a table.

    Args:
      key_dtype: the dtype of keys.
      value_dtype: the dtype of values.
    """

    @property
    def _shared_name(self) -> str:
        """The name under which tables with this content are shared, "" for none."""
        return ""

    def initialize(self, table: Any) -> Operation:
        """Return an operation that fills a table.

        Args:
          table: a table that is set once.
        """
        raise NotImplementedError

    def _check(self, table: Any) -> None:
        """Raise TypeError unless a table has the initializer's dtypes."""
        ours = (self._key_dtype, self._value_dtype)
        theirs = (table.key_dtype.base_dtype, table.value_dtype.base_dtype)
        if ours != theirs:
            raise TypeError(
                f"the table maps {theirs[0].name} to {theirs[1].name}, its initializer "
                f"{ours[0].name} to {ours[1].name}"
            )


class KeyValueTensorInitializer(TableInitializerBase):
    """Fills a table from a tensor of keys and one of values.

    Args:
      keys: the keys, a vector.
      values: their values, as many.
      key_dtype: the dtype of keys, by default that of `keys`.
      value_dtype: the dtype of values, by default that of `values`.
      name: name scope of the initializing operation.

    >>> import graphflow as tf
    >>> init = tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2], value_dtype=tf.int64)
    >>> init.key_dtype, init.value_dtype
    (tf.string, tf.int64)
    """

    def __init__(
        self,
        keys: Any,
        values: Any,
        key_dtype: Any = None,
        value_dtype: Any = None,
        name: str | None = None,
    ) -> None:
        self._keys: Tensor = convert_to_tensor(keys, dtype=key_dtype, name="keys")
        self._values: Tensor = convert_to_tensor(values, dtype=value_dtype, name="values")
        self._name = "key_value_init" if name is None else name
        super().__init__(self._keys.dtype, self._values.dtype)

    def initialize(self, table: Any) -> Operation:
        """Return an operation that fills a table, and enter it among the initializers.

        Args:
          table: a table that is set once.

        Raises:
          TypeError: the table has other dtypes.
        """
        self._check(table)
        values = [table.resource_handle, self._keys, self._values]
        with name_scope(self._name, values=values):
            operation = ops.lookup_table_import(*values)
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, operation)
        return operation


class TextFileInitializer(TableInitializerBase):
    r"""Fills a table from the lines of a text file.

    Args:
      filename: str, or a string scalar.
      key_dtype: the dtype of keys.
      key_index: the column of keys, or a constant of `TextFileIndex`.
      value_dtype: the dtype of values.
      value_index: the column of values, or a constant of `TextFileIndex`.
      vocab_size: how many lines to read, by default all.
      delimiter: the character between columns.
      name: name scope of the initializing operation.

    Raises:
      ValueError: a column does not fit its dtype: line numbers are int64, whole lines are strings
        (or integers).

    >>> import pathlib, tempfile
    >>> import graphflow as tf
    >>> path = pathlib.Path(tempfile.mkdtemp(), "words.txt")
    >>> _ = path.write_text("cat\t9\ndog\t4\n")
    >>> init = tf.lookup.TextFileInitializer(str(path), tf.string, 0, tf.int64, 1)
    >>> table = tf.lookup.StaticHashTable(init, -1)
    >>> with tf.Session() as sess:
    ...     sess.run(table.initializer)
    ...     print(sess.run(table.lookup(["dog", "cow"])))
    [ 4 -1]
    """

    def __init__(
        self,
        filename: Any,
        key_dtype: Any,
        key_index: int,
        value_dtype: Any,
        value_index: int,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = None,
    ) -> None:
        if not isinstance(filename, Tensor) and not filename:
            raise ValueError("TextFileInitializer needs the name of a file")
        super().__init__(key_dtype, value_dtype)
        _check_column("key", key_index, self._key_dtype)
        _check_column("value", value_index, self._value_dtype)
        if vocab_size is not None and vocab_size <= 0:
            raise ValueError(f"vocab_size is {vocab_size}: it must be positive")
        self._filename_arg = filename
        self._key_index = int(key_index)
        self._value_index = int(value_index)
        self._vocab_size = vocab_size
        self._delimiter = delimiter
        self._name = "text_file_init" if name is None else name
        self._filename: Tensor = convert_to_tensor(filename, dtype=_string, name="asset_path")
        add_to_collection(GraphKeys.ASSET_FILEPATHS, self._filename)

    @property
    def _shared_name(self) -> str:
        """Tables of one file and the same columns are shared."""
        name = getattr(self._filename_arg, "name", self._filename_arg)
        parts = [name, self._vocab_size, self._key_index, self._value_index]
        return "_".join(["hash_table", *(str(part) for part in parts if part is not None)])

    def initialize(self, table: Any) -> Operation:
        """Return an operation that fills a table, and enter it among the initializers.

        Args:
          table: a table that is set once.

        Raises:
          TypeError: the table has other dtypes.
        """
        self._check(table)
        with name_scope(self._name, "text_file_init", [table.resource_handle]):
            operation = ops.initialize_table_from_text_file(
                table.resource_handle,
                self._filename,
                self._key_index,
                self._value_index,
                self._vocab_size or -1,
                self._delimiter,
            )
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, operation)
        return operation


def _check_column(what: str, index: int, dtype: DType) -> None:
    if index < TextFileIndex.WHOLE_LINE:
        raise ValueError(f"{what}_index is {index}: it must be -2, -1 or a column's number")
    if index == TextFileIndex.LINE_NUMBER and dtype is not _int64:
        raise ValueError(f"{what}s are line numbers, which are int64, not {dtype.name}")
    if index == TextFileIndex.WHOLE_LINE and dtype is not _string and not dtype.is_integer:
        raise ValueError(f"{what}s are whole lines, which are strings, not {dtype.name}")


class TextFileStringTableInitializer(TextFileInitializer):
    """Fills a table from numbers to strings from the lines of a text file.

    Args:
      filename: str, or a string scalar.
      key_column_index: the column of keys, by default the line's number.
      value_column_index: the column of values, by default the whole line.
      vocab_size: how many lines to read, by default all.
      delimiter: the character between columns.
      name: name scope of the initializing operation.
    """

    def __init__(
        self,
        filename: Any,
        key_column_index: int = TextFileIndex.LINE_NUMBER,
        value_column_index: int = TextFileIndex.WHOLE_LINE,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = "text_file_string_table_init",
    ) -> None:
        super().__init__(
            filename, _int64, key_column_index, _string, value_column_index, vocab_size, delimiter,
            name,
        )  # fmt: skip


class TextFileIdTableInitializer(TextFileInitializer):
    """Fills a table from strings to numbers from the lines of a text file.

    Args:
      filename: str, or a string scalar.
      key_column_index: the column of keys, by default the whole line.
      value_column_index: the column of values, by default the line's number.
      vocab_size: how many lines to read, by default all.
      delimiter: the character between columns.
      name: name scope of the initializing operation.
      key_dtype: the dtype of keys.
    """

    def __init__(
        self,
        filename: Any,
        key_column_index: int = TextFileIndex.WHOLE_LINE,
        value_column_index: int = TextFileIndex.LINE_NUMBER,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = "text_file_id_table_init",
        key_dtype: Any = _string,
    ) -> None:
        super().__init__(
            filename, key_dtype, key_column_index, _int64, value_column_index, vocab_size,
            delimiter, name,
        )  # fmt: skip
