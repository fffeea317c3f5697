"""Lookup tables: their handles, and reading and changing what they map.

A table is state of the session, which its node makes when it first runs; see `core/handles.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from graphflow.core.build import apply, apply_multi, apply_op
from graphflow.core.dtypes import (
    DType,
    as_dtype,
    dtype_set,
    float32 as _float32,
    int32 as _int32,
    int64 as _int64,
    resource as _resource,
    string as _string,
)
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.op import Array, Context, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec, as_shape
from graphflow.ops._static import check_rank, invalid
from graphflow.ops._tables import (
    LINE_NUMBER,
    WHOLE_LINE,
    DenseTable,
    StaticTable,
    Table,
    read_columns,
)
from graphflow.ops._text import as_bytes, item_of, texts

__all__ = [
    "HashTableV2",
    "InitializeTableFromTextFileV2",
    "InitializeTableV2",
    "LookupTableExportV2",
    "LookupTableFindV2",
    "LookupTableImportV2",
    "LookupTableInsertV2",
    "LookupTableRemoveV2",
    "LookupTableSizeV2",
    "MutableDenseHashTableV2",
    "MutableHashTableOfTensorsV2",
    "MutableHashTableV2",
    "hash_table",
    "initialize_table",
    "initialize_table_from_text_file",
    "lookup_table_export",
    "lookup_table_find",
    "lookup_table_import",
    "lookup_table_insert",
    "lookup_table_remove",
    "lookup_table_size",
    "mutable_dense_hash_table",
    "mutable_hash_table",
    "mutable_hash_table_of_tensors",
]

_KIND = "table"

# -- handles ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class _Making(Op):
    """Base of the ops that make a table and return its handle."""

    key_dtype: DType
    value_dtype: DType
    container: str = ""
    shared_name: str = ""
    use_node_name_sharing: bool = False

    outputs = "table_handle"
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _resource)

    def _make(self, *inputs: Array) -> Table:
        """Make an empty table."""
        raise NotImplementedError

    def kernel(self, ctx: Context, *inputs: Array) -> Array:
        handle, table = ctx.make_handle(
            _KIND,
            lambda: self._make(*inputs),
            self.container,
            self.shared_name,
            self.use_node_name_sharing,
        )
        expected = self._make(*inputs).describe()
        if table.describe() != expected:
            raise invalid(
                f"the table {self.shared_name!r} maps {table.describe()}, not {expected}: give one "
                "of them another shared_name"
            )
        return handle

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(_string, _int64))
        yield Sample.of(cls(_int64, _float32, "box", "shared", True))


@register
class HashTableV2(_Making):
    """A table that its initializer fills once."""

    def _make(self, *inputs: Array) -> Table:
        return StaticTable(self.key_dtype, self.value_dtype)


@register
class MutableHashTableV2(_Making):
    """A table of scalars that grows and shrinks."""

    def _make(self, *inputs: Array) -> Table:
        return Table(self.key_dtype, self.value_dtype)


@register
class MutableHashTableOfTensorsV2(_Making):
    """A table of tensors of one shape that grows and shrinks."""

    value_shape: TensorShape = TensorShape([])

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        if self.value_shape.rank != 1:
            raise ValueError(f"values must be vectors, value_shape is {self.value_shape}")
        return super().infer()

    def _make(self, *inputs: Array) -> Table:
        shape = _full_shape(self.value_shape)
        return Table(self.key_dtype, self.value_dtype, value_shape=shape)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(_string, _int64, value_shape=TensorShape([3])))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(_string, _int64), (), "values must be vectors")


@register
class MutableDenseHashTableV2(_Making):
    """A table that grows and shrinks, with keys of any shape."""

    value_shape: TensorShape = TensorShape([])
    initial_num_buckets: int = 131072
    max_load_factor: float = 0.8

    inputs = "empty_key: key_dtype, deleted_key: key_dtype"
    types: ClassVar[Any] = {"key_dtype": dtype_set("int32 int64 string")}

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        empty, deleted = inputs
        empty.shape.merge_with(deleted.shape)
        buckets = self.initial_num_buckets
        if buckets < 1 or buckets & (buckets - 1):
            raise invalid(f"initial_num_buckets is {buckets}: it must be a power of 2")
        if not 0 < self.max_load_factor < 1:
            raise invalid(f"max_load_factor is {self.max_load_factor}: it must be between 0 and 1")
        return super().infer()

    def _make(self, *inputs: Array) -> Table:
        shape = _full_shape(self.value_shape)
        return DenseTable(self.key_dtype, self.value_dtype, shape, *inputs)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in (_int32, _int64):
            keys = np.asarray([[0, 1], [2, 3]], dtype.numpy)
            yield Sample.of(cls(dtype, _float32), *keys)
        yield Sample.of(
            cls(_string, _int64, value_shape=TensorShape([3])), texts("empty"), texts("deleted")
        )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one, two = np.int64(1), np.int64(2)
        yield ErrorSample(
            cls(_int64, _int64, initial_num_buckets=3), (one, two), "must be a power of 2"
        )
        yield ErrorSample(
            cls(_int64, _int64, max_load_factor=1.5), (one, two), "must be between 0 and 1"
        )


def _full_shape(shape: TensorShape) -> list[int]:
    if not shape.is_fully_defined():
        raise invalid(f"value_shape is {shape}: it must be fully defined")
    return [int(size) for size in shape.as_list() if size is not None]


def _container() -> str:
    return get_default_graph().current_container


def hash_table(
    key_dtype: DType, value_dtype: DType, shared_name: str = "", name: str | None = None
) -> Tensor:
    """Create a table that its initializer fills once.

    Args:
      key_dtype: the dtype of keys.
      value_dtype: the dtype of values.
      shared_name: the name under which the session keeps it; by default it is the node's own.
      name: the operation's name.

    Returns:
      The handle, a scalar of dtype resource.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> table = ops.hash_table(tf.string, tf.float32)
    >>> sess = tf.Session()
    >>> sess.run(ops.initialize_table(table, ["ann", "bob"], [31.0, 27.0]))
    >>> sess.run(ops.lookup_table_find(table, ["bob", "eve"], -1.0))
    array([27., -1.], dtype=float32)
    """
    op = HashTableV2(key_dtype, value_dtype, _container(), shared_name)
    return apply(op, name=name)


def mutable_hash_table(
    key_dtype: DType,
    value_dtype: DType,
    shared_name: str = "",
    use_node_name_sharing: bool = False,
    name: str | None = None,
) -> Tensor:
    """Create a table of scalars that grows and shrinks.

    Args:
      key_dtype: the dtype of keys.
      value_dtype: the dtype of values.
      shared_name: the name under which the session keeps it.
      use_node_name_sharing: whether without a shared name the node's name serves as one.
      name: the operation's name.

    Returns:
      The handle, a scalar of dtype resource.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> table = ops.mutable_hash_table(tf.string, tf.float32)
    >>> sess = tf.Session()
    >>> sess.run(ops.lookup_table_insert(table, ["ann", "bob"], [31.0, 27.0]))
    >>> sess.run(ops.lookup_table_insert(table, ["bob"], [28.0]))
    >>> sess.run(ops.lookup_table_find(table, ["bob", "ann"], -1.0))
    array([28., 31.], dtype=float32)
    """
    op = MutableHashTableV2(
        key_dtype, value_dtype, _container(), shared_name, use_node_name_sharing
    )
    return apply(op, name=name)


def mutable_hash_table_of_tensors(
    key_dtype: DType,
    value_dtype: DType,
    value_shape: Any,
    shared_name: str = "",
    use_node_name_sharing: bool = False,
    name: str | None = None,
) -> Tensor:
    """Create a table of vectors that grows and shrinks.

    Args:
      key_dtype: the dtype of keys.
      value_dtype: the dtype of values.
      value_shape: the shape of one value.
      shared_name: the name under which the session keeps it.
      use_node_name_sharing: whether without a shared name the node's name serves as one.
      name: the operation's name.

    Returns:
      The handle, a scalar of dtype resource.

    Raises:
      ValueError: values are no vectors.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> table = ops.mutable_hash_table_of_tensors(tf.string, tf.float32, [2])
    >>> sess = tf.Session()
    >>> sess.run(ops.lookup_table_insert(table, ["ann"], [[31.0, 5.0]]))
    >>> sess.run(ops.lookup_table_find(table, ["bob", "ann"], [0.0, -1.0]))
    array([[ 0., -1.],
           [31.,  5.]], dtype=float32)
    """
    op = MutableHashTableOfTensorsV2(
        key_dtype, value_dtype, _container(), shared_name, use_node_name_sharing,
        as_shape(value_shape),
    )  # fmt: skip
    return apply(op, name=name)


def mutable_dense_hash_table(
    empty_key: Any,
    deleted_key: Any,
    value_dtype: DType,
    value_shape: Any = (),
    shared_name: str = "",
    use_node_name_sharing: bool = False,
    initial_num_buckets: int = 131072,
    name: str | None = None,
) -> Tensor:
    """Create a table that grows and shrinks, with keys of any shape.

    Args:
      empty_key: a key that is never used.
      deleted_key: another one.
      value_dtype: the dtype of values.
      value_shape: the shape of one value.
      shared_name: the name under which the session keeps it.
      use_node_name_sharing: whether without a shared name the node's name serves as one.
      initial_num_buckets: a power of 2, without effect here.
      name: the operation's name.

    Returns:
      The handle, a scalar of dtype resource.

    Raises:
      ValueError: the keys differ in shape; the number of buckets is no power of 2.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> table = ops.mutable_dense_hash_table(tf.constant([0, 0]), tf.constant([-1, -1]), tf.float32)
    >>> sess = tf.Session()
    >>> sess.run(ops.lookup_table_insert(table, [[3, 5], [5, 3]], [7.5, 9.5]))
    >>> sess.run(ops.lookup_table_find(table, [[5, 3], [2, 2]], -1.0))
    array([ 9.5, -1. ], dtype=float32)
    """
    op = MutableDenseHashTableV2(
        as_dtype(empty_key.dtype), value_dtype, _container(), shared_name, use_node_name_sharing,
        as_shape(value_shape), initial_num_buckets,
    )  # fmt: skip
    return apply(op, empty_key, deleted_key, name=name)


# -- what ops on tables share ----------------------------------------------------------------------


class _Using(Op):
    """Base of the ops that take the handle of a table."""

    stateful = True
    differentiable = False
    needs_context = True

    def _table(self, ctx: Context, handle: Array) -> Table:
        """The table behind a handle."""
        table = ctx.resource(_KIND, handle)
        assert isinstance(table, Table)
        return table


def _maker(handle: TensorSpec) -> tuple[_Making, TensorShape] | None:
    """The op that makes a table, if the graph tells, and the shape of its keys."""
    source = handle.source
    while isinstance(source, Tensor) and source.op.op.is_argument:
        source = source.op.op.source  # type: ignore[attr-defined]  # captured by a body
    if not isinstance(source, Tensor) or not isinstance(source.op.op, _Making):
        return None
    inputs = source.op.inputs
    return source.op.op, inputs[0].shape if inputs else TensorShape.of(())


def _value_shape(maker: _Making) -> TensorShape:
    return getattr(maker, "value_shape", TensorShape.of(()))


def _check_dtypes(handle: TensorSpec, keys: TensorSpec | None, values: TensorSpec | None) -> None:
    """Raise TypeError unless keys and values are of a table's dtypes, as far as it is known."""
    found = _maker(handle)
    if found is None:
        return
    for what, spec, dtype in (
        ("keys", keys, found[0].key_dtype),
        ("values", values, found[0].value_dtype),
    ):
        if spec is not None and spec.dtype.base_dtype is not dtype:
            raise TypeError(
                f"{what} of the table are {dtype.name}, not {spec.dtype.base_dtype.name}"
            )


def _check_run_dtypes(table: Table, keys: Array, values: Array | None) -> None:
    """Raise InvalidArgumentError unless keys and values are of a table's dtypes."""
    for value, dtype in ((keys, table.key_dtype), (values, table.value_dtype)):
        if value is not None and _numpy_dtype(value) != dtype.numpy:
            raise invalid(
                f"the table maps {table.describe()}; it got an array of {_numpy_dtype(value)}"
            )


def _numpy_dtype(value: Array) -> Any:
    return np.dtype(object) if isinstance(value, bytes) else value.dtype


# -- reading ---------------------------------------------------------------------------------------


@register
class LookupTableFindV2(_Using):
    """The values of keys."""

    inputs = "table_handle: resource, keys: Tin, default_value: Tout"
    outputs = "values"

    def infer(
        self, table_handle: TensorSpec, keys: TensorSpec, default_value: TensorSpec
    ) -> TensorSpec:
        check_rank("table_handle", table_handle, 0)
        _check_dtypes(table_handle, keys, default_value)
        dtype = default_value.dtype.base_dtype
        found = _maker(table_handle)
        if found is None:
            return TensorSpec(TensorShape.of(None), dtype)
        maker, key_shape = found
        value_shape = _value_shape(maker)
        value_shape.merge_with(default_value.shape)
        sizes = keys.shape.as_tuple()
        if sizes is None or key_shape.rank is None:
            return TensorSpec(TensorShape.of(None), dtype)
        if len(sizes) < key_shape.rank:
            raise ValueError(f"keys of shape {keys.shape} hold no key of shape {key_shape}")
        outer = sizes[: len(sizes) - key_shape.rank]
        return TensorSpec(TensorShape.of(outer).concatenate(value_shape), dtype)

    def kernel(self, ctx: Context, table_handle: Array, keys: Array, default_value: Array) -> Array:
        table = self._table(ctx, table_handle)
        _check_run_dtypes(table, keys, default_value)
        return table.find(keys, default_value)


def lookup_table_find(
    table_handle: Tensor, keys: Any, default_value: Any, name: str | None = None
) -> Tensor:
    """Look keys up in a table.

    Args:
      table_handle: the table.
      keys: a tensor of its keys.
      default_value: what stands for keys that are not there, in the shape of one value.
      name: the operation's name.

    Returns:
      The values, a tensor of the shape of `keys` followed by that of a value.

    Raises:
      TypeError: the dtypes are not those of the table.
      FailedPreconditionError: (in the run) the table is not initialized.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> table = ops.hash_table(tf.string, tf.string)
    >>> sess = tf.Session()
    >>> sess.run(ops.initialize_table(table, ["a", "b"], ["alpha", "beta"]))
    >>> sess.run(ops.lookup_table_find(table, [["b"], ["z"]], "?"))
    array([[b'beta'],
           [b'?']], dtype=object)
    """
    return apply(LookupTableFindV2(), table_handle, keys, default_value, name=name)


@register
class LookupTableSizeV2(_Using):
    """The number of keys."""

    inputs = "table_handle: resource"
    outputs = "size"

    def infer(self, table_handle: TensorSpec) -> TensorSpec:
        check_rank("table_handle", table_handle, 0)
        return TensorSpec(TensorShape.of(()), _int64)

    def kernel(self, ctx: Context, table_handle: Array) -> Array:
        return np.int64(self._table(ctx, table_handle).size())


def lookup_table_size(table_handle: Tensor, name: str | None = None) -> Tensor:
    """Count the keys of a table.

    Args:
      table_handle: the table.
      name: the operation's name.

    Returns:
      An int64 scalar.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> table = ops.mutable_hash_table(tf.string, tf.float32)
    >>> sess = tf.Session()
    >>> sess.run(ops.lookup_table_insert(table, ["ann", "bob", "ann"], [1.0, 2.0, 3.0]))
    >>> print(sess.run(ops.lookup_table_size(table)))
    2
    """
    return apply(LookupTableSizeV2(), table_handle, name=name)


@register
class LookupTableExportV2(_Using):
    """All keys and values."""

    Tkeys: DType
    Tvalues: DType

    inputs = "table_handle: resource"
    outputs = "keys, values"

    def infer(self, table_handle: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        check_rank("table_handle", table_handle, 0)
        found = _maker(table_handle)
        if found is None:
            keys = values = TensorShape.of(None)
        else:
            keys = TensorShape.of((None,)).concatenate(found[1])
            values = TensorShape.of((None,)).concatenate(_value_shape(found[0]))
        return TensorSpec(keys, self.Tkeys), TensorSpec(values, self.Tvalues)

    def kernel(self, ctx: Context, table_handle: Array) -> tuple[Array, Array]:
        return self._table(ctx, table_handle).export()


def lookup_table_export(
    table_handle: Tensor, key_dtype: DType, value_dtype: DType, name: str | None = None
) -> list[Tensor]:
    """Return all keys of a table and their values.

    Args:
      table_handle: the table.
      key_dtype: the dtype of its keys.
      value_dtype: the dtype of its values.
      name: the operation's name.

    Returns:
      The keys and the values, in the same order.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> table = ops.mutable_hash_table(tf.string, tf.float32)
    >>> sess = tf.Session()
    >>> sess.run(ops.lookup_table_insert(table, ["bob"], [27.0]))
    >>> sess.run(ops.lookup_table_export(table, tf.string, tf.float32))
    [array([b'bob'], dtype=object), array([27.], dtype=float32)]
    """
    return apply_multi(LookupTableExportV2(key_dtype, value_dtype), table_handle, name=name)


# -- changing --------------------------------------------------------------------------------------


class _Changing(_Using):
    """Base of the ops that give a table keys and values."""

    inputs = "table_handle: resource, keys: Tin, values: Tout"
    outputs = ""
    change: ClassVar[str]

    def infer(self, table_handle: TensorSpec, keys: TensorSpec, values: TensorSpec) -> tuple[()]:
        check_rank("table_handle", table_handle, 0)
        _check_dtypes(table_handle, keys, values)
        return ()

    def kernel(self, ctx: Context, table_handle: Array, keys: Array, values: Array) -> tuple[()]:
        table = self._table(ctx, table_handle)
        _check_run_dtypes(table, keys, values)
        getattr(table, self.change)(keys, values)
        return ()


@register
class LookupTableInsertV2(_Changing):
    """Sets the values of keys."""

    change = "insert"


@register
class LookupTableImportV2(_Changing):
    """Replaces all keys and values."""

    change = "replace"


@register
class InitializeTableV2(_Changing):
    """Fills a table that is not initialized."""

    inputs = "table_handle: resource, keys: Tkey, values: Tval"
    change = "replace"


def lookup_table_insert(
    table_handle: Tensor, keys: Any, values: Any, name: str | None = None
) -> Operation:
    """Set the values of keys.

    Args:
      table_handle: a table that grows.
      keys: a tensor of its keys.
      values: a tensor of the shape of `keys` followed by that of a value.
      name: the operation's name.

    Returns:
      The operation.

    Raises:
      TypeError: the dtypes are not those of the table.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> table = ops.mutable_hash_table(tf.string, tf.float32)
    >>> sess = tf.Session()
    >>> sess.run(ops.lookup_table_insert(table, ["ann", "bob"], [31.0, 27.0]))
    >>> print(sess.run(ops.lookup_table_find(table, "bob", -1.0)))
    27.0
    """
    return apply_op(LookupTableInsertV2(), table_handle, keys, values, name=name)


def lookup_table_import(
    table_handle: Tensor, keys: Any, values: Any, name: str | None = None
) -> Operation:
    """Replace all keys and values of a table; initialize a table that is set once.

    Args:
      table_handle: the table.
      keys: a vector of keys.
      values: their values.
      name: the operation's name.

    Returns:
      The operation.

    Raises:
      TypeError: the dtypes are not those of the table.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> table = ops.mutable_hash_table(tf.string, tf.float32)
    >>> sess = tf.Session()
    >>> sess.run(ops.lookup_table_insert(table, ["ann", "bob"], [31.0, 27.0]))
    >>> sess.run(ops.lookup_table_import(table, ["eve"], [5.0]))
    >>> sess.run(ops.lookup_table_find(table, ["ann", "eve"], -1.0))
    array([-1.,  5.], dtype=float32)
    """
    return apply_op(LookupTableImportV2(), table_handle, keys, values, name=name)


def initialize_table(
    table_handle: Tensor, keys: Any, values: Any, name: str | None = None
) -> Operation:
    """Initialize a table that is set once.

    Args:
      table_handle: the table.
      keys: a vector of keys.
      values: their values.
      name: the operation's name.

    Returns:
      The operation.

    Raises:
      TypeError: the dtypes are not those of the table.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> table = ops.hash_table(tf.string, tf.float32)
    >>> sess = tf.Session()
    >>> sess.run(ops.initialize_table(table, ["ann", "bob"], [31.0, 27.0]))
    >>> print(sess.run(ops.lookup_table_find(table, "ann", -1.0)))
    31.0
    """
    return apply_op(InitializeTableV2(), table_handle, keys, values, name=name)


@register
class LookupTableRemoveV2(_Using):
    """Forgets keys."""

    inputs = "table_handle: resource, keys: Tin"
    outputs = ""

    def infer(self, table_handle: TensorSpec, keys: TensorSpec) -> tuple[()]:
        check_rank("table_handle", table_handle, 0)
        _check_dtypes(table_handle, keys, None)
        return ()

    def kernel(self, ctx: Context, table_handle: Array, keys: Array) -> tuple[()]:
        table = self._table(ctx, table_handle)
        _check_run_dtypes(table, keys, None)
        table.remove(keys)
        return ()


def lookup_table_remove(table_handle: Tensor, keys: Any, name: str | None = None) -> Operation:
    """Forget keys; those that the table does not have are ignored.

    Args:
      table_handle: a table that shrinks.
      keys: a tensor of its keys.
      name: the operation's name.

    Returns:
      The operation.

    Raises:
      TypeError: the dtype is not that of the table's keys.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> table = ops.mutable_hash_table(tf.string, tf.float32)
    >>> sess = tf.Session()
    >>> sess.run(ops.lookup_table_insert(table, ["ann", "bob"], [31.0, 27.0]))
    >>> sess.run(ops.lookup_table_remove(table, ["ann", "eve"]))
    >>> sess.run(ops.lookup_table_find(table, ["ann", "bob"], -1.0))
    array([-1., 27.], dtype=float32)
    """
    return apply_op(LookupTableRemoveV2(), table_handle, keys, name=name)


@register
class InitializeTableFromTextFileV2(_Using):
    """Fills a table from the lines of a file."""

    key_index: int
    value_index: int
    vocab_size: int = -1
    delimiter: bytes = b"\t"

    inputs = "table_handle: resource, filename: string"
    outputs = ""
    blocking = True

    def infer(self, table_handle: TensorSpec, filename: TensorSpec) -> tuple[()]:
        check_rank("table_handle", table_handle, 0)
        check_rank("filename", filename, 0)
        for name, index in (("key_index", self.key_index), ("value_index", self.value_index)):
            if index < WHOLE_LINE:
                raise ValueError(f"{name} is {index}: it must be -2, -1 or a column's number")
        if self.vocab_size < -1 or self.vocab_size == 0:
            raise invalid(f"vocab_size is {self.vocab_size}: it must be positive, or -1 for all")
        if len(self.delimiter) != 1:
            raise invalid(f"delimiter is {self.delimiter!r}: it must be one character")
        found = _maker(table_handle)
        if found is not None:
            self._check_columns(found[0].key_dtype, found[0].value_dtype)
        return ()

    def _check_columns(self, *dtypes: DType) -> None:
        for name, index, dtype in zip(
            ("key", "value"), (self.key_index, self.value_index), dtypes, strict=True
        ):
            if index == LINE_NUMBER and dtype is not _int64:
                raise invalid(f"{name}s are line numbers, which are int64, not {dtype.name}")
            if index == WHOLE_LINE and not (dtype is _string or dtype.is_integer):
                raise invalid(
                    f"{name}s are whole lines, which are strings or integers, not {dtype.name}"
                )

    def kernel(self, ctx: Context, table_handle: Array, filename: Array) -> tuple[()]:
        table = self._table(ctx, table_handle)
        self._check_columns(table.key_dtype, table.value_dtype)
        columns = ((self.key_index, table.key_dtype), (self.value_index, table.value_dtype))
        path = os.fsdecode(item_of(filename))
        table.replace(*read_columns(path, columns, self.vocab_size, self.delimiter))
        return ()


def initialize_table_from_text_file(
    table_handle: Tensor,
    filename: Any,
    key_index: int,
    value_index: int,
    vocab_size: int = -1,
    delimiter: Any = "\t",
    name: str | None = None,
) -> Operation:
    """Initialize a table from the lines of a file.

    Args:
      table_handle: a table that is set once.
      filename: string scalar.
      key_index: the column of keys, -2 for the whole line, -1 for its number.
      value_index: the column of values, likewise.
      vocab_size: how many lines to read, -1 for all.
      delimiter: the character between columns.
      name: the operation's name.

    Returns:
      The operation.

    Raises:
      ValueError: there is no such column, or it does not fit the dtype.
      OpError: (in the run) the file cannot be read, or does not fit.
    """
    op = InitializeTableFromTextFileV2(key_index, value_index, vocab_size, as_bytes(delimiter))
    return apply_op(op, table_handle, filename, name=name)
