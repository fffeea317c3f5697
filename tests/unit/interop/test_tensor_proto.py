"""Arrays as TensorProtos: where the elements go, and what readers make of fewer elements."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from graphflow.core import dtypes
from graphflow.interop import protos, tensor_proto
from graphflow.interop.tensor_proto import make_ndarray, make_tensor_proto, shape_proto


def strings(*items: bytes) -> np.ndarray:
    array = np.empty(len(items), object)
    array[:] = items
    return array


QINT8 = np.array([(5,), (-6,)], dtypes.qint8.numpy)


@pytest.mark.parametrize(
    ("array", "dtype", "field", "content"),
    [
        (
            np.array([1.5, -2.0], np.float32),
            dtypes.float32,
            "tensor_content",
            b"\0\0\xc0?\0\0\0\xc0",
        ),
        (np.array(1.5, np.float32), dtypes.float32, "float_val", [1.5]),
        (np.array([0.25], np.float64), dtypes.float64, "double_val", [0.25]),
        (np.array([1, -2], np.int16), dtypes.int16, "tensor_content", b"\1\0\xfe\xff"),
        (np.array([-2], np.int16), dtypes.int16, "int_val", [-2]),
        (np.array([200], np.uint8), dtypes.uint8, "int_val", [200]),
        (np.array([3, 65535], np.uint16), dtypes.uint16, "int_val", [3, 65535]),
        (np.array([2**40], np.int64), dtypes.int64, "int64_val", [2**40]),
        (np.array([2**32 - 1], np.uint32), dtypes.uint32, "uint32_val", [2**32 - 1]),
        (np.array([2**64 - 1], np.uint64), dtypes.uint64, "uint64_val", [2**64 - 1]),
        (np.array([True, False]), dtypes.bool, "bool_val", [True, False]),
        (np.array([1.0], np.float16), dtypes.float16, "half_val", [0x3C00]),
        (np.array([1, 2], np.float16), dtypes.float16, "tensor_content", b"\0\x3c\0\x40"),
        (np.array([1, -3], ml_dtypes.bfloat16), dtypes.bfloat16, "half_val", [0x3F80, 0xC040]),
        (np.array([1 + 2j, 3], np.complex64), dtypes.complex64, "scomplex_val", [1, 2, 3, 0]),
        (np.array([1 - 2j]), dtypes.complex128, "dcomplex_val", [1, -2]),
        (strings(b"a\0", b"\xff"), dtypes.string, "string_val", [b"a\0", b"\xff"]),
        (QINT8, dtypes.qint8, "tensor_content", b"\x05\xfa"),
        (QINT8[1:], dtypes.qint8, "int_val", [-6]),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_where_the_elements_go(array, dtype, field, content):
    proto = tensor_proto.tensor_proto(array, dtype)
    filled = {descriptor.name for descriptor, _ in proto.ListFields()} - {"tensor_shape"}
    assert filled == {"dtype", field}
    held = getattr(proto, field)
    assert (held if isinstance(content, bytes) else list(held)) == content
    restored = make_ndarray(proto)
    assert restored.dtype == array.dtype
    assert restored.shape == array.shape
    np.testing.assert_array_equal(restored, array)


def test_content_is_in_row_major_order():
    array = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)
    assert tensor_proto.tensor_proto(array.T, dtypes.uint8).tensor_content == b"\1\4\2\5\3\6"


def test_empty_array():
    proto = tensor_proto.tensor_proto(np.zeros((2, 0), np.float32), dtypes.float32)
    assert [dim.size for dim in proto.tensor_shape.dim] == [2, 0]
    assert make_ndarray(proto).shape == (2, 0)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"dtype": protos.DT_FLOAT, "float_val": [1, 2]}, [[1, 2, 2], [2, 2, 2]]),
        ({"dtype": protos.DT_INT32, "int_val": [7]}, [[7, 7, 7], [7, 7, 7]]),
        ({"dtype": protos.DT_INT64}, [[0, 0, 0], [0, 0, 0]]),
        ({"dtype": protos.DT_COMPLEX64, "scomplex_val": [1, 2, 3, 4]},
         [[1 + 2j, 3 + 4j, 3 + 4j], [3 + 4j] * 3]),
        ({"dtype": protos.DT_HALF, "half_val": [0x3C00, 0x4000]}, [[1, 2, 2], [2, 2, 2]]),
        ({"dtype": protos.DT_BOOL, "bool_val": [False, True]}, [[False, True, True], [True] * 3]),
        ({"dtype": protos.DT_STRING, "string_val": [b"x", b"y"]},
         [[b"x", b"y", b"y"], [b"y"] * 3]),
        ({"dtype": protos.DT_STRING}, [[b""] * 3, [b""] * 3]),
    ],
)  # fmt: skip
def test_the_last_element_is_repeated(fields, expected):
    proto = protos.TensorProto(tensor_shape=shape_proto([2, 3]), **fields)
    assert make_ndarray(proto).tolist() == expected


def test_result_is_writable():
    proto = tensor_proto.tensor_proto(np.array([1, 2], np.int32), dtypes.int32)
    make_ndarray(proto)[0] = 5


def test_strings_as_content():
    long = b"z" * 300  # its length takes two bytes: 0xac 0x02
    content = b"\x01\xac\x02\x00" + b"a" + long
    proto = protos.TensorProto(
        dtype=protos.DT_STRING, tensor_shape=shape_proto([3]), tensor_content=content
    )
    assert make_ndarray(proto).tolist() == [b"a", long, b""]


def test_too_many_elements():
    proto = protos.TensorProto(
        dtype=protos.DT_FLOAT, tensor_shape=shape_proto([2]), float_val=[1, 2, 3]
    )
    with pytest.raises(ValueError, match="holds 3 elements instead of 2"):
        make_ndarray(proto)


def test_dtype_without_values():
    with pytest.raises(TypeError, match="resource has no serialized form"):
        make_ndarray(protos.TensorProto(dtype=protos.DT_RESOURCE))
    with pytest.raises(TypeError, match="variant has no serialized form"):
        tensor_proto.tensor_proto(np.empty(2, object), dtypes.variant)


def test_too_large(monkeypatch):
    monkeypatch.setattr(tensor_proto, "_MAX_BYTES", 15)
    with pytest.raises(ValueError, match=r"shape \(4,\) and dtype float32 is larger than 2 GB"):
        tensor_proto.tensor_proto(np.zeros(4, np.float32), dtypes.float32)


def test_shape_proto():
    assert shape_proto(None).unknown_rank
    assert [dim.size for dim in shape_proto([None, 4]).dim] == [-1, 4]
    assert not shape_proto([]).dim


class TestMakeTensorProto:
    def test_a_proto_is_returned_as_it_is(self):
        proto = protos.TensorProto(dtype=protos.DT_INT32)
        assert make_tensor_proto(proto) is proto

    def test_natural_dtypes(self):
        assert make_tensor_proto([1, 2]).dtype == protos.DT_INT32
        assert make_tensor_proto([1.0, 2]).dtype == protos.DT_FLOAT
        assert make_tensor_proto(2**40).dtype == protos.DT_INT64
        assert make_tensor_proto("text").string_val == [b"text"]
        assert make_tensor_proto(np.arange(2.0)).dtype == protos.DT_DOUBLE

    def test_given_dtype_and_shape(self):
        proto = make_tensor_proto([[5, 7]], dtype=dtypes.float64, shape=[3, 1])
        assert (proto.dtype, list(proto.double_val)) == (protos.DT_DOUBLE, [5, 7])
        assert make_ndarray(proto).tolist() == [[5], [7], [7]]

    def test_same_size_in_another_shape(self):
        proto = make_tensor_proto([1, 2, 3, 4], dtype="uint8", shape=[2, 2])
        assert proto.tensor_content == b"\1\2\3\4"

    def test_too_many_values(self):
        with pytest.raises(ValueError, match=r"3 values are too many for shape \(2,\): it holds 2"):
            make_tensor_proto([1, 2, 3], shape=[2])

    def test_verify_shape(self):
        assert make_tensor_proto([1, 2], shape=[2], verify_shape=True).tensor_content
        with pytest.raises(TypeError, match=r"shape \(2,\), not \(1, 2\)"):
            make_tensor_proto([1, 2], shape=[1, 2], verify_shape=True)

    def test_allow_broadcast(self):
        assert make_tensor_proto([4], shape=[2, 3], allow_broadcast=True).int_val == [4]
        with pytest.raises(TypeError, match=r"do not broadcast to \(2, 3\)"):
            make_tensor_proto([4, 5], shape=[2, 3], allow_broadcast=True)

    def test_unknown_size_in_shape(self):
        with pytest.raises(ValueError, match="fully defined"):
            make_tensor_proto([1], shape=[None])

    def test_value_of_the_wrong_kind(self):
        with pytest.raises(TypeError):
            make_tensor_proto("x", dtype=dtypes.int32)
