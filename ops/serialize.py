"""Tensors as serialized messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from graphflow.core.build import apply
from graphflow.core.dtypes import (
    DType,
    as_dtype,
    float32 as _float32,
    int32 as _int32,
    string as _string,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.extensions import provided
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import as_array, check_rank, f32, i32, invalid
from graphflow.ops._text import from_items, item_of, texts

__all__ = ["ParseTensor", "SerializeTensor", "parse_tensor", "serialize_tensor"]


@register
class SerializeTensor(Op):
    """A tensor as a serialized TensorProto."""

    inputs = "tensor: T"
    outputs = "serialized"

    def infer(self, tensor: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _string)

    def kernel(self, tensor: Array) -> Array:
        array = as_array(tensor)
        dtype = _string if array.dtype.kind == "O" else as_dtype(array.dtype)
        return from_items([provided("tensor_to_bytes")(array, dtype)], ())

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        note = "the result is no number"
        for dtype in [
            "float16",
            "float32",
            "float64",
            "complex64",
            "int32",
            "int64",
            "uint8",
            "uint16",
            "bool",
        ]:
            value = np.asarray([[1, 2, 0]]).astype(dtype)
            yield Sample.of(cls(), value, gradient=(), note=note)
        yield Sample.of(
            cls(), np.asarray([1.5], as_dtype("bfloat16").numpy), gradient=(), note=note
        )
        yield Sample.of(cls(), np.float32(1.5), gradient=(), note=note)
        yield Sample.of(cls(), np.zeros((0, 2), np.float32), gradient=(), note=note)
        yield Sample.of(cls(), texts([["ab", "c" * 200, b"\xff", ""]]))
        yield Sample.of(cls(), texts("a"))


def serialize_tensor(tensor: Any, name: str | None = None) -> Tensor:
    """Turn a tensor into a string, the bytes of a `TensorProto`.

    Args:
      tensor: a tensor.
      name: the operation's name.

    Returns:
      A string scalar.

    >>> import graphflow as tf
    >>> text = tf.serialize_tensor([[5, 7]])
    >>> tf.Session().run(tf.parse_tensor(text, tf.int32))
    array([[5, 7]], dtype=int32)
    """
    return apply(SerializeTensor(), tensor, name=name)


@register
class ParseTensor(Op):
    """A tensor from a serialized TensorProto."""

    out_type: DType

    inputs = "serialized: string"

    def infer(self, serialized: TensorSpec) -> TensorSpec:
        check_rank("serialized", serialized, 0)
        return TensorSpec(TensorShape.of(None), self.out_type)

    def kernel(self, serialized: Array) -> Array:
        try:
            array, dtype = provided("tensor_from_bytes")(item_of(serialized))
        except (ValueError, TypeError) as error:
            raise invalid(f"the string is no serialized tensor: {error}") from error
        if dtype is not self.out_type:
            raise invalid(
                f"the serialized tensor has dtype {dtype.name}, out_type is {self.out_type.name}"
            )
        return array

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        to_bytes = provided("tensor_to_bytes")
        for array in (f32([[1.5, -2, 7]]), i32(5), np.asarray([True]), np.zeros((0, 2), np.int64)):
            dtype = as_dtype(array.dtype)
            note = "bytes have no gradient"
            yield Sample.of(cls(dtype), texts(to_bytes(array, dtype)), gradient=(), note=note)
        yield Sample.of(cls(_string), texts(to_bytes(texts(["ab", "", "c"]), _string)))
        # int32 [3] with a single value in its field, which counts for the others too
        yield Sample.of(cls(_int32), texts(b"\x08\x03\x12\x04\x12\x02\x08\x03\x38\x05"))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        data = texts(provided("tensor_to_bytes")(f32([1]), _float32))
        yield ErrorSample(cls(_int32), (texts(["a"]),), "serialized must be a scalar")
        for value, message in (
            (texts("junk"), "no serialized tensor"),
            (data, "has dtype float32"),
        ):
            yield ErrorSample(
                cls(_int32), (value,), message, error=InvalidArgumentError, when="run"
            )


def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Tensor:
    """Turn the bytes of a `TensorProto` into a tensor.

    Args:
      serialized: string scalar.
      out_type: the dtype of the tensor, which must be the one in the message.
      name: the operation's name.

    Returns:
      A tensor of that dtype, its shape not known before it runs.

    Raises:
      InvalidArgumentError: (in the run) the string is no such message, or of another dtype.

    >>> import graphflow as tf
    >>> data = tf.make_tensor_proto([[1.5, 2.5]]).SerializeToString()
    >>> tf.Session().run(tf.parse_tensor(data, tf.float32))
    array([[1.5, 2.5]], dtype=float32)
    """
    return apply(ParseTensor(as_dtype(out_type)), serialized, name=name)
