"""Tables between words and their numbers, as programs for TensorFlow 1 make them."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import DType, as_dtype, int64 as _int64, string as _string
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.tables.initializers import (
    KeyValueTensorInitializer,
    TextFileIdTableInitializer,
    TextFileIndex,
    TextFileStringTableInitializer,
)
from graphflow.tables.static import (
    FastHashSpec,
    HashTable,
    IdTableWithHashBuckets,
)

_INIT = "table_init"


def index_table_from_tensor(
    mapping: Any,
    num_oov_buckets: int = 0,
    default_value: int = -1,
    hasher_spec: Any = FastHashSpec,
    dtype: Any = _string,
    name: str | None = None,
) -> Any:
    """Return a table from the elements of a vector to their positions.

    Args:
      mapping: string or integer vector without repetitions.
      num_oov_buckets: how many buckets behind the positions take unknown keys, by their hash.
      default_value: what stands for unknown keys if there are no buckets.
      hasher_spec: how keys are put into buckets.
      dtype: the dtype of keys.
      name: name scope of the operations.

    Returns:
      The table, with int64 values; it must be initialized (`tf.tables_initializer`).

    Raises:
      ValueError: there are no elements, or the number of buckets is negative.
      TypeError: the elements do not fit `dtype`.

    >>> import graphflow as tf
    >>> from graphflow.tables.vocabulary import index_table_from_tensor
    >>> table = index_table_from_tensor(["emerson", "lake", "palmer"], num_oov_buckets=1)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     print(sess.run(table.lookup(["palmer", "and", "lake"])))
    [2 3 1]
    """
    if mapping is None:
        raise ValueError("index_table_from_tensor needs a vector of keys")
    _check_buckets(num_oov_buckets)
    key_dtype = as_dtype(dtype)
    with name_scope(name, "string_to_index"):
        keys = _key_vector(mapping, key_dtype)
        numbers = ops.cast(ops.range(ops.size(keys)), _int64)
        with name_scope(None, "hash_table"):
            init_keys = ops.cast(keys, _int64) if key_dtype.is_integer else keys
            init = KeyValueTensorInitializer(init_keys, numbers, name=_INIT)
            table = HashTable(init, default_value)
        return _with_buckets(table, num_oov_buckets, hasher_spec, key_dtype)


def _check_buckets(count: int) -> None:
    if count < 0:
        raise ValueError(f"num_oov_buckets is {count}: it must not be negative")


def _key_vector(mapping: Any, dtype: DType) -> Tensor:
    """Keys as a tensor; strings and integers are not converted into each other."""
    if not (dtype is _string or dtype.is_integer):
        raise TypeError(f"keys must be strings or integers, not {dtype.name}")
    keys = convert_to_tensor(mapping)
    if keys.dtype.base_dtype.is_integer != dtype.is_integer or (
        dtype is _string and keys.dtype.base_dtype is not _string
    ):
        raise TypeError(f"mapping has dtype {keys.dtype.name}, not {dtype.name}")
    return keys


def _with_buckets(table: HashTable, count: int, hasher_spec: Any, key_dtype: DType) -> Any:
    if not count:
        return table
    return IdTableWithHashBuckets(table, count, hasher_spec, table.name, key_dtype)


def index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    hasher_spec: Any = FastHashSpec,
    key_dtype: Any = _string,
    name: str | None = None,
    key_column_index: int = TextFileIndex.WHOLE_LINE,
    value_column_index: int = TextFileIndex.LINE_NUMBER,
    delimiter: str = "\t",
) -> Any:
    """Return a table from the lines of a file to their numbers.

    Args:
      vocabulary_file: the file's name, str or a string scalar.
      num_oov_buckets: how many buckets behind the numbers take unknown keys, by their hash.
      vocab_size: how many lines to read, by default all.
      default_value: what stands for unknown keys if there are no buckets.
      hasher_spec: how keys are put into buckets.
      key_dtype: the dtype of keys, string or an integer.
      name: name scope of the operations.
      key_column_index: the column of keys, or a constant of `TextFileIndex`.
      value_column_index: the column of numbers, or a constant of `TextFileIndex`.
      delimiter: the character between columns.

    Returns:
      The table, with int64 values; it must be initialized (`tf.tables_initializer`).

    Raises:
      ValueError: there is no file name, or a number is out of range.
      TypeError: keys are neither strings nor integers.
    """
    _check_file(vocabulary_file, vocab_size)
    _check_buckets(num_oov_buckets)
    dtype = as_dtype(key_dtype)
    if not (dtype is _string or dtype.is_integer):
        raise TypeError(f"keys must be strings or integers, not {dtype.name}")
    with name_scope(name, "string_to_index"):
        with name_scope(None, "hash_table"):
            init = TextFileIdTableInitializer(
                vocabulary_file,
                key_column_index,
                value_column_index,
                vocab_size,
                delimiter,
                _INIT,
                _int64 if dtype.is_integer else dtype,
            )
            table = HashTable(init, default_value)
        return _with_buckets(table, num_oov_buckets, hasher_spec, dtype)


def _check_file(vocabulary_file: Any, vocab_size: int | None) -> None:
    if not isinstance(vocabulary_file, Tensor) and not vocabulary_file:
        raise ValueError("the table needs the name of a vocabulary file")
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"vocab_size is {vocab_size}: it must be positive")


def index_to_string_table_from_tensor(
    mapping: Any, default_value: Any = "UNK", name: str | None = None
) -> HashTable:
    """Return a table from positions to the elements of a vector.

    Args:
      mapping: string vector.
      default_value: what stands for other positions.
      name: name scope of the operations.

    Returns:
      The table, with int64 keys; it must be initialized (`tf.tables_initializer`).

    Raises:
      ValueError: there are no elements.

    >>> import graphflow as tf
    >>> from graphflow.tables.vocabulary import index_to_string_table_from_tensor
    >>> table = index_to_string_table_from_tensor(["emerson", "lake"], default_value="?")
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     print(sess.run(table.lookup(tf.constant([1, 5], tf.int64))))
    [b'lake' b'?']
    """
    if mapping is None:
        raise ValueError("index_to_string_table_from_tensor needs a vector of strings")
    with name_scope(name, "index_to_string"):
        values = convert_to_tensor(mapping, dtype=_string)
        numbers = ops.cast(ops.range(ops.size(values)), _int64)
        init = KeyValueTensorInitializer(numbers, values, _int64, _string, name=_INIT)
        return HashTable(init, default_value)


def index_to_string_table_from_file(
    vocabulary_file: Any,
    vocab_size: int | None = None,
    default_value: Any = "UNK",
    name: str | None = None,
    key_column_index: int = TextFileIndex.LINE_NUMBER,
    value_column_index: int = TextFileIndex.WHOLE_LINE,
    delimiter: str = "\t",
) -> HashTable:
    """Return a table from numbers to the lines of a file.

    Args:
      vocabulary_file: the file's name, str or a string scalar.
      vocab_size: how many lines to read, by default all.
      default_value: what stands for other numbers.
      name: name scope of the operations.
      key_column_index: the column of numbers, or a constant of `TextFileIndex`.
      value_column_index: the column of strings, or a constant of `TextFileIndex`.
      delimiter: the character between columns.

    Returns:
      The table, with int64 keys; it must be initialized (`tf.tables_initializer`).

    Raises:
      ValueError: there is no file name, or a number is out of range.
    """
    _check_file(vocabulary_file, vocab_size)
    with name_scope(name, "index_to_string"):
        init = TextFileStringTableInitializer(
            vocabulary_file, key_column_index, value_column_index, vocab_size, delimiter, _INIT
        )
        return HashTable(init, default_value)


def string_to_index(
    tensor: Any, mapping: Any, default_value: int = -1, name: str | None = None
) -> Tensor:
    """Return the positions of strings in a vector; a table made for this one look-up.

    Args:
      tensor: a string tensor.
      mapping: string vector without repetitions.
      default_value: what stands for strings that are not in the vector.
      name: name scope of the table's operations.

    Returns:
      An int64 tensor of the same shape; the tables must be initialized (`tf.tables_initializer`).
    """
    table = index_table_from_tensor(mapping, default_value=default_value, name=name)
    return table.lookup(tensor)  # type: ignore[no-any-return]


def string_to_index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    hasher_spec: Any = FastHashSpec,
    name: str | None = None,
) -> Any:
    """Return a table from the lines of a file to their numbers; old form of another function.

    Args:
      vocabulary_file: as in `index_table_from_file`, and so are the others.
      num_oov_buckets: as there.
      vocab_size: as there.
      default_value: as there.
      hasher_spec: as there.
      name: as there.
    """
    warn_once("tf.contrib.lookup.string_to_index_table_from_file: use index_table_from_file")
    return index_table_from_file(
        vocabulary_file, num_oov_buckets, vocab_size, default_value, hasher_spec, name=name
    )


def string_to_index_table_from_tensor(
    mapping: Any,
    num_oov_buckets: int = 0,
    default_value: int = -1,
    hasher_spec: Any = FastHashSpec,
    name: str | None = None,
) -> Any:
    """Return a table from strings to their positions; old form of another function.

    Args:
      mapping: as in `index_table_from_tensor`, and so are the others.
      num_oov_buckets: as there.
      default_value: as there.
      hasher_spec: as there.
      name: as there.
    """
    warn_once("tf.contrib.lookup.string_to_index_table_from_tensor: use index_table_from_tensor")
    return index_table_from_tensor(mapping, num_oov_buckets, default_value, hasher_spec, name=name)


def index_to_string(
    tensor: Any, mapping: Any, default_value: Any = "UNK", name: str | None = None
) -> Tensor:
    """Return the strings at positions of a vector; a table made for this one look-up.

    Args:
      tensor: an int64 tensor of positions.
      mapping: string vector.
      default_value: what stands for positions outside of the vector.
      name: name scope of the table's operations.

    Returns:
      A string tensor of the same shape; the tables must be initialized (`tf.tables_initializer`).
    """
    table = index_to_string_table_from_tensor(mapping, default_value, name)
    return table.lookup(tensor)  # type: ignore[no-any-return]
