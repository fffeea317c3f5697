"""Tables that grow and shrink while a graph runs."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope
from graphflow.tables.base import TableWithHandle


class _Growing(TableWithHandle):
    """What tables share that grow and shrink."""

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """Return the values of keys, the default for those that the table does not have.

        Args:
          keys: a tensor or `SparseTensor` of keys.
          name: name scope of the operation.

        Returns:
          A tensor of the shape of `keys` followed by that of a value.

        Raises:
          TypeError: the keys have another dtype than those of the table.
        """
        return self._find(keys, name, f"{self._scope}_lookup_table_find")

    def insert(self, keys: Any, values: Any, name: str | None = None) -> Operation:
        """Return an operation that sets the values of keys.

        Args:
          keys: a tensor of keys.
          values: their values, a tensor of the shape of `keys` followed by that of a value.
          name: name scope of the operation.

        Raises:
          TypeError: the dtypes are not those of the table.
        """
        inputs = [self._resource_handle, keys, values]
        with name_scope(name, f"{self._scope}_lookup_table_insert", inputs):
            keys = self._keys(keys, "keys")
            values = convert_to_tensor(values, dtype=self._value_dtype, name="values")
            return ops.lookup_table_insert(self._resource_handle, keys, values)

    def remove(self, keys: Any, name: str | None = None) -> Operation:
        """Return an operation that forgets keys; those that are not there are ignored.

        Args:
          keys: a tensor of keys.
          name: name scope of the operation.

        Raises:
          TypeError: the dtype is not that of the table's keys.
        """
        inputs = [self._resource_handle, keys]
        with name_scope(name, f"{self._scope}_lookup_table_remove", inputs):
            keys = self._keys(keys)
            return ops.lookup_table_remove(self._resource_handle, keys)

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """Return all keys and their values, in the same order.

        Args:
          name: name scope of the operation.
        """
        return self._export(name, f"{self._scope}_lookup_table_export_values")


class MutableHashTable(_Growing):
    """A table that grows and shrinks, with scalar keys.

    Args:
      key_dtype: the dtype of keys.
      value_dtype: the dtype of values.
      default_value: what stands for keys that are not there, a scalar or vector; values have its
        shape.
      shared_name: the name under which the session keeps the table, by default the node's name.
      name: the operation's name.
      checkpoint: whether a saver may write the table to checkpoints.

    >>> import graphflow as tf
    >>> from graphflow.tables.mutable import MutableHashTable
    >>> table = MutableHashTable(tf.string, tf.int64, -1)
    >>> with tf.Session() as sess:
    ...     sess.run(table.insert(["a", "b"], [5, 7]))
    ...     print(sess.run(table.lookup(["b", "c"])))
    [ 7 -1]
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        shared_name: str | None = None,
        name: str = "MutableHashTable",
        checkpoint: bool = True,
    ) -> None:
        super().__init__(key_dtype, value_dtype, default_value)
        self.checkpoint = checkpoint
        dtypes = (self._key_dtype, self._value_dtype)
        options: Any = {
            "shared_name": shared_name or "",
            "use_node_name_sharing": not shared_name,
            "name": name,
        }
        shape = self._default_value.shape
        if shape.rank == 0:
            self._resource_handle = ops.mutable_hash_table(*dtypes, **options)
        else:
            self._resource_handle = ops.mutable_hash_table_of_tensors(*dtypes, shape, **options)


class MutableDenseHashTable(_Growing):
    """A table that grows and shrinks, with keys of any shape.

    `export` returns its keys alone, without the free places that TensorFlow shows among them.

    Args:
      key_dtype: the dtype of keys.
      value_dtype: the dtype of values.
      default_value: what stands for keys that are not there; values have its shape.
      empty_key: a key that is never used; keys have its shape.
      deleted_key: another one.
      initial_num_buckets: a power of 2, without effect on results.
      shared_name: the name under which the session keeps the table, by default the node's name.
      name: the operation's name.
      checkpoint: whether a saver may write the table to checkpoints.

    Raises:
      ValueError: the keys differ in shape; the number of buckets is no power of 2.
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        empty_key: Any,
        deleted_key: Any,
        initial_num_buckets: int | None = None,
        shared_name: str | None = None,
        name: str = "MutableDenseHashTable",
        checkpoint: bool = True,
    ) -> None:
        default = convert_to_tensor(default_value, dtype=value_dtype, name="default_value")
        super().__init__(key_dtype, value_dtype, default)
        self.checkpoint = checkpoint
        empty = convert_to_tensor(empty_key, dtype=self._key_dtype, name="empty_key")
        deleted = convert_to_tensor(deleted_key, dtype=self._key_dtype, name="deleted_key")
        self._resource_handle = ops.mutable_dense_hash_table(
            empty,
            deleted,
            self._value_dtype,
            default.shape,
            shared_name or "",
            not shared_name,
            131072 if initial_num_buckets is None else initial_num_buckets,
            name=name,
        )


class DenseHashTable(MutableDenseHashTable):
    """A table that grows and shrinks, with keys of any shape.

    Args:
      key_dtype: the dtype of keys.
      value_dtype: the dtype of values.
      default_value: what stands for keys that are not there; values have its shape.
      empty_key: a key that is never used; keys have its shape.
      deleted_key: another one.
      initial_num_buckets: a power of 2, without effect on results.
      name: the operation's name.
      checkpoint: whether a saver may write the table to checkpoints.

    Raises:
      ValueError: the keys differ in shape; the number of buckets is no power of 2.

    >>> import graphflow as tf
    >>> table = tf.lookup.experimental.DenseHashTable(
    ...     tf.int64, tf.float32, default_value=-1.0, empty_key=0, deleted_key=-1)
    >>> with tf.Session() as sess:
    ...     sess.run(table.insert([3, 5], [0.5, 2.5]))
    ...     sess.run(table.erase([3]))
    ...     print(sess.run([table.lookup([3, 5]), table.size()]))
    [array([-1. ,  2.5], dtype=float32), np.int64(1)]
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        empty_key: Any,
        deleted_key: Any,
        initial_num_buckets: int | None = None,
        name: str = "MutableDenseHashTable",
        checkpoint: bool = True,
    ) -> None:
        super().__init__(
            key_dtype, value_dtype, default_value, empty_key, deleted_key, initial_num_buckets,
            None, name, checkpoint,
        )  # fmt: skip

    def insert_or_assign(self, keys: Any, values: Any, name: str | None = None) -> Operation:
        """Return an operation that sets the values of keys, as `insert` does.

        Args:
          keys: a tensor of keys.
          values: their values.
          name: name scope of the operation.
        """
        return self.insert(keys, values, name)

    def erase(self, keys: Any, name: str | None = None) -> Operation:
        """Return an operation that forgets keys, as `remove` does.

        Args:
          keys: a tensor of keys.
          name: name scope of the operation.
        """
        return self.remove(keys, name)
