"""DTypes: names, numbers, numpy types, limits and conversions."""

from __future__ import annotations

import copy
import operator
import pickle
import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest

from graphflow.core import dtypes
from graphflow.core.dtypes import DType, as_dtype

# name: (enum, numpy type, bytes), as in TensorFlow
TABLE = {
    "float32": (1, np.float32, 4),
    "float64": (2, np.float64, 8),
    "int32": (3, np.int32, 4),
    "uint8": (4, np.uint8, 1),
    "int16": (5, np.int16, 2),
    "int8": (6, np.int8, 1),
    "string": (7, object, 8),
    "complex64": (8, np.complex64, 8),
    "int64": (9, np.int64, 8),
    "bool": (10, np.bool_, 1),
    "qint8": (11, np.dtype([("qint8", np.int8)]), 1),
    "quint8": (12, np.dtype([("quint8", np.uint8)]), 1),
    "qint32": (13, np.dtype([("qint32", np.int32)]), 4),
    "bfloat16": (14, ml_dtypes.bfloat16, 2),
    "qint16": (15, np.dtype([("qint16", np.int16)]), 2),
    "quint16": (16, np.dtype([("quint16", np.uint16)]), 2),
    "uint16": (17, np.uint16, 2),
    "complex128": (18, np.complex128, 16),
    "float16": (19, np.float16, 2),
    "resource": (20, object, 1),
    "variant": (21, object, 1),
    "uint32": (22, np.uint32, 4),
    "uint64": (23, np.uint64, 8),
}
EVERY = [DType(enum + offset) for enum, _, _ in TABLE.values() for offset in (0, 100)]


@pytest.mark.parametrize("name", TABLE)
def test_facts_of_each(name: str) -> None:
    enum, numpy_type, size = TABLE[name]
    dtype = getattr(dtypes, name)
    assert dtype.name == name
    assert dtype.as_datatype_enum == int(dtype) == enum
    assert dtype.as_numpy_dtype == numpy_type
    assert dtype.numpy == np.dtype(numpy_type)
    assert isinstance(dtype.numpy, np.dtype)
    assert dtype.size == size
    assert repr(dtype) == f"tf.{name}"
    assert str(dtype) == f"<dtype: '{name}'>"
    assert DType(enum) is as_dtype(enum) is as_dtype(name) is dtype


@pytest.mark.parametrize("name", TABLE)
def test_reference_of_each(name: str) -> None:
    base = getattr(dtypes, name)
    ref = as_dtype(name + "_ref")
    assert ref is base._as_ref
    assert ref._as_ref is ref
    assert ref.as_datatype_enum == base.as_datatype_enum + 100
    assert ref.base_dtype is base.base_dtype is base
    assert (base._is_ref_dtype, ref._is_ref_dtype) == (False, True)
    assert ref != base
    assert hash(ref) != hash(base)
    assert ref.numpy is base.numpy or ref.numpy == base.numpy
    assert (ref.size, ref.is_integer, ref.is_floating) == (
        base.size,
        base.is_integer,
        base.is_floating,
    )
    assert base.is_compatible_with(ref)
    assert not ref.is_compatible_with(base)


def test_aliases() -> None:
    assert dtypes.half is dtypes.float16
    assert dtypes.double is dtypes.float64


@pytest.mark.parametrize(
    ("fact", "names"),
    [
        ("is_bool", {"bool"}),
        ("is_floating", {"bfloat16", "float16", "float32", "float64"}),
        ("is_complex", {"complex64", "complex128"}),
        ("is_unsigned", {"uint8", "uint16", "uint32", "uint64"}),
        (
            "is_integer",
            {"uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"},
        ),
        ("is_quantized", {"qint8", "quint8", "qint16", "quint16", "qint32"}),
        ("is_numpy_compatible", set(TABLE) - {"resource", "variant"}),
    ],
)
def test_kinds(fact: str, names: set[str]) -> None:
    assert {name for name in TABLE if getattr(getattr(dtypes, name), fact)} == names


def test_sets_agree_with_the_facts() -> None:
    base = {getattr(dtypes, name) for name in TABLE}
    assert base == dtypes.ALL
    assert {t for t in base if t.is_floating} == dtypes.FLOATING
    assert {t for t in base if t.is_integer} == dtypes.INTEGER
    assert {t for t in base if t.is_unsigned} == dtypes.UNSIGNED_INTEGER
    assert {t for t in base if t.is_complex} == dtypes.COMPLEX
    assert {t for t in base if t.is_quantized} == dtypes.QUANTIZED
    assert dtypes.NUMERIC - dtypes.COMPLEX == dtypes.REAL_NUMBER
    assert dtypes.INEXACT == dtypes.FLOATING | dtypes.COMPLEX
    assert {dtypes.int32, dtypes.int64} == dtypes.INDEX < dtypes.SIGNED_INTEGER
    assert len(dtypes.QUANTIZED_DTYPES) == 10
    assert dtypes.qint16._as_ref in dtypes.QUANTIZED_DTYPES


def test_real_dtype() -> None:
    assert dtypes.complex64.real_dtype is dtypes.float32
    assert dtypes.complex128.real_dtype is dtypes.float64
    assert dtypes.complex64._as_ref.real_dtype is dtypes.float32
    assert dtypes.int16.real_dtype is dtypes.int16


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("int8", -128, 127),
        ("uint8", 0, 255),
        ("int16", -32768, 32767),
        ("uint16", 0, 65535),
        ("int32", -(2**31), 2**31 - 1),
        ("uint32", 0, 2**32 - 1),
        ("int64", -(2**63), 2**63 - 1),
        ("uint64", 0, 2**64 - 1),
    ],
)
def test_extremes_of_integers(name: str, low: int, high: int) -> None:
    dtype = as_dtype(name)
    assert (dtype.min, dtype.max) == (low, high)
    assert type(dtype.min) is type(dtype.max) is int
    assert dtype.limits == (0, high)
    assert dtype._as_ref.max == high


@pytest.mark.parametrize(
    ("name", "high"),
    [
        ("float16", 65504.0),
        ("bfloat16", float.fromhex("0x1.FEp127")),
        ("float32", float.fromhex("0x1.FFFFFEp127")),
        ("float64", sys.float_info.max),
    ],
)
def test_extremes_of_floats(name: str, high: float) -> None:
    dtype = as_dtype(name)
    assert float(dtype.max) == high
    assert float(dtype.min) == -high
    assert type(dtype.max) is dtype.as_numpy_dtype


@pytest.mark.parametrize("name", ["bool", "string", "complex64", "qint8", "resource"])
def test_no_extremes(name: str) -> None:
    with pytest.raises(TypeError, match=f"{name} has no max"):
        _ = as_dtype(name).max
    with pytest.raises(TypeError, match=f"{name} has no min"):
        _ = as_dtype(name).min


def test_limits() -> None:
    assert dtypes.float32.limits == dtypes.float64._as_ref.limits == (0, 1)
    assert dtypes.bool.limits == (False, True)


@pytest.mark.parametrize("name", ["float16", "bfloat16", "string", "complex64", "variant"])
def test_no_limits(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} has no limits"):
        _ = as_dtype(name).limits


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("half", "float16"),
        ("float", "float32"),
        ("double", "float64"),
        ("double_ref", "float64_ref"),
        ("half_ref", "float16_ref"),
        ("int8_ref", "int8_ref"),
        (1, "float32"),
        (101, "float32_ref"),
        (np.int32(9), "int64"),
        (float, "float32"),
        (int, "int32"),
        (bool, "bool"),
        (complex, "complex128"),
        (str, "string"),
        (bytes, "string"),
        (object, "string"),
        (np.bool_, "bool"),
        (np.str_, "string"),
        (np.longlong, "int64"),
        (np.ulonglong, "uint64"),
        (np.intc, "int32"),
        (np.dtype("S3"), "string"),
        (np.dtype("U3"), "string"),
        (np.dtype("O"), "string"),
        (np.dtype(">f4"), "float32"),
        (np.dtype(">u2"), "uint16"),
        (ml_dtypes.bfloat16, "bfloat16"),
        (np.dtype(ml_dtypes.bfloat16), "bfloat16"),
        (np.dtype([("quint8", np.uint8)]), "quint8"),
    ],
)
def test_conversions(value: object, name: str) -> None:
    dtype = as_dtype(value)  # type: ignore[arg-type]
    assert dtype.name == name
    assert dtype == value
    assert not operator.ne(dtype, value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "foo",
        "float32_ref_ref",
        "int",
        0,
        24,
        1000,
        1.0,
        True,
        [],
        {},
        np.floating,
        np.zeros(2),
        np.dtype("M8[s]"),
        np.dtype([("x", np.int8)]),
        np.dtype(ml_dtypes.float8_e4m3fn),
        ml_dtypes.int4,
        dict,
    ],
    ids=repr,
)
def test_what_stands_for_no_dtype(value: object) -> None:
    with pytest.raises(TypeError, match="stands for no dtype"):
        as_dtype(value)  # type: ignore[arg-type]
    assert not any(dtype == value for dtype in EVERY)


def test_constructor_refuses_unknown_enums() -> None:
    with pytest.raises(TypeError, match="no dtype has the enum 999"):
        DType(999)


def test_equality_with_other_spellings() -> None:
    assert dtypes.float32 == np.float32
    assert np.float32 == dtypes.float32
    assert np.dtype("float32") == dtypes.float32
    assert dtypes.float32 == "float32"
    assert dtypes.float32 != "int32"
    assert dtypes.float32 != "no name at all"
    assert dtypes.float32 in {np.dtype("int8"): 0, dtypes.float32: 1}


@pytest.mark.parametrize("dtype", EVERY, ids=repr)
def test_copies_are_the_same_object(dtype: DType) -> None:
    assert copy.copy(dtype) is dtype
    assert copy.deepcopy([dtype])[0] is dtype
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(dtype, protocol)) is dtype


def test_compatibility_takes_other_spellings() -> None:
    assert dtypes.int32.is_compatible_with("int32_ref")
    assert dtypes.int32.is_compatible_with(np.int32)
    assert not dtypes.int32.is_compatible_with(np.int64)
    with pytest.raises(TypeError, match="stands for no dtype"):
        dtypes.int32.is_compatible_with("nothing")


def test_core_imports_nothing_slow() -> None:
    program = (
        "import sys\n"
        "from graphflow.core import dtypes, errors, spec\n"
        "slow = {'numba', 'scipy', 'networkx', 'google.protobuf', 'PIL', 'tensorflow'}\n"
        "print(sorted(slow & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
