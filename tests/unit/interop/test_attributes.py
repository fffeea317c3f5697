"""Attributes as AttrValues, by value and by kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphflow.core import dtypes
from graphflow.core.dtypes import DType
from graphflow.core.op import Array, Op, op_class
from graphflow.core.spec import TensorShape
from graphflow.interop import protos
from graphflow.interop.attributes import (
    attr_python,
    attr_value,
    attribute_kinds,
    kind_of,
    op_attributes,
)
from graphflow.ops.constant import Const


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (True, "bool", "b: true"),
        (np.False_, "bool", "b: false"),
        (-3, "int", "i: -3"),
        (np.int32(4), "int", "i: 4"),
        (0.5, "float", "f: 0.5"),
        (np.float64(0.5), "float", "f: 0.5"),
        ("SAME", "string", 's: "SAME"'),
        (b"\xff", "string", r's: "\377"'),
        (dtypes.int64, "type", "type: DT_INT64"),
        (TensorShape([2, None]), "shape", "shape { dim { size: 2 } dim { size: -1 } }"),
        (TensorShape(None), "shape", "shape { unknown_rank: true }"),
        (protos.NameAttrList(name="f"), "func", 'func { name: "f" }'),
        ([], "list(string)", "list { }"),
        ([1, 2], "list(int)", "list { i: 1 i: 2 }"),
        ((1, 2.5), "list(float)", "list { f: 1.0 f: 2.5 }"),
        ([True], "list(bool)", "list { b: true }"),
        (["a", b"b"], "list(string)", 'list { s: "a" s: "b" }'),
        ([dtypes.bool], "list(type)", "list { type: DT_BOOL }"),
        ([TensorShape([3])], "list(shape)", "list { shape { dim { size: 3 } } }"),
        (np.array([2], np.int32), "tensor",
         "tensor { dtype: DT_INT32 tensor_shape { dim { size: 1 } } int_val: 2 }"),
    ],
)  # fmt: skip
def test_encoding(value: Any, kind: str, text: str):
    assert kind_of(value) == kind
    message = attr_value(value)
    assert message == protos.from_text(text, protos.AttrValue())
    assert attr_value(message) is message


@pytest.mark.parametrize(
    ("value", "restored"),
    [
        (True, True),
        (-3, -3),
        (0.1, float(np.float32(0.1))),
        ("SAME", b"SAME"),
        (dtypes.int64, dtypes.int64),
        (TensorShape([2, None]), TensorShape([2, None])),
        (TensorShape(None), TensorShape(None)),
        ([], []),
        ((1, 2), [1, 2]),
        ([b"a"], [b"a"]),
        ([dtypes.bool], [dtypes.bool]),
        ([TensorShape([3])], [TensorShape([3])]),
        (protos.NameAttrList(name="f"), protos.NameAttrList(name="f")),
    ],
)
def test_decoding(value: Any, restored: Any):
    assert attr_python(attr_value(value)) == restored


def test_decoding_of_tensors_and_of_nothing():
    assert attr_python(attr_value(np.array([[1, 2]], np.int16))).tolist() == [[1, 2]]
    assert attr_python(protos.AttrValue()) is None
    assert attr_python("no message") == "no message"
    with pytest.raises(ValueError, match="placeholder"):
        attr_python(protos.AttrValue(placeholder="T"))


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (1, "float", "f: 1.0"),
        ([1, 2], "list(float)", "list { f: 1.0 f: 2.0 }"),
        ("float32", "type", "type: DT_FLOAT"),
        ([None, 2], "shape", "shape { dim { size: -1 } dim { size: 2 } }"),
        ("f", "func", 'func { name: "f" }'),
    ],
)
def test_a_kind_converts(value: Any, kind: str, text: str):
    assert attr_value(value, kind) == protos.from_text(text, protos.AttrValue())


@pytest.mark.parametrize(
    ("value", "kind"), [(1.5, "int"), (1, "bool"), ("x", "float"), ([0.5], "list(int)")]
)
def test_a_value_of_another_kind(value: Any, kind: str):
    with pytest.raises(TypeError, match="is not a value of a"):
        attr_value(value, kind)


@pytest.mark.parametrize("value", [None, object(), [1, "a"], {"a": 1}])
def test_no_attribute(value: Any):
    with pytest.raises(TypeError, match="cannot be an attribute"):
        attr_value(value)


def test_kinds_of_an_op():
    assert attribute_kinds(op_class("MatMul")) == {"transpose_a": "bool", "transpose_b": "bool"}
    assert attribute_kinds(Const) == {"value": "tensor", "dtype": "type"}


def make_op_class(annotations: dict[str, str]) -> type[Op]:
    import dataclasses

    return dataclasses.make_dataclass(
        "Sample", annotations.items(), bases=(Op,), frozen=True, eq=False, repr=False
    )


def test_kinds_by_annotation():
    annotated = make_op_class({"a": "str", "b": "tuple[int, ...]", "c": "float | None"})
    assert attribute_kinds(annotated) == {"a": "string", "b": "list(int)", "c": "float"}
    with pytest.raises(TypeError, match=r"Op\.f: no attribute has the type 'set'"):
        attribute_kinds(make_op_class({"f": "set"}))


def test_values_become_what_the_fields_hold():
    annotated = make_op_class(
        {
            "text": "str",
            "data": "bytes",
            "strides": "tuple[int, ...]",
            "names": "tuple[str, ...]",
            "rate": "float",
            "absent": "int | None",
            "of": "DType",
            "shape": "TensorShape",
            "value": "Array",
        }
    )
    values = op_attributes(
        annotated,
        {
            "text": attr_value("NHWC"),
            "data": attr_value(b"\xff"),
            "strides": attr_value([1, 2]),
            "names": attr_value(["x"]),
            "rate": 1,
            "absent": protos.AttrValue(),
            "of": attr_value(dtypes.int8),
            "shape": [2, 3],
            "value": attr_value(np.array([4], np.int32)),
            "_class": attr_value([b"loc:@a"]),
        },
    )
    value: Array = values.pop("value")
    assert value.tolist() == [4]
    assert not value.flags.writeable
    assert values == {
        "text": "NHWC",
        "data": b"\xff",
        "strides": (1, 2),
        "names": ("x",),
        "rate": 1.0,
        "absent": None,
        "of": dtypes.int8,
        "shape": TensorShape([2, 3]),
        "_class": [b"loc:@a"],
    }
    assert isinstance(values["of"], DType)
    assert isinstance(values["rate"], float)
