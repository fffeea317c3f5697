"""Specs of values of several tensors: what is known of a sparse tensor or of indexed slices."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from graphflow.core import dtypes
from graphflow.core.convert import IndexedSlices
from graphflow.core.dtypes import DType, DTypeLike
from graphflow.core.sparse import SparseTensor, SparseTensorValue
from graphflow.core.spec import ShapeLike, TensorShape, TensorSpec, as_shape


class TypeSpec(ABC):
    """What is known of a value before the run; `tf.TensorSpec` is one, for a tensor."""

    @property
    @abstractmethod
    def value_type(self) -> type:
        """The class of the values."""

    @abstractmethod
    def _parts(self) -> tuple[Any, ...]:
        """The facts: shapes, dtypes, and None, as the constructor takes them."""

    @abstractmethod
    def _spec_of(self, value: Any) -> TypeSpec | None:
        """The spec of a value, None if it is of another type."""

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Tell whether a value can stand where this spec is asked for.

        Args:
          spec_or_value: a spec, or a value.

        Returns:
          True if the dtypes are equal and the shapes may be.
        """
        other = spec_or_value if isinstance(spec_or_value, TypeSpec) else None
        if other is None:
            other = self._spec_of(spec_or_value)
        if type(other) is not type(self):
            return False
        pairs = zip(self._parts(), other._parts(), strict=True)
        return all(
            one.is_compatible_with(two) if isinstance(one, TensorShape) else one is two
            for one, two in pairs
        )

    def most_specific_compatible_type(self, other: TypeSpec) -> Any:
        """Return the most precise spec that is true of the values of either spec.

        Args:
          other: a spec of the same type.

        Raises:
          ValueError: types or dtypes differ.
        """
        if type(other) is not type(self):
            raise ValueError(f"{self!r} and {other!r} are of different types")
        merged = []
        for one, two in zip(self._parts(), other._parts(), strict=True):
            if isinstance(one, TensorShape):
                merged.append(one.most_specific_compatible_shape(two))
                continue
            if one is not two:
                raise ValueError(f"{self!r} and {other!r} have no type in common: dtypes differ")
            merged.append(one)
        return type(self)(*merged)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return False
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self), self._key()))

    def _key(self) -> tuple[Any, ...]:
        return tuple(
            part.as_tuple() if isinstance(part, TensorShape) else part for part in self._parts()
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._parts()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._parts()))})"


TypeSpec.register(TensorSpec)


class SparseTensorSpec(TypeSpec):
    """The dense shape and dtype of a `SparseTensor`.

    Args:
      shape: the dense shape, possibly partly unknown; None for any.
      dtype: the dtype of the elements.

    >>> spec = SparseTensorSpec([None, 3], dtypes.float32)
    >>> spec.is_compatible_with(SparseTensor([[0, 1]], [2.5], [4, 3]))
    True
    """

    def __init__(self, shape: ShapeLike = None, dtype: DTypeLike = dtypes.float32) -> None:
        self._shape = as_shape(shape)
        self._dtype = dtypes.as_dtype(dtype)

    @classmethod
    def from_value(cls, value: Any) -> SparseTensorSpec:
        """Return the spec of a `SparseTensor` or `SparseTensorValue`.

        Args:
          value: one of these.

        Raises:
          TypeError: it is neither.
        """
        if isinstance(value, SparseTensorValue):
            value = SparseTensor.from_value(value)
        if not isinstance(value, SparseTensor):
            raise TypeError(f"{value!r} is neither a SparseTensor nor a SparseTensorValue")
        return cls(value.shape, value.dtype)

    @property
    def shape(self) -> TensorShape:
        """The dense shape."""
        return self._shape

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._dtype

    @property
    def value_type(self) -> type:
        """`SparseTensor`."""
        return SparseTensor

    def _parts(self) -> tuple[Any, ...]:
        return self._shape, self._dtype

    def _spec_of(self, value: Any) -> TypeSpec | None:
        is_sparse = isinstance(value, (SparseTensor, SparseTensorValue))
        return self.from_value(value) if is_sparse else None


class IndexedSlicesSpec(TypeSpec):
    """The dense shape and the dtypes of an `IndexedSlices`.

    Args:
      shape: the dense shape, possibly partly unknown; None for any.
      dtype: the dtype of the slices.
      indices_dtype: the dtype of the indices.
      dense_shape_dtype: the dtype of `dense_shape`, None if there is none.
      indices_shape: the shape of the indices; by default any vector.

    >>> IndexedSlicesSpec([None, 3])  # doctest: +NORMALIZE_WHITESPACE
    IndexedSlicesSpec(TensorShape([Dimension(None), Dimension(3)]), tf.float32, tf.int64, None,
                      TensorShape([Dimension(None)]))
    """

    def __init__(
        self,
        shape: ShapeLike = None,
        dtype: DTypeLike = dtypes.float32,
        indices_dtype: DTypeLike = dtypes.int64,
        dense_shape_dtype: DTypeLike | None = None,
        indices_shape: ShapeLike = None,
    ) -> None:
        self._shape = as_shape(shape)
        self._dtype = dtypes.as_dtype(dtype)
        self._indices_dtype = dtypes.as_dtype(indices_dtype)
        self._dense_shape_dtype = (
            None if dense_shape_dtype is None else dtypes.as_dtype(dense_shape_dtype)
        )
        self._indices_shape = as_shape(indices_shape).with_rank(1)

    @property
    def value_type(self) -> type:
        """`IndexedSlices`."""
        return IndexedSlices

    def _parts(self) -> tuple[Any, ...]:
        return (
            self._shape,
            self._dtype,
            self._indices_dtype,
            self._dense_shape_dtype,
            self._indices_shape,
        )

    def _spec_of(self, value: Any) -> TypeSpec | None:
        if not isinstance(value, IndexedSlices):
            return None
        size = value.dense_shape
        return IndexedSlicesSpec(
            value.shape,
            value.dtype.base_dtype,
            value.indices.dtype,
            None if size is None else size.dtype,
            value.indices.shape,
        )
