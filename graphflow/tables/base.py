"""What all lookup tables share."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import get_collection
from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.graph import Operation, Tensor
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor


class KeyValueTypes:
    """What has keys and values: tables and their initializers.

    Args:
      key_dtype: the dtype of keys.
      value_dtype: the dtype of values.
    """

    def __init__(self, key_dtype: Any, value_dtype: Any) -> None:
        self._key_dtype = as_dtype(key_dtype)
        self._value_dtype = as_dtype(value_dtype)

    @property
    def key_dtype(self) -> DType:
        """The dtype of keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The dtype of values."""
        return self._value_dtype


class LookupInterface(KeyValueTypes):
    """A table that maps keys to values.

    Args:
      key_dtype: the dtype of keys.
      value_dtype: the dtype of values.
    """

    @property
    def name(self) -> str:
        """The table's name."""
        raise NotImplementedError

    def size(self, name: str | None = None) -> Tensor:
        """Return the number of keys, an int64 scalar.

        Args:
          name: the operation's name.
        """
        raise NotImplementedError

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """Return the values of keys.

        Args:
          keys: a tensor or `SparseTensor` of keys.
          name: the operation's name.
        """
        raise NotImplementedError


class TableWithHandle(LookupInterface):
    """A table of a session, behind a handle."""

    def __init__(self, key_dtype: Any, value_dtype: Any, default_value: Any) -> None:
        super().__init__(key_dtype, value_dtype)
        self._default_value: Tensor = convert_to_tensor(default_value, dtype=self._value_dtype)
        self._resource_handle: Tensor

    @property
    def name(self) -> str:
        """The name of the table's operation."""
        return self._resource_handle.op.name

    @property
    def resource_handle(self) -> Tensor:
        """The handle, a scalar of dtype resource."""
        return self._resource_handle

    @property
    def default_value(self) -> Tensor:
        """What stands for keys that the table does not have."""
        return self._default_value

    @property
    def _scope(self) -> str:
        """The last part of the name, of which the names of the table's operations are made."""
        return self.name.rpartition("/")[2]

    def size(self, name: str | None = None) -> Tensor:
        """Return the number of keys, an int64 scalar.

        Args:
          name: the operation's name.
        """
        with name_scope(name, f"{self._scope}_Size", [self._resource_handle]):
            return ops.lookup_table_size(self._resource_handle)

    def _find(self, keys: Any, name: str | None, default_name: str) -> Any:
        """The values of keys; those of a sparse tensor again as one."""
        tensor = keys.values if isinstance(keys, SparseTensor) else keys
        tensor = self._keys(tensor)
        with name_scope(name, default_name, [self._resource_handle, tensor, self._default_value]):
            values = ops.lookup_table_find(self._resource_handle, tensor, self._default_value)
        if isinstance(keys, SparseTensor):
            return SparseTensor(keys.indices, values, keys.dense_shape)
        return values

    def _keys(self, keys: Any, name: str | None = None) -> Tensor:
        """Keys as a tensor of the right dtype."""
        given = keys.dtype if isinstance(keys, Tensor) else None
        if given is not None and given.base_dtype is not self._key_dtype:
            raise TypeError(f"keys must be {self._key_dtype.name}, not {given.base_dtype.name}")
        return convert_to_tensor(keys, dtype=self._key_dtype, name=name)

    def _export(self, name: str | None, default_name: str) -> tuple[Tensor, Tensor]:
        with name_scope(name, default_name, [self._resource_handle]):
            keys, values = ops.lookup_table_export(
                self._resource_handle, self._key_dtype, self._value_dtype
            )
        return keys, values


def tables_initializer(name: str = "init_all_tables") -> Operation:
    """Return an operation that initializes all tables of the default graph.

    Args:
      name: the operation's name.

    Returns:
      The operation; it does nothing if there are no tables.

    >>> import graphflow as tf
    >>> names = tf.lookup.KeyValueTensorInitializer([2, 3], ["two", "three"])
    >>> table = tf.lookup.StaticHashTable(names, "?")
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     print(sess.run(table.lookup([3, 7])))
    [b'three' b'?']
    """
    initializers = get_collection(GraphKeys.TABLE_INITIALIZERS)
    if initializers:
        return ops.group(*initializers, name=name)
    return ops.no_op(name=name)


def initialize_all_tables(name: str = "init_all_tables") -> Operation:
    """Return an initializer; deprecated name of `tf.tables_initializer`.

    Args:
      name: the operation's name.
    """
    warn_once("tf.initialize_all_tables is deprecated: use tf.tables_initializer")
    return tables_initializer(name)
