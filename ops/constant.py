"""Constants and placeholders: where values enter the graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor, is_tensor_like
from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import (
    INDEX,
    NUMERIC,
    DType,
    as_dtype,
    dtype_set,
    float32 as _float32,
    int32 as _int32,
    int64 as _int64,
    string as _string,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.extensions import provide
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import Dimension, TensorShape, TensorSpec, as_shape
from graphflow.core.tensor_lists import is_list, zeros_of

__all__ = [
    "Const",
    "Fill",
    "OnesLike",
    "Placeholder",
    "PlaceholderWithDefault",
    "ZerosLike",
    "constant",
    "fill",
    "ones",
    "ones_like",
    "placeholder",
    "placeholder_with_default",
    "to_array",
    "zeros",
    "zeros_like",
]

# Larger tensors of one value are filled when the graph runs, which keeps its serialised form small.
_MAX_CONSTANT_ELEMENTS = 1000
_INT32_END = 1 << 31


# -- Python values to arrays -----------------------------------------------------------------------


def to_array(value: Any, dtype: DType | None) -> tuple[np.ndarray[Any, Any], DType]:
    """Convert a Python value to the array that a tensor holds.

    Python floats become float32 and integers int32 (int64 if they do not fit) unless `dtype` says
    otherwise; numpy arrays and scalars keep their dtype or are cast to `dtype`.

    Args:
      value: a number, string, nested list of those, or numpy array.
      dtype: the wanted dtype, or None for the natural one.

    Returns:
      The array (of `bytes` objects for strings) and its dtype.

    Raises:
      TypeError: the value is not of the kind of the dtype.
      ValueError: a ragged list, or None.

    >>> to_array([[1, 2, 3]], None)
    (array([[1, 2, 3]], dtype=int32), tf.int32)
    """
    plain = _plain_array(value, dtype)
    if plain is not None:
        return plain
    if value is None:
        raise ValueError("None is no value for a tensor")
    if dtype is not None and not dtype.is_numpy_compatible:
        raise TypeError(f"a constant cannot have dtype {dtype.name}")
    if _is_numpy_like(value):
        return _from_numpy(np.asarray(value), dtype)
    if isinstance(value, TensorShape):
        value = value.as_list()
    array = _natural_array(value)
    if array.dtype.kind in "USO":
        return _from_objects(value, dtype)
    if dtype is None:
        return _narrowed(array)
    return _cast_exactly(array, dtype, value), dtype


def _plain_array(value: Any, dtype: DType | None) -> tuple[np.ndarray[Any, Any], DType] | None:
    """What `to_array` returns for the commonest values, None for others."""
    kind = type(value)
    if kind is float and (dtype is None or dtype is _float32):
        return np.array(value).astype(np.float32), _float32
    if kind is int and (dtype is None or dtype is _int32) and -_INT32_END <= value < _INT32_END:
        return np.array(value, np.int32), _int32
    if kind is list and dtype is _int32 and value and all(type(item) is int for item in value):
        try:
            return np.array(value, np.int32), _int32
        except OverflowError:
            return None
    return None


def _is_numpy_like(value: Any) -> bool:
    if isinstance(value, (np.ndarray, np.generic)):
        return True
    if isinstance(value, Tensor):
        return False
    return callable(getattr(value, "__array__", None)) or isinstance(
        getattr(value, "__array_interface__", None), dict
    )


def _natural_array(value: Any) -> np.ndarray[Any, Any]:
    """The array that numpy makes of a Python value."""
    try:
        return np.array(value)
    except NotImplementedError:
        raise TypeError(
            f"{value!r} contains symbolic tensors and is no constant: combine them with tf.stack"
        ) from None
    except ValueError as error:
        raise ValueError(
            f"cannot make a tensor of {value!r}: the lists in it differ in length or depth; "
            "pad them to one length"
        ) from error


def _from_numpy(
    array: np.ndarray[Any, Any], dtype: DType | None
) -> tuple[np.ndarray[Any, Any], DType]:
    """Convert an array as numpy casts it."""
    if array.dtype.kind in "USO" and dtype in (None, _string):
        return _bytes_array(array), _string
    wanted = as_dtype(array.dtype) if dtype is None else dtype
    if wanted is _string:
        raise TypeError(f"an array of {array.dtype} does not fit dtype string")
    if array.dtype.kind == "c" and not wanted.is_complex:
        raise TypeError(f"an array of {array.dtype} does not fit dtype {wanted.name}: take a part")
    try:
        return array.astype(wanted.numpy, copy=False), wanted
    except (TypeError, ValueError) as error:
        raise TypeError(f"an array of {array.dtype} does not fit dtype {wanted.name}") from error


def _from_objects(value: Any, dtype: DType | None) -> tuple[np.ndarray[Any, Any], DType]:
    """Convert what numpy sees as objects: strings, dimensions, or what is no value at all."""
    if _has_dimension(value):
        return to_array(_without_dimensions(value), dtype)
    array = np.array(value, object)
    if any(isinstance(item, (list, tuple)) for item in array.flat):
        raise ValueError(
            f"cannot make a tensor of {value!r}: the lists in it differ in length or depth"
        )
    if dtype is None or dtype is _string:
        return _bytes_array(array), _string
    if dtype.is_floating and all(isinstance(item, (int, float)) for item in array.flat):
        return array.astype(np.float64).astype(dtype.numpy), dtype  # integers beyond 64 bits
    raise TypeError(f"expected {dtype.name}, got {_first_misfit(array)}")


def _first_misfit(array: np.ndarray[Any, Any]) -> str:
    fitting = (str, bytes, int, float, complex, np.number)
    item = next((x for x in array.flat if not isinstance(x, fitting)), array.flat[0])
    return f"{item!r} of type {type(item).__name__!r}"


def _has_dimension(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_has_dimension(item) for item in value)
    return isinstance(value, Dimension)


def _without_dimensions(value: Any) -> Any:
    """Replace the dimensions in a nested list by their sizes."""
    if isinstance(value, (list, tuple)):
        return [_without_dimensions(item) for item in value]
    return int(value) if isinstance(value, Dimension) else value


def _bytes_array(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array of `bytes` objects for an array of strings."""
    result = np.empty(array.shape, object)
    flat = result.reshape(-1)
    for index, item in enumerate(array.reshape(-1)):
        if isinstance(item, str):
            flat[index] = str(item).encode()
        elif isinstance(item, (bytes, bytearray)):
            flat[index] = bytes(item)
        else:
            raise TypeError(f"expected numbers or strings, got {_first_misfit(array)}")
    return result


def _narrowed(array: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], DType]:
    """Give Python's numbers TensorFlow's default dtypes."""
    if array.dtype == np.float64:
        return array.astype(np.float32), _float32
    if array.dtype == np.int64 and _fits(array, _int32):
        return array.astype(np.int32), _int32
    return array, as_dtype(array.dtype)


def _fits(array: np.ndarray[Any, Any], dtype: DType) -> bool:
    if not array.size:
        return True
    return bool(array.min() >= dtype.min and array.max() <= dtype.max)


def _cast_exactly(array: np.ndarray[Any, Any], dtype: DType, value: Any) -> np.ndarray[Any, Any]:
    """Cast Python numbers to a dtype that can stand for their kind; integers wrap around."""
    if dtype.is_quantized:
        return array.astype(dtype.numpy)
    if array.size and not _is_kind_of(as_dtype(array.dtype), dtype):
        raise TypeError(f"expected {dtype.name}, got {value!r}")
    if dtype.is_integer and array.dtype.kind in "iu" and not _fits(array, dtype):
        ends = (int(array.min()), int(array.max()))
        number = next(end for end in ends if not dtype.min <= end <= dtype.max)
        warn_once(f"{number} does not fit {dtype.name}: it is taken modulo 2**{8 * dtype.size}")
    return array.astype(dtype.numpy)


def _is_kind_of(natural: DType, wanted: DType) -> bool:
    """Whether Python numbers of dtype `natural` may stand for `wanted`; booleans are integers."""
    if wanted is _string or wanted.is_bool:
        return natural is wanted
    if natural.is_bool or natural.is_integer:
        return True
    if natural.is_floating:
        return wanted.is_floating or wanted.is_complex
    return wanted.is_complex


# -- constants -------------------------------------------------------------------------------------


@register
class Const(Op):
    """A value that is part of the graph."""

    value: Array
    dtype: DType

    cheap = True

    def infer(self) -> TensorSpec:
        return TensorSpec(TensorShape.of(self.value.shape), self.dtype)

    def kernel(self) -> Array:
        return self.value

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return []

    def _key(self) -> tuple[Any, ...]:
        data = tuple(self.value.ravel()) if self.value.dtype == object else self.value.tobytes()
        return self.dtype, self.value.shape, data

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(np.asarray([[1, 2, 3]], np.float32), _float32))
        yield Sample.of(cls(np.asarray(b"text", object), _string))
        yield Sample.of(cls(np.zeros((0, 3), np.int64), _int64))


def constant(
    value: Any,
    dtype: Any = None,
    shape: Any = None,
    name: str | None = "Const",
    verify_shape: bool = False,
) -> Tensor:
    """Create a constant tensor.

    Args:
      value: a number, string, (nested) list of those, or numpy array.
      dtype: the dtype; by default it follows from the value (Python floats become float32, Python
        integers int32).
      shape: the shape; the last element of `value` is repeated to fill it.
      name: the operation's name.
      verify_shape: whether `value` must have exactly the shape `shape`.

    Returns:
      A constant tensor.

    Raises:
      TypeError: the value does not fit the dtype, or its shape differs and `verify_shape` is set.
      ValueError: it has more elements than `shape`, or is ragged.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.constant([5, 7], shape=[2, 3]))
    array([[5, 7, 7],
           [7, 7, 7]], dtype=int32)
    """
    array, of_dtype = to_array(value, None if dtype is None else as_dtype(dtype).base_dtype)
    if shape is not None:
        array = _fill_shape(array, as_shape(shape), verify_shape)
    array = array.copy()
    array.setflags(write=False)
    return apply(Const(array, of_dtype), name=name or "Const")


def _fill_shape(
    array: np.ndarray[Any, Any], shape: TensorShape, verify: bool
) -> np.ndarray[Any, Any]:
    """Reshape, and repeat the last element where there are too few; an empty shape takes any."""
    size = shape.num_elements()
    if size is None:
        raise ValueError(f"the shape of a constant must be fully known, not {shape}")
    dims = tuple(int(dimension) for dimension in shape)
    if verify and array.shape != dims:
        raise TypeError(f"expected a value of shape {shape}, got one of shape {array.shape}")
    if size == 0:
        return np.empty(dims, array.dtype)
    if array.size > size:
        raise ValueError(f"too many elements: shape {shape} holds {size}, got {array.size}")
    if array.size == size:
        return array.reshape(dims)
    filler = array.reshape(-1)[-1] if array.size else _zero(as_dtype(array.dtype))
    result = np.full(dims, filler, array.dtype)
    result.reshape(-1)[: array.size] = array.reshape(-1)
    return result


def _zero(dtype: DType) -> Any:
    if dtype is _string:
        return b""
    return False if dtype.is_bool else 0


@provide("constant")
def _constant(value: Any, dtype: DType | None, shape: Any, name: str) -> Tensor:
    return constant(value, dtype=dtype, shape=shape, name=name)


@register
class Fill(Op):
    """A tensor of one value."""

    inputs = "dims: index_type, value: T"
    types = {"index_type": INDEX}
    has_out = True

    def infer(self, dims: TensorSpec, value: TensorSpec) -> TensorSpec:
        if value.shape.rank not in (None, 0):
            raise ValueError(f"value must be a scalar, it has shape {value.shape}")
        if dims.shape.rank not in (None, 1):
            raise ValueError(f"dims must be a vector, it has rank {dims.shape.rank}")
        known = dims.value
        if known is not None and (known < 0).any():
            raise ValueError(f"dims must not be negative: {known.tolist()}")
        return TensorSpec(dims.as_shape(), value.dtype.base_dtype)

    def scalar_expression(self, names: Sequence[str], specs: Sequence[TensorSpec]) -> str | None:
        return names[1]

    def kernel(self, dims: Array, value: Array, out: Array | None = None) -> Array:
        if (dims < 0).any():
            raise InvalidArgumentError(None, None, f"dims must not be negative: {dims.tolist()}")
        if out is None:
            return np.full(tuple(dims.tolist()), value, _dtype_of(value))
        out[...] = value
        return out

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return None, ops.reduce_sum(grad)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.asarray([2, 3], np.int32), np.float32(1.5))
        yield Sample.of(cls(), np.asarray([0, 3], np.int64), np.float64(2.5))
        yield Sample.of(cls(), np.asarray([], np.int32), np.int64(7))
        yield Sample.of(cls(), np.asarray([2], np.int32), np.asarray(b"x", object))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one = np.float32(1)
        yield ErrorSample(cls(), (np.asarray([2, -1], np.int32), one), "must not be negative")
        yield ErrorSample(cls(), (np.asarray([[2]], np.int32), one), "dims must be a vector")
        dims = np.asarray([2], np.int32)
        yield ErrorSample(cls(), (dims, np.ones(1, np.float32)), "value must be a scalar")


def _dtype_of(value: Array) -> np.dtype[Any]:
    """The dtype of an array or scalar; a string scalar may arrive as plain bytes."""
    return getattr(value, "dtype", None) or np.dtype(object)


def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """Create a tensor filled with a scalar.

    Args:
      dims: int32 or int64 vector, the shape.
      value: scalar of any dtype.
      name: the operation's name.

    Returns:
      A tensor of shape `dims` and the dtype of `value`.

    Raises:
      ValueError: `dims` is no vector, has a negative size, or `value` is no scalar.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.fill([2, 3], 9))
    array([[9, 9, 9],
           [9, 9, 9]], dtype=int32)
    """
    return apply(Fill(), dims, value, name=name)


def zeros(shape: Any, dtype: Any = _float32, name: str | None = None) -> Tensor:
    """Create a tensor of zeros (of empty strings, of False).

    Args:
      shape: the shape: a list, a `TensorShape`, or an int32 or int64 vector.
      dtype: the dtype.
      name: the operation's name.

    Returns:
      A tensor of that shape and dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.zeros([2, 3], tf.int32))
    array([[0, 0, 0],
           [0, 0, 0]], dtype=int32)
    """
    dtype = as_dtype(dtype).base_dtype
    return _filled("zeros", shape, _zero(dtype), dtype, name)


def ones(shape: Any, dtype: Any = _float32, name: str | None = None) -> Tensor:
    """Create a tensor of ones (of True).

    Args:
      shape: the shape: a list, a `TensorShape`, or an int32 or int64 vector.
      dtype: the dtype.
      name: the operation's name.

    Returns:
      A tensor of that shape and dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.ones([2, 3], tf.int32))
    array([[1, 1, 1],
           [1, 1, 1]], dtype=int32)
    """
    dtype = as_dtype(dtype).base_dtype
    return _filled("ones", shape, True if dtype.is_bool else 1, dtype, name)


def _filled(kind: str, shape: Any, value: Any, dtype: DType, name: str | None) -> Tensor:
    """A tensor of one value: a constant if the shape is known and small, else a Fill."""
    with name_scope(name, kind, [shape]) as scope:
        if not isinstance(shape, Tensor):
            static = _static_shape(shape)
            if static is not None and (static.num_elements() or 0) < _MAX_CONSTANT_ELEMENTS:
                return constant(np.full(static.as_list(), value, dtype.numpy), dtype, name=scope)
            if static is not None:
                shape = convert_to_tensor(static, name="shape_as_tensor")
            else:
                shape = convert_to_tensor(shape, preferred_dtype=_int32)
        if shape.shape.rank == 0:
            shape = ops.reshape(shape, [-1])
        return fill(shape, constant(value, dtype), name=scope)


def _static_shape(shape: Any) -> TensorShape | None:
    """The shape if it is given by Python numbers, None if it contains tensors."""
    if is_tensor_like(shape):
        return None
    if isinstance(shape, (list, tuple)):
        if any(item is None for item in shape):
            raise TypeError(
                f"a size in the shape {shape!r} is None: give it, as a number or a tensor such as "
                "tf.shape(x)[0]"
            )
        if any(is_tensor_like(item) for item in shape):
            return None
    static = TensorShape(shape)
    static.assert_is_fully_defined()
    return static


@register
class ZerosLike(Op):
    """Zeros of the input's shape."""

    inputs = "x: T"
    outputs = "y"
    has_out = True

    def infer(self, x: TensorSpec) -> TensorSpec:
        return TensorSpec(x.shape, x.dtype.base_dtype)

    def scalar_expression(self, names: Sequence[str], specs: Sequence[TensorSpec]) -> str | None:
        return "False" if specs[0].dtype.base_dtype.name == "bool" else "0"

    def kernel(self, x: Array, out: Array | None = None) -> Array:
        if is_list(x):
            return zeros_of(x)
        return _fill_like(x, _zero(as_dtype(_dtype_of(x))), out)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from _like_samples(cls())
        yield Sample.of(cls(), np.asarray([b"a", b"bc"], object))


@register
class OnesLike(Op):
    """Ones of the input's shape."""

    inputs = "x: T"
    types: ClassVar[Any] = {"T": NUMERIC | dtype_set("bool")}
    outputs = "y"
    has_out = True

    def infer(self, x: TensorSpec) -> TensorSpec:
        return TensorSpec(x.shape, x.dtype.base_dtype)

    def scalar_expression(self, names: Sequence[str], specs: Sequence[TensorSpec]) -> str | None:
        return "True" if specs[0].dtype.base_dtype.name == "bool" else "1"

    def kernel(self, x: Array, out: Array | None = None) -> Array:
        return _fill_like(x, 1, out)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from _like_samples(cls())

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        text = np.asarray([b"a"], object)
        yield ErrorSample(cls(), (text,), "dtype string, which is not one of", error=TypeError)


def _fill_like(x: Array, value: Any, out: Array | None) -> Array:
    if out is None:
        return np.full(np.shape(x), value, _dtype_of(x))
    out[...] = value
    return out


def _like_samples(op: Op) -> Iterator[Sample]:
    yield Sample.of(op, np.asarray([[1.5, 2, 3]], np.float32))
    yield Sample.of(op, np.asarray([True, False]))
    yield Sample.of(op, np.zeros((0, 2), np.int32))
    yield Sample.of(op, np.complex64(2 + 1j), gradient=())


def zeros_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Create zeros of the shape of another tensor.

    Args:
      tensor: a tensor of any dtype and shape.
      dtype: the dtype, by default that of `tensor`.
      name: the operation's name.
      optimize: whether to use the static shape where it is known.

    Returns:
      A tensor of the shape of `tensor`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.zeros_like([[4, 5, 6]]))
    array([[0, 0, 0]], dtype=int32)
    """
    with name_scope(name, "zeros_like", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name="tensor")
        natural = tensor.dtype.base_dtype
        # Programs pass False in the place of dtype when they mean another argument.
        has_dtype = dtype is not None and dtype is not False
        wanted = as_dtype(dtype).base_dtype if has_dtype else natural
        is_list_of_tensors = natural.name == "variant"
        if optimize and tensor.shape.is_fully_defined() and not is_list_of_tensors:
            return zeros(tensor.shape, wanted, scope)
        if wanted is natural:
            return apply(ZerosLike(), tensor, name=scope)
        result = zeros(ops.shape_internal(tensor, optimize=optimize), wanted, scope)
        result.set_shape(tensor.shape)
        return result


@provide("zeros_like")
def _zeros_like(tensor: Tensor) -> Tensor:
    return zeros_like(tensor)


def ones_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Create ones of the shape of another tensor.

    Args:
      tensor: a tensor of any dtype and shape.
      dtype: the dtype, by default that of `tensor`.
      name: the operation's name.
      optimize: whether to use the static shape where it is known.

    Returns:
      A tensor of the shape of `tensor`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.ones_like([[4, 5, 6]]))
    array([[1, 1, 1]], dtype=int32)
    """
    with name_scope(name, "ones_like", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name="tensor")
        wanted = tensor.dtype.base_dtype if dtype is None else as_dtype(dtype).base_dtype
        result = ones(ops.shape_internal(tensor, optimize=optimize), wanted, scope)
        result.set_shape(tensor.shape)
        return result


@provide("start_gradient")
def _start_gradient(y: Tensor, name: str) -> Tensor:
    shape = ops.shape(y)
    return fill(shape, constant(1, y.dtype.base_dtype, name=name))


# -- placeholders ----------------------------------------------------------------------------------


@register
class Placeholder(Op):
    """A value that every run must feed."""

    dtype: DType
    shape: TensorShape = TensorShape(None)

    stateful = True

    def infer(self) -> TensorSpec:
        return TensorSpec(self.shape, self.dtype)

    def kernel(self) -> Array:
        raise InvalidArgumentError(
            None, None, f"you must feed a value for this placeholder: {self.dtype.name}{self.shape}"
        )

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return []

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(
            cls(_float32, TensorShape([2, 3])), (), "must feed a value",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """Create a tensor whose value each run must supply through `feed_dict`.

    Args:
      dtype: the dtype of the values that will be fed.
      shape: their shape, possibly partly unknown; None for any.
      name: the operation's name.

    Returns:
      A tensor that can be fed and cannot be evaluated otherwise.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [None, 3], name="x")
    >>> tf.Session().run(x * 2.0, {x: [[1, 2, 3]]})
    array([[2., 4., 6.]], dtype=float32)
    """
    return apply(Placeholder(as_dtype(dtype).base_dtype, as_shape(shape)), name=name)


@register
class PlaceholderWithDefault(Op):
    """A value that a run may feed."""

    shape: TensorShape

    inputs = "input: dtype"
    cheap = True
    stateful = True  # whatever follows from the default would be wrong for a fed value

    def infer(self, input: TensorSpec) -> TensorSpec:
        if not input.shape.is_compatible_with(self.shape):
            raise ValueError(f"the default has shape {input.shape}, which is not {self.shape}")
        return TensorSpec(self.shape, input.dtype.base_dtype)

    def kernel(self, input: Array) -> Array:
        return input

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [grad]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(TensorShape([None, 3])), np.asarray([[1.5, 2, 3]], np.float32))
        yield Sample.of(cls(TensorShape(None)), np.int32(4))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(TensorShape([3])), (np.ones(2, np.float32),), "the default has shape")


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Create a tensor whose value a run may feed; without a feed it is `input`.

    Args:
      input: the default value, a tensor of any dtype.
      shape: the shape of the values that may be fed, possibly partly unknown.
      name: the operation's name.

    Returns:
      A tensor of the dtype of `input`.

    Raises:
      ValueError: the default does not have the shape.

    >>> import graphflow as tf
    >>> keep = tf.placeholder_with_default([1.0, 0.5], [None])
    >>> tf.Session().run(keep), tf.Session().run(keep, {keep: [0.25]})
    (array([1. , 0.5], dtype=float32), array([0.25], dtype=float32))
    """
    return apply(PlaceholderWithDefault(as_shape(shape)), input, name=name)


# -- lists that contain tensors --------------------------------------------------------------------


@provide("pack")
def _pack(values: Sequence[Any], dtype: DType | None, name: str) -> Tensor:
    """Stack a nested list of tensors and Python values into one tensor."""
    inferred = next(_tensor_dtypes(values), None)
    if inferred is None:
        return constant(values, dtype, name=name)
    if dtype is not None and dtype is not inferred:
        values = _cast_tensors(values, dtype)
    packed: Tensor = _packed(values, dtype or inferred, name)
    return packed


def _tensor_dtypes(values: Iterable[Any]) -> Iterator[DType]:
    for item in values:
        if isinstance(item, (list, tuple)):
            yield from _tensor_dtypes(item)
        elif is_tensor_like(item) and hasattr(item, "dtype"):
            yield item.dtype.base_dtype


def _cast_tensors(value: Any, dtype: DType) -> Any:
    if isinstance(value, (list, tuple)):
        return [_cast_tensors(item, dtype) for item in value]
    if is_tensor_like(value) and value.dtype.base_dtype is not dtype:
        return ops.cast(value, dtype)
    return value


def _packed(values: Sequence[Any], dtype: DType, name: str) -> Any:
    """The packed tensor, or the list itself if there is no tensor in it."""
    with name_scope(name) as scope:
        items = [
            _packed(item, dtype, str(index)) if isinstance(item, (list, tuple)) else item
            for index, item in enumerate(values)
        ]
        if not any(is_tensor_like(item) for item in items):
            return items
        tensors = [
            convert_to_tensor(item) if is_tensor_like(item) else constant(item, dtype, name=str(i))
            for i, item in enumerate(items)
        ]
        return apply(ops.Pack(), tensors, name=scope)


@provide("concat")
def _concat(values: Sequence[Tensor]) -> Tensor:
    return ops.concat(list(values), axis=0)


@provide("to_int64")
def _to_int64(tensor: Tensor) -> Tensor:
    return ops.cast(tensor, _int64)
