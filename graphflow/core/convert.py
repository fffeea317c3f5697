"""From Python values to tensors: `convert_to_tensor` and its registry; `IndexedSlices`."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.extensions import provided
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph, graph_of
from graphflow.core.spec import Dimension, TensorShape

TensorLike: TypeAlias = Any  # Tensor, Variable, number, string, list, numpy array...
ConversionFunction: TypeAlias = Callable[..., Any]


class IndexedSlices:
    """A sparse set of slices of a larger tensor: `dense[indices[i], ...] = values[i, ...]`.

    The gradient of `tf.gather` is of this kind.  Repeated indices add up.

    Args:
      values: a tensor [n, ...].
      indices: an integer tensor [n].
      dense_shape: an integer tensor with the shape of the dense tensor, or None.
    """

    def __init__(self, values: Tensor, indices: Tensor, dense_shape: Tensor | None = None) -> None:
        graph_of([item for item in (values, indices, dense_shape) if item is not None])
        self._values = values
        self._indices = indices
        self._dense_shape = dense_shape

    @property
    def values(self) -> Tensor:
        """The slices, [n, ...]."""
        return self._values

    @property
    def indices(self) -> Tensor:
        """The position of each slice along the first dimension, [n]."""
        return self._indices

    @property
    def dense_shape(self) -> Tensor | None:
        """The shape of the dense tensor, or None if it is not known."""
        return self._dense_shape

    @property
    def name(self) -> str:
        """The name of `values`."""
        return self._values.name

    @property
    def device(self) -> str:
        """The device of `values`."""
        return self._values.device

    @property
    def op(self) -> Operation:
        """The operation that makes `values`."""
        return self._values.op

    @property
    def dtype(self) -> DType:
        """The dtype of `values`."""
        return self._values.dtype

    @property
    def graph(self) -> Graph:
        """The graph of `values`."""
        return self._values.graph

    @property
    def shape(self) -> TensorShape:
        """What is statically known of the dense shape."""
        if self._dense_shape is None:
            return TensorShape(None)
        return self._dense_shape.spec.as_shape()

    def consumers(self) -> list[Operation]:
        """Return the operations that take one of the tensors."""
        tensors = (self._values, self._indices, self._dense_shape)
        known = [tensor for tensor in tensors if tensor is not None]
        return list(dict.fromkeys(op for tensor in known for op in tensor.consumers()))

    def __neg__(self) -> IndexedSlices:
        return IndexedSlices(-self._values, self._indices, self._dense_shape)

    def __str__(self) -> str:
        dense = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{dense})"


# Conversion functions by priority: (priority, order of registration, types, function).
_registry: list[tuple[int, int, tuple[type, ...], ConversionFunction]] = []
# Those that take instances of a class, by class and length of the registry, which only grows.
_functions_of: dict[tuple[type, int], tuple[ConversionFunction, ...]] = {}


def register_tensor_conversion_function(
    base_type: type | tuple[type, ...], conversion_func: ConversionFunction, priority: int = 100
) -> None:
    """Teach `convert_to_tensor` a new type.

    Args:
      base_type: the type, or a tuple of types.
      conversion_func: `f(value, dtype=None, name=None, as_ref=False)` that returns a tensor, or
        NotImplemented to let the next function try.
      priority: smaller numbers are tried first; among equals, what was registered first.

    Raises:
      TypeError: an argument is of the wrong type.
    """
    types = base_type if isinstance(base_type, tuple) else (base_type,)
    if not types or not all(isinstance(item, type) for item in types):
        raise TypeError("base_type must be a type or a tuple of types")
    if not callable(conversion_func):
        raise TypeError("conversion_func must be callable")
    bisect.insort(_registry, (priority, len(_registry), types, conversion_func))


def _conversion_functions(value: Any) -> tuple[ConversionFunction, ...]:
    """The registered functions that take a value, in the order in which they are tried."""
    key = type(value), len(_registry)
    known = _functions_of.get(key)
    if known is not None:
        return known
    found = tuple([function for _, _, types, function in _registry if isinstance(value, types)])
    if value.__class__ is type(value):  # not an object that passes for one of another class
        _functions_of[key] = found
    return found


def convert_to_tensor(
    value: TensorLike,
    dtype: Any = None,
    name: str | None = None,
    preferred_dtype: Any = None,
    dtype_hint: Any = None,
    as_ref: bool = False,
) -> Tensor:
    """Convert a Python value to a tensor.

    Args:
      value: a tensor, variable, number, string, (nested) list of those, numpy array, or an object
        of a type registered with `register_tensor_conversion_function`.
      dtype: the dtype the result must have; by default it follows from the value.
      name: the name of a constant that is made.
      preferred_dtype: the dtype to try first when `dtype` is None.
      dtype_hint: the same under its new name.
      as_ref: whether a reference to a variable may be returned instead of its value.

    Returns:
      A `Tensor`.

    Raises:
      ValueError: a tensor has another dtype than `dtype`.
      TypeError: the value cannot be converted.

    >>> convert_to_tensor([[1, 2, 3]], name="c")
    <tf.Tensor 'c:0' shape=(1, 3) dtype=int32>
    """
    wanted = None if dtype is None else as_dtype(dtype).base_dtype
    if isinstance(value, Tensor):
        return _check_tensor(value, wanted)
    hint = preferred_dtype if preferred_dtype is not None else dtype_hint
    if wanted is None and hint is not None:
        try:
            return _convert(value, as_dtype(hint).base_dtype, name, as_ref)
        except (TypeError, ValueError):
            pass  # a preferred dtype is only a wish
    return _convert(value, wanted, name, as_ref)


def _check_tensor(value: Tensor, wanted: DType | None) -> Tensor:
    if value.graph is not get_default_graph():
        value = provided("capture")(value)
    if wanted is not None and not wanted.is_compatible_with(value.dtype.base_dtype):
        raise ValueError(
            f"the tensor {value} has dtype {value.dtype.name}, but {wanted.name} is required: "
            f"convert it with tf.cast(x, tf.{wanted.name})"
        )
    return value


def _convert(value: Any, wanted: DType | None, name: str | None, as_ref: bool) -> Tensor:
    for function in _conversion_functions(value):
        result = function(value, dtype=wanted, name=name, as_ref=as_ref)
        if result is NotImplemented:
            continue
        if not isinstance(result, Tensor):
            raise RuntimeError(f"the conversion function {function} returned {result!r}, no Tensor")
        if wanted is not None and not wanted.is_compatible_with(result.dtype.base_dtype):
            raise RuntimeError(
                f"the conversion function {function} returned a {result.dtype.name} tensor for "
                f"{value!r} where {wanted.name} was asked for"
            )
        return result if result.graph is get_default_graph() else provided("capture")(result)
    return _convert_python_value(value, wanted, name)


def _convert_python_value(value: Any, wanted: DType | None, name: str | None) -> Tensor:
    if isinstance(value, TensorShape):
        value, wanted = _shape_value(value, wanted)
        name = name or "shape_as_tensor"
    elif isinstance(value, Dimension):
        if value.value is None:
            raise ValueError("cannot convert the unknown Dimension(None) to a Tensor")
        value = np.asarray(value.value, np.int32 if wanted is None else wanted.as_numpy_dtype)
    elif isinstance(value, (list, tuple)) and _contains_tensor(value):
        return pack(value, wanted, name)  # type: ignore[no-any-return]
    return provided("constant")(value, wanted, None, name or "Const")  # type: ignore[no-any-return]


def _shape_value(shape: TensorShape, wanted: DType | None) -> tuple[Any, DType]:
    dims = shape.as_tuple()
    if dims is None or None in dims:
        raise ValueError(f"cannot convert the partially known shape {shape} to a Tensor")
    dtype = wanted or as_dtype("int32" if all(d is None or d < 2**31 for d in dims) else "int64")
    if not dtype.is_integer:
        raise TypeError(f"a TensorShape converts to int32 or int64, not {dtype.name}")
    return np.asarray(dims, dtype.as_numpy_dtype), dtype


def _contains_tensor(values: Sequence[Any]) -> bool:
    for item in values:
        if isinstance(item, (Tensor, Dimension)) or is_tensor_like(item):
            return True
        if isinstance(item, (list, tuple)) and _contains_tensor(item):
            return True
    return False


def is_tensor_like(value: Any) -> bool:
    """Whether `value` converts to a tensor by a registered function (such as a variable)."""
    return isinstance(value, Tensor) or len(_conversion_functions(value)) > 0


def pack(values: Sequence[Any], dtype: DType | None = None, name: str | None = None) -> Any:
    """Stack a (nested) list that contains tensors into one tensor, as `convert_to_tensor` does."""
    return provided("pack")(values, dtype, name or "packed")


def convert_to_tensor_or_indexed_slices(
    value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Any:
    """Convert `value` to a tensor unless it is an `IndexedSlices` already.

    Raises:
      ValueError: indexed slices of another dtype than `dtype`.
    """
    if not isinstance(value, IndexedSlices):
        return convert_to_tensor(value, dtype=dtype, name=name, as_ref=as_ref)
    if dtype is not None and not as_dtype(dtype).is_compatible_with(value.dtype):
        raise ValueError(f"{value} has dtype {value.dtype.name}, expected {as_dtype(dtype).name}")
    return value


def to_reference(value: Any) -> Tensor:
    """Return the variable reference (or resource handle) that `value` stands for.

    Raises:
      TypeError: it is neither a variable nor a reference.
    """
    if isinstance(value, Tensor):
        return value
    ref = getattr(value, "_ref", None)
    if ref is None:
        raise TypeError(f"expected a variable, got {value!r}")
    result = ref()
    assert isinstance(result, Tensor)
    return result
