"""Attributes of operations as `AttrValue` messages and back, and the declaration of an op's.

The kinds of attributes are TensorFlow's: "int", "float", "bool", "string", "type", "shape",
"tensor", "func", and lists of them, such as "list(int)".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.extensions import provide
from graphflow.core.func_graph import FuncGraph
from graphflow.core.op import Op
from graphflow.core.spec import TensorShape, as_shape
from graphflow.interop import protos
from graphflow.interop.tensor_proto import make_ndarray, shape_proto, tensor_proto

# The field of AttrValue, and of its ListValue, for each kind.
_FIELDS = {
    "string": "s",
    "int": "i",
    "float": "f",
    "bool": "b",
    "type": "type",
    "shape": "shape",
    "tensor": "tensor",
    "func": "func",
}
_ANNOTATIONS = {
    "str": "string",
    "bytes": "string",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "DType": "type",
    "TensorShape": "shape",
    "Array": "tensor",
    "FuncGraph": "func",
}
_LIST = re.compile(r"list\((\w+)\)$")
_TUPLE_ANNOTATION = re.compile(r"tuple\[(\w+), \.\.\.\]$")


def attr_value(value: Any, kind: str | None = None) -> Any:
    """Return an attribute's value as an `AttrValue`.

    Args:
      value: a bool, int, float, str, bytes, DType, TensorShape, array, `NameAttrList` (a function),
        a list or tuple of those, or an `AttrValue`, which is returned as it is.
      kind: the kind of the attribute, such as "float" or "list(int)"; by default it follows from
        the value.  It is needed to tell a float attribute set to 1 from an integer one.

    Returns:
      The message.

    Raises:
      TypeError: the value is none of these, or not of this kind.

    >>> attr_value([2, 3, 5]).list.i
    [2, 3, 5]
    >>> attr_value(1, "float").f
    1.0
    """
    if protos.is_message(value, "AttrValue"):
        return value
    kind = kind or kind_of(value)
    in_list = _LIST.match(kind)
    try:
        if in_list is None:
            return protos.AttrValue(**{_FIELDS[kind]: _ENCODERS[kind](value)})
        encode = _ENCODERS[in_list[1]]
        items = {_FIELDS[in_list[1]]: [encode(item) for item in value]}
    except (TypeError, ValueError) as error:
        raise TypeError(f"{value!r} is not a value of a {kind} attribute: {error}") from error
    return protos.AttrValue(list=protos.AttrValue.ListValue(**items))


def attr_python(value: Any) -> Any:
    """Return the Python value that an `AttrValue` holds.

    Args:
      value: an `AttrValue`; anything else is returned as it is.

    Returns:
      A bool, int, float, bytes, DType, TensorShape, array, `NameAttrList`, a list of those, or None
      if the message is empty.

    Raises:
      ValueError: the message is the placeholder of an attribute of a function.

    >>> attr_python(attr_value("SAME")), attr_python(attr_value(TensorShape([None, 3])))
    (b'SAME', TensorShape([Dimension(None), Dimension(3)]))
    """
    if not protos.is_message(value, "AttrValue"):
        return value
    field = value.WhichOneof("value")
    if field is None:
        return None
    if field == "placeholder":
        raise ValueError(f"the attribute is a placeholder ({value.placeholder!r}) without a value")
    if field != "list":
        return _DECODERS[field](getattr(value, field))
    filled = value.list.ListFields()
    return [_DECODERS[filled[0][0].name](item) for item in filled[0][1]] if filled else []


def kind_of(value: Any) -> str:
    """Return the kind of attribute that holds a Python value.

    Args:
      value: anything that `attr_value` takes.

    Returns:
      The kind, for example "list(int)"; "list(string)" for an empty list, as all empty ones are
      written alike.

    Raises:
      TypeError: no attribute holds such a value.

    >>> kind_of(True), kind_of([1, 2.5])
    ('bool', 'list(float)')
    """
    if isinstance(value, (list, tuple)):
        kinds = {kind_of(item) for item in value}
        if kinds == {"int", "float"}:
            return "list(float)"
        if len(kinds) <= 1:
            return f"list({kinds.pop() if kinds else 'string'})"
    for types, kind in _KINDS:
        if isinstance(value, types):
            return kind
    for name, kind in (("NameAttrList", "func"), ("TensorProto", "tensor")):
        if protos.is_message(value, name):
            return kind
    raise TypeError(
        f"{value!r} cannot be an attribute: give a bool, number, string, dtype, shape, array, or a "
        "list of one kind of these"
    )


def attribute_kinds(op_class: type[Op]) -> Mapping[str, str]:
    """Return the kinds of an op's own attributes, those that are fields of its class, by name.

    Args:
      op_class: a registered op class.

    Returns:
      The kinds in order of the fields.

    Raises:
      TypeError: the annotation of a field is none that attributes have.
    """
    return {name: _annotated_kind(op_class, name, _annotation(op_class, name))
            for name in _field_names(op_class)}  # fmt: skip


@provide("op_attributes")
def op_attributes(op_class: type[Op], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return attribute values as the fields of an op class hold them.

    Args:
      op_class: a registered op class.
      values: from attribute names to Python values or `AttrValue` messages.

    Returns:
      The values by name: those of the class's fields as annotated (str instead of bytes, tuples
      instead of lists), all others as `attr_python` gives them.

    Raises:
      TypeError: a value does not fit its field.
    """
    fields = attribute_kinds(op_class)
    converted = {}
    for name, value in values.items():
        python = attr_python(value)
        if name in fields and python is not None:
            python = _as_annotated(python, _annotation(op_class, name))
        converted[name] = python
    return converted


def _field_names(op_class: type[Op]) -> list[str]:
    return list(op_class.attribute_fields())


def _annotation(op_class: type[Op], name: str) -> str:
    fields = {field.name: field for field in op_class.dataclass_fields()}
    return str(fields[op_class.attribute_fields()[name]].type).removesuffix(" | None")


def _annotated_kind(op_class: type[Op], name: str, annotation: str) -> str:
    if annotation in _ANNOTATIONS:
        return _ANNOTATIONS[annotation]
    in_tuple = _TUPLE_ANNOTATION.match(annotation)
    if in_tuple is not None and in_tuple[1] in _ANNOTATIONS:
        return f"list({_ANNOTATIONS[in_tuple[1]]})"
    raise TypeError(
        f"{op_class.type}.{name}: no attribute has the type {annotation!r}; "
        f"annotate it as {', '.join(_ANNOTATIONS)}, or tuple[..., ...] of one of them"
    )


def _as_annotated(value: Any, annotation: str) -> Any:
    in_tuple = _TUPLE_ANNOTATION.match(annotation)
    if in_tuple is not None:
        return tuple(_as_annotated(item, in_tuple[1]) for item in value)
    return _FROM_ANNOTATION[annotation](value)


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else bytes(value).decode()


def _integer(value: Any) -> int:
    if isinstance(value, (float, np.floating)):
        raise TypeError(f"{value!r} is no integer")
    return int(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{value!r} is neither True nor False")
    return bool(value)


def _tensor(value: Any) -> Any:
    return (
        value
        if protos.is_message(value, "TensorProto")
        else tensor_proto(value, as_dtype(value.dtype))
    )


def _function(value: Any) -> Any:
    name = value.name if isinstance(value, FuncGraph) else value
    return protos.NameAttrList(name=name) if isinstance(name, str) else name


def _array(value: Any) -> Any:
    array = make_ndarray(value) if protos.is_message(value, "TensorProto") else np.array(value)
    array.setflags(write=False)
    return array


_ENCODERS: dict[str, Callable[[Any], Any]] = {
    "string": _bytes,
    "int": _integer,
    "float": float,
    "bool": _boolean,
    "type": lambda value: as_dtype(value).as_datatype_enum,
    "shape": shape_proto,
    "tensor": _tensor,
    "func": _function,
}
_DECODERS: dict[str, Callable[[Any], Any]] = {
    "s": bytes,
    "i": int,
    "f": float,
    "b": bool,
    "type": as_dtype,
    "shape": TensorShape,
    "tensor": make_ndarray,
    "func": lambda value: value,
}
_FROM_ANNOTATION: dict[str, Callable[[Any], Any]] = {
    "str": _text,
    "bytes": _bytes,
    "int": _integer,
    "float": float,
    "bool": _boolean,
    "DType": as_dtype,
    "TensorShape": as_shape,
    "Array": _array,
    "FuncGraph": lambda value: value,
}
_KINDS: tuple[tuple[Any, str], ...] = (
    ((bool, np.bool_), "bool"),
    ((int, np.integer), "int"),
    ((float, np.floating), "float"),
    ((str, bytes), "string"),
    (DType, "type"),
    (TensorShape, "shape"),
    (np.ndarray, "tensor"),
    (FuncGraph, "func"),
)
