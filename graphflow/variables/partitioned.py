"""Variables cut into parts along one axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor, register_tensor_conversion_function
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, as_shape


class PartitionedVariable:
    """A variable whose value is kept in several variables, its parts.

    Args:
      name: the name of the whole.
      shape: the shape of the whole.
      dtype: its dtype.
      variable_list: the parts in order, each with its `SaveSliceInfo`.
      partitions: how many parts there are along each axis; more than one along at most one axis.

    Raises:
      TypeError: the parts are no list of variables.
      ValueError: there are no parts, or they do not fit `partitions`.

    >>> import graphflow as tf
    >>> w = tf.get_variable("w", [4, 3], partitioner=tf.fixed_size_partitioner(2))
    >>> [part.name for part in w], w.shape
    (['w/part_0:0', 'w/part_1:0'], TensorShape([Dimension(4), Dimension(3)]))
    """

    def __init__(
        self,
        name: str,
        shape: Any,
        dtype: Any,
        variable_list: Sequence[Any],
        partitions: Sequence[int],
    ) -> None:
        if not isinstance(variable_list, (list, tuple)):
            raise TypeError(f"variable_list is a list of variables, not {variable_list!r}")
        if not isinstance(partitions, (list, tuple)):
            raise TypeError(f"partitions is a list of int, not {partitions!r}")
        if not variable_list:
            raise ValueError("a partitioned variable needs at least one part")
        if any(count < 1 for count in partitions):
            raise ValueError(f"there is at least one part along each axis: {partitions}")
        for part in variable_list:
            if part._get_save_slice_info() is None:
                raise ValueError(f"{part!r} does not know which part it is (its SaveSliceInfo)")
        self._name = name
        self._shape = as_shape(shape)
        self._dtype = as_dtype(dtype).base_dtype
        self._parts = sorted(
            variable_list, key=lambda part: tuple(part._get_save_slice_info().var_offset)
        )
        self._partitions = list(partitions)
        self._concatenated: Tensor | None = None
        axes = [axis for axis, count in enumerate(partitions) if count > 1]
        if len(axes) > 1:
            raise ValueError(f"only one axis may be cut, not {len(axes)}: {partitions}")
        self._axis = axes[0] if axes else 0

    def __iter__(self) -> Iterator[Any]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def _partition_axes(self) -> list[int]:
        return [self._axis]

    def _concat(self) -> Tensor:
        if len(self._parts) == 1:
            with get_default_graph().name_scope(None):
                whole: Tensor = ops.identity(self._parts[0], name=self._name)
                return whole
        with get_default_graph().name_scope(self._name + "/ConcatPartitions/"):
            joined = ops.concat(self._parts, self._axis)
        with get_default_graph().name_scope(None):
            return ops.identity(joined, name=self._name)

    def as_tensor(self) -> Tensor:
        """Return the whole value: the parts, concatenated."""
        with get_default_graph().control_dependencies(None):
            return self._concat()

    def _as_graph_element(self) -> Tensor:
        if self._concatenated is None:
            self._concatenated = self.as_tensor()
        return self._concatenated

    @property
    def name(self) -> str:
        """The name of the whole."""
        return self._name

    @property
    def dtype(self) -> DType:
        """The dtype of the whole."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """The shape of the whole."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """Return the shape of the whole."""
        return self._shape

    def _get_variable_list(self) -> list[Any]:
        return list(self._parts)

    def _get_partitions(self) -> list[int]:
        return list(self._partitions)

    def _apply(self, method: str, value: Any, *args: Any) -> list[Any]:
        """Call a method of each part with its slice of `value`."""
        if isinstance(value, (list, tuple)) and len(value) == len(self._parts):
            slices = list(value)
        else:
            whole = convert_to_tensor(value, dtype=self._dtype)
            sizes = [part.shape.as_list()[self._axis] for part in self._parts]
            slices = ops.split(whole, sizes, axis=self._axis)
        return [
            getattr(part, method)(piece, *args)
            for part, piece in zip(self._parts, slices, strict=True)
        ]

    def assign(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:
        """Give it a value.

        Args:
          value: the whole value, or a list with one for each part.
          use_locking: accepted for compatibility: assignments are always atomic.
          name: name of the operations.
          read_value: whether to return the new values rather than operations.

        Returns:
          One result for each part.
        """
        with name_scope(name, self._name + "/assign"):
            return self._apply("assign", value, use_locking, None, read_value)

    def assign_add(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:
        """Add to it, see `assign`."""
        with name_scope(name, self._name + "/assign_add"):
            return self._apply("assign_add", value, use_locking, None, read_value)

    def assign_sub(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:
        """Subtract from it, see `assign`."""
        with name_scope(name, self._name + "/assign_sub"):
            return self._apply("assign_sub", value, use_locking, None, read_value)

    def __repr__(self) -> str:
        return (
            f"<tf.PartitionedVariable {self._name!r} shape={self._shape} "
            f"dtype={self._dtype.name} parts={len(self._parts)}>"
        )


def _to_tensor(
    value: PartitionedVariable,
    dtype: DType | None = None,
    name: str | None = None,  # noqa: ARG001  (the registry passes it)
    as_ref: bool = False,
) -> Any:
    if dtype is not None and not dtype.is_compatible_with(value.dtype):
        raise ValueError(f"{value!r} has dtype {value.dtype.name}, but {dtype.name} is required")
    if as_ref:
        raise NotImplementedError(f"{value!r} has no reference: its parts have")
    return value.as_tensor()


register_tensor_conversion_function(PartitionedVariable, _to_tensor)
