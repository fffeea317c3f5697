"""What is known of a tensor before it is computed: its shape, its dtype, sometimes its value.

A `TensorShape` holds plain `int | None` sizes and makes `Dimension` objects only for those who ask;
inside the framework `as_tuple()` and `TensorShape.of` are the short way in and out.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn, Protocol, TypeAlias, final, overload

import numpy as np
import numpy.typing as npt

from graphflow.core import dtypes
from graphflow.core.dtypes import DType, DTypeLike
from graphflow.core.extensions import provided

DimensionLike: TypeAlias = "Dimension | int | None"
ShapeLike: TypeAlias = "TensorShape | Dimension | int | Iterable[Dimension | int | None] | None"
Dims: TypeAlias = tuple[int | None, ...] | None


def _operand(value: object) -> int | None:
    """Return the number, which may be negative, that a dimension is combined with."""
    if value is None:
        return None
    return value._value if isinstance(value, Dimension) else _integer(value)


def _size(value: object) -> int | None:
    """Return the checked size that a dimension-like value stands for."""
    size = _operand(value)
    if size is not None and size < 0:
        raise ValueError(f"a dimension must not be negative, but is {size}; None means unknown")
    return size


def _integer(value: Any) -> int:
    if isinstance(value, (float, np.floating)):
        if not value.is_integer():
            raise ValueError(f"a dimension must be a whole number, but is {value}")
        return int(value)
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"a dimension must be an int or None, but is {value!r}") from None


def _text(size: int | None) -> str:
    return "?" if size is None else str(size)


@final
class Dimension:
    """The size of a shape along one axis, perhaps unknown.

    Arithmetic with an unknown size gives an unknown one, and a comparison with it gives None, for
    nothing can be said.

    Args:
      value: the size, or None if it is unknown.

    Raises:
      TypeError: `value` is no number.
      ValueError: `value` is negative or not whole.

    >>> Dimension(7) // 2, Dimension(7) * Dimension(None), 9 - Dimension(7)
    (Dimension(3), Dimension(None), Dimension(2))
    >>> Dimension(7) > 2, Dimension(7) == None
    (True, None)
    """

    __slots__ = ("_value",)

    _value: int | None

    def __init__(self, value: DimensionLike) -> None:
        self._value = _size(value)

    @property
    def value(self) -> int | None:
        """The size, or None if it is unknown."""
        return self._value

    def is_compatible_with(self, other: DimensionLike) -> bool:
        """Tell whether both may be the same size.

        Args:
          other: a dimension, an int or None.

        Returns:
          True if the sizes are equal or one is unknown.

        >>> Dimension(3).is_compatible_with(None), Dimension(3).is_compatible_with(4)
        (True, False)
        """
        size = _size(other)
        return self._value is None or size is None or self._value == size

    def assert_is_compatible_with(self, other: DimensionLike) -> None:
        """Raise an error unless both may be the same size.

        Args:
          other: a dimension, an int or None.

        Raises:
          ValueError: both sizes are known and differ.
        """
        if not self.is_compatible_with(other):
            raise ValueError(f"dimensions {self} and {_text(_size(other))} are not compatible")

    def merge_with(self, other: DimensionLike) -> Dimension:
        """Return the dimension that has what is known of both.

        Args:
          other: a dimension, an int or None.

        Returns:
          The dimension, unknown only if both are.

        Raises:
          ValueError: both sizes are known and differ.

        >>> Dimension(None).merge_with(3)
        Dimension(3)
        """
        self.assert_is_compatible_with(other)
        return self if self._value is not None else Dimension(other)

    def _combine(self, other: object, compute: Any, swap: bool = False) -> Dimension:
        try:
            size = _operand(other)
        except (TypeError, ValueError):
            unsupported: Dimension = NotImplemented  # the other operand may know what to do
            return unsupported
        if self._value is None or size is None:
            return Dimension(None)
        return Dimension(compute(size, self._value) if swap else compute(self._value, size))

    def _compare(self, other: object, holds: Any) -> bool | None:
        size = _operand(other)
        if self._value is None or size is None:
            return None
        return bool(holds(self._value, size))

    def __add__(self, other: DimensionLike) -> Dimension:
        return self._combine(other, operator.add)

    def __radd__(self, other: DimensionLike) -> Dimension:
        return self._combine(other, operator.add, swap=True)

    def __sub__(self, other: DimensionLike) -> Dimension:
        return self._combine(other, operator.sub)

    def __rsub__(self, other: DimensionLike) -> Dimension:
        return self._combine(other, operator.sub, swap=True)

    def __mul__(self, other: DimensionLike) -> Dimension:
        return self._combine(other, operator.mul)

    def __rmul__(self, other: DimensionLike) -> Dimension:
        return self._combine(other, operator.mul, swap=True)

    def __floordiv__(self, other: DimensionLike) -> Dimension:
        return self._combine(other, operator.floordiv)

    def __rfloordiv__(self, other: DimensionLike) -> Dimension:
        return self._combine(other, operator.floordiv, swap=True)

    def __mod__(self, other: DimensionLike) -> Dimension:
        return self._combine(other, operator.mod)

    def __rmod__(self, other: DimensionLike) -> Dimension:
        return self._combine(other, operator.mod, swap=True)

    def __truediv__(self, other: object) -> NoReturn:
        raise TypeError(f"a dimension is divided by //, not by /: {self!r} / {other!r}")

    def __rtruediv__(self, other: object) -> NoReturn:
        raise TypeError(f"a dimension is divided by //, not by /: {other!r} / {self!r}")

    def __lt__(self, other: DimensionLike) -> bool | None:
        return self._compare(other, operator.lt)

    def __le__(self, other: DimensionLike) -> bool | None:
        return self._compare(other, operator.le)

    def __gt__(self, other: DimensionLike) -> bool | None:
        return self._compare(other, operator.gt)

    def __ge__(self, other: DimensionLike) -> bool | None:
        return self._compare(other, operator.ge)

    def __eq__(self, other: object) -> bool | None:  # type: ignore[override]
        try:
            return self._compare(other, operator.eq)
        except (TypeError, ValueError):
            return NotImplemented

    def __ne__(self, other: object) -> bool | None:  # type: ignore[override]
        try:
            return self._compare(other, operator.ne)
        except (TypeError, ValueError):
            return NotImplemented

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __index__(self) -> int:
        if self._value is None:
            raise TypeError("an unknown dimension is no number; feed or set the shape first")
        return self._value

    __int__ = __index__

    def __str__(self) -> str:
        return _text(self._value)

    def __repr__(self) -> str:
        return f"Dimension({self._value})"


def _sizes(dims: Any) -> Dims:
    """Return the checked sizes that a shape-like value stands for."""
    if dims is None:
        return None
    if isinstance(dims, TensorShape):
        return dims._dims
    if hasattr(dims, "unknown_rank"):  # a serialised shape
        return None if dims.unknown_rank else tuple(_declared(dim.size) for dim in dims.dim)
    if isinstance(dims, (str, bytes, DType)):
        raise TypeError(f"{dims!r} is no shape; give a list of sizes, None for unknown ones")
    try:
        items = iter(dims)
    except TypeError:
        return (_size(dims),)
    return tuple([item if type(item) is int and item >= 0 else _size(item) for item in items])


def _declared(size: int) -> int | None:
    """Return a size where a negative number stands for an unknown one."""
    return None if size < 0 else size


@final
class TensorShape:
    """The shape of a tensor: fully known, with unknown sizes, or of unknown rank.

    Iteration and indexing give `Dimension` objects. Two shapes are equal if the same is known of
    them, whatever the tensors turn out to be.

    Args:
      dims: sizes (int, None or `Dimension`), one size alone for a vector, or None for unknown rank.

    Raises:
      TypeError: `dims` is no shape.
      ValueError: a size is negative.

    >>> TensorShape([2, None])
    TensorShape([Dimension(2), Dimension(None)])
    >>> print(TensorShape([2, None]), TensorShape(3), TensorShape([]), TensorShape(None))
    (2, ?) (3,) () <unknown>
    """

    __slots__ = ("_dims",)

    _dims: Dims

    def __init__(self, dims: ShapeLike) -> None:
        self._dims = _sizes(dims)

    @staticmethod
    def of(dims: Dims) -> TensorShape:
        """Return the shape with these sizes, which are not checked.

        Args:
          dims: a tuple of non-negative ints and None, or None for unknown rank.

        Returns:
          The shape.

        >>> TensorShape.of((2, None, 3)).rank
        3
        """
        shape = _new(TensorShape)
        shape._dims = dims
        return shape

    def as_tuple(self) -> Dims:
        """Return the sizes as ints and None, or None if the rank is unknown."""
        return self._dims

    @property
    def rank(self) -> int | None:
        """The number of axes, or None if it is unknown."""
        return None if self._dims is None else len(self._dims)

    ndims = rank

    @property
    def dims(self) -> list[Dimension] | None:
        """The dimensions, or None if the rank is unknown."""
        return None if self._dims is None else [Dimension(size) for size in self._dims]

    def as_list(self) -> list[int | None]:
        """Return the sizes as ints and None.

        Returns:
          The list.

        Raises:
          ValueError: the rank is unknown.
        """
        return list(self._known("as_list()"))

    def is_fully_defined(self) -> bool:
        """Tell whether the rank and every size are known."""
        return self._dims is not None and None not in self._dims

    def num_elements(self) -> int | None:
        """Return the product of the sizes, or None if the shape is not fully defined."""
        if self._dims is None or None in self._dims:
            return None
        return math.prod(size for size in self._dims if size is not None)

    def is_compatible_with(self, other: ShapeLike) -> bool:
        """Tell whether a tensor may have both shapes.

        Args:
          other: anything that makes a shape.

        Returns:
          True unless the ranks or two sizes are known and differ.

        >>> TensorShape([2, None]).is_compatible_with([None, 3])
        True
        """
        mine, theirs = self._dims, as_shape(other)._dims
        if mine is None or theirs is None or mine == theirs:
            return True
        return len(mine) == len(theirs) and all(
            a is None or b is None or a == b for a, b in zip(mine, theirs, strict=True)
        )

    def merge_with(self, other: ShapeLike) -> TensorShape:
        """Return the shape that has what is known of both.

        Args:
          other: anything that makes a shape.

        Returns:
          The shape.

        Raises:
          ValueError: the shapes are not compatible.

        >>> print(TensorShape([2, None]).merge_with([None, 3]))
        (2, 3)
        """
        other = as_shape(other)
        mine, theirs = self._dims, other._dims
        if theirs is None or mine == theirs:
            return self
        self.assert_is_compatible_with(other)
        if mine is None:
            return other
        pairs = zip(mine, theirs, strict=True)
        return TensorShape.of(tuple(b if a is None else a for a, b in pairs))

    def most_specific_compatible_shape(self, other: ShapeLike) -> TensorShape:
        """Return the most precise shape that is true of tensors of either shape.

        Args:
          other: anything that makes a shape.

        Returns:
          The shape with the sizes in which both agree; of unknown rank if the ranks differ.

        >>> print(TensorShape([2, 3]).most_specific_compatible_shape([4, 3]))
        (?, 3)
        """
        mine, theirs = self._dims, as_shape(other)._dims
        if mine is None or theirs is None or len(mine) != len(theirs):
            return TensorShape.of(None)
        pairs = zip(mine, theirs, strict=True)
        return TensorShape.of(tuple(a if a == b else None for a, b in pairs))

    def concatenate(self, other: ShapeLike) -> TensorShape:
        """Return the axes of this shape followed by those of another.

        Args:
          other: anything that makes a shape.

        Returns:
          The shape; of unknown rank if either is.

        >>> print(TensorShape([2, None]).concatenate(3))
        (2, ?, 3)
        """
        mine, theirs = self._dims, as_shape(other)._dims
        return TensorShape.of(None if mine is None or theirs is None else mine + theirs)

    def with_rank(self, rank: int) -> TensorShape:
        """Return this shape, known to have the given rank.

        Args:
          rank: the number of axes.

        Returns:
          This shape, or `rank` unknown sizes if its rank was unknown.

        Raises:
          ValueError: the rank is known and differs.
        """
        if self._dims is None:
            return unknown_shape(rank)
        self.assert_has_rank(rank)
        return self

    def with_rank_at_least(self, rank: int) -> TensorShape:
        """Return this shape if its rank may be `rank` or more.

        Args:
          rank: the smallest number of axes.

        Returns:
          This shape.

        Raises:
          ValueError: the rank is known and smaller.
        """
        if self._dims is not None and len(self._dims) < rank:
            raise ValueError(f"shape {self} must have rank {rank} or more")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        """Return this shape if its rank may be `rank` or less.

        Args:
          rank: the largest number of axes.

        Returns:
          This shape.

        Raises:
          ValueError: the rank is known and larger.
        """
        if self._dims is not None and len(self._dims) > rank:
            raise ValueError(f"shape {self} must have rank {rank} or less")
        return self

    def assert_has_rank(self, rank: int) -> None:
        """Raise an error unless the rank may be `rank`.

        Args:
          rank: the number of axes.

        Raises:
          ValueError: the rank is known and differs.
        """
        if self._dims is not None and len(self._dims) != rank:
            raise ValueError(f"shape {self} must have rank {rank}")

    def assert_same_rank(self, other: ShapeLike) -> None:
        """Raise an error unless both ranks may be the same.

        Args:
          other: anything that makes a shape.

        Raises:
          ValueError: both ranks are known and differ.
        """
        other = as_shape(other)
        if None not in (self.rank, other.rank) and self.rank != other.rank:
            raise ValueError(f"shapes {self} and {other} must have the same rank")

    def assert_is_compatible_with(self, other: ShapeLike) -> None:
        """Raise an error unless a tensor may have both shapes.

        Args:
          other: anything that makes a shape.

        Raises:
          ValueError: the ranks or two sizes are known and differ.
        """
        if not self.is_compatible_with(other):
            raise ValueError(f"shapes {self} and {as_shape(other)} are not compatible")

    def assert_is_fully_defined(self) -> None:
        """Raise an error unless the rank and every size are known.

        Raises:
          ValueError: something of the shape is unknown.
        """
        if not self.is_fully_defined():
            raise ValueError(f"shape {self} is not fully defined")

    def _known(self, wish: str) -> tuple[int | None, ...]:
        if self._dims is None:
            raise ValueError(f"{wish} needs a known rank, but this shape's is unknown")
        return self._dims

    def _unknown_slice(self, key: slice) -> TensorShape:
        """Return the slice of a shape of unknown rank, which must be long enough for it."""
        start, stop, step = key.start or 0, key.stop, key.step or 1
        if step != 1:
            raise ValueError("a shape of unknown rank can only be sliced with step 1")
        if stop is None or start < 0 or stop < 0:
            return TensorShape.of(None)
        return unknown_shape(max(0, operator.index(stop) - operator.index(start)))

    def __len__(self) -> int:
        return len(self._known("len()"))

    def __bool__(self) -> bool:
        return self._dims is not None

    def __iter__(self) -> Iterator[Dimension]:
        return iter([Dimension(size) for size in self._known("iteration")])

    @overload
    def __getitem__(self, key: int) -> Dimension: ...

    @overload
    def __getitem__(self, key: slice) -> TensorShape: ...

    def __getitem__(self, key: int | slice) -> Dimension | TensorShape:
        dims = self._dims
        if isinstance(key, slice):
            return self._unknown_slice(key) if dims is None else TensorShape.of(dims[key])
        return Dimension(None if dims is None else dims[key])

    def __add__(self, other: ShapeLike) -> TensorShape:
        return self.concatenate(other)

    def __radd__(self, other: ShapeLike) -> TensorShape:
        return as_shape(other).concatenate(self)

    def __eq__(self, other: object) -> bool:
        if type(other) is TensorShape:
            return self._dims == other._dims
        try:
            return self._dims == _sizes(other)
        except (TypeError, ValueError):
            return NotImplemented

    def __hash__(self) -> int:
        return hash(self._dims)

    def __str__(self) -> str:
        if self._dims is None:
            return "<unknown>"
        if len(self._dims) == 1:
            return f"({_text(self._dims[0])},)"
        return f"({', '.join(map(_text, self._dims))})"

    def __repr__(self) -> str:
        return f"TensorShape({self.dims})"


_new = object.__new__


def as_shape(shape: ShapeLike) -> TensorShape:
    """Return the `TensorShape` that a value stands for.

    Args:
      shape: a shape, sizes, one size alone for a vector, or None for unknown rank.

    Returns:
      The shape.

    Raises:
      TypeError: the value is no shape.
      ValueError: a size is negative.

    >>> print(as_shape([2, None]), as_shape(5))
    (2, ?) (5,)
    """
    return shape if type(shape) is TensorShape else TensorShape(shape)


def as_dimension(value: DimensionLike) -> Dimension:
    """Return the `Dimension` that a value stands for.

    Args:
      value: a dimension, an int or None.

    Returns:
      The dimension.

    Raises:
      TypeError: the value is no number.
      ValueError: it is negative or not whole.

    >>> as_dimension(3)
    Dimension(3)
    """
    return value if type(value) is Dimension else Dimension(value)


def dimension_value(dimension: DimensionLike) -> int | None:
    """Return the size of a dimension, and an int or None as it is.

    Args:
      dimension: a dimension, an int or None.

    Returns:
      The size, or None if it is unknown.

    >>> dimension_value(Dimension(3)), dimension_value(None)
    (3, None)
    """
    return dimension._value if isinstance(dimension, Dimension) else dimension


def dimension_at_index(shape: TensorShape, index: int) -> Dimension:
    """Return the dimension of a shape at an index, unknown if the rank is.

    Args:
      shape: the shape.
      index: the axis.

    Returns:
      The dimension.

    Raises:
      IndexError: the shape has no such axis.

    >>> dimension_at_index(TensorShape([2, 3]), 1), dimension_at_index(TensorShape(None), 1)
    (Dimension(3), Dimension(None))
    """
    return shape[index]


def unknown_shape(rank: int | None = None) -> TensorShape:
    """Return a shape of which only the rank is known, or nothing at all.

    Args:
      rank: the number of axes, or None if it is unknown.

    Returns:
      The shape.

    >>> print(unknown_shape(2), unknown_shape())
    (?, ?) <unknown>
    """
    return TensorShape.of(None if rank is None else (None,) * rank)


def broadcast_shape(a: ShapeLike, b: ShapeLike) -> TensorShape:
    """Return the shape of an element-wise operation on tensors of two shapes.

    Args:
      a: anything that makes a shape.
      b: anything that makes a shape.

    Returns:
      The shape; of unknown rank if either is.

    Raises:
      ValueError: the shapes do not broadcast.

    >>> print(broadcast_shape([4, 1, None], [3, 5]))
    (4, 3, 5)
    """
    a, b = as_shape(a), as_shape(b)
    longer, shorter = a._dims, b._dims
    if longer == shorter:
        return a
    if longer is None or shorter is None:
        return TensorShape.of(None)
    if len(longer) < len(shorter):
        longer, shorter = shorter, longer
    lead = len(longer) - len(shorter)
    sizes = list(longer)
    for axis, size in enumerate(shorter, lead):
        known = sizes[axis]
        if known == size or size == 1:
            continue
        if known == 1 or (known is None and size is not None):
            sizes[axis] = size
        elif size is not None:
            raise ValueError(f"shapes {a} and {b} do not broadcast")
    return TensorShape.of(tuple(sizes))


class ValueSource(Protocol):
    """What can tell a tensor's value, or a part of it, before the graph runs."""

    def constant_value(self) -> npt.NDArray[Any] | None:
        """Return the value, or None if it is not known."""

    def partial_value(self) -> tuple[int | None, ...] | int | None:
        """Return the known integers of a vector or scalar, or None if nothing is known."""


@final
class TensorSpec:
    """The shape and dtype of a tensor, and perhaps its name and value.

    Equality and hash look at shape and dtype alone.

    Args:
      shape: anything that makes a shape.
      dtype: anything that makes a dtype.
      name: the name of the tensor.
      source: who can tell the value before the run.

    Attributes:
      shape: the `TensorShape`.
      dtype: the `DType`.
      name: the name, or None.
      source: the source of the value, or None.

    >>> spec = TensorSpec([2, None], "int64", name="ids")
    >>> print(spec)
    int64(2, ?)
    >>> spec
    TensorSpec(shape=(2, ?), dtype=tf.int64, name='ids')
    """

    __slots__ = ("dtype", "name", "shape", "source")

    shape: TensorShape
    dtype: DType
    name: str | None
    source: ValueSource | None

    def __init__(
        self,
        shape: ShapeLike,
        dtype: DTypeLike = dtypes.float32,
        name: str | None = None,
        source: ValueSource | None = None,
    ) -> None:
        self.shape = shape if type(shape) is TensorShape else TensorShape(shape)
        self.dtype = dtype if type(dtype) is DType else dtypes.as_dtype(dtype)
        self.name = name
        self.source = source

    @classmethod
    def from_spec(cls, spec: Any, name: str | None = None) -> TensorSpec:
        """Return a spec with the shape and dtype of another.

        Args:
          spec: anything with `shape` and `dtype`.
          name: the new name; by default that of `spec`.

        Returns:
          The spec, without source.

        >>> TensorSpec.from_spec(TensorSpec([3], name="x"), name="y")
        TensorSpec(shape=(3,), dtype=tf.float32, name='y')
        """
        return cls(spec.shape, spec.dtype, name or spec.name)

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> TensorSpec:
        """Return the spec of a tensor.

        Args:
          tensor: a graph's tensor.
          name: the name; by default that of the operation which makes the tensor.

        Returns:
          The spec, without source.
        """
        return cls(tensor.shape, tensor.dtype, name or tensor.op.name)

    @property
    def value_type(self) -> type:
        """The class of the tensors, `Tensor`."""
        tensor_class: type = provided("tensor_class")()
        return tensor_class

    @property
    def value(self) -> npt.NDArray[Any] | None:
        """The tensor's value if it is known before the run, else None."""
        return None if self.source is None else self.source.constant_value()

    def partial(self) -> tuple[int | None, ...] | int | None:
        """Return what is known of the integers in this vector or scalar, or None if nothing is."""
        return None if self.source is None else self.source.partial_value()

    def as_shape(self) -> TensorShape:
        """Read this vector of integers as a shape, as far as it is known.

        Negative numbers stand for unknown sizes, and a scalar -1 for unknown rank.

        Returns:
          The shape from the value, else from the known part, else of the vector's length.

        Raises:
          ValueError: the tensor is neither a vector nor a scalar -1.

        >>> print(TensorSpec([2], "int32").as_shape())
        (?, ?)
        """
        if self.shape.rank not in (None, 0, 1):
            raise ValueError(f"a shape must be a vector, but {self} has rank {self.shape.rank}")
        value = self.value
        known = self.partial() if value is None else value.tolist()
        if isinstance(known, int) and known != -1:
            raise ValueError(f"a shape must be a vector, but is the scalar {known}")
        if isinstance(known, (list, tuple)):
            return TensorShape.of(tuple(None if n is None else _declared(n) for n in known))
        if known == -1 or not self.shape._dims:
            return TensorShape.of(None)
        return unknown_shape(self.shape._dims[0])

    def is_compatible_with(self, spec_or_tensor: Any) -> bool:
        """Tell whether a tensor can stand where this spec is asked for.

        Args:
          spec_or_tensor: a spec, a tensor or a numpy array.

        Returns:
          True if its dtype is this one and its shape may be this one.

        >>> TensorSpec([None, 3]).is_compatible_with(np.zeros([2, 3], np.float32))
        True
        """
        dtype, shape = spec_or_tensor.dtype, spec_or_tensor.shape
        return self.dtype.is_compatible_with(dtype) and self.shape.is_compatible_with(shape)

    def most_specific_compatible_type(self, other: TensorSpec) -> TensorSpec:
        """Return the most precise spec that is true of tensors of either spec.

        Args:
          other: a spec of the same dtype.

        Returns:
          The spec; with this name if both have it.

        Raises:
          ValueError: the dtypes differ.

        >>> print(TensorSpec([2, 3]).most_specific_compatible_type(TensorSpec([4, 3])))
        float32(?, 3)
        """
        if self.dtype != other.dtype:
            raise ValueError(f"{self} and {other} have no type in common: the dtypes differ")
        name = self.name if self.name == other.name else None
        return TensorSpec(self.shape.most_specific_compatible_shape(other.shape), self.dtype, name)

    def __eq__(self, other: object) -> bool:
        if type(other) is not TensorSpec:
            return NotImplemented
        return self.dtype is other.dtype and self.shape._dims == other.shape._dims

    def __hash__(self) -> int:
        return hash((self.dtype, self.shape._dims))

    def __reduce__(self) -> tuple[Any, ...]:
        return TensorSpec, (self.shape, self.dtype, self.name)  # the source belongs to one graph

    def __str__(self) -> str:
        return f"{self.dtype.base_dtype.name}{self.shape}"

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"
