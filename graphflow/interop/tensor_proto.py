"""Arrays as `TensorProto` messages and back.

A `TensorProto` holds the elements of numeric arrays either as raw bytes, in `tensor_content`, or as
numbers in the field of its dtype, such as `float_val`.  A field may hold fewer elements than the
shape asks for: then the last one is repeated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from graphflow.core import dtypes
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.extensions import provide
from graphflow.core.spec import ShapeLike, TensorShape, as_shape
from graphflow.interop import protos
from graphflow.ops.constant import to_array

Array: TypeAlias = "np.ndarray[Any, Any]"

_SMALL_INTEGERS = (
    dtypes.int8, dtypes.int16, dtypes.int32, dtypes.uint8, dtypes.uint16,
    dtypes.qint8, dtypes.qint16, dtypes.qint32, dtypes.quint8, dtypes.quint16,
)  # fmt: skip
_VALUE_FIELDS: dict[DType, str] = {
    dtypes.bool: "bool_val",
    dtypes.float16: "half_val",
    dtypes.bfloat16: "half_val",
    dtypes.float32: "float_val",
    dtypes.float64: "double_val",
    dtypes.complex64: "scomplex_val",
    dtypes.complex128: "dcomplex_val",
    **dict.fromkeys(_SMALL_INTEGERS, "int_val"),
    dtypes.int64: "int64_val",
    dtypes.uint32: "uint32_val",
    dtypes.uint64: "uint64_val",
    dtypes.string: "string_val",
}
_NOT_AS_CONTENT = frozenset({
    dtypes.bool, dtypes.bfloat16, dtypes.complex64, dtypes.complex128, dtypes.uint16, dtypes.string,
})  # fmt: skip
_MAX_BYTES = 2**31 - 1  # no protobuf message may be longer


def shape_proto(shape: ShapeLike) -> Any:
    """Return a shape as a `TensorShapeProto`, in which size -1 is unknown.

    Args:
      shape: anything that makes a `TensorShape`.

    Returns:
      The message.

    >>> [dim.size for dim in shape_proto([2, None, 3]).dim], shape_proto(None).unknown_rank
    ([2, -1, 3], True)
    """
    dims = as_shape(shape).as_tuple()
    if dims is None:
        return protos.TensorShapeProto(unknown_rank=True)
    return protos.TensorShapeProto(dim=[{"size": -1 if size is None else size} for size in dims])


def make_tensor_proto(
    values: Any,
    dtype: Any = None,
    shape: Any = None,
    verify_shape: bool = False,
    allow_broadcast: bool = False,
) -> Any:
    """Create a `TensorProto` from a Python value.

    Args:
      values: a number, string, (nested) list of those, or numpy array; a `TensorProto` is returned
        as it is.
      dtype: the dtype; by default it follows from the values as in `tf.constant`.
      shape: the shape, by default that of the values.  With fewer values than the shape asks for,
        the message holds only those: readers repeat the last one.
      verify_shape: whether the values must have exactly the shape `shape`.
      allow_broadcast: whether the values must be as many as `shape` asks for, or a single one.

    Returns:
      A `TensorProto`.

    Raises:
      TypeError: the values do not fit the dtype, or break what `verify_shape` or
        `allow_broadcast` asks for.
      ValueError: there are more values than `shape` asks for, or more than 2 GB.

    >>> proto = make_tensor_proto([5, 7], shape=[2, 3])
    >>> list(proto.int_val)
    [5, 7]
    >>> make_ndarray(proto)
    array([[5, 7, 7],
           [7, 7, 7]], dtype=int32)
    """
    if protos.is_message(values, "TensorProto"):
        return values
    array, of_dtype = to_array(values, None if dtype is None else as_dtype(dtype).base_dtype)
    if shape is None:
        return tensor_proto(array, of_dtype)
    sizes = tuple(as_shape(shape).as_list())
    _check_shape(array, sizes, verify_shape and not allow_broadcast, allow_broadcast)
    return tensor_proto(array, of_dtype, sizes)


def _check_shape(array: Array, sizes: Sequence[int | None], verify: bool, broadcast: bool) -> None:
    shape = TensorShape(sizes)
    elements = shape.num_elements()
    if elements is None:
        raise ValueError(f"the shape {shape} of a TensorProto must be fully defined")
    if verify and array.shape != tuple(sizes):
        raise TypeError(f"the values have shape {array.shape}, not {shape}")
    if broadcast and array.shape not in ((), (1,)) and array.size != elements:
        raise TypeError(f"the values have shape {array.shape} and do not broadcast to {shape}")
    if array.size > elements:
        raise ValueError(f"{array.size} values are too many for shape {shape}: it holds {elements}")


def tensor_proto(array: Array, dtype: DType, shape: ShapeLike | None = None) -> Any:
    """Return an array as a `TensorProto`.

    Args:
      array: an array as tensors of `dtype` hold it; strings as an object array of bytes.
      dtype: the dtype.
      shape: the shape to record, by default that of the array.

    Returns:
      The message.

    Raises:
      TypeError: tensors of this dtype have no serialized form.
      ValueError: the array is larger than 2 GB.
    """
    field = _value_field(dtype)
    sizes = array.shape if shape is None else tuple(as_shape(shape).as_list())
    proto = protos.TensorProto(dtype=dtype.as_datatype_enum, tensor_shape=shape_proto(sizes))
    if array.nbytes > _MAX_BYTES:
        raise ValueError(
            f"an array of shape {array.shape} and dtype {dtype.name} is larger than 2 GB, too "
            "large for a TensorProto: feed it or restore it from a checkpoint instead"
        )
    if array.size > 1 and array.size == math.prod(sizes) and dtype not in _NOT_AS_CONTENT:
        proto.tensor_content = array.tobytes()
    else:
        getattr(proto, field).extend(_elements(array, dtype))
    return proto


def fill_value_field(proto: Any, array: Array, dtype: DType) -> None:
    """Put the elements of an array into the field of a `TensorProto` for their dtype.

    Args:
      proto: the message; its dtype, shape and raw bytes stay as they are.
      array: an array as tensors of `dtype` hold it.
      dtype: the dtype.

    Raises:
      TypeError: tensors of this dtype have no serialized form.
    """
    getattr(proto, _value_field(dtype)).extend(_elements(array, dtype))


@provide("tensor_to_bytes")
def tensor_to_bytes(array: Array, dtype: DType) -> bytes:
    """Return an array as a serialized `TensorProto`, with its elements as raw bytes.

    Args:
      array: an array as tensors of `dtype` hold it.
      dtype: the dtype; strings have no raw bytes and go to the field for them.

    Returns:
      The bytes of the message.

    Raises:
      TypeError: tensors of this dtype have no serialized form.
    """
    if dtype is dtypes.string:
        return bytes(tensor_proto(array, dtype).SerializeToString())
    _value_field(dtype)
    proto = protos.TensorProto(
        dtype=dtype.as_datatype_enum,
        tensor_shape=shape_proto(array.shape),
        tensor_content=array.tobytes(),
    )
    return bytes(proto.SerializeToString())


@provide("tensor_from_bytes")
def tensor_from_bytes(data: bytes) -> tuple[Array, DType]:
    """Return the array in a serialized `TensorProto`, and its dtype.

    Args:
      data: the bytes of the message.

    Returns:
      A new array and its dtype.

    Raises:
      ValueError: the bytes are no such message.
      TypeError: the dtype is invalid, or its tensors have no serialized form.
    """
    from google.protobuf.message import DecodeError

    try:
        proto = protos.TensorProto.FromString(data)
    except DecodeError as error:
        raise ValueError(str(error)) from error
    dtype = as_dtype(proto.dtype)
    content = len(proto.tensor_content)
    expected = math.prod(dim.size for dim in proto.tensor_shape.dim) * dtype.size
    if content and dtype is not dtypes.string and content != expected:
        raise ValueError(f"it holds {content} bytes, not {expected}")
    return make_ndarray(proto), dtype


def _elements(array: Array, dtype: DType) -> list[Any]:
    """Return the elements as the value field of the dtype holds them."""
    flat = array.ravel()
    if dtype is dtypes.string:
        return [item.encode() if isinstance(item, str) else bytes(item) for item in flat.tolist()]
    if dtype.is_complex:  # real and imaginary parts in turn
        flat = flat.view(dtype.real_dtype.numpy)
    elif dtype in (dtypes.float16, dtypes.bfloat16):  # as 16 bits
        flat = flat.view(np.uint16)
    elif dtype.is_quantized:  # out of the structure of one number
        flat = flat.view(dtype.numpy[0])
    elements: list[Any] = flat.tolist()
    return elements


def make_ndarray(tensor: Any) -> Array:
    """Return the array that a `TensorProto` stands for.

    Args:
      tensor: a `TensorProto`.

    Returns:
      A new array of its shape and dtype; strings are `bytes` in an object array.

    Raises:
      TypeError: arrays cannot hold elements of the dtype (resource and variant).
      ValueError: there are more elements than the shape asks for.

    >>> make_ndarray(make_tensor_proto([[1.5, -2.0, 3.0]]))
    array([[ 1.5, -2. ,  3. ]], dtype=float32)
    """
    dtype = as_dtype(tensor.dtype)
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    elements = math.prod(shape)
    field = _value_field(dtype)
    if tensor.tensor_content:
        values = _from_content(tensor.tensor_content, dtype, elements)
    else:
        values = _from_elements(getattr(tensor, field), dtype)
    if values.size > elements:
        raise ValueError(
            f"a TensorProto of shape {TensorShape(shape)} and dtype {dtype.name} holds "
            f"{values.size} elements instead of {elements}"
        )
    return _filled(values, elements, dtype).reshape(shape)


def _from_content(content: bytes, dtype: DType, elements: int) -> Array:
    if dtype is dtypes.string:
        return _strings_from_content(content, elements)
    return np.array(np.frombuffer(content, dtype.numpy))  # a copy that can be written to


def _strings_from_content(content: bytes, count: int) -> Array:
    """Read the lengths of all strings, as varints, and then the strings."""
    position = 0
    lengths = []
    for _ in range(count):
        length = shift = 0
        while content[position] >= 0x80:
            length |= (content[position] & 0x7F) << shift
            position, shift = position + 1, shift + 7
        lengths.append(length | content[position] << shift)
        position += 1
    strings = np.empty(count, object)
    for index, length in enumerate(lengths):
        strings[index] = content[position : position + length]
        position += length
    return strings


def _from_elements(elements: Any, dtype: DType) -> Array:
    if dtype is dtypes.string:
        strings = np.empty(len(elements), object)
        strings[:] = list(elements)
        return strings
    stored: np.dtype[Any] = dtype.numpy
    if dtype.is_complex:
        stored = dtype.real_dtype.numpy
    elif dtype in (dtypes.float16, dtypes.bfloat16):
        stored = np.dtype(np.uint16)
    elif dtype.is_quantized:
        stored = dtype.numpy[0]
    values: Array = np.array(elements, stored).view(dtype.numpy)
    return values


def _filled(values: Array, elements: int, dtype: DType) -> Array:
    """Repeat the last value up to the wanted number; without any value, fill with zeros."""
    if values.size == elements:
        return values
    filled = np.zeros(elements, dtype.numpy)
    if dtype is dtypes.string:
        filled[:] = b""
    filled[: values.size] = values
    if values.size:
        filled[values.size :] = values[-1]
    return filled


def _value_field(dtype: DType) -> str:
    field = _VALUE_FIELDS.get(dtype.base_dtype)
    if field is None:
        raise TypeError(f"a tensor of dtype {dtype.name} has no serialized form as a value")
    return field
