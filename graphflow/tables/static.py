"""Tables that are set once, by their initializers, and tables with room for unknown keys."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype, int64 as _int64, string as _string
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.tables.base import LookupInterface, TableWithHandle


class StaticHashTable(TableWithHandle):
    """A table that its initializer fills once.

    Args:
      initializer: a `KeyValueTensorInitializer` or `TextFileInitializer`.
      default_value: what stands for keys that the table does not have, a scalar.
      name: the operation's name.

    Raises:
      ValueError: the default is no scalar.

    >>> import graphflow as tf
    >>> ages = tf.lookup.KeyValueTensorInitializer(["ann", "bob"], [31, 27])
    >>> table = tf.lookup.StaticHashTable(ages, default_value=-1)
    >>> found = table.lookup(["bob", "eve", "ann"])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     print(sess.run(found), sess.run(table.size()))
    [27 -1 31] 2
    """

    def __init__(self, initializer: Any, default_value: Any, name: str | None = None) -> None:
        super().__init__(initializer.key_dtype, initializer.value_dtype, default_value)
        if self._default_value.shape.rank not in (None, 0):
            raise ValueError(f"default_value must be a scalar, not {self._default_value!r}")
        self._initializer = initializer
        self._resource_handle = ops.hash_table(
            self._key_dtype,
            self._value_dtype,
            self._shared_name(),
            name="hash_table" if name is None else name,
        )
        self._init_op: Operation = initializer.initialize(self)

    def _shared_name(self) -> str:
        name: str = self._initializer._shared_name
        return name

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table."""
        return self._init_op

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """Return the values of keys.

        Args:
          keys: a tensor or `SparseTensor` of keys.
          name: name scope of the operation.

        Returns:
          A tensor (or `SparseTensor`) of the same shape.

        Raises:
          TypeError: the keys have another dtype than those of the table.
          FailedPreconditionError: (in the run) the table is not initialized.
        """
        return self._find(keys, name, f"{self._scope}_Lookup")

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """Return all keys and their values, in no particular order.

        Args:
          name: name scope of the operation.
        """
        return self._export(name, f"{self._scope}_Export")


class HashTable(StaticHashTable):
    """A table that its initializer fills once; the name of `StaticHashTable` in `tf.contrib`.

    Args:
      initializer: a `KeyValueTensorInitializer` or `TextFileInitializer`.
      default_value: what stands for keys that the table does not have, a scalar.
      shared_name: the name under which the session keeps the table.
      name: the operation's name.
    """

    def __init__(
        self,
        initializer: Any,
        default_value: Any,
        shared_name: str | None = None,
        name: str | None = None,
    ) -> None:
        self._given_name = shared_name
        super().__init__(initializer, default_value, name)

    def _shared_name(self) -> str:
        return self._given_name or super()._shared_name()

    @property
    def init(self) -> Operation:
        """The operation that fills the table; older name of `initializer`."""
        return self._init_op


# -- unknown keys ----------------------------------------------------------------------------------


class HasherSpec(NamedTuple):
    """How keys are put into buckets.

    Attributes:
      hasher: "fasthash", "stronghash" or "legacy".
      key: two integers for "stronghash".
    """

    hasher: str
    key: Sequence[int] | None


FastHashSpec = HasherSpec("fasthash", None)


class StrongHashSpec(HasherSpec):
    """How keys are put into buckets by a hash that needs a key to be foreseen.

    Args:
      key: two integers of 64 bits.

    Raises:
      ValueError: there are not two of them.
      TypeError: they are no integers.
    """

    __slots__ = ()

    def __new__(cls, key: Sequence[int]) -> StrongHashSpec:
        """Check the key."""
        if len(key) != 2:
            raise ValueError(f"the key of a strong hash is {list(key)}: it must have two integers")
        if not all(isinstance(part, int) for part in key):
            raise TypeError(f"the key of a strong hash is {list(key)}: it must have two integers")
        return super().__new__(cls, "stronghash", key)


def _hash_function(spec: Any) -> Callable[..., Tensor]:
    if not isinstance(spec, HasherSpec):
        raise TypeError(f"hasher_spec is {spec!r}: it must be a HasherSpec such as FastHashSpec")
    if spec.hasher == "fasthash":
        return ops.string_to_hash_bucket_fast
    if spec.hasher == "legacy":
        return ops.string_to_hash_bucket
    if spec.hasher == "stronghash":
        return functools.partial(ops.string_to_hash_bucket_strong, key=spec.key)
    raise ValueError(f"there is no hasher {spec.hasher!r}")


class IdTableWithHashBuckets(LookupInterface):
    """A table of numbers that puts unknown keys into buckets by their hash.

    The buckets get the numbers behind those of the table.

    Args:
      table: a table with int64 values, or None if all keys are unknown.
      num_oov_buckets: how many buckets there are.
      hasher_spec: how keys are put into buckets, `FastHashSpec` or a `StrongHashSpec`.
      name: the table's name.
      key_dtype: the dtype of keys, by default that of the table, without one string.

    Raises:
      TypeError: a dtype does not fit.
      ValueError: there is neither table nor bucket.
    """

    def __init__(
        self,
        table: Any,
        num_oov_buckets: int,
        hasher_spec: Any = FastHashSpec,
        name: str | None = None,
        key_dtype: Any = None,
    ) -> None:
        self._table = table
        self._num_oov_buckets = num_oov_buckets
        wanted = _string if table is None else table.key_dtype
        dtype = wanted if key_dtype is None else as_dtype(key_dtype)
        _check_id_dtypes(table, dtype)
        if table is None and num_oov_buckets <= 0:
            raise ValueError("num_oov_buckets must be positive if there is no table")
        self._bucket = _hash_function(hasher_spec)
        if name is not None:
            self._name = name.rpartition("/")[2]
        elif table is not None:
            self._name = table.name.rpartition("/")[2]
        else:
            self._name = "hash_bucket"
        super().__init__(dtype, _int64)

    @property
    def name(self) -> str:
        """The table's name."""
        return self._name

    @property
    def resource_handle(self) -> Tensor | None:
        """The handle of the table behind it, None without one."""
        return None if self._table is None else self._table.resource_handle

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table behind it."""
        if self._table is None:
            return ops.no_op()
        return self._table.initializer  # type: ignore[no-any-return]

    @property
    def init(self) -> Operation:
        """The operation that fills the table behind it; older name of `initializer`."""
        return self.initializer

    def size(self, name: str | None = None) -> Tensor:
        """Return the number of keys of the table and of buckets, an int64 scalar.

        Args:
          name: name scope of the operations.
        """
        with name_scope(name, f"{self._name}_Size"):
            if self._table is None:
                return convert_to_tensor(self._num_oov_buckets, dtype=_int64)
            return self._table.size() + self._num_oov_buckets  # type: ignore[no-any-return]

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """Return the numbers of keys.

        Args:
          keys: a tensor or `SparseTensor` of keys.
          name: name scope of the operations.

        Returns:
          An int64 tensor (or `SparseTensor`) of the same shape.

        Raises:
          TypeError: the keys have another dtype than those of the table.
        """
        tensor = keys.values if isinstance(keys, SparseTensor) else keys
        if isinstance(tensor, Tensor) and tensor.dtype.base_dtype is not self._key_dtype:
            raise TypeError(f"keys must be {self._key_dtype.name}, not {tensor.dtype.name}")
        tensor = convert_to_tensor(tensor, dtype=self._key_dtype)
        if self._num_oov_buckets == 0:
            ids = self._table.lookup(tensor, name=name)
        else:
            with name_scope(name, f"{self._name}_Lookup"):
                ids = self._ids(tensor)
        if isinstance(keys, SparseTensor):
            return SparseTensor(keys.indices, ids, keys.dense_shape)
        return ids

    def _ids(self, keys: Tensor) -> Tensor:
        text = ops.as_string(keys) if self._key_dtype.is_integer else keys
        buckets = self._bucket(text, num_buckets=self._num_oov_buckets, name="hash_bucket")
        if self._table is None:
            return buckets
        known: Any = keys
        if self._table.key_dtype is not self._key_dtype:
            known = ops.cast(keys, self._table.key_dtype)
        ids = self._table.lookup(known)
        behind = ops.add(buckets, self._table.size())
        is_known = ops.not_equal(ids, self._table.default_value)
        return ops.where(is_known, ids, behind)


def _check_id_dtypes(table: Any, key_dtype: DType) -> None:
    if not (key_dtype is _string or key_dtype.is_integer):
        raise TypeError(f"keys must be strings or integers, not {key_dtype.name}")
    if table is None:
        return
    if key_dtype.is_integer != table.key_dtype.is_integer:
        raise TypeError(f"key_dtype is {key_dtype.name}, keys of the table {table.key_dtype.name}")
    if table.value_dtype is not _int64:
        raise TypeError(f"values of the table must be int64, not {table.value_dtype.name}")


class StaticVocabularyTable(IdTableWithHashBuckets):
    """A table of numbers that is set once and puts unknown keys into buckets by their hash.

    Args:
      initializer: fills the table with int64 values, best 0 to n - 1; None if all keys are unknown.
      num_oov_buckets: how many buckets there are, numbered behind the keys of the table.
      lookup_key_dtype: the dtype of keys, by default that of the initializer.
      name: the operation's name.

    Raises:
      TypeError: a dtype does not fit.
      ValueError: there is no bucket.

    >>> import graphflow as tf
    >>> init = tf.lookup.KeyValueTensorInitializer(["a", "b"], [0, 1], value_dtype=tf.int64)
    >>> table = tf.lookup.StaticVocabularyTable(init, num_oov_buckets=3)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     print(sess.run([table.lookup(["b", "x", "y"]), table.size()]))
    [array([1, 4, 4]), np.int64(5)]
    """

    def __init__(
        self,
        initializer: Any,
        num_oov_buckets: int,
        lookup_key_dtype: Any = None,
        name: str | None = None,
    ) -> None:
        if num_oov_buckets <= 0:
            raise ValueError(f"num_oov_buckets is {num_oov_buckets}: it must be positive")
        if initializer is None:
            super().__init__(None, num_oov_buckets, name=name, key_dtype=lookup_key_dtype)
            return
        if initializer.value_dtype is not _int64:
            raise TypeError(f"values must be int64, not {initializer.value_dtype.name}")
        table = StaticHashTable(initializer, default_value=-1, name=name)
        super().__init__(table, num_oov_buckets, name=name, key_dtype=lookup_key_dtype)
