"""Conversions between dtypes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, overload

import numpy as np

import graphflow.ops as ops
from graphflow.core import dtypes
from graphflow.core.build import apply
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.dtypes import COMPLEX, FLOATING, NUMERIC, DType, as_dtype
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops.elementwise import Partial, in_range

__all__ = [
    "Bitcast",
    "Cast",
    "bitcast",
    "cast",
    "saturate_cast",
    "to_bfloat16",
    "to_complex64",
    "to_complex128",
    "to_double",
    "to_float",
    "to_int32",
    "to_int64",
]

_logger = logging.getLogger("graphflow")
_CASTABLE = NUMERIC | {dtypes.bool}
_BITS = NUMERIC | dtypes.QUANTIZED


@register
class Cast(Op):
    """The same numbers in another dtype."""

    DstT: DType
    Truncate: bool = False

    makes_new = True
    inputs = "x: SrcT"
    outputs = "y"
    types: ClassVar[Any] = {"SrcT": _CASTABLE}

    def infer(self, x: TensorSpec) -> TensorSpec:
        if self.DstT not in _CASTABLE:
            raise TypeError(f"cannot cast {x.dtype.name} to {self.DstT.name}")
        return TensorSpec(x.shape, self.DstT)

    def scalar_expression(self, names: Sequence[str], specs: Sequence[TensorSpec]) -> str | None:
        if self.DstT.is_bool:
            return f"{names[0]} != 0"
        # Floats out of the range of integers become what the processor makes of them.
        is_exact = self.DstT.is_floating or not specs[0].dtype.is_floating
        return f"np.{self.DstT.name}({names[0]})" if is_exact else None

    def kernel(self, x: Array) -> Array:
        target = self.DstT.numpy
        if x.dtype.kind == "c" and not self.DstT.is_complex:
            x = x.real
        if self.Truncate and self.DstT.is_floating and target.itemsize < x.dtype.itemsize:
            return _truncated(x, target)
        return x.astype(target)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor | None:
        source = op.inputs[0].dtype.base_dtype
        if source in FLOATING | COMPLEX and self.DstT in FLOATING | COMPLEX:
            return cast(grad, source)
        return None

    def partial(self, *specs: TensorSpec) -> Partial:
        known = specs[0].partial()
        if known is None or not (specs[0].dtype.is_integer and self.DstT.is_integer):
            return None
        if isinstance(known, int):
            return in_range(known, self.DstT)
        return tuple(None if item is None else in_range(item, self.DstT) for item in known)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        reals = np.asarray([[1.9, -1.9, 0.0], [2.5, -3.75, 100.0]])
        for source in (np.float16, np.float32, np.float64):
            for target in ("float32", "float64", "float16", "int32", "int8", "bool", "complex64"):
                yield Sample.of(cls(as_dtype(target)), reals.astype(source))
        integers = np.asarray([[1, -9, 0], [127, -128, 70000]], np.int32)
        for target in ("float32", "int64", "uint8", "int16", "bool", "complex128"):
            yield Sample.of(cls(as_dtype(target)), integers)
        yield Sample.of(cls(dtypes.float32), np.asarray([True, False]))
        yield Sample.of(cls(dtypes.int32), np.float64(-7.25))
        yield Sample.of(cls(dtypes.bfloat16), np.asarray([1.003, 3.0], np.float32), gradient=())
        yield Sample.of(cls(dtypes.float32), np.asarray([1 + 2j]), gradient=(), note="drops imag")
        between = np.asarray([1.0077, -1.0077], np.float32)
        yield Sample.of(cls(dtypes.bfloat16, True), between, gradient=())

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(dtypes.float32), (np.asarray([b"1"], object),), "string", TypeError)
        yield ErrorSample(cls(dtypes.string), (np.float32(1),), "to string", TypeError)


def _truncated(x: Array, target: np.dtype[Any]) -> Array:
    """Cast to a shorter floating dtype, rounding towards zero."""
    nearest = np.asarray(x.astype(target))
    too_far = np.abs(nearest.astype(x.dtype)) > np.abs(x)
    return np.where(too_far, np.nextafter(nearest, target.type(0)), nearest)


@register
class Bitcast(Op):
    """The same bits read as another dtype."""

    type_: DType

    inputs = "input: T"
    types: ClassVar[Any] = {"T": _BITS}
    cheap = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        dims = input.shape.as_tuple()
        source, target = input.dtype.size, self.type_.size
        if dims is None or source == target:
            return TensorSpec(input.shape, self.type_)
        if source > target:
            return TensorSpec(TensorShape.of((*dims, source // target)), self.type_)
        factor = target // source
        if not dims or dims[-1] not in (None, factor):
            raise ValueError(
                f"the last dimension must be {factor}, the number of {input.dtype.name} in one "
                f"{self.type_.name}; the shape is {input.shape}"
            )
        return TensorSpec(TensorShape.of(dims[:-1]), self.type_)

    def kernel(self, input: Array) -> Array:
        array = np.ascontiguousarray(input).reshape(np.shape(input))
        target = self.type_.numpy
        if array.dtype.itemsize == target.itemsize:
            return array.view(target)
        if array.dtype.itemsize > target.itemsize:
            return array[..., None].view(target)
        return array.view(target)[..., 0]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        floats = np.asarray([[1.5, -2.25, 0.0], [3.5, 0.1, 1e9]], np.float32)
        yield Sample.of(cls(dtypes.int32), floats)
        yield Sample.of(cls(dtypes.uint8), floats)
        yield Sample.of(cls(dtypes.int64), np.asarray([[1, 2], [3, 4], [-5, 6]], np.int32))
        yield Sample.of(cls(dtypes.int16), np.int64(-3))
        yield Sample.of(cls(dtypes.float64), np.zeros((0, 2), np.float32))
        for name in ("int8", "uint8", "int16", "uint16", "float16", "bfloat16"):
            kind = dtypes.as_dtype(name)
            yield Sample.of(cls(dtypes.int16), np.ones((3, 2 // kind.size), kind.numpy))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(dtypes.int64), (np.ones(3, np.int32),), "last dimension must be 2")


@overload
def cast(x: Tensor, dtype: Any, name: str | None = None) -> Tensor: ...


@overload
def cast(x: SparseTensor, dtype: Any, name: str | None = None) -> SparseTensor: ...


@overload
def cast(x: IndexedSlices, dtype: Any, name: str | None = None) -> IndexedSlices: ...


@overload
def cast(x: Any, dtype: Any, name: str | None = None) -> Any: ...


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """Convert to another dtype.

    Floating numbers become integers by dropping what is behind the point, numbers become bool by
    comparison with 0, complex numbers become real by dropping the imaginary part.

    Args:
      x: numeric or bool: a tensor, `SparseTensor` or `IndexedSlices`.
      dtype: numeric or bool.
      name: the operation's name.

    Returns:
      What `x` is, with the new dtype; `x` itself if it has that dtype already.

    Raises:
      TypeError: there is no cast between the dtypes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.cast([1.8, -2.2], tf.int32))
    array([ 1, -2], dtype=int32)
    """
    target = as_dtype(dtype).base_dtype
    if isinstance(x, Tensor) and x.dtype.base_dtype is target:
        return x
    with name_scope(name, "Cast", [x]) as scope:
        if isinstance(x, SparseTensor):
            return SparseTensor(x.indices, cast(x.values, target, name=scope), x.dense_shape)
        if isinstance(x, IndexedSlices):
            return IndexedSlices(cast(x.values, target, name=scope), x.indices, x.dense_shape)
        x = convert_to_tensor(x, name="x")
        source = x.dtype.base_dtype
        if source is target:
            return x
        if source.is_complex and target.is_floating:
            _logger.warning("casting %s to %s drops the imaginary part", source.name, target.name)
        return apply(Cast(target), x, name=scope)


def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Tensor:
    """Convert to another dtype; numbers outside its range become its smallest or largest.

    Args:
      value: real numbers.
      dtype: the dtype.
      name: the operation's name.

    Returns:
      A tensor of the shape of `value`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.saturate_cast([-7, 80, 999], tf.uint8))
    array([  0,  80, 255], dtype=uint8)
    """
    with name_scope(name, "saturate_cast", [value]) as scope:
        value = convert_to_tensor(value, name="value")
        target, source = as_dtype(dtype).base_dtype, value.dtype.base_dtype
        if source.min < target.min:
            low = _limit_within(target.min, target, source)
            value = ops.maximum(value, convert_to_tensor(low, dtype=source, name="min"))
        if source.max > target.max:
            high = _limit_within(target.max, target, source)
            value = ops.minimum(value, convert_to_tensor(high, dtype=source, name="max"))
        return cast(value, target, name=scope)  # type: ignore[no-any-return]


def _limit_within(limit: Any, target: DType, source: DType) -> Any:
    """The number of the source dtype nearest to a limit of the target that the target can hold."""
    if not source.is_floating or not target.is_integer:
        return limit
    rounded = np.asarray(limit).astype(source.as_numpy_dtype)
    if target.min <= int(rounded) <= target.max:
        return rounded
    return np.nextafter(rounded, np.zeros_like(rounded))


def bitcast(input: Any, type: Any, name: str | None = None) -> Tensor:
    """Read the bits of a tensor as another dtype.

    Args:
      input: numeric.
      type: the dtype; if it is smaller than that of `input`, the result has one more dimension at
        the end, if it is larger, one less.
      name: the operation's name.

    Returns:
      A tensor.

    Raises:
      ValueError: the last dimension does not hold one element of a larger dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.bitcast([1.0, -2.0], tf.uint32))
    array([1065353216, 3221225472], dtype=uint32)
    """
    return apply(Bitcast(as_dtype(type).base_dtype), input, name=name)


def to_float(x: Any, name: str = "ToFloat") -> Any:
    """Convert to float32: the old way to write `tf.cast(x, tf.float32)`.

    Args:
      x: numeric or bool: a tensor, `SparseTensor` or `IndexedSlices`.
      name: the operation's name.

    Returns:
      What `x` is, with the new dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.to_float([1, 2]))
    array([1., 2.], dtype=float32)
    """
    return cast(x, dtypes.float32, name=name)


def to_double(x: Any, name: str = "ToDouble") -> Any:
    """Convert to float64: the old way to write `tf.cast(x, tf.float64)`.

    Args:
      x: numeric or bool: a tensor, `SparseTensor` or `IndexedSlices`.
      name: the operation's name.

    Returns:
      What `x` is, with the new dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.to_double([1, 2]))
    array([1., 2.])
    """
    return cast(x, dtypes.float64, name=name)


def to_int32(x: Any, name: str = "ToInt32") -> Any:
    """Convert to int32: the old way to write `tf.cast(x, tf.int32)`.

    Args:
      x: numeric or bool: a tensor, `SparseTensor` or `IndexedSlices`.
      name: the operation's name.

    Returns:
      What `x` is, with the new dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.to_int32([1.5, -2.5]))
    array([ 1, -2], dtype=int32)
    """
    return cast(x, dtypes.int32, name=name)


def to_int64(x: Any, name: str = "ToInt64") -> Any:
    """Convert to int64: the old way to write `tf.cast(x, tf.int64)`.

    Args:
      x: numeric or bool: a tensor, `SparseTensor` or `IndexedSlices`.
      name: the operation's name.

    Returns:
      What `x` is, with the new dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.to_int64([1.5, -2.5]))
    array([ 1, -2])
    """
    return cast(x, dtypes.int64, name=name)


def to_bfloat16(x: Any, name: str = "ToBFloat16") -> Any:
    """Convert to bfloat16: the old way to write `tf.cast(x, tf.bfloat16)`.

    Args:
      x: numeric or bool: a tensor, `SparseTensor` or `IndexedSlices`.
      name: the operation's name.

    Returns:
      What `x` is, with the new dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.to_bfloat16([1.5, 2.0]))
    array([1.5, 2], dtype=bfloat16)
    """
    return cast(x, dtypes.bfloat16, name=name)


def to_complex64(x: Any, name: str = "ToComplex64") -> Any:
    """Convert to complex64: the old way to write `tf.cast(x, tf.complex64)`.

    Args:
      x: numeric or bool: a tensor, `SparseTensor` or `IndexedSlices`.
      name: the operation's name.

    Returns:
      What `x` is, with the new dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.to_complex64([1.5, 2.0]))
    array([1.5+0.j, 2. +0.j], dtype=complex64)
    """
    return cast(x, dtypes.complex64, name=name)


def to_complex128(x: Any, name: str = "ToComplex128") -> Any:
    """Convert to complex128: the old way to write `tf.cast(x, tf.complex128)`.

    Args:
      x: numeric or bool: a tensor, `SparseTensor` or `IndexedSlices`.
      name: the operation's name.

    Returns:
      What `x` is, with the new dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.to_complex128([1.5, 2.0]))
    array([1.5+0.j, 2. +0.j])
    """
    return cast(x, dtypes.complex128, name=name)
